use domain::Entry;

use crate::support::{check, run};

#[test]
fn a_dn_component_is_unescaped_and_counted_from_the_left() {
    check(&[
        ("DNComponent([distinguishedName],1)", "Doe, John"),
        ("DNComponent([distinguishedName],2)", "Sales"),
        ("DNComponent([distinguishedName],5)", "local"),
        ("DNComponent([distinguishedName],6)", "null"),
        ("DNComponent([distinguishedName],0)", "null"),
        ("DNComponent([absent],1)", "null"),
        (r#"DNComponent("cn=Joe,ou=x",1)"#, "Joe"),
        (
            "DNComponent([mail],1)",
            "error DNComponent: `john.doe@contoso.com` is not a distinguished name: a part has no `=` at character 1",
        ),
    ]);
}

#[test]
fn a_security_identifier_is_read_from_its_bytes() {
    check(&[
        ("StringFromSid([objectSid])", "S-1-5-21-1-2-3-1104"),
        ("StringFromSid([absent])", "null"),
        (r#"StringFromSid("S-1-5-18")"#, "S-1-5-18"),
        ("StringFromSid([objectGUID])", "error StringFromSid: the bytes are not a security identifier"),
        ("StringFromSid([mail])", "error StringFromSid: `john.doe@contoso.com` is not a security identifier"),
    ]);
    for broken in [vec![], vec![1], vec![1, 2, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0], vec![2, 0, 0, 0, 0, 0, 0, 5]] {
        let entry = Entry::new("CN=x").with("objectSid", [broken.clone()]);
        let expected = if broken.is_empty() {
            "null"
        } else {
            "error StringFromSid: the bytes are not a security identifier"
        };
        assert_eq!(run("StringFromSid([objectSid])", &entry), expected, "{broken:?}");
    }
}
