//! What happens between cycles: people who change what is configured, restart, allow, or write into the target.

use std::sync::atomic::Ordering;

use domain::status::ConfigurationState;
use domain::{Clock as _, ObjectKind, Value};
use storage::configuration::ConfigurationChange;
use storage::directory::DirectoryWrite;
use storage::link::PageCommit;

use super::History;
use crate::check::anchor;
use crate::dice::Dice;
use crate::memory::StorageFault;
use crate::target::Fault;

const MINUTES: i64 = 60_000_000;

impl History {
    /// What people do before a cycle.
    pub(super) async fn meddle(&mut self, at: usize, dice: &mut Dice) {
        let by = [0, 3, 45, 7 * 60, 26 * 60, -30][dice.below(6)];
        self.clock.micros.fetch_add(by * MINUTES, Ordering::SeqCst);
        if dice.chance(20) {
            self.reconfigure(at, dice).await;
        }
        if dice.chance(15) {
            self.restart(at, dice).await;
        }
        if dice.chance(15) {
            self.drift(at, dice).await;
        }
        if dice.chance(20) {
            self.allow_deletes(at).await;
        }
    }

    async fn reconfigure(&mut self, at: usize, dice: &mut Dice) {
        let side = &mut self.sides[at];
        let stored = self.storage.configuration(side.configuration).await;
        let mut configuration = stored.expect("the store answers").expect("is configured");
        {
            let mut shared = side.source.lock();
            let what = dice.below(3);
            match what {
                0 => side.chosen.choose_leaving(dice),
                1 => side.chosen.matching.soft_match = !side.chosen.matching.soft_match,
                _ => {
                    side.chosen.choose_scope(&shared.model, dice);
                    shared.model.unmet_units = side.chosen.units.iter().copied().collect();
                    shared.model.unmet_groups = side.chosen.groups.iter().copied().collect();
                }
            }
            let scope = configuration.plan.scope.clone();
            configuration.plan = side.chosen.plan(&shared.model);
            if what < 2 {
                // Names as they were chosen then, not as they are now.
                configuration.plan.scope = scope;
            }
        }
        let chosen = format!("{:?}", self.sides[at].chosen);
        self.say(|| format!("configured: {chosen}"));
        let change = ConfigurationChange::PutConfiguration(configuration);
        self.storage.change_configuration(vec![change]).await.expect("configured");
    }

    /// Each restart level as `service` carries it out.
    async fn restart(&mut self, at: usize, dice: &mut Dice) {
        let id = self.sides[at].configuration;
        let level = dice.below(7);
        self.say(|| format!("restart {level}"));
        let forgets = level == 6 || level == 5;
        if forgets && self.sides[at].chosen.matching.hard_match {
            self.storage.forget_links(id).await.expect("forgotten");
            let held = self.held().await;
            self.sides[at].relinked = true;
            self.sides[at].forgotten.extend(held.into_iter().map(|(object, _)| object.anchor));
        }
        if matches!(level, 1 | 5 | 6) {
            self.ask_for_everything(at).await;
        }
        if matches!(level, 2 | 6) {
            let mut escrows = self.storage.escrows(id).await.expect("are read");
            for escrow in &mut escrows {
                (escrow.attempts, escrow.next_attempt_at) = (0, self.clock.now());
            }
            let page = PageCommit { escrows, ..PageCommit::default() };
            self.storage.commit_page(id, page).await.expect("set back");
        }
        if matches!(level, 3 | 6) {
            self.change_state(at, |state| {
                state.quarantine = None;
                state.memory.quarantine_series_began = None;
            })
            .await;
        }
        if level == 4 {
            self.allow_deletes(at).await;
        }
    }

