//! The accidental-delete guard: too many removals in one cycle are a mistake until a person says otherwise.

use domain::configuration::AccidentalDeletes;

/// What a cycle is about to remove.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Removals {
    /// Objects to disable or delete.
    pub(crate) objects: u64,
    /// Linked objects before the cycle, where a share of them can be a limit.
    pub(crate) linked: u64,
    /// Memberships to remove from groups that stay, of members that stay.
    pub(crate) memberships: u64,
    /// Memberships before the cycle, where a share of them is a limit.
    pub(crate) members: u64,
}

/// Memberships up to this number are no share of anything: small groups change by halves.
pub(crate) const FEW_MEMBERSHIPS: u64 = 20;

/// Memberships a cycle may remove for each object that it may remove, where nothing else is said.
const MEMBERSHIPS_PER_OBJECT: u64 = 10;

/// Objects up to this number are no share of anything where nothing is said about shares.
pub(crate) const FEW_OBJECTS: u64 = 20;

/// Which limit is passed, as a clause for people; `None` when the cycle may go on.
pub(crate) fn tripped(settings: &AccidentalDeletes, removals: Removals) -> Option<String> {
    if !settings.enabled {
        return None;
    }
    let Removals { objects, linked, memberships, members } = removals;
    if objects > u64::from(settings.threshold) {
        return Some(format!("{objects} removals are more than the threshold of {}", settings.threshold));
    }
    let most = settings.memberships.map_or(u64::from(settings.threshold) * MEMBERSHIPS_PER_OBJECT, u64::from);
    if memberships > most {
        return Some(format!("{memberships} removals of members are more than the threshold of {most}"));
    }
    let Some(percent) = settings.percent.map(u64::from) else {
        // Half a company does not leave in one cycle; half a reading or a wrong filter looks like that.
        return (objects > FEW_OBJECTS && objects * 2 > linked)
            .then(|| format!("{objects} removals are more than half of {linked} linked objects"));
    };
    if objects * 100 > percent * linked {
        return Some(format!(
            "{objects} removals are more than {percent} percent of {linked} linked objects"
        ));
    }
    (memberships > FEW_MEMBERSHIPS && memberships * 100 > percent * members).then(|| {
        format!("{memberships} removals of members are more than {percent} percent of {members} memberships")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_trips_above_the_count_and_above_the_share() {
        let settings = AccidentalDeletes { threshold: 10, percent: Some(20), ..AccidentalDeletes::default() };
        let trips = |objects, linked| {
            tripped(&settings, Removals { objects, linked, ..Removals::default() }).is_some()
        };
        assert!(!trips(10, 1000));
        assert!(trips(11, 1000));
        assert!(!trips(2, 10));
        assert!(trips(3, 10));
        assert!(!trips(0, 0));
        let off = AccidentalDeletes { enabled: false, ..settings };
        assert_eq!(tripped(&off, Removals { objects: 11, linked: 11, ..Removals::default() }), None);
    }

    #[test]
    fn half_of_everybody_is_too_much_even_where_no_share_is_set() {
        let trips = |settings: &AccidentalDeletes, objects, linked| {
            tripped(settings, Removals { objects, linked, ..Removals::default() }).is_some()
        };
        let default = AccidentalDeletes::default();
        assert!(trips(&default, 151, 300));
        assert!(!trips(&default, 150, 300));
        assert!(!trips(&default, 20, 20), "a handful may leave as one");
        let all = AccidentalDeletes { percent: Some(100), ..default };
        assert!(!trips(&all, 300, 300), "who wants that says so");
    }

    #[test]
    fn removals_of_members_count_by_number_and_by_share() {
        let settings = AccidentalDeletes { threshold: 10, percent: Some(20), ..AccidentalDeletes::default() };
        let trips = |settings: &AccidentalDeletes, memberships, members| {
            tripped(settings, Removals { memberships, members, ..Removals::default() }).is_some()
        };
        assert!(!trips(&settings, 100, 1000));
        assert!(trips(&settings, 101, 1000));
        assert!(trips(&settings, 21, 100));
        assert!(!trips(&settings, 20, 20));
        let few = AccidentalDeletes { memberships: Some(5), ..settings };
        assert!(trips(&few, 6, 1000));
    }
}
