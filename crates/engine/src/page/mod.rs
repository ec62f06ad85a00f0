//! One page of source entries: scope, map, match, plan, carry out.

mod elsewhere;
mod failure;
mod matching;
mod members;
mod planning;
mod reconcile;
mod references;
mod reserved;
mod skipped;
mod soft_match;
pub(crate) mod steps;
mod unique;
mod waves;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use domain::configuration::OutOfScope;
use domain::value::Attributes;
use domain::{DirectoryKind, LinkId, ObjectKind};
use ports::source::SourceEntry;
use ports::{Members, TargetObject};
use storage::link::{Escrow, Link, LinkState, LinkWrite, PageCommit};

use crate::change::Names;
use crate::mapping::Desired;
use crate::resolver::NameKey;
use crate::run::{CycleError, Run, since};
pub(crate) use skipped::{LEFT_ALONE, SKIP_REASON};
use waves::next_wave;

/// An object as it came from the source.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) read: SourceEntry,
    pub(crate) members: Members,
}

impl From<SourceEntry> for Arrival {
    fn from(read: SourceEntry) -> Self {
        Self { read, members: Members::Whole }
    }
}

/// An object on its way through the page.
struct Item {
    object_id: String,
    dn: String,
    anchor: String,
    display_name: String,
    /// Why the object is in scope.
    place: String,
    link: Option<Link>,
    found: Option<TargetObject>,
    /// How `found` was found, for the log.
    found_by: Cow<'static, str>,
    /// What the target holds of a linked object differs from what was exported.
    drift: Option<TargetObject>,
    replaces: Vec<LinkId>,
    /// The id that the object will have in the target, where that is known before it exists.
    reserved: Option<String>,
    desired: Desired,
    /// Members that joined and left, where only they are known.
    delta: Option<(Vec<NameKey>, Vec<NameKey>)>,
    /// The attributes of `desired`, with references resolved.
    attributes: Attributes,
    names: Names,
    fingerprint: u64,
    members: Option<MemberPlan>,
}

/// What shall happen to a group's members.
#[derive(Default)]
struct MemberPlan {
    add: Vec<LinkId>,
    /// Decided to go; removed when the guard agreed.
    leave: Vec<LinkId>,
    /// Were decided to go and stay after all.
    back: Vec<LinkId>,
}

impl MemberPlan {
    fn differs(&self) -> bool {
        !self.add.is_empty()
    }
}