    /// Somebody works in the target by hand.
    async fn drift(&mut self, at: usize, dice: &mut Dice) {
        let held = self.held().await;
        let (wanted, groups): (Vec<usize>, Vec<usize>) = {
            let side = &self.sides[at];
            let shared = side.source.lock();
            let there = |object: &usize| {
                let anchor = anchor(&shared.model, *object);
                side.chosen.takes(&shared.model, *object)
                    && held.iter().any(|(one, _)| one.anchor == anchor && !self.earlier.contains(one))
            };
            let all: Vec<usize> = (0..shared.model.objects.len()).filter(there).collect();
            let groups = all.iter().copied();
            let groups = groups.filter(|one| shared.model.objects[*one].kind == ObjectKind::Group).collect();
            (all, groups)
        };
        let find = |one: usize| {
            let anchor = anchor(&self.sides[at].source.lock().model, one);
            held.iter().find(|(object, _)| object.anchor == anchor).cloned()
        };
        let Some((mut object, _)) = dice.pick(&wanted).and_then(find) else { return };
        let write = match dice.below(4) {
            0 => {
                let id = object.id.clone();
                self.ledger(|ledger| ledger.gone.insert(id.clone()));
                DirectoryWrite::Delete { id }
            }
            1 => {
                let Some((group, members)) = dice.pick(&groups).and_then(find) else { return };
                let (add_members, remove_members) = match members.first() {
                    Some(member) if dice.chance(60) => (Vec::new(), vec![member.clone()]),
                    _ if group.id == object.id => return,
                    _ => (vec![object.id], Vec::new()),
                };
                DirectoryWrite::Update { object: group, add_members, remove_members }
            }
            _ => {
                "Somebody else".clone_into(&mut object.display_name);
                object.attributes.insert("displayName".to_owned(), Value::text("Somebody else"));
                DirectoryWrite::Update { object, add_members: Vec::new(), remove_members: Vec::new() }
            }
        };
        self.say(|| format!("by hand: {write:?}"));
        self.storage.write_directory(vec![write]).await.expect("written by hand");
        self.ledger(|ledger| ledger.meddled = true);
        for side in &mut self.sides {
            side.drifted = true;
        }
    }

    pub(super) async fn allow_deletes(&self, at: usize) {
        self.change_state(at, |state| state.deletes_allowed = true).await;
    }

    pub(super) async fn ask_for_everything(&self, at: usize) {
        self.change_state(at, |state| state.memory.full_requested = Some("somebody asked".to_owned())).await;
    }

    async fn change_state(&self, at: usize, change: impl FnOnce(&mut ConfigurationState) + Send + 'static) {
        let id = self.sides[at].configuration;
        self.storage.change_configuration_state(id, Box::new(change)).await.expect("the state is stored");
    }

    /// What will go wrong in the next cycle. Tells whether objects will be refused for no reason of theirs.
    pub(super) fn choose_fault(&self, at: usize, dice: &mut Dice) -> bool {
        let mut shared = self.sides[at].source.lock();
        let what = match dice.below(14) {
            0 => {
                shared.pages_left = Some(dice.below(8));
                format!("the reading breaks after {:?} pages", shared.pages_left)
            }
            1 => {
                shared.forget_cursor = true;
                "the cursor is lost".to_owned()
            }
            2 => {
                let pages = dice.below(6);
                shared.stop_after =
                    Some((pages, engine::EngineHandle::default(), self.sides[at].configuration));
                format!("stopped after {pages} pages")
            }
            3..6 => {
                let faults =
                    [Fault::LostAnswer, Fault::Away, Fault::DieBefore, Fault::DieAfter, Fault::Refused];
                let fault = (dice.below(6), faults[dice.below(5)]);
                self.ledger(|ledger| ledger.fault = Some(fault));
                format!("target: {fault:?}")
            }
            6..10 => {
                let Some(storage) = &self.storage_faults else { return false };
                let faults = [
                    StorageFault::Refused,
                    StorageFault::LostAnswer,
                    StorageFault::DieBefore,
                    StorageFault::DieAfter,
                ];
                let fault = (dice.below(40), faults[dice.below(4)]);
                storage.set(Some(fault));
                format!("store: {fault:?}")
            }
            _ => return false,
        };
        self.say(|| what);
        self.ledger(|ledger| ledger.fault.is_some_and(|(_, fault)| fault == Fault::Refused))
    }
}
