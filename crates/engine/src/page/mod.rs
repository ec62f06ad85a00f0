//! One page of source entries: map, match, plan, carry out.

mod failure;
mod matching;
mod planning;
mod references;
mod steps;
mod waves;

use std::collections::HashMap;
use std::sync::Arc;

use domain::value::Attributes;
use domain::{LinkId, ObjectKind};
use ports::TargetObject;
use ports::source::SourceEntry;
use storage::link::{Escrow, Link, PageCommit};

use crate::mapping::Desired;
use crate::run::{CycleError, Run};
use crate::scope::exclusion;
use waves::next_wave;

/// An object on its way through the page.
struct Item {
    object_id: String,
    dn: String,
    anchor: String,
    display_name: String,
    link: Option<Link>,
    found: Option<TargetObject>,
    replaces: Vec<LinkId>,
    desired: Desired,
    /// Attributes with references resolved.
    attributes: Attributes,
    fingerprint: u64,
    members: Option<MemberPlan>,
}

/// What shall happen to a group's members.
#[derive(Default)]
struct MemberPlan {
    add: Vec<LinkId>,
    remove: Vec<LinkId>,
}

impl MemberPlan {
    fn differs(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }
}

impl Run {
    /// Takes a page of entries through the whole path, down to the commit.
    pub(crate) async fn process_page(
        &mut self,
        kind: ObjectKind,
        entries: Vec<SourceEntry>,
    ) -> Result<(), CycleError> {
        let Some(mappings) = self.mappings.get(&kind).map(Arc::clone) else { return Ok(()) };
        let entries: Vec<_> =
            entries.into_iter().filter(|read| exclusion(&read.entry, kind).is_none()).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = entries.iter().map(|read| read.object_id.clone()).collect();
        let mut links: HashMap<String, Link> = self
            .storage
            .links_of(self.configuration.id, kind, &ids)
            .await?
            .into_iter()
            .map(|link| (link.object_id.clone(), link))
            .collect();
        let escrows: HashMap<String, Escrow> = self
            .storage
            .escrows_of(self.configuration.id, kind, &ids)
            .await?
            .into_iter()
            .map(|escrow| (escrow.object_id.clone(), escrow))
            .collect();

        self.failed_here.extend(escrows.keys().map(|object_id| (kind, object_id.clone())));
        let mut page = PageCommit::default();
        let mut items = Vec::with_capacity(entries.len());
        for read in entries {
            let link = links.remove(&read.object_id);
            if let Some(link) = &link {
                // Directories may give an object twice when it is moved while it is being read.
                if self.resolver.has_seen(link.id) {
                    continue;
                }
                self.resolver.confirm(&read.entry.dn, link.id);
            }
            self.counts.imported += 1;
            self.done += 1;
            *self.met.entry(kind).or_default() += 1;
            let escrow = escrows.get(&read.object_id);
            match self.evaluate(kind, &mappings, read, link) {
                Ok(item) => items.push(item),
                Err(failure) => self.put_failure(&mut page, kind, *failure, escrow),
            }
        }

        let mut rest = self.find_unlinked(kind, &mut page, items, &escrows).await?;
        for wave in 0.. {
            let (items, later) = next_wave(rest, wave);
            let (items, references, members) = self.resolve_references(kind, items).await?;
            let changes = self.plan_items(kind, &mappings, &mut page, items, &escrows).await?;
            let written = self.carry_out(changes, std::mem::take(&mut page), &escrows).await?;
            for exported in written {
                self.resolver.confirm(&exported.source_dn, exported.link);
                self.resolver.confirm_anchor(kind, &exported.anchor, exported.link);
            }
            self.deferred.references.extend(references);
            self.deferred.members.extend(members);
            if later.is_empty() {
                break;
            }
            rest = later;
        }
        Ok(())
    }
}
