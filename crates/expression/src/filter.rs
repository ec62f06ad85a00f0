//! Attribute filters of a scope. The clauses of one filter must all hold; of several filters one must.
//!
//! The semantics are those that Cloud Sync documents: comparisons mind case, and a clause about an attribute without a
//! value does not hold, whatever its operator, but for IS NULL. So `employeeType NOT EQUALS guest` leaves out people
//! without an employeeType; add a second filter with IS NULL to take them in. Of an attribute with several values one
//! must compare as asked; with the negative operators all of them must.

use std::fmt;

use domain::filter::{Clause, Operator};
use domain::{Entry, ObjectKind};
use regex::{Regex, RegexBuilder};

use crate::braces::literal_braces;

/// Memory that a compiled pattern may take.
const LARGEST_PATTERN: usize = 256 * 1024;
/// Filters, and clauses in one.
const MOST: usize = 100;

/// A clause that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterProblem {
    /// Such as `filters[0][1].value`.
    pub path: String,
    pub message: String,
}

impl fmt::Display for FilterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Why an object does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// For people; names the clause and the value that was seen.
    pub sentence: String,
}

/// Filters, ready to be evaluated.
#[derive(Debug, Default)]
pub struct Filters {
    filters: Vec<Vec<Test>>,
}

#[derive(Debug)]
struct Test {
    clause: Clause,
    comparison: Comparison,
}

#[derive(Debug)]
enum Comparison {
    Text,
    Pattern(Regex),
    Bits(i64),
}

impl Filters {
    /// Compiles filters; names everything that is wrong.
    pub fn compile(filters: &[Vec<Clause>]) -> Result<Self, Vec<FilterProblem>> {
        let mut problems = Vec::new();
        if filters.len() > MOST || filters.iter().any(|filter| filter.len() > MOST) {
            let message = format!("at most {MOST} filters of at most {MOST} clauses are taken");
            return Err(vec![FilterProblem { path: "filters".to_owned(), message }]);
        }
        let mut compiled = Vec::with_capacity(filters.len());
        for (index, filter) in filters.iter().enumerate() {
            if filter.is_empty() {
                let message =
                    "a filter needs at least one clause; an empty one would take everything".to_owned();
                problems.push(FilterProblem { path: format!("filters[{index}]"), message });
            }
            let mut tests = Vec::with_capacity(filter.len());
            for (number, clause) in filter.iter().enumerate() {
                match comparison(clause) {
                    Ok(comparison) => tests.push(Test { clause: clause.clone(), comparison }),
                    Err((field, message)) => {
                        let path = format!("filters[{index}][{number}].{field}");
                        problems.push(FilterProblem { path, message });
                    }
                }
            }
            compiled.push(tests);
        }
        if problems.is_empty() { Ok(Self { filters: compiled }) } else { Err(problems) }
    }

    /// Attributes that the filters look at.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.filters.iter().flatten().map(|test| test.clause.attribute.as_str())
    }

    /// Which kinds of object filters narrow: people. Groups and contacts carry other attributes, and a filter on
    /// employeeType must not take every group away.
    pub const fn narrow(kind: ObjectKind) -> bool {
        matches!(kind, ObjectKind::User)
    }

    /// Whether an object passes, or why it does not.
    pub fn verdict(&self, entry: &Entry) -> Result<(), Excluded> {
        let mut first = None;
        for filter in &self.filters {
            match filter.iter().find(|test| !test.holds(entry)) {
                None => return Ok(()),
                Some(failed) => {
                    first.get_or_insert(failed);
                }
            }
        }
        let Some(test) = first else { return Ok(()) };
        let more = self.filters.len() - 1;
        let others =
            if more == 0 { String::new() } else { format!(" Neither does it pass the other {more}.") };
        Err(Excluded {
            sentence: format!("The object does not pass the filter: {}.{others}", test.tell(entry)),
        })
    }
}

