//! The object that a mapping is tried on, as it travels in the page: pairs of names and texts.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Value;

/// An object to evaluate for, as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Attributes of which it is known whether the object has them, and what.
    pub known: BTreeSet<String>,
    pub attributes: BTreeMap<String, Value>,
    /// System parameters by the names between percent signs.
    pub parameters: BTreeMap<String, String>,
}

const KNOWN: char = 'k';
const TEXT: char = 't';
const BYTES: char = 'b';
const PARAMETER: char = 'p';

impl Looked {
    /// One pair a value: what it is, a dot and its name; and its text.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut put = |what: char, name: &str, text: String| pairs.push((format!("{what}.{name}"), text));
        for name in &self.known {
            put(KNOWN, name, String::new());
        }
        for (name, value) in &self.attributes {
            for one in value.each() {
                match one {
                    Value::Binary(bytes) => put(BYTES, name, STANDARD.encode(bytes)),
                    other => put(TEXT, name, other.to_string()),
                }
            }
        }
        for (name, value) in &self.parameters {
            put(PARAMETER, name, value.clone());
        }
        pairs
    }

    /// What is no pair of ours is passed over.
    pub fn of_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut looked = Self::default();
        let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, text) in pairs {
            let Some((what, name)) = key.split_once('.') else { continue };
            let name = name.to_owned();
            match what.chars().next() {
                Some(KNOWN) => drop(looked.known.insert(name)),
                Some(TEXT) => values.entry(name).or_default().push(Value::Text(text)),
                Some(BYTES) => {
                    if let Ok(bytes) = STANDARD.decode(text) {
                        values.entry(name).or_default().push(Value::Binary(bytes));
                    }
                }
                Some(PARAMETER) => drop(looked.parameters.insert(name, text)),
                _ => {}
            }
        }
        looked.attributes = values
            .into_iter()
            .filter_map(|(name, mut values)| {
                let value = if values.len() == 1 { values.pop() } else { Value::many(values) };
                Some((name, value?))
            })
            .collect();
        looked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_survives_the_page() {
        let looked = Looked {
            known: ["a.b", "mail", "objectGUID"].map(str::to_owned).into(),
            attributes: [
                ("a.b", Value::text("x=y&z")),
                ("mail", Value::Many(vec![Value::text("a@x"), Value::text("b@x")])),
                ("objectGUID", Value::Binary(vec![0, 255, 7])),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
            parameters: [("DomainFQDN".to_owned(), "corp.example".to_owned())].into(),
        };
        assert_eq!(Looked::of_pairs(looked.pairs().into_iter()), looked);
    }
}