impl Run {
    /// Takes a page of entries through the whole path, down to the commit.
    pub(crate) async fn process_page(
        &mut self,
        kind: ObjectKind,
        arrivals: Vec<Arrival>,
    ) -> Result<(), CycleError> {
        let Some(mappings) = self.mappings.get(&kind).map(Arc::clone) else { return Ok(()) };
        self.resolver.trim();
        let ids: Vec<String> = arrivals.iter().map(|arrival| arrival.read.object_id.clone()).collect();
        let mut links: HashMap<String, Link> = self
            .links
            .links_of(self.configuration.id, kind, &ids)
            .await?
            .into_iter()
            .map(|link| (link.object_id.clone(), link))
            .collect();
        let escrows: HashMap<String, Escrow> = self
            .links
            .escrows_of(self.configuration.id, kind, &ids)
            .await?
            .into_iter()
            .map(|escrow| (escrow.object_id.clone(), escrow))
            .collect();

        let begun = Instant::now();
        let mut page = PageCommit::default();
        let mut items = Vec::with_capacity(arrivals.len());
        // Links that their object's name or return changes, whatever becomes of its attributes.
        let mut moved: HashMap<String, (Link, String)> = HashMap::new();
        self.left_behind.clear();
        for Arrival { read, members } in arrivals {
            let link = links.remove(&read.object_id);
            let Ok(place) = self.scope.verdict(&read.entry, kind) else {
                self.put_outside(&mut page, kind, &read, link, &escrows);
                continue;
            };
            if let Some(link) = &link {
                // Directories may give an object twice when it is moved while it is being read.
                if !self.resolver.is_by_changes() && self.resolver.has_seen(link.id) {
                    continue;
                }
                self.note_name(link, &read.entry.dn);
                if link.source_dn != read.entry.dn {
                    self.resolver.rename(&read.entry.dn, link.id);
                }
                let returned = link.state == LinkState::Leaving;
                if returned || (link.state == LinkState::Active && link.source_dn != read.entry.dn) {
                    moved.insert(read.object_id.clone(), (link.clone(), read.entry.dn.clone()));
                }
                if link.state == LinkState::Disabled {
                    // Referred to when it is back, which may be refused.
                    self.resolver.meet(link.id);
                } else {
                    self.resolver.confirm(&read.entry.dn, link.id);
                }
            }
            let known = link.as_ref().is_some_and(|link| link.state == LinkState::Active);
            if !known && matches!(members, Members::Delta { .. }) && mappings.has_members() {
                self.rereads.insert((kind, read.object_id));
                continue;
            }
            self.counts.imported += 1;
            self.done += 1;
            *self.met.entry(kind).or_default() += 1;
            let escrow = escrows.get(&read.object_id);
            if escrow.is_some() {
                self.failed_here.insert((kind, read.object_id.clone()));
            }
            match self.evaluate(kind, &mappings, read, members, link, place) {
                Ok(item) => items.push(item),
                Err(failure) => self.put_failure(&mut page, kind, *failure, escrow),
            }
        }

        self.took.mapping = since(begun);
        let begun = Instant::now();
        let mut rest = self.match_items(kind, &mappings, &mut page, items, &escrows).await?;
        self.took.matching = since(begun);
        let reserved = self.reserve_ids(&mut rest, &escrows);
        for wave in 0.. {
            let (items, later) = next_wave(rest, wave, &reserved);
            let begun = Instant::now();
            let (items, mut references, members) = self.resolve_references(kind, items, &reserved).await?;
            self.took.references = since(begun);
            let changes = self.plan_items(kind, &mappings, &mut page, items, &escrows).await?;
            let written = self.carry_out(changes, std::mem::take(&mut page), &escrows).await?;
            self.keep_kept_promises(&mut references, &written);
            for exported in written {
                self.met_links.insert(exported.link);
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
        self.follow_left_behind(moved).await
    }

    /// Objects that fail or wait keep what was exported of them, and their links follow them all the same: others refer
    /// to them by their new name, and one that is back in scope is not removed because its title is refused.
    async fn follow_left_behind(
        &mut self,
        mut moved: HashMap<String, (Link, String)>,
    ) -> Result<(), CycleError> {
        let left_behind = std::mem::take(&mut self.left_behind);
        let links: Vec<LinkWrite> = left_behind
            .iter()
            .filter_map(|object_id| moved.remove(object_id))
            .map(|(link, source_dn)| LinkWrite {
                kind: link.kind,
                object_id: link.object_id,
                anchor: link.anchor,
                source_dn,
                display_name: link.display_name,
                target_id: link.target_id,
                state: LinkState::Active,
                fingerprint: link.fingerprint,
                exported: None,
            })
            .collect();
        if !links.is_empty() {
            self.commit(PageCommit { links, ..PageCommit::default() }).await?;
        }
        Ok(())
    }

    /// An object that is not, or not any more, in scope. A full reading finds what left by what it did not meet.
    fn put_outside(
        &mut self,
        page: &mut PageCommit,
        kind: ObjectKind,
        read: &SourceEntry,
        link: Option<Link>,
        escrows: &HashMap<String, Escrow>,
    ) {
        if !self.resolver.is_by_changes() {
            return;
        }
        if escrows.contains_key(&read.object_id) {
            page.released.push((kind, read.object_id.clone()));
        }
        if let Some(link) = link.filter(|link| link.state == LinkState::Active) {
            self.put_leaving(page, &link);
            self.resolver.leave(link.id);
            // Whoever is read in the same page names it by its new name, which was taken for that of its link.
            self.changed_names.push(NameKey::of(&read.entry.dn).digest());
        }
    }

    /// A linked object that is gone or out of scope.
    pub(crate) fn put_leaving(&mut self, page: &mut PageCommit, link: &Link) {
        self.changed_names.push(NameKey::of(&link.source_dn).digest());
        page.leaving.push(link.id);
        if self.configuration.plan.out_of_scope == OutOfScope::Ignore {
            page.records.push(self.left_alone(link));
        }
    }

    /// A linked object that came: a new name, or the return of one that was gone, concerns those who refer to it.
    fn note_name(&mut self, link: &Link, dn: &str) {
        if !self.resolver.is_by_changes() {
            return;
        }
        let (old, new) = (NameKey::of(&link.source_dn), NameKey::of(dn));
        if old != new {
            self.changed_names.extend([old.digest(), new.digest()]);
        }
        // Where names do not follow, a group may have taken the new name in before anybody bore it.
        let names_follow = self.directory == DirectoryKind::ActiveDirectory;
        if link.state != LinkState::Active || (old != new && !names_follow) {
            self.note_newcomer(new.digest());
        }
    }
}
