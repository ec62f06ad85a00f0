//! One look: what holds now against what was known, and what follows, written at once with the mail about it.

use domain::alert::{Alert, AlertKind, AlertRules, AlertState, Fact, SubjectKind};
use domain::mail::{MailEvent, Notice};
use domain::{AlertId, ConfigurationId, DomainId, TargetId, Time};
use engine::Hint;
use storage::alert::{AlertChanges, AlertWrite};

use super::evaluate::{Step, evaluate};
use crate::mail::time;
use crate::world::World;
use crate::{Result, Service};

/// A write, and the notice about it.
type Planned = (AlertWrite, Option<Notice>, Vec<String>);

impl Service {
    /// Looks at everything that an alert may be about, opens and ends alerts, and queues the mail about them. To be called
    /// every few seconds. Gives how many alerts changed.
    pub async fn look_for_alerts(&self) -> Result<usize> {
        let mut memory = self.watch().lock().await;
        let now = self.now();
        let rules = self.stored_rules().await?;
        let world = World::load(self.storage()).await?;
        let seen = self.conditions(&world, &rules, memory.watching_since(now)).await?;
        let known = self.storage().watched_alerts(now - rules.reopen_within()).await?;
        let (mut steps, after, left_out) = evaluate(now, &seen, &known, &rules, memory.clone());
        for step in &mut steps {
            if let Step::Resolve { alert, note: note @ None } = step {
                *note = self.unwatched(alert, &world).await?;
            }
        }
        if left_out > 0 {
            tracing::warn!(left_out, "there are too many alerts; these are opened when others are over");
        }
        let count = steps.len();
        if count > 0 {
            let changes = self.changes_of(now, steps, &rules, &world).await?;
            self.storage().change_alerts(changes).await?;
            self.engine().hint(Hint::Alerts);
        }
        *memory = after;
        Ok(count)
    }

    /// Why nobody looks at what an alert is about any more. Then it ends, but nothing got better.
    async fn unwatched(&self, alert: &Alert, world: &World) -> Result<Option<&'static str>> {
        let id = &alert.subject.id;
        let mut enabled = world.configurations.iter().filter(|known| known.plan.enabled);
        Ok(match alert.subject.kind {
            SubjectKind::Configuration if !enabled.any(|known| known.id.to_string() == *id) => {
                Some("The configuration was disabled or removed.")
            }
            SubjectKind::Domain if !enabled.any(|known| known.domain_id.to_string() == *id) => {
                Some("No enabled configuration reads this domain any more.")
            }
            SubjectKind::Target if !enabled.any(|known| known.target_id.to_string() == *id) => {
                Some("No enabled configuration writes to this target any more.")
            }
            SubjectKind::Domain if matches!(alert.kind, AlertKind::NoAgents | AlertKind::FewAgents) => {
                let own = id
                    .parse()
                    .ok()
                    .and_then(|id| world.domain(id))
                    .is_some_and(|known| known.connection.is_some());
                own.then_some("The domain has a connection of its own now.")
            }
            SubjectKind::Agent => {
                let stored = match id.parse() {
                    Ok(id) => self.storage().agent(id).await?,
                    Err(_) => None,
                };
                stored
                    .is_none_or(|known| known.agent.heard.retired.is_some())
                    .then_some("The agent was retired.")
            }
            _ => None,
        })
    }

    async fn changes_of(
        &self,
        now: Time,
        steps: Vec<Step>,
        rules: &AlertRules,
        world: &World,
    ) -> Result<AlertChanges> {
        let everybody = self.mail_settings().await?.map(|mail| mail.recipients);
        let planned: Vec<Planned> = steps
            .into_iter()
            .map(|step| {
                let (write, notice, told) = self.plan(now, step);
                let to = match (&everybody, &notice) {
                    (Some(everybody), Some(_)) if rules.of(told.0).mail => {
                        recipients(&told.1, everybody, world)
                    }
                    _ => Vec::new(),
                };
                (write, notice, to)
            })
            .collect();
        let addressed: Vec<(Vec<String>, Notice)> = planned
            .iter()
            .filter(|(_, _, to)| !to.is_empty())
            .filter_map(|(_, notice, to)| Some((to.clone(), notice.clone()?)))
            .collect();
        let messages = self.messages(&addressed);
        let writes = planned.into_iter().map(|(write, _, to)| (write, to)).collect();
        Ok(AlertChanges { at: now, writes, messages })
    }

    /// The write of a step, what is said of it, and what it is about.
    fn plan(&self, now: Time, step: Step) -> (AlertWrite, Option<Notice>, (AlertKind, About)) {
        match step {
            Step::Open { fact, since } => {
                let id = AlertId::new(self.uuid());
                let alert = opened(id, now, since, &fact);
                log(&alert, "an alert was opened");
                let about = (fact.kind, About::of(&alert));
                (AlertWrite::Open(Box::new(alert.clone())), Some(opening(&alert, now)), about)
            }
            Step::Reopen { alert, fact, since } => {
                let openings = alert.openings + 1;
                let alert = Alert { openings, ..opened(alert.id, now, since, &fact) };
                log(&alert, "an alert was opened again");
                let write =
                    AlertWrite::Reopen { id: alert.id, subject: fact.subject, since, wording: fact.wording };
                (write, Some(opening(&alert, now)), (alert.kind, About::of(&alert)))
            }
            Step::Resolve { alert, note } => {
                log(&alert, "an alert is over");
                let notice = note.is_none().then(|| ending(&alert, now));
                let write = AlertWrite::Resolve { id: alert.id, note: note.map(str::to_owned) };
                (write, notice, (alert.kind, About::of(&alert)))
            }
            Step::Reword { alert, fact } => {
                let about = (alert.kind, About::of(&alert));
                (
                    AlertWrite::Reword { id: alert.id, subject: fact.subject, wording: fact.wording },
                    None,
                    about,
                )
            }
        }
    }
}

