//! Sign-in and sign-out. The pages are the portal's; what they send arrives here.

use app::pages::{SignIn, SignInProblem};
use app::routes::sign_in_page;
use axum::extract::{Extension, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use domain::Secret;
use domain::access::Principal;
use serde::Deserialize;
use service::SignInError;
use tower_sessions::Session;

use super::address::{Peer, client};
use super::{Edge, Problem, openid, sessions};

pub fn router() -> Router<Edge> {
    Router::new()
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-in/{token}", get(sign_in_with_link))
        .route("/sign-out", post(sign_out))
        .merge(openid::router())
}

/// The page, with the way to the provider where there is one.
pub async fn page(edge: &Edge, parts: &Parts, status: StatusCode, view: SignIn) -> Response {
    let provider = edge.service().provider_label().await.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "whether people sign in at a provider could not be read");
        None
    });
    sign_in_page(edge.portal(), parts, status, SignIn { provider, ..view })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    pub next: String,
}

#[derive(Debug, Deserialize)]
struct Sent {
    username: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`.
async fn show(
    State(edge): State<Edge>,
    principal: Option<Extension<Principal>>,
    Query(shown): Query<Shown>,
    parts: Parts,
) -> Response {
    if principal.is_some() {
        return Redirect::to(local(&shown.next)).into_response();
    }
    page(&edge, &parts, StatusCode::OK, SignIn { next: shown.next, ..SignIn::default() }).await
}

/// `POST /sign-in`.
async fn sign_in(
    State(edge): State<Edge>,
    session: Session,
    Extension(peer): Extension<Peer>,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let address = client(&peer, &parts.headers, edge.options().behind_proxy);
    match edge.service().sign_in(&sent.username, &Secret::new(sent.password), &address).await {
        Ok((account, _)) => match sessions::begin(&edge, &session, account).await {
            Ok(()) => Redirect::to(local(&sent.next)).into_response(),
            Err(problem) => problem.into_response(),
        },
        Err(error) => {
            let (status, problem) = judge(error, SignInProblem::Refused);
            let view =
                SignIn { username: sent.username, problem: Some(problem), next: sent.next, provider: None };
            page(&edge, &parts, status, view).await
        }
    }
}

/// `GET /sign-in/{token}`: the link that the server printed.
async fn sign_in_with_link(
    State(edge): State<Edge>,
    session: Session,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    parts: Parts,
) -> Response {
    // A browser that only looks ahead must not use the link up.
    if parts.headers.contains_key("sec-purpose") || parts.headers.contains_key("purpose") {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NotPrefetched", "open this link itself")
            .into_response();
    }
    let address = client(&peer, &parts.headers, edge.options().behind_proxy);
    match edge.service().sign_in_with_link(&token, &address).await {
        Ok((account, _)) => match sessions::begin(&edge, &session, account).await {
            Ok(()) => Redirect::to("/").into_response(),
            Err(problem) => problem.into_response(),
        },
        Err(error) => {
            let (status, problem) = judge(error, SignInProblem::LinkSpent);
            page(&edge, &parts, status, SignIn { problem: Some(problem), ..SignIn::default() }).await
        }
    }
}

/// `POST /sign-out`.
async fn sign_out(session: Session) -> Response {
    match sessions::end(&session).await {
        Ok(()) => Redirect::to("/sign-in").into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// How a refusal is answered and what the page says of it; `refused` is what a plain refusal means here.
pub fn judge(error: SignInError, refused: SignInProblem) -> (StatusCode, SignInProblem) {
    match error {
        SignInError::Refused => (StatusCode::UNAUTHORIZED, refused),
        SignInError::Throttled { seconds } => {
            (StatusCode::TOO_MANY_REQUESTS, SignInProblem::Throttled { seconds: u64::from(seconds) })
        }
        SignInError::NoRole { username, claim } => {
            (StatusCode::FORBIDDEN, SignInProblem::NoRole { username, claim })
        }
        SignInError::NameTaken { username } => (StatusCode::CONFLICT, SignInProblem::NameTaken { username }),
        SignInError::Strayed => (StatusCode::BAD_REQUEST, SignInProblem::Strayed),
        SignInError::Declined(said) => (StatusCode::UNAUTHORIZED, SignInProblem::Declined { said }),
        SignInError::Provider(_) => (StatusCode::BAD_GATEWAY, SignInProblem::Provider),
        SignInError::Service(error) => (Problem::from(error).status(), SignInProblem::Unavailable),
    }
}

/// A path of ours, or the first page: a link must not lead away from here.
pub fn local(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n'])
        && next.parse::<Uri>().is_ok_and(|uri| uri.host().is_none());
    if plain && !next.starts_with("/sign-in") { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leaves_the_portal() {
        assert_eq!(local("/logs?q=a"), "/logs?q=a");
        for away in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "javascript:alert(1)",
            "/sign-in",
        ] {
            assert_eq!(local(away), "/", "{away}");
        }
    }
}
