use crate::support::check;

#[test]
fn count_and_contains_see_every_value() {
    check(&[
        ("Count([proxyAddresses])", "int 3"),
        ("Count([state])", "int 1"),
        ("Count([absent])", "int 0"),
        (r#"Contains([proxyAddresses], "SMTP:")"#, "int 1"),
        (r#"Contains([proxyAddresses], "jd@")"#, "int 3"),
        (r#"Contains([proxyAddresses], "JD@")"#, "int 0"),
        (r#"Contains([proxyAddresses], "JD@", CaseInsensitive)"#, "int 3"),
        (r#"Contains([absent], "x")"#, "int 0"),
    ]);
}

#[test]
fn item_counts_from_one_in_sorted_order() {
    check(&[
        ("Item([proxyAddresses], 2)", "smtp:alt@contoso.com"),
        ("Item([state], 1)", "QLD"),
        ("Item([absent], 1)", "null"),
        ("Item([proxyAddresses], 0)", "error Item: there is no item 0, the attribute has 3"),
        ("Item([proxyAddresses], 4)", "error Item: there is no item 4, the attribute has 3"),
        (r#"Item(Split("b,a", ","), 1)"#, "b"),
        ("Item([objectGUID], 1)", "base64 AAECAwQFBgcICQoLDA0ODw=="),
    ]);
}

#[test]
fn join_leaves_out_what_has_no_value_and_flattens_what_has_several() {
    check(&[
        (r#"Join("@", [sAMAccountName], %DomainFQDN%)"#, "jdoe@lab01.local"),
        (r#"Join(", ", "", [surname], [givenName])"#, "Doe, John"),
        (r#"Join(", ", [absent], [surname])"#, "Doe"),
        (r#"Join(";", Split("a,b", ","), "c")"#, "a;b;c"),
        (r#"Join("", 1000, Replace("a1", "a", , , "", , ))"#, "10001"),
        (r#"Join("-", [absent])"#, "null"),
        ("Join(, [givenName], [surname])", "JohnDoe"),
    ]);
}

#[test]
fn remove_duplicates_keeps_the_first_of_each() {
    check(&[
        (r#"Join(",", RemoveDuplicates(Split("b,a,B,b,a", ",")))"#, "b,a,B"),
        (r#"Count(RemoveDuplicates(Trim(Split("a |a| a", "|"))))"#, "int 1"),
        ("RemoveDuplicates([state])", "QLD"),
        ("RemoveDuplicates([absent])", "null"),
    ]);
}

#[test]
fn split_drops_white_space_and_empty_parts() {
    check(&[
        (r#"Split("PermissionSetOne, PermissionSetTwo", ",")"#, "[PermissionSetOne | PermissionSetTwo]"),
        (r#"Split("one", ",")"#, "one"),
        (r#"Split(",,", ",")"#, "null"),
        (r#"Join("+", Split(ToUpper("b--a"), "--"))"#, "B+A"),
        (
            r#"Split("x", "")"#,
            "refused character 12: Split: the delimiter is empty (Split([attribute], \",\"))",
        ),
        (r#"Split("x", [absent])"#, "error Split: the delimiter is empty"),
    ]);
}

#[test]
fn one_value_is_asked_for_where_several_make_no_sense() {
    check(&[(
        r#"InStr([proxyAddresses], "a")"#,
        "error InStr: one value is expected, there are 3: use Item or Join to make them one",
    )]);
}
