//! The page. A test holds the file in `docs` against it.

use std::fmt::Write as _;

use expression::{DEEPEST_NESTING, Family, LONGEST_EXPRESSION, Parameter, functions};

const INTRODUCTION: &str = include_str!("introduction.md");

pub fn page() -> String {
    let parameters: Vec<_> =
        Parameter::ALL.iter().map(|parameter| format!("`%{}%`", parameter.name())).collect();
    let mut page = INTRODUCTION
        .replace("{longest}", &LONGEST_EXPRESSION.to_string())
        .replace("{deepest}", &DEEPEST_NESTING.to_string())
        .replace("{parameters}", &parameters.join(", "));
    let mut families: Vec<Family> = functions().iter().map(|function| function.family).collect();
    families.sort_unstable();
    families.dedup();
    for family in families {
        section(&mut page, family);
    }
    page
}

/// Writing to a text cannot fail.
fn section(page: &mut String, family: Family) {
    let _ = writeln!(page, "\n## {}\n\n| Function | |\n|---|---|", family.title());
    for function in functions().into_iter().filter(|function| function.family == family) {
        let end = if function.available { "" } else { "." };
        let summary = function.summary.replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {summary}{end} |", function.signature);
    }
}
