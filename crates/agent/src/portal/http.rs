//! One request on a connection of its own.

use std::time::Duration;

use channel::signature::Refusal;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;

use super::{PortalError, Stream};

const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// What the portal answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The `Date` of the answer (RFC 9110 section 6.6.1).
    pub date: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// What a refusal of a signed request means.
    pub fn refusal(&self) -> PortalError {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        if problem["code"] == Refusal::BadSignature.code() {
            PortalError::UnknownKey(self.sentence())
        } else {
            PortalError::Refused(self.sentence())
        }
    }

    /// The sentence of a refusal (RFC 9457), or the status.
    pub fn sentence(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        ["detail", "title"]
            .iter()
            .find_map(|name| problem[name].as_str())
            .map_or_else(|| format!("it answered with status {}", self.status), str::to_owned)
    }
}

/// Sends JSON by POST. `authority`: `host:port` of whom it is for.
pub async fn post(
    stream: Box<dyn Stream>,
    authority: &str,
    path: &str,
    headers: &[(&'static str, String)],
    body: Vec<u8>,
) -> Result<Answer, PortalError> {
    let mut request = begin(Request::post(path), authority).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    exchange(stream, authority, request, body, true).await
}

/// Asks by GET.
pub async fn get(stream: Box<dyn Stream>, authority: &str, path: &str) -> Result<Answer, PortalError> {
    exchange(stream, authority, begin(Request::get(path), authority), Vec::new(), true).await
}

/// Asks by GET for what may be large, and looks at the status alone.
pub async fn status_of(stream: Box<dyn Stream>, authority: &str, path: &str) -> Result<u16, PortalError> {
    let request = begin(Request::get(path), authority);
    exchange(stream, authority, request, Vec::new(), false).await.map(|answer| answer.status)
}

fn begin(request: Builder, authority: &str) -> Builder {
    request
        .header(header::HOST, authority)
        .header(header::USER_AGENT, concat!("skybridge-agent/", env!("CARGO_PKG_VERSION")))
}

async fn exchange(
    stream: Box<dyn Stream>,
    authority: &str,
    request: Builder,
    body: Vec<u8>,
    read_body: bool,
) -> Result<Answer, PortalError> {
    let strange = |reason: String| PortalError::Strange { address: authority.to_owned(), reason };
    let request = request.body(Full::new(Bytes::from(body))).map_err(|error| strange(error.to_string()))?;
    let exchange = async {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| strange(error.to_string()))?;
        let connection = tokio::spawn(connection);
        let answer = async {
            let response = sender.send_request(request).await.map_err(|error| strange(error.to_string()))?;
            let status = response.status().as_u16();
            let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            let date = date.map(str::to_owned);
            if !read_body {
                return Ok(Answer { status, date, body: Vec::new() });
            }
            let body = Limited::new(response.into_body(), LARGEST_ANSWER);
            let body = body.collect().await.map_err(|error| strange(error.to_string()))?;
            Ok(Answer { status, date, body: body.to_bytes().to_vec() })
        }
        .await;
        connection.abort();
        answer
    };
    tokio::time::timeout(PATIENCE, exchange)
        .await
        .map_err(|_| PortalError::Timeout { address: authority.to_owned(), seconds: PATIENCE.as_secs() })?
}