/// Whose configurations an alert concerns.
#[derive(Debug, Default)]
struct About {
    configuration: Option<ConfigurationId>,
    domain: Option<DomainId>,
    target: Option<TargetId>,
}

impl About {
    fn of(alert: &Alert) -> Self {
        let id = &alert.subject.id;
        match alert.subject.kind {
            SubjectKind::Domain => Self { domain: id.parse().ok(), ..Self::default() },
            SubjectKind::Target => Self { target: id.parse().ok(), ..Self::default() },
            _ => Self { configuration: alert.configuration, ..Self::default() },
        }
    }
}

/// Those who are told of everything, and those whom the configurations concerned name.
fn recipients(about: &About, everybody: &[String], world: &World) -> Vec<String> {
    let concerned = world.configurations.iter().filter(|known| {
        about.configuration == Some(known.id)
            || about.domain == Some(known.domain_id)
            || about.target == Some(known.target_id)
    });
    let mut to: Vec<String> = everybody.to_vec();
    to.extend(concerned.flat_map(|known| known.plan.notification.emails.iter().cloned()));
    to.sort();
    to.dedup();
    to
}

fn opened(id: AlertId, now: Time, since: Time, fact: &Fact) -> Alert {
    Alert {
        id,
        kind: fact.kind,
        severity: fact.kind.severity(),
        state: AlertState::Open,
        subject: fact.subject.clone(),
        configuration: fact.configuration,
        since,
        opened_at: now,
        openings: 1,
        acknowledged_at: None,
        acknowledged_by: None,
        resolved_at: None,
        wording: fact.wording.clone(),
    }
}

fn opening(alert: &Alert, now: Time) -> Notice {
    let mut facts = vec![
        ("Severity".to_owned(), alert.severity.name().to_owned()),
        ("Since".to_owned(), time(alert.since)),
    ];
    if alert.openings > 1 {
        facts.push(("Opened".to_owned(), format!("{} times", alert.openings)));
    }
    Notice {
        event: MailEvent::AlertOpened,
        configuration: alert.configuration,
        at: now,
        title: alert.wording.title.clone(),
        text: vec![alert.wording.text.clone()],
        advice: alert.wording.advice.clone(),
        facts,
        path: format!("/alerts/{}", alert.id),
    }
}

fn ending(alert: &Alert, now: Time) -> Notice {
    let title = match alert.kind {
        AlertKind::AgentInactive => format!("Agent {} is back", alert.subject.name),
        AlertKind::AgentStatusOnly => format!("Agent {} reaches the main port again", alert.subject.name),
        AlertKind::NoAgents => format!("Agents serve {} again", alert.subject.name),
        AlertKind::DirectoryUnreachable => {
            format!("The directory of {} can be read again", alert.subject.name)
        }
        AlertKind::TargetUnreachable => format!("The target “{}” can be reached again", alert.subject.name),
        _ => format!("Over: {}", alert.wording.title),
    };
    Notice {
        event: MailEvent::AlertResolved,
        configuration: alert.configuration,
        at: now,
        title,
        text: vec!["The condition went away; nothing is to be done.".to_owned()],
        advice: String::new(),
        facts: vec![("Was".to_owned(), alert.wording.title.clone()), ("Since".to_owned(), time(alert.since))],
        path: format!("/alerts/{}", alert.id),
    }
}

fn log(alert: &Alert, what: &'static str) {
    tracing::info!(alert = %alert.id, kind = %alert.kind, subject = alert.subject.name, title = alert.wording.title, "{what}");
}
