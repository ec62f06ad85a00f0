//! Has people told of what happened, and the queue of messages sent.

use std::time::Duration;

use service::{Hint, Patience, Service};
use tokio_util::sync::CancellationToken;

use super::hints::settled;
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
            () = settled(&mut hints, |hint| matches!(hint, Hint::Configuration(_))) => {}
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
