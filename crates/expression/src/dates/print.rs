//! Dates to text.

use std::fmt::{self, Write as _};

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};

use super::pattern::{Piece, pieces};
use super::{DAYS, MONTHS};
use crate::datum::Fault;

pub(crate) fn print(date: NaiveDateTime, pattern: &str) -> Result<String, Fault> {
    let mut text = String::with_capacity(pattern.len() + 8);
    for piece in pieces(pattern) {
        // Writing to a text cannot fail.
        let _ = write(&mut text, piece?, date);
    }
    Ok(text)
}

fn write(text: &mut String, piece: Piece, date: NaiveDateTime) -> fmt::Result {
    let name = |names: &[&'static str], index: u32, long| {
        let name = names.get(index as usize).copied().unwrap_or_default();
        if long { name } else { name.get(..3).unwrap_or(name) }
    };
    match piece {
        Piece::Day(count @ (1 | 2)) => number(text, date.day(), count),
        Piece::Day(count) => text.write_str(name(&DAYS, date.weekday().num_days_from_sunday(), count > 3)),
        Piece::Month(count @ (1 | 2)) => number(text, date.month(), count),
        Piece::Month(count) => text.write_str(name(&MONTHS, date.month0(), count > 3)),
        Piece::Year(count @ (1 | 2)) => number(text, date.year().unsigned_abs() % 100, count),
        Piece::Year(count) => number(text, date.year().unsigned_abs(), count),
        Piece::Hour12(count) => number(text, date.hour12().1, count.min(2)),
        Piece::Hour24(count) => number(text, date.hour(), count.min(2)),
        Piece::Minute(count) => number(text, date.minute(), count.min(2)),
        Piece::Second(count) => number(text, date.second(), count.min(2)),
        Piece::Fraction(count) => number(text, fraction(date, count), count),
        Piece::ShortFraction(count) => {
            let start = text.len();
            number(text, fraction(date, count), count)?;
            text.truncate(start + text[start..].trim_end_matches('0').len());
            // Without digits the point before them goes too.
            if text.len() == start && text.ends_with('.') {
                text.pop();
            }
            Ok(())
        }
        Piece::Meridiem(count) => {
            let word = if date.hour12().0 { "PM" } else { "AM" };
            text.write_str(&word[..count.min(2)])
        }
        Piece::Offset(1) => text.write_str("+0"),
        Piece::Offset(2) => text.write_str("+00"),
        Piece::Offset(_) => text.write_str("+00:00"),
        Piece::Zone => text.write_char('Z'),
        Piece::Era => text.write_str("A.D."),
        Piece::Literal(literal) => text.write_str(literal),
    }
}

fn number(text: &mut String, number: u32, digits: usize) -> fmt::Result {
    write!(text, "{number:0digits$}")
}

/// The first digits of the second's fraction.
fn fraction(date: NaiveDateTime, digits: usize) -> u32 {
    (date.nanosecond() % 1_000_000_000) / 10_u32.pow(9 - digits.min(7) as u32)
}
