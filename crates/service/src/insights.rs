//! Insights: what was done over time, how long it took, who was there, and what fails most.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::access::{Principal, Role};
use domain::{Cycle, Time};
pub use storage::insight::{CycleSlot, ObjectStates, OperationSlot, Period};
pub use storage::link::LinkState;

use crate::world::World;
use crate::{Result, Service, ServiceError};

/// The longest range.
pub const MOST_DAYS: i64 = 92;

/// Ranges up to this many hours are told by the hour, longer ones by the day.
const BY_THE_HOUR: i64 = 72;

/// Codes that are told.
const MOST_ERRORS: u32 = 10;

/// Cycles that are told one by one.
const MOST_LONGEST: u32 = 5;

/// Hours times agents that are looked at: of very many agents fewer hours are told.
const MOST_AGENT_HOURS: i64 = 1_000_000;

/// Which stretch of time, and of which configuration; absent: of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightsRequest {
    pub since: Time,
    /// Now at the latest.
    pub until: Time,
    /// Id or name.
    pub configuration: Option<String>,
}

/// How many agents were heard in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentSlot {
    pub at: Time,
    /// The fewest in any of the slot's hours, and the most.
    pub fewest: u64,
    pub most: u64,
}

/// Everything that the page shows. Every slot of the range is there, those without anything too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insights {
    /// In whole slots, so that it may begin before what was asked for.
    pub period: Period,
    pub slots: Vec<Time>,
    pub operations: Vec<OperationSlot>,
    pub errors: Vec<(String, u64)>,
    pub cycles: Vec<CycleSlot>,
    /// Some that took longest, the longest first.
    pub longest: Vec<Cycle>,
    /// Of all configurations. Empty where no agent was heard; it begins later than the range where there are too many.
    pub agents: Vec<AgentSlot>,
    pub states: ObjectStates,
}

impl Service {
    /// Figures over a range, from counts that are kept anyway: the log itself is not read.
    pub async fn insights(&self, principal: &Principal, request: &InsightsRequest) -> Result<Insights> {
        Self::require(principal, Role::Reader)?;
        let configuration = match &request.configuration {
            Some(reference) => Some(World::load(self.storage()).await?.find_configuration(reference)?.id),
            None => None,
        };
        let now = self.now();
        let (since, until) = (request.since, request.until.min(now));
        if since >= until {
            return Err(ServiceError::invalid("from", "lies after the end of the range"));
        }
        if until - since > TimeDelta::days(MOST_DAYS) {
            return Err(ServiceError::invalid(
                "from",
                format!("lies more than {MOST_DAYS} days before the end"),
            ));
        }
        let hours = (until - since).num_hours();
        let slot = if hours <= BY_THE_HOUR { TimeDelta::hours(1) } else { TimeDelta::days(1) };
        let since = floor(since, slot);
        let period = Period { since, until, slot, configuration };
        let slots = every(&period);
        let storage = self.storage();
        let agents = storage.agent_counts(now, self.patience()).await?;
        let agents = agents.states.iter().map(|(_, count)| *count).sum::<u64>();
        let most_hours = MOST_AGENT_HOURS / i64::try_from(agents).unwrap_or(i64::MAX).max(1);
        let heard_since = floor(since.max(until - TimeDelta::hours(most_hours.max(24))), slot);
        let heard = storage.agents_heard(heard_since, until).await?;
        Ok(Insights {
            operations: storage.operations_over_time(&period).await?,
            errors: storage.top_errors(&period, MOST_ERRORS).await?,
            cycles: storage.cycles_over_time(&period).await?,
            longest: storage.longest_cycles(&period, MOST_LONGEST).await?,
            agents: by_slot(&heard, heard_since, &period),
            states: storage.object_states(configuration).await?,
            slots,
            period,
        })
    }
}

