use crate::support::check;

#[test]
fn bits_are_compared_on_64_bits_in_twos_complement() {
    check(&[
        ("BitAnd(&HF, &HF7)", "int 7"),
        ("BitAnd([groupType], 2147483648)", "int 2147483648"),
        ("BitAnd([distributionType], 2147483648)", "int 0"),
        ("CBool(BitAnd([groupType],-2147483648))", "bool True"),
        ("CBool(BitAnd([distributionType],-2147483648))", "bool False"),
        ("BitAnd([userAccountControl], 2)", "int 0"),
        ("BitAnd([disabledControl], 2)", "int 2"),
        ("BitAnd([absent], 2)", "null"),
        ("BitAnd([state], 2)", "error BitAnd: `QLD` is not a whole number"),
        ("BitAnd(&HFFFFFFFFFFFFFFFF, 255)", "int 255"),
    ]);
}

#[test]
fn truth_is_true_or_a_number_other_than_zero() {
    for (value, truth) in [
        ("True", true),
        ("\"true\"", true),
        ("[flag]", true),
        ("1", true),
        ("-1", true),
        ("\"2\"", true),
        ("[state]=[state]", true),
        ("0", false),
        ("\"0\"", false),
        ("\"False\"", false),
        ("\"yes\"", false),
        ("[absent]", false),
        ("[state]=[mail]", false),
    ] {
        check(&[(&format!("CBool({value})"), if truth { "bool True" } else { "bool False" })]);
    }
}

#[test]
fn cstr_writes_every_kind() {
    check(&[
        ("CStr([distinguishedName])", r"CN=Doe\, John,OU=Sales,OU=People,DC=lab01,DC=local"),
        ("CStr(BitAnd(7, 3))", "3"),
        ("CStr(IsPresent([state]))", "True"),
        ("CStr(DateFromNum([pwdLastSet]))", "1/1/2012 11:00:00 PM"),
        ("CStr([absent])", "null"),
        (
            "CStr([objectGUID])",
            "error CStr: the value is binary: use ConvertToBase64 or StringFromSid to make it text",
        ),
    ]);
}

#[test]
fn base64_is_of_utf_16_unless_something_else_is_asked_for() {
    check(&[
        (r#"ConvertToBase64("Hello world!")"#, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
        (r#"ConvertFromBase64("SABlAGwAbABvACAAdwBvAHIAbABkACEA")"#, "Hello world!"),
        (r#"ConvertFromBase64("SGVsbG8gd29ybGQh", UTF8)"#, "Hello world!"),
        (r#"ConvertFromBase64("SGVsbG8gd29ybGQh", "ASCII")"#, "Hello world!"),
        ("ConvertToBase64([objectGUID])", "AAECAwQFBgcICQoLDA0ODw=="),
        ("ConvertToBase64([absent])", "null"),
        (r#"ConvertFromBase64("%%%")"#, "error ConvertFromBase64: the text is not Base64"),
        (
            r#"ConvertFromBase64("SGVsbG8=")"#,
            "error ConvertFromBase64: the bytes are not Unicode (UTF-16) text: name another encoding (Unicode, ASCII, UTF8)",
        ),
        (
            r#"ConvertFromBase64([mail], "UTF-8")"#,
            "refused character 27: ConvertFromBase64: `UTF-8` is not known here (one of Unicode, ASCII, UTF8)",
        ),
    ]);
}

#[test]
fn hexadecimal_is_upper_case_utf_8() {
    check(&[
        (r#"ConvertToUTF8Hex("Hello world!")"#, "48656C6C6F20776F726C6421"),
        (r#"ConvertToUTF8Hex("ë")"#, "C3AB"),
        ("ConvertToUTF8Hex([objectGUID])", "000102030405060708090A0B0C0D0E0F"),
    ]);
}
