//! What a cursor of timestamps holds, and what this process remembers beside it.

use std::time::{Duration, Instant};

use domain::{Cursor, Entry, ObjectKind, Tracking};
use ports::SourceError;
use serde::{Deserialize, Serialize};

use crate::connection::Connection;
use crate::{identity, lookup};

/// Entries remembered: one may be deleted rightly.
const MOST_WITNESSES: usize = 4;

/// An entry and the second in which it had changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Witness {
    pub id: String,
    pub changed: i64,
}

/// Seconds are the directory's own, taken from its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub context: String,
    pub base: String,
    pub product: String,
    /// Everything up to this second was told, and nothing more can come in it.
    pub settled: i64,
    /// The last second in which something had changed. More may have come in it since.
    pub latest: i64,
    pub witnesses: Vec<Witness>,
    /// Why the position is of no use: an answer broke off in a way that will repeat itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

impl Position {
    pub fn of(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.value).ok()
    }

    pub fn cursor(&self) -> Result<Cursor, SourceError> {
        let value = serde_json::to_string(self)
            .map_err(|error| SourceError::Directory(format!("its position cannot be kept: {error}")))?;
        Ok(Cursor { tracking: Tracking::Timestamp, value })
    }

    /// Whether the position is one in what this directory tells; the reason when it is not.
    pub fn belongs_to(&self, connection: &Connection) -> Result<(), &'static str> {
        let profile = &connection.profile;
        let is = |one: Result<&str, SourceError>, other: &str| {
            one.is_ok_and(|one| one.eq_ignore_ascii_case(other))
        };
        if !is(profile.context(), &self.context) || !is(profile.base(), &self.base) {
            return Err("another part of the directory is read now");
        }
        if profile.product != self.product {
            return Err(ANOTHER);
        }
        Ok(())
    }

    /// Remembers an entry if it is among those that changed last. Only people: they are small, and looked at each time.
    pub fn remember(&mut self, entry: &Entry, changed: i64) {
        let id = identity::of(entry);
        if id.is_empty() || lookup::kind_of(entry, domain::DirectoryKind::Ldap) != Some(ObjectKind::User) {
            return;
        }
        self.witnesses.retain(|known| known.id != id);
        self.witnesses.push(Witness { id, changed });
        self.witnesses.sort_by_key(|witness| std::cmp::Reverse(witness.changed));
        self.witnesses.truncate(MOST_WITNESSES);
    }
}

pub(super) const ANOTHER: &str = "another or a restored server answered";

/// When to do what. Durations are ours: two clocks may differ, but they go equally fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After this long nothing more appears with an earlier timestamp: the second is over, and whatever was being
    /// written in it is done.
    pub settled_after: Duration,
    /// How long after the last list of all ids another one is made when something changed.
    pub list_after_changes: Duration,
    /// The same when nothing changed.
    pub list_always_after: Duration,
    /// After a list there is none for this many times as long as it took: a large directory is not listed for most of
    /// the time.
    pub list_rest: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            settled_after: Duration::from_secs(10),
            list_after_changes: Duration::from_mins(1),
            list_always_after: Duration::from_mins(10),
            list_rest: 50,
        }
    }
}

pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// What this process knows of a directory's time. Lost with it, which only costs a repetition.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// A second of the directory's clock, and a moment at which it certainly had begun.
    begun: Option<(i64, Instant)>,
    /// When all ids were listed last, and how long it took.
    listed: Option<(Instant, Duration)>,
}

impl Memory {
    /// A timestamp that the directory has given until now.
    pub fn saw(&mut self, second: i64) {
        let now = Instant::now();
        if self.least(now).is_none_or(|least| second > least) {
            self.begun = Some((second, now));
        }
    }

    /// Whether a second was over at some moment, and everything that was being written in it was done.
    pub fn was_over(&self, second: i64, at: Instant, pace: Pace) -> bool {
        self.least(at).is_some_and(|least| least >= second.saturating_add(seconds(pace.settled_after)))
    }

    /// The directory's clock showed at least this at a moment.
    fn least(&self, at: Instant) -> Option<i64> {
        let (second, since) = self.begun?;
        Some(second.saturating_add(seconds(at.checked_duration_since(since)?)))
    }

    pub fn listed(&mut self, took: Duration) {
        self.listed = Some((Instant::now(), took));
    }

    pub fn must_list(&self, changed: bool, pace: Pace) -> bool {
        let least = if changed {
            pace.list_after_changes.min(pace.list_always_after)
        } else {
            pace.list_always_after
        };
        self.listed.is_none_or(|(at, took)| at.elapsed() >= least.max(took * pace.list_rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        settled_after: Duration::from_secs(10),
        list_after_changes: Duration::ZERO,
        list_always_after: Duration::from_mins(10),
        list_rest: 50,
    };

    #[test]
    fn a_second_is_over_only_some_time_after_it_was_seen_to_have_begun() {
        let mut memory = Memory::default();
        let now = Instant::now();
        assert!(!memory.was_over(7, now, PACE), "after a restart nothing is known");
        memory.saw(7);
        let (soon, later) = (now + Duration::from_secs(5), now + Duration::from_secs(30));
        assert!(!memory.was_over(7, soon, PACE));
        assert!(memory.was_over(7, later, PACE) && !memory.was_over(30, later, PACE));
        memory.saw(6);
        assert!(memory.was_over(7, later, PACE), "an earlier second tells nothing new");
        memory.saw(100);
        assert!(memory.was_over(90, soon, PACE) && memory.was_over(100, later, PACE));
    }

    #[test]
    fn all_ids_are_listed_first_and_then_rarely_and_never_for_most_of_the_time() {
        let mut memory = Memory::default();
        assert!(memory.must_list(false, PACE));
        memory.listed(Duration::ZERO);
        assert!(!memory.must_list(false, PACE));
        assert!(memory.must_list(true, PACE));
        memory.listed(Duration::from_secs(100));
        assert!(!memory.must_list(true, PACE), "a list that took long is not made soon again");
    }
}
