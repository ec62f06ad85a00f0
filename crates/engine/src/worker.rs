//! The worker: claims due cycles and runs them side by side. The cycles in the store are its queue; a signal or the
//! clock wakes it, and neither tells it what to do, so that a start, a restart and a take-over are one code path.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::{Clock, Cycle, CycleId};
use storage::{Storage, StorageError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::connectors::Connectors;
use crate::cycle::{Surroundings, run_cycle};
use crate::handle::{EngineHandle, Hint};

/// How the worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Names this process in leases.
    pub owner: String,
    /// Cycles at a time.
    pub concurrency: usize,
    /// How long a cycle belongs to a worker that does not report.
    pub lease: Duration,
    /// No other server uses this database: cycles that were running are interrupted at once.
    pub exclusive: bool,
}

/// The worker of one process.
#[derive(Debug)]
pub struct Worker {
    surroundings: Surroundings,
    options: WorkerOptions,
}

/// How long the worker sleeps at most: another instance may have queued something.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How long it waits after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

impl Worker {
    pub fn new(
        storage: Arc<dyn Storage>,
        connectors: Arc<dyn Connectors>,
        clock: Arc<dyn Clock>,
        handle: EngineHandle,
        options: WorkerOptions,
    ) -> Self {
        Self { surroundings: Surroundings { storage, connectors, clock, handle }, options }
    }

    /// Works until `shutdown`; then running cycles finish their page and are queued again.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut cycles: JoinSet<()> = JoinSet::new();
        let mut every = self.options.exclusive;
        loop {
            let wait = match self.step(&mut cycles, every, &shutdown).await {
                Ok(wait) => {
                    every = false;
                    wait
                }
                Err(error) => {
                    tracing::error!(error = %chain(&error), "the store failed; the worker tries again");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
                () = self.surroundings.handle.woken() => {}
                Some(_) = cycles.join_next(), if !cycles.is_empty() => {}
            }
        }
        while cycles.join_next().await.is_some() {}
    }

    /// Claims what is due and says how long to sleep.
    async fn step(
        &self,
        cycles: &mut JoinSet<()>,
        every: bool,
        shutdown: &CancellationToken,
    ) -> Result<Duration, StorageError> {
        let Surroundings { storage, clock, handle, .. } = &self.surroundings;
        let mut new_ids = || CycleId::new(clock.uuid());
        for cycle in storage.interrupt_expired_cycles(clock.now(), every, &mut new_ids).await? {
            tracing::warn!(configuration.id = %cycle.configuration_id, cycle.id = %cycle.id,
                "a cycle was interrupted; the next one finishes its work");
            handle.hint(Hint::Configuration(cycle.configuration_id));
        }
        let mut next = storage.next_due().await?;
        while cycles.len() < self.options.concurrency && next.is_some_and(|due| due <= clock.now()) {
            let claimed = storage.claim_cycle(&self.options.owner, clock.now(), self.options.lease).await?;
            let Some(cycle) = claimed else { break };
            cycles.spawn(supervise(
                self.surroundings.clone(),
                self.options.clone(),
                cycle,
                shutdown.child_token(),
            ));
            next = storage.next_due().await?;
        }
        let Some(due) = next else { return Ok(LONGEST_SLEEP) };
        let until = (due - clock.now()).to_std().unwrap_or_default();
        // Due but not claimed: its configuration is running or all places are taken. The end of a cycle wakes.
        Ok(if until.is_zero() { Duration::from_secs(1) } else { until.min(LONGEST_SLEEP) })
    }
}

/// Runs one cycle and keeps its lease.
async fn supervise(
    surroundings: Surroundings,
    options: WorkerOptions,
    cycle: Cycle,
    stop: CancellationToken,
) {
    let lost = stop.clone();
    let renewals = renew(&surroundings, &options, &cycle);
    tokio::pin!(renewals);
    let running = run_cycle(&surroundings, &cycle, stop);
    tokio::pin!(running);
    let result = tokio::select! {
        result = &mut running => result,
        // Another worker took the cycle over: what this one still does is done twice, so it stops at the next page.
        () = &mut renewals => {
            lost.cancel();
            running.await
        }
    };
    if let Err(error) = result {
        tracing::error!(
            configuration.id = %cycle.configuration_id, cycle.id = %cycle.id, error = %chain(&error),
            "the cycle could not go on because the store failed; it is finished when its lease is over"
        );
    }
}

/// Extends the lease until that fails for good.
async fn renew(surroundings: &Surroundings, options: &WorkerOptions, cycle: &Cycle) {
    let lease = TimeDelta::from_std(options.lease).unwrap_or(TimeDelta::seconds(60));
    loop {
        tokio::time::sleep(options.lease / 3).await;
        let until = surroundings.clock.now() + lease;
        match surroundings.storage.renew_cycle(cycle.id, &options.owner, until).await {
            Ok(()) => {}
            Err(StorageError::Stale { .. }) => {
                tracing::warn!(cycle.id = %cycle.id, "the lease of the cycle is lost");
                return;
            }
            Err(error) => {
                tracing::warn!(cycle.id = %cycle.id, error = %chain(&error), "the lease could not be renewed");
            }
        }
    }
}

/// An error with its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
