//! A .NET format string, piece by piece.

use crate::datum::Fault;

/// One piece of a format. The number is how often its letter was repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'p> {
    Day(usize),
    Month(usize),
    Year(usize),
    Hour12(usize),
    Hour24(usize),
    Minute(usize),
    Second(usize),
    /// `f`: exactly so many digits.
    Fraction(usize),
    /// `F`: at most so many digits, none when they are 0.
    ShortFraction(usize),
    Meridiem(usize),
    Offset(usize),
    /// `K`: `Z` for a moment in UTC, which all are.
    Zone,
    Era,
    Literal(&'p str),
}

/// The pieces of a format. A format of one letter is one of the standard formats.
pub(super) fn pieces(pattern: &str) -> Pieces<'_> {
    Pieces { rest: standard(pattern).unwrap_or(pattern) }
}

/// Standard formats of .NET in the invariant culture.
fn standard(pattern: &str) -> Option<&'static str> {
    Some(match pattern {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "f" => "dddd, dd MMMM yyyy HH:mm",
        "F" => "dddd, dd MMMM yyyy HH:mm:ss",
        "g" => "MM/dd/yyyy HH:mm",
        "G" => "MM/dd/yyyy HH:mm:ss",
        "m" | "M" => "MMMM dd",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        "r" | "R" => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "y" | "Y" => "yyyy MMMM",
        _ => return None,
    })
}

pub(super) struct Pieces<'p> {
    rest: &'p str,
}

impl<'p> Pieces<'p> {
    fn take(&mut self, bytes: usize) -> &'p str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn piece(&mut self) -> Result<Piece<'p>, Fault> {
        let first = self.rest.chars().next().unwrap_or_default();
        let run = self.rest.chars().take_while(|c| *c == first).count();
        let piece = match first {
            'd' => Piece::Day(run),
            'M' => Piece::Month(run),
            'y' => Piece::Year(run),
            'h' => Piece::Hour12(run),
            'H' => Piece::Hour24(run),
            'm' => Piece::Minute(run),
            's' => Piece::Second(run),
            'f' => Piece::Fraction(run),
            'F' => Piece::ShortFraction(run),
            't' => Piece::Meridiem(run),
            'z' => Piece::Offset(run),
            'g' => Piece::Era,
            'K' => {
                self.take(1);
                return Ok(Piece::Zone);
            }
            '\'' | '"' => {
                self.take(1);
                let end = self.rest.find(first).ok_or("a quote in the format has no end")?;
                let literal = self.take(end);
                self.take(1);
                return Ok(Piece::Literal(literal));
            }
            '\\' => {
                self.take(1);
                let escaped = self.rest.chars().next().ok_or("the format ends with a backslash")?;
                return Ok(Piece::Literal(self.take(escaped.len_utf8())));
            }
            other => return Ok(Piece::Literal(self.take(other.len_utf8()))),
        };
        if run > 7 {
            return Err(format!("`{first}` is repeated too often in the format"));
        }
        self.take(run);
        Ok(piece)
    }
}

impl<'p> Iterator for Pieces<'p> {
    type Item = Result<Piece<'p>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        // A percent sign only says that one letter is meant as a custom format.
        while let Some(rest) = self.rest.strip_prefix('%') {
            self.rest = rest;
        }
        (!self.rest.is_empty()).then(|| self.piece())
    }
}

/// Whether a format can be used at all, for checks while compiling.
pub(crate) fn check(pattern: &str) -> Result<(), Fault> {
    pieces(pattern).try_for_each(|piece| piece.map(drop))
}
