//! Intervals written as ISO 8601 durations (`PT2M`), the form that Graph's synchronization schedule uses.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An interval of whole seconds, between one second and 400 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(u32);

/// A text that is no usable interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an interval: write an ISO 8601 duration of 1 second to 400 days, such as PT2M, PT1H or P1D"
)]
pub struct ParseIntervalError(String);

impl Interval {
    const LONGEST: u32 = 400 * 86_400;

    /// The default of a configuration: every two minutes.
    pub const DEFAULT: Self = Self(120);

    /// Every day.
    pub const fn daily() -> Self {
        Self(86_400)
    }

    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds >= 1 && seconds <= Self::LONGEST { Some(Self(seconds)) } else { None }
    }

    pub const fn seconds(self) -> u32 {
        self.0
    }

    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl Default for Interval {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0 / 86_400, self.0 % 86_400);
        let (hours, minutes, seconds) = (rest / 3600, rest % 3600 / 60, rest % 60);
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if rest > 0 {
            f.write_str("T")?;
        }
        for (count, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Interval {
    type Err = ParseIntervalError;

    fn from_str(text: &str) -> Result<Self, ParseIntervalError> {
        parse_seconds(text)
            .and_then(|seconds| Self::from_seconds(u32::try_from(seconds).ok()?))
            .ok_or_else(|| ParseIntervalError(text.chars().take(80).collect()))
    }
}

fn parse_seconds(text: &str) -> Option<u64> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    Some(
        sum_units(date, &[('W', 604_800), ('D', 86_400)])?
            + sum_units(time, &[('H', 3600), ('M', 60), ('S', 1)])?,
    )
}

fn sum_units(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total: u64 = 0;
    for (unit, seconds) in units {
        if let Some((count, rest)) = text.split_once(*unit) {
            total = total.checked_add(count.parse::<u32>().ok().map(u64::from)?.checked_mul(*seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(total)
}

impl Serialize for Interval {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_durations_are_read_and_written_back() {
        for (text, seconds) in
            [("PT2M", 120), ("PT1H", 3600), ("P1D", 86_400), ("P1DT2H3M4S", 93_784), ("PT90S", 90)]
        {
            let interval: Interval = text.parse().expect(text);
            assert_eq!(interval.seconds(), seconds, "{text}");
            assert_eq!(interval.to_string().parse(), Ok(interval), "{text}");
        }
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in ["", "P", "PT", "2M", "PT0S", "PT2", "PT-2M", "P500D", "PT2M1H", "PT99999999999H"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }
}
