//! The status listener: where agents report while the portal's own port is blocked to them. It answers signed statuses
//! and nothing else, on an address of its own, in plain HTTP.

mod bounded;

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use channel::signature::{Refusal, Request};
use channel::status;
use domain::agent::BeatChannel;
use service::{Service, ServiceError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::http::Problem;
use crate::http::signed;
pub use bounded::{Bounded, Peer};

/// Answers until `stop`.
pub async fn serve(listener: TcpListener, service: Service, stop: CancellationToken) -> std::io::Result<()> {
    let router = router(service).into_make_service_with_connect_info::<Peer>();
    axum::serve(Bounded::new(listener), router).with_graceful_shutdown(stop.cancelled_owned()).await
}

fn router(service: Service) -> Router {
    Router::new()
        .route(status::PATH, post(take))
        .fallback(|| std::future::ready(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(|| std::future::ready(StatusCode::NOT_FOUND))
        .layer(DefaultBodyLimit::max(status::LARGEST))
        .with_state(service)
}

async fn take(
    State(service): State<Service>,
    ConnectInfo(Peer(address)): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else { return StatusCode::NOT_FOUND.into_response() };
    match taken(&service, address, &headers, &body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => problem,
    }
}

async fn taken(
    service: &Service,
    address: SocketAddr,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Response> {
    // Strangers are told nothing.
    let nothing = |_| StatusCode::NOT_FOUND.into_response();
    let (claim, beat) = status::read(signed::header(headers), body).map_err(nothing)?;
    let request = Request { method: status::METHOD, path: status::PATH, body };
    let address = address.ip().to_string();
    let agent = signed::agent(service, &claim, &request, &address).await.map_err(|problem| {
        let stranger = [Refusal::UnknownAgent, Refusal::BadSignature, Refusal::AlteredBody];
        if stranger.iter().any(|refusal| problem.code() == refusal.code()) {
            StatusCode::NOT_FOUND.into_response()
        } else {
            problem.into_response()
        }
    })?;
    service
        .record_beat(agent.id, BeatChannel::Status, beat, &address)
        .map_err(|error: ServiceError| Problem::from(error).into_response())
}
