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
    let word = |fine| if fine { "ok" } else { "failed" };
    let body = json!({
        "status": if database.is_ok() && worker { "ready" } else { "notReady" },
        "checks": {
            "database": database.as_ref().map_or_else(ToString::to_string, |()| "ok".to_owned()),
            "worker": word(worker),
        },
    });
    let status = if database.is_ok() && worker { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}
