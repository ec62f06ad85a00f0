//! From mapped attributes to the JSON of a resource.

use std::collections::BTreeMap;

use domain::catalogue::{INVALID_DATA, MISSING_VALUE};
use domain::value::Attributes;
use domain::{ObjectKind, Value};
use ports::{Operation, TargetError};
use serde_json::{Value as Json, json};

use super::json::{self, Object};
use super::path::Path;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Multi-valued complex attributes of RFC 7643 sections 4.1.2 and 4.2.
const PLURALS: &[&str] = &[
    "emails",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "entitlements",
    "roles",
    "x509Certificates",
    "members",
];

/// Attributes that a mapping does not set: they are the service's own, or come from elsewhere in the operation.
const NOT_MAPPED: &[&str] = &["id", "meta", "schemas", "externalId", "groups", "members"];

/// The mapped part of a resource: what the source decides.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Resource {
    pub core: Object,
    pub extensions: BTreeMap<String, Object>,
}

impl Resource {
    pub fn of(attributes: &Attributes) -> Result<Self, TargetError> {
        let mut resource = Self::default();
        for (name, value) in attributes {
            let path = parse(name)?;
            if let Some(value) = present(value).filter(|_| is_mapped(&path)) {
                resource.insert(name, &path, &value)?;
            }
        }
        Ok(resource)
    }

    /// The object that holds the attributes of a schema, if any is set.
    pub fn part(&self, schema: Option<&str>) -> Option<&Object> {
        match schema {
            None => Some(&self.core),
            Some(schema) => self.extensions.get(schema),
        }
    }

    pub fn get(&self, path: &Path) -> Option<&Json> {
        json::get(self.part(path.schema.as_deref())?, &path.name)
    }

    fn insert(&mut self, name: &str, path: &Path, value: &Value) -> Result<(), TargetError> {
        let part = match &path.schema {
            None => &mut self.core,
            Some(schema) => self.extensions.entry(schema.clone()).or_default(),
        };
        if is_plural(path) {
            insert_elements(part, name, path, value)
        } else if let Some(sub) = &path.sub {
            let whole = part.entry(path.name.clone()).or_insert_with(|| json!({}));
            // A mapping of the whole attribute beside one of its parts: the part wins.
            if !whole.is_object() {
                *whole = json!({});
            }
            if let Some(object) = whole.as_object_mut() {
                json::set(object, sub, scalar(name, sub, value)?);
            }
            Ok(())
        } else {
            json::set(part, &path.name, single(name, path, value)?);
            Ok(())
        }
    }
}

/// A whole new resource, with at most `members` of the operation's members.
pub(super) fn new_resource(operation: &Operation, members: usize) -> Result<Json, TargetError> {
    let Resource { mut core, extensions } = Resource::of(&operation.attributes)?;
    let mut schemas = vec![json!(schema(operation.kind))];
    require(operation.kind, &core)?;
    core.insert("externalId".to_owned(), json!(operation.anchor));
    if operation.kind == ObjectKind::User && json::get(&core, "active").is_none() {
        // Services differ in what an absent `active` means; some take it for disabled.
        core.insert("active".to_owned(), json!(true));
    }
    if operation.kind == ObjectKind::Group && members > 0 && !operation.add_members.is_empty() {
        let first = &operation.add_members[..members.min(operation.add_members.len())];
        core.insert("members".to_owned(), member_values(first));
    }
    for (urn, extension) in extensions {
        schemas.push(json!(urn));
        core.insert(urn, Json::Object(extension));
    }
    core.insert("schemas".to_owned(), Json::Array(schemas));
    Ok(Json::Object(core))
}

pub(super) fn member_values(ids: &[String]) -> Json {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

pub(super) const fn schema(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => GROUP,
        ObjectKind::User | ObjectKind::Contact => USER,
    }
}

/// Refuses an object without the name that its kind must have (RFC 7643 sections 4.1.1 and 4.2).
pub(super) fn require(kind: ObjectKind, core: &Object) -> Result<(), TargetError> {
    let name = required(kind);
    if json::get(core, name).is_some() {
        return Ok(());
    }
    Err(TargetError::object(&MISSING_VALUE, format!("{name} has no value, but the target requires one")))
}

pub(super) const fn required(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Group => "displayName",
        ObjectKind::User | ObjectKind::Contact => "userName",
    }
}

pub(super) fn parse(name: &str) -> Result<Path, TargetError> {
    Path::parse(name).map_err(|error| TargetError::object(&INVALID_DATA, error.to_string()))
}

pub(super) fn is_mapped(path: &Path) -> bool {
    path.schema.is_some() || !NOT_MAPPED.iter().any(|name| name.eq_ignore_ascii_case(&path.name))
}

/// Whether the path leads into a list of complex values.
pub(super) fn is_plural(path: &Path) -> bool {
    !path.filter.is_empty()
        || path.schema.is_none() && PLURALS.iter().any(|name| name.eq_ignore_ascii_case(&path.name))
}

