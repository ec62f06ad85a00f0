//! Finding objects of the built-in directory: by name for a soft match, and all of them for a comparison.

use std::collections::HashMap;

use domain::ObjectKind;
use domain::catalogue::DUPLICATE_TARGET;
use domain::value::Value;
use ports::{MatchProperty, TargetError, TargetObject, TargetPage};
use storage::PageRequest;
use storage::directory::{DirectoryName, DirectoryObject};

use super::{BuiltInTarget, failed, validate};
use crate::text::fold;
use crate::values::keep;

/// Objects that one page of a list holds.
const PAGE: u32 = 500;
/// Objects that a sentence names.
const MOST_SHOWN: usize = 5;
/// Who holds a role in the built-in directory has its name here. Mappings may write it like any other attribute; the
/// first one that does makes the object an administrator.
const ROLES: &str = "assignedRoles";

impl BuiltInTarget {
    /// Objects by user principal name or mail address, in the order of the values.
    pub(super) async fn named(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        let name = match property {
            MatchProperty::UserPrincipalName => DirectoryName::UserPrincipalName,
            MatchProperty::PrimaryMail => DirectoryName::Mail,
        };
        let objects =
            self.storage.directory_by_names(kind, name, values).await.map_err(|error| failed(&error))?;
        let mut named: HashMap<String, Vec<DirectoryObject>> = HashMap::with_capacity(objects.len());
        for object in objects {
            let value = match property {
                MatchProperty::UserPrincipalName => object.user_principal_name.as_deref(),
                MatchProperty::PrimaryMail => object.mail.as_deref(),
            };
            named.entry(fold(value.unwrap_or_default())).or_default().push(object);
        }
        let mut found = Vec::with_capacity(values.len());
        for value in values {
            found.push(match named.get(&fold(value)).map(Vec::as_slice) {
                None | Some([]) => Ok(None),
                Some([object]) => Ok(Some(self.shown(object.clone()).await?)),
                Some(objects) => Err(several(property.as_str(), value, objects)),
            });
        }
        Ok(found)
    }

    /// Objects by any attribute, in the order of the values.
    pub(super) async fn with_value(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        let mut indexes = self.values.lock().await;
        if !indexes.has(kind, attribute) {
            indexes.put(kind, attribute, self.index_values(kind, attribute).await?);
        }
        let holders = indexes.holders(kind, attribute, values);
        drop(indexes);
        let mut found = Vec::with_capacity(values.len());
        for (value, ids) in values.iter().zip(holders) {
            let mut objects = Vec::with_capacity(ids.len().min(MOST_SHOWN));
            for id in ids.iter().take(MOST_SHOWN) {
                let object = self.storage.directory_object(id).await.map_err(|error| failed(&error))?;
                // It may have been changed or deleted since the index was made.
                objects.extend(object.filter(|object| has_value(object, attribute, value)));
            }
            found.push(match objects.as_slice() {
                [] => Ok(None),
                [object] => Ok(Some(self.shown(object.clone()).await?)),
                objects => Err(several(attribute, value, objects)),
            });
        }
        Ok(found)
    }

    async fn index_values(
        &self,
        kind: ObjectKind,
        attribute: &str,
    ) -> Result<HashMap<String, Vec<String>>, TargetError> {
        let (mut index, mut after) = (HashMap::new(), None);
        loop {
            let request = PageRequest { limit: PAGE, after };
            let page = self.storage.directory_walk(kind, request).await.map_err(|error| failed(&error))?;
            for object in &page.items {
                keep(&mut index, &object.attributes, attribute, &object.id);
            }
            after = page.next;
            if after.is_none() {
                return Ok(index);
            }
        }
    }

    pub(super) async fn walk(
        &self,
        kind: ObjectKind,
        after: Option<String>,
    ) -> Result<TargetPage, TargetError> {
        let request = PageRequest { limit: PAGE, after };
        let page = self.storage.directory_walk(kind, request).await.map_err(|error| failed(&error))?;
        let mut objects = Vec::with_capacity(page.items.len());
        for object in page.items {
            objects.push(self.shown(object).await?);
        }
        Ok(TargetPage { objects, next: page.next })
    }

    /// An object as the port shows it.
    pub(super) async fn shown(&self, object: DirectoryObject) -> Result<TargetObject, TargetError> {
        let members = if object.kind == ObjectKind::Group {
            self.storage.directory_member_ids(&object.id).await.map_err(|error| failed(&error))?
        } else {
            Vec::new()
        };
        Ok(TargetObject {
            administrator: is_administrator(&object),
            id: object.id,
            anchor: object.anchor,
            display_name: object.display_name,
            attributes: object.attributes,
            members,
        })
    }
}

fn has_value(object: &DirectoryObject, attribute: &str, value: &str) -> bool {
    let values = object.attributes.get(attribute).map(Value::each).unwrap_or_default();
    values.iter().any(|held| fold(&held.to_string()) == fold(value))
}

fn is_administrator(object: &DirectoryObject) -> bool {
    let blank = |value: &Value| value.as_text().is_some_and(|text| text.trim().is_empty());
    object.attributes.get(ROLES).is_some_and(|roles| !roles.each().iter().all(blank))
}

fn several(property: &str, value: &str, objects: &[DirectoryObject]) -> TargetError {
    let ids: Vec<_> = objects.iter().take(MOST_SHOWN).map(|object| object.id.as_str()).collect();
    let reason = format!(
        "{} objects of the built-in directory have the {property} {}: {}",
        objects.len(),
        validate::shown(value),
        ids.join(", ")
    );
    TargetError::object(&DUPLICATE_TARGET, reason)
}
