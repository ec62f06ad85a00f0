//! Settings of the whole installation.

use domain::access::{Principal, Role};
use domain::document::{Document, SettingsEntry};
use serde::de::DeserializeOwned;

use crate::document::line::ChangeLine;
use crate::{Result, Service, ServiceError};

pub(crate) const VERIFIED_DOMAINS: &str = "verifiedDomains";
pub(crate) const MAIL: &str = "mail";
/// The mail password, sealed.
pub(crate) const MAIL_SECRET: &str = "mailPassword";

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

    pub(crate) async fn stored_setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        match self.storage().setting(key).await? {
            None => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(ServiceError::internal),
        }
    }
}
