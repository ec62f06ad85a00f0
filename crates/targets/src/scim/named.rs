//! Users by the names that a soft match compares, and what a listed object looks like to the engine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{MutexGuard, PoisonError};

use domain::ObjectKind;
use domain::catalogue::DUPLICATE_TARGET;
use domain::value::Attributes;
use futures::StreamExt as _;
use futures::stream;
use ports::{MatchProperty, Operation, TargetError, TargetObject};
use serde_json::Value as Json;

use super::failure::Failure;
use super::flatten;
use super::index::Index;
use super::json;
use super::listing::{Walk, Want};
use super::lookup::Filtered;
use super::target::ScimTarget;
use crate::text::fold;
use crate::values::keep;

/// What a filter on mail addresses names.
pub(super) const EMAIL: &str = "emails.value";
/// A user with one of these as a role's value or type, or as `userType`, administers the target. RFC 7643 section
/// 4.1.2 gives roles no vocabulary: these are the words that services use.
const ADMINISTRATIVE: &[&str] = &["admin", "administrator", "owner"];

/// What is known of the users' names.
#[derive(Debug, Default)]
pub(super) struct Names {
    walk: Option<Walk>,
    known: HashMap<(MatchProperty, String), Vec<TargetObject>>,
    /// Values that were looked up one by one.
    asked: HashSet<(MatchProperty, String)>,
    /// Whether an empty answer to a filter may be believed.
    proven: BTreeMap<&'static str, bool>,
}

