//! When a configuration is held back, and when it is tried again.

use chrono::TimeDelta;
use domain::Time;
use domain::catalogue;
use domain::configuration::QuarantineThresholds;
use domain::cycle::Problem;
use domain::status::{Quarantine, QuarantineReason};

/// Whether trying again in two minutes can only do harm: a wrong password locks the service account, and a service
/// that is not SCIM will not become one.
pub(crate) fn is_hopeless(code: &str) -> bool {
    [catalogue::SOURCE_CREDENTIALS.code, catalogue::TARGET_CREDENTIALS.code, catalogue::TARGET_PROTOCOL.code]
        .contains(&code)
}

/// Whether so many objects fail that the configuration itself must be at fault. The figures are Cloud Sync's:
/// below the minimum never, from there on above a share, above a number always.
pub(crate) fn too_many_failures(
    thresholds: &QuarantineThresholds,
    failing: u64,
    linked: u64,
) -> Option<(QuarantineReason, Problem)> {
    if failing < u64::from(thresholds.minimum) {
        return None;
    }
    let (reason, limit) = if failing > u64::from(thresholds.total) {
        (QuarantineReason::EncounteredTotalEscrowThreshold, format!("the limit of {}", thresholds.total))
    } else if failing > u64::from(thresholds.base) {
        (QuarantineReason::EncounteredBaseEscrowThreshold, format!("the limit of {}", thresholds.base))
    } else if failing * 100 > u64::from(thresholds.percent) * (failing + linked) {
        let share = format!("{} percent of all", thresholds.percent);
        (QuarantineReason::EncounteredEscrowProportionThreshold, share)
    } else {
        return None;
    };
    let code = &catalogue::TOO_MANY_FAILURES;
    let message = format!("{failing} objects fail, which is more than {limit}. {}", code.advice);
    Some((reason, Problem { code: code.code.to_owned(), message }))
}

/// The retry ladder of Cloud Sync: 6, 12 and 24 hours after the beginning, then every 24 hours.
pub(crate) fn next_attempt(began: Time, now: Time) -> Time {
    Quarantine::LADDER
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

    #[test]
    fn failing_objects_quarantine_by_number_and_by_share_as_cloud_sync_documents() {
        let thresholds = QuarantineThresholds::default();
        let reason = |failing, well| too_many_failures(&thresholds, failing, well).map(|(reason, _)| reason);
        assert_eq!(reason(45_000, 100_000), Some(QuarantineReason::EncounteredBaseEscrowThreshold));
        assert_eq!(reason(30_000, 5_000), Some(QuarantineReason::EncounteredEscrowProportionThreshold));
        assert_eq!(reason(20_000, 80_000), None);
        assert_eq!(reason(61_000, 1_000_000), Some(QuarantineReason::EncounteredTotalEscrowThreshold));
        assert_eq!(reason(4_999, 0), None);
    }
}
