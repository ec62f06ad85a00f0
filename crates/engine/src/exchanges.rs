//! Objects that wait for a value of somebody else: tried again once it may have come free, and helped where they wait for
//! each other. What ended well within the cycle is recorded as no failure.

use std::collections::{HashMap, HashSet};

use domain::record::{Status, StepKind};
use domain::value::{Attributes, Value};
use domain::{LinkId, ObjectKind, ProvisioningRecord};
use storage::link::{Escrow, Link, PageCommit};

use crate::change::{Change, modified_properties};
use crate::conflicts::is_conflict;
use crate::delta::MOST_RETRIES;
use crate::mapping::TargetSchema;
use crate::records::step;
use crate::run::{CycleError, Run};

const ADDRESSES: &str = "proxyAddresses";

/// Each round frees at least the next name of a chain.
const MOST_ROUNDS: usize = 8;

/// A failure that may end within the cycle.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) record: ProvisioningRecord,
    /// What a linked object shall have and only one may, in lower case.
    pub(crate) wanted: Vec<String>,
}

impl Run {
    /// Keeps a failure back that may end within this cycle, when whoever has the value gives it up. Whether it did is
    /// known at the end.
    pub(crate) fn hold_refusal_back(&mut self, object: (ObjectKind, String), refusal: Refusal) {
        self.refusals.insert(object, refusal);
    }

    /// What a linked object wants and only one may have.
    pub(crate) fn wanted_values(&self, change: &Change) -> Vec<String> {
        match self.mappings.get(&change.kind()) {
            Some(mappings) if change.link.is_some() => {
                unique_values(&change.operation.attributes, &mappings.schema())
            }
            _ => Vec::new(),
        }
    }

    /// Records the failures that were kept back and did not end.
    pub(crate) async fn record_refusals(&mut self) -> Result<(), CycleError> {
        if self.refusals.is_empty() {
            return Ok(());
        }
        if self.cycles.is_none() {
            // A simulation keeps nobody waiting; what ended was taken out already.
            return self.record_every_refusal().await;
        }
        let parked = self.parked().await?;
        let waiting: HashSet<_> = parked.into_iter().map(|escrow| (escrow.kind, escrow.object_id)).collect();
        self.refusals.retain(|object, _| waiting.contains(object));
        self.record_every_refusal().await
    }

    /// Records all that was kept back, where nothing is tried again.
    pub(crate) async fn record_every_refusal(&mut self) -> Result<(), CycleError> {
        let refusals = std::mem::take(&mut self.refusals);
        let records: Vec<_> = refusals.into_values().map(|refusal| refusal.record).collect();
        if !records.is_empty() {
            self.counts.failed += u64::try_from(records.len()).unwrap_or_default();
            self.commit(PageCommit { records, ..PageCommit::default() }).await?;
        }
        Ok(())
    }

    /// Tries objects again whose value or anchor somebody else had, after somebody gave one up or was made to.
    pub(crate) async fn retry_conflicts(&mut self) -> Result<(), CycleError> {
        if !self.freed && self.refusals.is_empty() {
            return Ok(());
        }
        let mut parked = self.parked().await?;
        if !self.freed && !self.part_rings(&parked).await? {
            return Ok(());
        }
        for _ in 0..MOST_ROUNDS {
            if parked.is_empty() {
                break;
            }
            self.check_stop()?;
            parked.truncate(MOST_RETRIES as usize);
            let before = parked.len();
            // Those that failed in this very cycle may have failed before the value came free.
            let eager = std::mem::replace(&mut self.eager, true);
            let tried = self.retry(parked).await;
            self.eager = eager;
            tried?;
            parked = self.parked().await?;
            if parked.len() >= before && !self.part_rings(&parked).await? {
                break;
            }
        }
        Ok(())
    }

    async fn parked(&self) -> Result<Vec<Escrow>, CycleError> {
        let mut parked = self.links.escrows(self.configuration.id).await?;
        parked.retain(is_conflict);
        Ok(parked)
    }

