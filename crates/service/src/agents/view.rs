//! Agents as they are shown. States are told by the clock whenever they are asked for, so that a stopped portal never
//! shows a stale green.

use chrono::TimeDelta;
use domain::access::{Principal, Role};
use domain::agent::{Agent, AgentState, AgentWork, CheckOutcome, Patience, ReadinessCheck};
use domain::enrolment::{AgentAlarm, Enrolment};
use domain::timeline::{BeatHour, BeatPoint, Presence, Stretch, seconds_of, stretches};
use domain::{AgentId, DomainId, EnrolmentId, Time};
use storage::agent::{AgentFilter, StoredAgent};
use storage::{Page, PageRequest};

use crate::world::World;
use crate::{Result, Service, ServiceError};

/// With fewer healthy agents a domain is one failure, or one update, away from standing still.
pub const FEWEST_AGENTS: u64 = 3;

/// Which agents to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentQuery {
    /// Part of the machine's name.
    pub text: Option<String>,
    /// Empty: all.
    pub states: Vec<AgentState>,
    /// By id or by name.
    pub domain: Option<String>,
    /// Also those that have been silent, or retired, for so long that lists leave them out.
    pub hidden: bool,
}

/// An agent at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentView {
    pub agent: Agent,
    pub state: AgentState,
    /// Whether it holds a connection right now.
    pub connected: bool,
    pub alarms: Vec<AgentAlarm>,
    /// The token that let it in.
    pub enrolment: EnrolmentId,
    /// A new key waits for its first request.
    pub key_change: bool,
    /// When all this was looked up.
    pub observed_at: Time,
}

impl AgentView {
    fn new(stored: StoredAgent, connected: bool, now: Time, patience: Patience) -> Self {
        Self {
            state: stored.agent.heard.state(now, patience),
            connected,
            agent: stored.agent,
            alarms: stored.alarms,
            enrolment: stored.enrolment,
            key_change: stored.next_key.is_some(),
            observed_at: now,
        }
    }

    /// Version of its program, once it said so.
    pub fn version(&self) -> Option<&str> {
        self.agent.beat.as_ref().map(|beat| beat.version.as_str())
    }

    /// Readiness checks with this outcome.
    pub fn checks(&self, outcome: CheckOutcome) -> impl Iterator<Item = &ReadinessCheck> {
        self.agent.readiness.iter().filter(move |check| check.outcome == outcome)
    }

    /// Whether cycles of this domain can run through it.
    pub fn is_healthy_for(&self, domain: &str) -> bool {
        let reach = self.agent.beat.iter().flat_map(|beat| &beat.domains);
        self.state == AgentState::Active
            && self.agent.domains.iter().any(|served| served == domain)
            && reach.filter(|reach| reach.domain == domain).all(|reach| reach.reachable)
    }
}

/// A piece of an agent's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    pub from: Time,
    pub until: Time,
    /// Seconds covered by the portal's own port, by the status port only, and by neither. Together less than the
    /// bucket's length where the agent did not exist yet or the bucket is not over.
    pub main_seconds: u32,
    pub status_seconds: u32,
    pub silent_seconds: u32,
    pub beats: u32,
    /// Beats that found a directory unreachable.
    pub unreachable: u32,
    /// The slowest directory's answer, milliseconds.
    pub latency_ms: Option<u16>,
}

/// One agent with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentDetail {
    pub view: AgentView,
    /// The last 24 hours in quarters of an hour.
    pub day: Vec<Bucket>,
    /// The last 7 days in hours.
    pub week: Vec<Bucket>,
    /// The last 24 hours, exactly.
    pub stretches: Vec<Stretch>,
    /// The newest single beats, oldest first; 60 at most.
    pub latest: Vec<BeatPoint>,
    /// What it read lately and what failed, newest first; known since the server started.
    pub work: Vec<AgentWork>,
    /// The token that let it in, while it is known.
    pub enrolment: Option<Enrolment>,
}

/// How well a domain is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainVerdict {
    /// Read by the portal itself.
    Direct,
    /// By enough agents.
    Fine,
    /// By fewer than [`FEWEST_AGENTS`].
    Few,
    /// By none: its configurations wait.
    Unserved,
}

/// The agents of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainAgents {
    pub id: DomainId,
    pub name: String,
    /// The portal has a connection of its own.
    pub direct: bool,
    /// Agents that are neither retired nor hidden.
    pub agents: u64,
    /// Those through which a cycle can run now.
    pub healthy: u64,
}

impl DomainAgents {
    pub const fn verdict(&self) -> DomainVerdict {
        if self.direct {
            DomainVerdict::Direct
        } else if self.healthy == 0 {
            DomainVerdict::Unserved
        } else if self.healthy < FEWEST_AGENTS {
            DomainVerdict::Few
        } else {
            DomainVerdict::Fine
        }
    }
}

