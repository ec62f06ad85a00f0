//! Hints for open pages: that a configuration, a cycle, an agent or an alert changed, by id. What changed is read from the page itself.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use engine::Hint;
use futures::StreamExt as _;
use tokio_stream::wrappers::BroadcastStream;

use super::auth::Caller;
use super::{Edge, Problem};

/// Streams that one person or token may have open. Beyond it a page simply does not move by itself.
const MOST_EACH: usize = 32;
/// Streams open at once.
const MOST: usize = 512;
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Who listens, and how often.
#[derive(Debug, Clone, Default)]
pub struct Listeners {
    open: Arc<Mutex<HashMap<String, usize>>>,
}

/// One open stream. Dropping it makes room.
#[derive(Debug)]
struct Seat {
    listeners: Listeners,
    name: String,
}

impl Listeners {
    fn sit(&self, name: &str) -> Option<Seat> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= MOST || open.get(name).is_some_and(|count| *count >= MOST_EACH) {
            return None;
        }
        *open.entry(name.to_owned()).or_default() += 1;
        Some(Seat { listeners: self.clone(), name: name.to_owned() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.listeners.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.name);
            }
        }
    }
}

/// `GET /events`.
pub async fn stream(State(edge): State<Edge>, Caller(caller): Caller) -> Response {
    let Some(seat) = edge.listeners().sit(&caller.name) else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "TooManyStreams",
            "too many pages listen at once; this one does not update by itself",
        )
        .into_response();
    };
    let hints = BroadcastStream::new(edge.service().hints()).map(move |hint| {
        let _held = &seat;
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
        Hint::Agent(agent) => format!("agent {agent}"),
        Hint::Readiness => "readiness".to_owned(),
        Hint::Alerts => "alerts".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_listener_cannot_take_every_seat() {
        let listeners = Listeners::default();
        let mut seats: Vec<_> = (0..MOST_EACH).map(|_| listeners.sit("alice").expect("seat")).collect();
        assert!(listeners.sit("alice").is_none());
        assert!(listeners.sit("bob").is_some());
        seats.pop();
        assert!(listeners.sit("alice").is_some());
        drop(seats);
        assert!(listeners.open.lock().expect("open").is_empty());
    }
}
