//! What people are told: the states of configurations are compared with what was told last. Messages and what is
//! remembered of them are written together, so that each event is told once, whenever the process ends.

use std::collections::BTreeMap;

use chrono::Timelike as _;
use domain::mail::{MailEvent, Message, Notice};
use domain::status::{ConfigurationState, Quarantine, QuarantineReason};
use domain::{Configuration, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::PageRequest;
use storage::mail::Told;

use crate::view::count_staged;
use crate::{Result, Service};

const PREFIX: &str = "mail/";
const DIGEST: &str = "mail/digest";
/// Failing objects of one configuration that a digest names.
const NAMED: u32 = 20;
/// Hour of the day, UTC, at which the digest is sent unless the settings say another one.
const DIGEST_HOUR: u32 = 6;

/// The quarantine that was told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ToldQuarantine {
    reason: QuarantineReason,
    began: Time,
}

/// Notices with those whom they are for.
type Addressed = Vec<(Vec<String>, Notice)>;

impl Service {
    /// Looks at what happened since the last look, and queues messages about it. Gives how many.
    pub async fn tell(&self) -> Result<usize> {
        let storage = self.storage();
        let settings = self.mail_settings().await?;
        let everybody = settings.as_ref().map(|mail| mail.recipients.clone()).unwrap_or_default();
        let mut marks: BTreeMap<String, Value> = storage.marks(PREFIX).await?.into_iter().collect();
        let before = marks.clone();
        let mut events = Addressed::new();
        let mut digest = Addressed::new();
        let hour = settings.as_ref().and_then(|mail| mail.digest_hour).map_or(DIGEST_HOUR, u32::from);
        let today = json!(self.now().date_naive().to_string());
        let digest_due = self.now().hour() >= hour && marks.get(DIGEST).is_some_and(|last| *last != today);
        if digest_due || !marks.contains_key(DIGEST) {
            marks.insert(DIGEST.to_owned(), today);
        }
        let configurations = storage.configurations().await?;
        let known: Vec<String> = configurations.iter().map(|one| format!("/{}", one.id)).collect();
        marks.retain(|name, _| name == DIGEST || known.iter().any(|id| name.ends_with(id)));
        for configuration in &configurations {
            let mut to = configuration.plan.notification.emails.clone();
            to.extend(
                everybody.iter().filter(|one| !configuration.plan.notification.emails.contains(one)).cloned(),
            );
            let state = storage.configuration_state(configuration.id).await?;
            for notice in self.changes(configuration, &state, &mut marks).await? {
                events.push((to.clone(), notice));
            }
            if digest_due && let Some(notice) = self.digest_of(configuration).await? {
                digest.push((to, notice));
            }
        }
        if marks == before {
            return Ok(0);
        }
        // Without a mail server nobody is told: what happened before one is set is no news afterwards.
        let messages = if settings.is_some() {
            [events, digest].into_iter().flat_map(|notices| self.messages(&notices)).collect()
        } else {
            Vec::new()
        };
        let count = messages.len();
        let gone = before.keys().filter(|name| !marks.contains_key(*name)).map(|name| (name.clone(), None));
        let changed = marks.iter().filter(|(name, value)| before.get(*name) != Some(value));
        let changed = changed.map(|(name, value)| (name.clone(), Some(value.clone())));
        let marks = gone.chain(changed).collect();
        storage.tell(Told { messages, marks }).await?;
        Ok(count)
    }

    /// What changed in one configuration since it was last told.
    async fn changes(
        &self,
        configuration: &Configuration,
        state: &ConfigurationState,
        marks: &mut BTreeMap<String, Value>,
    ) -> Result<Vec<Notice>> {
        let mut notices = Vec::new();
        let name = format!("mail/quarantine/{}", configuration.id);
        let told: Option<ToldQuarantine> =
            marks.get(&name).cloned().and_then(|value| serde_json::from_value(value).ok());
        let now = state
            .quarantine
            .as_ref()
            .map(|held| ToldQuarantine { reason: held.reason, began: held.current_began });
        match (&told, &state.quarantine) {
            (Some(_), None) => {
                marks.remove(&name);
                notices.push(self.ended(configuration));
            }
            (_, Some(held)) if told != now => {
                if let Some(now) = now {
                    marks.insert(name, json!(now));
                }
                notices.push(self.held(configuration, held, told.is_some()).await?);
            }
            _ => {}
        }
        let name = format!("mail/enabled/{}", configuration.id);
        let enabled = configuration.plan.enabled;
        let was = marks.insert(name, json!(enabled));
        if was == Some(json!(true)) && !enabled {
            notices.push(self.disabled(configuration, state));
        }
        Ok(notices)
    }