impl Names {
    fn keep(&mut self, resource: &Json) {
        let Some(object) = object(ObjectKind::User, resource, Attributes::new()) else { return };
        let names = [
            (MatchProperty::UserPrincipalName, json::text_of(resource, "userName")),
            (MatchProperty::PrimaryMail, primary_mail(resource)),
        ];
        for (property, name) in names {
            let Some(name) = name else { continue };
            let holders = self.known.entry((property, fold(&name))).or_default();
            if holders.iter().all(|other| other.id != object.id) {
                holders.push(object.clone());
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.walk.as_ref().is_some_and(Walk::is_done)
    }
}

impl ScimTarget {
    /// Users by name, in the order of the values. A few in a large service are looked up by filter, many by reading
    /// the list once.
    pub(super) async fn named(
        &self,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, Failure> {
        let mut names = self.names.lock().await;
        let keys: Vec<_> = values.iter().map(|value| (property, fold(value))).collect();
        if !names.is_complete() && !keys.is_empty() {
            if names.walk.is_none() {
                self.next_names(&mut names).await?;
            }
            let missing: Vec<_> = keys
                .iter()
                .zip(values)
                .filter(|(key, _)| {
                    !key.1.is_empty() && !names.known.contains_key(key) && !names.asked.contains(key)
                })
                .collect();
            let pages_left = names.walk.as_ref().map_or(0, Walk::pages_left);
            let few = names.asked.len() + missing.len() < pages_left;
            let looked_up = missing.is_empty()
                || few && self.name_filter_is_proven(property, &mut names).await? && {
                    let missing: Vec<_> = missing.into_iter().map(|(_, value)| value.clone()).collect();
                    self.look_up(property, &missing, &mut names).await?
                };
            while !looked_up && !names.is_complete() {
                self.next_names(&mut names).await?;
            }
        }
        for object in keys.iter().filter_map(|key| names.known.get(key)).flatten() {
            self.loose().insert(object.id.clone(), object.anchor.clone());
        }
        let one =
            |(key, value): (&(MatchProperty, String), &String)| match names.known.get(key).map(Vec::as_slice)
            {
                None | Some([]) => Ok(None),
                Some([object]) => Ok(Some(object.clone())),
                Some(objects) => Err(several(ObjectKind::User, property.as_str(), value, objects)),
            };
        Ok(keys.iter().zip(values).map(one).collect())
    }

    /// Objects by any attribute, in the order of the values. Few services filter by others than names: the list is
    /// read once for each attribute.
    pub(super) async fn with_value(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, Failure> {
        let Some(endpoint) = self.index(kind).map(|index| index.endpoint) else {
            return Ok(values.iter().map(|_| Ok(None)).collect());
        };
        let mut indexes = self.values.lock().await;
        if !indexes.has(kind, attribute) {
            let paging = self.capabilities().await?.paging;
            let (mut walk, mut index) = (Walk::new(endpoint, Want::Everything, paging), HashMap::new());
            while !walk.is_done() {
                for resource in walk.step(&self.client).await? {
                    if let Some(object) = object(kind, &resource, Attributes::new()) {
                        keep(&mut index, &flatten::attributes(&resource), attribute, &object);
                    }
                }
            }
            indexes.put(kind, attribute, index);
        }
        let holders = indexes.holders(kind, attribute, values);
        drop(indexes);
        let mut found = Vec::with_capacity(values.len());
        for (value, mut objects) in values.iter().zip(holders) {
            objects.dedup_by(|one, other| one.id == other.id);
            for object in &objects {
                self.loose().insert(object.id.clone(), object.anchor.clone());
            }
            found.push(match objects.as_slice() {
                [] => Ok(None),
                [object] => Ok(Some(object.clone())),
                objects => Err(several(kind, attribute, value, objects)),
            });
        }
        Ok(found)
    }

    fn loose(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.loose.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an object that was found by name has yet to carry the operation's anchor: whoever takes it over must be
    /// found by it from then on.
    pub(super) fn lacks_anchor(&self, operation: &Operation) -> bool {
        let held = operation.target_id.as_ref().and_then(|id| self.loose().get(id).cloned());
        held.is_some_and(|held| held != operation.anchor)
    }

    /// It carries it now.
    pub(super) fn has_anchor(&self, index: &Index, operation: &Operation) {
        if let Some(id) = &operation.target_id
            && self.loose().remove(id).is_some()
        {
            index.remember(&operation.anchor, id, "");
        }
    }

    async fn next_names(&self, names: &mut Names) -> Result<(), Failure> {
        let paging = self.capabilities().await?.paging;
        let walk = names.walk.get_or_insert_with(|| Walk::new("Users", Want::Names, paging));
        for resource in walk.step(&self.client).await? {
            names.keep(&resource);
        }
        Ok(())
    }

    /// `false`: the service does not filter by this after all.
    async fn look_up(
        &self,
        property: MatchProperty,
        values: &[String],
        names: &mut Names,
    ) -> Result<bool, Failure> {
        let Some(index) = self.index(ObjectKind::User) else { return Ok(false) };
        let lookups = values.iter().map(|value| self.filter(index, attribute(property), value));
        // Collected first: a stream of borrowing closures is not `Send`.
        let lookups: Vec<_> = lookups.collect();
        let found: Vec<_> = stream::iter(lookups).buffered(self.concurrency()).collect().await;
        for (value, found) in values.iter().zip(found) {
            let Filtered::Found(resources) = found? else { return Ok(false) };
            for resource in &resources {
                names.keep(resource);
            }
            names.asked.insert((property, fold(value)));
        }
        Ok(true)
    }

    /// Whether an empty answer means that nobody has the name: somebody known must be found first, by the name in
    /// another case, because some services compare exactly.
    async fn name_filter_is_proven(
        &self,
        property: MatchProperty,
        names: &mut Names,
    ) -> Result<bool, Failure> {
        let attribute = attribute(property);
        if let Some(proven) = names.proven.get(attribute) {
            return Ok(*proven);
        }
        let sample = names.known.iter().find_map(|((of, name), objects)| match objects.as_slice() {
            [object] if *of == property => Some((name.to_uppercase(), object.id.clone())),
            _ => None,
        });
        let (Some((name, id)), Some(index)) = (sample, self.index(ObjectKind::User)) else {
            return Ok(false);
        };
        let proven = match self.filter(index, attribute, &name).await? {
            Filtered::Found(resources) => {
                resources.iter().any(|resource| json::text_of(resource, "id").as_ref() == Some(&id))
            }
            Filtered::NotSupported => false,
        };
        names.proven.insert(attribute, proven);
        Ok(proven)
    }
}

fn several(kind: ObjectKind, attribute: &str, value: &str, objects: &[TargetObject]) -> TargetError {
    let ids: Vec<_> = objects.iter().take(5).map(|object| object.id.as_str()).collect();
    let reason =
        format!("{} {} have the {attribute} {value}: {}", objects.len(), kind.plural(), ids.join(", "));
    TargetError::object(&DUPLICATE_TARGET, reason)
}

const fn attribute(property: MatchProperty) -> &'static str {
    match property {
        MatchProperty::UserPrincipalName => "userName",
        MatchProperty::PrimaryMail => EMAIL,
    }
}

/// A listed object; `None` when it has no id.
pub(super) fn object(kind: ObjectKind, resource: &Json, attributes: Attributes) -> Option<TargetObject> {
    let display_name = ["displayName", "userName"].iter().find_map(|name| json::text_of(resource, name));
    Some(TargetObject {
        id: json::text_of(resource, "id")?,
        anchor: json::text_of(resource, "externalId").unwrap_or_default(),
        display_name: display_name.unwrap_or_default(),
        attributes,
        members: if kind == ObjectKind::Group { json::members(resource) } else { Vec::new() },
        administrator: kind == ObjectKind::User && is_administrator(resource),
    })
}

/// The same with all its attributes.
pub(super) fn whole_object(kind: ObjectKind, resource: &Json) -> Option<TargetObject> {
    object(kind, resource, flatten::attributes(resource))
}

pub(super) fn is_administrator(resource: &Json) -> bool {
    let administrative =
        |word: String| ADMINISTRATIVE.iter().any(|known| word.trim().eq_ignore_ascii_case(known));
    let roles = match json::field(resource, "roles") {
        Some(Json::Array(roles)) => roles.as_slice(),
        Some(role) => std::slice::from_ref(role),
        None => &[],
    };
    let words = roles.iter().flat_map(|role| {
        [json::text(role), json::text_of(role, "value"), json::text_of(role, "type")].into_iter().flatten()
    });
    words.chain(json::text_of(resource, "userType")).any(administrative)
}

/// All mail addresses of a user.
pub(super) fn mails(resource: &Json) -> impl Iterator<Item = String> + '_ {
    let emails = match json::field(resource, "emails") {
        Some(Json::Array(emails)) => emails.as_slice(),
        Some(email) => std::slice::from_ref(email),
        None => &[],
    };
    emails.iter().filter_map(|email| json::text_of(email, "value").or_else(|| json::text(email)))
}

/// The address that is marked as the primary one, else the one of type `work`, else the first.
fn primary_mail(resource: &Json) -> Option<String> {
    let Some(Json::Array(emails)) = json::field(resource, "emails") else { return mails(resource).next() };
    let is_primary = |email: &&Json| json::field(email, "primary").and_then(json::boolean) == Some(true);
    let is_work =
        |email: &&Json| json::text_of(email, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    let email = emails.iter().find(is_primary).or_else(|| emails.iter().find(is_work)).or(emails.first())?;
    json::text_of(email, "value").or_else(|| json::text(email))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn administrators_are_known_by_role_or_type_in_any_case() {
        for resource in [
            json!({"roles": [{"value": "Reader"}, {"value": "ADMIN"}]}),
            json!({"Roles": ["owner"]}),
            json!({"roles": {"value": "Administrator"}}),
            json!({"userType": "Admin"}),
        ] {
            assert!(is_administrator(&resource), "{resource}");
        }
        for resource in
            [json!({}), json!({"roles": [{"value": "admins of nothing"}], "userType": "Employee"})]
        {
            assert!(!is_administrator(&resource), "{resource}");
        }
    }

    #[test]
    fn the_primary_address_is_the_marked_one_then_that_of_work() {
        let mail = |emails: Json| primary_mail(&json!({ "emails": emails }));
        let (home, work) = (json!({"type": "home", "value": "h"}), json!({"type": "Work", "value": "w"}));
        let marked = json!({"value": "m", "primary": "True"});
        assert_eq!(mail(json!([home, work, marked])).as_deref(), Some("m"));
        assert_eq!(mail(json!([home, work])).as_deref(), Some("w"));
        assert_eq!(mail(json!([home])).as_deref(), Some("h"));
        assert_eq!(mail(json!([])), None);
    }
}
