//! Sends one request until it is answered.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use domain::ChangeId;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client as Http, Method, StatusCode, Url};
use serde_json::Value as Json;

use super::answer::{Answer, Body};
use super::failure::Failure;
use super::settings::{ScimSettings, SettingsError};
use super::throttle::{Throttle, Ticket};
use super::timer::Timer;
use super::tls;

/// Largest answer: a page of a listing, or a group with some hundred thousand members.
const LARGEST_ANSWER: usize = 32 << 20;
/// How often one request is sent when the service fails, and when it asks to slow down.
const TRIES: u32 = 4;
const REJECTIONS: u32 = 20;
/// Forbidden writes in a row after which the token, not the object, is at fault.
const FORBIDDEN: u32 = 5;
/// Many servers close a connection after a few idle seconds; a request sent at that moment would be lost.
const IDLE: Duration = Duration::from_millis(1500);

/// One request.
#[derive(Debug)]
pub(super) struct Call {
    pub method: Method,
    pub url: Url,
    pub body: Option<String>,
    /// For the log; absent when nothing is changed.
    pub change: Option<ChangeId>,
}

impl Call {
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None, change: None }
    }

    pub fn write(method: Method, url: Url, body: Option<&Json>, change: ChangeId) -> Self {
        Self { method, url, body: body.map(Json::to_string), change: Some(change) }
    }

    /// A query whose parameters are in the body (RFC 7644 section 3.4.3).
    pub fn search(url: Url, body: &Json) -> Self {
        Self { method: Method::POST, url, body: Some(body.to_string()), change: None }
    }

    fn reads(&self) -> bool {
        self.change.is_none()
    }

    /// Whether sending it twice does no more than sending it once.
    fn repeatable(&self) -> bool {
        self.reads() || self.method != Method::POST
    }
}

#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    base: Url,
    throttle: Throttle,
    timer: Arc<dyn Timer>,
    longest_wait: Duration,
    /// The service answered 415 to `application/scim+json`.
    plain_json: AtomicBool,
    forbidden: AtomicU32,
}

