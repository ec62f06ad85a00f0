//! What left the source or the scope. Only ever reached after every kind was read to its end without an error.

use std::collections::{BTreeMap, HashMap};

use domain::configuration::OutOfScope;
use domain::record::{Identity, Status, StepKind};
use domain::value::{Attributes, Value};
use domain::{LinkId, ObjectKind};
use ports::{Operation, Verb};
use storage::link::{Link, LinkState, PageCommit};

use crate::change::{Change, modified_properties};
use crate::digest::fingerprint;
use crate::guard::{Removals, tripped};
use crate::records::step;
use crate::run::{CycleError, Run, source_identity};

/// Links looked at together.
const CHUNK: u32 = 500;

/// A kind with more links than this and not one object read is a reading that went wrong, not a company that left.
const SUSPICIOUS: u64 = 10;

impl Run {
    /// Disables or deletes what this cycle did not meet, unless that is too much to be meant.
    pub(crate) async fn remove_the_gone(&mut self) -> Result<(), CycleError> {
        if self.configuration.plan.out_of_scope == OutOfScope::Ignore {
            return Ok(());
        }
        let suspicious = self.suspicious_kinds().await?;
        let mut gone = Vec::new();
        let mut linked: u64 = 0;
        self.walk_links(|run, link| {
            if link.state == LinkState::Active {
                linked += 1;
                if !run.resolver.has_seen(link.id) && !suspicious.contains(&link.kind) {
                    gone.push(link);
                }
            }
        })
        .await?;
        let removals = Removals { objects: gone.len() as u64, linked };
        if let Some(limit) = tripped(&self.configuration.plan.accidental_deletes, removals)
            .filter(|_| !self.state.deletes_allowed)
        {
            self.stage(&gone, &limit).await?;
            return Err(CycleError::TooManyDeletes { limit });
        }
        // Groups first: a member's deletion would otherwise meet a group that is about to go.
        gone.sort_by_key(|link| (link.kind != ObjectKind::Group, link.id));
        for chunk in gone.chunks(CHUNK as usize) {
            self.check_stop()?;
            let changes = self.removal_changes(chunk).await?;
            self.carry_out(changes, PageCommit::default(), &HashMap::new()).await?;
        }
        self.drop_stale_escrows().await
    }

    /// Kinds of which nothing was read although much is linked.
    async fn suspicious_kinds(&mut self) -> Result<Vec<ObjectKind>, CycleError> {
        let mut suspicious = Vec::new();
        if self.state.deletes_allowed {
            return Ok(suspicious);
        }
        for (kind, count) in self.storage.link_counts(self.configuration.id).await? {
            let met = self.met.get(&kind).copied().unwrap_or_default();
            if count > SUSPICIOUS && met == 0 {
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

    async fn walk_links(&self, mut visit: impl FnMut(&Self, Link)) -> Result<(), CycleError> {
        let mut after = LinkId(0);
        loop {
            let links = self.storage.links_after(self.configuration.id, after, CHUNK * 4).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = last.id;
            for link in links {
                visit(self, link);
            }
        }
    }

    /// Records what the guard held back.
    async fn stage(&mut self, gone: &[Link], limit: &str) -> Result<(), CycleError> {
        for chunk in gone.chunks(CHUNK as usize) {
            let records = chunk
                .iter()
                .map(|link| {
                    let source = source_identity(&link.object_id, &link.display_name, &link.source_dn);
                    let target = Identity {
                        id: link.target_id.clone(),
                        display_name: link.display_name.clone(),
                        name: link.display_name.clone(),
                    };
                    self.records.staged(link.kind, source, target, limit)
                })
                .collect();
            self.counts.staged += chunk.len() as u64;
            self.commit(PageCommit { records, ..PageCommit::default() }).await?;
        }
        Ok(())
    }

    async fn removal_changes(&self, links: &[Link]) -> Result<Vec<Change>, CycleError> {
        let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
        let mut exported: BTreeMap<LinkId, Attributes> =
            self.storage.exported(&ids).await?.into_iter().collect();
        Ok(links
            .iter()
            .map(|link| {
                let old = exported.remove(&link.id).unwrap_or_default();
                self.removal_change(link, &old)
            })
            .collect())
    }

    fn removal_change(&self, link: &Link, old: &Attributes) -> Change {
        let schema = self.mappings.get(&link.kind).map(|mappings| mappings.schema());
        let disable =
            self.configuration.plan.out_of_scope == OutOfScope::Disable && link.kind.has_account_state();
        let state_attribute = schema.filter(|_| disable).map(|schema| schema.account_state);
        let target_name = schema
            .and_then(|schema| old.get(schema.user_name))
            .and_then(Value::as_text)
            .unwrap_or(&link.display_name)
            .to_owned();
        let mut attributes = old.clone();
        let mut changed = Vec::new();
        if let Some(name) = state_attribute {
            attributes.insert(name.to_owned(), Value::Boolean(false));
            changed.push(name.to_owned());
        }
        Change {
            fingerprint: fingerprint(&attributes, &link.anchor),
            modified: modified_properties(&changed, old, &attributes, None),
            operation: Operation {
                change_id: self.new_change_id(),
                verb: if disable { Verb::Disable } else { Verb::Delete },
                kind: link.kind,
                anchor: link.anchor.clone(),
                target_id: Some(link.target_id.clone()),
                attributes,
                changed,
                add_members: Vec::new(),
                remove_members: Vec::new(),
            },
            object_id: link.object_id.clone(),
            source_dn: link.source_dn.clone(),
            display_name: link.display_name.clone(),
            exported: None,
            link: Some(link.id),
            replaces: Vec::new(),
            add_links: Vec::new(),
            remove_links: Vec::new(),
            steps: vec![
                step(
                    "EntrySynchronizationScoping",
                    StepKind::Scoping,
                    Status::Success,
                    "A complete reading of the source did not meet the object: it was deleted or left the scope.",
                ),
                step(
                    "EntrySynchronizationMatching",
                    StepKind::Matching,
                    Status::Success,
                    format!("Linked to the target's object {}.", link.target_id),
                ),
            ],
            target_name,
        }
    }

    /// Failures of objects that are no longer there.
    async fn drop_stale_escrows(&self) -> Result<(), CycleError> {
        let stale: Vec<_> = self
            .storage
            .escrows(self.configuration.id)
            .await?
            .into_iter()
            .filter(|escrow| !self.failed_here.contains(&(escrow.kind, escrow.object_id.clone())))
            .map(|escrow| (escrow.kind, escrow.object_id))
            .collect();
        if !stale.is_empty() {
            self.storage.clear_escrows(self.configuration.id, &stale).await?;
        }
        Ok(())
    }
}
