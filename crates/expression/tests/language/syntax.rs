use std::collections::BTreeMap;

use domain::Value;
use expression::{DEEPEST_NESTING, Expression, LONGEST_EXPRESSION, Parameter, Parameters};

use crate::support::{check, parameters, person, run};

#[test]
fn values_are_written_in_many_ways() {
    check(&[
        ("[state]", "QLD"),
        ("[ STATE ]", "QLD"),
        (r#""Company name: \"Contoso\\\"""#, r#"Company name: "Contoso\""#),
        (r#""""#, "null"),
        ("NULL", "null"),
        ("42", "int 42"),
        ("-7", "int -7"),
        ("-9223372036854775808", "int -9223372036854775808"),
        ("&HF", "int 15"),
        ("&hff", "int 255"),
        ("%DomainFQDN%", "lab01.local"),
        ("%Domain.FQDN%", "lab01.local"),
        ("(([state]))", "QLD"),
        (r#""a"&"b" & 1"#, "ab1"),
        (
            "[state]&&HF",
            "refused character 10: `HF` stands alone (write [HF] for an attribute and \"HF\" for text)",
        ),
        ("[state] & &HF", "QLD15"),
        (r#"[absent] & "x""#, "x"),
        ("\n  Trim(\n    [state]\n  )\n", "QLD"),
        ("%DomainNetBios%", "error DomainNetBios: %DomainNetBios% is not known for this source"),
    ]);
}

#[test]
fn mistakes_are_refused_with_their_place_and_a_way_out() {
    check(&[
        ("", "refused character 1: the expression is empty (write \"\" for no value)"),
        ("  ", "refused character 3: the expression is empty (write \"\" for no value)"),
        ("trim([a])", "refused character 1: there is no function trim (did you mean Trim?)"),
        ("Append(Tirm([a]), \"x\")", "refused character 8: there is no function Tirm (did you mean Trim?)"),
        ("Banana([a])", "refused character 1: there is no function Banana"),
        ("Trim([a], 2)", "refused character 1: Trim expects 1 argument, there are 2 (Trim(value))"),
        ("Left([a])", "refused character 1: Left expects 2 arguments, there are 1 (Left(text, count))"),
        ("Now(1)", "refused character 1: Now expects no arguments, there are 1 (Now())"),
        (
            "Trim([a]",
            "refused character 9: the expression ends where a comma or a closing parenthesis is expected",
        ),
        (
            "Trim([a]))",
            "refused character 10: `)` where the end of the expression or an operator is expected (a parenthesis or an argument is missing before it)",
        ),
        (
            "Trim([a]; 2)",
            "refused character 9: `;` where a comma or a closing parenthesis is expected (arguments are separated by commas)",
        ),
        ("Trim([a)", "refused character 6: the attribute has no closing bracket (write [name])"),
        ("[]", "refused character 1: the attribute has no name (write [name])"),
        (
            "[a,[b]",
            "refused character 1: `,` cannot be part of an attribute's name (is a closing bracket missing?)",
        ),
        (
            "\"abc",
            "refused character 1: the text has no closing quote (a quote within a text is written \\\")",
        ),
        (
            r#""a\d""#,
            r#"refused character 3: a backslash stands alone in a text (write \\ for a backslash and \" for a quote)"#,
        ),
        (
            "“abc”",
            "refused character 1: `“` where a function, an [attribute], a \"text\" or a number is expected (text stands between straight double quotes)",
        ),
        ("[a] == [b]", "refused character 5: there is no operator == (equality is one =)"),
        ("[a] != [b]", "refused character 5: there is no operator != (inequality is <>)"),
        (
            "[a] = [b] = [c]",
            "refused character 11: comparisons cannot be chained (nest them: IIF(a = b, b = c, False))",
        ),
        (
            "[a] + [b]",
            "refused character 5: `+` where the end of the expression or an operator is expected (texts are joined with &)",
        ),
        (
            "givenName",
            "refused character 1: `givenName` stands alone (write [givenName] for an attribute and \"givenName\" for text)",
        ),
        ("Trim", "refused character 1: `Trim` stands alone (call it: Trim(…))"),
        ("Not and", "refused character 1: `Not` stands alone (call it: Not(…))"),
        (
            "%DomainFQND%",
            "refused character 1: there is no parameter %DomainFQND% (did you mean %DomainFQDN%?)",
        ),
        ("%x", "refused character 1: the parameter has no closing percent sign (write %DomainFQDN%)"),
        ("1.5", "refused character 1: numbers are whole (put a number with a point between quotes)"),
        (
            "99999999999999999999",
            "refused character 1: `99999999999999999999` is not a whole number of 64 bits (put text between quotes)",
        ),
        ("& [a]", "refused character 1: `&` has nothing on its left (a hexadecimal number is written &HFF)"),
        ("&HXYZ", "refused character 1: `&HXYZ` is not a hexadecimal number of 64 bits"),
        ("\"äöü\" x", "refused character 7: `x` where the end of the expression or an operator is expected"),
        (
            "Trim(SelectUniqueValue([a], [b]))",
            "refused character 6: SelectUniqueValue can only be the outermost function",
        ),
        (
            "\"x\" & SelectUniqueValue([a], [b])",
            "refused character 7: SelectUniqueValue can only be the outermost function",
        ),
        (
            "AppRoleAssignmentsComplex([a])",
            "refused character 1: AppRoleAssignmentsComplex is not available (application roles exist only where Entra ID is the source)",
        ),
    ]);
}

#[test]
fn length_and_nesting_are_bounded() {
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert!(Expression::compile(&text(LONGEST_EXPRESSION)).is_ok());
    let error = Expression::compile(&text(LONGEST_EXPRESSION + 1)).expect_err("too long");
    assert_eq!(error.position, LONGEST_EXPRESSION + 1);

    let nested = |depth: usize| format!("{}[a]{}", "Trim(".repeat(depth), ")".repeat(depth));
    assert!(Expression::compile(&nested(DEEPEST_NESTING)).is_ok());
    assert!(Expression::compile(&nested(DEEPEST_NESTING + 1)).is_err());
    assert!(Expression::compile(&"(".repeat(LONGEST_EXPRESSION)).is_err());
}

#[test]
fn limitation_9_an_expression_of_more_than_10000_characters_is_evaluated() {
    let long = "x".repeat(12_000);
    assert_eq!(run(&format!("Append(\"{long}\", \"y\")"), &person()), format!("{long}y"));
}

#[test]
fn a_long_row_of_operators_needs_no_deep_stack() {
    assert_eq!(run(&format!("{}1", "1&".repeat(30_000)), &person()).len(), 30_001);
}

#[test]
fn the_attributes_of_an_expression_are_listed_once() {
    let expression =
        Expression::compile("IIF(IsPresent([mail]), [Mail], Join(\"@\", [uid], [cn]))").expect("compiles");
    assert_eq!(expression.attributes().collect::<Vec<_>>(), ["mail", "uid", "cn"]);
    assert!(expression.text().starts_with("IIF("));
}

#[test]
fn constants_are_filled_in_where_they_name_a_parameter() {
    let parameters = parameters();
    for (constant, expected) in [
        ("plain", "plain"),
        ("%DomainFQDN%", "lab01.local"),
        ("x %DomainFQDN%/%Domain.FQDN% 100%", "x lab01.local/lab01.local 100%"),
        ("50% of %unknown%", "50% of %unknown%"),
        ("%%DomainFQDN%", "%lab01.local"),
    ] {
        assert_eq!(parameters.expand(constant).expect(constant), expected, "{constant}");
    }
    assert!(parameters.expand("%ForestFQDN%").is_err(), "a parameter that is not set is not an empty value");
    assert_eq!(Parameters::new().with(Parameter::ForestFqdn, "f").expand("%ForestFQDN%").expect("set"), "f");
}

#[test]
fn a_map_of_values_can_be_tried_out_too() {
    let values =
        BTreeMap::from([("Title".to_owned(), Value::text(" Boss ")), ("n".to_owned(), Value::Integer(4))]);
    assert_eq!(run("Trim([title])", &values), "Boss");
    assert_eq!(run("BitAnd([n], 6)", &values), "int 4");
    assert_eq!(run("[none]", &values), "null");
}
