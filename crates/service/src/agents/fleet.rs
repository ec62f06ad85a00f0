//! What this process knows of agents before it is in the database: who was heard since it started, and what they said
//! since the last write.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use chrono::TimeDelta;
use domain::agent::{AgentState, Beat, BeatChannel, Heard, Patience, ReadinessCheck};
use domain::timeline::BeatPoint;
use domain::{AgentId, Time};
use storage::agent::{BeatWrite, StoredAgent};

use super::authenticate::Counters;
use super::enrolment::Doors;
use super::{AgentSetup, Connections};

/// Figures alone (load, memory, latency) are written so often.
const FIGURES_EVERY: TimeDelta = TimeDelta::minutes(5);
/// Beats of one agent that wait for a database that does not take them.
const MOST_WAITING: usize = 256;
/// In a fleet up to this size open pages hear of every beat, but of the same agent no more often than this.
const SMALL_FLEET: usize = 200;
const HINT_EVERY: TimeDelta = TimeDelta::seconds(10);

#[derive(Default)]
pub(crate) struct Fleet {
    pub setup: RwLock<AgentSetup>,
    pub connections: OnceLock<Arc<dyn Connections>>,
    pub counters: Counters,
    pub doors: Doors,
    known: Mutex<Known>,
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Known {
    agents: HashMap<AgentId, Entry>,
    retired: HashSet<AgentId>,
    /// An agent's state changed since the last write: what the database counts is not true any more.
    pub changed: bool,
}

/// One agent that was heard since the process started.
#[derive(Debug, Default)]
struct Entry {
    heard: Heard,
    /// The state that open pages were last told of.
    told: Option<AgentState>,
    told_at: Time,
    beat: Option<Beat>,
    /// Of what the beat says besides figures.
    said: u64,
    figures_at: Option<Time>,
    address: Option<String>,
    protocol: Option<u16>,
    waiting: Waiting,
}

#[derive(Debug, Default)]
struct Waiting {
    points: Vec<BeatPoint>,
    beat: bool,
    readiness: Option<Vec<ReadinessCheck>>,
    address: bool,
    protocol: bool,
}

/// Whether a beat was taken, and whether open pages should hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Quietly,
    Telling,
    Retired,
}

impl Fleet {
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    pub fn take(
        &mut self,
        agent: AgentId,
        channel: BeatChannel,
        mut beat: Beat,
        address: &str,
        now: Time,
        patience: Patience,
    ) -> Taken {
        if self.retired.contains(&agent) {
            return Taken::Retired;
        }
        let small = self.agents.len() <= SMALL_FLEET;
        let entry = self.agents.entry(agent).or_default();
        match channel {
            BeatChannel::Main => entry.heard.main = entry.heard.main.max(Some(now)),
            BeatChannel::Status => entry.heard.status = entry.heard.status.max(Some(now)),
        }
        let point = BeatPoint::of(now, channel, &beat);
        let points = &mut entry.waiting.points;
        // However fast an agent beats, the history has one a second.
        points.pop_if(|last| last.channel == channel && last.at == point.at);
        if points.len() >= MOST_WAITING {
            points.remove(0);
        }
        points.push(point);
        let mut news = false;
        if let Some(readiness) = beat.readiness.take() {
            entry.waiting.readiness = Some(readiness);
            news = true;
        }
        let said = said(&beat);
        if said != entry.said || entry.beat.is_none() {
            entry.said = said;
            entry.waiting.beat = true;
            news = true;
        }
        if entry.figures_at.is_none_or(|last| now - last >= FIGURES_EVERY) {
            entry.waiting.beat = true;
        }
        entry.beat = Some(beat);
        entry.came_from(address);
        let state = entry.heard.state(now, patience);
        self.changed |= entry.told != Some(state);
        if news || entry.told != Some(state) || (small && now - entry.told_at >= HINT_EVERY) {
            entry.told = Some(state);
            entry.told_at = now;
            Taken::Telling
        } else {
            Taken::Quietly
        }
    }

    /// Notes a new connection; `false` where the agent is retired.
    pub fn connect(&mut self, agent: AgentId, protocol: u16, address: &str) -> bool {
        if self.retired.contains(&agent) {
            return false;
        }
        let entry = self.agents.entry(agent).or_default();
        entry.came_from(address);
        if entry.protocol != Some(protocol) {
            entry.protocol = Some(protocol);
            entry.waiting.protocol = true;
        }
        true
    }

    pub fn retire(&mut self, agent: AgentId) {
        self.retired.insert(agent);
        self.agents.remove(&agent);
    }