/// The value without empty texts; `None` when nothing is left.
fn present(value: &Value) -> Option<Value> {
    let is_empty =
        |value: &Value| matches!(value, Value::Text(text) | Value::Reference(text) if text.is_empty());
    match value {
        Value::Many(values) => {
            let rest: Vec<_> = values.iter().filter(|value| !is_empty(value)).cloned().collect();
            (!rest.is_empty()).then_some(Value::Many(rest))
        }
        single => (!is_empty(single)).then(|| single.clone()),
    }
}

/// Elements of a list: those with the same filter are one element, filled by several mappings; several values make
/// several elements.
fn insert_elements(part: &mut Object, name: &str, path: &Path, value: &Value) -> Result<(), TargetError> {
    let list = part.entry(path.name.clone()).or_insert_with(|| json!([]));
    let Json::Array(list) = list else {
        return Err(TargetError::object(&INVALID_DATA, format!("{name} is mapped both whole and in parts")));
    };
    let sub = path.sub.as_deref().unwrap_or("value");
    for (index, value) in value.each().iter().enumerate() {
        let value = scalar(name, sub, value)?;
        let free = |element: &&mut Json| {
            index == 0
                && !path.filter.is_empty()
                && path.filter.iter().all(|(key, wanted)| json::field(element, key) == Some(wanted))
                && json::field(element, sub).is_none()
        };
        if let Some(Json::Object(element)) = list.iter_mut().find(free) {
            json::set(element, sub, value);
        } else {
            let mut element: Object = path.filter.iter().cloned().collect();
            json::set(&mut element, sub, value);
            list.push(Json::Object(element));
        }
    }
    Ok(())
}

fn single(name: &str, path: &Path, value: &Value) -> Result<Json, TargetError> {
    let is_manager = path.name.eq_ignore_ascii_case("manager") && path.schema.is_some();
    match value {
        Value::Reference(id) => Ok(json!({ "value": id })),
        Value::Text(id) if is_manager => Ok(json!({ "value": id })),
        Value::Many(values) if values.len() > 1 => {
            values.iter().map(|value| scalar(name, &path.name, value)).collect()
        }
        other => scalar(name, &path.name, other),
    }
}

fn scalar(name: &str, attribute: &str, value: &Value) -> Result<Json, TargetError> {
    if let Value::Many(values) = value {
        let first = values
            .first()
            .ok_or_else(|| TargetError::object(&INVALID_DATA, format!("{name} is an empty list")))?;
        return scalar(name, attribute, first);
    }
    // Real booleans: services that compare with `true` take the text "False" for true.
    if attribute.eq_ignore_ascii_case("active") || attribute.eq_ignore_ascii_case("primary") {
        return json::boolean(&value.to_json()).map(Json::Bool).ok_or_else(|| {
            TargetError::object(&INVALID_DATA, format!("{name} is `{value}`, but it must be True or False"))
        });
    }
    Ok(value.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn attributes() -> Attributes {
        let text = |name: &str, value: &str| (name.to_owned(), Value::text(value));
        [
            text("userName", "ada@lab01.local"),
            text("active", "False"),
            text("title", ""),
            text("name.givenName", "Ada"),
            text("name.familyName", "Stone"),
            text("emails[type eq \"work\"].value", "ada@lab01.local"),
            text("phoneNumbers[type eq \"fax\"].value", "2"),
            text("phoneNumbers[type eq \"work\"].value", "1"),
            text("addresses[type eq \"work\"].locality", "Bern"),
            text("addresses[type eq \"work\"].postalCode", "3000"),
            text(&format!("{ENTERPRISE}:department"), "Research"),
            (format!("{ENTERPRISE}:manager"), Value::Reference("42".into())),
            ("roles".to_owned(), Value::Many(vec![Value::text("a"), Value::text("b")])),
        ]
        .into()
    }

    #[test]
    fn mapped_attributes_become_one_resource() {
        let resource = Resource::of(&attributes()).expect("a resource");
        let expected = json!({
            "userName": "ada@lab01.local",
            "active": false,
            "name": {"givenName": "Ada", "familyName": "Stone"},
            "emails": [{"type": "work", "value": "ada@lab01.local"}],
            "phoneNumbers": [{"type": "fax", "value": "2"}, {"type": "work", "value": "1"}],
            "addresses": [{"type": "work", "locality": "Bern", "postalCode": "3000"}],
            "roles": [{"value": "a"}, {"value": "b"}],
        });
        assert_eq!(Json::Object(resource.core), expected);
        let extension = Json::Object(resource.extensions[ENTERPRISE].clone());
        assert_eq!(extension, json!({"department": "Research", "manager": {"value": "42"}}));
    }

    #[test]
    fn an_account_state_that_is_no_boolean_is_refused_before_it_is_sent() {
        let attributes = [("active".to_owned(), Value::text("maybe"))].into();
        let error = Resource::of(&attributes).expect_err("no boolean");
        assert_eq!(error.code(), &INVALID_DATA);
    }
}
