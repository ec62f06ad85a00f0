//! From a view to a response: one owner, one nonce, one policy a page.
//!
//! Handlers read everything before drawing starts, so a page is drawn in one piece and neither the router of leptos
//! nor its resources are needed; what leptos does here is templates and islands.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use hydration_context::SsrSharedContext;
use leptos::{
    nonce::{provide_nonce, use_nonce},
    prelude::*,
    reactive::owner::Owner,
};

use crate::{frame::Frame, shell::Shell};

/// Draws `body` inside the portal's frame.
pub fn render<V: IntoView + 'static>(
    status: StatusCode,
    frame: Frame,
    body: impl FnOnce() -> V,
) -> Response<Body> {
    let (html, nonce) = draw(move || {
        provide_context(frame.clone());
        let body = body().into_any();
        view! { <Shell frame body /> }.into_any()
    });
    let policy = policy(&nonce);
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    response
}

/// Draws a part of a page, for islands that refresh it.
pub fn fragment<V: IntoView + 'static>(frame: Frame, body: impl FnOnce() -> V) -> String {
    draw(move || {
        provide_context(frame);
        body().into_any()
    })
    .0
}

fn draw(view: impl FnOnce() -> AnyView) -> (String, String) {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let drawn = owner.with(|| {
        provide_nonce();
        let nonce = use_nonce().map(|n| n.to_string()).unwrap_or_default();
        (view().to_html(), nonce)
    });
    drop(owner);
    drawn
}

/// Scripts run only with the page's nonce, styles only from files of ours, and nobody frames the portal.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'strict-dynamic' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}
