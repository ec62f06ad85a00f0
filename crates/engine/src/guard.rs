//! The accidental-delete guard: too many removals in one cycle are a mistake until a person says otherwise.

use domain::configuration::AccidentalDeletes;

/// What a cycle is about to remove.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Removals {
    /// Objects to disable or delete.
    pub(crate) objects: u64,
    /// Linked objects before the cycle.
    pub(crate) linked: u64,
}

/// Which limit is passed, as a clause for people; `None` when the cycle may go on.
pub(crate) fn tripped(settings: &AccidentalDeletes, removals: Removals) -> Option<String> {
    if !settings.enabled || removals.objects == 0 {
        return None;
    }
    let objects = removals.objects;
    if objects > u64::from(settings.threshold) {
        return Some(format!("{objects} removals are more than the threshold of {}", settings.threshold));
    }
    let percent = u64::from(settings.percent?);
    (objects * 100 > percent * removals.linked).then(|| {
        format!("{objects} removals are more than {percent} percent of {} linked objects", removals.linked)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_trips_above_the_count_and_above_the_share() {
        let settings = AccidentalDeletes { threshold: 10, percent: Some(20), ..AccidentalDeletes::default() };
        let trips = |objects, linked| tripped(&settings, Removals { objects, linked }).is_some();
        assert!(!trips(10, 1000));
        assert!(trips(11, 1000));
        assert!(!trips(2, 10));
        assert!(trips(3, 10));
        assert!(!trips(0, 0));
        let off = AccidentalDeletes { enabled: false, ..settings };
        assert_eq!(tripped(&off, Removals { objects: 11, linked: 11 }), None);
    }
}
