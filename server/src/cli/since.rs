//! How far back: `30s`, `15m`, `1h`, `7d`, `2w`, or an ISO 8601 duration.

use std::str::FromStr;

use chrono::TimeDelta;
use domain::interval::Interval;

/// A span of time up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(pub TimeDelta);

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a span of time; write for example 30m, 1h or 7d");
        if let Ok(interval) = text.parse::<Interval>() {
            return Ok(Self(TimeDelta::seconds(i64::from(interval.seconds()))));
        }
        let unit = text.chars().last().ok_or_else(wrong)?;
        let count: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(wrong()),
        };
        TimeDelta::try_seconds(i64::from(count) * seconds).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_the_short_form_and_as_iso_durations() {
        for (text, seconds) in [("30s", 30), ("15m", 900), ("1h", 3600), ("7d", 604_800), ("PT1H", 3600)] {
            assert_eq!(text.parse(), Ok(Since(TimeDelta::seconds(seconds))), "{text}");
        }
        for text in ["", "h", "1y", "-1h", "1hh"] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}
