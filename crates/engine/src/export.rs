//! From planned changes to what the target answered, and from the answers to the page that is committed.
//!
//! Order of events for each batch: intents are written down, the target is called, and links, memberships, records
//! and the settled intents go into one transaction. Killed in between, the next start finds the intents and asks the
//! target what became of them. A target that lies in our own store needs none of this: `export/within_store.rs`.

mod within_store;

use std::collections::HashMap;
use std::time::Instant;

use domain::catalogue;
use ports::{Outcome, OutcomeKind, TargetError, Verb};
use storage::link::{Escrow, Intent, LinkState, LinkWrite, MemberWrite, PageCommit, name_key};

use crate::change::Change;
use crate::conflicts::may_end;
use crate::escrow::next_attempt;
use crate::exchanges::Refusal;
use crate::run::{CycleError, Run};

/// What became of a link after an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exported {
    pub(crate) object_id: String,
    pub(crate) source_dn: String,
    pub(crate) anchor: String,
    pub(crate) link: domain::LinkId,
}

/// Object id, name and anchor of a link.
type Described = (String, String, String);

/// The page's links before they have ids.
fn describe(page: &PageCommit) -> Vec<Described> {
    page.links
        .iter()
        .map(|link| (link.object_id.clone(), link.source_dn.clone(), link.anchor.clone()))
        .collect()
}

fn exported(described: Vec<Described>, links: Vec<domain::LinkId>) -> impl Iterator<Item = Exported> {
    described.into_iter().zip(links).map(|((object_id, source_dn, anchor), link)| Exported {
        object_id,
        source_dn,
        anchor,
        link,
    })
}

