//! The removal of one object, asked for by a person. The guard's rules hold for it as for a cycle.

use std::collections::HashMap;

use domain::configuration::OutOfScope;
use storage::link::{Link, LinkState, Membership, PageCommit, name_key};

use super::members::removed;
use crate::guard::tripped;
use crate::run::{CycleError, Run};

impl Run {
    /// Removes a linked object that is gone or out of scope, its memberships first, unless the guard objects. Nothing
    /// else that a cycle decided to remove is touched. `false`: the configuration leaves such objects alone.
    pub(crate) async fn remove_one(&mut self, link: &Link) -> Result<bool, CycleError> {
        if link.state == LinkState::Active {
            let mut page = PageCommit::default();
            self.put_leaving(&mut page, link);
            self.commit(page).await?;
        }
        if self.configuration.plan.out_of_scope == OutOfScope::Ignore {
            return Ok(false);
        }
        if let Some(limit) = self.objection(1, 0).await? {
            let records = vec![self.staged(link, &limit)];
            self.counts.staged += 1;
            self.commit(PageCommit { records, ..PageCommit::default() }).await?;
            return Ok(true);
        }
        let names = HashMap::from([(link.id, name_key(&link.source_dn))]);
        let memberships = self.links.memberships_of(&[link.id]).await?;
        self.remove_memberships(&memberships, &names).await?;
        let failures = self.failures(std::slice::from_ref(link)).await?;
        let changes = self.removal_changes(std::slice::from_ref(link)).await?;
        self.carry_out(changes, PageCommit::default(), &failures).await?;
        Ok(true)
    }

    /// Takes out of one group whoever left it.
    pub(crate) async fn remove_members_of(&mut self, group: &Link) -> Result<(), CycleError> {
        let mut leaving: Vec<Membership> =
            self.marked.iter().filter(|membership| membership.group == group.id).copied().collect();
        leaving.sort_unstable();
        let foreign: usize = self.foreign.iter().map(|(_, members)| members.len()).sum();
        let count = leaving.len() + foreign;
        if count == 0 {
            return Ok(());
        }
        if let Some(limit) = self.objection(0, count as u64).await? {
            let mut record = self.staged(group, &limit);
            record.modified = removed(count);
            self.counts.staged += 1;
            return self
                .commit(PageCommit { records: vec![record], ..PageCommit::default() })
                .await
                .map(drop);
        }
        self.remove_memberships(&leaving, &HashMap::new()).await?;
        self.remove_foreign().await
    }

    /// Why the guard holds removals back.
    async fn objection(&self, objects: u64, memberships: u64) -> Result<Option<String>, CycleError> {
        if self.state.deletes_allowed {
            return Ok(None);
        }
        let removals = self.weigh(objects, memberships, 0).await?;
        Ok(tripped(&self.configuration.plan.accidental_deletes, removals))
    }
}
