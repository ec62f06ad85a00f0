//! Who asks: known from a bearer token or from a session, and put into the request for everything behind.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Principal;
use tower_sessions::Session;

use super::address::{Peer, client};
use super::sessions;
use super::{Edge, Problem};

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Puts the [`Principal`] into the request. A wrong token is refused at once; nobody at all is for the handlers to
/// judge.
pub async fn identify(
    State(edge): State<Edge>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let known = if let Some(token) = bearer(request.headers()) {
        match edge.service().authenticate_token(token).await {
            Ok(Some(principal)) => Ok(Some(principal)),
            Ok(None) => Err(Problem::unauthenticated()),
            Err(error) => Err(error.into()),
        }
    } else {
        sessions::principal(&edge, &session).await
    };
    match known {
        Ok(principal) => {
            if let Some(principal) = principal {
                let from = request
                    .extensions()
                    .get::<Peer>()
                    .map(|peer| client(peer, request.headers(), edge.options().behind_proxy));
                request.extensions_mut().insert(Principal { from, ..principal });
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whoever calls the API.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Principal>().cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}