    /// Two people who exchange their user names or addresses wait for each other, and so do three in a ring. One of
    /// each ring gives its own up, for a name that nobody wants, so that the others can move on. It stays in escrow:
    /// when the process dies now, it is tried again.
    async fn part_rings(&mut self, parked: &[Escrow]) -> Result<bool, CycleError> {
        let mut parted = false;
        for kind in [ObjectKind::User] {
            let Some(schema) = self.mappings.get(&kind).map(|mappings| mappings.schema()) else { continue };
            let name = schema.user_name;
            let of_kind = parked.iter().filter(|escrow| escrow.kind == kind);
            let ids: Vec<String> = of_kind.map(|escrow| escrow.object_id.clone()).collect();
            let links = self.links.links_of(self.configuration.id, kind, &ids).await?;
            let link_ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
            let exported: HashMap<LinkId, _> = self.links.exported(&link_ids).await?.into_iter().collect();
            let mut holders: HashMap<String, usize> = HashMap::new();
            for (at, link) in links.iter().enumerate() {
                let held = exported.get(&link.id).map(|held| unique_values(held, &schema));
                holders.extend(held.unwrap_or_default().into_iter().map(|value| (value, at)));
            }
            let waits_for = |(at, link): (usize, &Link)| {
                let refusal = self.refusals.get(&(kind, link.object_id.clone()))?;
                let mut holding = refusal.wanted.iter().filter_map(|value| holders.get(value).copied());
                holding.find(|holder| *holder != at)
            };
            let next: Vec<Option<usize>> = links.iter().enumerate().map(waits_for).collect();
            for at in one_of_each_ring(&next) {
                let link = &links[at];
                let Some(old) = exported.get(&link.id) else { continue };
                let mut attributes = old.clone();
                let current = old.get(name).and_then(Value::as_text).unwrap_or_default();
                let token = self.clock.uuid().simple().to_string();
                attributes.insert(name.to_owned(), Value::Text(passing_name(current, &token)));
                let mut changed = vec![name.to_owned()];
                for address in [schema.mail, ADDRESSES] {
                    if attributes.remove(address).is_some() {
                        changed.push(address.to_owned());
                    }
                }
                let modified = modified_properties(&changed, old, &attributes, None);
                let mut change = self.reference_change(link, attributes, changed, modified);
                change.steps = vec![step(
                    "EntrySynchronizationMatching",
                    StepKind::Matching,
                    Status::Success,
                    "Objects exchange user names or addresses. This one gives its own up until the others have theirs.",
                )];
                self.carry_out(vec![change], PageCommit::default(), &HashMap::new()).await?;
                parted = true;
            }
        }
        Ok(parted)
    }
}

/// User name and addresses.
fn unique_values(attributes: &Attributes, schema: &TargetSchema) -> Vec<String> {
    [schema.user_name, schema.mail, ADDRESSES]
        .iter()
        .filter_map(|name| attributes.get(*name))
        .flat_map(Value::each)
        .filter_map(Value::as_text)
        .map(str::to_lowercase)
        .map(|value| value.strip_prefix("smtp:").map(ToOwned::to_owned).unwrap_or(value))
        .collect()
}

/// A user name that nobody has or wants, in the form of another one.
fn passing_name(current: &str, token: &str) -> String {
    let token = &token[token.len().saturating_sub(16)..];
    match current.rsplit_once('@') {
        Some((_, domain)) => format!("moving-{token}@{domain}"),
        None => format!("moving-{token}"),
    }
}

/// Of everybody who waits for a next one, one of each ring.
fn one_of_each_ring(next: &[Option<usize>]) -> Vec<usize> {
    let mut walk_of: Vec<Option<usize>> = vec![None; next.len()];
    let mut found = Vec::new();
    for start in 0..next.len() {
        let mut at = start;
        loop {
            match walk_of[at] {
                Some(walk) => {
                    // Met in this very walk: a ring. Who waits for itself waits for somebody unknown.
                    if walk == start && next[at] != Some(at) {
                        found.push(at);
                    }
                    break;
                }
                None => walk_of[at] = Some(start),
            }
            match next[at] {
                Some(following) => at = following,
                None => break,
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_ring_is_found_and_chains_are_left_alone() {
        assert!(one_of_each_ring(&[None, Some(0), Some(1)]).is_empty());
        assert_eq!(one_of_each_ring(&[Some(1), Some(0)]).len(), 1);
        assert_eq!(one_of_each_ring(&[Some(1), Some(2), Some(0), Some(0), Some(5), Some(4)]).len(), 2);
        assert!(one_of_each_ring(&[Some(0)]).is_empty());
    }

    #[test]
    fn a_passing_name_keeps_the_domain() {
        let name = passing_name("anna@example.org", "0123456789abcdef0123456789abcdef");
        assert_eq!(name, "moving-0123456789abcdef@example.org");
        assert_eq!(passing_name("anna", "0123456789abcdef"), "moving-0123456789abcdef");
    }
}
