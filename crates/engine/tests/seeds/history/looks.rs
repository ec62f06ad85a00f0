//! What is looked at after each cycle and at the end.

use std::collections::{BTreeMap, BTreeSet};

use domain::cycle::Trigger;
use domain::record::{Action, Status};
use domain::{Cycle, catalogue};
use ports::OutcomeKind;
use storage::PageRequest;
use storage::directory::DirectoryFilter;
use storage::link::LinkState;
use storage::record::RecordFilter;

use super::History;
use crate::check::{Held, View, anchor};

impl History {
    /// Runs a cycle and looks at everything that must hold after any cycle, however it went.
    pub(super) async fn cycle_and_look(
        &mut self,
        at: usize,
        eager: bool,
        faulty: bool,
        before: &BTreeSet<usize>,
    ) -> Option<String> {
        self.ledger(|ledger| (ledger.removals, ledger.members_removed) = (0, 0));
        let id = self.sides[at].configuration;
        let state = self.storage.configuration_state(id).await.expect("a state");
        let ended = self.cycle(at, eager).await;
        self.note_what_was_met(at).await;
        if let Some(problem) = self.nobody_was_removed(at, before).await {
            return Some(problem);
        }
        if let Some(problem) = self.guard_held(at, state.deletes_allowed, ended.as_ref()).await {
            return Some(problem);
        }
        if let Some(problem) = self.identities_stayed().await {
            return Some(problem);
        }
        let complete = ended.as_ref().is_some_and(|cycle| cycle.state.is_complete());
        if !complete {
            return None;
        }
        let after = self.storage.configuration_state(id).await.expect("a state");
        if after.memory.last_full_at != state.memory.last_full_at {
            self.sides[at].drifted = false;
        }
        if self.sides[at].drifted {
            return None;
        }
        let escrows = self.storage.escrows(id).await.expect("are read");
        // Who was deleted by hand and noticed only now is made again by the next cycle.
        let missed = escrows.iter().any(|escrow| escrow.code == catalogue::TARGET_NOT_FOUND.code);
        // The cycle that follows a stopped one is the schedule's.
        let eager = ended.as_ref().is_some_and(|cycle| cycle.trigger == Trigger::Manual);
        let wrong = self.differences(at, eager && !faulty && !missed).await;
        let waiting = escrows.into_iter().map(|escrow| escrow.object_id).collect();
        self.forget_forgotten(at, &waiting);
        (!wrong.is_empty()).then(|| format!("after a complete cycle: {}", wrong.join("; ")))
    }

    /// Parts of the scope that a cycle has met may be renamed and deleted from now on.
    async fn note_what_was_met(&self, at: usize) {
        let side = &self.sides[at];
        let state = self.storage.configuration_state(side.configuration).await.expect("a state");
        let stored = self.storage.configuration(side.configuration).await.expect("the store answers");
        let scope = stored.expect("is configured").plan.scope;
        let met: BTreeSet<String> = state
            .containers
            .iter()
            .chain(&state.memory.groups)
            .filter(|part| {
                scope.organizational_units.contains(&part.chosen_dn) || scope.groups.contains(&part.chosen_dn)
            })
            .map(|part| part.object_id.clone())
            .collect();
        let mut shared = side.source.lock();
        let model = &mut shared.model;
        let units = &model.units;
        model.unmet_units.retain(|unit| !met.contains(&units[*unit].id.hyphenated().to_string()));
        let objects = &model.objects;
        model.unmet_groups.retain(|group| !met.contains(&objects[*group].id.hyphenated().to_string()));
    }

    /// Who is in scope, enabled there, and well in the target.
    pub(super) async fn settled_in_scope(&self, at: usize) -> BTreeSet<usize> {
        let held = self.held().await;
        let side = &self.sides[at];
        let shared = side.source.lock();
        let model = &shared.model;
        (0..model.objects.len())
            .filter(|one| side.chosen.takes(model, *one) && model.objects[*one].enabled)
            .filter(|one| is_well(&held, &anchor(model, *one)))
            .collect()
    }

