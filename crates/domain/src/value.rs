//! Values as they travel between mapping, plan and target.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The attributes of an object under their target names, in a stable order.
pub type Attributes = BTreeMap<String, Value>;

/// One attribute's value. Absent is not a value: an attribute without one is not in the map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Value {
    Text(String),
    Boolean(bool),
    Integer(i64),
    /// Bytes, shown and exported as Base64 (RFC 4648 section 4).
    Binary(#[serde(with = "base64_text")] Vec<u8>),
    /// The id of another object in the target.
    Reference(String),
    /// Several values. Order carries no meaning in a directory: kept sorted and without duplicates.
    Many(Vec<Value>),
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Several values as one, sorted and without duplicates; `None` when there are none.
    pub fn many(values: impl IntoIterator<Item = Value>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort();
        values.dedup();
        (!values.is_empty()).then_some(Self::Many(values))
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Reference(text) => Some(text),
            _ => None,
        }
    }

    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The values one by one; a single value is a list of one.
    pub fn each(&self) -> &[Value] {
        match self {
            Self::Many(values) => values,
            single => std::slice::from_ref(single),
        }
    }

    /// The plain JSON form that the API and SCIM bodies use.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) | Self::Reference(text) => text.clone().into(),
            Self::Boolean(flag) => (*flag).into(),
            Self::Integer(number) => (*number).into(),
            Self::Binary(bytes) => STANDARD.encode(bytes).into(),
            Self::Many(values) => values.iter().map(Self::to_json).collect::<Vec<_>>().into(),
        }
    }
}

/// The form for people: several values on one line, separated by `; `.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Reference(text) => f.write_str(text),
            Self::Boolean(flag) => flag.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Binary(bytes) => f.write_str(&STANDARD.encode(bytes)),
            Self::Many(values) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        f.write_str("; ")?;
                    }
                    value.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_a_directory_lists_values_makes_no_difference() {
        let one = Value::many([Value::text("b"), Value::text("a"), Value::text("b")]);
        let other = Value::many([Value::text("a"), Value::text("b")]);
        assert_eq!(one, other);
        assert_eq!(Value::many([]), None);
    }

    #[test]
    fn a_value_survives_its_stored_form() {
        let value = Value::Many(vec![Value::Binary(vec![0, 255]), Value::Integer(-3), Value::Boolean(true)]);
        let text = serde_json::to_string(&value).expect("serialises");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("parses"), value);
    }
}
