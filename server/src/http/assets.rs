//! The portal's files. Those below `pkg/` carry the hash of their content in their path and stay in caches for ever.

use std::path::Path;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::{Edge, Problem};

/// Files, and a plain answer for addresses that nobody serves.
pub async fn serve(State(edge): State<Edge>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let request = Request::from_parts(parts, body);
    let nothing = || nothing(&edge, &asked);
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    // Only what the build names for browsers; its own notes beside it are nobody's business.
    if !readable || is_note(&path) {
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

fn is_note(path: &str) -> bool {
    let text = Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"));
    text && path != "/robots.txt"
}

/// A page for people, a problem for programs.
fn nothing(edge: &Edge, asked: &Parts) -> Response {
    let accepts = asked.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        return app::routes::not_found_page(edge.portal(), asked);
    }
    Problem::new(StatusCode::NOT_FOUND, "NotFound", "there is nothing at this address").into_response()
}
