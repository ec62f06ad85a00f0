//! Reading what changed. Each page is settled before its cursor is written down: whoever a change concerns is read
//! again with it, so that a crash between two pages loses nothing.

use std::collections::{BTreeMap, HashSet};

use domain::{Cursor, ObjectKind};
use ports::{ChangePage, ChangedObject, Changes, ChangesRequest, KindRequest, MOST_OBJECTS, Members, Which};
use storage::link::{LinkState, PageCommit};

use crate::full::{ORDER, PAGE_SIZE};
use crate::page::Arrival;
use crate::resolver::Resolver;
use crate::run::{CycleError, Run};
use crate::scope;

/// Rounds of reading again what a page concerns: a manager who comes concerns people, and they nobody.
const MOST_ROUNDS: usize = 16;

/// Escrows tried again in one cycle.
pub(crate) const MOST_RETRIES: u32 = 5_000;

impl Run {
    /// Takes the changes since the cursor. Gives the reason when they are not enough and everything must be read.
    pub(crate) async fn read_changes(&mut self, cursor: Cursor) -> Result<Option<String>, CycleError> {
        self.tracks_changes = true;
        if !self.nothing_waits() {
            self.changed_names.extend(self.links.unsettled_names(self.configuration.id).await?);
        }
        let was_unsettled = !self.changed_names.is_empty();
        let (containers, groups) = (self.state.containers.clone(), self.state.memory.groups.clone());
        self.scope = scope::recall(&self.configuration.plan.scope, containers, groups)?;
        self.scope_found = true;
        let request =
            ChangesRequest { cursor: cursor.clone(), kinds: self.watched_kinds(), page_size: PAGE_SIZE };
        let mut reader = match self.ends.source.changes(request).await? {
            Changes::Since(reader) => reader,
            Changes::Lost { reason } => return Ok(Some(reason)),
        };
        if !self.nothing_waits() {
            self.retry_escrows().await?;
        }
        self.settle_changes().await?;
        let mut last_cursor = None;
        let mut unseen: HashSet<String> = self.scope.present_groups().map(ToOwned::to_owned).collect();
        while let Some(mut page) = reader.next_page().await? {
            // Held back until the next page came: in a sweep the end decides what is gone.
            self.advance(last_cursor.take()).await?;
            if let Some(reason) = self.concerns_everything(&page) {
                return Ok(Some(reason));
            }
            unseen.retain(|id| !page.present.contains(id));
            for note in std::mem::take(&mut page.notes) {
                self.note(note);
            }
            last_cursor = page.cursor.take();
            let lost = page.lost.take();
            self.process_changes(page).await?;
            if lost.is_some() {
                self.advance(last_cursor.take()).await?;
                return Ok(lost);
            }
            if self.scope_moved {
                return Ok(Some(
                    "a container or group of the scope was renamed, deleted or changed".to_owned(),
                ));
            }
            self.check_stop()?;
        }
        if reader.is_sweep() {
            // A sweep names nobody who is gone. One that changed would have asked for a full reading by itself.
            if !unseen.is_empty() {
                return Ok(Some("a group of the scope was deleted".to_owned()));
            }
            self.mark_unmet().await?;
            self.settle_changes().await?;
        }
        // Also when the directory gave no new position: everything up to here is settled.
        let settled = was_unsettled || self.counts.imported > 0;
        self.advance(last_cursor.or_else(|| settled.then_some(cursor))).await?;
        Ok(None)
    }

    /// Whether the page tells of something that changes the place of objects which are not told themselves.
    fn concerns_everything(&self, page: &ChangePage) -> Option<String> {
        if let Some(container) = page.containers.first() {
            return Some(format!("the container {} is new, renamed or moved", container.dn));
        }
        let gone = page.gone.iter().any(|id| self.scope.is_part(id));
        let is_group = |object: &ChangedObject| {
            self.scope.groups.iter().any(|group| group.object_id == object.object.object_id)
        };
        if gone {
            return Some("a container or group of the scope was deleted".to_owned());
        }
        page.objects
            .iter()
            .find(|object| is_group(object))
            .map(|object| format!("the group {} of the scope changed", object.object.entry.dn))
    }

    /// The kinds that are synchronised, and groups where the scope hangs on them.
    fn watched_kinds(&self) -> Vec<KindRequest> {
        let mut kinds = self.kind_requests();
        if !self.scope.groups.is_empty() && kinds.iter().all(|kind| kind.kind != ObjectKind::Group) {
            kinds.push(KindRequest { kind: ObjectKind::Group, attributes: Vec::new() });
        }
        kinds
    }

    async fn process_changes(&mut self, page: ChangePage) -> Result<(), CycleError> {
        self.resolver = Resolver::for_changes();
        self.meet(&page).await?;
        self.put_gone(&page.gone).await?;
        let mut kinds: BTreeMap<ObjectKind, Vec<Arrival>> = BTreeMap::new();
        self.counts.deltas += page.objects.len() as u64;
        for ChangedObject { kind, object, members } in page.objects {
            if let Members::Delta { joined, left } = &members {
                self.counts.reference_deltas += (joined.len() + left.len()) as u64;
            }
            if self.scope.needs_members(&object.entry.dn) {
                self.load_scope_members().await?;
            }
            kinds.entry(kind).or_default().push(Arrival { read: object, members });
        }
        self.find_strangers(&kinds).await?;
        for (kind, _) in ORDER {
            if let Some(arrivals) = kinds.remove(&kind) {
                self.process_page(kind, arrivals).await?;
            }
        }
        self.settle_changes().await
    }

