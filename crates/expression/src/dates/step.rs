//! Steps from date to date, in Visual Basic's intervals.

use chrono::{Datelike as _, Months, NaiveDateTime, TimeDelta};

use super::file_time::in_range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

impl Interval {
    pub const WORDS: &[&str] = &["yyyy", "m", "d", "ww", "h", "n", "s"];

    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "yyyy" => Self::Year,
            "m" => Self::Month,
            "ww" => Self::Week,
            "d" => Self::Day,
            "h" => Self::Hour,
            "n" => Self::Minute,
            "s" => Self::Second,
            _ => return None,
        })
    }

    /// Its length in seconds; months and years have none.
    const fn seconds(self) -> Option<i64> {
        Some(match self {
            Self::Year | Self::Month => return None,
            Self::Week => 604_800,
            Self::Day => 86_400,
            Self::Hour => 3_600,
            Self::Minute => 60,
            Self::Second => 1,
        })
    }
}

/// The date so many intervals later; a day that the month does not have becomes its last. `None` when the result is
/// outside the years 1 to 9999.
pub(crate) fn add(date: NaiveDateTime, count: i64, interval: Interval) -> Option<NaiveDateTime> {
    let moved = if let Some(seconds) = interval.seconds() {
        date.checked_add_signed(TimeDelta::try_seconds(count.checked_mul(seconds)?)?)?
    } else {
        let months = count.checked_mul(if interval == Interval::Year { 12 } else { 1 })?;
        let by = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        if months < 0 { date.checked_sub_months(by)? } else { date.checked_add_months(by)? }
    };
    Some(moved).filter(in_range)
}

/// How many intervals lie between two dates: years, months and weeks (from Sunday) by the calendar, shorter ones by
/// time that has passed, in whole intervals.
pub(crate) fn difference(from: NaiveDateTime, to: NaiveDateTime, interval: Interval) -> i64 {
    let years = i64::from(to.year()) - i64::from(from.year());
    match interval {
        Interval::Year => years,
        Interval::Month => years * 12 + i64::from(to.month()) - i64::from(from.month()),
        Interval::Week => (week_start(to) - week_start(from)) / 7,
        _ => (to - from).num_seconds() / interval.seconds().unwrap_or(1),
    }
}

/// The day on which a date's week began, counted in days.
fn week_start(date: NaiveDateTime) -> i64 {
    i64::from(date.num_days_from_ce()) - i64::from(date.weekday().num_days_from_sunday())
}
