//! From the names in an entry to objects of the target.

use std::collections::HashMap;

use domain::value::Value;
use domain::{LinkId, ObjectKind};

use super::Item;
use super::reserved::Reserved;
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
        reserved: &Reserved,
    ) -> Result<(Vec<Item>, Vec<DeferredReference>, Vec<DeferredMembers>), CycleError> {
        if self.resolver.is_partial() {
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
                let deferred = |used| DeferredReference {
                    kind,
                    object_id: item.object_id.clone(),
                    attribute: attribute.clone(),
                    key: *key,
                    used,
                };
                // Read on this very page: there is nothing uncertain about its name.
                if let Some(id) = reserved.get(key) {
                    item.attributes.insert(attribute.clone(), Value::Reference(id.clone()));
                    references.push(Self::promised(deferred(None)));
                    continue;
                }
                let resolved = self.resolver.resolve(*key);
                if let Some(id) = resolved.link.and_then(|link| target_ids.get(&link)) {
                    item.attributes.insert(attribute.clone(), Value::Reference(id.clone()));
                }
                if !resolved.certain {
                    references.push(deferred(resolved.link));
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

    /// Loads what the store knows of the names on a page.
    async fn load_names(&mut self, items: &[Item]) -> Result<(), CycleError> {
        let mut keys: Vec<NameKey> = Vec::new();
        for item in items {
            keys.extend(item.desired.names());
            keys.extend(item.desired.members.iter().flatten());
            keys.extend(item.delta.iter().flat_map(|(joined, left)| joined.iter().chain(left)));
        }
        self.load_keys(keys).await
    }

    /// Loads what the store knows of names that are not known here.
    pub(crate) async fn load_keys(&mut self, mut keys: Vec<NameKey>) -> Result<(), CycleError> {
        keys.retain(|key| !self.resolver.knows(*key));
        keys.sort_unstable();
        keys.dedup();
        let keys: Vec<u64> = keys.into_iter().map(NameKey::digest).collect();
        for chunk in keys.chunks(10_000) {
            let mut bearers = self.links.active_by_name(self.configuration.id, chunk).await?;
            // Of two who bear a name in the store, who was met under it has it; the other one's end is told further on.
            bearers.sort_by_key(|(_, link)| !self.met_links.contains(*link));
            for (key, link) in bearers {
                self.resolver.remember_key(key, link);
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
