//! Whether an object is already as an operation wants it.

use std::collections::HashSet;

use domain::value::{Attributes, Value};
use ports::{Operation, Verb};
use storage::directory::DirectoryObject;

use super::validate::flag;
use crate::text::fold;

/// Compares what the operation changes, and nothing else.
pub fn is_as_asked(stored: &DirectoryObject, members: &[String], operation: &Operation) -> bool {
    let attributes = operation.changed.iter().all(|name| has_attribute(stored, operation, name));
    let state = operation.verb != Verb::Disable || stored.account_enabled != Some(true);
    let members: HashSet<&str> = members.iter().map(String::as_str).collect();
    attributes
        && state
        && operation.add_members.iter().all(|id| members.contains(id.as_str()))
        && !operation.remove_members.iter().any(|id| members.contains(id.as_str()))
}

fn has_attribute(stored: &DirectoryObject, operation: &Operation, name: &str) -> bool {
    let wanted = operation.attributes.get(name);
    if name == "accountEnabled" && stored.kind.has_account_state() {
        let wanted = operation.verb != Verb::Disable && wanted.and_then(flag).unwrap_or(true);
        return stored.account_enabled == Some(wanted);
    }
    stored.attributes.get(name).map(Value::each) == wanted.map(Value::each)
}

/// The value of an attribute that another object has too, as it is written here.
pub fn shared(attributes: &Attributes, name: &str, other: Option<&DirectoryObject>) -> Option<String> {
    let values = attributes.get(name)?.each();
    let bare =
        |text: &str| text.get(..5).filter(|start| start.eq_ignore_ascii_case("smtp:")).map_or(0, str::len);
    let folded = |value: &Value| value.as_text().map(|text| fold(&text[bare(text)..]));
    let held: HashSet<String> = other
        .into_iter()
        .flat_map(|other| [name, "mail", "proxyAddresses"].map(|name| other.attributes.get(name)))
        .flatten()
        .flat_map(Value::each)
        .filter_map(folded)
        .collect();
    let found = values.iter().find(|value| folded(value).is_some_and(|value| held.contains(&value)));
    found.or(values.first()).map(ToString::to_string)
}