    /// Whoever was in scope and well before the round's changes, and is in scope after them, is still well: neither
    /// disabled nor removed, whatever happened to the cycle.
    async fn nobody_was_removed(&self, at: usize, before: &BTreeSet<usize>) -> Option<String> {
        let held = self.held().await;
        let side = &self.sides[at];
        let shared = side.source.lock();
        let model = &shared.model;
        let stayed =
            before.iter().filter(|one| side.chosen.takes(model, **one) && model.objects[**one].enabled);
        stayed.copied().find(|one| !is_well(&held, &anchor(model, *one))).map(|one| {
            format!("{} ({one}) was in scope all the time and was removed", model.objects[one].name)
        })
    }

    /// No more was asked to go than the guard lets go, and nothing at all when it held back.
    async fn guard_held(&self, at: usize, allowed: bool, ended: Option<&Cycle>) -> Option<String> {
        let (removals, members) = self.ledger(|ledger| (ledger.removals, ledger.members_removed));
        let guard = self.sides[at].chosen.guard;
        if allowed || !self.alone || removals + members == 0 {
            return None;
        }
        let tripped = ended.and_then(|cycle| cycle.problem.as_ref());
        if tripped.is_some_and(|problem| problem.code == catalogue::TOO_MANY_DELETES.code) {
            return Some(format!("the guard held back, and {removals} objects and {members} members went"));
        }
        if removals > guard.threshold as usize {
            return Some(format!("{removals} removals went, {} are allowed", guard.threshold));
        }
        let percent = guard.percent?;
        let id = self.sides[at].configuration;
        let mut linked = removals as u64;
        for state in [LinkState::Active, LinkState::Leaving] {
            linked += self.storage.link_count(id, state).await.expect("is counted");
        }
        (removals as u64 * 100 > u64::from(percent) * linked)
            .then(|| format!("{removals} removals went of {linked}, {percent} percent are allowed"))
    }

    async fn identities_stayed(&mut self) -> Option<String> {
        let held = self.held().await;
        let gone = self.ledger(|ledger| ledger.gone.clone());
        let known = self.anchors();
        for before in &self.earlier {
            let now = held.iter().find(|(object, _)| object.id == before.id).map(|(object, _)| object);
            let untouchable = before.attributes.contains_key("assignedRoles");
            if untouchable && now != Some(before) {
                return Some(format!("the administrator {} was changed", before.display_name));
            }
        }
        let is_earlier = |object: &str| self.earlier.iter().any(|before| before.id == object);
        let stranger =
            held.iter().find(|(object, _)| !known.contains(&object.anchor) && !is_earlier(&object.id));
        if let Some((object, _)) = stranger {
            return Some(format!("{} came from nowhere", object.display_name));
        }
        self.identities.check(&held, &known, &gone)
    }

    fn anchors(&self) -> BTreeSet<String> {
        let of = |model: &crate::model::Model| {
            (0..model.objects.len()).map(|at| anchor(model, at)).collect::<Vec<_>>()
        };
        self.sides.iter().flat_map(|side| of(&side.source.lock().model)).collect()
    }

