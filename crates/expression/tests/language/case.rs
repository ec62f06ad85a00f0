use crate::support::check;

#[test]
fn lower_and_upper_change_letter_by_letter() {
    check(&[
        (r#"ToLower("ÄÖÜ ABC")"#, "äöü abc"),
        (r#"ToUpper("äöü abc ß")"#, "ÄÖÜ ABC ß"),
        (r#"ToLower("ΣΑΣ")"#, "σασ"),
        ("ToLower([state])", "qld"),
        (r#"ToLower("already")"#, "already"),
        (r#"ToLower("I", "en-US")"#, "i"),
        (r#"ToLower("IİI", "tr-TR")"#, "ıiı"),
        (r#"ToUpper("iı", "az")"#, "İI"),
        ("ToUpper([absent])", "null"),
        (r#"ToUpper(Split("a,b", ","))"#, "[A | B]"),
    ]);
}

#[test]
fn proper_case_begins_words_at_separators() {
    check(&[
        (r#"PCase("PABLO GONSALVES (SECOND)")"#, "Pablo Gonsalves (Second)"),
        (r#"PCase("PINTO-DE'SILVA", " '-")"#, "Pinto-De'Silva"),
        (r#"PCase("PINTO-DE'SILVA")"#, "Pinto-De'silva"),
        (r#"PCase(Join(" ","GREGORY","JAMES"))"#, "Gregory James"),
        (r#"PCase("mary-ann o_neil")"#, "Mary-Ann O_Neil"),
        (r#"PCase("a1b 2nd")"#, "A1b 2Nd"),
        (r#"PCase("éMILE", " ")"#, "Émile"),
        (r#"PCase("two words", "")"#, "Two Words"),
    ]);
}