/// The hours of all configurations that began at most so long ago, the present one among them.
pub(crate) fn last_hours(now: Time, hours: i32) -> Period {
    let slot = TimeDelta::hours(1);
    Period { since: floor(now - slot * hours, slot), until: now + slot, slot, configuration: None }
}

/// The beginning of the slot that a moment lies in.
fn floor(at: Time, slot: TimeDelta) -> Time {
    let seconds = at.timestamp();
    Time::from_timestamp(seconds - seconds.rem_euclid(slot.num_seconds().max(1)), 0).unwrap_or(at)
}

fn every(period: &Period) -> Vec<Time> {
    let mut slots = Vec::new();
    let mut at = period.since;
    while at < period.until {
        slots.push(at);
        at += period.slot;
    }
    slots
}

/// The fewest and the most of each slot's hours. Hours in which nobody was heard count as none, but only from the first
/// agent on.
fn by_slot(heard: &[(Time, u64)], since: Time, period: &Period) -> Vec<AgentSlot> {
    let Some((first, _)) = heard.first() else { return Vec::new() };
    let counts: BTreeMap<Time, u64> = heard.iter().copied().collect();
    let mut slots: Vec<AgentSlot> = Vec::new();
    let mut hour = floor(since.max(*first), TimeDelta::hours(1));
    // The hour that has just begun is not over: who has not been heard in it is not missing.
    while hour + TimeDelta::hours(1) <= period.until || (slots.is_empty() && hour < period.until) {
        let count = counts.get(&hour).copied().unwrap_or(0);
        let at = floor(hour, period.slot);
        match slots.last_mut().filter(|slot| slot.at == at) {
            Some(slot) => (slot.fewest, slot.most) = (slot.fewest.min(count), slot.most.max(count)),
            None => slots.push(AgentSlot { at, fewest: count, most: count }),
        }
        hour += TimeDelta::hours(1);
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(number: i64) -> Time {
        Time::from_timestamp(1_800_000_000, 0).map(|at| floor(at, TimeDelta::days(1))).expect("a time")
            + TimeDelta::hours(number)
    }

    #[test]
    fn slots_cover_the_range_and_begin_on_the_hour_or_the_day() {
        let period = |hours: i64, slot| Period {
            since: floor(hour(3) + TimeDelta::minutes(20), slot),
            until: hour(3 + hours),
            slot,
            configuration: None,
        };
        let day = every(&period(24, TimeDelta::hours(1)));
        assert_eq!((day.first(), day.len()), (Some(&hour(3)), 24));
        let week = every(&period(7 * 24, TimeDelta::days(1)));
        assert_eq!((week.first(), week.len()), (Some(&hour(0)), 8));
    }

    #[test]
    fn the_hour_that_has_just_begun_says_nothing_of_who_is_missing() {
        let slot = TimeDelta::hours(1);
        let period =
            Period { since: hour(0), until: hour(2) + TimeDelta::seconds(10), slot, configuration: None };
        let heard = [(hour(0), 4), (hour(1), 4), (hour(2), 1)];
        let most = |slots: Vec<AgentSlot>| slots.iter().map(|slot| slot.most).collect::<Vec<_>>();
        assert_eq!(most(by_slot(&heard, hour(0), &period)), [4, 4]);
        assert_eq!(most(by_slot(&heard[2..], hour(2), &period)), [1], "the first agents came just now");
    }

    #[test]
    fn an_hour_of_silence_is_the_fewest_of_its_day_but_not_before_the_first_agent() {
        let period =
            Period { since: hour(0), until: hour(48), slot: TimeDelta::days(1), configuration: None };
        let heard: Vec<(Time, u64)> =
            (20..40).filter(|number| *number != 30).map(|number| (hour(number), 3)).collect();
        let slots = by_slot(&heard, hour(0), &period);
        assert_eq!(
            slots,
            [AgentSlot { at: hour(0), fewest: 3, most: 3 }, AgentSlot { at: hour(24), fewest: 0, most: 3 }]
        );
        assert!(by_slot(&[], hour(0), &period).is_empty());
    }
}
