//! The built-in directory.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::ObjectKind;
use storage::directory::{
    DirectoryCounts, DirectoryFilter, DirectoryName, DirectoryObject, DirectoryWrite, DirectoryWritten,
};
use storage::{DirectoryStore, Page, PageRequest, Result, StorageError};

use super::unused::not_asked;
use super::{Directory, HeldObject, MemoryStorage};

#[async_trait]
impl DirectoryStore for MemoryStorage {
    async fn write_directory(&self, writes: Vec<DirectoryWrite>) -> Result<Vec<DirectoryWritten>> {
        self.write(|world| Ok(writes.into_iter().map(|write| world.directory.write(write)).collect())).await
    }

    async fn try_directory(&self, _: Vec<DirectoryWrite>) -> Result<Vec<DirectoryWritten>> {
        not_asked()
    }

    async fn directory_by_anchors(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<DirectoryObject>> {
        Ok(self.read().directory.select(|object| object.kind == kind && anchors.contains(&object.anchor)))
    }

    async fn directory_by_names(
        &self,
        kind: ObjectKind,
        name: DirectoryName,
        values: &[String],
    ) -> Result<Vec<DirectoryObject>> {
        let folded: BTreeSet<String> = values.iter().map(|value| value.to_lowercase()).collect();
        Ok(self.read().directory.select(|object| {
            let value = match name {
                DirectoryName::UserPrincipalName => &object.user_principal_name,
                DirectoryName::Mail => &object.mail,
            };
            object.kind == kind && value.as_ref().is_some_and(|value| folded.contains(&value.to_lowercase()))
        }))
    }

    async fn directory_object(&self, id: &str) -> Result<Option<DirectoryObject>> {
        Ok(self.read().directory.objects.get(id).map(|held| held.object.clone()))
    }

    async fn directory_walk(&self, kind: ObjectKind, page: PageRequest) -> Result<Page<DirectoryObject>> {
        let world = self.read();
        let mut held: Vec<&HeldObject> =
            world.directory.objects.values().filter(|held| held.object.kind == kind).collect();
        held.sort_by_key(|held| held.key);
        let after = page.after.as_ref().map_or(Ok(0), |after| after.parse::<u64>());
        let after = after.map_err(|_| StorageError::Stale { what: "page cursor" })?;
        held.retain(|held| held.key > after);
        let limit = page.bounded_limit() as usize;
        let next = held.get(limit - 1).filter(|_| held.len() > limit).map(|held| held.key.to_string());
        Ok(Page { items: held.into_iter().take(limit).map(|held| held.object.clone()).collect(), next })
    }

    async fn directory_objects(
        &self,
        filter: &DirectoryFilter,
        page: PageRequest,
    ) -> Result<Page<DirectoryObject>> {
        assert!(filter.text.is_none(), "histories do not search");
        let objects = self.read().directory.select(|object| {
            filter.kind.is_none_or(|kind| object.kind == kind)
                && filter.configuration.is_none_or(|id| object.configuration_id == id)
                && filter.account_enabled.is_none_or(|enabled| object.account_enabled == Some(enabled))
        });
        Ok(paged(objects, &page))
    }

    async fn directory_members(&self, group: &str, page: PageRequest) -> Result<Page<DirectoryObject>> {
        let world = self.read();
        let is_member = |id: &String| world.directory.members.contains(&(group.to_owned(), id.clone()));
        Ok(paged(world.directory.select(|object| is_member(&object.id)), &page))
    }

    async fn directory_member_of(&self, member: &str, page: PageRequest) -> Result<Page<DirectoryObject>> {
        let world = self.read();
        let holds = |id: &String| world.directory.members.contains(&(id.clone(), member.to_owned()));
        Ok(paged(world.directory.select(|object| holds(&object.id)), &page))
    }

    async fn directory_member_ids(&self, group: &str) -> Result<Vec<String>> {
        let world = self.read();
        let of = world.directory.members.iter().filter(|(id, _)| id == group);
        Ok(of.map(|(_, member)| member.clone()).collect())
    }

    async fn directory_member_count(&self, group: &str) -> Result<u64> {
        Ok(self.directory_member_ids(group).await?.len() as u64)
    }

    async fn directory_counts(&self) -> Result<DirectoryCounts> {
        let world = self.read();
        let count =
            |kind| world.directory.objects.values().filter(|held| held.object.kind == kind).count() as u64;
        Ok(DirectoryCounts {
            users: count(ObjectKind::User),
            groups: count(ObjectKind::Group),
            contacts: count(ObjectKind::Contact),
        })
    }
}

/// By display name, then id.
fn paged(mut objects: Vec<DirectoryObject>, page: &PageRequest) -> Page<DirectoryObject> {
    let place = |object: &DirectoryObject| (object.display_name.to_lowercase(), object.id.clone());
    objects.sort_by_key(place);
    if let Some((id, name)) = page.after.as_ref().and_then(|after| after.split_once('.')) {
        objects.retain(|object| place(object) > (name.to_owned(), id.to_owned()));
    }
    objects.truncate(page.bounded_limit() as usize + 1);
    Page::from_rows(objects, page.bounded_limit(), |object| {
        format!("{}.{}", object.id, object.display_name.to_lowercase())
    })
}

fn principal(object: &DirectoryObject) -> Option<String> {
    let name = object.user_principal_name.as_ref().filter(|_| object.kind == ObjectKind::User);
    name.map(|name| name.to_lowercase())
}

impl Directory {
    /// Who holds what others were refused for.
    pub(super) fn holders(&self, written: &[DirectoryWritten]) -> Vec<DirectoryObject> {
        let ids: BTreeSet<&String> = written
            .iter()
            .filter_map(|written| match written {
                DirectoryWritten::Conflict { other_id, .. } => Some(other_id),
                DirectoryWritten::Done | DirectoryWritten::NotFound => None,
            })
            .collect();
        self.select(|object| ids.contains(&object.id))
    }

