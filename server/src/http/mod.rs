//! The HTTP edge. From the outside in: limits and headers for everything, then who asks, then what was asked.

mod address;
pub mod api;
mod assets;
mod auth;
mod csrf;
mod edge;
mod events;
mod headers;
mod health;
mod metrics;
mod openid;
mod portal;
mod problem;
mod sessions;
mod sign_in;
pub mod signed;
mod trace;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

pub use address::{Peer, client as client_address};
pub use edge::{Edge, EdgeOptions};
pub use metrics::follow as count_cycles;
pub use problem::{Problem, chain};

/// Largest body: an `apply` document with every configuration of a large installation.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Longest answer. Streams are not held to it.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Requests answered at once; more wait.
const AT_ONCE: usize = 256;

/// Everything that the process answers over HTTP.
pub fn router(edge: Edge) -> Router {
    let request_id = HeaderName::from_static("x-request-id");
    let answers = Router::new()
        .nest(api::PREFIX, api::router(&edge))
        .merge(sign_in::router())
        .merge(portal::router(&edge))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIMEOUT))
        .layer(CompressionLayer::new().gzip(true).br(true));
    let known = answers
        .route("/events", get(events::stream))
        .fallback(assets::serve)
        .layer(from_fn_with_state(edge.clone(), auth::identify))
        .layer(sessions::layer(&edge))
        .layer(from_fn_with_state(edge.clone(), csrf::check));
    let limited = known
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::text))
        .route("/pkg/{*path}", get(assets::serve))
        .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE));
    limited
        // Agents that all come back wait at a door of their own: no page waits behind them.
        .route(::channel::message::PATH, get(crate::agents::open))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(address::note))
                .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
                .layer(from_fn_with_state(edge.clone(), trace::request))
                .layer(PropagateRequestIdLayer::new(request_id))
                .layer(from_fn_with_state(edge.clone(), headers::set))
                .layer(CatchPanicLayer::custom(problem::panicked))
                .layer(DefaultBodyLimit::max(LARGEST_BODY)),
        )
        .with_state(edge)
}
