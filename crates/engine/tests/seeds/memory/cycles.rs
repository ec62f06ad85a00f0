//! The queue and the history of cycles.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::cycle::{Counts, CycleState, Phase, Trigger};
use domain::{ConfigurationId, Cycle, CycleId, Time};
use storage::cycle::{CycleEnd, Progress};
use storage::{CycleStore, Page, PageRequest, Result, StorageError};

use super::unused::not_asked;
use super::{HeldCycle, MemoryStorage, World, found};

#[async_trait]
impl CycleStore for MemoryStorage {
    async fn enqueue_cycle(
        &self,
        id: CycleId,
        configuration: ConfigurationId,
        due_at: Time,
        trigger: Trigger,
    ) -> Result<CycleId> {
        self.write(|world| {
            world.configured(configuration)?;
            Ok(world.enqueue(id, configuration, due_at, trigger))
        })
        .await
    }

    async fn drop_queued_cycles(&self, configuration: ConfigurationId) -> Result<()> {
        self.write(|world| {
            world.cycles.retain(|_, held| {
                held.cycle.configuration_id != configuration || held.cycle.state != CycleState::Queued
            });
            Ok(())
        })
        .await
    }

    async fn claim_cycle(&self, owner: &str, now: Time, lease: Duration) -> Result<Option<Cycle>> {
        let until = now + TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
        let owner = owner.to_owned();
        self.write(|world| {
            let due = world.waiting().filter(|cycle| cycle.due_at <= now);
            let Some(id) = due.min_by_key(|cycle| (cycle.due_at, cycle.id)).map(|cycle| cycle.id) else {
                return Ok(None);
            };
            let states = &world.states;
            let held = world.cycles.get_mut(&id).ok_or(StorageError::Stale { what: "cycle" })?;
            (held.owner, held.until) = (owner, until);
            let cycle = &mut held.cycle;
            cycle.state = CycleState::Running;
            cycle.phase = Phase::Starting;
            cycle.started_at = Some(now);
            cycle.expected = states.get(&cycle.configuration_id).and_then(|state| state.last_total);
            Ok(Some(cycle.clone()))
        })
        .await
    }

    async fn begin_on_demand(
        &self,
        _: CycleId,
        _: ConfigurationId,
        _: &str,
        _: Time,
        _: Duration,
    ) -> Result<bool> {
        not_asked()
    }

    async fn renew_cycle(&self, id: CycleId, owner: &str, until: Time) -> Result<()> {
        let owner = owner.to_owned();
        self.write(|world| {
            let held = world.cycles.get_mut(&id);
            let held = held.filter(|held| held.cycle.state == CycleState::Running && held.owner == owner);
            held.ok_or(StorageError::Stale { what: "cycle" })?.until = until;
            Ok(())
        })
        .await
    }

    async fn progress_cycle(&self, id: CycleId, progress: Progress) -> Result<()> {
        self.write(|world| world.progress(id, progress)).await
    }

    async fn end_cycle(
        &self,
        id: CycleId,
        at: Time,
        end: CycleEnd,
        next: Option<(CycleId, Time)>,
    ) -> Result<()> {
        self.write(|world| {
            let cycle = world.running(id)?;
            (cycle.state, cycle.ended_at, cycle.phase) = (end.state, Some(at), Phase::Finishing);
            (cycle.counts, cycle.done, cycle.problem, cycle.notes) =
                (end.counts, end.done, end.problem, end.notes);
            let configuration = cycle.configuration_id;
            if let Some((next, due_at)) = next {
                world.enqueue(next, configuration, due_at, Trigger::Schedule);
            }
            Ok(())
        })
        .await
    }

    async fn interrupt_expired_cycles(
        &self,
        now: Time,
        every: bool,
        new_ids: &mut (dyn FnMut() -> CycleId + Send),
    ) -> Result<Vec<Cycle>> {
        self.write(|world| {
            let mut interrupted = Vec::new();
            for held in world.cycles.values_mut() {
                if held.cycle.state == CycleState::Running && (every || held.until <= now) {
                    (held.cycle.state, held.cycle.ended_at) = (CycleState::Interrupted, Some(now));
                    interrupted.push(held.cycle.clone());
                }
            }
            interrupted.sort_by_key(|cycle| (cycle.started_at, cycle.id));
            for cycle in &interrupted {
                world.enqueue(new_ids(), cycle.configuration_id, now, Trigger::Schedule);
            }
            Ok(interrupted)
        })
        .await
    }

