//! An object's attributes as they are stored, twice an object: shorter than the form in which values travel, and
//! written without a serialiser, because a first cycle does little else.
//!
//! A JSON object by attribute: text, a truth value and a number as themselves, several values as an array, and
//! `{"reference": id}` or `{"binary": base64}`. Rows of earlier versions have an object for every value
//! (`{"text": ...}`, `{"many": [...]}`); they are read as well.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use domain::value::{Attributes, Value};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use storage::Result;

use crate::fields::to_json;

/// The stored form of an object's attributes.
pub fn encode(attributes: &Attributes) -> Result<String> {
    let mut text = String::with_capacity(64 + 40 * attributes.len());
    text.push('{');
    for (place, (name, value)) in attributes.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_text(&mut text, name)?;
        text.push(':');
        push_value(&mut text, value)?;
    }
    text.push('}');
    Ok(text)
}

/// What `encode` wrote, or an earlier version.
pub fn decode(text: &str) -> std::result::Result<Attributes, serde_json::Error> {
    let stored: BTreeMap<String, Stored> = serde_json::from_str(text)?;
    Ok(stored.into_iter().map(|(name, value)| (name, value.0)).collect())
}

/// One value of it.
pub fn decode_value(text: &str) -> std::result::Result<Value, serde_json::Error> {
    serde_json::from_str::<Stored>(text).map(|stored| stored.0)
}

fn push_value(text: &mut String, value: &Value) -> Result<()> {
    match value {
        Value::Text(value) => push_text(text, value)?,
        Value::Boolean(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) => {
            // Writing to a string does not fail.
            let _ = write!(text, "{number}");
        }
        Value::Many(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                push_value(text, value)?;
            }
            text.push(']');
        }
        Value::Binary(_) | Value::Reference(_) => text.push_str(&to_json(value)?),
    }
    Ok(())
}

/// A JSON string (RFC 8259 section 7). Nearly none has to be escaped.
pub fn push_text(text: &mut String, value: &str) -> Result<()> {
    if value.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        text.push_str(&to_json(value)?);
    } else {
        text.push('"');
        text.push_str(value);
        text.push('"');
    }
    Ok(())
}

struct Stored(Value);

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(StoredVisitor)
    }
}

struct StoredVisitor;

impl<'de> Visitor<'de> for StoredVisitor {
    type Value = Stored;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored attribute value")
    }

    fn visit_str<E: Error>(self, text: &str) -> std::result::Result<Stored, E> {
        Ok(Stored(Value::text(text)))
    }

    fn visit_string<E: Error>(self, text: String) -> std::result::Result<Stored, E> {
        Ok(Stored(Value::Text(text)))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> std::result::Result<Stored, E> {
        Ok(Stored(Value::Boolean(flag)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> std::result::Result<Stored, E> {
        Ok(Stored(Value::Integer(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> std::result::Result<Stored, E> {
        i64::try_from(number).map(|number| Stored(Value::Integer(number))).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> std::result::Result<Stored, A::Error> {
        let mut many = Vec::with_capacity(values.size_hint().unwrap_or(0));
        while let Some(Stored(value)) = values.next_element()? {
            many.push(value);
        }
        Ok(Stored(Value::Many(many)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Stored, A::Error> {
        let Some(form) = map.next_key::<String>()? else { return Err(A::Error::custom("no value")) };
        let value = if form == "many" {
            map.next_value::<Stored>()?.0
        } else {
            let value: serde_json::Value = map.next_value()?;
            let tagged = serde_json::Map::from_iter([(form, value)]);
            serde_json::from_value(tagged.into()).map_err(A::Error::custom)?
        };
        if map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom("more than one value"));
        }
        Ok(Stored(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes() -> Attributes {
        let many = vec![
            Value::Boolean(false),
            Value::Binary(vec![0, 255]),
            Value::text("[\"x\"]"),
            Value::Many(vec![Value::text("inner")]),
        ];
        [
            ("title", Value::text("Baker")),
            ("quoted \"name\"", Value::text("a \"b\" \\ c\n\u{1} é 😀")),
            ("empty", Value::text("")),
            ("enabled", Value::Boolean(true)),
            ("low", Value::Integer(i64::MIN)),
            ("high", Value::Integer(i64::MAX)),
            ("photo", Value::Binary(vec![1, 2, 3])),
            ("manager", Value::Reference("7".to_owned())),
            ("several", Value::Many(many)),
            ("none", Value::Many(Vec::new())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    #[test]
    fn every_value_comes_back_as_it_was() {
        let stored = encode(&attributes()).expect("is stored");
        assert_eq!(decode(&stored).expect("is read"), attributes());
        assert_eq!(encode(&Attributes::new()).expect("is stored"), "{}");
        serde_json::from_str::<serde_json::Value>(&stored).expect("is JSON");
    }

    #[test]
    fn rows_of_earlier_versions_are_read() {
        let earlier = serde_json::to_string(&attributes()).expect("the form in which values travel");
        assert_eq!(decode(&earlier).expect("is read"), attributes());
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in
            [r#"{"a":null}"#, r#"{"a":{}}"#, r#"{"a":{"text":"x","boolean":true}}"#, r#"{"a":{"odd":1}}"#]
        {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
