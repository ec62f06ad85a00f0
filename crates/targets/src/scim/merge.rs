//! The whole resource for services without PATCH: what they hold, with what the mapping decides put in.

use std::collections::BTreeSet;

use domain::ObjectKind;
use ports::{Operation, TargetError, Verb};
use serde_json::{Value as Json, json};

use super::json::{self, Object};
use super::resource::{self, Resource};

/// What the service makes itself; it would ignore or refuse them.
const SERVICE_MADE: &[&str] = &["meta", "groups"];

/// The resource as it shall be. What no mapping decides stays as it is.
pub(super) fn merged(current: &Json, operation: &Operation) -> Result<Json, TargetError> {
    let mapped = Resource::of(&operation.attributes)?;
    let mut whole = current.as_object().cloned().unwrap_or_default();
    for name in SERVICE_MADE {
        json::remove(&mut whole, name);
    }
    for name in &operation.changed {
        let path = resource::parse(name)?;
        if !resource::is_mapped(&path) || path.name.eq_ignore_ascii_case("active") {
            continue;
        }
        let part = match &path.schema {
            None => Some(&mut whole),
            Some(schema) => part_mut(&mut whole, schema),
        };
        let Some(part) = part else { continue };
        match &path.sub {
            Some(sub) if !resource::is_plural(&path) => {
                if let Some(complex) = part_mut(part, &path.name) {
                    json::remove(complex, sub);
                }
            }
            _ => json::remove(part, &path.name),
        }
    }
    lay_over(&mut whole, &mapped.core);
    let mut schemas: BTreeSet<String> = match json::get(&whole, "schemas") {
        Some(Json::Array(urns)) => urns.iter().filter_map(json::text).collect(),
        _ => BTreeSet::new(),
    };
    schemas.insert(resource::schema(operation.kind).to_owned());
    for (urn, extension) in &mapped.extensions {
        schemas.insert(urn.clone());
        if part_mut(&mut whole, urn).is_none() {
            json::set(&mut whole, urn, json!({}));
        }
        if let Some(part) = part_mut(&mut whole, urn) {
            lay_over(part, extension);
        }
    }
    json::set(&mut whole, "schemas", json!(schemas));
    json::set(&mut whole, "externalId", json!(operation.anchor));
    if operation.verb == Verb::Disable {
        json::set(&mut whole, "active", json!(false));
    }
    if operation.kind == ObjectKind::Group {
        merge_members(&mut whole, operation);
    }
    resource::require(operation.kind, &whole)?;
    Ok(Json::Object(whole))
}

fn part_mut<'a>(whole: &'a mut Object, name: &str) -> Option<&'a mut Object> {
    let key = json::key_of(whole, name)?.to_owned();
    whole.get_mut(&key)?.as_object_mut()
}

/// Mapped values over held ones; complex values part by part, lists whole.
fn lay_over(held: &mut Object, mapped: &Object) {
    for (name, value) in mapped {
        match (part_mut(held, name), value) {
            // A reference is one value: what the service added to the old one must not stay beside the new id.
            (Some(part), Json::Object(value)) if !value.contains_key("value") => lay_over(part, value),
            (Some(part), Json::Object(value)) if json::get(part, "value") == value.get("value") => {}
            _ => json::set(held, name, value.clone()),
        }
    }
}

fn merge_members(whole: &mut Object, operation: &Operation) {
    if operation.add_members.is_empty() && operation.remove_members.is_empty() {
        return;
    }
    let leaving: BTreeSet<_> = operation.remove_members.iter().map(String::as_str).collect();
    let mut members: Vec<Json> = match json::get(whole, "members") {
        Some(Json::Array(members)) => members.clone(),
        _ => Vec::new(),
    };
    let id = |member: &Json| json::member_id(member).unwrap_or_default();
    members.retain(|member| !leaving.contains(id(member).as_str()));
    let held: BTreeSet<_> = members.iter().map(id).collect();
    members.extend(
        operation.add_members.iter().filter(|id| !held.contains(*id)).map(|id| json!({ "value": id })),
    );
    json::set(whole, "members", Json::Array(members));
}

#[cfg(test)]
mod tests {
    use domain::{ChangeId, Value};

    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    #[test]
    fn what_nobody_maps_survives_and_what_vanished_goes() {
        let current = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "1", "username": "ada", "nickName": "A", "title": "Dr", "active": "True",
            "name": {"givenName": "Ada", "formatted": "A. S."},
            "meta": {"version": "1"}, "groups": [],
            "emails": [{"type": "home", "value": "x"}],
        });
        let operation = Operation {
            change_id: ChangeId::new(uuid::Uuid::nil()),
            verb: Verb::Disable,
            kind: ObjectKind::User,
            anchor: "anchor".into(),
            target_id: Some("1".into()),
            attributes: [
                ("userName".to_owned(), Value::text("bea")),
                ("name.familyName".to_owned(), Value::text("Stone")),
                ("emails[type eq \"work\"].value".to_owned(), Value::text("b@c")),
                (format!("{ENTERPRISE}:department"), Value::text("IT")),
            ]
            .into(),
            changed: ["title", "userName", "name.givenName"].map(str::to_owned).into(),
            add_members: Vec::new(),
            remove_members: Vec::new(),
        };
        assert_eq!(
            merged(&current, &operation).expect("a resource"),
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
                "id": "1", "userName": "bea", "nickName": "A", "active": false,
                "name": {"familyName": "Stone", "formatted": "A. S."},
                "emails": [{"type": "work", "value": "b@c"}],
                "externalId": "anchor",
                (ENTERPRISE): {"department": "IT"},
            }),
        );
    }
}
