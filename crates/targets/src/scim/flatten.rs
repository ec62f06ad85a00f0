//! From a resource back to attributes under the names that mappings use.

use domain::Value;
use domain::value::Attributes;
use serde_json::Value as Json;

use super::json::{self, Object};

/// What is no mapped attribute.
const LEFT_OUT: &[&str] = &["schemas", "id", "externalId", "meta", "groups", "members", "password"];

/// `userName`, `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`; a manager is a reference.
pub(super) fn attributes(resource: &Json) -> Attributes {
    let mut attributes = Attributes::new();
    let Some(resource) = resource.as_object() else { return attributes };
    for (name, value) in resource {
        if LEFT_OUT.iter().any(|left_out| left_out.eq_ignore_ascii_case(name)) {
            continue;
        }
        match value {
            Json::Object(extension)
                if name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) =>
            {
                for (part, value) in extension {
                    insert(&mut attributes, &format!("{name}:{part}"), value);
                }
            }
            value => insert(&mut attributes, name, value),
        }
    }
    attributes
}

fn insert(attributes: &mut Attributes, name: &str, value: &Json) {
    match value {
        Json::Array(elements) => {
            for element in elements {
                match element {
                    Json::Object(element) => insert_element(attributes, name, element),
                    single => add(attributes, name.to_owned(), scalar(name, single)),
                }
            }
        }
        Json::Object(complex) => match json::get(complex, "value").and_then(json::text) {
            Some(id) => add(attributes, name.to_owned(), Some(Value::Reference(id))),
            None => {
                for (sub, value) in complex {
                    add(attributes, format!("{name}.{sub}"), scalar(sub, value));
                }
            }
        },
        single => add(attributes, name.to_owned(), scalar(name, single)),
    }
}

/// An element of a list: under its type when it has one, else its value under the bare name.
fn insert_element(attributes: &mut Attributes, name: &str, element: &Object) {
    let Some(kind) = json::get(element, "type").and_then(json::text) else {
        let value = json::get(element, "value").and_then(|value| scalar("value", value));
        return add(attributes, name.to_owned(), value);
    };
    let kind = Json::String(kind);
    for (sub, value) in element.iter().filter(|(sub, _)| !sub.eq_ignore_ascii_case("type")) {
        add(attributes, format!("{name}[type eq {kind}].{sub}"), scalar(sub, value));
    }
}

/// A further value of the same name makes a list.
fn add(attributes: &mut Attributes, name: String, value: Option<Value>) {
    let Some(value) = value else { return };
    let held = attributes.remove(&name);
    let value = match held {
        None => value,
        Some(Value::Many(mut values)) => {
            values.push(value);
            Value::Many(values)
        }
        Some(single) => Value::Many(vec![single, value]),
    };
    attributes.insert(name, value);
}

fn scalar(name: &str, value: &Json) -> Option<Value> {
    // Booleans that a service writes as texts are the same booleans.
    if ["active", "primary"].iter().any(|boolean| boolean.eq_ignore_ascii_case(name))
        && let Some(flag) = json::boolean(value)
    {
        return Some(Value::Boolean(flag));
    }
    match value {
        Json::Bool(flag) => Some(Value::Boolean(*flag)),
        other => json::text(other).filter(|text| !text.is_empty()).map(Value::text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resource_becomes_attributes_as_mappings_name_them() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let attributes = attributes(&json!({
            "id": "1", "externalId": "a", "meta": {"version": "1"}, "userName": "ada", "active": "False",
            "name": {"givenName": "Ada"}, "title": "", "nickName": null,
            "emails": [{"type": "work", "value": "a@b", "primary": true}],
            "roles": [{"value": "x"}, {"value": "y"}],
            (enterprise): {"department": "IT", "manager": {"value": 7, "displayName": "M"}},
        }));
        let expected: Attributes = [
            ("userName".to_owned(), Value::text("ada")),
            ("active".to_owned(), Value::Boolean(false)),
            ("name.givenName".to_owned(), Value::text("Ada")),
            ("emails[type eq \"work\"].value".to_owned(), Value::text("a@b")),
            ("emails[type eq \"work\"].primary".to_owned(), Value::Boolean(true)),
            ("roles".to_owned(), Value::Many(vec![Value::text("x"), Value::text("y")])),
            (format!("{enterprise}:department"), Value::text("IT")),
            (format!("{enterprise}:manager"), Value::Reference("7".into())),
        ]
        .into();
        assert_eq!(attributes, expected);
    }
}
