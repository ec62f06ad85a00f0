//! This machine's clock against the portal's.

use chrono::DateTime;
use domain::Time;
use domain::agent::{CheckOutcome, ReadinessCheck};

use super::{Rest as _, check};

/// Seconds from which on it is worth a word, and from which on the portal refuses requests.
const WORTH_A_WORD: i64 = 60;
const REFUSED: i64 = channel::signature::WINDOW_SECONDS;

/// `date`: what the portal's answer has in its header (RFC 9110 section 6.6.1).
pub fn of(date: Option<&str>, now: Time) -> ReadinessCheck {
    let did = "compared this machine's clock with the date of the portal's answer";
    let Some(theirs) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
        return check("clock", CheckOutcome::NotChecked, did, "the portal's answer has no date");
    };
    let off = (now - theirs.to_utc()).num_seconds();
    let outcome = match off.abs() {
        ..WORTH_A_WORD => CheckOutcome::Passed,
        WORTH_A_WORD..REFUSED => CheckOutcome::Warning,
        _ => CheckOutcome::Failed,
    };
    let side = if off < 0 { "behind" } else { "ahead" };
    check("clock", outcome, did, format!("{} s {side}", off.abs()))
        .limit(format!("less than {WORTH_A_WORD} s; requests are refused from {REFUSED} s on"))
        .advice("let this machine take its time from where the portal's machine does (NTP), or set its clock right")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_with_its_seconds() {
        let date = "Thu, 26 Nov 2026 14:00:00 GMT";
        let theirs = DateTime::parse_from_rfc2822(date).expect("a date").to_utc();
        let found = |seconds| {
            let check = of(Some(date), theirs + TimeDelta::seconds(seconds));
            (check.outcome, check.found)
        };
        assert_eq!(found(2), (CheckOutcome::Passed, "2 s ahead".to_owned()));
        assert_eq!(found(-90), (CheckOutcome::Warning, "90 s behind".to_owned()));
        assert_eq!(found(300).0, CheckOutcome::Failed);
        assert_eq!(of(None, theirs).outcome, CheckOutcome::NotChecked);
    }
}
