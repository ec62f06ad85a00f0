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

/// Objects that one page of a list holds.
const PAGE: u32 = 500;
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
                Some(objects) => Err(several(property, value, objects)),
            });
        }
        Ok(found)
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

fn is_administrator(object: &DirectoryObject) -> bool {
    let blank = |value: &Value| value.as_text().is_some_and(|text| text.trim().is_empty());
    object.attributes.get(ROLES).is_some_and(|roles| !roles.each().iter().all(blank))
}

fn several(property: MatchProperty, value: &str, objects: &[DirectoryObject]) -> TargetError {
    let ids: Vec<_> = objects.iter().take(5).map(|object| object.id.as_str()).collect();
    let reason = format!(
        "{} objects of the built-in directory have the {property} {}: {}",
        objects.len(),
        validate::shown(value),
        ids.join(", ")
    );
    TargetError::object(&DUPLICATE_TARGET, reason)
}
