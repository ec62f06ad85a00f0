//! Dates: .NET's custom format strings for reading and writing, in its invariant culture, and always in UTC. A moment
//! has a year from 1 to 9999 and is exact to the 100 nanoseconds of a Windows file time.

mod file_time;
mod parse;
mod pattern;
mod print;
mod step;

use chrono::NaiveDateTime;

pub(crate) use file_time::{from_file_time, to_file_time};
pub(crate) use parse::parse;
pub(crate) use pattern::check;
pub(crate) use print::print;
pub(crate) use step::{Interval, add, difference};

/// How a date becomes text when nobody says how.
const GENERAL: &str = "M/d/yyyy h:mm:ss tt";

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(crate) fn general(date: NaiveDateTime) -> String {
    print(date, GENERAL).unwrap_or_default()
}

/// Spellings of dates that are read without a format: ISO 8601, Visual Basic's, LDAP's generalised time (RFC 4517
/// section 3.3.13) and RFC 1123's.
const SPELLINGS: [&str; 24] = [
    "yyyy-MM-ddTHH:mm:ss.FFFFFFFK",
    "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    "yyyy-MM-dd HH:mm:ss.FFFFFFF K",
    "yyyy-MM-ddTHH:mmK",
    "yyyy-MM-dd HH:mmK",
    "yyyy-MM-ddK",
    "yyyy-MM-dd",
    GENERAL,
    "M/d/yyyy H:mm:ss",
    "M/d/yyyy h:mm tt",
    "M/d/yyyy H:mm",
    "M/d/yyyy",
    "yyyyMMddHHmmss.FFFFFFFK",
    "yyyyMMddHHmmK",
    "yyyyMMddTHHmmssK",
    "yyyyMMdd",
    "ddd, d MMM yyyy H:mm:ss 'GMT'",
    "ddd, d MMM yyyy H:mm:ss zzz",
    "d MMM yyyy H:mm:ss",
    "d MMM yyyy",
    "d MMMM yyyy",
    "MMM d, yyyy",
    "MMMM d, yyyy",
    "yyyy/M/d",
];

/// A date in one of the usual spellings.
pub(crate) fn parse_any(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    // Every spelling has at least eight characters, and none this many.
    if !(8..=40).contains(&text.len()) {
        return None;
    }
    SPELLINGS.iter().find_map(|pattern| parse(text, pattern).ok())
}
