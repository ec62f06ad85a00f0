//! Heartbeats: taken at once, written in groups.

use std::time::Duration;

use chrono::TimeDelta;
use domain::agent::{Beat, BeatChannel};
use domain::document::FieldProblem;
use domain::{AgentId, Time};
use storage::PageRequest;
use storage::agent::AgentFilter;

use super::fleet::Taken;
use crate::{Result, Service, ServiceError};

/// Beats of so many agents are one transaction: other writers wait no longer than it lasts.
const TOGETHER: usize = 2_000;
/// The longest that beats wait for their transaction.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// How long single beats are kept.
const RAW: TimeDelta = TimeDelta::hours(48);
/// How long hours of beats are kept.
const HOURS: TimeDelta = TimeDelta::days(90);
/// How long a token that was never used is shown.
const ENROLMENTS: TimeDelta = TimeDelta::days(7);
/// Agents whose beats are turned into hours in one transaction.
const FOLDED: u32 = 200;
const EXPIRED: u32 = 2_000;

const MOST_DOMAINS: usize = 200;
const MOST_CHECKS: usize = 1_000;
const LONGEST_WORD: usize = 200;
const LONGEST_TEXT: usize = 2_000;
/// How far an agent's clock may be off before its times cannot be kept.
const SANE_YEARS: i64 = 100;

impl Service {
    /// Takes what an agent says of itself. It counts at once and is written within seconds. What is no sane beat is
    /// [`ServiceError::Invalid`] with everything that is wrong; a retired agent's is [`ServiceError::Conflict`].
    pub fn record_beat(&self, agent: AgentId, channel: BeatChannel, beat: Beat, address: &str) -> Result<()> {
        let now = self.now();
        let problems = problems(&beat, now);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let taken = self.fleet().known().take(agent, channel, beat, address, now, self.patience());
        match taken {
            Taken::Quietly => {}
            Taken::Telling => self.hint(agent),
            Taken::Retired => return Err(ServiceError::Conflict("the agent is retired".to_owned())),
        }
        Ok(())
    }

    /// The hub has a connection of this agent. `false`: the agent was retired meanwhile, and the connection must end.
    pub fn agent_connected(&self, agent: AgentId, protocol: u16, address: &str) -> bool {
        let taken = self.fleet().known().connect(agent, protocol, address);
        if taken {
            self.hint(agent);
        }
        taken
    }

    /// The hub lost the last connection of this agent.
    pub fn agent_disconnected(&self, agent: AgentId) {
        self.hint(agent);
    }

    /// Writes what waits.
    pub async fn write_beats(&self) -> Result<()> {
        let mut writes = self.fleet().known().waiting(self.now());
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(TOGETHER));
            if let Err(error) = self.storage().write_beats(&writes).await {
                let mut known = self.fleet().known();
                known.put_back(rest);
                known.put_back(writes);
                return Err(error.into());
            }
            writes = rest;
        }
        Ok(())
    }

    /// Writes beats in groups and tells open pages of agents that fall silent, until it is dropped. Whoever drops it
    /// calls [`Self::write_beats`] once more.
    pub async fn keep_agents(&self) {
        if let Err(error) = self.remember_agents().await {
            tracing::warn!(error = %error, "agents could not be read; pages are not told when one falls silent");
        }
        let patience = self.patience();
        let beat = Duration::from_secs(u64::from(patience.beat_seconds.max(1)));
        let mut ticks = tokio::time::interval(WRITE_EVERY.min(beat / 2));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            ticks.tick().await;
            match self.write_beats().await {
                Ok(()) => failing = false,
                Err(error) => {
                    if !failing {
                        tracing::warn!(error = %error, "heartbeats could not be written; they are kept and tried again");
                    }
                    failing = true;
                }
            }
            for agent in self.age_agents() {
                self.hint(agent);
            }
        }
    }

    /// Agents whose state changed by silence alone since the last call.
    fn age_agents(&self) -> Vec<AgentId> {
        self.fleet().known().aged(self.now(), self.patience())
    }

    async fn remember_agents(&self) -> Result<()> {
        let (now, patience) = (self.now(), self.patience());
        let filter =
            AgentFilter { now, patience, text: None, states: Vec::new(), domain: None, hidden: false };
        let mut page = PageRequest::first(PageRequest::MOST);
        loop {
            let agents = self.storage().agents(&filter, page).await?;
            let mut known = self.fleet().known();
            for stored in &agents.items {
                if stored.agent.heard.retired.is_none() {
                    known.remember(stored.agent.id, stored.agent.heard, now, patience);
                } else {
                    known.retire(stored.agent.id);
                }
            }
            match agents.next {
                Some(next) => page = PageRequest { limit: PageRequest::MOST, after: Some(next) },
                None => return Ok(()),
            }
        }
    }

    /// Turns old beats into hours and drops what is older still. To be called about once an hour.
    pub async fn tidy_agents(&self) -> Result<()> {
        let now = self.now();
        while self.storage().fold_beats(now - RAW, self.patience(), FOLDED).await? > 0 {
            tokio::task::yield_now().await;
        }
        while self.storage().expire_beat_hours(now - HOURS, EXPIRED).await? > 0 {
            tokio::task::yield_now().await;
        }
        self.storage().expire_enrolments(now - ENROLMENTS).await?;
        Ok(())
    }
}

/// Everything about a beat that cannot be kept or shown.
fn problems(beat: &Beat, now: Time) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut add = |path: String, message: &str| {
        problems.push(FieldProblem { path, message: message.to_owned() });
    };
    let word = |text: &str| text.chars().count() <= LONGEST_WORD && !text.contains(char::is_control);
    let text = |text: &str| text.chars().count() <= LONGEST_TEXT;
    for (path, at) in [("at", beat.at), ("startedAt", beat.started_at)] {
        if (now - at).num_days().abs() > SANE_YEARS * 366 {
            add(path.to_owned(), "the time is not of this age");
        }
    }
    for (path, said) in [("version", &beat.version), ("system", &beat.system)] {
        if !word(said) {
            add(path.to_owned(), "longer than 200 characters, or with control characters");
        }
    }
    if beat.domains.len() > MOST_DOMAINS {
        add("domains".to_owned(), "more than 200 domains");
    }
    for (index, reach) in beat.domains.iter().enumerate().take(MOST_DOMAINS) {
        if !word(&reach.domain) {
            add(format!("domains[{index}].domain"), "longer than 200 characters, or with control characters");
        }
        if !reach.error.as_deref().is_none_or(text) {
            add(format!("domains[{index}].error"), "longer than 2000 characters");
        }
    }
    let checks = beat.readiness.as_deref().unwrap_or_default();
    if checks.len() > MOST_CHECKS {
        add("readiness".to_owned(), "more than 1000 checks");
    }
    for (index, check) in checks.iter().enumerate().take(MOST_CHECKS) {
        if !word(&check.id) || !check.domain.as_deref().is_none_or(word) {
            add(
                format!("readiness[{index}]"),
                "an id or domain longer than 200 characters, or with control characters",
            );
        }
        if ![&check.did, &check.found, &check.limit, &check.advice].into_iter().all(|said| text(said)) {
            add(format!("readiness[{index}]"), "a text longer than 2000 characters");
        }
    }
    problems
}
