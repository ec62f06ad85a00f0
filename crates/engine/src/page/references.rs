//! From the names in an entry to objects of the target.

use std::collections::HashMap;

use domain::value::Value;
use domain::{LinkId, ObjectKind};
use storage::link::Link;

use super::{Item, MemberPlan};
use crate::digest::fingerprint;
use crate::references::{DeferredMembers, DeferredReference, UncertainName};
use crate::resolver::NameKey;
use crate::run::{CycleError, Run};

impl Run {
    /// Turns names into target ids as far as they are known now, and notes what has to be looked at again.
    pub(super) async fn resolve_references(
        &self,
        kind: ObjectKind,
        mut items: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<DeferredReference>, Vec<DeferredMembers>), CycleError> {
        let mut wanted: Vec<LinkId> = Vec::new();
        for item in &items {
            wanted.extend(
                item.desired.references.iter().filter_map(|(_, key)| self.resolver.resolve(*key).link),
            );
        }
        let target_ids = self.target_ids(wanted).await?;
        let (mut references, mut groups) = (Vec::new(), Vec::new());
        for item in &mut items {
            for (attribute, key) in &item.desired.references {
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
            item.fingerprint = fingerprint(&item.attributes, &item.anchor);
            if let Some(names) = &item.desired.members {
                let (plan, certain, uncertain) = self.plan_members(item.link.as_ref(), names).await?;
                if !uncertain.is_empty() {
                    groups.push(DeferredMembers { object_id: item.object_id.clone(), certain, uncertain });
                }
                item.members = Some(plan);
            }
        }
        Ok((items, references, groups))
    }

    /// Compares a group's members with what was last exported. Also gives the members that are certain, as far as
    /// they are needed later, and the names that are not.
    pub(super) async fn plan_members(
        &self,
        link: Option<&Link>,
        names: &[NameKey],
    ) -> Result<(MemberPlan, Vec<LinkId>, Vec<UncertainName>), CycleError> {
        let mut uncertain = Vec::new();
        let mut wanted = Vec::with_capacity(names.len());
        for name in names {
            let resolved = self.resolver.resolve(*name);
            if resolved.certain {
                wanted.extend(resolved.link);
            } else {
                uncertain.push((*name, resolved.link));
            }
        }
        let guessed = uncertain.iter().filter_map(|(_, used)| *used);
        let certain = if guessed.clone().next().is_some() { wanted.clone() } else { Vec::new() };
        wanted.extend(guessed);
        wanted.sort_unstable();
        wanted.dedup();
        let held = match link {
            Some(link) => self.storage.link_members(link.id).await?,
            None => Vec::new(),
        };
        let plan = MemberPlan {
            add: wanted.iter().filter(|id| held.binary_search(id).is_err()).copied().collect(),
            remove: held.iter().filter(|id| wanted.binary_search(id).is_err()).copied().collect(),
        };
        Ok((plan, certain, uncertain))
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
        Ok(self.storage.target_ids(&links).await?.into_iter().collect())
    }
}