impl Client {
    pub fn new(settings: &ScimSettings) -> Result<Self, SettingsError> {
        let base = settings.base()?;
        let mut headers = HeaderMap::new();
        if !settings.token.is_empty() {
            let mut value = HeaderValue::try_from(format!("Bearer {}", settings.token.expose()))
                .map_err(|_| SettingsError::Token)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        headers.insert(ACCEPT, HeaderValue::from_static("application/scim+json, application/json;q=0.9"));
        let mut builder = Http::builder()
            .default_headers(headers)
            .user_agent(concat!("Skybridge/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.timeout)
            .connect_timeout(settings.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(settings.concurrency.max(1));
        // The trust store is not read for a service that is reached without TLS.
        builder = builder.tls_backend_preconfigured(if base.scheme() == "https" {
            tls::client_config(settings.ca_pem.as_deref())?
        } else {
            tls::no_trust()?
        });
        settings.throttle.limit(settings.requests_per_second, settings.timer.now());
        let http = builder.build().map_err(|error| SettingsError::Client(causes(&error)))?;
        Ok(Self {
            http,
            base,
            throttle: settings.throttle.clone(),
            timer: Arc::clone(&settings.timer),
            longest_wait: settings.longest_wait,
            plain_json: AtomicBool::new(false),
            forbidden: AtomicU32::new(0),
        })
    }

    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The address of an endpoint below the base, with a query whose values are escaped.
    pub fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            let pairs: Vec<_> =
                query.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
            url.set_query(Some(&pairs.join("&")));
        }
        url
    }

    pub fn now(&self) -> Instant {
        self.timer.now()
    }

    /// Waits before try number `tries` + 1: full jitter below a doubling bound.
    pub async fn back_off(&self, tries: u32) {
        self.timer.sleep(self.pause(tries)).await;
    }

    fn pause(&self, tries: u32) -> Duration {
        let bound = Duration::from_millis(250 << tries.min(7));
        bound.mul_f64(self.timer.chance().clamp(0.0, 1.0)) + Duration::from_millis(20)
    }

    /// The answer of a GET that must be JSON; `None` when there is no such thing.
    pub async fn read(&self, url: Url) -> Result<Option<Json>, Failure> {
        let answer = self.send(&Call::get(url.clone())).await?;
        match (answer.status, &answer.body) {
            (StatusCode::NOT_FOUND | StatusCode::GONE, Body::Json(_) | Body::Empty) => Ok(None),
            _ => expect_json(answer, &url).map(Some),
        }
    }

    /// Sends until there is an answer that says something about this request. What the service did not take (429,
    /// 503, no connection) is sent again; what it may have done is sent again only when that does no harm.
    pub async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let began = self.timer.now();
        let (mut tries, mut rejections) = (0, 0);
        loop {
            let ticket = self.admit(began, rejections).await?;
            let sent = self.timer.now();
            let outcome = self.once(call).await;
            self.log(call, &outcome, sent);
            if let Ok(Answer { quota: Some(quota), .. }) = &outcome {
                self.throttle.told(self.timer.now(), quota.left, quota.ends_in);
            }
            drop(ticket);
            tries += 1;
            let answer = match outcome {
                Ok(answer) => answer,
                Err(failure) => {
                    let again = match &failure {
                        Failure::Unreachable(_) => true,
                        Failure::Lost(_) => call.repeatable(),
                        _ => false,
                    };
                    if !again || tries >= TRIES {
                        return Err(failure);
                    }
                    self.back_off(tries).await;
                    continue;
                }
            };
            let now = self.timer.now();
            let status = answer.status;
            match status {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    let too_fast = status == StatusCode::TOO_MANY_REQUESTS;
                    if !too_fast && answer.retry_after.is_none() {
                        if tries >= TRIES {
                            return Ok(answer);
                        }
                        self.back_off(tries).await;
                        continue;
                    }
                    rejections += 1;
                    let ends = answer.quota.filter(|quota| quota.left == 0).map(|quota| quota.ends_in);
                    let wait = answer.retry_after.or(ends).unwrap_or_else(|| self.pause(rejections + 1));
                    self.throttle.rejected(sent, now, wait, too_fast);
                    if rejections >= REJECTIONS {
                        return Err(Failure::Busy(format!(
                            "{}, {rejections} times in a row",
                            answer.reason()
                        )));
                    }
                    continue;
                }
                _ => self.throttle.accepted(now),
            }
            if status == StatusCode::UNSUPPORTED_MEDIA_TYPE
                && call.body.is_some()
                && !self.plain_json.swap(true, Ordering::Relaxed)
            {
                continue;
            }
            if status.is_server_error()
                && status != StatusCode::NOT_IMPLEMENTED
                && call.repeatable()
                && tries < TRIES
            {
                self.back_off(tries).await;
                continue;
            }
            return self.judge(call, answer);
        }
    }

    /// Sorts out the answers that concern the whole system.
    fn judge(&self, call: &Call, answer: Answer) -> Result<Answer, Failure> {
        let status = answer.status;
        if status.is_redirection() {
            let to = answer.location.as_deref().unwrap_or("an unnamed place");
            return Err(Failure::Protocol(format!(
                "{} answered {status}, a redirection to {to}, which is not followed: give the address that it leads to",
                call.url.path(),
            )));
        }
        if status == StatusCode::UNAUTHORIZED {
            return Err(Failure::Credentials(answer.reason()));
        }
        if status == StatusCode::FORBIDDEN {
            let in_a_row = self.forbidden.fetch_add(1, Ordering::Relaxed) + 1;
            // One object that may not be touched must not stop the others; a token without rights must.
            if call.reads() || !answer.is_scim() || in_a_row >= FORBIDDEN {
                return Err(Failure::Credentials(answer.reason()));
            }
            return Ok(answer);
        }
        if status.is_success() {
            if let Body::Other(words) = &answer.body {
                return Err(Failure::TooLarge(format!("{} answered {status} with {words}", call.url.path())));
            }
            if !call.reads() {
                self.forbidden.store(0, Ordering::Relaxed);
            }
        }
        Ok(answer)
    }

