use domain::document::{RetentionEntry, SettingsEntry};

use super::{
    Errors,
    query::{self, Pairs},
};

/// The settings page as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsDraft {
    pub log_days: String,
    /// One a line.
    pub verified_domains: String,
}

impl SettingsDraft {
    pub fn of(settings: &SettingsEntry) -> Self {
        Self {
            log_days: settings.retention.unwrap_or_default().provisioning_log_days.to_string(),
            verified_domains: settings.verified_domains.clone().unwrap_or_default().join("\n"),
        }
    }

    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name).unwrap_or_default().trim().to_owned();
        Self { log_days: one("provisioningLogDays"), verified_domains: one("verifiedDomains") }
    }

    /// The settings, or what is wrong with what was typed.
    pub fn entry(&self) -> Result<SettingsEntry, Errors> {
        let provisioning_log_days = self
            .log_days
            .parse()
            .map_err(|_| Errors::one("provisioningLogDays", "Must be a whole number of days."))?;
        let names = self.verified_domains.lines().map(str::trim).filter(|name| !name.is_empty());
        Ok(SettingsEntry {
            verified_domains: Some(names.map(str::to_owned).collect()),
            retention: Some(RetentionEntry { provisioning_log_days }),
            ..SettingsEntry::default()
        })
    }
}
