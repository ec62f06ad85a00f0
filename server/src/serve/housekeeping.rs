//! What has to be tidied up now and then.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::Clock;
use service::Service;
use storage::Storage;
use tokio_util::sync::CancellationToken;

const PERIOD: Duration = Duration::from_hours(1);

/// How long the history of mail is kept.
const MAIL: TimeDelta = TimeDelta::days(90);

/// How long alerts that are over are kept.
const ALERTS: TimeDelta = TimeDelta::days(90);

/// Records dropped in one transaction: writers wait that long at most.
const BATCH: u32 = 2_000;

/// Steps an hour towards search indexes of few pieces, some megabyte each: what comes in an hour takes far fewer.
const STEPS: usize = 2_000;

/// Drops sessions that are over and records that are old, and tidies up the search indexes, once an hour.
pub async fn run(
    service: Service,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    loop {
        match storage.expire_sessions(clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "sessions that are over were dropped"),
            Err(error) => tracing::warn!(error = %error, "sessions that are over could not be dropped"),
        }
        expire_simulations(storage.as_ref(), clock.as_ref(), &stop).await;
        expire_mail(storage.as_ref(), clock.as_ref(), &stop).await;
        expire_alerts(&service, clock.as_ref(), &stop).await;
        expire_records(&service, &stop).await;
        if let Err(error) = service.tidy_agents().await {
            tracing::warn!(error = %error, "old heartbeats could not be turned into hours");
        }
        tidy_search(storage.as_ref(), &stop).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

async fn expire_alerts(service: &Service, clock: &dyn Clock, stop: &CancellationToken) {
    let before = clock.now() - ALERTS;
    while !stop.is_cancelled() {
        match service.expire_alerts(before, BATCH).await {
            Ok(count) if count == u64::from(BATCH) => tokio::task::yield_now().await,
            Ok(_) => return,
            Err(error) => return tracing::warn!(error = %error, "old alerts could not be dropped"),
        }
    }
}

async fn expire_simulations(storage: &dyn Storage, clock: &dyn Clock, stop: &CancellationToken) {
    let before = clock.now() - engine::simulate::RETENTION;
    while !stop.is_cancelled() {
        match storage.expire_simulations(before, BATCH).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error, "old simulations could not be dropped");
                return;
            }
        }
    }
}

async fn expire_mail(storage: &dyn Storage, clock: &dyn Clock, stop: &CancellationToken) {
    let before = clock.now() - MAIL;
    while !stop.is_cancelled() {
        match storage.expire_mail(before, BATCH).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error, "old mail could not be dropped");
                return;
            }
        }
    }
}

/// Step by step, so that nobody who writes waits long. Who writes faster than this joins makes no endless loop of it.
async fn tidy_search(storage: &dyn Storage, stop: &CancellationToken) {
    for _ in 0..STEPS {
        match storage.tidy_search().await {
            Ok(true) if !stop.is_cancelled() => {}
            Ok(_) => return,
            Err(error) => return tracing::warn!(error = %error, "the search indexes could not be tidied up"),
        }
    }
}

async fn expire_records(service: &Service, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match service.expire_records(BATCH).await {
            Ok(0) => return,
            Ok(count) => tracing::debug!(count, "old provisioning records were dropped"),
            Err(error) => {
                tracing::warn!(error = %error, "old provisioning records could not be dropped");
                return;
            }
        }
    }
}
