//! What one mapping gives for one object, told apart for who writes it.

use domain::Entry;
use domain::value::Value;
use expression::Parameters;

use super::CompiledMappings;

/// Names of members that are shown.
const NAMES: usize = 100;

/// What a mapping gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// As the target gets it.
    Value(Value),
    /// A value that must not be shown.
    Redacted,
    /// Nothing; the target's attribute is emptied, and on creation it gets the default.
    Nothing { default: Option<String> },
    /// The target's attribute stays as it is.
    Kept,
    /// The first of these that nobody has, on creation.
    FirstFree(Vec<Value>),
    /// Objects of the source whose counterparts are referred to; some of them, and how many there are.
    Names { some: Vec<String>, all: usize },
    /// The object could not be provisioned.
    Failure(String),
}

impl CompiledMappings {
    /// What one mapping gives, which is all that is compiled here, without its default.
    pub(crate) fn give(&self, entry: &Entry, parameters: &Parameters, default: Option<&str>) -> Given {
        if let Some(source) = self.naming_attributes().0.next() {
            let mut some: Vec<String> = entry.texts(source).map(str::to_owned).collect();
            let all = some.len();
            some.truncate(NAMES);
            return match all {
                0 => Given::Nothing { default: None },
                _ => Given::Names { some, all },
            };
        }
        let desired = match self.evaluate(entry, parameters, true) {
            Ok(desired) => desired,
            Err(failure) => return Given::Failure(failure.reason),
        };
        if let Some(failure) = desired.create_failure {
            return Given::Failure(failure.reason);
        }
        if !desired.kept.is_empty() {
            return Given::Kept;
        }
        if self.redacted().next().is_some() {
            return Given::Redacted;
        }
        if let Some((_, values)) = desired.choices.into_iter().next() {
            return Given::FirstFree(values);
        }
        let value = desired.attributes.into_values().chain(desired.on_create.into_values()).next();
        value.map_or_else(|| Given::Nothing { default: default.map(str::to_owned) }, Given::Value)
    }
}
