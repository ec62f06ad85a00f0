//! The account state of a user, which nothing may leave open: some services take an absent `active` for disabled, and
//! an account that comes back after it was disabled must be switched on again.

use std::borrow::Cow;

use domain::{ObjectKind, Value};
use ports::{Operation, Verb};
use serde_json::{Value as Json, json};

use super::json::{self, Object};

const ACTIVE: &str = "active";

/// The operation with the account state that it means: the mapped one, else on. A create always says it; an update
/// does when no mapping decides it, or when nothing else is left to say, which is how a returning account looks.
pub(super) fn stated(operation: &Operation) -> Cow<'_, Operation> {
    if operation.kind != ObjectKind::User || !matches!(operation.verb, Verb::Create | Verb::Update) {
        return Cow::Borrowed(operation);
    }
    let has_members = !operation.add_members.is_empty() || !operation.remove_members.is_empty();
    let nothing_else = operation.verb == Verb::Update && operation.changed.is_empty() && !has_members;
    let is_named = |name: &String| name.eq_ignore_ascii_case(ACTIVE);
    let mapped = operation.attributes.iter().any(|(name, value)| is_named(name) && !is_empty(value));
    if mapped && !nothing_else {
        return Cow::Borrowed(operation);
    }
    let mut stated = operation.clone();
    if !mapped {
        stated.attributes.retain(|name, _| !is_named(name));
        stated.attributes.insert(ACTIVE.to_owned(), Value::Boolean(true));
    }
    if operation.verb == Verb::Update && !stated.changed.iter().any(is_named) {
        stated.changed.push(ACTIVE.to_owned());
    }
    Cow::Owned(stated)
}

fn is_empty(value: &Value) -> bool {
    value.each().iter().all(|value| value.as_text().is_some_and(|text| text.trim().is_empty()))
}

/// The same body with `active` as a text, `True` or `False` as Microsoft Entra writes it. `None`: the body does not
/// speak of it, or not as a boolean.
pub(super) fn as_text(body: &Json) -> Option<Json> {
    let mut body = body.clone();
    let mut found = body.as_object_mut().is_some_and(rewrite);
    if let Some(Json::Array(operations)) = body.get_mut("Operations") {
        for operation in operations {
            if json::text_of(operation, "path").is_some_and(|path| path.eq_ignore_ascii_case(ACTIVE))
                && let Some(flag) = operation.get("value").and_then(Json::as_bool)
            {
                operation["value"] = text(flag);
                found = true;
            }
        }
    }
    found.then_some(body)
}

fn rewrite(resource: &mut Object) -> bool {
    let Some(flag) = json::get(resource, ACTIVE).and_then(Json::as_bool) else { return false };
    json::set(resource, ACTIVE, text(flag));
    true
}

fn text(flag: bool) -> Json {
    json!(if flag { "True" } else { "False" })
}

#[cfg(test)]
mod tests {
    use domain::ChangeId;

    use super::*;

    fn operation(verb: Verb, attributes: &[(&str, &str)], changed: &[&str]) -> Operation {
        Operation {
            change_id: ChangeId::new(uuid::Uuid::nil()),
            verb,
            kind: ObjectKind::User,
            anchor: "a".into(),
            target_id: Some("1".into()),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::text(*value)))
                .collect(),
            changed: changed.iter().map(|name| (*name).to_owned()).collect(),
            add_members: Vec::new(),
            remove_members: Vec::new(),
        }
    }

    #[test]
    fn pain_16_an_account_that_comes_back_is_switched_on() {
        // Nothing differs from what was last written but the state, which is not mapped, or is as it was.
        for attributes in [&[("userName", "ada")][..], &[("userName", "ada"), ("active", "True")]] {
            let back = operation(Verb::Update, attributes, &[]);
            assert_eq!(stated(&back).changed, ["active"]);
        }
        let changed = operation(Verb::Update, &[("title", "Dr")], &["title"]);
        assert_eq!(stated(&changed).attributes["active"], Value::Boolean(true));
        // What a mapping decides is left to it.
        let off = operation(Verb::Update, &[("active", "False"), ("title", "Dr")], &["title"]);
        assert!(matches!(stated(&off), Cow::Borrowed(_)));
        assert_eq!(
            stated(&operation(Verb::Update, &[("active", "False")], &[])).attributes["active"],
            Value::text("False")
        );
    }

    #[test]
    fn pain_17_a_state_is_never_left_open() {
        for attributes in [&[("userName", "ada")][..], &[("userName", "ada"), ("active", " ")]] {
            let new = operation(Verb::Create, attributes, &[]);
            assert_eq!(stated(&new).attributes["active"], Value::Boolean(true));
        }
        let disable = operation(Verb::Disable, &[], &[]);
        assert!(matches!(stated(&disable), Cow::Borrowed(_)));
    }

    #[test]
    fn the_state_becomes_a_text_wherever_a_body_says_it() {
        let patch = json!({"Operations": [{"op": "replace", "path": "Active", "value": false}, {"op": "remove", "path": "title"}]});
        assert_eq!(as_text(&patch).expect("rewritten")["Operations"][0]["value"], "False");
        assert_eq!(as_text(&json!({"Active": true, "x": true})), Some(json!({"Active": "True", "x": true})));
        assert_eq!(as_text(&json!({"title": "active"})), None);
    }
}
