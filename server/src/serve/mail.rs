//! Has people told of what happened, and the queue of messages sent.

use std::time::Duration;

use service::{Hint, Patience, Service};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use crate::http;

/// From one look at the states to the next. Most of them find nothing to tell.
const PERIOD: Duration = Duration::from_secs(10);

/// Runs until `stop`. A conversation that is under way then is finished by the next start.
pub async fn run(service: Service, stop: CancellationToken) {
    if let Err(error) = service.resume_mail().await {
        tracing::warn!(error = http::chain(&error), "mail that was being sent could not be queued again");
    }
    let mut hints = service.hints();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = turn(&service) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
            () = changed(&mut hints) => {}
        }
    }
}

/// Until something about a configuration changes, or too much happened to keep count.
async fn changed(hints: &mut broadcast::Receiver<Hint>) {
    loop {
        match hints.recv().await {
            Ok(Hint::Configuration(_)) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

async fn turn(service: &Service) {
    if let Err(error) = service.tell().await {
        tracing::warn!(error = http::chain(&error), "what happened could not be looked at for mail");
    }
    if let Err(error) = service.deliver_mail(Patience::default()).await {
        tracing::warn!(error = http::chain(&error), "mail could not be sent");
    }
}
