//! Alerts and what became of them.

use async_trait::async_trait;
use domain::alert::{Alert, AlertEvent, AlertKind, AlertSeverity, AlertState, Subject, Wording};
use domain::mail::Message;
use domain::{AlertId, ConfigurationId, Time};

use crate::audit::NewAudit;
use crate::{Page, PageRequest, Result};

/// One thing to write about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertWrite {
    /// A new one. Where one of its kind about its subject is not over, it is `Duplicate`.
    Open(Box<Alert>),
    /// One that was resolved and is open again.
    Reopen { id: AlertId, subject: Subject, since: Time, wording: Wording },
    /// The condition went away; `note` says so where it ended otherwise.
    Resolve { id: AlertId, note: Option<String> },
    /// The same alert with another text.
    Reword { id: AlertId, subject: Subject, wording: Wording },
}

/// What is written together: alerts, and the messages about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertChanges {
    pub at: Time,
    /// Each with the addresses that a message about it is queued for.
    pub writes: Vec<(AlertWrite, Vec<String>)>,
    pub messages: Vec<Message>,
}

/// Which alerts are wanted. Everything that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Empty: all.
    pub states: Vec<AlertState>,
    pub kind: Option<AlertKind>,
    pub severity: Option<AlertSeverity>,
    pub configuration: Option<ConfigurationId>,
    /// Part of the title or of the subject's name, without regard to ASCII case.
    pub text: Option<String>,
}

/// How many alerts there are that are not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertCount {
    pub kind: AlertKind,
    pub severity: AlertSeverity,
    pub state: AlertState,
    pub count: u64,
}

/// An alert with its history, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertHistory {
    pub alert: Alert,
    pub events: Vec<AlertEvent>,
}

#[async_trait]
pub trait AlertStore: Send + Sync {
    /// Alerts that are not over, and those that ended after a time, 10,000 at most.
    async fn watched_alerts(&self, ended_after: Time) -> Result<Vec<Alert>>;
    /// Writes changes, their events and their messages, all or nothing. Alerts that are gone are passed over.
    async fn change_alerts(&self, changes: AlertChanges) -> Result<()>;
    /// The last opened first.
    async fn alerts(&self, filter: &AlertFilter, page: PageRequest) -> Result<Page<Alert>>;
    async fn alert(&self, id: AlertId) -> Result<Option<AlertHistory>>;
    /// Notes that somebody knows. One that is not open is `Stale`.
    async fn acknowledge_alert(
        &self,
        id: AlertId,
        at: Time,
        by: &str,
        note: Option<&str>,
        audit: NewAudit,
    ) -> Result<()>;
    async fn alert_counts(&self) -> Result<Vec<AlertCount>>;
    /// Drops up to `limit` alerts that ended before a time. Gives how many.
    async fn expire_alerts(&self, before: Time, limit: u32) -> Result<u64>;
}