    pub fn remember(&mut self, agent: AgentId, heard: Heard, now: Time, patience: Patience) {
        let entry = self.agents.entry(agent).or_default();
        entry.heard = merged(entry.heard, heard);
        entry.told.get_or_insert(heard.state(now, patience));
    }

    /// Agents whose state is another one than open pages were told, with time alone.
    pub fn aged(&mut self, now: Time, patience: Patience) -> Vec<AgentId> {
        let mut aged = Vec::new();
        for (id, entry) in &mut self.agents {
            let state = entry.heard.state(now, patience);
            if entry.told != Some(state) {
                entry.told = Some(state);
                entry.told_at = now;
                aged.push(*id);
            }
        }
        aged
    }

    /// What waits to be written. What comes in from now on waits for the next time.
    pub fn waiting(&mut self, now: Time) -> Vec<BeatWrite> {
        self.changed = false;
        let mut writes = Vec::new();
        for (id, entry) in &mut self.agents {
            let waiting = std::mem::take(&mut entry.waiting);
            let Waiting { points, beat, readiness, address, protocol } = waiting;
            if points.is_empty() && !beat && readiness.is_none() && !address && !protocol {
                continue;
            }
            if beat {
                entry.figures_at = Some(now);
            }
            let over = |channel| points.iter().any(|point| point.channel == channel);
            writes.push(BeatWrite {
                agent: *id,
                main: entry.heard.main.filter(|_| over(BeatChannel::Main)),
                status: entry.heard.status.filter(|_| over(BeatChannel::Status)),
                points,
                beat: entry.beat.clone().filter(|_| beat),
                readiness,
                address: entry.address.clone().filter(|_| address),
                protocol: entry.protocol.filter(|_| protocol),
            });
        }
        writes
    }

    /// Puts back what could not be written, before what came in meanwhile.
    pub fn put_back(&mut self, writes: Vec<BeatWrite>) {
        for write in writes {
            let Some(entry) = self.agents.get_mut(&write.agent) else { continue };
            let waiting = &mut entry.waiting;
            let mut points = write.points;
            points.append(&mut waiting.points);
            points.drain(..points.len().saturating_sub(MOST_WAITING));
            waiting.points = points;
            waiting.beat |= write.beat.is_some();
            waiting.readiness = waiting.readiness.take().or(write.readiness);
            waiting.address |= write.address.is_some();
            waiting.protocol |= write.protocol.is_some();
        }
    }

    /// Brings what was read from the database up to this moment.
    pub fn bring_up(&self, stored: &mut StoredAgent) {
        let Some(entry) = self.agents.get(&stored.agent.id) else { return };
        let agent = &mut stored.agent;
        agent.heard = Heard { retired: agent.heard.retired, ..merged(agent.heard, entry.heard) };
        if let Some(beat) = &entry.beat {
            agent.beat = Some(beat.clone());
        }
        if let Some(readiness) = &entry.waiting.readiness {
            agent.readiness.clone_from(readiness);
        }
        if entry.address.is_some() {
            agent.external_address.clone_from(&entry.address);
        }
        agent.protocol = entry.protocol.or(agent.protocol);
    }

    /// Names of the domains whose directory an agent of this process cannot reach although it is active itself, each
    /// once for each such agent.
    pub fn unreached(&self, now: Time, patience: Patience) -> Vec<String> {
        let active =
            self.agents.values().filter(|entry| entry.heard.state(now, patience) == AgentState::Active);
        active
            .filter_map(|entry| entry.beat.as_ref())
            .flat_map(|beat| beat.domains.iter().filter(|reach| !reach.reachable))
            .map(|reach| reach.domain.clone())
            .collect()
    }

    /// Single beats that are not written yet, for an agent's timeline.
    pub fn points(&self, agent: AgentId) -> Vec<BeatPoint> {
        self.agents.get(&agent).map(|entry| entry.waiting.points.clone()).unwrap_or_default()
    }
}

impl Entry {
    fn came_from(&mut self, address: &str) {
        if self.address.as_deref() != Some(address) {
            self.address = Some(address.to_owned());
            self.waiting.address = true;
        }
    }
}

fn merged(one: Heard, other: Heard) -> Heard {
    Heard {
        main: one.main.max(other.main),
        status: one.status.max(other.status),
        retired: one.retired.max(other.retired),
    }
}

/// What a beat says besides its figures.
fn said(beat: &Beat) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&beat.version, &beat.system, beat.started_at).hash(&mut hasher);
    for reach in &beat.domains {
        (&reach.domain, reach.reachable, &reach.error).hash(&mut hasher);
    }
    hasher.finish()
}
