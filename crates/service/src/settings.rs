//! Settings of the whole installation.

use chrono::TimeDelta;
use domain::SealedSecret;
use domain::access::{Principal, Role};
use domain::document::{Document, RetentionEntry, SettingsEntry};
use serde::de::DeserializeOwned;

use crate::document::line::ChangeLine;
use crate::{Result, Service, ServiceError};

pub(crate) const VERIFIED_DOMAINS: &str = "verifiedDomains";
pub(crate) const MAIL: &str = "mail";
pub(crate) const RETENTION: &str = "retention";
/// The mail password, sealed.
pub(crate) const MAIL_SECRET: &str = "mailPassword";
pub(crate) const SIGN_IN: &str = "signIn";
/// The portal's secret at the sign-in provider, sealed.
pub(crate) const SIGN_IN_SECRET: &str = "signInSecret";

/// Sealed secrets of settings that are kept.
pub(crate) struct StoredSecrets {
    pub mail: Option<SealedSecret>,
    pub sign_in: Option<SealedSecret>,
}

impl Service {
    pub async fn settings(&self, principal: &Principal) -> Result<SettingsEntry> {
        Self::require(principal, Role::Reader)?;
        self.settings_entry().await
    }

    /// Changes the settings that are given and leaves the others.
    pub async fn update_settings(
        &self,
        principal: &Principal,
        settings: SettingsEntry,
    ) -> Result<Vec<ChangeLine>> {
        let document = Document { settings, ..Document::default() };
        self.apply(principal, &document, false).await
    }

    /// How long things are kept, as set or by default.
    pub async fn retention(&self) -> Result<RetentionEntry> {
        Ok(self.stored_setting(RETENTION).await?.unwrap_or_default())
    }

    /// Deletes provisioning records that are older than they are kept, at most `limit` of them; how many went. A writer
    /// waits no longer than that takes.
    pub async fn expire_records(&self, limit: u32) -> Result<u64> {
        let days = self.retention().await?.provisioning_log_days;
        let before = self.now() - TimeDelta::days(i64::from(days));
        Ok(self.storage().expire_records(before, limit).await?)
    }

    pub(crate) async fn stored_secrets(&self) -> Result<StoredSecrets> {
        let (mail, sign_in) =
            (self.stored_setting(MAIL_SECRET).await?, self.stored_setting(SIGN_IN_SECRET).await?);
        Ok(StoredSecrets { mail, sign_in })
    }

    pub(crate) async fn stored_setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        match self.storage().setting(key).await? {
            None => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(ServiceError::internal),
        }
    }
}
