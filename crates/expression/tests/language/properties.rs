use domain::Entry;
use expression::{Attributes as _, Expression, Function, functions};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use crate::support::parameters;

/// Pieces out of which texts are made that are nearly expressions.
const PIECES: &[&str] = &[
    "(",
    ")",
    ",",
    "[",
    "]",
    "\"",
    "\\",
    "%",
    "&",
    "&&",
    "||",
    "=",
    "<",
    ">",
    "<>",
    "&H",
    "-",
    "0",
    "7",
    "99",
    " ",
    "[a]",
    "[many]",
    "[bytes]",
    "[number]",
    "[date]",
    "\"\"",
    "\"yyyy-MM-dd\"",
    "\"(?<n>a+)\"",
    "\"n\"",
    "\"$1\"",
    "NULL",
    "True",
    "ë",
    "🙂",
    "%DomainFQDN%",
    "\"m\"",
    "\"ww\"",
    "9223372036854775807",
    "-9223372036854775808",
];

fn nearly_an_expression() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => prop::sample::select(functions()).prop_map(|function| format!("{}(", function.name)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn argument() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "",
        "[a]",
        "[many]",
        "[bytes]",
        "[number]",
        "[date]",
        "[absent]",
        "0",
        "1",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "\"\"",
        "\"a\"",
        "\"yyyyMMdd\"",
        "\"(?<n>a*)\"",
        "\"n\"",
        "\"d\"",
        "\"m\"",
        "\"yyyy\"",
        "\",\"",
        "NULL",
        "True",
        "Now()",
        "UTF8",
        "vbTextCompare",
        "\"ëß🙂İ\"",
        "%DomainFQDN%",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 7, |inner| {
        let available: Vec<_> = functions().into_iter().filter(|function| function.available).collect();
        (prop::sample::select(available), prop::collection::vec(inner, 7), 0..3_usize).prop_map(
            |(function, mut arguments, left_out)| {
                arguments.truncate(parameters_of(function).saturating_sub(left_out.saturating_sub(1)));
                format!("{}({})", function.name, arguments.join(","))
            },
        )
    })
}

/// Expressions with operators around them, in parentheses or not.
fn operators(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["&", "&&", "||", "=", "<>", "<", ">=", " & "]);
    (prop::collection::vec((inner, sign, any::<bool>()), 1..5)).prop_map(|parts| {
        let mut text = String::new();
        for (index, (part, sign, apart)) in parts.into_iter().enumerate() {
            let part = if part.is_empty() { "NULL".to_owned() } else { part };
            text = match (index, apart) {
                (0, _) => part,
                (_, true) => format!("({text}) {sign} {part}"),
                (_, false) => format!("{part} {sign} {text}"),
            };
        }
        text
    })
}

/// How many parameters a signature names.
fn parameters_of(function: &Function) -> usize {
    let (_, inner) = function.signature.split_once('(').expect("a signature has a parenthesis");
    inner.trim_end_matches(')').split(',').filter(|name| !matches!(name.trim(), "" | "…")).count()
}

#[test]
fn most_generated_expressions_get_as_far_as_evaluation() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let compiled = (0..500)
        .filter_map(|_| argument().new_tree(&mut runner).ok())
        .filter(|tree| Expression::compile(&tree.current()).is_ok())
        .count();
    assert!(compiled > 150, "{compiled} of 500");
}

fn strange_entry() -> impl Strategy<Value = Entry> {
    let value = prop::collection::vec(any::<u8>(), 0..30);
    (any::<String>(), prop::collection::vec(value, 0..4), any::<i64>()).prop_map(|(text, values, number)| {
        Entry::new("CN=x,DC=y")
            .with("a", [text])
            .with("many", values.clone())
            .with("bytes", values)
            .with("number", [number.to_string()])
            .with("date", ["20200229235959.9Z"])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiling_any_text_ends_in_an_expression_or_an_error_within_it(text in any::<String>()) {
        if let Err(error) = Expression::compile(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.position));
        }
    }

    #[test]
    fn compiling_what_is_nearly_an_expression_ends_too(text in nearly_an_expression(), entry in strange_entry()) {
        match Expression::compile(&text) {
            Ok(expression) => drop(expression.evaluate(&entry, &parameters())),
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.position)),
        }
    }

    #[test]
    fn evaluating_any_combination_of_functions_ends(text in argument(), entry in strange_entry()) {
        if let Ok(expression) = Expression::compile(&text) {
            drop(expression.evaluate(&entry, &parameters()));
        }
    }

    #[test]
    fn an_expression_survives_its_printed_form(text in operators(argument()), entry in strange_entry()) {
        if let Ok(expression) = Expression::compile(&text) {
            let printed = expression.to_string();
            let again = Expression::compile(&printed);
            prop_assert!(again.is_ok(), "{} became {}: {:?}", text, printed, again.err());
            let again = again.expect("compiles");
            prop_assert_eq!(again.to_string(), printed.clone());
            prop_assert_eq!(
                again.flow(&entry, &parameters()), expression.flow(&entry, &parameters()), "{} became {}", text, printed
            );
            let part = expression.part();
            prop_assert_eq!(&part.expression, &printed);
            for (_, inner) in &part.arguments {
                let alone = inner.expression.is_empty() || Expression::compile(&inner.expression).is_ok();
                prop_assert!(alone, "{}", inner.expression);
            }
        }
    }

    #[test]
    fn borrowed_and_owned_attributes_are_the_same(entry in strange_entry()) {
        for name in ["a", "many", "bytes", "number", "objectGUID", "distinguishedName"] {
            prop_assert_eq!(entry.read(name).into_value(), entry.value(name), "{}", name);
        }
    }
}
