//! Requests that agents sign instead of showing a token.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use channel::signature::{self, Claim, Refusal};
use domain::agent::Agent;
use service::Service;
use service::agents::AgentError;

use super::address::{Peer, client};
use super::api::PREFIX;
use super::{Edge, Problem};

/// The value of a header that is there once, as text.
pub fn header<'h>(headers: &'h HeaderMap) -> impl Fn(&str) -> Option<&'h str> {
    |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())?.to_str().ok()
    }
}

/// The agent that signed this request. `path` is the whole path, as it was sent.
pub async fn agent(
    service: &Service,
    claim: &Claim,
    request: &signature::Request<'_>,
    address: &str,
) -> Result<Agent, Problem> {
    service.authenticate_agent(claim, request, address).await.map_err(|error| match error {
        AgentError::Refused(refusal) => {
            tracing::warn!(agent = %claim.agent, refusal = refusal.code(), address, "an agent's request was refused");
            refused(refusal)
        }
        AgentError::Failed(error) => error.into(),
    })
}

/// What a refused agent is told.
pub fn refused(refusal: Refusal) -> Problem {
    let status = match refusal {
        Refusal::Retired | Refusal::AnotherAgent => StatusCode::FORBIDDEN,
        _ => StatusCode::UNAUTHORIZED,
    };
    Problem::new(status, refusal.code(), refusal.to_string())
}

/// Who signed a request of the API, and its body.
#[derive(Debug)]
pub struct Signed {
    pub agent: Agent,
    pub body: Bytes,
}

impl FromRequest<Edge> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let claim = signature::read(header(&parts.headers)).map_err(refused)?;
        let peer = parts.extensions.get::<Peer>().cloned().unwrap_or_else(|| Peer("unknown".to_owned()));
        let address = client(&peer, &parts.headers, edge.options().behind_proxy);
        // Below the router of the API the path is another one than was signed.
        let (method, path) = (parts.method.as_str(), format!("{PREFIX}{}", parts.uri.path()));
        let body = axum::body::to_bytes(body, channel::status::LARGEST).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BodyRefused",
                "the body could not be read or is too large",
            )
        })?;
        let signed = signature::Request { method, path: &path, body: &body };
        let agent = agent(edge.service(), &claim, &signed, &address).await?;
        Ok(Self { agent, body })
    }
}
