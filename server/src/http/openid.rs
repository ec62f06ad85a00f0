//! Sign-in at an OpenID Connect provider: the way out and the way back. What belongs to a sign-in under way is with the
//! browser, sealed: nothing is kept here for who never comes back.

use app::pages::{SignIn, SignInProblem};
use axum::Router;
use axum::extract::{Extension, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::Secret;
use serde::Deserialize;
use service::SignInError;
use tower_sessions::Session;
use tower_sessions::cookie::{Cookie, SameSite};

use super::address::{Peer, client};
use super::sign_in::{Shown, judge, local, page};
use super::{Edge, sessions};

pub fn router() -> Router<Edge> {
    Router::new().route("/sign-in/openid", get(leave)).route(service::RETURN, get(arrive))
}

/// What the provider sends along (OpenID Connect Core 1.0 section 3.1.2.5 and 3.1.2.6).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    code: String,
    state: String,
    error: String,
    error_description: String,
}

/// `GET /sign-in/openid`: to the provider.
async fn leave(State(edge): State<Edge>, Query(shown): Query<Shown>, parts: Parts) -> Response {
    match edge.service().begin_sign_in(local(&shown.next)).await {
        Ok(leaving) => {
            let cookie = cookie(&edge, leaving.pending, time::Duration::minutes(10));
            (AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(&leaving.address)).into_response()
        }
        Err(error) => failed(&edge, &parts, error, shown.next).await,
    }
}

/// `GET /sign-in/openid/return`: back from the provider.
async fn arrive(
    State(edge): State<Edge>,
    session: Session,
    Extension(peer): Extension<Peer>,
    Query(sent): Query<Sent>,
    parts: Parts,
) -> Response {
    let gone = AppendHeaders([(SET_COOKIE, cookie(&edge, String::new(), time::Duration::ZERO))]);
    let pending = pending(&edge, &parts.headers).unwrap_or_default();
    let answer = if sent.error.is_empty() {
        let address = client(&peer, &parts.headers, edge.options().behind_proxy);
        match edge.service().end_sign_in(&pending, &sent.state, &Secret::new(sent.code), &address).await {
            Ok(arrived) => match sessions::begin(&edge, &session, arrived.account).await {
                Ok(()) => Redirect::to(local(&arrived.next)).into_response(),
                Err(problem) => problem.into_response(),
            },
            Err(error) => failed(&edge, &parts, error, String::new()).await,
        }
    } else {
        let said = format!("{} {}", sent.error, sent.error_description);
        let error = edge.service().refused_by_provider(&pending, &sent.state, &said).await;
        failed(&edge, &parts, error, String::new()).await
    };
    (gone, answer).into_response()
}

const fn name(https: bool) -> &'static str {
    if https { "__Host-skybridge-sign-in" } else { "skybridge-sign-in" }
}

/// The cookie of a sign-in under way, for the header. It comes back with the browser from the provider's pages, so it
/// cannot be `Strict`.
fn cookie(edge: &Edge, value: String, lasts: time::Duration) -> String {
    let https = edge.options().https;
    Cookie::build((name(https), value))
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .path("/")
        .max_age(lasts)
        .build()
        .to_string()
}

fn pending(edge: &Edge, headers: &HeaderMap) -> Option<String> {
    let name = name(edge.options().https);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(Cookie::split_parse).flatten();
    cookies.into_iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

async fn failed(edge: &Edge, parts: &Parts, error: SignInError, next: String) -> Response {
    let (status, problem) = judge(error, SignInProblem::Refused);
    page(edge, parts, status, SignIn { problem: Some(problem), next, ..SignIn::default() }).await
}
