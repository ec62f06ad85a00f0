//! Members that leave groups which stay.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::record::ModifiedProperty;
use domain::{LinkId, ObjectKind};
use storage::link::{Link, LinkState, Membership, PageCommit, name_key};

use super::CHUNK;
use crate::change::Names;
use crate::run::{CycleError, Run};

/// Memberships looked at together.
const MEMBERSHIPS: u32 = 5_000;

impl Run {
    /// Takes members out of groups: those decided to leave, those whose object leaves, and those of adopted groups
    /// that nobody linked.
    pub(super) async fn remove_members(&mut self) -> Result<(), CycleError> {
        let mut after = None;
        loop {
            self.check_stop()?;
            let memberships = self.links.leaving_members(self.configuration.id, after, MEMBERSHIPS).await?;
            let Some(last) = memberships.last().copied() else { break };
            after = Some(last);
            self.remove_memberships(&memberships, &HashMap::new()).await?;
        }
        let mut after = LinkId(0);
        loop {
            self.check_stop()?;
            let links =
                self.links.links_in_state(self.configuration.id, LinkState::Leaving, after, CHUNK).await?;
            let Some(last) = links.last() else { break };
            after = last.id;
            let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
            let names = links.iter().map(|link| (link.id, name_key(&link.source_dn))).collect();
            let memberships = self.links.memberships_of(&ids).await?;
            self.remove_memberships(&memberships, &names).await?;
        }
        self.remove_foreign().await
    }

    /// `names`: of members that leave altogether, so that the group is found when one comes back.
    pub(super) async fn remove_memberships(
        &mut self,
        memberships: &[Membership],
        names: &HashMap<LinkId, u64>,
    ) -> Result<(), CycleError> {
        let mut groups: BTreeMap<LinkId, Vec<LinkId>> = BTreeMap::new();
        for membership in memberships {
            groups.entry(membership.group).or_default().push(membership.member);
        }
        let groups: Vec<_> = groups.into_iter().collect();
        for chunk in groups.chunks(CHUNK as usize) {
            let ids: Vec<LinkId> = chunk.iter().map(|(group, _)| *group).collect();
            let mut links = self.links.links_by_id(&ids).await?;
            let failures = self.failures(&links).await?;
            links.retain(|link| link.state == LinkState::Active);
            self.retain_due(&mut links, &failures);
            let links: HashMap<LinkId, Link> = links.into_iter().map(|link| (link.id, link)).collect();
            let mut exported: HashMap<LinkId, _> = self.links.exported(&ids).await?.into_iter().collect();
            let members = chunk.iter().flat_map(|(_, members)| members.iter().copied()).collect();
            let target_ids = self.target_ids(members).await?;
            let mut changes = Vec::with_capacity(chunk.len());
            for (group, members) in chunk {
                let Some(link) = links.get(group) else { continue };
                let attributes = exported.remove(group).unwrap_or_default();
                let mut change = self.reference_change(link, attributes, Vec::new(), removed(members.len()));
                change.fingerprint = link.fingerprint;
                change.operation.remove_members =
                    members.iter().filter_map(|member| target_ids.get(member)).cloned().collect();
                change.remove_links.clone_from(members);
                let keys: Vec<u64> = members.iter().filter_map(|member| names.get(member)).copied().collect();
                change.names = (!keys.is_empty()).then_some(Names { keys, keep: true });
                changes.push(change);
            }
            self.carry_out(changes, PageCommit::default(), &failures).await?;
        }
        Ok(())
    }

    /// Members that nobody had linked when their group was met, and that were linked later in the cycle: groups that
    /// hold each other are adopted one after the other.
    pub(super) async fn forget_those_linked_since(&mut self) -> Result<(), CycleError> {
        let mut foreign = std::mem::take(&mut self.foreign);
        for (object_id, members) in &mut foreign {
            let ids = std::slice::from_ref(&*object_id);
            let links = self.links.links_of(self.configuration.id, ObjectKind::Group, ids).await?;
            let Some(link) = links.first() else { continue };
            let linked = self.links.link_members(link.id).await?;
            let linked: HashSet<String> = self.target_ids(linked).await?.into_values().collect();
            members.retain(|member| !linked.contains(member));
        }
        foreign.retain(|(_, members)| !members.is_empty());
        self.foreign = foreign;
        Ok(())
    }

    pub(super) async fn remove_foreign(&mut self) -> Result<(), CycleError> {
        for (object_id, members) in std::mem::take(&mut self.foreign) {
            let links = self
                .links
                .links_of(self.configuration.id, ObjectKind::Group, std::slice::from_ref(&object_id))
                .await?;
            let Some(link) = links.first() else { continue };
            let attributes = self.links.exported(&[link.id]).await?.pop().map(|(_, held)| held);
            let removed = removed(members.len());
            let mut change = self.reference_change(link, attributes.unwrap_or_default(), Vec::new(), removed);
            change.fingerprint = link.fingerprint;
            change.operation.remove_members = members;
            self.carry_out(vec![change], PageCommit::default(), &HashMap::new()).await?;
        }
        Ok(())
    }

    /// Records which groups would have lost members.
    pub(super) async fn stage_members(&mut self, limit: &str) -> Result<(), CycleError> {
        let mut after = None;
        let mut told: HashSet<LinkId> = HashSet::new();
        loop {
            let memberships = self.links.leaving_members(self.configuration.id, after, MEMBERSHIPS).await?;
            let Some(last) = memberships.last().copied() else { return Ok(()) };
            after = Some(last);
            let mut groups: BTreeMap<LinkId, usize> = BTreeMap::new();
            for membership in memberships {
                *groups.entry(membership.group).or_default() += 1;
            }
            let ids: Vec<LinkId> = groups.keys().filter(|group| told.insert(**group)).copied().collect();
            let links = self.links.links_by_id(&ids).await?;
            let records = links
                .iter()
                .filter(|link| link.state == LinkState::Active)
                .map(|link| {
                    let mut record = self.staged(link, limit);
                    record.modified = removed(groups.get(&link.id).copied().unwrap_or_default());
                    record
                })
                .collect();
            self.counts.staged += links.len() as u64;
            self.commit(PageCommit { records, ..PageCommit::default() }).await?;
        }
    }
}

pub(super) fn removed(count: usize) -> Vec<ModifiedProperty> {
    vec![ModifiedProperty {
        display_name: "members".to_owned(),
        old_value: Some(format!("{count} removed")),
        new_value: None,
    }]
}
