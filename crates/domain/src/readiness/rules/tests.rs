use super::*;
use Check::{Blank, Character, DomainPart, Duplicate, Format, Length, LocalPart, Suffix, TopLevelDomain};

fn person() -> Entry {
    Entry::new("CN=Anna Berg,DC=x").with("cn", ["Anna Berg"]).with("displayName", ["Anna Berg"])
}

fn findings(kind: ObjectKind, entry: &Entry) -> Vec<Finding> {
    let verified = ["corp.example.org".to_owned()];
    let context = Context { verified: &verified, is_duplicate: &|key| key.contains("twice") };
    examine(kind, entry, &context)
}

/// The one finding of a person with one more attribute: its checks and its suggestion.
fn of(attribute: &str, value: &str) -> Option<(Vec<Check>, Option<String>)> {
    let found = findings(ObjectKind::User, &person().with(attribute, [value]));
    assert!(found.len() <= 1, "{found:?}");
    found.into_iter().next().map(|one| {
        assert_eq!((one.attribute.as_str(), one.value.as_str()), (attribute, value));
        (one.checks, one.suggestion)
    })
}

#[test]
fn every_rule_finds_its_fault_and_suggests_what_it_can() {
    let long = |count: usize| "a".repeat(count);
    let cases: &[(&str, &str, &[Check], Option<&str>)] = &[
        ("givenName", &long(63), &[], None),
        ("givenName", &long(64), &[Length], Some(&long(63))),
        ("mail", "anna@corp.example.org", &[], None),
        ("mail", &format!("{}@corp.example.org", long(250)), &[Length], None),
        ("mail", "twice@corp.example.org", &[Duplicate], None),
        ("mailNickname", "anna", &[], None),
        ("mailNickname", "..anna", &[Character], Some("anna")),
        ("mailNickname", "an.na", &[], None),
        ("mailNickname", &long(65), &[Length], Some(&long(64))),
        ("mailNickname", "twice", &[Duplicate], None),
        ("sAMAccountName", "anna", &[], None),
        ("sAMAccountName", "an[n]a", &[Character], Some("anna")),
        ("sAMAccountName", &long(21), &[Length], Some(&long(20))),
        ("sAMAccountName", "twice", &[Duplicate], None),
        ("proxyAddresses", "SMTP:anna@corp.example.org", &[], None),
        ("proxyAddresses", "smtp:an na@corp.example.org", &[Character], Some("smtp:anna@corp.example.org")),
        ("proxyAddresses", "smtp:anna@corp:example.org", &[Format], Some("smtp:anna@corpexample.org")),
        ("proxyAddresses", "smtp:anna@corp", &[DomainPart], None),
        ("proxyAddresses", "smtp:an:na@corp.example.org", &[Format], Some("smtp:anna@corp.example.org")),
        ("proxyAddresses", "smtp:anna@corp.local", &[TopLevelDomain], None),
        ("proxyAddresses", "smtp:.anna@corp.example.org", &[LocalPart], None),
        ("proxyAddresses", "smtp:anna", &[Format], None),
        ("proxyAddresses", "smtp:twice@corp.example.org", &[Duplicate], None),
        ("proxyAddresses", "sip:anna<1>@corp.example.org", &[Character], Some("sip:anna1@corp.example.org")),
        ("proxyAddresses", "sip:anna", &[], None),
        ("proxyAddresses", "X500:/o=Corp/cn=Recipients/cn=anna b", &[], None),
        ("proxyAddresses", "X500:/o=[Corp]/cn=anna", &[Character], Some("X500:/o=Corp/cn=anna")),
        ("proxyAddresses", "X400:c=de;a=x:y", &[], None),
        ("targetAddress", "SMTP:anna@corp.example.org", &[], None),
        ("targetAddress", "anna@corp.example.org", &[], None),
        ("targetAddress", "SMTP:an(n)a@corp.example.org", &[Character], Some("SMTP:anna@corp.example.org")),
        ("targetAddress", "SMTP:anna", &[Format], None),
        ("userPrincipalName", "anna@corp.example.org", &[], None),
        ("userPrincipalName", "ANNA@CORP.EXAMPLE.ORG", &[], None),
        ("userPrincipalName", "an na@corp.example.org", &[Character], Some("anna@corp.example.org")),
        ("userPrincipalName", "änna@corp.example.org", &[Character], Some("anna@corp.example.org")),
        ("userPrincipalName", "anna", &[Format], None),
        ("userPrincipalName", "anna@other.org", &[Suffix], None),
        ("userPrincipalName", "anna@corp.local", &[TopLevelDomain, Suffix], None),
        ("userPrincipalName", &format!("{}@corp.example.org", long(97)), &[Length], None),
        ("userPrincipalName", "twice@corp.example.org", &[Duplicate], None),
    ];
    for (attribute, value, checks, suggestion) in cases {
        let expected = (!checks.is_empty()).then(|| (checks.to_vec(), suggestion.map(str::to_owned)));
        assert_eq!(of(attribute, value), expected, "{attribute}: {value}");
    }
}

#[test]
fn a_missing_display_name_takes_the_common_name() {
    let found = findings(ObjectKind::Group, &Entry::new("CN=All,DC=x").with("cn", ["All"]));
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].checks[..], found[0].suggestion.as_deref()), (&[Blank][..], Some("All")));
    let long = "x".repeat(256);
    let found = findings(ObjectKind::Group, &Entry::new("CN=All,DC=x").with("displayName", [long.as_str()]));
    assert_eq!((&found[0].checks[..], found[0].suggestion.as_deref()), (&[Length][..], Some(&long[..255])));
}

#[test]
fn groups_have_longer_account_names_and_no_user_names() {
    let group = Entry::new("CN=All,DC=x").with("displayName", ["All"]);
    let group = group.with("sAMAccountName", ["a".repeat(200)]).with("userPrincipalName", ["nonsense"]);
    assert_eq!(findings(ObjectKind::Group, &group), []);
}

#[test]
fn without_verified_domains_no_suffix_is_wrong() {
    let context = Context { verified: &[], is_duplicate: &|_| false };
    let entry = person().with("userPrincipalName", ["anna@anything.org"]);
    assert_eq!(examine(ObjectKind::User, &entry, &context), []);
}

#[test]
fn an_account_name_must_be_unique_only_where_it_is_the_user_name() {
    let with =
        person().with("sAMAccountName", ["twice"]).with("userPrincipalName", ["anna@corp.example.org"]);
    assert_eq!(findings(ObjectKind::User, &with), []);
}

#[test]
fn addresses_share_one_name_space_and_an_object_is_no_duplicate_of_itself() {
    let entry = person()
        .with("mail", ["Anna@corp.example.org"])
        .with("proxyAddresses", ["SMTP:anna@corp.example.org", "smtp:ANNA@corp.example.org", "sip:anna"])
        .with("targetAddress", ["smtp:anna@corp.example.org"]);
    assert_eq!(unique_values(ObjectKind::User, &entry), ["sip:anna", "smtp:anna@corp.example.org"]);
}

#[test]
fn what_is_suggested_has_no_fault_left() {
    for value in ["smtp:a b<c>@corp.example.org", "smtp::anna@corp.example.org", "sip:a;[b]"] {
        let entry = person().with("proxyAddresses", [value]);
        for finding in findings(ObjectKind::User, &entry) {
            let Some(better) = finding.suggestion else { continue };
            assert_eq!(
                findings(ObjectKind::User, &person().with("proxyAddresses", [better.as_str()])),
                [],
                "{better}"
            );
        }
    }
}