fn comparison(clause: &Clause) -> Result<Comparison, (&'static str, String)> {
    let attribute = &clause.attribute;
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b';' | b'_');
    if attribute.is_empty() || !attribute.bytes().all(named) {
        return Err(("attribute", format!("`{attribute}` is no attribute name")));
    }
    if clause.operator.takes_value() == clause.value.is_empty() {
        let message = if clause.value.is_empty() {
            format!("{} compares with a value", clause.operator)
        } else {
            format!("{} takes no value", clause.operator)
        };
        return Err(("value", message));
    }
    match clause.operator {
        Operator::RegexMatch | Operator::NotRegexMatch => RegexBuilder::new(&literal_braces(&clause.value))
            .size_limit(LARGEST_PATTERN)
            .build()
            .map(Comparison::Pattern)
            .map_err(|error| ("value", format!("the pattern cannot be used: {}", last_line(&error)))),
        Operator::BitsSet | Operator::BitsClear => clause
            .value
            .trim()
            .parse()
            .map(Comparison::Bits)
            .map_err(|_| ("value", format!("{} compares with a whole number", clause.operator))),
        _ => Ok(Comparison::Text),
    }
}

fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl Test {
    fn holds(&self, entry: &Entry) -> bool {
        let values = self.values(entry);
        let any = |test: &dyn Fn(&str) -> bool| values.iter().any(|value| test(value));
        let all = |test: &dyn Fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| test(value));
        let wanted = self.clause.value.as_str();
        match (self.clause.operator, &self.comparison) {
            (Operator::IsNull, _) => values.is_empty(),
            (Operator::IsNotNull, _) => !values.is_empty(),
            (Operator::IsTrue, _) => any(&|value| value.eq_ignore_ascii_case("true")),
            (Operator::IsFalse, _) => any(&|value| value.eq_ignore_ascii_case("false")),
            (Operator::Equals, _) => any(&|value| value == wanted),
            (Operator::NotEquals, _) => all(&|value| value != wanted),
            (Operator::EndsWith, _) => any(&|value| value.ends_with(wanted)),
            (Operator::Includes, _) => any(&|value| value.contains(wanted)),
            (Operator::GreaterThan, _) => any(&|value| compare(value, wanted).is_gt()),
            (Operator::GreaterThanOrEquals, _) => any(&|value| compare(value, wanted).is_ge()),
            (Operator::RegexMatch, Comparison::Pattern(pattern)) => any(&|value| pattern.is_match(value)),
            (Operator::NotRegexMatch, Comparison::Pattern(pattern)) => all(&|value| !pattern.is_match(value)),
            (Operator::BitsSet, Comparison::Bits(bits)) => any(&|value| has_bits(value, *bits) == Some(true)),
            (Operator::BitsClear, Comparison::Bits(bits)) => {
                all(&|value| has_bits(value, *bits) == Some(false))
            }
            _ => false,
        }
    }

    /// The attribute's values that are not empty.
    fn values<'e>(&self, entry: &'e Entry) -> Vec<&'e str> {
        let name = &self.clause.attribute;
        let values: Vec<&str> = entry.texts(name).filter(|value| !value.is_empty()).collect();
        if values.is_empty() && name.eq_ignore_ascii_case("distinguishedName") {
            return vec![&entry.dn];
        }
        values
    }

    fn tell(&self, entry: &Entry) -> String {
        const LONGEST: usize = 80;
        let Clause { attribute, operator, value } = &self.clause;
        let wanted = if operator.takes_value() { format!(" {value}") } else { String::new() };
        let seen = match self.values(entry).first() {
            None => "it has no value".to_owned(),
            Some(seen) => format!("it is {}", seen.chars().take(LONGEST).collect::<String>()),
        };
        format!("{attribute} {operator}{wanted}, and {seen}")
    }
}

/// Numbers as numbers, everything else as text.
fn compare(value: &str, wanted: &str) -> std::cmp::Ordering {
    match (value.trim().parse::<i64>(), wanted.trim().parse::<i64>()) {
        (Ok(value), Ok(wanted)) => value.cmp(&wanted),
        _ => value.cmp(wanted),
    }
}

