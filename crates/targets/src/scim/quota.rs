//! What a service says of its limits in the headers of every answer. There is no standard yet
//! (draft-ietf-httpapi-ratelimit-headers), so the spellings that services use are read.

use std::time::Duration;

use domain::Time;
use reqwest::header::HeaderMap;

/// What is left of the service's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    pub left: u32,
    pub ends_in: Duration,
}

const SPELLINGS: &[(&str, &str)] = &[
    ("ratelimit-remaining", "ratelimit-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
];
/// Numbers from here on are moments (seconds since 1970), from there on in milliseconds.
const MOMENT: f64 = 1e9;
const MILLISECONDS: f64 = 1e12;

impl Quota {
    /// `now` is the service's own time of day. Both numbers must be there: without an end nobody knows how long to
    /// wait.
    pub fn read(headers: &HeaderMap, now: Time) -> Option<Self> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let by_name =
            SPELLINGS.iter().find_map(|(left, ends)| Some((first(header(left)?)?, first(header(ends)?)?)));
        let (left, ends) = by_name.or_else(|| {
            // `"default";r=50;t=30`, or `limit=100, remaining=50, reset=30` of older drafts.
            let text = header("ratelimit")?;
            Some((part(text, &["r", "remaining"])?, part(text, &["t", "reset"])?))
        })?;
        let here = now.timestamp_millis() as f64 / 1000.0;
        let seconds = match ends {
            moment if moment >= MILLISECONDS => moment / 1000.0 - here,
            moment if moment >= MOMENT => moment - here,
            seconds => seconds,
        };
        let ends_in = Duration::try_from_secs_f64(seconds.max(0.0)).ok()?;
        Some(Self { left: left.min(f64::from(u32::MAX)) as u32, ends_in })
    }
}

/// The first number of a list.
fn first(text: &str) -> Option<f64> {
    number(text.split([',', ';']).next()?)
}

fn part(text: &str, names: &[&str]) -> Option<f64> {
    let mut parts = text.split([',', ';']).filter_map(|part| part.trim().split_once('='));
    parts.find(|(name, _)| names.contains(&name.trim())).and_then(|(_, value)| number(value))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> Option<Quota> {
        let now = chrono::Utc.timestamp_opt(1_700_000_000, 0).single().expect("a moment");
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Quota::read(&headers, now)
    }

    #[test]
    fn every_spelling_of_a_limit_is_read() {
        let expected = Some(Quota { left: 5, ends_in: Duration::from_secs(30) });
        for headers in [
            &[("ratelimit-remaining", "5"), ("ratelimit-reset", "30")][..],
            &[("x-ratelimit-remaining", " 5 "), ("x-ratelimit-reset", "1700000030")],
            &[("x-rate-limit-remaining", "5"), ("x-rate-limit-reset", "1700000030000")],
            &[("ratelimit", "\"default\";r=5;t=30")],
            &[("ratelimit", "limit=100, remaining=5, reset=30")],
            &[("x-ratelimit-remaining", "5, 100;w=3600"), ("x-ratelimit-reset", "30")],
        ] {
            assert_eq!(read(headers), expected, "{headers:?}");
        }
        let past = read(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1600000000")]);
        assert_eq!(past, Some(Quota { left: 0, ends_in: Duration::ZERO }));
        for headers in [
            &[("ratelimit-remaining", "5")][..],
            &[("ratelimit-remaining", "-5"), ("ratelimit-reset", "30")],
            &[("ratelimit-remaining", "NaN"), ("ratelimit-reset", "inf")],
            &[("x-ratelimit-remaining", "many"), ("x-ratelimit-reset", "soon")],
            &[],
        ] {
            assert_eq!(read(headers), None, "{headers:?}");
        }
    }
}