    async fn cycle(&self, id: CycleId) -> Result<Option<Cycle>> {
        Ok(self.read().cycles.get(&id).map(|held| held.cycle.clone()))
    }

    async fn next_due(&self) -> Result<Option<Time>> {
        Ok(self.read().waiting().map(|cycle| cycle.due_at).min())
    }

    async fn queued_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        Ok(self.read().of(configuration).find(|cycle| cycle.state == CycleState::Queued).cloned())
    }

    async fn running_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        Ok(self.read().of(configuration).find(|cycle| cycle.state == CycleState::Running).cloned())
    }

    async fn cycles(&self, configuration: Option<ConfigurationId>, page: PageRequest) -> Result<Page<Cycle>> {
        let world = self.read();
        let mut cycles: Vec<&Cycle> = world
            .cycles
            .values()
            .map(|held| &held.cycle)
            .filter(|cycle| configuration.is_none_or(|id| cycle.configuration_id == id))
            .filter(|cycle| cycle.started_at.is_some())
            .collect();
        cycles.sort_by_key(|cycle| std::cmp::Reverse((cycle.started_at, cycle.id)));
        let skipped = page.after.as_ref().map_or(0, |after| {
            cycles.iter().position(|cycle| cycle.id.to_string() == *after).map_or(0, |at| at + 1)
        });
        let limit = page.bounded_limit();
        let rows = cycles.into_iter().skip(skipped).take(limit as usize + 1).cloned().collect();
        Ok(Page::from_rows(rows, limit, |cycle: &Cycle| cycle.id.to_string()))
    }

    async fn last_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        Ok(self.read().newest(configuration, |cycle| cycle.state != CycleState::Running))
    }

    async fn last_complete_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        Ok(self.read().newest(configuration, |cycle| cycle.state.is_complete()))
    }
}

impl World {
    fn of(&self, configuration: ConfigurationId) -> impl Iterator<Item = &Cycle> {
        self.cycles.values().map(|held| &held.cycle).filter(move |one| one.configuration_id == configuration)
    }

    fn newest(&self, configuration: ConfigurationId, wanted: impl Fn(&Cycle) -> bool) -> Option<Cycle> {
        let begun = self.of(configuration).filter(|cycle| cycle.started_at.is_some() && wanted(cycle));
        begun.max_by_key(|cycle| (cycle.started_at, cycle.id)).cloned()
    }

    /// Queued cycles whose configuration runs none.
    fn waiting(&self) -> impl Iterator<Item = &Cycle> {
        let queued = self.cycles.values().map(|held| &held.cycle);
        queued
            .filter(|cycle| cycle.state == CycleState::Queued)
            .filter(|cycle| self.of(cycle.configuration_id).all(|other| other.state != CycleState::Running))
    }

    fn running(&mut self, id: CycleId) -> Result<&mut Cycle> {
        let held = self.cycles.get_mut(&id).filter(|held| held.cycle.state == CycleState::Running);
        held.map(|held| &mut held.cycle).ok_or(StorageError::Stale { what: "cycle" })
    }

    pub(super) fn progress(&mut self, id: CycleId, progress: Progress) -> Result<()> {
        let cycle = self.running(id)?;
        (cycle.phase, cycle.done, cycle.counts) = (progress.phase, progress.done, progress.counts);
        Ok(())
    }

    pub(super) fn is_running(&self, id: CycleId) -> Result<()> {
        let held = self.cycles.get(&id);
        found(held.is_some_and(|held| held.cycle.state == CycleState::Running), "cycle")
    }

    fn enqueue(
        &mut self,
        id: CycleId,
        configuration_id: ConfigurationId,
        due_at: Time,
        trigger: Trigger,
    ) -> CycleId {
        let queued =
            self.cycles.values_mut().map(|held| &mut held.cycle).find(|cycle| {
                cycle.configuration_id == configuration_id && cycle.state == CycleState::Queued
            });
        if let Some(queued) = queued {
            queued.due_at = queued.due_at.min(due_at);
            if trigger == Trigger::Manual {
                queued.trigger = trigger;
            }
            return queued.id;
        }
        if !self.configurations.contains_key(&configuration_id) {
            return id;
        }
        let cycle = Cycle {
            id,
            configuration_id,
            state: CycleState::Queued,
            trigger,
            due_at,
            started_at: None,
            ended_at: None,
            phase: Phase::Starting,
            done: 0,
            expected: None,
            counts: Counts::default(),
            problem: None,
            notes: Vec::new(),
        };
        self.cycles.insert(id, HeldCycle { cycle, owner: String::new(), until: due_at });
        id
    }
}