fn has_bits(value: &str, bits: i64) -> Option<bool> {
    value.trim().parse::<i64>().ok().map(|value| value & bits != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(attribute: &str, operator: Operator, value: &str) -> Clause {
        Clause { attribute: attribute.to_owned(), operator, value: value.to_owned() }
    }

    fn passes(filters: &[Vec<Clause>], entry: &Entry) -> bool {
        Filters::compile(filters).expect("compiles").verdict(entry).is_ok()
    }

    fn one(attribute: &str, operator: Operator, value: &str, entry: &Entry) -> bool {
        passes(&[vec![clause(attribute, operator, value)]], entry)
    }

    fn ann() -> Entry {
        Entry::new("CN=Ann,OU=People,DC=x")
            .with("department", ["Sales"])
            .with("employeeNumber", ["120"])
            .with("userAccountControl", ["514"])
            .with("hidden", ["TRUE"])
            .with("tags", ["red", "blue"])
            .with("empty", [""])
    }

    #[test]
    fn every_operator_does_what_its_name_says() {
        use Operator::*;
        for (attribute, operator, value, expected) in [
            ("department", Equals, "Sales", true),
            ("department", Equals, "sales", false),
            ("Department", NotEquals, "HR", true),
            ("department", NotEquals, "Sales", false),
            ("department", EndsWith, "les", true),
            ("distinguishedName", EndsWith, "OU=People,DC=x", true),
            ("department", Includes, "ale", true),
            ("employeeNumber", GreaterThan, "99", true),
            ("employeeNumber", GreaterThan, "120", false),
            ("employeeNumber", GreaterThanOrEquals, "120", true),
            ("department", GreaterThan, "Rust", true),
            ("hidden", IsTrue, "", true),
            ("hidden", IsFalse, "", false),
            ("department", IsNull, "", false),
            ("department", IsNotNull, "", true),
            ("absent", IsNull, "", true),
            ("empty", IsNull, "", true),
            ("department", RegexMatch, "^S.*s$", true),
            ("department", NotRegexMatch, "^S", false),
            ("userAccountControl", BitsSet, "2", true),
            ("userAccountControl", BitsClear, "2", false),
            ("userAccountControl", BitsClear, "16", true),
        ] {
            assert_eq!(one(attribute, operator, value, &ann()), expected, "{attribute} {operator} {value}");
        }
    }

    #[test]
    fn a_clause_about_an_absent_value_does_not_hold_even_when_it_denies() {
        for operator in [Operator::NotEquals, Operator::NotRegexMatch, Operator::Equals, Operator::BitsClear]
        {
            assert!(!one("absent", operator, "1", &ann()), "{operator}");
        }
        assert!(!one("absent", Operator::IsFalse, "", &ann()));
    }

    #[test]
    fn of_several_values_one_must_match_and_none_may_where_denied() {
        assert!(one("tags", Operator::Equals, "blue", &ann()));
        assert!(!one("tags", Operator::NotEquals, "blue", &ann()));
        assert!(one("tags", Operator::NotEquals, "green", &ann()));
    }

    #[test]
    fn clauses_are_joined_by_and_and_filters_by_or() {
        let sales = clause("department", Operator::Equals, "Sales");
        let hr = clause("department", Operator::Equals, "HR");
        let old = clause("employeeNumber", Operator::GreaterThan, "500");
        assert!(!passes(&[vec![sales.clone(), old.clone()]], &ann()));
        assert!(passes(&[vec![hr.clone()], vec![sales]], &ann()));
        assert!(passes(&[], &ann()), "without filters everything passes");
        let excluded = Filters::compile(&[vec![hr], vec![old]]).expect("compiles").verdict(&ann());
        let sentence = excluded.expect_err("excluded").sentence;
        assert!(sentence.contains("department EQUALS HR") && sentence.contains("Sales"), "{sentence}");
    }

    #[test]
    fn everything_wrong_is_named_with_its_place() {
        let problems = Filters::compile(&[
            vec![clause("", Operator::Equals, "x"), clause("a", Operator::Equals, "")],
            vec![clause("a", Operator::RegexMatch, "("), clause("a", Operator::BitsSet, "two")],
            vec![clause("a", Operator::IsNull, "x")],
            vec![],
        ])
        .expect_err("refused");
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "filters[0][0].attribute",
                "filters[0][1].value",
                "filters[1][0].value",
                "filters[1][1].value",
                "filters[2][0].value",
                "filters[3]"
            ]
        );
    }
}
