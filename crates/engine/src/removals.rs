//! What left the source, the scope or a group. Nothing is sent before everything is counted and the guard agreed.

mod members;
mod objects;
mod one;
mod reasons;

use std::collections::HashMap;

use domain::configuration::OutOfScope;
use domain::cycle::Phase;
use domain::record::Identity;
use domain::{LinkId, ObjectKind};
use storage::link::{Escrow, Link, LinkState, PageCommit};

use crate::guard::{FEW_MEMBERSHIPS, FEW_OBJECTS, Removals, tripped};
use crate::run::{CycleError, Run, source_identity};

/// Links looked at together.
const CHUNK: u32 = 500;

/// Ids looked at together.
const IDS: u32 = 10_000;

/// A kind with more links than this and not one object read is a reading that went wrong, not a company that left.
const SUSPICIOUS: u64 = 10;

impl Run {
    /// Carries out what is decided to go, unless that is too much to be meant.
    pub(crate) async fn carry_out_removals(&mut self) -> Result<(), CycleError> {
        let id = self.configuration.id;
        let ignored = self.configuration.plan.out_of_scope == OutOfScope::Ignore;
        self.forget_those_linked_since().await?;
        if self.nothing_waits() && self.foreign.is_empty() {
            return self.write_mark().await;
        }
        let leaving = self.links.link_count(id, LinkState::Leaving).await?;
        let foreign: u64 = self.foreign.iter().map(|(_, members)| members.len() as u64).sum();
        let memberships = self.links.leaving_member_count(id).await? + foreign;
        if leaving == 0 && memberships == 0 {
            return self.write_mark().await;
        }
        self.enter(Phase::Removals).await?;
        let objects = if ignored { 0 } else { leaving };
        let removals = self.weigh(objects, memberships, foreign).await?;
        let limit = tripped(&self.configuration.plan.accidental_deletes, removals);
        if let Some(limit) = limit.filter(|_| !self.state.deletes_allowed) {
            self.stage(&limit, ignored).await?;
            return Err(CycleError::TooManyDeletes { limit });
        }
        self.remove_members().await?;
        self.write_mark().await?;
        if ignored {
            return Ok(());
        }
        // Groups first: a member's deletion would otherwise meet a group that is about to go.
        for groups in [true, false] {
            let mut after = LinkId(0);
            loop {
                self.check_stop()?;
                let links = self.links.links_in_state(id, LinkState::Leaving, after, CHUNK).await?;
                let Some(last) = links.last() else { break };
                after = last.id;
                let mut chunk: Vec<Link> =
                    links.into_iter().filter(|link| (link.kind == ObjectKind::Group) == groups).collect();
                let failures = self.failures(&chunk).await?;
                self.retain_due(&mut chunk, &failures);
                let changes = self.removal_changes(&chunk).await?;
                self.carry_out(changes, PageCommit::default(), &failures).await?;
            }
        }
        Ok(())
    }

    /// Removals beside what they are removed from. That is counted, which walks all of it, only where a share of it is
    /// a limit that these removals can pass: one member less must not cost the more the larger the directory is.
    async fn weigh(&self, objects: u64, memberships: u64, foreign: u64) -> Result<Removals, CycleError> {
        let id = self.configuration.id;
        let by_share = self.configuration.plan.accidental_deletes.percent.is_some();
        let mut removals = Removals { objects, memberships, ..Removals::default() };
        if by_share && objects > 0 || objects > FEW_OBJECTS {
            removals.linked = self.links.link_count(id, LinkState::Active).await?
                + self.links.link_count(id, LinkState::Leaving).await?;
        }
        if by_share && memberships > FEW_MEMBERSHIPS {
            removals.members = self.links.membership_count(id).await? + foreign;
        }
        Ok(removals)
    }

    async fn write_mark(&mut self) -> Result<(), CycleError> {
        if let Some(mark) = self.mark_to_write.take() {
            self.links.put_cursor(self.configuration.id, Some(mark)).await?;
        }
        Ok(())
    }

    /// Earlier failures of linked objects, by object id.
    async fn failures(&self, links: &[Link]) -> Result<HashMap<String, Escrow>, CycleError> {
        let mut failures = HashMap::new();
        for kind in ObjectKind::ALL {
            let of_kind = links.iter().filter(|link| link.kind == *kind);
            let ids: Vec<String> = of_kind.map(|link| link.object_id.clone()).collect();
            if !ids.is_empty() {
                let escrows = self.links.escrows_of(self.configuration.id, *kind, &ids).await?;
                failures.extend(escrows.into_iter().map(|escrow| (escrow.object_id.clone(), escrow)));
            }
        }
        Ok(failures)
    }

