//! Reading everything: the first cycle, the scheduled comparison, and whenever changes cannot be trusted.

use std::collections::BTreeSet;

use domain::cycle::Phase;
use domain::{LinkId, ObjectKind};
use expression::filter::Filters;
use ports::{KindRequest, ReadRequest};
use storage::link::LinkState;

use crate::page::Arrival;
use crate::resolver::{Resolver, Seen};
use crate::run::{CycleError, Run};
use crate::{anchor, scope};

/// Entries that are asked for at a time. As many such pages are worked on together as the target takes in one batch;
/// a crash redoes at most that much.
pub(crate) const PAGE_SIZE: u32 = 500;

/// The order in which kinds are read: those that others refer to come first.
pub(crate) const ORDER: [(ObjectKind, Phase); 3] = [
    (ObjectKind::User, Phase::Users),
    (ObjectKind::Contact, Phase::Contacts),
    (ObjectKind::Group, Phase::Groups),
];

impl Run {
    /// Reads every object and settles everything.
    pub(crate) async fn read_everything(&mut self) -> Result<(), CycleError> {
        // Before anything is read: what changes while the reading lasts is told by the next cycle.
        let mark = self.ends.source.mark().await?;
        self.tracks_changes = false;
        // Whoever is linked already, be it by a cycle that broke off, is compared with what the target holds.
        self.reconcile = true;
        self.links.put_cursor(self.configuration.id, None).await?;
        self.resolver = Resolver::default();
        // What a sweep met before it gave up says nothing about the scope as it is now.
        self.met_links = Seen::default();
        self.met.clear();
        self.remember_links().await?;
        self.resolve_scope().await?;
        for (kind, phase) in ORDER {
            if self.mappings.contains_key(&kind) {
                self.enter(phase).await?;
                self.read_kind(kind).await?;
            }
        }
        self.check_scope_stood_still().await?;
        self.keep_suspicious().await?;
        self.enter(Phase::References).await?;
        self.settle_references().await?;
        self.mark_unmet().await?;
        self.drop_stale_escrows().await?;
        // What is decided is written down: from here on changes are enough, even if the guard holds removals back.
        // Members of adopted groups that nobody linked are known to this cycle alone: until they are gone, there is no
        // position, and another cycle would find them again.
        if self.foreign.is_empty() {
            self.links.put_cursor(self.configuration.id, mark).await?;
        } else {
            self.mark_to_write = mark;
        }
        self.read_all = true;
        self.scope_moved = false;
        self.changed_names.clear();
        Ok(())
    }

    /// Finds the scope's containers and groups.
    pub(crate) async fn resolve_scope(&mut self) -> Result<(), CycleError> {
        let known = scope::Known { containers: &self.state.containers, groups: &self.state.memory.groups };
        let source = self.ends.source.as_ref();
        self.scope = scope::resolve(source, &self.configuration.plan.scope, known).await?;
        self.scope_found = true;
        for note in std::mem::take(&mut self.scope.notes) {
            self.note(note);
        }
        Ok(())
    }

    /// Loads the members of the scope's groups, which a reading of changes needs only sometimes.
    pub(crate) async fn load_scope_members(&mut self) -> Result<(), CycleError> {
        let parts = |scope: &scope::ResolvedScope| {
            let parts = scope.containers.iter().chain(&scope.groups);
            parts.map(|part| (part.object_id.clone(), part.current_dn.clone())).collect::<BTreeSet<_>>()
        };
        let before = parts(&self.scope);
        self.resolve_scope().await?;
        self.scope_moved |= before != parts(&self.scope);
        Ok(())
    }

    /// A container that is renamed while a whole domain is read would look as if its people had left.
    async fn check_scope_stood_still(&self) -> Result<(), CycleError> {
        for part in self.scope.containers.iter().filter(|part| !part.current_dn.is_empty()) {
            let now = self.ends.source.container_by_id(&part.object_id).await?;
            if now.is_none_or(|now| domain::dn::key(&now.dn) != domain::dn::key(&part.current_dn)) {
                return Err(CycleError::Source(ports::SourceError::Incomplete {
                    reason: format!(
                        "the container {} was renamed or deleted while it was read",
                        part.current_dn
                    ),
                }));
            }
        }
        Ok(())
    }

    /// Loads names and anchors of what earlier cycles linked, unless that is too much.
    async fn remember_links(&mut self) -> Result<(), CycleError> {
        let mut after = LinkId(0);
        loop {
            let links = self.links.links_after(self.configuration.id, after, 2000).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = last.id;
            for link in links {
                self.resolver.remember_anchor(link.kind, &link.anchor, link.id, link.state);
                if link.state == LinkState::Active {
                    self.resolver.remember(&link.source_dn, link.id);
                }
            }
            if self.resolver.is_full() {
                self.resolver.trim();
                return Ok(());
            }
        }
    }

    /// Reads every object of a kind and takes each page through the whole path.
    async fn read_kind(&mut self, kind: ObjectKind) -> Result<(), CycleError> {
        let bases = match &self.scope.bases {
            None => Vec::new(),
            // Every container is gone: nothing is in scope, and that is not the same as everything.
            Some(bases) if bases.is_empty() => return Ok(()),
            Some(bases) => bases.clone(),
        };
        let request = ReadRequest { kind, bases, attributes: self.attributes_of(kind), page_size: PAGE_SIZE };
        let mut reader = self.ends.source.read(request).await?;
        let mut gathered: Vec<Arrival> = Vec::new();
        while let Some(page) = reader.next_page().await? {
            for note in page.notes {
                self.note(note);
            }
            let full = page.entries.len() >= PAGE_SIZE as usize;
            gathered.extend(page.entries.into_iter().map(Arrival::from));
            // A page that is not full was cut off for its size: such objects are not gathered further.
            if !full || gathered.len() + PAGE_SIZE as usize > self.target_info.batch {
                self.process_page(kind, std::mem::take(&mut gathered)).await?;
                self.check_stop()?;
            }
        }
        if !gathered.is_empty() {
            self.process_page(kind, gathered).await?;
        }
        Ok(())
    }

    /// Source attributes that are needed of a kind.
    fn attributes_of(&self, kind: ObjectKind) -> Vec<String> {
        let mut attributes: BTreeSet<String> =
            self.mappings.get(&kind).map(|mappings| mappings.source_attributes()).unwrap_or_default();
        attributes.extend(anchor::ATTRIBUTES.iter().chain(scope::ATTRIBUTES).map(|name| (*name).to_owned()));
        attributes.extend(["displayName", "cn"].map(str::to_owned));
        if Filters::narrow(kind) {
            attributes.extend(self.scope.filters.attributes().map(ToOwned::to_owned));
        }
        attributes.into_iter().collect()
    }

    /// Everything that is wanted of each kind.
    pub(crate) fn kind_requests(&self) -> Vec<KindRequest> {
        self.mappings
            .keys()
            .map(|kind| KindRequest { kind: *kind, attributes: self.attributes_of(*kind) })
            .collect()
    }
}
