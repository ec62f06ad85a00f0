//! Simulations: what the next cycle, or a plan that is not stored yet, would do to everybody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::access::{Principal, Role};
use domain::cycle::{Counts, Phase, Trigger};
use domain::document::{ConfigurationEntry, Document};
use domain::scope::Scope;
use domain::simulation::{SimulatedObject, Simulation, SimulationState};
use domain::{Configuration, SimulationId};
use engine::Hint;
use engine::simulate::{self, Rehearsed, Stop};
use serde_json::json;
pub use storage::simulation::SimulatedFilter;
use storage::{Page, PageRequest, StorageError};

use crate::check::{self, Known};
use crate::document::export::configuration_entry;
use crate::draft::plan_of;
use crate::world::World;
use crate::{Result, Service, ServiceError};

/// Simulations that run at the same time: each reads a whole directory.
const MOST: usize = 2;

/// What to simulate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SimulationRequest {
    /// Everything is read and compared with the target, also where changes would do.
    pub full: bool,
    /// As the schedule would run it: objects whose failure waits for its next attempt are left waiting. Otherwise as
    /// *Run now* would.
    pub scheduled: bool,
    /// A plan to try instead of the stored one, in the shape of the apply document. Its domain and target are those of
    /// the configuration.
    pub plan: Option<ConfigurationEntry>,
    /// A scope to try instead of the plan's: a preview of who would come and who would go. Everything is read, whatever
    /// `full` says.
    pub scope: Option<Scope>,
}

/// The simulations of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running(Arc<Mutex<HashMap<SimulationId, Stop>>>);

impl Running {
    fn all(&self) -> MutexGuard<'_, HashMap<SimulationId, Stop>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the place of a simulation back, however it ended.
struct Place(Running, SimulationId);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.all().remove(&self.1);
    }
}

impl Service {
    /// Starts a simulation of the configuration's next cycle and gives it as it begins; [`Self::simulation`] tells how
    /// far it is. Nothing is written to the target, to the links or to the provisioning log, and no cycle waits for
    /// it. A disabled configuration may be simulated too. [`ServiceError::Busy`] while one of this configuration, or
    /// two of others, are running. The results of the configuration's earlier simulations go when this one ends.
    pub async fn start_simulation(
        &self,
        principal: &Principal,
        reference: &str,
        request: &SimulationRequest,
    ) -> Result<Simulation> {
        Self::require(principal, Role::Operator)?;
        let world = World::load(self.storage()).await?;
        let mut configuration = world.find_configuration(reference)?.clone();
        let name = configuration.name.clone();
        if request.plan.is_some() || request.scope.is_some() {
            // A plan decides whose attributes are read: whoever tries one might as well store it.
            Self::require(principal, Role::Administrator)?;
            let mut plan =
                request.plan.clone().unwrap_or_else(|| configuration_entry(&configuration, &world));
            if let Some(scope) = &request.scope {
                plan.scope = scope.clone();
            }
            let path = if request.plan.is_some() { "plan" } else { "" };
            Self::check_plan(path, &world, &configuration, &plan)?;
            configuration.plan = plan_of(&plan);
        }
        let state = self.storage().configuration_state(configuration.id).await?;
        let simulation = Simulation {
            id: SimulationId::new(self.uuid()),
            configuration_id: configuration.id,
            state: SimulationState::Running,
            requested_by: principal.name.clone(),
            draft: request.plan.is_some() || request.scope.is_some(),
            scope: request.scope.clone(),
            full: request.full || request.scope.is_some(),
            started_at: self.now(),
            ended_at: None,
            phase: Phase::Starting,
            done: 0,
            expected: state.last_total,
            counts: Counts::default(),
            tallies: Vec::new(),
            problem: None,
            notes: Vec::new(),
        };
        let (place, stop) = self.take_place(simulation.id)?;
        self.storage().begin_simulation(&simulation).await.map_err(|error| match error {
            StorageError::Duplicate { .. } => ServiceError::Busy(format!(
                "a simulation of configuration \"{name}\" is running; cancel it or wait for its end"
            )),
            other => other.into(),
        })?;
        let details = json!({
            "simulationId": simulation.id, "full": simulation.full, "draft": simulation.draft,
            "scope": simulation.scope,
        });
        let entry = self.audit_entry(principal, "configuration.simulate", &name, details);
        self.storage().append_audit(entry).await?;
        let trigger = if request.scheduled { Trigger::Schedule } else { Trigger::Manual };
        self.spawn_simulation(
            Rehearsed { simulation: simulation.clone(), configuration, trigger },
            place,
            stop,
        );
        Ok(simulation)
    }

