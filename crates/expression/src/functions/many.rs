//! Attributes with several values. A directory gives them in no order; they are seen sorted, so that `Item` gives the
//! same one every time.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Arity, Complaint, Family, Function, Outcome, one_of};
use crate::Datum;
use crate::evaluate::{Arguments, within_bounds};
use crate::tree::Node;

const fn many(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Many, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    many("Count(values)", Arity::exactly(1), count, "How many values there are; 0 for none."),
    many(
        "Contains(values, text, [case])",
        Arity::between(2, 3),
        contains,
        "The place, counted from 1, of the first value that contains the text, and 0 when none does. CaseSensitive is \
         the default, CaseInsensitive the alternative.",
    )
    .checked(check_contains),
    many(
        "Item(values, index)",
        Arity::exactly(2),
        item,
        "One of several values, counted from 1 in sorted order; a single value is item 1. An index outside is an \
         error, unless there are no values at all: then there is no value.",
    ),
    many(
        "Join(separator, source1, …)",
        Arity::from(2),
        join,
        "All values of all sources as one text, with the separator between them. Sources without a value are left \
         out, separator included.",
    ),
    many(
        "RemoveDuplicates(values)",
        Arity::exactly(1),
        remove_duplicates,
        "Each value once, case included, in the order of their first occurrence.",
    ),
    many(
        "Split(text, delimiter)",
        Arity::exactly(2),
        split,
        "The parts of a text between delimiters, as several values. White space around a part is dropped, and so are \
         parts that are empty.",
    )
    .checked(check_split),
];

fn count<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Integer(match args.get(0)? {
        Datum::Many(values) => values.len() as i64,
        value => i64::from(!value.is_empty()),
    }))
}

const CASES: &[&str] = &["CaseSensitive", "CaseInsensitive"];

fn check_contains(nodes: &mut [Node]) -> Result<(), Complaint> {
    one_of(nodes, 2, CASES)
}

fn contains<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let find = args.text_or_empty(1)?;
    let ignore_case = match args.text_or_empty(2)?.as_ref() {
        "" | "CaseSensitive" => false,
        "CaseInsensitive" => true,
        other => return Err(args.fail(format!("`{}` is neither of {}", other, CASES.join(", ")))),
    };
    let find = if ignore_case { Cow::Owned(find.to_lowercase()) } else { find };
    for (index, value) in args.get(0)?.into_each().into_iter().enumerate() {
        let Some(text) = value.into_text().map_err(|fault| args.fail(fault))? else { continue };
        let found = if ignore_case { text.to_lowercase().contains(&*find) } else { text.contains(&*find) };
        if found {
            return Ok(Datum::Integer(index as i64 + 1));
        }
    }
    Ok(Datum::Integer(0))
}

fn item<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let index = args.required_integer(1, "the index")?;
    let value = args.get(0)?;
    if value.is_empty() {
        return Ok(Datum::Null);
    }
    let mut values = value.into_each();
    match usize::try_from(index) {
        Ok(index) if (1..=values.len()).contains(&index) => Ok(values.swap_remove(index - 1)),
        _ => Err(args.fail(format!("there is no item {index}, the attribute has {}", values.len()))),
    }
}

fn join<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let separator = args.text_or_empty(0)?;
    let mut joined = String::new();
    let mut add = |value: Datum| {
        if let Some(text) =
            value.into_text().map_err(|fault| args.fail(fault))?.filter(|text| !text.is_empty())
        {
            within_bounds(joined.len() + separator.len() + text.len()).map_err(|fault| args.fail(fault))?;
            if !joined.is_empty() {
                joined.push_str(&separator);
            }
            joined.push_str(&text);
        }
        Ok(())
    };
    for index in 1..args.len() {
        match args.get(index)? {
            Datum::Many(values) => values.into_iter().try_for_each(&mut add)?,
            value => add(value)?,
        }
    }
    Ok(Datum::text(joined))
}

fn remove_duplicates<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let values = match args.get(0)? {
        Datum::Many(values) => values,
        single => return Ok(single),
    };
    let mut seen = HashSet::with_capacity(values.len());
    let first: Vec<bool> = values.iter().map(|value| seen.insert(value)).collect();
    Ok(Datum::many(values.into_iter().zip(first).filter_map(|(value, first)| first.then_some(value))))
}

fn check_split(nodes: &mut [Node]) -> Result<(), Complaint> {
    if nodes.get(1).and_then(Node::constant).is_some_and(str::is_empty) {
        return Err(Complaint::about(1, "the delimiter is empty").hint("Split([attribute], \",\")"));
    }
    Ok(())
}

fn split<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let delimiter = args.text_or_empty(1)?;
    if delimiter.is_empty() {
        return Err(args.fail("the delimiter is empty"));
    }
    Ok(match args.text(0)? {
        None => Datum::Null,
        Some(Cow::Borrowed(text)) => {
            Datum::many(text.split(&*delimiter).map(|part| Datum::text(part.trim())))
        }
        Some(Cow::Owned(text)) => {
            Datum::many(text.split(&*delimiter).map(|part| Datum::text(part.trim().to_owned())))
        }
    })
}