    /// What a sweep found to be there.
    async fn meet(&mut self, page: &ChangePage) -> Result<(), CycleError> {
        for kind in self.mappings.keys().copied().collect::<Vec<_>>() {
            for ids in page.present.chunks(5_000) {
                let links = self.links.links_of(self.configuration.id, kind, ids).await?;
                *self.met.entry(kind).or_default() += links.len() as u64;
                for link in links {
                    self.met_links.insert(link.id);
                }
            }
            let changed: Vec<String> = page
                .objects
                .iter()
                .filter(|object| object.kind == kind)
                .map(|object| object.object.object_id.clone())
                .collect();
            for link in self.links.links_of(self.configuration.id, kind, &changed).await? {
                self.met_links.insert(link.id);
            }
        }
        Ok(())
    }

    /// Objects that do not exist any more.
    async fn put_gone(&mut self, gone: &[String]) -> Result<(), CycleError> {
        for ids in gone.chunks(5_000) {
            let mut page = PageCommit::default();
            for kind in self.mappings.keys().copied().collect::<Vec<_>>() {
                for link in self.links.links_of(self.configuration.id, kind, ids).await? {
                    if link.state == LinkState::Active {
                        self.put_leaving(&mut page, &link);
                    }
                }
                page.released.extend(ids.iter().map(|id| (kind, id.clone())));
            }
            self.commit(page).await?;
        }
        Ok(())
    }

    /// Reads again whoever the page's changes concern, until they concern nobody else.
    async fn settle_changes(&mut self) -> Result<(), CycleError> {
        for _ in 0..MOST_ROUNDS {
            let mut names = std::mem::take(&mut self.changed_names);
            names.sort_unstable();
            names.dedup();
            self.join_newcomers(&names).await?;
            for names in names.chunks(5_000) {
                for link in self.links.referrers(self.configuration.id, names).await? {
                    if link.state == LinkState::Active {
                        self.rereads.insert((link.kind, link.object_id));
                    }
                }
                self.reread_groups_of(names).await?;
            }
            let again = std::mem::take(&mut self.rereads);
            if again.is_empty() {
                return Ok(());
            }
            let ids: Vec<String> = again.into_iter().map(|(_, id)| id).collect();
            self.read_again(&ids).await?;
        }
        Ok(())
    }

    /// Takes objects through the path as they are now. Those that are gone are told as such by the directory.
    pub(crate) async fn read_again(&mut self, ids: &[String]) -> Result<Vec<String>, CycleError> {
        let requests = self.kind_requests();
        let mut met = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(MOST_OBJECTS) {
            self.resolver = Resolver::for_changes();
            let found = self.ends.source.objects(Which::Ids(chunk), &requests).await?;
            let mut kinds: BTreeMap<ObjectKind, Vec<Arrival>> = BTreeMap::new();
            for (kind, object) in found {
                if self.scope.needs_members(&object.entry.dn) {
                    self.load_scope_members().await?;
                }
                met.push(object.object_id.clone());
                kinds.entry(kind).or_default().push(Arrival::from(object));
            }
            self.find_strangers(&kinds).await?;
            for (kind, _) in ORDER {
                if let Some(arrivals) = kinds.remove(&kind) {
                    self.process_page(kind, arrivals).await?;
                }
            }
        }
        Ok(met)
    }

    /// Tries objects again whose waiting is over.
    async fn retry_escrows(&mut self) -> Result<(), CycleError> {
        let until = if self.eager { domain::Time::MAX_UTC } else { self.clock.now() };
        let due = self.links.due_escrows(self.configuration.id, until, MOST_RETRIES).await?;
        self.retry(due).await
    }

    /// Takes objects that wait through the path again, and forgets those that are gone.
    pub(crate) async fn retry(&mut self, escrows: Vec<storage::link::Escrow>) -> Result<(), CycleError> {
        if escrows.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = escrows.iter().map(|escrow| escrow.object_id.clone()).collect();
        // What is retried may be the repair of something that the target changed by itself.
        let reconcile = std::mem::replace(&mut self.reconcile, true);
        let met = self.read_again(&ids).await;
        self.reconcile = reconcile;
        let met = met?;
        let met: HashSet<String> = met.into_iter().collect();
        let mut gone = Vec::new();
        for escrow in escrows.into_iter().filter(|escrow| !met.contains(&escrow.object_id)) {
            // One whose removal was refused waits for its next attempt.
            let id = std::slice::from_ref(&escrow.object_id);
            let links = self.links.links_of(self.configuration.id, escrow.kind, id).await?;
            if !links.iter().any(|link| link.state == LinkState::Leaving) {
                gone.push((escrow.kind, escrow.object_id));
            }
        }
        self.links.clear_escrows(self.configuration.id, &gone).await?;
        self.settle_changes().await
    }

    async fn advance(&mut self, cursor: Option<Cursor>) -> Result<(), CycleError> {
        if cursor.is_some() {
            self.changed_names.clear();
            self.commit(PageCommit { cursor, ..PageCommit::default() }).await?;
        }
        Ok(())
    }
}
