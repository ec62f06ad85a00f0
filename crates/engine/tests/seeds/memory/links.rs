//! Links and everything that hangs on them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::value::Attributes;
use domain::{ConfigurationId, Cursor, LinkId, ObjectKind, Time};
use storage::directory::{DirectoryWrite, DirectoryWritten};
use storage::link::{
    Escrow, Intent, Link, LinkState, Membership, PageCommit, PageOfWrites, Written, anchor_key, name_key,
};
use storage::{LinkStore, Page, PageRequest, Result, StorageError};

use super::unused::not_asked;
use super::{HeldLink, MemoryStorage, World};

#[async_trait]
impl LinkStore for MemoryStorage {
    async fn links_of(
        &self,
        configuration: ConfigurationId,
        kind: ObjectKind,
        object_ids: &[String],
    ) -> Result<Vec<Link>> {
        let wanted: BTreeSet<&String> = object_ids.iter().collect();
        let world = self.read();
        let of_kind = world.links_in(configuration).filter(|link| link.kind == kind);
        Ok(of_kind.filter(|link| wanted.contains(&link.object_id)).cloned().collect())
    }

    async fn exported(&self, links: &[LinkId]) -> Result<Vec<(LinkId, Attributes)>> {
        let world = self.read();
        let held = links.iter().filter_map(|id| world.links.get(id));
        Ok(held.filter_map(|held| Some((held.link.id, held.exported.clone()?))).collect())
    }

