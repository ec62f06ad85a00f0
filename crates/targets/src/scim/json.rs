//! Reading JSON the way SCIM asks: attribute names know no case (RFC 7643 section 2.1), and services differ in how
//! they write booleans and ids.

use serde_json::{Map, Value as Json};

pub(super) type Object = Map<String, Json>;

/// The key under which the object holds a name.
pub(super) fn key_of<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object
        .get_key_value(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
        .map(|(key, _)| key.as_str())
}

pub(super) fn get<'a>(object: &'a Object, name: &str) -> Option<&'a Json> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
        .filter(|value| !value.is_null())
}

pub(super) fn field<'a>(value: &'a Json, name: &str) -> Option<&'a Json> {
    value.as_object().and_then(|object| get(object, name))
}

/// Sets a name, whatever case the object writes it in.
pub(super) fn set(object: &mut Object, name: &str, value: Json) {
    match key_of(object, name).map(str::to_owned) {
        Some(key) => object[&key] = value,
        None => drop(object.insert(name.to_owned(), value)),
    }
}

pub(super) fn remove(object: &mut Object, name: &str) {
    if let Some(key) = key_of(object, name).map(str::to_owned) {
        object.remove(&key);
    }
}

/// A text, or a number written as one: some services have numeric ids.
pub(super) fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn text_of(value: &Json, name: &str) -> Option<String> {
    field(value, name).and_then(text).filter(|text| !text.is_empty())
}

/// A whole number, also when a service writes it as text.
pub(super) fn count(value: &Json, name: &str) -> Option<usize> {
    let value = field(value, name)?;
    match value {
        Json::Number(number) => number.as_u64().map(|number| number as usize),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A boolean, also when a service writes it as text.
pub(super) fn boolean(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Ids of a group's members.
pub(super) fn members(resource: &Json) -> Vec<String> {
    match field(resource, "members") {
        Some(Json::Array(members)) => members.iter().filter_map(member_id).collect(),
        _ => Vec::new(),
    }
}

/// The id of a member: its value, the member itself, or the end of its address. A member with none of them cannot be
/// told from others and counts for nobody.
pub(super) fn member_id(member: &Json) -> Option<String> {
    let by_address = || {
        let address = text_of(member, "$ref")?;
        let path = address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        path.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
    };
    text_of(member, "value").or_else(|| text(member)).or_else(by_address)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pain_12_members_without_a_value_are_known_by_their_address() {
        let group = json!({"Members": [
            {"value": "1"}, {"$ref": "https://app.example/scim/v2/Users/2"}, {"$ref": "../Users/3/"}, 4, "5",
            {"display": "Nobody"}, {"value": null, "$ref": "/Users/6?x=/7"}, {},
        ]});
        assert_eq!(members(&group), ["1", "2", "3", "4", "5", "6"]);
        assert!(members(&json!({"members": null})).is_empty());
    }

    #[test]
    fn names_are_found_and_replaced_without_regard_to_case() {
        let mut resource = json!({"username": "ada", "ID": 7});
        assert_eq!(text_of(&resource, "userName").as_deref(), Some("ada"));
        assert_eq!(text_of(&resource, "id").as_deref(), Some("7"));
        let object = resource.as_object_mut().expect("an object");
        set(object, "userName", json!("bea"));
        remove(object, "id");
        assert_eq!(resource, json!({"username": "bea"}));
    }
}
