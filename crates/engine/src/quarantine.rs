//! When a configuration is held back, and when it is tried again.

use chrono::TimeDelta;
use domain::Time;
use domain::catalogue;

/// Whether trying again in two minutes can only do harm: a wrong password locks the service account, and a service
/// that is not SCIM will not become one.
pub(crate) fn is_hopeless(code: &str) -> bool {
    [catalogue::SOURCE_CREDENTIALS.code, catalogue::TARGET_CREDENTIALS.code, catalogue::TARGET_PROTOCOL.code]
        .contains(&code)
}

/// The retry ladder of Cloud Sync: 6, 12 and 24 hours after the beginning, then every 24 hours.
pub(crate) fn next_attempt(began: Time, now: Time) -> Time {
    [6, 12, 24]
        .into_iter()
        .map(|hours| began + TimeDelta::hours(hours))
        .find(|step| *step > now)
        .unwrap_or(now + TimeDelta::hours(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_follow_the_ladder() {
        let began = Time::from_timestamp(1_700_000_000, 0).expect("a valid time");
        let after = |hours: i64| began + TimeDelta::hours(hours);
        assert_eq!(next_attempt(began, began), after(6));
        assert_eq!(next_attempt(began, after(6)), after(12));
        assert_eq!(next_attempt(began, after(13)), after(24));
        assert_eq!(next_attempt(began, after(24)), after(48));
    }
}