    /// Everything in the target with its members.
    pub(super) async fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        let mut request = PageRequest::first(500);
        loop {
            let filter = DirectoryFilter::default();
            let page = self.storage.directory_objects(&filter, request).await.expect("a page");
            for object in page.items {
                let members = self.storage.directory_member_ids(&object.id).await.expect("members");
                held.push((object, members));
            }
            match page.next {
                Some(next) => request = PageRequest { limit: 500, after: Some(next) },
                None => return held,
            }
        }
    }

    pub(super) async fn differences(&self, at: usize, strict: bool) -> Vec<String> {
        let held = self.held().await;
        let side = &self.sides[at];
        let escrows = self.storage.escrows(side.configuration).await.expect("are read");
        let waiting: BTreeSet<String> = escrows.iter().map(|escrow| escrow.object_id.clone()).collect();
        let shared = side.source.lock();
        let view = View {
            model: &shared.model,
            chosen: &side.chosen,
            held: &held,
            waiting: &waiting,
            strict,
            forgotten: &side.forgotten,
            relinked: side.relinked,
            earlier: &self.earlier,
        };
        let wrong = view.differences();
        if self.tell && !wrong.is_empty() {
            for one in 0..shared.model.objects.len() {
                let takes = side.chosen.takes(&shared.model, one);
                println!("{one} {} taken {takes} {:?}", shared.model.dn(one), shared.model.objects[one]);
            }
            for (object, members) in &held {
                println!("held {} {} {:?} {members:?}", object.id, object.display_name, object.attributes);
            }
            for escrow in &escrows {
                println!("waits {} {}: {}", escrow.display_name, escrow.code, escrow.reason);
            }
        }
        wrong
    }

    /// Objects that are in scope after a complete cycle and do not wait are linked again.
    fn forget_forgotten(&mut self, at: usize, waiting: &BTreeSet<String>) {
        let side = &mut self.sides[at];
        let shared = side.source.lock();
        for one in 0..shared.model.objects.len() {
            if side.chosen.takes(&shared.model, one) && !waiting.contains(&shared.model.object_id(one)) {
                side.forgotten.remove(&anchor(&shared.model, one));
            }
        }
    }

    /// Whatever the target answered has exactly one record that says the same, and no record tells of anything else.
    pub(super) async fn records_fit(&self) -> Option<String> {
        let mut told: BTreeMap<_, Action> = BTreeMap::new();
        for side in &self.sides {
            let filter = RecordFilter {
                configuration: Some(side.configuration),
                statuses: vec![Status::Success],
                ..RecordFilter::default()
            };
            let mut request = PageRequest::first(1000);
            loop {
                let page = self.storage.records(&filter, request).await.expect("a page");
                for record in page.items {
                    if told.insert(record.change_id, record.action).is_some() {
                        return Some(format!("the change {} has two records", record.change_id));
                    }
                }
                match page.next {
                    Some(next) => request = PageRequest { limit: 1000, after: Some(next) },
                    None => break,
                }
            }
        }
        for (object, _) in self.held().await {
            let is_earlier = self.earlier.iter().any(|before| before.change_id == object.change_id);
            if !is_earlier && !told.contains_key(&object.change_id) {
                return Some(format!("{} was written last without a record", object.display_name));
            }
        }
        let (answered, unanswered, meddled) =
            self.ledger(|ledger| (ledger.answered.clone(), ledger.unanswered.clone(), ledger.meddled));
        for (change, outcome) in answered {
            let expected = match outcome {
                OutcomeKind::Created => Action::Create,
                OutcomeKind::Updated => Action::Update,
                OutcomeKind::Disabled => Action::Disable,
                OutcomeKind::Deleted => Action::Delete,
                OutcomeKind::Unchanged => Action::Other,
            };
            match told.remove(&change) {
                Some(action) if action == expected => {}
                None if meddled || unanswered.contains(&change) => {}
                other => return Some(format!("{change} was {outcome:?}, its record says {other:?}")),
            }
        }
        // Whatever was found to be as asked was not sent again. Written down, never sent and done by somebody else looks
        // as if it had been sent.
        let by_hand = |action| meddled && action == Action::Delete;
        let invented = told.into_iter().find(|(change, action)| {
            *action != Action::Other && !unanswered.contains(change) && !by_hand(*action)
        });
        invented.map(|(change, action)| format!("{change} has a record of {action}, and nothing was sent"))
    }
}

fn is_well(held: &[Held], anchor: &str) -> bool {
    held.iter().any(|(object, _)| object.anchor == anchor && object.account_enabled != Some(false))
}
