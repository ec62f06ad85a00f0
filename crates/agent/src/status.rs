//! The word over the status port, while the portal's own port cannot be reached: a signed beat in plain HTTP. What is
//! in it is no secret, and whoever alters it spoils the signature.

use channel::signature::Request;
use domain::agent::Beat;
use tokio::net::TcpStream;

use crate::portal::{PortalError, post};
use crate::run::Agent;

/// Where a status goes.
pub const PATH: &str = "/status";

/// Sends a status to `host:port`.
pub async fn tell(agent: &Agent, address: &str, beat: &Beat) -> Result<(), PortalError> {
    let unreachable = |reason: String| PortalError::Unreachable { address: address.to_owned(), reason };
    let body = serde_json::to_vec(beat).map_err(|error| unreachable(error.to_string()))?;
    let headers = agent.sign(&Request { method: "POST", path: PATH, body: &body })?;
    let connecting = tokio::time::timeout(std::time::Duration::from_secs(20), TcpStream::connect(address));
    let stream = match connecting.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unreachable(error.to_string())),
        Err(_) => return Err(PortalError::Timeout { address: address.to_owned(), seconds: 20 }),
    };
    let answer = post(Box::new(stream), address, PATH, &headers, body).await?;
    match answer.status {
        200..300 => Ok(()),
        // Whose signature is not right is a stranger there, and strangers are told nothing.
        404 => Err(PortalError::UnknownKey(answer.refusal().to_string())),
        _ => Err(answer.refusal()),
    }
}
