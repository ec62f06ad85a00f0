use crate::support::check;

#[test]
fn append_adds_a_suffix() {
    check(&[
        (r#"Append([userPrincipalName], ".test")"#, "John.Doe@contoso.com.test"),
        ("Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", "JohDoe"),
        ("Append(Mid([absent], 1, 3), Mid([surname], 1, 5))", "Doe"),
        (r#"Append([absent], ".test")"#, "null"),
        ("Append([state], [absent])", "QLD"),
        (r#"Append(Append(Left(Trim([padded]),51),"_"),Mid([state],2,12))"#, "two words_LD"),
        (r#"Append(Split("a,b", ","), "x")"#, "[ax | bx]"),
    ]);
}

#[test]
fn left_takes_the_first_characters() {
    check(&[
        (r#"Left("John Doe", 3)"#, "Joh"),
        (r#"Left("John", 0)"#, "null"),
        (r#"Left("John", -1)"#, "John"),
        (r#"Left("John", 448)"#, "John"),
        (r#"Left("Zoë", 2)"#, "Zo"),
        (r#"Left("ëëë", 2)"#, "ëë"),
        (r#"Left("🙂🙂", 1)"#, "🙂"),
        ("IsNull(Left([absent], 3))", "bool False"),
        ("Left([proxyAddresses], 8)", "[SMTP:joh | smtp:alt | smtp:jd@]"),
        ("Left([mail], [state])", "error Left: `QLD` is not a whole number"),
        ("Left([mail], )", "error Left: the count has no value"),
        (
            "Left([objectGUID], 3)",
            "error Left: the value is binary: use ConvertToBase64 or StringFromSid to make it text",
        ),
        ("Left(12345, 2)", "12"),
    ]);
}

#[test]
fn mid_counts_from_one_and_stops_at_the_end() {
    check(&[
        (r#"Mid("John Doe", 6, 3)"#, "Doe"),
        (r#"Mid("John", 3, 99)"#, "hn"),
        (r#"Mid("John", 3)"#, "hn"),
        (r#"Mid("John", 5, 1)"#, "null"),
        (r#"Mid("John", 9, 1)"#, "null"),
        (r#"Mid("John", 0, 2)"#, "Jo"),
        (r#"Mid("John", 1, 0)"#, "null"),
        (r#"Mid("John", 1, -2)"#, "null"),
        (r#"Mid("aëiöu", 2, 3)"#, "ëiö"),
        (r#"Mid(Item([proxyAddresses],Contains([proxyAddresses], "SMTP:")),6)"#, "john.doe@contoso.com"),
        (r#"Mid("x", 9223372036854775807, 9223372036854775807)"#, "null"),
    ]);
}

#[test]
fn in_str_gives_the_place_or_zero() {
    check(&[
        (r#"InStr("The quick brown fox","quick")"#, "int 5"),
        (r#"InStr("repEated","e",3,vbBinaryCompare)"#, "int 7"),
        (r#"InStr("repEated","e",3,vbTextCompare)"#, "int 4"),
        (r#"InStr("abc","x")"#, "int 0"),
        (r#"InStr([absent],"x")"#, "int 0"),
        (r#"InStr("ëëa","a")"#, "int 3"),
        (r#"InStr("ÉCOLE","é",1,vbTextCompare)"#, "int 1"),
        (r#"InStr("abc","c",4)"#, "int 0"),
        (
            r#"InStr("abc","a",1,"binary")"#,
            "refused character 19: InStr: `binary` is not known here (one of vbBinaryCompare, vbTextCompare)",
        ),
    ]);
}

#[test]
fn word_finds_the_nth_between_any_delimiters() {
    check(&[
        (r#"Word("The quick brown fox",3," ")"#, "brown"),
        (r#"Word("This,string!has&many separators",3,",!&#")"#, "has"),
        (r#"Word("a  b", 2, " ")"#, "b"),
        (r#"Word("a b", 0, " ")"#, "null"),
        (r#"Word("a b", -1, " ")"#, "null"),
        (r#"Word("a b", 3, " ")"#, "null"),
        (r#"Word([absent], 1, " ")"#, "null"),
        (r#"Word("ab", 1, "")"#, "ab"),
    ]);
}

#[test]
fn trim_works_on_each_value_and_leaves_the_inside() {
    check(&[
        (r#"Trim(" Test ")"#, "Test"),
        ("Trim([padded])", "two words"),
        ("Trim([blank])", "null"),
        ("Trim([absent])", "null"),
        ("Trim(ToUpper([padded]))", "TWO WORDS"),
        (r#"Trim(Split("a|b ", "|"))"#, "[a | b]"),
        (
            "Trim([proxyAddresses])",
            "[SMTP:john.doe@contoso.com | smtp:alt@contoso.com | smtp:jd@contoso.com]",
        ),
        ("Trim([objectGUID])", "base64 AAECAwQFBgcICQoLDA0ODw=="),
    ]);
}

#[test]
fn strip_spaces_removes_every_space_and_nothing_else() {
    check(&[
        ("StripSpaces([padded])", "twowords"),
        ("StripSpaces([state])", "QLD"),
        ("StripSpaces(\"a\tb c\")", "a\tbc"),
    ]);
}

#[test]
fn diacritics_become_the_letters_beneath() {
    check(&[
        ("NormalizeDiacritics([zoe])", "Zoe"),
        (r#"NormalizeDiacritics("äàâãåáąăāǟ ÄÀÂÃÅÁ")"#, "aaaaaaaaaa AAAAAA"),
        (r#"NormalizeDiacritics("æǣ Æ øœ ØŒ ß ı İ ł Ł đ")"#, "aeae AE oeoe OEOE ss i I l L d"),
        (r#"NormalizeDiacritics("ḗḕ ṓ ȱ ṻ ẕ ḹ ṝ")"#, "ee o o u z l r"),
        ("NormalizeDiacritics(\"c\u{304}e\u{330}\")", "ce"),
        (r#"NormalizeDiacritics("Дмитрий 东")"#, "Дмитрий 东"),
        (
            r#"ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [givenName], [surname]))), "contoso.com"))"#,
            "john.doe@contoso.com",
        ),
    ]);
}
