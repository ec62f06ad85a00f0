//! Windows file times: intervals of 100 nanoseconds since 1601 (MS-DTYP 2.3.3), as `pwdLastSet` and others hold them.

use chrono::{Datelike as _, NaiveDateTime, TimeDelta};

/// Seconds from 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;
const PER_SECOND: i64 = 10_000_000;

/// The moment of a file time, `None` when it is negative or after the year 9999 (such as "never").
pub(crate) fn from_file_time(time: i64) -> Option<NaiveDateTime> {
    if time < 0 {
        return None;
    }
    let since_1601 = TimeDelta::new(time / PER_SECOND, (time % PER_SECOND) as u32 * 100)?;
    let date = chrono::DateTime::UNIX_EPOCH.naive_utc() - TimeDelta::seconds(EPOCH);
    date.checked_add_signed(since_1601).filter(in_range)
}

/// The file time of a moment, `None` before 1601.
pub(crate) fn to_file_time(date: NaiveDateTime) -> Option<i64> {
    let utc = date.and_utc();
    let seconds = utc.timestamp() + EPOCH;
    (seconds >= 0).then(|| seconds * PER_SECOND + i64::from(utc.timestamp_subsec_nanos() / 100))
}

/// The years that .NET knows.
pub(super) fn in_range(date: &NaiveDateTime) -> bool {
    (1..=9999).contains(&date.year())
}
