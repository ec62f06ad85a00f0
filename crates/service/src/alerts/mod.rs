//! Alerts: looked for regularly, kept with their history, acknowledged by people, told by mail.

mod configuration;
mod evaluate;
mod facts;
mod look;

use std::sync::Arc;

use domain::access::{Principal, Role};
use domain::alert::{Alert, AlertRule, AlertRules, AlertRulesEntry};
use domain::{AlertId, Time};
use serde_json::{Value, json};
use storage::alert::{AlertCount, AlertFilter, AlertHistory};
use storage::configuration::ConfigurationChange;
use storage::{Page, PageRequest};

use crate::{Result, Service, ServiceError};

pub(crate) use evaluate::Memory;
pub use facts::Volume;

const RULES: &str = "alertRules";
const LONGEST_NOTE: usize = 1_000;

/// Measures the volume of the data folder; `None` where that is not possible.
pub type VolumeProbe = Arc<dyn Fn() -> Option<Volume> + Send + Sync>;

impl Service {
    /// Names how the volume of the data folder is measured; a second call changes nothing.
    pub fn watch_volume(&self, probe: VolumeProbe) {
        let _second = self.volume_cell().set(probe);
    }

    pub(crate) fn volume(&self) -> Option<Volume> {
        self.volume_cell().get().and_then(|probe| probe())
    }

    /// Alerts, the last opened first.
    pub async fn alerts(
        &self,
        principal: &Principal,
        filter: &AlertFilter,
        page: PageRequest,
    ) -> Result<Page<Alert>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().alerts(filter, page).await?)
    }

    /// One alert with its history.
    pub async fn alert(&self, principal: &Principal, id: AlertId) -> Result<AlertHistory> {
        Self::require(principal, Role::Reader)?;
        let found = self.storage().alert(id).await?;
        found.ok_or_else(|| ServiceError::not_found(format!("alert {id}")))
    }

    /// How many alerts are not over.
    pub async fn alert_counts(&self, principal: &Principal) -> Result<Vec<AlertCount>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().alert_counts().await?)
    }

    /// Notes that somebody knows of an open alert and sees to it. It ends by itself all the same.
    pub async fn acknowledge_alert(
        &self,
        principal: &Principal,
        id: AlertId,
        note: Option<&str>,
    ) -> Result<AlertHistory> {
        Self::require(principal, Role::Operator)?;
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
            return Err(ServiceError::invalid("note", format!("is longer than {LONGEST_NOTE} characters")));
        }
        let alert = self.alert(principal, id).await?.alert;
        let details = json!({ "alertId": id, "kind": alert.kind });
        let mut entry = self.audit_entry(principal, "alert.acknowledge", &alert.wording.title, details);
        entry.reason = note.map(str::to_owned);
        let done = self.storage().acknowledge_alert(id, self.now(), &principal.name, note, entry).await;
        match done {
            Err(storage::StorageError::Stale { .. }) => {
                return Err(ServiceError::Conflict(
                    "the alert is acknowledged already, or is over".to_owned(),
                ));
            }
            other => other?,
        }
        self.engine().hint(engine::Hint::Alerts);
        self.alert(principal, id).await
    }

    pub async fn alert_rules(&self, principal: &Principal) -> Result<AlertRules> {
        Self::require(principal, Role::Reader)?;
        self.stored_rules().await
    }

    /// Replaces all rules; those that are left out are the defaults again.
    pub async fn put_alert_rules(
        &self,
        principal: &Principal,
        entry: &AlertRulesEntry,
    ) -> Result<AlertRules> {
        Self::require(principal, Role::Administrator)?;
        let rules = entry.settle().map_err(ServiceError::Invalid)?;
        let _changing = self.changing().lock().await;
        let before = self.stored_rules().await?;
        if rules != before {
            let details =
                json!({ "before": differing(&before, &rules), "after": differing(&rules, &before) });
            let value = serde_json::to_value(&rules).map_err(ServiceError::internal)?;
            let entry = self.audit_entry(principal, "alert.rules", "alert rules", details);
            let put = ConfigurationChange::PutSetting { key: RULES.to_owned(), value };
            let changes = vec![put, ConfigurationChange::Audit(entry)];
            self.storage().change_configuration(changes).await?;
            self.engine().hint(engine::Hint::Alerts);
        }
        Ok(rules)
    }

    async fn stored_rules(&self) -> Result<AlertRules> {
        let stored: Option<Value> = self.stored_setting(RULES).await?;
        let entry = stored.and_then(|value| serde_json::from_value::<AlertRulesEntry>(value).ok());
        // What another version stored and this one does not understand is the default.
        Ok(entry.and_then(|entry| entry.settle().ok()).unwrap_or_default())
    }

    /// Drops alerts that ended long ago. Gives how many.
    pub async fn expire_alerts(&self, before: Time, limit: u32) -> Result<u64> {
        Ok(self.storage().expire_alerts(before, limit).await?)
    }
}

/// What one set of rules says that the other does not, by kind.
fn differing(rules: &AlertRules, other: &AlertRules) -> Value {
    let mut members = serde_json::Map::new();
    if rules.reopen_within_hours != other.reopen_within_hours {
        members.insert("reopenWithinHours".to_owned(), json!(rules.reopen_within_hours));
    }
    let changed = |rule: &&AlertRule| other.of(rule.kind) != **rule;
    for rule in rules.rules.iter().filter(changed) {
        members.insert(rule.kind.to_string(), json!(rule));
    }
    Value::Object(members)
}
