use domain::Value;
use expression::{Expression, Flow};

use crate::support::{check, parameters, person};

#[test]
fn iif_takes_one_branch_and_leaves_the_other_alone() {
    check(&[
        (r#"IIF([state]="QLD", "yes", "no")"#, "yes"),
        (r#"IIF([state]="qld", "yes", "no")"#, "no"),
        (r#"IIF([absent]="", "none", [absent])"#, "none"),
        (r#"IIF(IsPresent([absent]), [absent], "Other")"#, "Other"),
        (r#"IIF(IsPresent([state]), [state], Error("not reached"))"#, "QLD"),
        (r#"IIF([absent], "yes", "no")"#, "no"),
        (r#"IIF([flag], "yes", "no")"#, "yes"),
        (r#"IIF("text", "yes", "no")"#, "no"),
        (r#"IIF(1, "yes", "no")"#, "yes"),
        (r#"IIF(0, "yes", )"#, "null"),
        (r#"IIF([state]="CA", IIF([givenName]="John", "True", "False"), "False")"#, "False"),
        (r#"IIF([state]="QLD" && [givenName]="John", "both", "not both")"#, "both"),
        (r#"IIF([state]="CA" || [givenName]="John", "either", "neither")"#, "either"),
        (r#"IIF([state]="QLD" || Error("x")="y", "either", "neither")"#, "either"),
        (r#"IIF([state]="QLD","t-" & [sAMAccountName],[sAMAccountName])"#, "t-jdoe"),
    ]);
}

#[test]
fn account_state_comes_out_of_the_control_bits() {
    let expression =
        r#"IIF(IsPresent([X]), IIF(BitAnd([X], 2)="0", "True", "False"), Not([accountDisabled]))"#;
    for (attribute, expected) in [("userAccountControl", "True"), ("disabledControl", "False")] {
        check(&[(&expression.replace('X', attribute), expected)]);
    }
    check(&[(&expression.replace('X', "absent"), "bool True")]);
}

#[test]
fn comparison_meets_numbers_truth_values_and_dates_half_way() {
    check(&[
        (r#"BitAnd([userAccountControl], 512) = "512""#, "bool True"),
        (r"[userAccountControl] = 512", "bool True"),
        (r#""007" = "7""#, "bool False"),
        (r#"7 = "007""#, "bool True"),
        (r#""10" > "9""#, "bool True"),
        (r#""b" > "a""#, "bool True"),
        (r"[userAccountControl] >= 512", "bool True"),
        (r"[userAccountControl] <= 511", "bool False"),
        (r"[userAccountControl] <> 512", "bool False"),
        (r"[absent] < 5", "bool False"),
        (r"[absent] >= 5", "bool False"),
        (r"[absent] = [alsoAbsent]", "bool True"),
        (r"[absent] <> [state]", "bool True"),
        (r#"IsPresent([state]) = "true""#, "bool True"),
        (r"[flag] = True", "bool True"),
        (r#"DateFromNum([pwdLastSet]) = "2012-01-01 23:00:00""#, "bool True"),
        ("DateFromNum([pwdLastSet]) < Now()", "bool True"),
        (r"[state] > 5", "error >: `QLD` is not a number"),
        (r"[proxyAddresses] > 5", "error >: several values have no order: use Item to pick one"),
        (r"[proxyAddresses] = [proxyAddresses]", "bool True"),
        (r#"[proxyAddresses] = "smtp:jd@contoso.com""#, "bool False"),
        (r#""a" & "b" = "ab""#, "bool True"),
    ]);
}

#[test]
fn switch_gives_the_value_of_the_first_key_that_equals_the_source() {
    let zones = r#"Switch([S], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA", "Australia/Adelaide")"#;
    check(&[
        (&zones.replace("[S]", "[state]"), "Australia/Brisbane"),
        (&zones.replace("[S]", "ToLower([state])"), "Australia/Sydney"),
        (&zones.replace("[S]", "[absent]"), "Australia/Sydney"),
        (r#"Switch([absent],[absent],"","Other")"#, "Other"),
        (r#"Switch([state],[state],"","Other")"#, "QLD"),
        (r#"Switch([state], , "x", "y")"#, "null"),
        (r#"Switch([state], "d", "QLD", "first", "QLD", Error("not reached"))"#, "first"),
        (
            r#"Switch([proxyAddresses], "", "a", "b")"#,
            "error Switch: the source has several values: use Item or Join to make them one",
        ),
    ]);
}

#[test]
fn switch_needs_keys_and_values_in_pairs() {
    check(&[
        (
            r#"Switch([state], "d", "NSW")"#,
            "refused character 1: Switch expects at least 4 arguments, there are 3 (Switch(source, [default], key1, value1, …))",
        ),
        (
            r#"Switch([state], "d", "NSW", "v", "QLD")"#,
            "refused character 1: Switch: keys and values come in pairs, there are 5 arguments (Switch(source, default, key1, value1, …))",
        ),
    ]);
}

#[test]
fn coalesce_takes_the_first_value() {
    check(&[
        ("Coalesce([mail],[userPrincipalName])", "john.doe@contoso.com"),
        ("Coalesce([absent],[userPrincipalName])", "John.Doe@contoso.com"),
        (r#"Coalesce([absent], Trim([blank]), "default")"#, "default"),
        ("Coalesce([absent], [alsoAbsent])", "null"),
    ]);
}

#[test]
fn presence_tests_tell_nothing_from_empty_where_they_say_so() {
    for (value, null, null_or_empty) in [
        ("[absent]", "True", "True"),
        (r#""""#, "False", "True"),
        ("[state]", "False", "False"),
        ("NULL", "True", "True"),
    ] {
        let present = if null_or_empty == "True" { "False" } else { "True" };
        check(&[
            (&format!("IsNull({value})"), &format!("bool {null}")),
            (&format!("IsNullOrEmpty({value})"), &format!("bool {null_or_empty}")),
            (&format!("IsPresent({value})"), &format!("bool {present}")),
        ]);
    }
}

#[test]
fn is_string_says_whether_cstr_will_work() {
    for (value, works) in [
        ("[state]", true),
        ("5", true),
        ("True", true),
        (r#""""#, true),
        ("[absent]", false),
        ("[objectGUID]", false),
        ("[proxyAddresses]", false),
    ] {
        check(&[(&format!("IsString({value})"), if works { "bool True" } else { "bool False" })]);
    }
}

#[test]
fn not_flips_true_and_makes_everything_else_true() {
    check(&[
        (r#"Not("True")"#, "bool False"),
        ("Not([flag])", "bool False"),
        (r#"Not("False")"#, "bool True"),
        (r#"Not("anything")"#, "bool True"),
        ("Not([absent])", "bool True"),
        ("Not(IsPresent([state]))", "bool False"),
        ("Not(BitAnd([disabledControl], 2))", "bool False"),
        ("Not(0)", "bool True"),
    ]);
}

#[test]
fn error_fails_the_object_with_its_text() {
    check(&[
        (
            r#"IIF(IsPresent([absent]),[absent],Error("AccountName is required"))"#,
            "error Error: AccountName is required",
        ),
        ("Error([absent])", "error Error: the expression refused this object"),
    ]);
}

fn flow(text: &str) -> Flow {
    Expression::compile(text).expect(text).flow(&person(), &parameters()).expect(text)
}

#[test]
fn an_ignored_flow_is_not_a_cleared_attribute() {
    assert_eq!(flow("[absent]"), Flow::Null);
    assert_eq!(flow(r#""""#), Flow::Null);
    assert_eq!(flow("IgnoreFlowIfNullOrEmpty([absent])"), Flow::Ignore);
    assert_eq!(flow("IgnoreFlowIfNullOrEmpty(Trim([blank]))"), Flow::Ignore);
    assert_eq!(flow("IIF(IsPresent([absent]), [absent], IgnoreThisFlow)"), Flow::Ignore);
    assert_eq!(flow("IgnoreFlowIfNullOrEmpty([state])"), Flow::Value(Value::text("QLD")));
}

#[test]
fn redaction_marks_the_whole_expression_and_silences_its_errors() {
    let plain = Expression::compile("Trim([mail])").expect("compiles");
    assert!(!plain.is_redacted());
    let redacted = Expression::compile("Left(Redact([mail]), [mail])").expect("compiles");
    assert!(redacted.is_redacted());
    let error = redacted.evaluate(&person(), &parameters()).expect_err("a mail address is no number");
    assert!(!error.to_string().contains("john.doe"), "{error}");
    check(&[("Redact([mail])", "john.doe@contoso.com")]);
}

#[test]
fn the_first_free_value_is_left_to_the_target() {
    let flow = |text: &str| {
        let expression = Expression::compile(text).expect(text);
        assert!(expression.selects_unique_value());
        expression.flow(&person(), &parameters()).expect(text)
    };
    let texts = |texts: &[&str]| Flow::FirstFree(texts.iter().map(|text| Value::text(*text)).collect());
    assert_eq!(
        flow(r#"SelectUniqueValue([givenName], [absent], [givenName], Join(".", [givenName], [surname]))"#),
        texts(&["John", "John.Doe"])
    );
    assert_eq!(flow("SelectUniqueValue([absent], \"\")"), Flow::Null);
    check(&[("SelectUniqueValue([absent], [givenName], [surname])", "John")]);
}