impl Run {
    /// Carries changes out and commits their outcomes together with what `page` already holds. Returns the links
    /// of the objects that were written. A failure of the whole target is returned after everything known is
    /// committed.
    pub(crate) async fn carry_out(
        &mut self,
        changes: Vec<Change>,
        page: PageCommit,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Exported>, CycleError> {
        if !self.dry && self.ends.target.within_store().is_some() {
            return self.carry_out_within(changes, page, escrows).await;
        }
        let mut written = Vec::with_capacity(changes.len());
        let mut page = page;
        let batch = self.target_info.batch.max(1);
        let mut rest = changes.as_slice();
        loop {
            let (head, tail) = rest.split_at(rest.len().min(batch));
            rest = tail;
            let failure = self.export_batch(head, &mut page, escrows).await?;
            let described = describe(&page);
            let links = self.commit(std::mem::take(&mut page)).await?;
            written.extend(exported(described, links));
            if let Some(error) = failure {
                return Err(error.into());
            }
            if rest.is_empty() {
                return Ok(written);
            }
        }
    }

    /// Sends one batch and puts the outcomes into the page. Returns the failure of the whole target, if any.
    async fn export_batch(
        &mut self,
        changes: &[Change],
        page: &mut PageCommit,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Option<TargetError>, CycleError> {
        if changes.is_empty() {
            return Ok(None);
        }
        let at = self.clock.now();
        let mut intents = Vec::with_capacity(changes.len());
        for change in changes {
            let payload = serde_json::to_string(change).map_err(|error| {
                CycleError::Configuration(format!("a change cannot be written down: {error}"))
            })?;
            intents.push(Intent {
                change_id: change.operation.change_id,
                cycle_id: self.cycle_id,
                payload,
                at,
            });
        }
        if !self.dry {
            self.links.add_intents(self.configuration.id, &intents).await?;
        }

        let operations: Vec<_> = changes.iter().map(|change| change.operation.clone()).collect();
        let begun = Instant::now();
        let answers = self.ends.target.export(&operations).await;
        let duration_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);

        let mut failure = None;
        for (change, answer) in changes.iter().zip(answers) {
            match answer {
                Ok(outcome) => self.put_outcome(page, change.clone(), &outcome, duration_ms),
                // The intent stays: whether this one was carried out is found out when the next cycle starts.
                Err(error) if error.is_system() => failure = failure.or(Some(error)),
                Err(error) => {
                    let error = self.explain(change, error).await?;
                    self.put_refusal(page, change, &error, duration_ms, escrows.get(&change.object_id));
                }
            }
        }
        Ok(failure)
    }

    /// Adds a success to the page.
    pub(crate) fn put_outcome(
        &mut self,
        page: &mut PageCommit,
        mut change: Change,
        outcome: &Outcome,
        duration_ms: u32,
    ) {
        let counter = match outcome.kind {
            OutcomeKind::Created => &mut self.counts.created,
            OutcomeKind::Updated => &mut self.counts.updated,
            OutcomeKind::Disabled => &mut self.counts.disabled,
            OutcomeKind::Deleted => &mut self.counts.deleted,
            OutcomeKind::Unchanged => &mut self.counts.unchanged,
        };
        *counter += 1;
        self.note_freed(&change, outcome.kind);
        if self.resolver.is_by_changes() && change.link.is_none() {
            self.note_newcomer(name_key(&change.source_dn));
        }
        page.settled.push(change.operation.change_id);
        if !change.partial {
            self.refusals.remove(&(change.kind(), change.object_id.clone()));
            page.released.push((change.kind(), change.object_id.clone()));
        }
        page.unlinked.append(&mut change.replaces);
        page.records.push(self.records.done(&mut change, outcome, duration_ms));
        if outcome.kind == OutcomeKind::Deleted {
            page.unlinked.extend(change.link);
            return;
        }
        let kind = change.kind();
        if !(change.add_links.is_empty() && change.remove_links.is_empty() && change.leaving_links.is_empty())
        {
            page.members.push(MemberWrite {
                group_object_id: change.object_id.clone(),
                add: change.add_links,
                remove: change.remove_links,
                leaving: change.leaving_links,
            });
        }
        if let Some(names) = change.names {
            page.references.push(names.write(kind, &change.object_id));
        }
        page.links.push(LinkWrite {
            kind,
            object_id: change.object_id,
            anchor: change.operation.anchor,
            source_dn: change.source_dn,
            display_name: change.display_name,
            target_id: outcome.target_id.clone(),
            state: if change.dormant || change.operation.verb == Verb::Disable {
                LinkState::Disabled
            } else {
                LinkState::Active
            },
            fingerprint: change.fingerprint,
            exported: Some(change.exported.unwrap_or(change.operation.attributes)),
        });
    }

    /// Adds a refusal to the page: a record, and the object waits for its next attempt.
    fn put_refusal(
        &mut self,
        page: &mut PageCommit,
        change: &Change,
        error: &TargetError,
        duration_ms: u32,
        earlier: Option<&Escrow>,
    ) {
        page.settled.push(change.operation.change_id);
        let record = self.records.refused(change, error, duration_ms);
        let mut escrow = self.escrow(change, error, earlier);
        let removal = matches!(change.operation.verb, Verb::Disable | Verb::Delete);
        // The target's object is gone: without its link the object is created again by the next cycle.
        if error.code().code == catalogue::TARGET_NOT_FOUND.code {
            page.unlinked.extend(change.link);
            escrow.next_attempt_at = self.clock.now();
        }
        if !(removal && error.code().code == catalogue::TARGET_NOT_FOUND.code) {
            self.failed_here.insert((change.kind(), change.object_id.clone()));
            if !removal && error.code().code != catalogue::TARGET_NOT_FOUND.code {
                self.left_behind.push(change.object_id.clone());
            }
            page.escrows.push(escrow);
        }
        if may_end(error.code().code) {
            let wanted = self.wanted_values(change);
            let object = (change.kind(), change.object_id.clone());
            self.hold_refusal_back(object, Refusal { record, wanted });
        } else {
            self.counts.failed += 1;
            page.records.push(record);
        }
    }

    fn escrow(&self, change: &Change, error: &TargetError, earlier: Option<&Escrow>) -> Escrow {
        let now = self.clock.now();
        let attempts = earlier.map_or(0, |escrow| escrow.attempts) + 1;
        Escrow {
            kind: change.kind(),
            object_id: change.object_id.clone(),
            display_name: change.display_name.clone(),
            code: error.code().code.to_owned(),
            reason: error.to_string(),
            fingerprint: change.fingerprint,
            attempts,
            first_failed_at: earlier.map_or(now, |escrow| escrow.first_failed_at),
            next_attempt_at: next_attempt(now, attempts),
        }
    }
}
