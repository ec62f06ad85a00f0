//! The portal's files. Those below `pkg/` carry the hash of their content in their path and stay in caches for ever.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::{Edge, Problem};

/// Files, and a plain answer for addresses that nobody serves.
pub async fn serve(State(edge): State<Edge>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    // Only what the build names for browsers; its own notes beside it are nobody's business.
    if !readable || path.ends_with(".txt") && path != "/robots.txt" {
        return nothing();
    }
    let files = ServeDir::new(&edge.options().site)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let answer = files.oneshot(request).await.map(|answer| answer.map(Body::new));
    let mut response = answer.unwrap_or_else(|never| match never {});
    if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::TEMPORARY_REDIRECT) {
        return nothing();
    }
    if response.status().is_success() {
        let caching = if path.starts_with("/pkg/") {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=3600"
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    }
    response
}

fn nothing() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "NotFound", "there is nothing at this address").into_response()
}
