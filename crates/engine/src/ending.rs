//! How a cycle ends: what is written down, what the configuration remembers, and when the next one is due.

use chrono::TimeDelta;
use domain::audit::AuditEntry;
use domain::catalogue;
use domain::cycle::{CycleState, Problem};
use domain::status::{ConfigurationState, Quarantine, QuarantineReason};
use domain::{Configuration, Cycle, CycleId, Time};
use storage::StorageError;
use storage::configuration::ConfigurationChange;
use storage::cycle::CycleEnd;
use storage::link::LinkState;

use crate::cycle::{Ended, Found, Surroundings};
use crate::handle::Hint;
use crate::quarantine;
use crate::run::CycleError;

/// Writes down how the cycle ended, what the configuration remembers of it, and when the next one is due.
pub(crate) async fn end(
    surroundings: &Surroundings,
    cycle: &Cycle,
    configuration: Option<Configuration>,
    ended: Ended,
) -> Result<(), StorageError> {
    let storage = &surroundings.storage;
    let now = surroundings.clock.now();
    let (state, problem) = match &ended.result {
        Ok(()) if ended.counts.failed + ended.counts.escrowed > 0 => (CycleState::EntryLevelErrors, None),
        Ok(()) => (CycleState::Succeeded, None),
        Err(CycleError::Stopped) => (CycleState::Stopped, None),
        Err(error) => (CycleState::Failed, Some(problem_of(error))),
    };
    log_end(cycle, state, &ended, problem.as_ref());
    let next = match &configuration {
        Some(configuration) => {
            let verdict = verdict(surroundings, configuration, &ended, problem.as_ref()).await?;
            let held = verdict.is_some();
            let update = Update {
                complete: state.is_complete(),
                failed: state == CycleState::Failed,
                done: ended.done,
                exporting: (ended.counts.changes() > 0).then_some(cycle.id),
                found: ended.found,
                verdict,
                now,
            };
            let memory = storage
                .change_configuration_state(configuration.id, Box::new(move |memory| update.apply(memory)))
                .await?;
            let retry_at = memory.quarantine.as_ref().filter(|_| held).and_then(|held| held.next_attempt);
            let due = retry_at.unwrap_or(if state == CycleState::Stopped {
                now
            } else {
                now + configuration.plan.schedule.duration()
            });
            // The configuration may have been changed while the cycle ran.
            let current = storage.configuration(configuration.id).await?;
            let expired = give_up(surroundings, current.as_ref(), &memory).await?;
            current
                .filter(|current| current.plan.enabled && !memory.paused && !expired)
                .map(|_| (CycleId::new(surroundings.clock.uuid()), due))
        }
        None => None,
    };
    let end = CycleEnd { state, counts: ended.counts, done: ended.done, problem, notes: ended.notes };
    storage.end_cycle(cycle.id, now, end, next).await?;
    surroundings.handle.hint(Hint::Configuration(cycle.configuration_id));
    Ok(())
}

/// Whether the configuration has to be held back, and why.
async fn verdict(
    surroundings: &Surroundings,
    configuration: &Configuration,
    ended: &Ended,
    problem: Option<&Problem>,
) -> Result<Option<(QuarantineReason, Problem)>, StorageError> {
    if let (Err(error), Some(problem)) = (&ended.result, problem) {
        let reason = match error {
            CycleError::TooManyDeletes { .. } => QuarantineReason::TooManyDeletes,
            _ if quarantine::is_hopeless(&problem.code) => QuarantineReason::EncounteredQuarantineException,
            _ => return Ok(None),
        };
        return Ok(Some((reason, problem.clone())));
    }
    let storage = &surroundings.storage;
    let failing = storage.escrow_count(configuration.id).await?;
    if failing < u64::from(configuration.plan.quarantine.minimum) {
        return Ok(None);
    }
    let linked = storage.link_count(configuration.id, LinkState::Active).await?;
    Ok(quarantine::too_many_failures(&configuration.plan.quarantine, failing, linked))
}

/// What a cycle's end changes in the memory of its configuration.
struct Update {
    complete: bool,
    failed: bool,
    done: u64,
    /// The cycle, when it changed something in the target.
    exporting: Option<CycleId>,
    found: Option<Found>,
    verdict: Option<(QuarantineReason, Problem)>,
    now: Time,
}