    /// Waits at the door.
    async fn admit(&self, began: Instant, rejections: u32) -> Result<Ticket, Failure> {
        loop {
            let now = self.timer.now();
            let wait = match self.throttle.admit(now) {
                Ok(ticket) => return Ok(ticket),
                Err(wait) => wait,
            };
            let waited = now.saturating_duration_since(began);
            if waited + wait > self.longest_wait {
                let reason = format!("the target asks to wait {} seconds more", wait.as_secs().max(1));
                return Err(if wait > self.longest_wait || rejections == 0 {
                    Failure::Closed(reason)
                } else {
                    Failure::Busy(reason)
                });
            }
            self.timer.sleep(wait).await;
        }
    }

    async fn once(&self, call: &Call) -> Result<Answer, Failure> {
        let mut request = self.http.request(call.method.clone(), call.url.clone());
        if let Some(body) = &call.body {
            let kind = if self.plain_json.load(Ordering::Relaxed) {
                "application/json"
            } else {
                "application/scim+json"
            };
            request = request.header(CONTENT_TYPE, kind).body(body.clone());
        }
        let mut response = request.send().await.map_err(|error| self.failure(&error))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if bytes.len() + chunk.len() > LARGEST_ANSWER {
                let megabytes = LARGEST_ANSWER >> 20;
                return Err(Failure::Protocol(format!(
                    "{} answered with more than {megabytes} MB",
                    call.url.path()
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer::new(response.status(), response.headers(), &bytes, self.timer.utc()))
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        let host = self.base.host_str().unwrap_or_default();
        if error.is_connect() {
            let cause = causes(error);
            if cause.contains("certificate") {
                return Failure::Untrusted(format!(
                    "{host} is not trusted ({cause}): give the target the certificate authority's file, or correct the host name in its address",
                ));
            }
            return Failure::Unreachable(format!("no connection to {host} ({cause})"));
        }
        if error.is_timeout() {
            return Failure::Lost(format!("{host} did not answer in time"));
        }
        Failure::Lost(format!("the connection to {host} broke off ({})", causes(error)))
    }

    fn log(&self, call: &Call, outcome: &Result<Answer, Failure>, sent: Instant) {
        let duration_ms = self.timer.now().saturating_duration_since(sent).as_millis() as u64;
        let change = call.change.map(tracing::field::display);
        let (method, path) = (&call.method, call.url.path());
        match outcome {
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::debug!(%method, path, status, duration_ms, change, "SCIM request");
            }
            Err(failure) => {
                tracing::debug!(%method, path, error = %failure, duration_ms, change, "SCIM request failed");
            }
        }
    }
}

/// The JSON of a successful answer.
pub(super) fn expect_json(answer: Answer, url: &Url) -> Result<Json, Failure> {
    let (path, status) = (url.path(), answer.status);
    if status.is_server_error() {
        return Err(Failure::Lost(format!("{path}: {}", answer.reason())));
    }
    if !status.is_success() {
        return Err(Failure::Protocol(format!("{path}: {}", answer.reason())));
    }
    match answer.body {
        Body::Json(json) => Ok(json),
        Body::Other(words) => Err(Failure::Protocol(format!("{path} answered {status} with {words}"))),
        Body::Empty => Err(Failure::Protocol(format!("{path} answered {status} without a body"))),
    }
}

/// The innermost causes of an error: the outer ones only repeat the address.
fn causes(error: &reqwest::Error) -> String {
    let mut texts = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        texts.push(inner.to_string());
        cause = inner.source();
    }
    texts.dedup();
    texts.pop().unwrap_or_else(|| "no cause given".to_owned())
}

/// Percent-encodes everything but the unreserved characters (RFC 3986 section 2.3); a `+` for a space is not
/// understood by every service.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 15] {
                escaped.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_value_survives_as_part_of_an_address() {
        assert_eq!(escape("a eq \"ä+&=\""), "a%20eq%20%22%C3%A4%2B%26%3D%22");
    }
}
