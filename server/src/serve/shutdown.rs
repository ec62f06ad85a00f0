//! The way out: the first signal asks everything to finish, the second one or the deadline does not wait.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Longest wait for requests and pages under way. A lease outlives it, so nothing is lost when it is over.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Cancels `stop` at the first SIGTERM or SIGINT and `abort` at the second.
pub fn listen(stop: CancellationToken, abort: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for (count, token) in [stop, abort].into_iter().enumerate() {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if count == 0 {
                tracing::info!("stopping: pages under way are finished first; a second signal does not wait");
            }
            token.cancel();
        }
    });
    Ok(())
}
