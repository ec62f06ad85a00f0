//! Where `[attribute]` gets its values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::entry::is_binary;
use domain::{Entry, Value};

use crate::Datum;

/// The attributes of one source object, looked up without regard to case.
pub trait Attributes {
    /// The value, `None` when the attribute is absent or empty.
    fn value(&self, name: &str) -> Option<Value>;

    /// The same for the evaluation, which would rather borrow: whoever holds the values should override this.
    fn read(&self, name: &str) -> Datum<'_> {
        self.value(name).map_or(Datum::Null, Datum::from)
    }
}

impl Attributes for Entry {
    fn value(&self, name: &str) -> Option<Value> {
        Entry::value(self, name)
    }

    fn read(&self, name: &str) -> Datum<'_> {
        match self.values(name) {
            [] if !self.dn.is_empty() && name.eq_ignore_ascii_case("distinguishedName") => {
                Datum::Text(Cow::Borrowed(&self.dn))
            }
            [] => Datum::Null,
            [single] => to_datum(single, is_binary(name)),
            several => {
                let binary = is_binary(name);
                let mut values: Vec<&[u8]> = several.iter().map(Vec::as_slice).collect();
                // The order of `Value`: texts before bytes, each by its bytes.
                values.sort_unstable_by_key(|bytes| (std::str::from_utf8(bytes).is_err(), *bytes));
                values.dedup();
                Datum::many(values.into_iter().map(|bytes| to_datum(bytes, binary)))
            }
        }
    }
}

fn to_datum(bytes: &[u8], binary: bool) -> Datum<'_> {
    if bytes.is_empty() {
        return Datum::Null;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !binary => Datum::Text(Cow::Borrowed(text)),
        _ => Datum::Binary(Cow::Borrowed(bytes)),
    }
}

/// Values by name, for trying an expression out.
impl Attributes for BTreeMap<String, Value> {
    fn value(&self, name: &str) -> Option<Value> {
        find(self, name).cloned()
    }

    fn read(&self, name: &str) -> Datum<'_> {
        find(self, name).map_or(Datum::Null, Datum::from)
    }
}

fn find<'a>(values: &'a BTreeMap<String, Value>, name: &str) -> Option<&'a Value> {
    values
        .get(name)
        .or_else(|| values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
