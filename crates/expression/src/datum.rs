//! Values while an expression runs: borrowed from the entry or from the expression as long as nobody changes them.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use domain::Value;

use crate::dates;

/// One value of the language. `Null` and an empty text both flow as "no value"; only `IsNull` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Datum<'a> {
    Null,
    /// No value, and the target keeps what it has.
    Ignore,
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    /// A moment in UTC. Attributes have no such type: as a result it becomes text.
    Date(NaiveDateTime),
    Binary(Cow<'a, [u8]>),
    /// Two or more values, in the order in which a function made them.
    Many(Vec<Datum<'a>>),
}

/// Why a value cannot be used as asked; the caller adds the function's name.
pub(crate) type Fault = String;

impl<'a> Datum<'a> {
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null | Self::Ignore)
    }

    /// Null, or a text without characters.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null | Self::Ignore => true,
            Self::Text(text) => text.is_empty(),
            Self::Binary(bytes) => bytes.is_empty(),
            Self::Many(values) => values.is_empty(),
            Self::Boolean(_) | Self::Integer(_) | Self::Date(_) => false,
        }
    }

    /// Several values as one: empty ones are dropped, a single one stands for itself.
    pub fn many(values: impl IntoIterator<Item = Datum<'a>>) -> Self {
        let mut values = values.into_iter().filter(|value| !value.is_empty());
        let Some(first) = values.next() else { return Self::Null };
        match values.next() {
            None => first,
            Some(second) => Self::Many([first, second].into_iter().chain(values).collect()),
        }
    }

    /// The values one by one; none for null.
    pub fn into_each(self) -> Vec<Datum<'a>> {
        match self {
            Self::Null | Self::Ignore => Vec::new(),
            Self::Many(values) => values,
            single => vec![single],
        }
    }

    /// The text form of a single value, `None` for null.
    pub(crate) fn into_text(self) -> Result<Option<Cow<'a, str>>, Fault> {
        Ok(Some(match self {
            Self::Null | Self::Ignore => return Ok(None),
            Self::Text(text) => text,
            Self::Boolean(flag) => Cow::Borrowed(truth_word(flag)),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Date(date) => Cow::Owned(dates::general(date)),
            Self::Binary(_) => {
                return Err(
                    "the value is binary: use ConvertToBase64 or StringFromSid to make it text".into()
                );
            }
            Self::Many(values) => {
                return Err(format!(
                    "one value is expected, there are {}: use Item or Join to make them one",
                    values.len()
                ));
            }
        }))
    }

    /// The whole number that a value is or spells; `None` for null, for an empty text and for anything else.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Boolean(flag) => Some((*flag).into()),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// True or false where a value says so: `True` and `False` in any case, numbers by whether they are 0.
    pub(crate) fn as_truth(&self) -> Option<bool> {
        match self {
            Self::Boolean(flag) => Some(*flag),
            Self::Integer(number) => Some(*number != 0),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Self::Text(text) => text.trim().parse::<i64>().ok().map(|number| number != 0),
            _ => None,
        }
    }

    /// The moment that a value is or spells.
    pub(crate) fn as_date(&self) -> Option<NaiveDateTime> {
        match self {
            Self::Date(date) => Some(*date),
            Self::Text(text) => dates::parse_any(text),
            _ => None,
        }
    }

    /// The result of an expression: nothing for null and for an empty text.
    pub fn into_value(self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        Some(match self {
            Self::Null | Self::Ignore => return None,
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Boolean(flag) => Value::Boolean(flag),
            Self::Integer(number) => Value::Integer(number),
            Self::Date(date) => Value::Text(dates::general(date)),
            Self::Binary(bytes) => Value::Binary(bytes.into_owned()),
            Self::Many(values) => match Value::many(values.into_iter().filter_map(Datum::into_value))? {
                Value::Many(mut values) if values.len() == 1 => return values.pop(),
                several => several,
            },
        })
    }
}

pub(crate) const fn truth_word(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

impl From<Value> for Datum<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) | Value::Reference(text) => Self::Text(Cow::Owned(text)),
            Value::Boolean(flag) => Self::Boolean(flag),
            Value::Integer(number) => Self::Integer(number),
            Value::Binary(bytes) => Self::Binary(Cow::Owned(bytes)),
            Value::Many(values) => Self::many(values.into_iter().map(Datum::from)),
        }
    }
}

impl<'a> From<&'a Value> for Datum<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) | Value::Reference(text) => Self::Text(Cow::Borrowed(text)),
            Value::Boolean(flag) => Self::Boolean(*flag),
            Value::Integer(number) => Self::Integer(*number),
            Value::Binary(bytes) => Self::Binary(Cow::Borrowed(bytes)),
            Value::Many(values) => Self::many(values.iter().map(Datum::from)),
        }
    }
}

impl<'a> From<Option<Cow<'a, str>>> for Datum<'a> {
    fn from(text: Option<Cow<'a, str>>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}
