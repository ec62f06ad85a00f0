//! Watches over the audit log: a checkpoint outside the database whenever something was added, and a check of the whole
//! log at the start and every day.

use std::time::Duration;

use domain::access::Principal;
use service::Service;
use tokio_util::sync::CancellationToken;

use crate::http;

const PERIOD: Duration = Duration::from_mins(1);
/// Periods from one check of everything to the next.
const WHOLE: u32 = 24 * 60;

/// Runs until `stop`, and writes a last checkpoint then.
pub async fn run(service: Service, stop: CancellationToken) {
    let mut periods = 0;
    loop {
        checkpoint(&service).await;
        if periods == 0 {
            check(&service).await;
        }
        periods = (periods + 1) % WHOLE;
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
    checkpoint(&service).await;
}

/// Writes a checkpoint when something was added, and says so in the log.
pub async fn checkpoint(service: &Service) {
    match service.checkpoint_audit().await {
        Ok(None) => {}
        // In the server's own log too, which is often kept on another machine: a checkpoint that nobody here can change.
        Ok(Some(written)) => {
            tracing::info!(sequence = written.sequence, hash = written.hash, "audit log checkpoint");
        }
        Err(error) => {
            tracing::error!(error = http::chain(&error), "the audit log got no checkpoint");
        }
    }
}

async fn check(service: &Service) {
    match service.check_audit(&Principal::system()).await {
        Ok(integrity) => {
            if let Some((damage, place)) = integrity.damage {
                tracing::error!(
                    damage = damage.as_str(),
                    place,
                    "the audit log is damaged: {}",
                    damage.sentence(place)
                );
            }
        }
        Err(error) => tracing::error!(error = http::chain(&error), "the audit log could not be checked"),
    }
}
