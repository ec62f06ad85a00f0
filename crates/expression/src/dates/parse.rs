//! Text to dates.

use chrono::{Duration, NaiveDate, NaiveDateTime};

use super::file_time::in_range;
use super::pattern::{Piece, pieces};
use super::{DAYS, MONTHS};
use crate::datum::Fault;

/// Two-digit years up to this one are of this century, as .NET has it since its version 5.
const LAST_SHORT_YEAR: i32 = 49;

/// Reads a text that follows a format; white space at its ends is allowed. What the format leaves out is the first of
/// its kind: January, the 1st, midnight, UTC.
pub(crate) fn parse(text: &str, pattern: &str) -> Result<NaiveDateTime, Fault> {
    let mut reader = Reader { rest: text.trim(), found: Found::default() };
    let mut pieces = pieces(pattern).peekable();
    while let Some(piece) = pieces.next() {
        let piece = piece?;
        let optional_point =
            piece == Piece::Literal(".") && matches!(pieces.peek(), Some(Ok(Piece::ShortFraction(_))));
        if optional_point && !reader.rest.starts_with('.') {
            pieces.next();
            continue;
        }
        reader.read(piece).ok_or_else(|| mismatch(text, pattern))?;
    }
    if !reader.rest.is_empty() {
        return Err(mismatch(text, pattern));
    }
    reader.found.date().ok_or_else(|| format!("`{}` is not a date", crate::evaluate::short(text)))
}

fn mismatch(text: &str, pattern: &str) -> Fault {
    use crate::evaluate::short;
    format!("`{}` is not a date of the form `{}`", short(text), short(pattern))
}

#[derive(Default)]
struct Found {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: u32,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    nanosecond: u32,
    offset_minutes: i64,
}

impl Found {
    fn date(&self) -> Option<NaiveDateTime> {
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        NaiveDate::from_ymd_opt(self.year.unwrap_or(1), self.month.unwrap_or(1), self.day.unwrap_or(1))?
            .and_hms_nano_opt(hour, self.minute, self.second, self.nanosecond)?
            .checked_sub_signed(Duration::minutes(self.offset_minutes))
            .filter(in_range)
    }
}

struct Reader<'t> {
    rest: &'t str,
    found: Found,
}

impl Reader<'_> {
    fn read(&mut self, piece: Piece) -> Option<()> {
        match piece {
            Piece::Day(count @ (1 | 2)) => self.found.day = Some(self.digits(count, 2)?),
            Piece::Day(count) => {
                self.name(&DAYS, count > 3)?;
            }
            Piece::Month(count @ (1 | 2)) => self.found.month = Some(self.digits(count, 2)?),
            Piece::Month(count) => self.found.month = Some(self.name(&MONTHS, count > 3)? + 1),
            Piece::Year(count @ (1 | 2)) => {
                let year = self.digits(count, 2)?.cast_signed();
                self.found.year = Some(year + if year <= LAST_SHORT_YEAR { 2000 } else { 1900 });
            }
            Piece::Year(count) => self.found.year = Some(self.digits(count, 4.max(count))?.cast_signed()),
            Piece::Hour12(count) | Piece::Hour24(count) => self.found.hour = self.digits(count.min(2), 2)?,
            Piece::Minute(count) => self.found.minute = self.digits(count.min(2), 2)?,
            Piece::Second(count) => self.found.second = self.digits(count.min(2), 2)?,
            Piece::Fraction(count) => {
                let digits = self.digits(count, count)?;
                self.found.nanosecond = digits * 10_u32.pow(9 - count as u32);
            }
            Piece::ShortFraction(most) => {
                let count = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
                if count > 0 {
                    let digits = self.digits(count, count)?;
                    self.found.nanosecond = digits * 10_u32.pow(9 - count as u32);
                }
            }
            Piece::Meridiem(count) => {
                let word = self.rest.get(..count.min(2))?;
                self.found.afternoon = Some(match word.as_bytes().first()?.to_ascii_uppercase() {
                    b'A' => false,
                    b'P' => true,
                    _ => return None,
                });
                if word.len() == 2 && !word.as_bytes()[1].eq_ignore_ascii_case(&b'M') {
                    return None;
                }
                self.rest = &self.rest[word.len()..];
            }
            Piece::Offset(count) => self.offset(count)?,
            Piece::Zone => match self.rest.as_bytes().first() {
                Some(b'Z' | b'z') => self.rest = &self.rest[1..],
                Some(b'+' | b'-') => self.offset(3)?,
                _ => {}
            },
            Piece::Era => {
                self.rest = self.rest.strip_prefix("A.D.").or_else(|| self.rest.strip_prefix("AD"))?;
            }
            Piece::Literal(literal) => self.rest = self.rest.strip_prefix(literal)?,
        }
        Some(())
    }

    /// A number. A letter that stands once takes one digit or more, a repeated one exactly as many as it stands for.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let most = if least == 1 { most } else { least };
        let count = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(count);
        if count < least {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    /// The index of the name that comes next, in any case.
    fn name(&mut self, names: &[&'static str], long: bool) -> Option<u32> {
        let index = names.iter().position(|name| {
            let name = if long { name } else { &name[..3] };
            self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        })?;
        self.rest = &self.rest[if long { names[index].len() } else { 3 }..];
        u32::try_from(index).ok()
    }

    /// `+1`, `+01`, `+01:00` or `+0100`.
    fn offset(&mut self, count: usize) -> Option<()> {
        let sign = match self.rest.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.rest = &self.rest[1..];
        let hours = self.digits(count.min(2), 2)?;
        let mut minutes = 0;
        if count > 2 {
            self.rest = self.rest.strip_prefix(':').unwrap_or(self.rest);
            minutes = self.digits(2, 2)?;
        }
        if hours > 14 || minutes > 59 {
            return None;
        }
        self.found.offset_minutes = sign * i64::from(hours * 60 + minutes);
        Some(())
    }
}
