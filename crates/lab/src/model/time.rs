//! The two notations of time in Active Directory. Times inside the model are seconds since 1970.

use chrono::{DateTime, Datelike, Timelike};

pub(crate) type Seconds = i64;

pub(crate) const DAY: Seconds = 86_400;

/// `20260102030405.0Z`.
pub(crate) fn generalized(time: Seconds) -> String {
    let time = DateTime::from_timestamp(time, 0).unwrap_or_default();
    let mut text = *b"00000000000000.0Z";
    for (at, digits, mut value) in [
        (0, 4, time.year().unsigned_abs()),
        (4, 2, time.month()),
        (6, 2, time.day()),
        (8, 2, time.hour()),
        (10, 2, time.minute()),
        (12, 2, time.second()),
    ] {
        for digit in text[at..at + digits].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Hundreds of nanoseconds since 1601.
pub(crate) const fn filetime(time: Seconds) -> i64 {
    (time + 11_644_473_600) * 10_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_of_a_known_moment() {
        assert_eq!(generalized(1_767_323_045), "20260102030405.0Z");
        assert_eq!(filetime(0), 116_444_736_000_000_000);
    }
}
