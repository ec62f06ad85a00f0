//! Conditions, and what flows at all.

use super::{Arity, Complaint, Family, Function, Outcome};
use crate::evaluate::Arguments;
use crate::tree::Node;
use crate::{Datum, compare};

const fn logic(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Logic, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    logic(
        "IIF(condition, ifTrue, ifFalse)",
        Arity::exactly(3),
        iif,
        "One of two values. A condition is true for True, for a number other than 0 and for a comparison that holds; \
         anything else, no value included, is false. Only the value that is chosen is evaluated.",
    ),
    logic(
        "Switch(source, [default], key1, value1, …)",
        Arity::from(4),
        switch,
        "The value whose key equals the source, case included; the default when none does. The key \"\" stands for no \
         value. Keys are tried in order and only the chosen value is evaluated.",
    )
    .checked(check_switch),
    logic(
        "Coalesce(source1, source2, …)",
        Arity::from(1),
        coalesce,
        "The first argument that has a value. An empty text counts as none.",
    ),
    logic("IsNull(value)", Arity::exactly(1), is_null, "True when there is no value; an empty text is one."),
    logic(
        "IsNullOrEmpty(value)",
        Arity::exactly(1),
        is_null_or_empty,
        "True when there is no value or an empty text.",
    ),
    logic(
        "IsPresent(value)",
        Arity::exactly(1),
        is_present,
        "True when there is a value that is not an empty text: the inverse of IsNullOrEmpty.",
    ),
    logic(
        "IsString(value)",
        Arity::exactly(1),
        is_string,
        "True for one value that CStr makes text of: a text, a number, a date or a truth value. False for no value, \
         binary and several values.",
    ),
    logic(
        "Not(value)",
        Arity::exactly(1),
        not,
        "False for True (in any case) and for a number other than 0; True for everything else, no value included.",
    ),
    logic(
        "Error(message)",
        Arity::exactly(1),
        error,
        "Fails the object with this message. It is recorded for the object and the others go on.",
    ),
    logic(
        "IgnoreFlowIfNullOrEmpty(value)",
        Arity::exactly(1),
        ignore_flow,
        "The value; when there is none, the target attribute keeps what it has instead of being cleared.",
    ),
    logic(
        "SelectUniqueValue(rule1, rule2, …)",
        Arity::from(2),
        coalesce,
        "The first of the values that no other object of the target has in this attribute. Only as the outermost \
         function, in a mapping that is applied on create and does not match. When none is free, the object is not \
         created, and that is recorded. Where no target is asked, as in the tester, it is the first value.",
    )
    .selecting(),
    logic(
        "Redact(value)",
        Arity::exactly(1),
        redact,
        "The value itself. Provisioning logs show [Redact] for the whole mapping.",
    )
    .redacting(),
];

fn iif<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.get(if args.truth(0)? { 1 } else { 2 })
}

fn check_switch(nodes: &mut [Node]) -> Result<(), Complaint> {
    if nodes.len() % 2 == 1 {
        return Err(Complaint::call(format!(
            "keys and values come in pairs, there are {} arguments",
            nodes.len()
        ))
        .hint("Switch(source, default, key1, value1, …)"));
    }
    Ok(())
}

fn switch<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let source = args.get(0)?;
    if matches!(source, Datum::Many(_)) {
        return Err(args.fail("the source has several values: use Item or Join to make them one"));
    }
    for key in (2..args.len()).step_by(2) {
        if compare::equal(&source, &args.get(key)?) {
            return args.get(key + 1);
        }
    }
    args.get(1)
}

fn coalesce<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    for index in 0..args.len() {
        let value = args.get(index)?;
        if !value.is_empty() {
            return Ok(value);
        }
    }
    Ok(Datum::Null)
}

fn is_null<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Boolean(args.get(0)?.is_null()))
}

fn is_null_or_empty<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Boolean(args.get(0)?.is_empty()))
}

fn is_present<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Boolean(!args.get(0)?.is_empty()))
}

fn is_string<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let value = args.get(0)?;
    Ok(Datum::Boolean(!value.is_null() && !matches!(value, Datum::Binary(_) | Datum::Many(_))))
}

fn not<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Boolean(match args.get(0)? {
        Datum::Text(text) => !text.eq_ignore_ascii_case("true"),
        other => !other.as_truth().unwrap_or(false),
    }))
}

fn error<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let message = args.text_or_empty(0)?;
    Err(args.fail(if message.is_empty() { "the expression refused this object" } else { &message }))
}

fn ignore_flow<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let value = args.get(0)?;
    Ok(if value.is_empty() { Datum::Ignore } else { value })
}

fn redact<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.get(0)
}
