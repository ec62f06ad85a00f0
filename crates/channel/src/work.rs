//! What an agent read lately and what failed, for people who look at it. Kept in memory, and not much of it.

use std::collections::VecDeque;
use std::time::{Instant, SystemTime};

use domain::Time;
use domain::agent::{AgentTask, AgentWork};

use crate::message::Ask;

/// What is kept of an agent.
const KEPT: usize = 30;

/// The newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Log(VecDeque<AgentWork>);

impl Log {
    pub fn add(&mut self, work: AgentWork) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(work);
    }

    /// What came before all that is in it.
    pub fn prepend(&mut self, before: Vec<AgentWork>) {
        for work in before.into_iter().rev().take(KEPT - self.0.len()) {
            self.0.push_front(work);
        }
    }

    pub fn all(&self) -> Vec<AgentWork> {
        self.0.iter().cloned().collect()
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Begun {
    task: AgentTask,
    domain: String,
    at: SystemTime,
    since: Instant,
    pub pages: u32,
    pub error: Option<String>,
}

impl Begun {
    pub fn now(ask: &Ask, domain: &str) -> Self {
        let (task, domain) = (task(ask), domain.to_owned());
        Self { task, domain, at: SystemTime::now(), since: Instant::now(), pages: 0, error: None }
    }

    /// What is worth keeping of it: readings, and whatever failed. `whole`: the answer came to its end.
    pub fn over(&mut self, whole: bool) -> Option<AgentWork> {
        let is_reading = matches!(self.task, AgentTask::Read(_) | AgentTask::Changes);
        if !is_reading && self.error.is_none() {
            return None;
        }
        Some(AgentWork {
            task: self.task,
            domain: std::mem::take(&mut self.domain),
            at: Time::from(self.at),
            took_ms: u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX),
            pages: self.pages,
            whole,
            error: self.error.take(),
        })
    }
}

const fn task(ask: &Ask) -> AgentTask {
    match ask {
        Ask::Read { request } => AgentTask::Read(request.kind),
        Ask::Changes { .. } => AgentTask::Changes,
        Ask::Mark => AgentTask::Position,
        Ask::Probe => AgentTask::Probe,
        Ask::Browse { .. } => AgentTask::Browse,
        Ask::Container { .. } | Ask::ContainerById { .. } | Ask::Object { .. } | Ask::Objects { .. } => {
            AgentTask::LookUp
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ObjectKind;

    use super::*;

    fn work(number: u32) -> AgentWork {
        AgentWork {
            task: AgentTask::Read(ObjectKind::User),
            domain: "lab01.local".into(),
            at: Time::UNIX_EPOCH,
            took_ms: 1,
            pages: number,
            whole: true,
            error: None,
        }
    }

    #[test]
    fn the_newest_are_kept_and_what_came_before_fills_the_rest() {
        let mut log = Log::default();
        log.add(work(100));
        log.prepend((0..40).map(work).collect());
        let pages: Vec<u32> = log.all().iter().map(|work| work.pages).collect();
        assert_eq!((pages.len(), pages[0], pages[KEPT - 2], pages[KEPT - 1]), (KEPT, 11, 39, 100));
        (200..250).for_each(|number| log.add(work(number)));
        assert_eq!(log.all().first().map(|work| work.pages), Some(220));
        log.prepend(vec![work(1)]);
        assert_eq!(log.all().first().map(|work| work.pages), Some(220), "there is no room");
    }

    #[test]
    fn small_questions_are_kept_when_they_fail() {
        assert_eq!(Begun::now(&Ask::Probe, "x").over(true), None);
        let mut failed = Begun::now(&Ask::Probe, "x");
        failed.error = Some("away".into());
        let kept = failed.over(true).expect("kept");
        assert_eq!((kept.task, kept.error.as_deref()), (AgentTask::Probe, Some("away")));
    }
}
