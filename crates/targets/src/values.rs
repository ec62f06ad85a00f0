//! Who has which value of an attribute: read once in a cycle for the attributes that match or must be unique.

use std::collections::{BTreeMap, HashMap};

use domain::ObjectKind;
use domain::value::Attributes;

use crate::text::fold;

/// Holders by value, by attribute.
#[derive(Debug)]
pub(crate) struct ValueIndexes<T> {
    known: BTreeMap<(ObjectKind, String), HashMap<String, Vec<T>>>,
}

impl<T> Default for ValueIndexes<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new() }
    }
}

impl<T: Clone> ValueIndexes<T> {
    pub(crate) fn has(&self, kind: ObjectKind, attribute: &str) -> bool {
        self.known.contains_key(&(kind, attribute.to_owned()))
    }

    pub(crate) fn put(&mut self, kind: ObjectKind, attribute: &str, index: HashMap<String, Vec<T>>) {
        self.known.insert((kind, attribute.to_owned()), index);
    }

    /// The holders of each value, in the order of the values.
    pub(crate) fn holders(&self, kind: ObjectKind, attribute: &str, values: &[String]) -> Vec<Vec<T>> {
        let index = self.known.get(&(kind, attribute.to_owned()));
        let of =
            |value: &String| index.and_then(|index| index.get(&fold(value))).cloned().unwrap_or_default();
        values.iter().map(of).collect()
    }
}

/// Puts an object under each of its values.
pub(crate) fn keep<T: Clone>(
    index: &mut HashMap<String, Vec<T>>,
    attributes: &Attributes,
    attribute: &str,
    object: &T,
) {
    let Some(value) = attributes.get(attribute) else { return };
    let mut values: Vec<String> = value.each().iter().map(|value| fold(&value.to_string())).collect();
    values.sort_unstable();
    values.dedup();
    for value in values.into_iter().filter(|value| !value.is_empty()) {
        index.entry(value).or_default().push(object.clone());
    }
}