    async fn held(&self, configuration: &Configuration, held: &Quarantine, changed: bool) -> Result<Notice> {
        let deletes = held.reason == QuarantineReason::TooManyDeletes;
        let mut facts = vec![("Since".to_owned(), time(held.current_began))];
        if let Some(next) = held.next_attempt {
            facts.push(("Next attempt".to_owned(), time(next)));
        }
        if deletes {
            let staged = count_staged(self.storage(), configuration).await?;
            facts.push(("Objects held back".to_owned(), staged.objects.to_string()));
            facts.push(("Memberships held back".to_owned(), staged.memberships.to_string()));
        }
        let name = &configuration.name;
        let (event, title) = match (deletes, changed) {
            (true, _) => (MailEvent::DeletesWaiting, format!("Deletes of “{name}” wait for approval")),
            (false, false) => (MailEvent::QuarantineStarted, format!("“{name}” is in quarantine")),
            (false, true) => {
                (MailEvent::QuarantineChanged, format!("“{name}” is in quarantine for another reason"))
            }
        };
        let code = domain::catalogue::find(&held.error.code);
        facts.push(("Reason".to_owned(), format!("{} ({})", held.reason, held.error.code)));
        Ok(Notice {
            event,
            configuration: Some(configuration.id),
            at: self.now(),
            title,
            text: vec![held.error.message.clone()],
            advice: code.map(|code| code.advice.to_owned()).unwrap_or_default(),
            facts,
            path: if deletes {
                format!("/configurations/{}/allow-deletes", configuration.id)
            } else {
                format!("/configurations/{}", configuration.id)
            },
        })
    }

    fn ended(&self, configuration: &Configuration) -> Notice {
        Notice {
            event: MailEvent::QuarantineEnded,
            configuration: Some(configuration.id),
            at: self.now(),
            title: format!("“{}” is out of quarantine", configuration.name),
            text: vec!["Its cycles run on their schedule again.".to_owned()],
            advice: String::new(),
            facts: Vec::new(),
            path: format!("/configurations/{}", configuration.id),
        }
    }

    fn disabled(&self, configuration: &Configuration, state: &ConfigurationState) -> Notice {
        let mut text = vec![
            "It runs no cycle until somebody enables it. The audit log says who disabled it.".to_owned(),
        ];
        if let Some(held) = &state.quarantine {
            text.push(format!(
                "It has been in quarantine since {}: {}",
                time(held.current_began),
                held.error.message
            ));
        }
        Notice {
            event: MailEvent::ConfigurationDisabled,
            configuration: Some(configuration.id),
            at: self.now(),
            title: format!("“{}” was disabled", configuration.name),
            text,
            advice: String::new(),
            facts: Vec::new(),
            path: format!("/configurations/{}", configuration.id),
        }
    }

    async fn digest_of(&self, configuration: &Configuration) -> Result<Option<Notice>> {
        let count = self.storage().escrow_count(configuration.id).await?;
        if count == 0 || !configuration.plan.enabled {
            return Ok(None);
        }
        let first = self.storage().escrow_page(configuration.id, PageRequest::first(NAMED)).await?;
        let mut facts: Vec<_> = first
            .items
            .into_iter()
            .map(|escrow| (escrow.display_name, format!("{}: {}", escrow.code, escrow.reason)))
            .collect();
        let more = count.saturating_sub(facts.len() as u64);
        if more > 0 {
            facts.push((format!("and {more} more"), String::new()));
        }
        let objects = if count == 1 { "1 object fails".to_owned() } else { format!("{count} objects fail") };
        Ok(Some(Notice {
            event: MailEvent::Digest,
            configuration: Some(configuration.id),
            at: self.now(),
            title: format!("{objects} in “{}”", configuration.name),
            text: Vec::new(),
            advice: "Each object's page says how to mend it; Skybridge tries again by itself.".to_owned(),
            facts,
            path: format!("/configurations/{}/failing", configuration.id),
        }))
    }

    /// One message for all who are told the same.
    pub(crate) fn messages(&self, notices: &[(Vec<String>, Notice)]) -> Vec<Message> {
        let mut of_recipient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, (to, _)) in notices.iter().enumerate() {
            for recipient in to {
                of_recipient.entry(recipient).or_default().push(index);
            }
        }
        let mut groups: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
        for (recipient, indexes) in of_recipient {
            groups.entry(indexes).or_default().push(recipient.to_owned());
        }
        let pick =
            |indexes: &[usize]| indexes.iter().map(|index| notices[*index].1.clone()).collect::<Vec<_>>();
        groups.into_iter().map(|(indexes, to)| self.message_of(&pick(&indexes), to)).collect()
    }

    pub(super) fn message_of(&self, notices: &[Notice], recipients: Vec<String>) -> Message {
        let rendered = notify::render(notices, self.portal_address());
        let configuration = match notices {
            [only] => only.configuration,
            _ => None,
        };
        Message {
            id: self.uuid(),
            event: rendered.event,
            configuration,
            created_at: self.now(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            recipients,
        }
    }
}

/// A moment as messages tell it.
pub fn time(at: Time) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