/// All agents at a glance; those that lists hide are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSummary {
    /// States that occur, in the order of [`AgentState::ALL`].
    pub states: Vec<(AgentState, u64)>,
    /// Every domain, by name.
    pub domains: Vec<DomainAgents>,
    /// Agents with alarms that nobody cleared.
    pub alarmed: u64,
}

impl AgentSummary {
    pub fn count(&self, state: AgentState) -> u64 {
        self.states.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count)
    }

    /// Agents in any state.
    pub fn total(&self) -> u64 {
        self.states.iter().map(|(_, count)| count).sum()
    }
}

impl Service {
    /// Agents by the names of their machines.
    pub async fn agents(
        &self,
        principal: &Principal,
        query: &AgentQuery,
        page: PageRequest,
    ) -> Result<Page<AgentView>> {
        Self::require(principal, Role::Reader)?;
        let domain = match &query.domain {
            None => None,
            Some(reference) => Some(World::load(self.storage()).await?.find_domain(reference)?.id),
        };
        let (now, patience) = (self.now(), self.patience());
        let filter = AgentFilter {
            now,
            patience,
            text: query.text.clone().filter(|text| !text.trim().is_empty()),
            states: query.states.clone(),
            domain,
            hidden: query.hidden,
        };
        if !query.states.is_empty() {
            self.write_changed_states().await?;
        }
        let found = self.storage().agents(&filter, page).await?;
        let mut views = found.map(|stored| self.view(stored, now, patience));
        // What was heard while the list was read may not have been in the database.
        views.items.retain(|view| query.states.is_empty() || query.states.contains(&view.state));
        Ok(views)
    }

    fn view(&self, mut stored: StoredAgent, now: Time, patience: Patience) -> AgentView {
        self.fleet().known().bring_up(&mut stored);
        let connected = self.connected(stored.agent.id);
        AgentView::new(stored, connected, now, patience)
    }

    /// One agent with its timelines.
    pub async fn agent(&self, principal: &Principal, id: AgentId) -> Result<AgentDetail> {
        Self::require(principal, Role::Reader)?;
        let (now, patience) = (self.now(), self.patience());
        let stored = self.storage().agent(id).await?;
        let stored = stored.ok_or_else(|| ServiceError::not_found(format!("agent {id}")))?;
        let view = self.view(stored, now, patience);
        let week = begin(now, TimeDelta::hours(1), 168);
        let mut points = self.storage().beats(id, week).await?;
        let waiting = self.fleet().known().points(id);
        let last = points.last().map(|point| point.at);
        points.extend(waiting.into_iter().filter(|point| last.is_none_or(|last| point.at > last)));
        let hours = self.storage().beat_hours(id, week).await?;
        let born = view.agent.enrolled_at;
        // Nothing is silent that need not speak any more.
        let end = view.agent.heard.retired.unwrap_or(now).min(now);
        let known = (born, end);
        let day_ago = (now - TimeDelta::hours(24)).max(born);
        Ok(AgentDetail {
            day: buckets(&points, &[], known, now, TimeDelta::minutes(15), 96, patience),
            week: buckets(&points, &hours, known, now, TimeDelta::hours(1), 168, patience),
            stretches: stretches(&points, day_ago, end, patience),
            latest: points[points.len().saturating_sub(60)..].to_vec(),
            work: self
                .fleet()
                .connections
                .get()
                .map(|wires| newest_first(wires.work(id)))
                .unwrap_or_default(),
            enrolment: self.storage().enrolment(view.enrolment).await?,
            view,
        })
    }

    /// What the database counts by state is true again after this. Whoever was told that a state changed asks at once.
    async fn write_changed_states(&self) -> Result<()> {
        let changed = self.fleet().known().changed;
        if changed { self.write_beats().await } else { Ok(()) }
    }

    /// How many agents there are in which state, and how well each domain is served.
    pub async fn agent_summary(&self, principal: &Principal) -> Result<AgentSummary> {
        Self::require(principal, Role::Reader)?;
        let (now, patience) = (self.now(), self.patience());
        self.write_changed_states().await?;
        let counts = self.storage().agent_counts(now, patience).await?;
        let unreached = self.fleet().known().unreached(now, patience);
        let mut states = counts.states;
        states.sort_by_key(|(state, _)| AgentState::ALL.iter().position(|known| known == state));
        let domains = self.storage().domains().await?;
        let domains = domains.into_iter().map(|domain| {
            let of = |wanted: &dyn Fn(AgentState) -> bool| {
                let counted =
                    counts.domains.iter().filter(|(id, state, _)| *id == domain.id && wanted(*state));
                counted.map(|(.., count)| count).sum::<u64>()
            };
            let blind = unreached.iter().filter(|name| **name == domain.name).count() as u64;
            DomainAgents {
                agents: of(&|state| state != AgentState::Retired),
                healthy: of(&|state| state == AgentState::Active).saturating_sub(blind),
                direct: domain.connection.is_some(),
                id: domain.id,
                name: domain.name,
            }
        });
        Ok(AgentSummary { states, domains: domains.collect(), alarmed: counts.alarmed })
    }
}

