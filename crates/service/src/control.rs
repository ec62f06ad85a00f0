//! What an operator does with a configuration: run, pause, start, restart, clear quarantine, allow deletes.

use domain::access::{Principal, Role};
use domain::audit::LONGEST_REASON;
use domain::cycle::Trigger;
use domain::status::ConfigurationState;
use domain::{Configuration, CycleId};
use engine::Hint;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::link::PageCommit;

use crate::view::ConfigurationView;
use crate::world::World;
use crate::{Result, Service, ServiceError};

domain::words!(
    /// What a restart forgets: the words of Graph's synchronizationJobRestartCriteria.
    ResetScope {
        None = "None",
        /// Failures that wait: every failing object is tried again at once.
        Escrows = "Escrows",
        /// Where the directory's changes are: the next cycle reads everything.
        Watermark = "Watermark",
        QuarantineState = "QuarantineState",
        /// All but `ForceDeletes`.
        Full = "Full",
        /// The next cycle may go over the accidental-delete threshold.
        ForceDeletes = "ForceDeletes",
        /// Which source object became which target object: found again by the anchors.
        ConnectorDataStore = "ConnectorDataStore",
    }
);

/// The body of a restart, as Graph takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RestartCriteria {
    /// Words separated by commas; absent: escrows, watermark and quarantine, as the portal's Restart sync does.
    pub reset_scope: Option<String>,
    /// Why, for the audit log. Ours, not Graph's.
    pub reason: Option<String>,
}

impl Service {
    /// All configurations with their states, by name.
    pub async fn configurations(&self, principal: &Principal) -> Result<Vec<ConfigurationView>> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let mut views = Vec::with_capacity(world.configurations.len());
        for configuration in &world.configurations {
            views.push(
                ConfigurationView::load(self.storage(), &world, configuration.clone(), self.now()).await?,
            );
        }
        Ok(views)
    }

    /// A configuration by id or by name.
    pub async fn configuration(&self, principal: &Principal, reference: &str) -> Result<ConfigurationView> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?.clone();
        ConfigurationView::load(self.storage(), &world, configuration, self.now()).await
    }

    /// Queues a cycle that is due now and gives its id. `full` reads the whole directory and compares it with what
    /// the target really holds.
    pub async fn run(&self, principal: &Principal, reference: &str, full: bool) -> Result<CycleId> {
        Self::require(principal, Role::Operator)?;
        let configuration = self.operable(reference).await?;
        if self.storage().configuration_state(configuration.id).await?.paused {
            return Err(ServiceError::Conflict(format!(
                "configuration \"{}\" is paused; start it first",
                configuration.name
            )));
        }
        if full {
            let by = principal.name.clone();
            self.change_state(&configuration, move |state| {
                state.memory.full_requested = Some(format!("{by} asked for it"));
            })
            .await?;
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
            lift_quarantine(state);
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
        let reason = reason_of(criteria.reason.as_deref())?;
        let configuration = self.operable(reference).await?;
        let resets = |scope| scopes.contains(&scope) || scopes.contains(&ResetScope::Full);
        if scopes.contains(&ResetScope::ForceDeletes) {
            Self::require(principal, Role::Administrator)?;
        }
        if resets(ResetScope::ConnectorDataStore) {
            if self.storage().running_cycle(configuration.id).await?.is_some() {
                return Err(ServiceError::Conflict(format!(
                    "a cycle of configuration \"{}\" is running; pause the configuration, then restart it",
                    configuration.name
                )));
            }
            self.storage().forget_links(configuration.id).await?;
        }
        if resets(ResetScope::Watermark) || resets(ResetScope::ConnectorDataStore) {
            self.forget_watermark(&configuration, principal).await?;
        }
        if resets(ResetScope::Escrows) {
            // Not forgotten: a cycle that reads changes alone would not meet these objects again.
            let now = self.now();
            let mut escrows = self.storage().escrows(configuration.id).await?;
            for escrow in &mut escrows {
                (escrow.attempts, escrow.next_attempt_at) = (0, now);
            }
            let page = PageCommit { escrows, ..PageCommit::default() };
            self.storage().commit_page(configuration.id, page).await?;
        }
        let (lift, force) = (resets(ResetScope::QuarantineState), scopes.contains(&ResetScope::ForceDeletes));
        self.change_state(&configuration, move |state| {
            state.paused = false;
            if lift {
                lift_quarantine(state);
            }
            state.deletes_allowed |= force;
        })
        .await?;
        let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let details = json!({ "resetScope": words.join(",") });
        let mut entry = self.audit_entry(principal, "configuration.restart", &configuration.name, details);
        entry.reason = reason;
        self.storage().append_audit(entry).await?;
        self.enqueue_now(&configuration).await
    }

    /// Lifts the quarantine and runs the configuration from the beginning.
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
        self.forget_watermark(&configuration, principal).await?;
        self.change_state(&configuration, lift_quarantine).await?;
        self.note(principal, "configuration.clearQuarantine", &configuration, json!({})).await?;
        self.enqueue_now(&configuration).await
    }

    /// Lets one cycle go over the accidental-delete threshold, lifts the quarantine that it caused, and runs it.
    pub async fn allow_deletes(
        &self,
        principal: &Principal,
        reference: &str,
        reason: Option<&str>,
    ) -> Result<CycleId> {
        Self::require(principal, Role::Administrator)?;
        let reason = reason_of(reason)?;
        let configuration = self.operable(reference).await?;
        self.change_state(&configuration, |state| {
            state.deletes_allowed = true;
            lift_quarantine(state);
        })
        .await?;
        let mut entry =
            self.audit_entry(principal, "configuration.allowDeletes", &configuration.name, json!({}));
        entry.reason = reason;
        self.storage().append_audit(entry).await?;
        self.enqueue_now(&configuration).await
    }

    /// At the start of the process: every enabled configuration that nothing would run gets its next cycle. Covers
    /// a crash between a change and its queueing. Simulations and searches
    /// that were running are interrupted.
    pub async fn resume(&self) -> Result<()> {
        let storage = self.storage();
        storage.interrupt_simulations(self.now()).await?;
        storage.interrupt_unmatched(self.now()).await?;
        storage.interrupt_readiness().await?;
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
    pub(crate) async fn operable(&self, reference: &str) -> Result<Configuration> {
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

    /// The next cycle reads everything. A running one keeps what it has; it is noted for the one after.
    async fn forget_watermark(&self, configuration: &Configuration, principal: &Principal) -> Result<()> {
        let by = principal.name.clone();
        self.change_state(configuration, move |state| {
            state.memory.full_requested = Some(format!("{by} restarted the configuration"));
        })
        .await
    }

    async fn change_state(
        &self,
        configuration: &Configuration,
        change: impl FnOnce(&mut ConfigurationState) + Send + 'static,
    ) -> Result<()> {
        self.storage().change_configuration_state(configuration.id, Box::new(change)).await?;
        Ok(())
    }

    pub(crate) async fn note(
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

fn lift_quarantine(state: &mut ConfigurationState) {
    state.quarantine = None;
    state.successive_failures = 0;
    state.memory.quarantine_count = 0;
    state.memory.quarantine_series_began = None;
}

/// A reason as it goes into the audit log: one line, bounded.
fn reason_of(given: Option<&str>) -> Result<Option<String>> {
    let words: Vec<_> = given.unwrap_or_default().split_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() > LONGEST_REASON {
        let problem = format!("the reason is longer than {LONGEST_REASON} characters");
        return Err(ServiceError::invalid("reason", problem));
    }
    Ok((!text.is_empty()).then_some(text))
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
        scopes.push(scope);
    }
    Ok(scopes)
}
