//! Alerts: what deserves somebody's attention, since when, what to do, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{AlertId, ConfigurationId, Time};

mod kind;
mod rules;

pub use kind::{AlertKind, AlertSeverity, Measure, SubjectKind};
pub use rules::{AlertRule, AlertRuleEntry, AlertRules, AlertRulesEntry};

crate::words!(
    /// Where an alert stands.
    AlertState {
        Open = "open",
        /// Somebody knows; the condition still holds.
        Acknowledged = "acknowledged",
        /// The condition went away.
        Resolved = "resolved",
    }
);

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    pub kind: SubjectKind,
    /// Stays the same while the alert lives; of a domain its id, not its name.
    pub id: String,
    /// As people know it.
    pub name: String,
}

/// What is wrong, in words. It may change while the alert lives, such as a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// One clause without a full stop.
    pub title: String,
    /// What was found, sentences.
    pub text: String,
    /// What to do, sentences.
    pub advice: String,
    /// Path in the portal where one goes on.
    pub path: String,
}

/// A condition that holds at a moment, whether or not there is an alert for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub kind: AlertKind,
    pub subject: Subject,
    /// The configuration that it concerns, for lists.
    pub configuration: Option<ConfigurationId>,
    /// When it began, where that is known better than by looking.
    pub since: Option<Time>,
    pub wording: Wording,
}

/// An alert, from its opening to its end; it may be opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub id: AlertId,
    pub kind: AlertKind,
    pub severity: AlertSeverity,
    pub state: AlertState,
    pub subject: Subject,
    pub configuration: Option<ConfigurationId>,
    /// When the condition began.
    pub since: Time,
    /// When the alert was opened, the last time.
    pub opened_at: Time,
    /// How often it was opened.
    pub openings: u32,
    pub acknowledged_at: Option<Time>,
    pub acknowledged_by: Option<String>,
    pub resolved_at: Option<Time>,
    pub wording: Wording,
}

crate::words!(
    /// What happened to an alert.
    AlertEventKind {
        Opened = "opened",
        Reopened = "reopened",
        Acknowledged = "acknowledged",
        Resolved = "resolved",
    }
);

/// One entry of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEvent {
    pub at: Time,
    pub kind: AlertEventKind,
    /// Who did it; absent where nobody did.
    pub by: Option<String>,
    /// What was said with it.
    pub note: Option<String>,
    /// Addresses that a mail was queued for.
    pub told: Vec<String>,
}
