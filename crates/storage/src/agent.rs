//! Agents: the tokens that let them in, their keys and counters, what was heard of them.

use async_trait::async_trait;
use domain::agent::{Agent, AgentState, Beat, Patience, ReadinessCheck};
use domain::enrolment::{AgentAlarm, AgentAlarmKind, Enrolment};
use domain::timeline::{BeatHour, BeatPoint};
use domain::{AgentId, DomainId, EnrolmentId, Time};

use crate::audit::NewAudit;
use crate::{Page, PageRequest, Result};

/// An agent with what only the portal needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAgent {
    pub agent: Agent,
    /// The token that let it in.
    pub enrolment: EnrolmentId,
    /// The key that takes over with its first good request.
    pub next_key: Option<[u8; 32]>,
    /// Alarms that nobody cleared, newest first.
    pub alarms: Vec<AgentAlarm>,
}

/// An agent that enrols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgent {
    pub id: AgentId,
    pub machine: String,
    pub public_key: [u8; 32],
    pub at: Time,
    pub address: String,
    pub protocol: u16,
}

/// What became of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enrolled {
    /// Names of the domains that the agent may serve.
    Done { domains: Vec<String> },
    /// No such token, or one that is expired or withdrawn.
    Refused,
    /// The token let this agent in before.
    UsedBefore { agent: AgentId },
}

/// A request whose signature is good, before its counter is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterStep {
    pub agent: AgentId,
    /// The key that signed.
    pub key: [u8; 32],
    pub counter: u64,
    /// When it was signed, seconds since 1970 by the agent's clock.
    pub created: i64,
    /// By which the same request is known again.
    pub mark: [u8; 16],
}

/// What is kept of an agent's last request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyState {
    pub key: [u8; 32],
    pub next_key: Option<[u8; 32]>,
    pub retired: bool,
    pub counter: u64,
    pub created: i64,
    pub mark: [u8; 16],
}

/// What a counter says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterOutcome {
    Taken,
    /// Taken, and the key that signed it is the agent's from now on.
    TakenWithNextKey,
    /// It was sent before, or came after a later one.
    Replayed,
    /// It was signed after a request with a higher counter, or there is another request with its counter: two machines
    /// have the key.
    Cloned,
    Retired,
    /// The key is not (or no longer) the agent's.
    OtherKey,
    Unknown,
}

impl KeyState {
    /// Judges a request, for every backend alike.
    pub fn judge(&self, step: &CounterStep) -> CounterOutcome {
        if self.retired {
            CounterOutcome::Retired
        } else if self.next_key == Some(step.key) {
            CounterOutcome::TakenWithNextKey
        } else if self.key != step.key {
            CounterOutcome::OtherKey
        } else if step.counter > self.counter {
            CounterOutcome::Taken
        } else if step.counter == self.counter {
            if step.mark == self.mark { CounterOutcome::Replayed } else { CounterOutcome::Cloned }
        } else if step.created > self.created {
            // One signer never signs a lower counter later.
            CounterOutcome::Cloned
        } else {
            CounterOutcome::Replayed
        }
    }
}

/// What was heard of an agent since the last write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeatWrite {
    pub agent: AgentId,
    /// When it was last heard over the portal's own port, if it was.
    pub main: Option<Time>,
    /// The same over the status port.
    pub status: Option<Time>,
    /// In the order of their times.
    pub points: Vec<BeatPoint>,
    /// The last beat, where more than its figures changed or its figures are due.
    pub beat: Option<Beat>,
    pub readiness: Option<Vec<ReadinessCheck>>,
    pub address: Option<String>,
    pub protocol: Option<u16>,
}

/// Which agents a list shows, and the moment and patience that their states are told by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentFilter {
    pub now: Time,
    pub patience: Patience,
    /// Part of the machine's name, without regard to case.
    pub text: Option<String>,
    /// Empty: all.
    pub states: Vec<AgentState>,
    pub domain: Option<DomainId>,
    /// Also agents that have been silent for so long that lists leave them out.
    pub hidden: bool,
}

/// How many agents there are in a state; those that lists hide are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentCounts {
    pub states: Vec<(AgentState, u64)>,
    pub domains: Vec<(DomainId, AgentState, u64)>,
    /// Agents with alarms that nobody cleared, hidden ones too.
    pub alarmed: u64,
}

#[async_trait]
pub trait AgentStore: Send + Sync {
    /// Keeps a token by the SHA-256 of its random bytes. `domains` that are not there are `Stale`.
    async fn add_enrolment(
        &self,
        enrolment: &Enrolment,
        hash: &[u8; 32],
        domains: &[DomainId],
        audit: NewAudit,
    ) -> Result<()>;
    /// Newest first.
    async fn enrolments(&self, page: PageRequest) -> Result<Page<Enrolment>>;
    async fn enrolment(&self, id: EnrolmentId) -> Result<Option<Enrolment>>;
    /// Takes a token back. One that is used or withdrawn is `Stale`.
    async fn withdraw_enrolment(&self, id: EnrolmentId, at: Time, audit: NewAudit) -> Result<()>;
    /// Spends a token and adds its agent; the audit entry is written only then. A key that another agent has is
    /// `Duplicate`.
    async fn enrol(&self, hash: &[u8; 32], agent: &NewAgent, audit: NewAudit) -> Result<Enrolled>;
    /// Deletes tokens that ended, unused, before this time.
    async fn expire_enrolments(&self, before: Time) -> Result<u64>;

