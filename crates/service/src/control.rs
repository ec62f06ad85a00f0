//! What an operator does with a configuration: run, pause, start, restart, clear quarantine, allow deletes.

use domain::access::{Principal, Role};
use domain::cycle::Trigger;
use domain::status::ConfigurationState;
use domain::{Configuration, CycleId};
use engine::Hint;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::view::ConfigurationView;
use crate::world::World;
use crate::{Result, Service, ServiceError};

domain::words!(
    /// What a restart forgets: the words of Graph's synchronizationJobRestartCriteria.
    ResetScope {
        None = "None",
        /// Failures that wait: every failing object is tried again at once.
        Escrows = "Escrows",
        /// Where the last cycle was. This version reads the whole directory in every cycle anyway.
        Watermark = "Watermark",
        QuarantineState = "QuarantineState",
        /// All of the above.
        Full = "Full",
        /// The next cycle may go over the accidental-delete threshold.
        ForceDeletes = "ForceDeletes",
        ConnectorDataStore = "ConnectorDataStore",
    }
);

/// The body of a restart, as Graph takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RestartCriteria {
    /// Words separated by commas; absent: escrows, watermark and quarantine, as the portal's Restart sync does.
    pub reset_scope: Option<String>,
}

impl Service {
    /// All configurations with their states, by name.
    pub async fn configurations(&self, principal: &Principal) -> Result<Vec<ConfigurationView>> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let mut views = Vec::with_capacity(world.configurations.len());
        for configuration in &world.configurations {
            views.push(ConfigurationView::load(self.storage(), &world, configuration.clone()).await?);
        }
        Ok(views)
    }

    /// A configuration by id or by name.
    pub async fn configuration(&self, principal: &Principal, reference: &str) -> Result<ConfigurationView> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?.clone();
        ConfigurationView::load(self.storage(), &world, configuration).await
    }

    /// Queues a cycle that is due now and gives its id. `full` asks for the whole directory, which every cycle of
    /// this version reads.
    pub async fn run(&self, principal: &Principal, reference: &str, full: bool) -> Result<CycleId> {
        Self::require(principal, Role::Operator)?;
        let configuration = self.operable(reference).await?;
        if self.storage().configuration_state(configuration.id).await?.paused {
            return Err(ServiceError::Conflict(format!(
                "configuration \"{}\" is paused; start it first",
                configuration.name
            )));
        }
        self.note(principal, "configuration.run", &configuration, json!({ "full": full })).await?;
        self.enqueue_now(&configuration).await
    }

    /// Ends a pause and a quarantine and runs the configuration.
    pub async fn start(&self, principal: &Principal, reference: &str) -> Result<CycleId> {
        Self::require(principal, Role::Operator)?;
        let configuration = self.operable(reference).await?;
        self.change_state(&configuration, |state| {
            state.paused = false;
            state.quarantine = None;
            state.successive_failures = 0;
        })
        .await?;
        self.note(principal, "configuration.start", &configuration, json!({})).await?;
        self.enqueue_now(&configuration).await
    }

    /// Stops the running cycle after its page and runs none until somebody starts the configuration again.
    pub async fn pause(&self, principal: &Principal, reference: &str) -> Result<()> {
        Self::require(principal, Role::Operator)?;
        let configuration = self.operable(reference).await?;
        self.change_state(&configuration, |state| state.paused = true).await?;
        self.storage().drop_queued_cycles(configuration.id).await?;
        if self.storage().running_cycle(configuration.id).await?.is_some() {
            self.engine().request_stop(configuration.id);
        }
        self.note(principal, "configuration.pause", &configuration, json!({})).await?;
        self.engine().hint(Hint::Configuration(configuration.id));
        Ok(())
    }

    /// Forgets what the criteria name and runs the configuration.
    pub async fn restart(
        &self,
        principal: &Principal,
        reference: &str,
        criteria: &RestartCriteria,
    ) -> Result<CycleId> {
        Self::require(principal, Role::Operator)?;
        let scopes = reset_scopes(criteria)?;
        let configuration = self.operable(reference).await?;
        let resets = |scope| scopes.contains(&scope) || scopes.contains(&ResetScope::Full);
        if scopes.contains(&ResetScope::ForceDeletes) {
            Self::require(principal, Role::Administrator)?;
        }
        if resets(ResetScope::Escrows) {
            let escrows = self.storage().escrows(configuration.id).await?;
            let gone: Vec<_> = escrows.into_iter().map(|escrow| (escrow.kind, escrow.object_id)).collect();
            self.storage().clear_escrows(configuration.id, &gone).await?;
        }
        self.change_state(&configuration, |state| {
            state.paused = false;
            if resets(ResetScope::QuarantineState) {
                state.quarantine = None;
                state.successive_failures = 0;
            }
            if scopes.contains(&ResetScope::ForceDeletes) {
                state.deletes_allowed = true;
            }
        })
        .await?;
        let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let details = json!({ "resetScope": words.join(",") });
        self.note(principal, "configuration.restart", &configuration, details).await?;
        self.enqueue_now(&configuration).await
    }

    /// Lifts the quarantine and runs the configuration.
    pub async fn clear_quarantine(&self, principal: &Principal, reference: &str) -> Result<CycleId> {
        Self::require(principal, Role::Operator)?;
        let configuration = self.operable(reference).await?;
        let state = self.storage().configuration_state(configuration.id).await?;
        if state.quarantine.is_none() {
            return Err(ServiceError::Conflict(format!(
                "configuration \"{}\" is not in quarantine",
                configuration.name
            )));
        }
        self.change_state(&configuration, |state| {
            state.quarantine = None;
            state.successive_failures = 0;
        })
        .await?;
        self.note(principal, "configuration.clearQuarantine", &configuration, json!({})).await?;
        self.enqueue_now(&configuration).await
    }

    /// Lets one cycle go over the accidental-delete threshold, lifts the quarantine that it caused, and runs it.
    pub async fn allow_deletes(&self, principal: &Principal, reference: &str) -> Result<CycleId> {
        Self::require(principal, Role::Administrator)?;
        let configuration = self.operable(reference).await?;
        self.change_state(&configuration, |state| {
            state.deletes_allowed = true;
            state.quarantine = None;
            state.successive_failures = 0;
        })
        .await?;
        self.note(principal, "configuration.allowDeletes", &configuration, json!({})).await?;
        self.enqueue_now(&configuration).await
    }

    /// At the start of the process: every enabled configuration that nothing would run gets its next cycle. Covers
    /// a crash between a change and its queueing.
    pub async fn resume(&self) -> Result<()> {
        let storage = self.storage();
        for configuration in storage.configurations().await? {
            let id = configuration.id;
            if !configuration.plan.enabled
                || storage.configuration_state(id).await?.paused
                || storage.queued_cycle(id).await?.is_some()
                || storage.running_cycle(id).await?.is_some()
            {
                continue;
            }
            let last = storage.last_cycle(id).await?.and_then(|cycle| cycle.ended_at);
            let due = last.map_or(self.now(), |ended| ended + configuration.plan.schedule.duration());
            storage.enqueue_cycle(CycleId::new(self.uuid()), id, due, Trigger::Schedule).await?;
        }
        self.engine().wake();
        Ok(())
    }

    /// A configuration that may run: there and enabled.
    async fn operable(&self, reference: &str) -> Result<Configuration> {
        let configuration = World::load(self.storage()).await?.find_configuration(reference)?.clone();
        if configuration.plan.enabled {
            Ok(configuration)
        } else {
            Err(ServiceError::Conflict(format!(
                "configuration \"{}\" is disabled; enable it first",
                configuration.name
            )))
        }
    }

    async fn enqueue_now(&self, configuration: &Configuration) -> Result<CycleId> {
        let id = CycleId::new(self.uuid());
        let cycle = self.storage().enqueue_cycle(id, configuration.id, self.now(), Trigger::Manual).await?;
        self.engine().hint(Hint::Configuration(configuration.id));
        self.engine().wake();
        Ok(cycle)
    }

    async fn change_state(
        &self,
        configuration: &Configuration,
        change: impl FnOnce(&mut ConfigurationState) + Send,
    ) -> Result<()> {
        let mut state = self.storage().configuration_state(configuration.id).await?;
        change(&mut state);
        Ok(self.storage().put_configuration_state(&state).await?)
    }

    async fn note(
        &self,
        principal: &Principal,
        activity: &str,
        configuration: &Configuration,
        details: Value,
    ) -> Result<()> {
        let entry = self.audit_entry(principal, activity, &configuration.name, details);
        Ok(self.storage().append_audit(entry).await?)
    }
}

fn reset_scopes(criteria: &RestartCriteria) -> Result<Vec<ResetScope>> {
    let Some(text) = &criteria.reset_scope else {
        return Ok(vec![ResetScope::Escrows, ResetScope::Watermark, ResetScope::QuarantineState]);
    };
    let mut scopes = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let scope: ResetScope = word.parse().map_err(|error: domain::kind::UnknownWord| {
            ServiceError::invalid("resetScope", error.to_string())
        })?;
        if scope == ResetScope::ConnectorDataStore {
            let message = "this version keeps no store that could be reset apart; use Full";
            return Err(ServiceError::invalid("resetScope", message));
        }
        scopes.push(scope);
    }
    Ok(scopes)
}
