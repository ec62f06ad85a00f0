//! Messages to people: what about, to whom, and what became of them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ConfigurationId, Time};

crate::words!(
    /// What a message is about.
    MailEvent {
        QuarantineStarted = "quarantineStarted",
        QuarantineChanged = "quarantineChanged",
        QuarantineEnded = "quarantineEnded",
        DeletesWaiting = "deletesWaiting",
        ConfigurationDisabled = "configurationDisabled",
        AlertOpened = "alertOpened",
        AlertResolved = "alertResolved",
        /// What fails, once a day.
        Digest = "digest",
        /// Several of these at once.
        Several = "several",
        Test = "test",
    }
);

crate::words!(
    /// What became of a message on its way to one recipient.
    DeliveryState {
        /// For its turn, or for the next attempt.
        Waiting = "waiting",
        /// A conversation with the mail server is under way.
        Sending = "sending",
        /// The mail server took it.
        Sent = "sent",
        /// The mail server refused the recipient or the message for good.
        Refused = "refused",
        /// It was tried for as long as it is worth it.
        GivenUp = "givenUp",
    }
);

impl DeliveryState {
    /// Whether nothing will change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Refused | Self::GivenUp)
    }
}

/// Something that people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub event: MailEvent,
    pub configuration: Option<ConfigurationId>,
    pub at: Time,
    /// One clause without a full stop, such as `“a to b” is in quarantine`.
    pub title: String,
    /// What happened and why, sentences.
    pub text: Vec<String>,
    /// What to do; empty where nothing is to be done.
    pub advice: String,
    /// Names and values, such as counts.
    pub facts: Vec<(String, String)>,
    /// Path in the portal where one goes on, such as `/configurations/ID`.
    pub path: String,
}

/// A message as it is queued: written once, the same for every attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Time-ordered. The Message-ID header is made of it, so that every attempt carries the same one.
    pub id: Uuid,
    pub event: MailEvent,
    pub configuration: Option<ConfigurationId>,
    pub created_at: Time,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Each gets it in a conversation of its own.
    pub recipients: Vec<String>,
}

/// A message on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Grows with time.
    pub id: i64,
    pub message: Uuid,
    pub event: MailEvent,
    pub subject: String,
    pub recipient: String,
    pub created_at: Time,
    pub state: DeliveryState,
    pub attempts: u32,
    /// Of one that waits.
    pub next_attempt_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// What the mail server said last, or why it said nothing.
    pub answer: Option<String>,
    /// An attempt ended after the whole message was given and before the mail server said whether it took it: it may
    /// have arrived twice.
    pub uncertain: bool,
}
