//! Whether a service holds what an operation asks for.

use std::collections::HashSet;

use domain::ObjectKind;
use ports::{Operation, TargetError, Verb};
use serde_json::Value as Json;

use super::json;
use super::resource::{self, Resource};

/// Whether the resource holds the operation's attributes: the changed ones for a change, all of them for a create.
pub(super) fn has_attributes(held: &Json, operation: &Operation) -> Result<bool, TargetError> {
    let mapped = Resource::of(&operation.attributes)?;
    let all: Vec<String>;
    let names = if operation.verb == Verb::Create {
        all = operation.attributes.keys().cloned().collect();
        &all
    } else {
        &operation.changed
    };
    for name in names {
        let path = resource::parse(name)?;
        if !resource::is_mapped(&path) {
            continue;
        }
        let part = match &path.schema {
            None => Some(held),
            Some(schema) => json::field(held, schema),
        };
        let (mut held, mut wanted) = (part.and_then(|part| json::field(part, &path.name)), mapped.get(&path));
        if let Some(sub) = path.sub.as_deref().filter(|_| !resource::is_plural(&path)) {
            held = held.and_then(|held| json::field(held, sub));
            wanted = wanted.and_then(|wanted| json::field(wanted, sub));
        }
        let same = match (held, wanted) {
            (Some(held), Some(wanted)) => covers(held, wanted),
            (None, Some(_)) => false,
            (held, None) => path.name.eq_ignore_ascii_case("active") || held.is_none_or(is_blank),
        };
        if !same {
            return Ok(false);
        }
    }
    let off = || json::field(held, "active").and_then(json::boolean) == Some(false);
    Ok(operation.verb != Verb::Disable || off())
}

/// Whether all joining members are there and no leaving one is.
pub(super) fn has_members(held: &Json, operation: &Operation) -> bool {
    if operation.kind != ObjectKind::Group
        || operation.add_members.is_empty() && operation.remove_members.is_empty()
    {
        return true;
    }
    let members: HashSet<_> = json::members(held).into_iter().collect();
    operation.add_members.iter().all(|id| members.contains(id))
        && !operation.remove_members.iter().any(|id| members.contains(id))
}

/// Whether `held` has everything of `wanted`; services add sub-attributes of their own.
fn covers(held: &Json, wanted: &Json) -> bool {
    match (held, wanted) {
        (Json::Object(held), Json::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| json::get(held, name).is_some_and(|held| covers(held, wanted)))
        }
        (Json::Array(held), Json::Array(wanted)) => {
            held.len() == wanted.len()
                && wanted.iter().all(|wanted| held.iter().any(|held| covers(held, wanted)))
        }
        (Json::Object(held), wanted) => json::get(held, "value").is_some_and(|held| covers(held, wanted)),
        (held, Json::Bool(wanted)) => json::boolean(held) == Some(*wanted),
        (held, Json::String(wanted)) => json::text(held).as_ref() == Some(wanted),
        (held, wanted) => held == wanted,
    }
}

fn is_blank(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(values) => values.is_empty(),
        Json::Object(values) => values.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_may_add_to_what_was_asked_but_not_change_it() {
        assert!(covers(&json!({"value": 7, "$ref": "x"}), &json!({"value": "7"})));
        assert!(covers(&json!("True"), &json!(true)));
        let held = json!([{"type": "work", "value": "1", "primary": false}]);
        assert!(covers(&held, &json!([{"type": "work", "value": "1"}])));
        assert!(!covers(&held, &json!([{"type": "work", "value": "2"}])));
        assert!(!covers(&held, &json!([])));
    }
}