    fn select(&self, wanted: impl Fn(&DirectoryObject) -> bool) -> Vec<DirectoryObject> {
        self.objects.values().map(|held| &held.object).filter(|object| wanted(object)).cloned().collect()
    }

    pub(super) fn write(&mut self, write: DirectoryWrite) -> DirectoryWritten {
        match write {
            DirectoryWrite::Delete { id } => {
                if self.objects.remove(&id).is_none() {
                    return DirectoryWritten::NotFound;
                }
                self.members.retain(|(group, member)| *group != id && *member != id);
                DirectoryWritten::Done
            }
            DirectoryWrite::Create { object, members } => {
                if self.objects.contains_key(&object.id) {
                    return DirectoryWritten::Conflict { attribute: "id", other_id: object.id };
                }
                self.last_object += 1;
                self.put_object(self.last_object, object, &members, &[])
            }
            DirectoryWrite::Update { mut object, add_members, remove_members } => {
                let Some(held) = self.objects.get(&object.id) else { return DirectoryWritten::NotFound };
                object.created_at = held.object.created_at;
                self.put_object(held.key, object, &add_members, &remove_members)
            }
        }
    }

    fn put_object(
        &mut self,
        key: u64,
        object: DirectoryObject,
        add: &[String],
        remove: &[String],
    ) -> DirectoryWritten {
        let others = || self.objects.values().map(|held| &held.object).filter(|one| one.id != object.id);
        let by_anchor = others().find(|one| one.kind == object.kind && one.anchor == object.anchor);
        let name = principal(&object);
        let by_name = others().find(|one| name.is_some() && principal(one) == name);
        let taken = by_anchor.map(|one| ("onPremisesImmutableId", one));
        if let Some((attribute, other)) = taken.or(by_name.map(|one| ("userPrincipalName", one))) {
            return DirectoryWritten::Conflict { attribute, other_id: other.id.clone() };
        }
        let id = object.id.clone();
        self.objects.insert(id.clone(), HeldObject { key, object });
        for member in remove {
            self.members.remove(&(id.clone(), member.clone()));
        }
        for member in add.iter().filter(|member| self.objects.contains_key(*member)) {
            self.members.insert((id.clone(), member.clone()));
        }
        DirectoryWritten::Done
    }
}
