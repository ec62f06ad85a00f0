//! Alive: the process answers. Ready: its parts do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Edge;

/// `GET /healthz`.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`.
pub async fn ready(State(edge): State<Edge>) -> Response {
    let database = edge.service().check_storage().await;
    let worker = edge.worker_alive() && !edge.stop().is_cancelled();
    let listener = edge.status_alive();
    let fine = database.is_ok() && worker && listener != Some(false);
    let word = |fine| if fine { "ok" } else { "failed" };
    let body = json!({
        "status": if fine { "ready" } else { "notReady" },
        "checks": {
            "database": database.as_ref().map_or_else(ToString::to_string, |()| "ok".to_owned()),
            "worker": word(worker),
            "statusListener": listener.map_or("off", word),
        },
    });
    let status = if fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