fn newest_first(mut work: Vec<AgentWork>) -> Vec<AgentWork> {
    work.reverse();
    work
}

/// Where the first of so many buckets begins, if the last one holds this moment. Buckets begin at full quarters and
/// hours of the clock.
fn begin(now: Time, length: TimeDelta, count: i32) -> Time {
    let seconds = length.num_seconds().max(1);
    let last = now.timestamp().div_euclid(seconds) * seconds;
    Time::from_timestamp(last, 0).unwrap_or(now) - length * (count - 1)
}

/// `known` is from when until when the agent had to speak.
fn buckets(
    points: &[BeatPoint],
    hours: &[BeatHour],
    known: (Time, Time),
    now: Time,
    length: TimeDelta,
    count: i32,
    patience: Patience,
) -> Vec<Bucket> {
    let first = begin(now, length, count);
    let covered = stretches(points, first, known.1, patience);
    // Where single beats are gone, the hours speak.
    let mut point = points.partition_point(|point| point.at < first);
    let mut hour = hours.partition_point(|hour| hour.at < first);
    (0..count)
        .map(|place| {
            let from = first + length * place;
            let until = from + length;
            let mut bucket = Bucket {
                from,
                until,
                main_seconds: seconds_of(&covered, Presence::Main, from, until),
                status_seconds: seconds_of(&covered, Presence::Status, from, until),
                silent_seconds: 0,
                beats: 0,
                unreachable: 0,
                latency_ms: None,
            };
            while let Some(next) = points.get(point).filter(|next| next.at < until) {
                bucket.beats += 1;
                bucket.unreachable += u32::from(!next.reachable);
                bucket.latency_ms = bucket.latency_ms.max(next.latency_ms);
                point += 1;
            }
            while let Some(next) = hours.get(hour).filter(|next| next.at < until) {
                bucket.main_seconds += next.main_seconds;
                bucket.status_seconds += next.status_seconds;
                bucket.beats += next.beats;
                bucket.unreachable += next.unreachable;
                bucket.latency_ms = bucket.latency_ms.max(next.latency_ms);
                hour += 1;
            }
            let must = (until.min(known.1) - from.max(known.0)).num_seconds();
            let must = u32::try_from(must).unwrap_or(0);
            bucket.silent_seconds = must.saturating_sub(bucket.main_seconds + bucket.status_seconds);
            bucket
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::agent::BeatChannel;

    use super::*;

    fn at(second: i64) -> Time {
        Time::from_timestamp(1_790_002_800 + second, 0).expect("a time")
    }

    fn point(second: i64) -> BeatPoint {
        BeatPoint {
            at: at(second),
            channel: BeatChannel::Main,
            reachable: second != 60,
            latency_ms: Some(5),
            load_centicores: 0,
            memory_mib: 0,
            running: 0,
        }
    }

    #[test]
    fn buckets_stand_on_the_clock_and_the_last_holds_this_moment() {
        let now = at(1000);
        let found =
            buckets(&[], &[], (at(-10_000), now), now, TimeDelta::minutes(15), 4, Patience::default());
        let begins: Vec<i64> = found.iter().map(|bucket| (bucket.from - at(0)).num_seconds()).collect();
        assert_eq!(begins, [-1800, -900, 0, 900]);
        let silent: Vec<u32> = found.iter().map(|bucket| bucket.silent_seconds).collect();
        assert_eq!(silent, [900, 900, 900, 100]);
    }

    #[test]
    fn before_an_agent_was_there_nothing_was_silent() {
        let now = at(1000);
        let found = buckets(
            &[point(0), point(60)],
            &[],
            (at(-100), now),
            now,
            TimeDelta::minutes(15),
            4,
            Patience::default(),
        );
        let silent: Vec<u32> = found.iter().map(|bucket| bucket.silent_seconds).collect();
        assert_eq!(silent, [0, 100, 660, 100]);
        assert_eq!((found[2].main_seconds, found[2].beats, found[2].unreachable), (240, 2, 1));
    }

    #[test]
    fn hours_stand_in_for_beats_that_are_gone() {
        let now = at(7300);
        let hour = BeatHour {
            at: at(0),
            main_seconds: 3000,
            status_seconds: 200,
            beats: 50,
            unreachable: 4,
            latency_ms: Some(9),
        };
        let found =
            buckets(&[point(3600)], &[hour], (at(0), now), now, TimeDelta::hours(1), 3, Patience::default());
        assert_eq!(
            (found[0].main_seconds, found[0].status_seconds, found[0].silent_seconds),
            (3000, 200, 400)
        );
        assert_eq!((found[0].beats, found[0].latency_ms), (50, Some(9)));
        assert_eq!((found[1].main_seconds, found[1].silent_seconds), (180, 3420));
        assert_eq!(found[2].silent_seconds, 100);
    }
}
