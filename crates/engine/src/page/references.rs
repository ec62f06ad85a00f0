//! From the names in an entry to objects of the target.

use std::collections::HashMap;

use domain::value::Value;
use domain::{LinkId, ObjectKind};
use storage::link::LinkState;

use super::Item;
use crate::digest::fingerprint;
use crate::references::{DeferredList, DeferredMembers, DeferredReference};
use crate::resolver::NameKey;
use crate::run::{CycleError, Run};

impl Run {
    /// Turns names into target ids as far as they are known now, and notes what has to be looked at again.
    pub(super) async fn resolve_references(
        &mut self,
        kind: ObjectKind,
        mut items: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<DeferredReference>, Vec<DeferredMembers>), CycleError> {
        if self.resolver.is_by_changes() {
            self.load_names(&items).await?;
        }
        let mut wanted: Vec<LinkId> = Vec::new();
        for item in &items {
            wanted.extend(item.desired.names().filter_map(|key| self.resolver.resolve(key).link));
        }
        let target_ids = self.target_ids(wanted).await?;
        let (mut references, mut groups) = (Vec::new(), Vec::new());
        for item in &mut items {
            for (attribute, key) in &item.desired.references {
                item.names.keys.push(key.digest());
                let resolved = self.resolver.resolve(*key);
                if let Some(id) = resolved.link.and_then(|link| target_ids.get(&link)) {
                    item.attributes.insert(attribute.clone(), Value::Reference(id.clone()));
                }
                if !resolved.certain {
                    references.push(DeferredReference {
                        kind,
                        object_id: item.object_id.clone(),
                        attribute: attribute.clone(),
                        key: *key,
                        used: resolved.link,
                    });
                }
            }
            self.resolve_lists(kind, item, &target_ids);
            item.fingerprint = fingerprint(&item.attributes, &item.anchor);
            groups.extend(self.plan_members(item).await?);
        }
        Ok((items, references, groups))
    }

    /// Attributes that name several objects. When one of the names is uncertain, the whole list is looked at again.
    fn resolve_lists(&mut self, kind: ObjectKind, item: &mut Item, target_ids: &HashMap<LinkId, String>) {
        for (attribute, names) in &item.desired.lists {
            let (mut used, mut certain) = (Vec::with_capacity(names.len()), true);
            for name in names {
                item.names.keys.push(name.digest());
                let resolved = self.resolver.resolve(*name);
                used.extend(resolved.link);
                certain &= resolved.certain;
            }
            used.sort_unstable();
            used.dedup();
            let ids = used.iter().filter_map(|link| target_ids.get(link).cloned());
            if let Some(value) = Value::many(ids.map(Value::Reference)) {
                item.attributes.insert(attribute.clone(), value);
            }
            if !certain {
                self.deferred.lists.push(DeferredList {
                    kind,
                    object_id: item.object_id.clone(),
                    attribute: attribute.clone(),
                    names: names.clone(),
                    used,
                });
            }
        }
    }

    /// Loads what the store knows of the names on a page of changes.
    async fn load_names(&mut self, items: &[Item]) -> Result<(), CycleError> {
        let mut keys: Vec<u64> = Vec::new();
        for item in items {
            let members = item.desired.members.iter().flatten();
            let delta = item.delta.iter().flat_map(|(joined, left)| joined.iter().chain(left));
            let all = item.desired.names().chain(members.chain(delta).copied());
            let unknown = all.filter(|key| !self.resolver.knows(*key));
            keys.extend(unknown.map(NameKey::digest));
        }
        keys.sort_unstable();
        keys.dedup();
        for chunk in keys.chunks(10_000) {
            for (key, link) in self.links.links_by_name(self.configuration.id, chunk).await? {
                if link.state == LinkState::Active {
                    self.resolver.remember_key(key, link.id);
                }
            }
        }
        Ok(())
    }

    /// Target ids of links, for those that still exist.
    pub(crate) async fn target_ids(
        &self,
        mut links: Vec<LinkId>,
    ) -> Result<HashMap<LinkId, String>, CycleError> {
        links.sort_unstable();
        links.dedup();
        if links.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.links.target_ids(&links).await?.into_iter().collect())
    }
}
