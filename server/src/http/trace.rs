//! One log line a request that failed, one at debug level for the others, and the counters of both.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::request_id::RequestId;
use tracing::Instrument as _;

use super::Edge;

pub async fn request(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    // The path may hold a one-time token: the route's pattern is logged, never the path.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let span = tracing::info_span!("request", request.id = id, http.method = %method, http.route = route);
    let response = next.run(request).instrument(span.clone()).await;
    let elapsed = began.elapsed();
    let status = response.status();
    edge.metrics().request(status, elapsed);
    let duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(http.status = status.as_u16(), duration_ms, "answered");
        } else {
            tracing::debug!(http.status = status.as_u16(), duration_ms, "answered");
        }
    });
    response
}
