//! What a service answered, and what an answer that refuses means.

use std::time::Duration;

use domain::Time;
use domain::catalogue::{
    CONFLICT, DUPLICATE_VALUE, ErrorCode, INVALID_DATA, MISSING_VALUE, TARGET_ERROR, TARGET_NOT_FOUND,
    TARGET_PROTOCOL, TARGET_REFUSED, TOO_LONG,
};
use ports::TargetError;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde_json::Value as Json;

use super::json;
use super::quota::Quota;

/// Longest text of a service that is passed on.
const LONGEST_DETAIL: usize = 400;
/// No service means more than this by Retry-After.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(7 * 24);

#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub retry_after: Option<Duration>,
    pub quota: Option<Quota>,
    pub body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Json(Json),
    /// Something that is not JSON: its content type and first words.
    Other(String),
}

impl Answer {
    pub fn new(status: StatusCode, headers: &HeaderMap, bytes: &[u8], now: Time) -> Self {
        let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let body = if bytes.iter().all(u8::is_ascii_whitespace) {
            Body::Empty
        } else {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match serde_json::from_slice(bytes) {
                Ok(json) => Body::Json(json),
                Err(_) => Body::Other(describe(header(CONTENT_TYPE), bytes)),
            }
        };
        Self {
            status,
            location: header(LOCATION).map(str::to_owned),
            retry_after: header(RETRY_AFTER).and_then(|text| retry_after(text, header(DATE), now)),
            quota: Quota::read(headers, header(DATE).and_then(date).unwrap_or(now)),
            body,
        }
    }

    pub fn json(&self) -> Option<&Json> {
        match &self.body {
            Body::Json(json) => Some(json),
            Body::Empty | Body::Other(_) => None,
        }
    }

    /// `201 Created`.
    pub fn line(&self) -> String {
        self.status.to_string()
    }

    /// The kind of error the service names (RFC 7644 section 3.12).
    pub fn scim_type(&self) -> &str {
        self.json().and_then(|body| json::field(body, "scimType")).and_then(Json::as_str).unwrap_or_default()
    }

    /// The status with what the service said, for people.
    pub fn reason(&self) -> String {
        let detail = match &self.body {
            Body::Json(body) => json::text_of(body, "detail")
                .or_else(|| json::text_of(body, "message"))
                .or_else(|| json::text_of(body, "error"))
                .unwrap_or_default(),
            Body::Other(words) => words.clone(),
            Body::Empty => String::new(),
        };
        let mut reason = format!("the target answered {}", self.status);
        if !self.scim_type().is_empty() {
            reason = format!("{reason} ({})", shorten(self.scim_type()));
        }
        if detail.is_empty() { reason } else { format!("{reason}: {}", shorten(&detail)) }
    }

    /// Whether the answer comes from something that speaks SCIM; pages of proxies and frameworks do not.
    pub fn is_scim(&self) -> bool {
        !matches!(self.body, Body::Other(_))
    }

    /// The failure of one operation whose answer is not the hoped-for one.
    pub fn refusal(&self) -> TargetError {
        let reason = self.reason();
        if self.status == StatusCode::NOT_FOUND && !self.is_scim() {
            return TargetError::system(&TARGET_PROTOCOL, reason);
        }
        TargetError::object(self.code(&reason), reason)
    }

    fn code(&self, reason: &str) -> &'static ErrorCode {
        match self.status.as_u16() {
            404 | 410 => &TARGET_NOT_FOUND,
            409 | 412 => &CONFLICT,
            413 => &TOO_LONG,
            400 if self.scim_type().eq_ignore_ascii_case("uniqueness") => &DUPLICATE_VALUE,
            400 if ["required", "missing", "must be present"].iter().any(|word| reason.contains(word)) => {
                &MISSING_VALUE
            }
            400 if reason.contains("too long") || reason.contains("maximum length") => &TOO_LONG,
            400 if self.scim_type().to_ascii_lowercase().starts_with("invalid") => &INVALID_DATA,
            500..=599 => &TARGET_ERROR,
            _ => &TARGET_REFUSED,
        }
    }
}

/// Seconds or an HTTP date (RFC 9110 section 10.2.3). A date is measured against the service's own clock.
fn retry_after(text: &str, theirs: Option<&str>, now: Time) -> Option<Duration> {
    let text = text.trim();
    let wait = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let here = theirs.and_then(date).unwrap_or(now);
        (date(text)? - here).to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

fn date(text: &str) -> Option<Time> {
    chrono::DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

/// The content type and the first words of something that is not JSON.
fn describe(content_type: Option<&str>, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let (mut words, mut in_tag) = (String::new(), false);
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                words.push(' ');
            }
            _ if in_tag => {}
            _ => words.push(character),
        }
    }
    let words: Vec<_> = words.split_whitespace().take(12).collect();
    let kind = content_type.unwrap_or("a body without content type");
    if words.is_empty() { shorten(kind) } else { shorten(&format!("{kind}, \"{}\"", words.join(" "))) }
}

/// One line of bounded length.
fn shorten(text: &str) -> String {
    let line = text.split(|c: char| c.is_control()).collect::<Vec<_>>().join(" ");
    let line = line.trim();
    if line.chars().count() <= LONGEST_DETAIL {
        return line.to_owned();
    }
    line.chars().take(LONGEST_DETAIL).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn now() -> Time {
        chrono::Utc.with_ymd_and_hms(1994, 11, 6, 8, 49, 30).single().expect("a moment")
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_on_the_clock_of_the_service() {
        assert_eq!(retry_after(" 120 ", None, now()), Some(Duration::from_mins(2)));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(retry_after(date, None, now()), Some(Duration::from_secs(7)));
        let theirs = Some("Sun, 06 Nov 1994 08:49:35 GMT");
        assert_eq!(retry_after(date, theirs, now()), Some(Duration::from_secs(2)));
        assert_eq!(retry_after("soon", None, now()), None);
    }

    #[test]
    fn a_page_that_is_not_json_is_named_by_its_type_and_first_words() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "text/html".parse().expect("a header"));
        let page = b"<!doctype html>\n<html><head><title>Sign in</title></head><body>Welcome</body>";
        let answer = Answer::new(StatusCode::OK, &headers, page, now());
        let Body::Other(words) = answer.body else { panic!("{answer:?}") };
        assert_eq!(words, "text/html, \"Sign in Welcome\"");
    }
}
