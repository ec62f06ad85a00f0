//! What has to be tidied up now and then.

use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use storage::Storage;
use tokio_util::sync::CancellationToken;

const PERIOD: Duration = Duration::from_hours(1);

/// Drops sessions that are over, once an hour.
pub async fn run(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    loop {
        match storage.expire_sessions(clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "sessions that are over were dropped"),
            Err(error) => tracing::warn!(error = %error, "sessions that are over could not be dropped"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}
