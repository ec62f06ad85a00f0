//! Hints for open pages: that a configuration or a cycle changed, by id. What changed is read from the page itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::Hint;
use futures::StreamExt as _;
use tokio::sync::Semaphore;
use tokio_stream::wrappers::BroadcastStream;

use super::auth::Caller;
use super::{Edge, Problem};

/// Streams open at once. Beyond it pages simply do not move by themselves.
const MOST: usize = 512;
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Bounds the streams of the process.
static STREAMS: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// `GET /events`.
pub async fn stream(State(edge): State<Edge>, _: Caller) -> Response {
    let Ok(permit) = Arc::clone(&STREAMS).try_acquire_owned() else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "TooManyStreams",
            "too many pages listen at once; this one does not update by itself",
        )
        .into_response();
    };
    let hints = BroadcastStream::new(edge.service().hints()).map(move |hint| {
        let _held = &permit;
        // A listener that fell behind refreshes whatever it shows.
        Ok::<_, Infallible>(Event::default().data(hint.map_or_else(|_| "everything".to_owned(), text)))
    });
    let stopped = edge.stop().clone().cancelled_owned();
    Sse::new(hints.take_until(stopped)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn text(hint: Hint) -> String {
    match hint {
        Hint::Configuration(configuration) => format!("configuration {configuration}"),
        Hint::Cycle(configuration, cycle) => format!("cycle {configuration} {cycle}"),
    }
}
