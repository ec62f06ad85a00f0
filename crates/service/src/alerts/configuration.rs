//! What may be wrong with one enabled configuration.

use chrono::TimeDelta;
use domain::alert::{AlertKind, AlertRules, Fact, Subject, SubjectKind, Wording};
use domain::catalogue::{self, ErrorCode};
use domain::cycle::{CycleState, Problem};
use domain::scope::ScopeContainer;
use domain::status::{ConfigurationState, QuarantineReason};
use domain::{Configuration, Cycle, Time};
use storage::Storage;

use super::evaluate::Seen;
use super::facts::domain_subject;
use crate::Result;
use crate::mail::time;
use crate::view::{Staged, count_staged};
use crate::world::World;

/// Names that a text spells out.
const NAMED: usize = 3;

const SOURCE: [&ErrorCode; 9] = [
    &catalogue::SOURCE_UNREACHABLE,
    &catalogue::SOURCE_TIMEOUT,
    &catalogue::SOURCE_TLS,
    &catalogue::SOURCE_CREDENTIALS,
    &catalogue::SOURCE_BASE,
    &catalogue::SOURCE_RIGHTS,
    &catalogue::SOURCE_LIMIT,
    &catalogue::SOURCE_ERROR,
    &catalogue::NO_CONNECTION,
];
const TARGET: [&ErrorCode; 3] =
    [&catalogue::TARGET_UNREACHABLE, &catalogue::TARGET_CREDENTIALS, &catalogue::TARGET_PROTOCOL];

/// One enabled configuration at a moment.
pub(super) struct Look<'a> {
    pub now: Time,
    /// Since when this process has been looking.
    pub watching_since: Time,
    pub configuration: &'a Configuration,
    pub domain: String,
    pub target: String,
    pub state: ConfigurationState,
    pub last: Option<Cycle>,
    pub last_complete: Option<Cycle>,
    pub queued: Option<Cycle>,
    pub running: bool,
    pub linked: u64,
    /// Failing objects that wait, by code.
    pub failing: Vec<(String, u64)>,
    pub staged: Option<Staged>,
}

impl<'a> Look<'a> {
    pub async fn of(
        storage: &dyn Storage,
        world: &World,
        configuration: &'a Configuration,
        now: Time,
        watching_since: Time,
    ) -> Result<Self> {
        let id = configuration.id;
        let state = storage.configuration_state(id).await?;
        let held = state.quarantine.as_ref().map(|held| held.reason);
        let failing = storage.escrow_codes(id).await?;
        let linked = if failing.is_empty() {
            0
        } else {
            storage.link_counts(id).await?.iter().map(|(_, count)| count).sum()
        };
        Ok(Self {
            now,
            watching_since,
            configuration,
            domain: world.domain_name(configuration.domain_id),
            target: world.target_name(configuration.target_id),
            last: storage.last_cycle(id).await?,
            last_complete: storage.last_complete_cycle(id).await?,
            queued: storage.queued_cycle(id).await?,
            running: storage.running_cycle(id).await?.is_some(),
            linked,
            failing,
            staged: match held {
                Some(QuarantineReason::TooManyDeletes) => Some(count_staged(storage, configuration).await?),
                _ => None,
            },
            state,
        })
    }

    pub fn see(&self, rules: &AlertRules, seen: &mut Seen) {
        let fresh = self.fresh(rules).map(|kind| (kind, self.configuration.id.to_string()));
        seen.undecided.extend(fresh);
        let facts = &mut seen.facts;
        facts.extend(self.held());
        facts.extend(self.overdue(rules));
        facts.extend(self.without_success(rules));
        facts.extend(self.failure_rate(rules));
        facts.extend(self.unreachable());
        facts.extend(self.throttled(rules));
        facts.extend(self.duplicates());
        facts.extend(self.scope());
    }

    /// What a worker that has just begun to look may still mend, such as after a night without the portal.
    fn fresh(&self, rules: &AlertRules) -> impl Iterator<Item = AlertKind> {
        let looked = self.now - self.watching_since;
        let late = rules.of(AlertKind::CycleOverdue).threshold.unwrap_or_default();
        let kinds = [
            (AlertKind::CycleOverdue, TimeDelta::minutes(i64::from(late))),
            (AlertKind::NoSuccessfulCycle, self.schedule() * 2),
        ];
        kinds.into_iter().filter(move |(_, patience)| looked <= *patience).map(|(kind, _)| kind)
    }