    fn spawn_simulation(&self, rehearsed: Rehearsed, place: Place, stop: Stop) {
        let surroundings = self.surroundings();
        tokio::spawn(async move {
            simulate::run(&surroundings, rehearsed, stop).await;
            drop(place);
        });
    }

    fn take_place(&self, id: SimulationId) -> Result<(Place, Stop)> {
        let running = self.simulations_here();
        let mut all = running.all();
        if all.len() >= MOST {
            return Err(ServiceError::Busy(format!(
                "{MOST} simulations are running; cancel one or wait for its end"
            )));
        }
        let stop = Stop::new();
        all.insert(id, stop.clone());
        drop(all);
        Ok((Place(running.clone(), id), stop))
    }

    fn check_plan(
        path: &str,
        world: &World,
        configuration: &Configuration,
        plan: &ConfigurationEntry,
    ) -> Result<()> {
        let mut problems = Vec::new();
        let known = Known::of(world, &Document::default(), &[]);
        check::configuration(path, plan, Some(configuration), &known, &mut problems);
        if problems.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(problems)) }
    }

    /// Simulations of a configuration, newest first: the one that runs, if any, and the last one that ended.
    pub async fn simulations(
        &self,
        principal: &Principal,
        reference: &str,
        page: PageRequest,
    ) -> Result<Page<Simulation>> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let id = world.find_configuration(reference)?.id;
        Ok(self.storage().simulations(id, page).await?)
    }

    /// One simulation of a configuration, with its counts so far.
    pub async fn simulation(
        &self,
        principal: &Principal,
        reference: &str,
        id: SimulationId,
    ) -> Result<Simulation> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?.id;
        let found = self.storage().simulation(id).await?;
        found
            .filter(|simulation| simulation.configuration_id == configuration)
            .ok_or_else(|| ServiceError::not_found(format!("simulation {id}")))
    }

    /// What would be done, object by object, in the order in which it would be; also while the simulation runs. Steps
    /// and modified properties come with [`Self::simulated_object`].
    pub async fn simulated_objects(
        &self,
        principal: &Principal,
        reference: &str,
        id: SimulationId,
        filter: &SimulatedFilter,
        page: PageRequest,
    ) -> Result<Page<SimulatedObject>> {
        self.simulation(principal, reference, id).await?;
        Ok(self.storage().simulated_objects(id, filter, page).await?)
    }

    /// One simulated object with its steps and modified properties, by its number.
    pub async fn simulated_object(
        &self,
        principal: &Principal,
        reference: &str,
        id: SimulationId,
        number: i64,
    ) -> Result<SimulatedObject> {
        self.simulation(principal, reference, id).await?;
        let found = self.storage().simulated_object(id, number).await?;
        found.ok_or_else(|| ServiceError::not_found(format!("object {number} in simulation {id}")))
    }

    /// Stops a running simulation after the page under way. What it has found stays until the next one ends.
    pub async fn cancel_simulation(
        &self,
        principal: &Principal,
        reference: &str,
        id: SimulationId,
    ) -> Result<()> {
        Self::require(principal, Role::Operator)?;
        let simulation = self.simulation(principal, reference, id).await?;
        let stop = self.simulations_here().all().get(&id).cloned();
        let Some(stop) = stop.filter(|_| simulation.state == SimulationState::Running) else {
            return Err(ServiceError::Conflict(format!("simulation {id} is not running")));
        };
        stop.cancel();
        let details = json!({ "simulationId": id });
        let name = World::load(self.storage()).await?.find_configuration(reference)?.name.clone();
        let entry = self.audit_entry(principal, "configuration.cancelSimulation", &name, details);
        self.storage().append_audit(entry).await?;
        self.engine().hint(Hint::Configuration(simulation.configuration_id));
        Ok(())
    }
}
