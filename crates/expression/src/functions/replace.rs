//! Replace: five functions under one name, told apart by which arguments are written.

use std::borrow::Cow;

use super::{Arity, Complaint, Family, Function, Outcome};
use crate::Datum;
use crate::evaluate::{Arguments, within_bounds};
use crate::tree::Node;

#[cfg(feature = "regex")]
mod patterns;

#[cfg(not(feature = "regex"))]
mod patterns {
    //! Without the pattern engine: such expressions are refused while compiling.

    use super::{Arguments, Complaint, Datum, Node, Outcome, PATTERN};

    pub fn prepare(_: &mut [Node]) -> Result<(), Complaint> {
        Err(Complaint::about(PATTERN, "patterns are not available here")
            .hint("try the expression on the server"))
    }

    #[expect(clippy::unnecessary_wraps, reason = "stands where the pattern engine stands")]
    pub fn run<'a>(_: &Arguments<'a, '_>) -> Outcome<'a> {
        Ok(Datum::Null)
    }
}

const OLD: usize = 1;
const PATTERN: usize = 2;
const GROUP: usize = 3;
const VALUE: usize = 4;
const ATTRIBUTE: usize = 5;
const TEMPLATE: usize = 6;

pub(super) const TABLE: &[Function] = &[Function::new(
    Family::Text,
    "Replace(source, [old], [pattern], [group], [value], [attribute], [template])",
    Arity::between(3, 7),
    replace,
    "Replaces, case included, in each of several values; no source gives no value, except in the last form. Old and \
     value: every occurrence of old becomes value. Old and template: every occurrence of old in the template becomes the \
     source. Pattern and value: every match becomes value, in which $1 and ${name} stand for groups. Pattern, group and \
     value: of every match only the group becomes value. Pattern, group and attribute: the source when it has a value, \
     else what the group finds in the attribute. Patterns are regular expressions between quotes, without look-around \
     and back-references.",
)
.checked(check)];

const FORMS: &str = "give old and value, old and template, pattern and value, pattern, group and value, or pattern, \
                     group and attribute";

fn check(nodes: &mut [Node]) -> Result<(), Complaint> {
    let given = |index: usize| nodes.get(index).is_some_and(|node| !matches!(node, Node::Missing));
    let form = [OLD, PATTERN, GROUP, VALUE, ATTRIBUTE, TEMPLATE].map(given);
    match form {
        [true, false, false, true, false, false] | [true, false, false, false, false, true] => {
            if nodes[OLD].constant() == Some("") {
                return Err(Complaint::about(OLD, "there is nothing to look for in an empty text"));
            }
            Ok(())
        }
        // The group may be given or not when there is a value, and must be for an attribute.
        [false, true, _, true, false, false] | [false, true, true, false, true, false] => {
            patterns::prepare(nodes)
        }
        _ => Err(Complaint::call("the arguments do not belong together").hint(FORMS)),
    }
}

fn replace<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    if args.is_given(PATTERN) {
        return patterns::run(args);
    }
    let old = args.text_or_empty(OLD)?;
    if args.is_given(TEMPLATE) {
        let template = args.text_or_empty(TEMPLATE)?;
        return args.map_text(0, |source| swap(args, template.clone(), &old, &source));
    }
    let value = args.text_or_empty(VALUE)?;
    args.map_text(0, |source| swap(args, source, &old, &value))
}

fn swap<'a>(args: &Arguments<'a, '_>, text: Cow<'a, str>, old: &str, new: &str) -> Outcome<'a> {
    if old.is_empty() || !text.contains(old) {
        return Ok(Datum::Text(text));
    }
    let grown = text.matches(old).count().saturating_mul(new.len());
    within_bounds(grown.saturating_add(text.len()).min(usize::MAX / 2)).map_err(|fault| args.fail(fault))?;
    Ok(Datum::text(text.replace(old, new)))
}