    fn schedule(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.configuration.plan.schedule.seconds()))
    }

    fn href(&self) -> String {
        format!("/configurations/{}", self.configuration.id)
    }

    fn fact(&self, kind: AlertKind, since: Option<Time>, wording: Wording) -> Fact {
        let configuration = self.configuration;
        let subject = Subject {
            kind: SubjectKind::Configuration,
            id: configuration.id.to_string(),
            name: configuration.name.clone(),
        };
        Fact { kind, subject, configuration: Some(configuration.id), since, wording }
    }

    fn held(&self) -> Option<Fact> {
        let (held, name) = (self.state.quarantine.as_ref()?, &self.configuration.name);
        let advice = catalogue::find(&held.error.code).map_or("", |code| code.advice).to_owned();
        let since = Some(held.current_began);
        if let Some(staged) = self.staged {
            let title = format!("Deletes of “{name}” wait for approval");
            let text = format!(
                "{} {} objects and {} memberships are held back.",
                held.error.message, staged.objects, staged.memberships
            );
            let path = format!("{}/allow-deletes", self.href());
            return Some(self.fact(AlertKind::DeletesWaiting, since, Wording { title, text, advice, path }));
        }
        let title = format!("“{name}” is in quarantine");
        let wording = Wording { title, text: held.error.message.clone(), advice, path: self.href() };
        Some(self.fact(AlertKind::Quarantine, since, wording))
    }

    fn overdue(&self, rules: &AlertRules) -> Option<Fact> {
        let minutes = rules.of(AlertKind::CycleOverdue).threshold?;
        let queued = self.queued.as_ref().filter(|_| !self.running && !self.state.paused)?;
        if self.now - queued.due_at <= TimeDelta::minutes(i64::from(minutes)) {
            return None;
        }
        let wording = Wording {
            title: format!("A cycle of “{}” is overdue", self.configuration.name),
            text: format!(
                "It was due at {} and nobody has begun it: the worker is busy with other configurations, or does not run.",
                time(queued.due_at)
            ),
            advice: "Look at what runs, and at the server's log. Longer schedules or a higher --concurrency give cycles more room."
                .to_owned(),
            path: self.href(),
        };
        Some(self.fact(AlertKind::CycleOverdue, Some(queued.due_at), wording))
    }

    fn without_success(&self, rules: &AlertRules) -> Option<Fact> {
        let minutes = rules.of(AlertKind::NoSuccessfulCycle).threshold?;
        if self.state.paused || self.state.quarantine.is_some() {
            return None;
        }
        let limit = TimeDelta::minutes(i64::from(minutes)).max(self.schedule() * 2);
        let ended = self.last_complete.as_ref().and_then(|cycle| cycle.ended_at);
        // A configuration that was changed or enabled lately has not had its time yet.
        let since = ended.map_or(self.configuration.updated_at, |at| at.max(self.configuration.updated_at));
        if self.now - since <= limit {
            return None;
        }
        let name = &self.configuration.name;
        let (title, mut text) = match ended {
            Some(at) => (
                format!("“{name}” has had no successful cycle for a while"),
                format!("The last one ended at {}.", time(at)),
            ),
            None => (format!("“{name}” has never had a successful cycle"), String::new()),
        };
        if let Some(problem) = self.failure() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&problem.message);
        }
        let advice = self
            .failure()
            .and_then(|problem| catalogue::find(&problem.code))
            .map_or("Look at the configuration's last cycles and at the server's log.", |code| code.advice);
        let wording = Wording { title, text, advice: advice.to_owned(), path: self.href() };
        Some(self.fact(AlertKind::NoSuccessfulCycle, Some(since), wording))
    }

    /// Why the newest finished cycle failed as a whole.
    fn failure(&self) -> Option<&Problem> {
        self.last.as_ref().filter(|cycle| cycle.state == CycleState::Failed)?.problem.as_ref()
    }

    fn failure_rate(&self, rules: &AlertRules) -> Option<Fact> {
        let percent = u64::from(rules.of(AlertKind::FailureRate).threshold?);
        let failing: u64 = self.failing.iter().map(|(_, count)| count).sum();
        let all = self.linked.max(failing);
        if all == 0 || failing * 100 <= all * percent {
            return None;
        }
        let (code, _) = self.failing.iter().max_by_key(|(_, count)| *count)?;
        let known = catalogue::find(code);
        let meaning = known.map_or(code.as_str(), |known| known.meaning);
        let wording = Wording {
            title: format!("{failing} of {all} objects of “{}” fail", self.configuration.name),
            text: format!("Most of them: {meaning}"),
            advice: known.map_or("Look at the failing objects.", |known| known.advice).to_owned(),
            path: format!("{}/failing", self.href()),
        };
        Some(self.fact(AlertKind::FailureRate, None, wording))
    }

    fn unreachable(&self) -> Option<Fact> {
        let problem = self.failure()?;
        let code = catalogue::find(&problem.code)?;
        let since = self.last.as_ref().and_then(|cycle| cycle.started_at);
        let is = |list: &[&ErrorCode]| list.iter().any(|known| known.code == code.code);
        let wording = |title| Wording {
            title,
            text: problem.message.clone(),
            advice: code.advice.to_owned(),
            path: self.href(),
        };
        if is(&SOURCE) {
            let title = format!("The directory of {} cannot be read", self.domain);
            let fact = self.fact(AlertKind::DirectoryUnreachable, since, wording(title));
            return Some(Fact {
                subject: domain_subject(self.configuration.domain_id, &self.domain),
                ..fact
            });
        }
        if is(&TARGET) {
            let title = format!("The target “{}” cannot be reached", self.target);
            let subject = Subject {
                kind: SubjectKind::Target,
                id: self.configuration.target_id.to_string(),
                name: self.target.clone(),
            };
            return Some(Fact { subject, ..self.fact(AlertKind::TargetUnreachable, since, wording(title)) });
        }
        None
    }

    fn failing_with(&self, code: &ErrorCode) -> u64 {
        self.failing.iter().find(|(known, _)| known == code.code).map_or(0, |(_, count)| *count)
    }

    fn throttled(&self, rules: &AlertRules) -> Option<Fact> {
        let limit = u64::from(rules.of(AlertKind::TargetThrottling).threshold?);
        let count = self.failing_with(&catalogue::TARGET_BUSY);
        let stopped = self.failure().is_some_and(|problem| problem.code == catalogue::TARGET_BUSY.code);
        if count < limit && !stopped {
            return None;
        }
        let wording = Wording {
            title: format!("The target “{}” asks “{}” for fewer requests", self.target, self.configuration.name),
            text: format!("{count} changes wait for it."),
            advice: "Set the target's requestsPerSecond below what it allows, or ask its operator for a higher limit."
                .to_owned(),
            path: format!("{}/failing", self.href()),
        };
        Some(self.fact(AlertKind::TargetThrottling, None, wording))
    }

    fn duplicates(&self) -> Option<Fact> {
        let count = self.failing_with(&catalogue::OTHER_CONFIGURATION);
        if count == 0 {
            return None;
        }
        let (objects, keep) = if count == 1 { ("object", "is kept") } else { ("objects", "are kept") };
        let wording = Wording {
            title: format!(
                "{count} {objects} of “{}” {keep} by another configuration already",
                self.configuration.name
            ),
            text: catalogue::OTHER_CONFIGURATION.meaning.to_owned(),
            advice: catalogue::OTHER_CONFIGURATION.advice.to_owned(),
            path: format!("{}/failing", self.href()),
        };
        Some(self.fact(AlertKind::DuplicateAcrossForests, None, wording))
    }

    fn scope(&self) -> Vec<Fact> {
        let scope = &self.configuration.plan.scope;
        let chosen: Vec<String> =
            scope.organizational_units.iter().chain(&scope.groups).map(|dn| domain::dn::key(dn)).collect();
        let parts = self.state.containers.iter().chain(&self.state.memory.groups);
        let parts: Vec<&ScopeContainer> =
            parts.filter(|part| chosen.contains(&domain::dn::key(&part.chosen_dn))).collect();
        let missing: Vec<String> = parts
            .iter()
            .filter(|part| part.current_dn.is_empty())
            .map(|part| format!("{} was deleted", part.chosen_dn))
            .collect();
        let renamed: Vec<String> = parts
            .iter()
            .filter(|part| !part.current_dn.is_empty())
            .filter(|part| domain::dn::key(&part.current_dn) != domain::dn::key(&part.chosen_dn))
            .map(|part| format!("{} is now {}", part.chosen_dn, part.current_dn))
            .collect();
        let (name, path) = (&self.configuration.name, format!("{}/scope", self.href()));
        let mut found = Vec::new();
        if !missing.is_empty() {
            let wording = Wording {
                title: match missing.len() {
                    1 => format!("The scope of “{name}” lost a container or group"),
                    many => format!("The scope of “{name}” lost {many} containers or groups"),
                },
                text: format!("{}. What belonged to it left the scope.", listed(&missing)),
                advice: "Take it out of the scope, or choose the container or group that took its place."
                    .to_owned(),
                path: path.clone(),
            };
            found.push(self.fact(AlertKind::ScopeMissing, None, wording));
        }
        if !renamed.is_empty() {
            let wording = Wording {
                title: match renamed.len() {
                    1 => format!("A container or group in the scope of “{name}” has another name now"),
                    many => {
                        format!("{many} containers or groups in the scope of “{name}” have other names now")
                    }
                },
                text: format!("{}. It is held by its id: nobody left the scope.", listed(&renamed)),
                advice: "Nothing breaks. Save the scope with the new name, so that it says what is meant."
                    .to_owned(),
                path,
            };
            found.push(self.fact(AlertKind::ScopeRenamed, None, wording));
        }
        found
    }
}

fn listed(sentences: &[String]) -> String {
    let shown = sentences.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    let more = sentences.len().saturating_sub(NAMED);
    if more == 0 { shown } else { format!("{shown}; and {more} more") }
}
