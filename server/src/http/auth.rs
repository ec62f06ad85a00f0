//! Who asks: known from a bearer token or from a session, and put into the request for everything behind.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Principal;
use tower_sessions::Session;

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
                request.extensions_mut().insert(principal);
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

/// Leads people who are not signed in to the sign-in page and back afterwards.
pub async fn people_only(request: Request, next: Next) -> Response {
    if request.extensions().get::<Principal>().is_some() {
        return next.run(request).await;
    }
    let wanted = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // A form that was sent cannot be sent again by a link.
    let wanted = if *request.method() == Method::GET { wanted } else { "/" };
    let next: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    if wanted == "/" {
        Redirect::to("/sign-in").into_response()
    } else {
        Redirect::to(&format!("/sign-in?next={next}")).into_response()
    }
}