    async fn links_after(
        &self,
        configuration: ConfigurationId,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<Link>> {
        let world = self.read();
        let links = world.links_in(configuration).filter(|link| link.id > after);
        Ok(links.take(limit as usize).cloned().collect())
    }

    async fn link_count(&self, configuration: ConfigurationId, state: LinkState) -> Result<u64> {
        Ok(self.read().links_in(configuration).filter(|link| link.state == state).count() as u64)
    }

    async fn link_counts(&self, configuration: ConfigurationId) -> Result<Vec<(ObjectKind, u64)>> {
        let world = self.read();
        let active = |kind| {
            let of_kind = world.links_in(configuration).filter(|link| link.kind == kind);
            of_kind.filter(|link| link.state == LinkState::Active).count() as u64
        };
        let counts = ObjectKind::ALL.iter().map(|kind| (*kind, active(*kind)));
        Ok(counts.filter(|(_, count)| *count > 0).collect())
    }

    async fn link_members(&self, group: LinkId) -> Result<Vec<LinkId>> {
        let world = self.read();
        Ok(world.members.keys().filter(|(of, _)| *of == group).map(|(_, member)| *member).collect())
    }

    async fn links_by_name(&self, configuration: ConfigurationId, names: &[u64]) -> Result<Vec<(u64, Link)>> {
        let world = self.read();
        let keyed = world.links_in(configuration).map(|link| (name_key(&link.source_dn), link.clone()));
        Ok(keyed.filter(|(key, _)| names.contains(key)).collect())
    }

    async fn links_by_anchor(
        &self,
        configuration: ConfigurationId,
        anchors: &[u64],
    ) -> Result<Vec<(u64, Link)>> {
        let world = self.read();
        let links = world.links_in(configuration);
        let keyed = links.map(|link| (anchor_key(link.kind, &link.anchor), link.clone()));
        Ok(keyed.filter(|(key, _)| anchors.contains(key)).collect())
    }

    async fn links_by_id(&self, links: &[LinkId]) -> Result<Vec<Link>> {
        let world = self.read();
        Ok(links.iter().filter_map(|id| world.links.get(id)).map(|held| held.link.clone()).collect())
    }

    async fn referrers(&self, configuration: ConfigurationId, names: &[u64]) -> Result<Vec<Link>> {
        let world = self.read();
        let held = world.links.values().filter(|held| held.configuration == configuration);
        let refers = held.filter(|held| names.iter().any(|name| held.names.contains(name)));
        Ok(refers.map(|held| held.link.clone()).collect())
    }

    async fn memberships_of(&self, members: &[LinkId]) -> Result<Vec<Membership>> {
        let world = self.read();
        let of = world.members.keys().filter(|(_, member)| members.contains(member));
        Ok(of.map(|(group, member)| Membership { group: *group, member: *member }).collect())
    }

    async fn members_among(&self, group: LinkId, members: &[LinkId]) -> Result<Vec<LinkId>> {
        let world = self.read();
        let wanted: BTreeSet<LinkId> = members.iter().copied().collect();
        Ok(wanted.into_iter().filter(|member| world.members.contains_key(&(group, *member))).collect())
    }

    async fn leaving_members(
        &self,
        configuration: ConfigurationId,
        after: Option<Membership>,
        limit: u32,
    ) -> Result<Vec<Membership>> {
        let world = self.read();
        let leaving = world.leaving(configuration).filter(|one| after.is_none_or(|after| *one > after));
        Ok(leaving.take(limit as usize).collect())
    }

    async fn membership_count(&self, configuration: ConfigurationId) -> Result<u64> {
        let world = self.read();
        let of = world.members.keys().filter(|(group, _)| world.belongs(*group, configuration));
        Ok(of.count() as u64)
    }

    async fn leaving_member_count(&self, configuration: ConfigurationId) -> Result<u64> {
        let world = self.read();
        let stays = |id| world.links.get(&id).is_some_and(|held| held.link.state != LinkState::Leaving);
        Ok(world.leaving(configuration).filter(|one| stays(one.group) && stays(one.member)).count() as u64)
    }

    async fn links_in_state(
        &self,
        configuration: ConfigurationId,
        state: LinkState,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<Link>> {
        let world = self.read();
        let links = world.links_in(configuration).filter(|link| link.state == state && link.id > after);
        Ok(links.take(limit as usize).cloned().collect())
    }

    async fn due_escrows(
        &self,
        configuration: ConfigurationId,
        now: Time,
        limit: u32,
    ) -> Result<Vec<Escrow>> {
        let mut due = self.read().escrows_in(configuration);
        due.retain(|escrow| escrow.next_attempt_at <= now);
        due.sort_by_key(|escrow| (escrow.next_attempt_at, escrow.kind, escrow.object_id.clone()));
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn cursor(&self, configuration: ConfigurationId) -> Result<Option<Cursor>> {
        Ok(self.read().cursors.get(&configuration).cloned())
    }

    async fn unsettled_names(&self, configuration: ConfigurationId) -> Result<Vec<u64>> {
        Ok(self.read().unsettled.get(&configuration).into_iter().flatten().copied().collect())
    }

    async fn put_cursor(&self, configuration: ConfigurationId, cursor: Option<Cursor>) -> Result<()> {
        self.write(|world| {
            world.configured(configuration)?;
            world.put_cursor(configuration, cursor);
            Ok(())
        })
        .await
    }

    async fn forget_links(&self, configuration: ConfigurationId) -> Result<()> {
        self.write(|world| {
            world.configured(configuration)?;
            world.forget_links(configuration);
            Ok(())
        })
        .await
    }

    async fn target_ids(&self, links: &[LinkId]) -> Result<Vec<(LinkId, String)>> {
        let world = self.read();
        let held = links.iter().filter_map(|id| world.links.get(id));
        Ok(held.map(|held| (held.link.id, held.link.target_id.clone())).collect())
    }

    async fn escrows_of(
        &self,
        configuration: ConfigurationId,
        kind: ObjectKind,
        object_ids: &[String],
    ) -> Result<Vec<Escrow>> {
        let mut escrows = self.read().escrows_in(configuration);
        escrows.retain(|escrow| escrow.kind == kind && object_ids.contains(&escrow.object_id));
        Ok(escrows)
    }

    async fn escrow_count(&self, configuration: ConfigurationId) -> Result<u64> {
        Ok(self.read().escrows_in(configuration).len() as u64)
    }

    async fn escrow_codes(&self, configuration: ConfigurationId) -> Result<Vec<(String, u64)>> {
        let mut codes = BTreeMap::new();
        for escrow in self.read().escrows_in(configuration) {
            *codes.entry(escrow.code.clone()).or_default() += 1;
        }
        Ok(codes.into_iter().collect())
    }

    async fn clear_escrows(
        &self,
        configuration: ConfigurationId,
        gone: &[(ObjectKind, String)],
    ) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let gone = gone.to_vec();
        self.write(|world| {
            world.configured(configuration)?;
            world.release(configuration, &gone);
            Ok(())
        })
        .await
    }

    async fn escrow_page(&self, _: ConfigurationId, _: PageRequest) -> Result<Page<Escrow>> {
        not_asked()
    }

    async fn hasten_escrows(
        &self,
        configuration: ConfigurationId,
        objects: Option<&[(ObjectKind, String)]>,
        at: Time,
    ) -> Result<u64> {
        let objects = objects.map(<[_]>::to_vec);
        self.write(|world| {
            let mut hastened = 0;
            for ((of, id, kind), escrow) in &mut world.escrows {
                let asked = objects.as_ref().is_none_or(|some| some.contains(&(*kind, id.clone())));
                if *of == configuration && asked {
                    escrow.next_attempt_at = escrow.next_attempt_at.min(at);
                    hastened += 1;
                }
            }
            Ok(hastened)
        })
        .await
    }

    async fn escrows(&self, configuration: ConfigurationId) -> Result<Vec<Escrow>> {
        Ok(self.read().escrows_in(configuration))
    }

    async fn add_intents(&self, configuration: ConfigurationId, intents: &[Intent]) -> Result<()> {
        if intents.is_empty() {
            return Ok(());
        }
        let intents = intents.to_vec();
        self.write(|world| {
            world.configured(configuration)?;
            let known: BTreeSet<_> = world.intents.iter().map(|(_, intent)| intent.change_id).collect();
            if intents.iter().any(|intent| known.contains(&intent.change_id)) {
                return Err(StorageError::Database("the change is announced already".into()));
            }
            world.intents.extend(intents.into_iter().map(|intent| (configuration, intent)));
            Ok(())
        })
        .await
    }

    async fn intents(&self, configuration: ConfigurationId) -> Result<Vec<Intent>> {
        let world = self.read();
        let own = world.intents.iter().filter(|(of, _)| *of == configuration);
        Ok(own.map(|(_, intent)| intent.clone()).collect())
    }

    async fn commit_page(&self, configuration: ConfigurationId, page: PageCommit) -> Result<Vec<LinkId>> {
        self.write(|world| world.commit_page(configuration, page)).await
    }

    /// The page is made without the store being held: it may be read meanwhile, as it was before.
    async fn commit_with_writes(
        &self,
        configuration: ConfigurationId,
        writes: Vec<DirectoryWrite>,
        page: PageOfWrites<'_>,
    ) -> Result<Vec<LinkId>> {
        let fault = self.begin().await?;
        let mut directory = self.read().directory.clone();
        let outcomes: Vec<DirectoryWritten> =
            writes.into_iter().map(|write| directory.write(write)).collect();
        let holders = directory.holders(&outcomes);
        let page = page(Written { outcomes, holders }).await.ok_or(StorageError::Stale { what: "page" })?;
        let written = {
            let mut world = self.read();
            let links = world.commit_page(configuration, page);
            if links.is_ok() {
                world.directory = directory;
            }
            links
        };
        self.end(fault, written).await
    }
}

impl World {
    fn links_in(&self, configuration: ConfigurationId) -> impl Iterator<Item = &Link> {
        let own = self.links.values().filter(move |held: &&HeldLink| held.configuration == configuration);
        own.map(|held| &held.link)
    }

    pub(super) fn belongs(&self, link: LinkId, configuration: ConfigurationId) -> bool {
        self.links.get(&link).is_some_and(|held| held.configuration == configuration)
    }

    fn leaving(&self, configuration: ConfigurationId) -> impl Iterator<Item = Membership> {
        let marked = self.members.iter().filter(|(_, leaving)| **leaving);
        marked
            .filter(move |((group, _), _)| self.belongs(*group, configuration))
            .map(|((group, member), _)| Membership { group: *group, member: *member })
    }

    fn escrows_in(&self, configuration: ConfigurationId) -> Vec<Escrow> {
        let own = self.escrows.iter().filter(|((of, ..), _)| *of == configuration);
        own.map(|(_, escrow)| escrow.clone()).collect()
    }

    pub(super) fn release(&mut self, configuration: ConfigurationId, objects: &[(ObjectKind, String)]) {
        for (kind, id) in objects {
            self.escrows.remove(&(configuration, id.clone(), *kind));
        }
    }

    pub(super) fn put_cursor(&mut self, configuration: ConfigurationId, cursor: Option<Cursor>) {
        self.unsettled.remove(&configuration);
        match cursor {
            Some(cursor) => self.cursors.insert(configuration, cursor),
            None => self.cursors.remove(&configuration),
        };
    }

    pub(super) fn forget_links(&mut self, configuration: ConfigurationId) {
        let own: BTreeSet<LinkId> = self.links_in(configuration).map(|link| link.id).collect();
        self.unlink(&own);
    }

    /// Memberships go with their links.
    pub(super) fn unlink(&mut self, links: &BTreeSet<LinkId>) {
        self.links.retain(|id, _| !links.contains(id));
        self.members.retain(|(group, member), _| !links.contains(group) && !links.contains(member));
    }
}
