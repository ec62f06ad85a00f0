//! Comparison. Attributes arrive as text, so the kinds meet here: a number compares with a text that spells one, a
//! truth value with `True` and `False`, a date with a text that is a date; two texts compare by their characters,
//! case included. No value equals only no value, and is neither more nor less than anything.

use std::cmp::Ordering;

use crate::Datum;
use crate::datum::Fault;
use crate::tree::Operator;

pub(crate) fn compare(operator: Operator, left: &Datum, right: &Datum) -> Result<bool, Fault> {
    Ok(match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Less => order(left, right)?.is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order(left, right)?.is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right)?.is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order(left, right)?.is_some_and(Ordering::is_ge),
    })
}

pub(crate) fn equal(left: &Datum, right: &Datum) -> bool {
    if left.is_empty() || right.is_empty() {
        return left.is_empty() && right.is_empty();
    }
    match (left, right) {
        (Datum::Text(one), Datum::Text(other)) => one == other,
        (Datum::Binary(one), Datum::Binary(other)) => one == other,
        (Datum::Many(one), Datum::Many(other)) => {
            one.len() == other.len() && one.iter().all(|value| other.iter().any(|o| equal(value, o)))
        }
        (Datum::Many(_) | Datum::Binary(_), _) | (_, Datum::Many(_) | Datum::Binary(_)) => false,
        (Datum::Date(date), other) | (other, Datum::Date(date)) => other.as_date() == Some(*date),
        (Datum::Boolean(flag), other) | (other, Datum::Boolean(flag)) => other.as_truth() == Some(*flag),
        (Datum::Integer(number), other) | (other, Datum::Integer(number)) => {
            other.as_integer() == Some(*number)
        }
        (Datum::Null | Datum::Ignore, _) | (_, Datum::Null | Datum::Ignore) => false,
    }
}

fn order(left: &Datum, right: &Datum) -> Result<Option<Ordering>, Fault> {
    if left.is_empty() || right.is_empty() {
        return Ok(None);
    }
    if matches!(left, Datum::Date(_)) || matches!(right, Datum::Date(_)) {
        return Ok(Some(date(left)?.cmp(&date(right)?)));
    }
    if let (Some(one), Some(other)) = (left.as_integer(), right.as_integer()) {
        return Ok(Some(one.cmp(&other)));
    }
    match (left, right) {
        (Datum::Text(one), Datum::Text(other)) => Ok(Some(one.cmp(other))),
        (Datum::Many(_), _) | (_, Datum::Many(_)) => {
            Err("several values have no order: use Item to pick one".into())
        }
        (Datum::Binary(_), _) | (_, Datum::Binary(_)) => Err("binary values have no order".into()),
        (Datum::Text(text), _) | (_, Datum::Text(text)) => {
            Err(format!("`{}` is not a number", crate::evaluate::short(text)))
        }
        _ => Ok(None),
    }
}

fn date(value: &Datum) -> Result<chrono::NaiveDateTime, Fault> {
    value.as_date().ok_or_else(|| "a date compares only with a date".into())
}