    async fn agent(&self, id: AgentId) -> Result<Option<StoredAgent>>;
    /// By the machine's name.
    async fn agents(&self, filter: &AgentFilter, page: PageRequest) -> Result<Page<StoredAgent>>;
    async fn agent_counts(&self, now: Time, patience: Patience) -> Result<AgentCounts>;
    /// Replaces the domains that an agent may serve.
    async fn set_agent_domains(&self, id: AgentId, domains: &[DomainId], audit: NewAudit) -> Result<()>;
    /// From now on nothing of the agent is taken. One that is retired already is `Stale`.
    async fn retire_agent(&self, id: AgentId, at: Time, audit: NewAudit) -> Result<()>;
    /// Keeps the key that shall take over. One that an agent has or had is `Duplicate`.
    async fn offer_key(&self, id: AgentId, next: &[u8; 32], audit: NewAudit) -> Result<()>;
    /// Judges requests in their order and keeps the counters of those that are taken, durably.
    async fn advance_counters(&self, steps: &[CounterStep]) -> Result<Vec<CounterOutcome>>;
    /// Counts an alarm. The audit entry is written where it is the first one within an hour. Tells whether it was.
    async fn raise_alarm(
        &self,
        id: AgentId,
        kind: AgentAlarmKind,
        at: Time,
        address: &str,
        audit: NewAudit,
    ) -> Result<bool>;
    /// Forgets the agent's alarms; without any it is `Stale`.
    async fn clear_alarms(&self, id: AgentId, audit: NewAudit) -> Result<()>;

    /// One transaction for many agents. Those that are not there are passed over.
    async fn write_beats(&self, beats: &[BeatWrite]) -> Result<()>;
    /// Single beats not older than `since`, in the order of their times, and the one before them.
    async fn beats(&self, id: AgentId, since: Time) -> Result<Vec<BeatPoint>>;
    /// Hours not older than `since`, of beats that are no longer kept singly.
    async fn beat_hours(&self, id: AgentId, since: Time) -> Result<Vec<BeatHour>>;
    /// Turns beats older than `before` into hours, of so many agents at most. Tells how many there were.
    async fn fold_beats(&self, before: Time, patience: Patience, agents: u32) -> Result<u64>;
    /// Deletes hours older than `before`.
    async fn expire_beat_hours(&self, before: Time, limit: u32) -> Result<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> KeyState {
        KeyState {
            key: [1; 32],
            next_key: Some([2; 32]),
            retired: false,
            counter: 10,
            created: 1000,
            mark: [7; 16],
        }
    }

    fn step(counter: u64, created: i64, mark: u8) -> CounterStep {
        let agent = AgentId::new(uuid::Uuid::from_u128(1));
        CounterStep { agent, key: [1; 32], counter, created, mark: [mark; 16] }
    }

    #[test]
    fn a_higher_counter_is_taken_whatever_the_clock_says() {
        assert_eq!(state().judge(&step(11, 1000, 8)), CounterOutcome::Taken);
        assert_eq!(state().judge(&step(11, 900, 8)), CounterOutcome::Taken);
        assert_eq!(state().judge(&step(5000, 1001, 8)), CounterOutcome::Taken);
    }

    #[test]
    fn a_request_that_was_sent_before_is_a_replay() {
        assert_eq!(state().judge(&step(10, 1000, 7)), CounterOutcome::Replayed);
        assert_eq!(state().judge(&step(9, 1000, 8)), CounterOutcome::Replayed);
        assert_eq!(state().judge(&step(3, 990, 8)), CounterOutcome::Replayed);
    }

    #[test]
    fn two_signers_with_one_key_are_told_by_their_counters() {
        assert_eq!(state().judge(&step(10, 1000, 8)), CounterOutcome::Cloned);
        assert_eq!(state().judge(&step(4, 1001, 8)), CounterOutcome::Cloned);
    }

    #[test]
    fn the_next_key_takes_over_with_a_counter_of_its_own() {
        let next = CounterStep { key: [2; 32], ..step(1, 1001, 8) };
        assert_eq!(state().judge(&next), CounterOutcome::TakenWithNextKey);
        let stranger = CounterStep { key: [3; 32], ..step(11, 1001, 8) };
        assert_eq!(state().judge(&stranger), CounterOutcome::OtherKey);
    }

    #[test]
    fn nothing_of_a_retired_agent_is_taken() {
        let retired = KeyState { retired: true, ..state() };
        assert_eq!(retired.judge(&step(11, 1001, 8)), CounterOutcome::Retired);
        assert_eq!(
            retired.judge(&CounterStep { key: [2; 32], ..step(11, 1001, 8) }),
            CounterOutcome::Retired
        );
    }
}
