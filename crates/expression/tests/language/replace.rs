use crate::support::check;

#[test]
fn old_and_value_replace_every_occurrence() {
    check(&[
        (r#"Replace([mail], "@contoso.com", , ,"", ,)"#, "john.doe"),
        (
            r#"Replace("Product Developer","Product Developer", , , "Software Engineer", , )"#,
            "Software Engineer",
        ),
        (r#"Replace("aXaxa", "a", , , "b")"#, "bXbxb"),
        (r#"Replace("abc", "x", , , "y")"#, "abc"),
        (r#"Replace("aaa", "a", , , "")"#, "null"),
        (r#"Replace([absent], "a", , , "b")"#, "null"),
        (r#"Replace(Split("a1,b1", ","), "1", , , "2")"#, "[a2 | b2]"),
        (r#"Replace("abc", [absent], , , "y")"#, "abc"),
    ]);
}

#[test]
fn old_and_template_put_the_source_into_the_template() {
    check(&[
        (r#"Replace([sAMAccountName],"<username>", , , , , "<username>@contoso.com")"#, "jdoe@contoso.com"),
        (r#"Replace([absent],"<username>", , , , , "<username>@contoso.com")"#, "null"),
    ]);
}

#[test]
fn pattern_and_value_rewrite_every_match() {
    check(&[
        (
            r#"Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "${phoneNumber}", , )"#,
            "9998887777",
        ),
        (r#"Replace([mobile], , "[()\\s-]+", , "", , )"#, "+19998887777"),
        (r#"Replace([mailNickname], , "[a-zA-Z_]*", , "", , )"#, "72"),
        (
            r#"Replace("john doe", , "(\\w+) (\\w+)", , "$2, $1 $$ ${2} $& $9 ${no} $x $")"#,
            "doe, john $ doe john doe $9 ${no} $x $",
        ),
        (r#"Replace("ab", , "(a)|(b)", , "[$1$2]")"#, "[a][b]"),
        (r#"Replace("a1b", , "(a)1", , "$1x")"#, "axb"),
        (r#"Replace("abc", , "x", , "y")"#, "abc"),
        (r#"Replace("abc", , "x*", , "-")"#, "-a-b-c-"),
        (r#"Replace([absent], , "x", , "y")"#, "null"),
        (r#"Replace("ABC", , "b", , "y")"#, "ABC"),
        (r#"Replace("ABC", , "(?i)b", , "y")"#, "AyC"),
    ]);
}

#[test]
fn pattern_group_and_value_rewrite_only_the_group() {
    check(&[
        (
            r#"Replace("545 Tremont Street", ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )"#,
            "888 Tremont Street",
        ),
        (r#"Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )"#, "John.Doe"),
        (r#"Replace("a1 b2", , "[a-z](?<n>\\d)", "n", "_")"#, "a_ b_"),
        (r#"Replace("a1 b", , "[a-z](?<n>\\d)?", "n", "_")"#, "a_ b"),
        (r#"Replace("a1", , "[a-z](\\d)", "1", "_")"#, "a_"),
    ]);
}

#[test]
fn pattern_group_and_attribute_fill_in_for_a_source_without_value() {
    let pattern = r#""\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", "phoneNumber" , , [telephoneNumber], "#;
    check(&[
        (&format!("Replace([absent], , {pattern})"), "9998887777"),
        (&format!("Replace([state], , {pattern})"), "QLD"),
        (r#"Replace([absent], , "(?<n>\\d+)", "n", , [state])"#, "null"),
        (r#"Replace([absent], , "(?<n>\\d+)", "n", , [alsoAbsent])"#, "null"),
    ]);
}

#[test]
fn arguments_that_do_not_belong_together_are_refused() {
    for text in [
        r#"Replace([mail], "a", "b")"#,
        r#"Replace([mail], , , , "x")"#,
        r#"Replace([mail], "a", "b", , "c")"#,
        r#"Replace([mail], "a", , , "c", , "d")"#,
        r#"Replace([mail], , "a", , , [mobile])"#,
    ] {
        let found = crate::support::run(text, &crate::support::person());
        assert!(
            found.starts_with("refused character 1: Replace: the arguments do not belong together"),
            "{text}: {found}"
        );
    }
    check(&[
        (
            r#"Replace([mail], , "a(", , "c")"#,
            "refused character 19: Replace: the pattern does not compile: unclosed group (a backslash of the pattern is written twice in the text)",
        ),
        (
            r#"Replace([mail], , "a(?=b)", , "c")"#,
            "refused character 19: Replace: the pattern does not compile: look-around, including look-ahead and look-behind, is not supported (look-around is not supported: match more and keep the groups you want with ${name})",
        ),
        (
            r#"Replace([mail], , [state], , "c")"#,
            "refused character 19: Replace: the pattern is not a text between quotes (a pattern cannot come from an attribute)",
        ),
        (
            r#"Replace([mail], , "(?<one>a)", "two", "c")"#,
            "refused character 32: Replace: the pattern has no group two (it has one)",
        ),
        (
            r#"Replace([mail], "", , , "c")"#,
            "refused character 17: Replace: there is nothing to look for in an empty text",
        ),
    ]);
}

#[test]
fn nested_replacements_cannot_grow_without_bound() {
    let mut text = "\"aaaaaaaaaa\"".to_owned();
    for _ in 0..30 {
        text = format!("Replace({text}, \"a\", , , \"aaaaaaaaaa\")");
    }
    check(&[(&text, "error Replace: the result is longer than 1048576 bytes")]);
}
