//! When a failing object is tried again.

use chrono::TimeDelta;
use domain::Time;

/// The wait doubles from two minutes to a day: a failure that mends itself is gone soon, one that needs a person
/// does not fill the log.
pub(crate) fn next_attempt(now: Time, attempts: u32) -> Time {
    let minutes = 2_i64.saturating_pow(attempts.clamp(1, 11)).min(24 * 60);
    now + TimeDelta::minutes(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends_at_a_day() {
        let now = Time::from_timestamp(1_700_000_000, 0).expect("a valid time");
        assert_eq!(next_attempt(now, 1) - now, TimeDelta::minutes(2));
        assert_eq!(next_attempt(now, 5) - now, TimeDelta::minutes(32));
        assert_eq!(next_attempt(now, 400) - now, TimeDelta::days(1));
    }
}
