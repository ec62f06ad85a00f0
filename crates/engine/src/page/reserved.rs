//! Ids of objects that do not exist yet. A target that lets the engine choose them can take a manager and their
//! people in one go, whoever stands first on the page.

use std::collections::{HashMap, HashSet};

use domain::LinkId;
use storage::link::Escrow;

use super::Item;
use crate::export::Exported;
use crate::references::DeferredReference;
use crate::resolver::NameKey;
use crate::run::Run;

/// Ids in the target by the names of objects on the page that have no link yet.
pub(super) type Reserved = HashMap<NameKey, String>;

/// A link that nobody has: what was referred to did not come into being.
const NOBODY: LinkId = LinkId(0);

impl Run {
    /// Chooses the ids of the page's new objects. One that failed before may fail again: nobody refers to it before
    /// it exists.
    pub(super) fn reserve_ids(&self, items: &mut [Item], escrows: &HashMap<String, Escrow>) -> Reserved {
        let Some(target) = self.ends.target.within_store() else { return Reserved::new() };
        let mut reserved = Reserved::new();
        for item in items.iter_mut().filter(|item| item.link.is_none()) {
            let id = item.found.as_ref().map_or_else(|| target.new_id(), |object| object.id.clone());
            if !escrows.contains_key(&item.object_id) {
                reserved.insert(NameKey::of(&item.dn), id.clone());
            }
            item.reserved = Some(id);
        }
        reserved
    }

    /// Drops what is settled of the references to reserved ids. Where the object was refused after all, whoever
    /// refers to it is looked at again.
    pub(super) fn keep_kept_promises(
        &mut self,
        references: &mut Vec<DeferredReference>,
        written: &[Exported],
    ) {
        if !references.iter().any(|reference| reference.used == Some(NOBODY)) {
            return;
        }
        let names: HashSet<NameKey> = written.iter().map(|one| NameKey::of(&one.source_dn)).collect();
        let objects: HashSet<&str> = written.iter().map(|one| one.object_id.as_str()).collect();
        references.retain(|reference| reference.used != Some(NOBODY) || !names.contains(&reference.key));
        if self.resolver.is_by_changes() {
            let again = references
                .iter()
                .filter(|one| one.used == Some(NOBODY) && objects.contains(one.object_id.as_str()));
            self.rereads.extend(again.map(|one| (one.kind, one.object_id.clone())));
        }
    }

    /// A reference to an object that is about to be created.
    pub(super) const fn promised(mut reference: DeferredReference) -> DeferredReference {
        reference.used = Some(NOBODY);
        reference
    }
}
