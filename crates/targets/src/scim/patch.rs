//! The smallest PATCH (RFC 7644 section 3.5.2) that makes a resource as mapped.

use std::collections::BTreeSet;

use ports::{Operation, TargetError, Verb};
use serde_json::{Value as Json, json};

use super::json;
use super::resource::{self, Resource};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Operations for the changed attributes. Services disagree about filters in paths, so a list of complex values is
/// always replaced as a whole.
pub(super) fn attribute_operations(operation: &Operation) -> Result<Vec<Json>, TargetError> {
    let resource = Resource::of(&operation.attributes)?;
    let mut operations = Vec::new();
    let mut done = BTreeSet::new();
    for name in &operation.changed {
        let path = resource::parse(name)?;
        if !resource::is_mapped(&path) {
            continue;
        }
        let whole = resource.get(&path);
        let (target, value) = match &path.sub {
            Some(sub) if !resource::is_plural(&path) => {
                (format!("{}.{sub}", path.attribute()), whole.and_then(|whole| json::field(whole, sub)))
            }
            _ => (path.attribute(), whole),
        };
        if !done.insert(target.to_ascii_lowercase()) {
            continue;
        }
        match value {
            Some(value) => operations.push(json!({"op": "replace", "path": target, "value": value})),
            None if target.eq_ignore_ascii_case(resource::required(operation.kind)) => {
                resource::require(operation.kind, &resource.core)?;
            }
            // An account without a state would be on in one service and off in another.
            None if target.eq_ignore_ascii_case("active") => {}
            None => operations.push(json!({"op": "remove", "path": target})),
        }
    }
    if operation.verb == Verb::Disable && done.insert("active".to_owned()) {
        operations.push(json!({"op": "replace", "path": "active", "value": false}));
    }
    Ok(operations)
}

/// One operation that adds all.
pub(super) fn add_members(ids: &[String]) -> Option<Json> {
    let value = resource::member_values(ids);
    (!ids.is_empty()).then(|| json!({"op": "add", "path": "members", "value": value}))
}

/// One operation for each.
pub(super) fn remove_members(ids: &[String]) -> impl Iterator<Item = Json> + '_ {
    ids.iter().map(|id| {
        let path = format!("members[value eq {}]", Json::String(id.clone()));
        json!({"op": "remove", "path": path})
    })
}

/// The same as Microsoft Entra sends it.
pub(super) fn remove_member_values(ids: &[String]) -> Option<Json> {
    let value = resource::member_values(ids);
    (!ids.is_empty()).then(|| json!({"op": "remove", "path": "members", "value": value}))
}

pub(super) fn body(operations: &[Json]) -> Json {
    json!({"schemas": [PATCH], "Operations": operations})
}

#[cfg(test)]
mod tests {
    use domain::{ChangeId, ObjectKind, Value};

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

    const WORK: &str = "phoneNumbers[type eq \"work\"].value";
    const FAX: &str = "phoneNumbers[type eq \"fax\"].value";

    #[test]
    fn only_what_changed_is_sent_and_a_list_goes_whole() {
        let attributes = [("userName", "ada"), (WORK, "1"), (FAX, "2"), ("name.givenName", "Ada")];
        let update =
            operation(Verb::Update, &attributes, &[WORK, "name.givenName", "name.familyName", "title"]);
        assert_eq!(
            attribute_operations(&update).expect("operations"),
            [
                json!({"op": "replace", "path": "phoneNumbers", "value": [
                    {"type": "fax", "value": "2"}, {"type": "work", "value": "1"}]}),
                json!({"op": "replace", "path": "name.givenName", "value": "Ada"}),
                json!({"op": "remove", "path": "name.familyName"}),
                json!({"op": "remove", "path": "title"}),
            ],
        );
    }

    #[test]
    fn disabling_says_so_even_when_no_mapping_does() {
        let disable = operation(Verb::Disable, &[("userName", "ada")], &[]);
        let expected = [json!({"op": "replace", "path": "active", "value": false})];
        assert_eq!(attribute_operations(&disable).expect("operations"), expected);
    }

    #[test]
    fn a_user_is_not_robbed_of_its_name() {
        let update = operation(Verb::Update, &[], &["userName"]);
        assert!(attribute_operations(&update).is_err());
    }

    #[test]
    fn each_leaving_member_is_named_by_a_filter() {
        let ids: Vec<_> = ["1", "2\""].map(str::to_owned).into();
        let operations: Vec<_> = remove_members(&ids).collect();
        assert_eq!(operations[1], json!({"op": "remove", "path": "members[value eq \"2\\\"\"]"}));
    }
}