    /// Leaves out whose last attempt failed and whose next one is not due.
    fn retain_due(&self, links: &mut Vec<Link>, failures: &HashMap<String, Escrow>) {
        let now = self.clock.now();
        let waits =
            |link: &Link| failures.get(&link.object_id).is_some_and(|escrow| escrow.next_attempt_at > now);
        if !self.eager {
            links.retain(|link| !waits(link));
        }
    }

    /// Decides about what a complete reading did not meet.
    pub(crate) async fn mark_unmet(&mut self) -> Result<(), CycleError> {
        let suspicious = self.suspicious_kinds().await?;
        let mut after = LinkId(0);
        loop {
            let links = self.links.active_after(self.configuration.id, after, IDS).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = *last;
            let unmet: Vec<LinkId> = links
                .into_iter()
                .filter(|link| !self.met_links.contains(*link) && !self.resolver.has_seen(*link))
                .collect();
            for unmet in unmet.chunks(CHUNK as usize * 4) {
                let mut page = PageCommit::default();
                for link in self.links.links_by_id(unmet).await? {
                    if !suspicious.contains(&link.kind) {
                        self.put_leaving(&mut page, &link);
                    }
                }
                if !page.leaving.is_empty() {
                    self.commit(page).await?;
                }
            }
        }
    }

    /// Takes objects of which suspiciously nothing was read as still there: neither they nor what refers to them goes.
    pub(crate) async fn keep_suspicious(&mut self) -> Result<(), CycleError> {
        let suspicious = self.suspicious_kinds().await?;
        if suspicious.is_empty() {
            return Ok(());
        }
        let mut after = LinkId(0);
        loop {
            let links = self.links.links_after(self.configuration.id, after, CHUNK * 4).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = last.id;
            for link in links {
                if link.state == LinkState::Active && suspicious.contains(&link.kind) {
                    self.resolver.keep(&link.source_dn, link.id);
                }
            }
        }
    }

    /// Kinds of which nothing was read although much is linked; where there is one, also those of which only a little is
    /// linked.
    async fn suspicious_kinds(&mut self) -> Result<Vec<ObjectKind>, CycleError> {
        let mut suspicious = Vec::new();
        if self.state.deletes_allowed {
            return Ok(suspicious);
        }
        let mut missing = self.links.link_counts(self.configuration.id).await?;
        missing.retain(|(kind, count)| *count > 0 && self.met.get(kind).is_none_or(|met| *met == 0));
        if missing.iter().any(|(_, count)| *count > SUSPICIOUS) {
            for (kind, count) in missing {
                let kinds = kind.plural();
                self.note(format!(
                    "The directory gave no {kinds} at all although {count} are linked. No {kinds} were removed; \
                     if they are really gone, choose Allow deletes."
                ));
                suspicious.push(kind);
            }
        }
        Ok(suspicious)
    }

    /// Records what the guard held back.
    async fn stage(&mut self, limit: &str, ignored: bool) -> Result<(), CycleError> {
        let mut after = LinkId(0);
        loop {
            if ignored {
                break;
            }
            let links =
                self.links.links_in_state(self.configuration.id, LinkState::Leaving, after, CHUNK).await?;
            let Some(last) = links.last() else { break };
            after = last.id;
            let records = links.iter().map(|link| self.staged(link, limit)).collect();
            self.counts.staged += links.len() as u64;
            self.commit(PageCommit { records, ..PageCommit::default() }).await?;
        }
        self.stage_members(limit).await
    }

    fn staged(&self, link: &Link, limit: &str) -> domain::ProvisioningRecord {
        let source = source_identity(&link.object_id, &link.display_name, &link.source_dn);
        let target = Identity {
            id: link.target_id.clone(),
            display_name: link.display_name.clone(),
            name: link.display_name.clone(),
        };
        self.records.staged(link.kind, source, target, limit)
    }

    /// Failures of objects that a complete reading did not meet.
    pub(crate) async fn drop_stale_escrows(&self) -> Result<(), CycleError> {
        let stale: Vec<_> = self
            .links
            .escrows(self.configuration.id)
            .await?
            .into_iter()
            .filter(|escrow| !self.failed_here.contains(&(escrow.kind, escrow.object_id.clone())))
            .map(|escrow| (escrow.kind, escrow.object_id))
            .collect();
        if !stale.is_empty() {
            self.links.clear_escrows(self.configuration.id, &stale).await?;
        }
        Ok(())
    }
}
