//! One history: rounds of changes and cycles with faults, then calm, then the examination.

mod acts;
mod cycles;
mod looks;
mod setup;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::{Clock, ConfigurationId, DomainId, SourceDomain, TargetSystem, Time};
use engine::{Connectors, TargetContext};
use ports::{Source, SourceError, Target, TargetError};
use storage::directory::DirectoryObject;
use storage::{DirectoryStore, Storage};
use targets::builtin::BuiltInTarget;
use tokio::sync::Notify;
use uuid::Uuid;

use super::check::Identities;
use super::chosen::Chosen;
use super::dice::Dice;
use super::memory;
use super::source::ModelSource;
use super::target::{FaultyTarget, Ledger};

#[derive(Debug)]
struct SeedClock {
    micros: AtomicI64,
    ids: AtomicI64,
    seed: u64,
}

impl Clock for SeedClock {
    fn now(&self) -> Time {
        Time::from_timestamp_micros(self.micros.fetch_add(1000, Ordering::SeqCst)).expect("a valid time")
    }

    fn uuid(&self) -> Uuid {
        let id = self.ids.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&self.seed.to_be_bytes());
        bytes[8..].copy_from_slice(&id.to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// One domain and its configuration. Several share the target.
struct Side {
    domain: DomainId,
    configuration: ConfigurationId,
    source: ModelSource,
    chosen: Chosen,
    /// The target was changed behind our back since everything was last compared.
    drifted: bool,
    /// Anchors of objects that no link leads to any more.
    forgotten: BTreeSet<String>,
    /// Links were forgotten once: who fails since then is not linked, though the target has it.
    relinked: bool,
}

/// Both ends as the engine gets them.
struct Ends {
    storage: Arc<dyn Storage>,
    clock: Arc<SeedClock>,
    sources: Vec<(DomainId, ModelSource)>,
    ledger: Arc<Mutex<Ledger>>,
    /// Whether the target's objects are written in the transaction that records them.
    within_store: bool,
    died: Arc<Notify>,
}

#[async_trait]
impl Connectors for Ends {
    async fn source(&self, domain: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        let source = self.sources.iter().find(|(id, _)| *id == domain.id);
        Ok(Arc::new(source.expect("a domain of this history").1.clone()))
    }

    async fn target(&self, _: &TargetSystem, context: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        let storage: Arc<dyn DirectoryStore> = Arc::clone(&self.storage) as _;
        let inner = BuiltInTarget::new(storage, Arc::clone(&self.clock) as _, context.configuration_id);
        Ok(Arc::new(FaultyTarget {
            inner: Arc::new(inner),
            within_store: self.within_store,
            ledger: Arc::clone(&self.ledger),
            died: Arc::clone(&self.died),
        }))
    }
}

/// One history under way.
pub struct History {
    storage: Arc<dyn Storage>,
    /// Absent where the store is a real one.
    storage_faults: Option<Arc<memory::Faults>>,
    clock: Arc<SeedClock>,
    ends: Arc<Ends>,
    died: Arc<Notify>,
    sides: Vec<Side>,
    /// What the target held before.
    earlier: Vec<DirectoryObject>,
    identities: Identities,
    /// The last cycle was not followed by another at once.
    alone: bool,
    tell: bool,
}

impl History {
    /// Plays it. Gives what is wrong, if anything.
    pub async fn play(mut self, dice: &mut Dice) -> Option<String> {
        for round in 0..2 + dice.below(4) {
            let at = dice.below(self.sides.len());
            self.say(|| format!("--- round {round}, side {at}"));
            self.meddle(at, dice).await;
            let before = self.settled_in_scope(at).await;
            for _ in 0..dice.below(8) {
                let what = self.sides[at].source.lock().model.change(dice);
                self.say(|| what);
            }
            let faulty = self.choose_fault(at, dice);
            let eager = dice.chance(60);
            if let Some(problem) = self.cycle_and_look(at, eager, faulty, &before).await {
                return Some(format!("round {round}, side {at}: {problem}"));
            }
        }
        self.calm().await
    }

    /// No more changes and no more faults: what is left to do is done by changes alone, and everything is right.
    async fn calm(&mut self) -> Option<String> {
        for round in 0..3 {
            for at in 0..self.sides.len() {
                self.say(|| format!("--- calm {round}, side {at}"));
                self.allow_deletes(at).await;
                if round > 0 && self.sides[at].drifted {
                    self.ask_for_everything(at).await;
                }
                let before = self.settled_in_scope(at).await;
                if let Some(problem) = self.cycle_and_look(at, true, false, &before).await {
                    return Some(format!("calm {round}, side {at}: {problem}"));
                }
            }
        }
        for at in 0..self.sides.len() {
            let wrong = self.differences(at, true).await;
            if !wrong.is_empty() {
                return Some(format!("after the changes, side {at}: {}", wrong.join("; ")));
            }
        }
        let writes = self.ledger(|ledger| ledger.writes);
        for at in 0..self.sides.len() {
            self.say(|| format!("--- everything, side {at}"));
            self.ask_for_everything(at).await;
            let ended = self.cycle(at, true).await;
            if !ended.as_ref().is_some_and(|cycle| cycle.state.is_complete()) {
                return Some(format!("the last cycle of side {at} did not end well: {ended:?}"));
            }
            let wrong = self.differences(at, true).await;
            if !wrong.is_empty() {
                return Some(format!("after the full cycle, side {at}: {}", wrong.join("; ")));
            }
        }
        let more = self.ledger(|ledger| ledger.writes) - writes;
        // A member that was deleted by hand and fails ever since is missed every time.
        if more > 0 && !self.ledger(|ledger| ledger.meddled) {
            return Some(format!("the full cycles had {more} things left to do"));
        }
        self.records_fit().await
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.tell {
            println!("{}", what());
        }
    }

    fn ledger<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> T {
        look(&mut self.ends.ledger.lock().expect("the ledger"))
    }
}