impl Update {
    fn apply(self, state: &mut ConfigurationState) {
        if let Some(found) = self.found {
            state.containers = found.containers;
            state.memory.groups = found.groups;
            if let Some(digest) = found.read_all {
                state.memory.first_full_at.get_or_insert(self.now);
                state.memory.last_full_at = Some(self.now);
                state.memory.plan_digest = Some(digest);
                // One that came while the cycle ran is for the next.
                if state.memory.full_requested == found.asked {
                    state.memory.full_requested = None;
                }
                state.last_total = Some(self.done);
            }
        }
        if self.complete {
            state.successive_failures = 0;
            state.deletes_allowed = false;
            if let Some(cycle) = self.exporting {
                state.memory.last_exporting = Some(cycle);
            }
        } else if self.failed {
            state.successive_failures = state.successive_failures.saturating_add(1);
        }
        let Some((reason, error)) = self.verdict else {
            if self.complete {
                state.quarantine = None;
                state.memory.quarantine_count = 0;
                state.memory.quarantine_series_began = None;
            }
            return;
        };
        let held = state.quarantine.as_ref().filter(|held| held.reason == reason);
        let began = held.map_or(self.now, |held| held.current_began);
        state.quarantine = Some(Quarantine {
            reason,
            current_began: began,
            next_attempt: Some(quarantine::next_attempt(began, self.now)),
            error,
        });
        state.memory.quarantine_count = state.memory.quarantine_count.saturating_add(1);
        state.memory.quarantine_series_began.get_or_insert(self.now);
    }
}

/// Disables a configuration that nobody took out of quarantine for weeks, as its thresholds say.
async fn give_up(
    surroundings: &Surroundings,
    configuration: Option<&Configuration>,
    state: &ConfigurationState,
) -> Result<bool, StorageError> {
    let Some(configuration) = configuration.filter(|configuration| configuration.plan.enabled) else {
        return Ok(false);
    };
    let now = surroundings.clock.now();
    let days = configuration.plan.quarantine.disable_after_days;
    let Some(began) = state.memory.quarantine_series_began.filter(|_| state.quarantine.is_some()) else {
        return Ok(false);
    };
    if now - began < TimeDelta::days(days.into()) {
        return Ok(false);
    }
    let mut disabled = configuration.clone();
    disabled.plan.enabled = false;
    disabled.updated_at = now;
    let entry = AuditEntry {
        at: now,
        actor: "system".to_owned(),
        via: "system".to_owned(),
        from: None,
        activity: "configuration.disable".to_owned(),
        subject: configuration.name.clone(),
        reason: None,
        details: serde_json::json!({ "reason": "quarantine", "days": days }),
    };
    let storage = &surroundings.storage;
    storage
        .change_configuration(vec![
            ConfigurationChange::PutConfiguration(disabled),
            ConfigurationChange::Audit(entry),
        ])
        .await?;
    tracing::warn!(configuration.id = %configuration.id, days, "the configuration was disabled after its time in quarantine");
    Ok(true)
}

pub(crate) fn problem_of(error: &CycleError) -> Problem {
    let (code, what) = match error {
        CycleError::Source(error) => (error.code(), error.to_string()),
        CycleError::Target(error) => (error.code(), error.to_string()),
        CycleError::TooManyDeletes { limit } => (&catalogue::TOO_MANY_DELETES, limit.clone()),
        CycleError::Configuration(text) => (&catalogue::INTERNAL, text.clone()),
        CycleError::Storage(_) | CycleError::Stopped => (&catalogue::INTERNAL, error.to_string()),
    };
    let mut sentence = what;
    // A sentence that begins with the name of a domain keeps it as it is written.
    let names = sentence.split(' ').next().is_some_and(|word| word.contains('.'));
    if let Some(first) = sentence.get(..1).filter(|_| !names).map(str::to_uppercase) {
        sentence.replace_range(..1, &first);
    }
    let stop = if sentence.ends_with('.') { "" } else { "." };
    Problem { code: code.code.to_owned(), message: format!("{sentence}{stop} {}", code.advice) }
}

fn log_end(cycle: &Cycle, state: CycleState, ended: &Ended, problem: Option<&Problem>) {
    let counts = &ended.counts;
    match problem {
        None => tracing::info!(
            configuration.id = %cycle.configuration_id, cycle.id = %cycle.id, cycle.state = %state,
            imported = counts.imported, created = counts.created, updated = counts.updated,
            disabled = counts.disabled, deleted = counts.deleted, failed = counts.failed,
            "cycle ended"
        ),
        Some(problem) => tracing::warn!(
            configuration.id = %cycle.configuration_id, cycle.id = %cycle.id, cycle.state = %state,
            error.code = %problem.code, error.message = %problem.message,
            "cycle failed"
        ),
    }
}
