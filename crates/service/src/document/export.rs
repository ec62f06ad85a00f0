//! From what is there to the document's shape, secrets left out.

use domain::access::{Principal, Role};
use domain::document::{
    ConfigurationEntry, ConnectionEntry, Document, DomainEntry, MailEntry, SettingsEntry, TargetEntry,
};
use domain::{Configuration, SourceDomain, TargetSettings, TargetSystem};

use crate::settings::{MAIL, RETENTION, VERIFIED_DOMAINS};
use crate::world::World;
use crate::{Result, Service};

impl Service {
    /// Everything that is configured.
    pub async fn export(&self, principal: &Principal) -> Result<Document> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        Ok(Document {
            domains: world.domains.iter().map(domain_entry).collect(),
            targets: world.targets.iter().map(target_entry).collect(),
            configurations: world
                .configurations
                .iter()
                .map(|configuration| configuration_entry(configuration, &world))
                .collect(),
            settings: self.settings_entry().await?,
        })
    }

    pub(crate) async fn settings_entry(&self) -> Result<SettingsEntry> {
        let verified: Option<Vec<String>> = self.stored_setting(VERIFIED_DOMAINS).await?;
        let mail: Option<MailEntry> = self.stored_setting(MAIL).await?;
        let retention = self.stored_setting(RETENTION).await?;
        Ok(SettingsEntry {
            verified_domains: verified,
            mail,
            retention,
            sign_in: self.sign_in_entry().await?,
        })
    }
}

/// A domain in the document's shape.
pub fn domain_entry(domain: &SourceDomain) -> DomainEntry {
    DomainEntry {
        name: domain.name.clone(),
        kind: domain.kind,
        connection: domain.connection.as_ref().map(|connection| ConnectionEntry {
            url: connection.url.clone(),
            start_tls: connection.start_tls,
            allow_plaintext: connection.allow_plaintext,
            bind_dn: connection.bind_dn.clone(),
            bind_password: None,
            ca_file: None,
            ca_pem: connection.ca_pem.clone(),
            base_dn: connection.base_dn.clone(),
        }),
    }
}

/// A target in the document's shape.
pub fn target_entry(target: &TargetSystem) -> TargetEntry {
    let (url, ca_pem, scim) = match &target.settings {
        TargetSettings::BuiltIn => (None, None, None),
        TargetSettings::Scim { url, ca_pem, options, .. } => {
            (Some(url.clone()), ca_pem.clone(), (!options.is_default()).then_some(*options))
        }
    };
    let (name, kind) = (target.name.clone(), target.kind());
    TargetEntry { name, kind, url, token: None, ca_file: None, ca_pem, scim }
}

pub(crate) fn configuration_entry(configuration: &Configuration, world: &World) -> ConfigurationEntry {
    let (domain, target) =
        (world.domain_name(configuration.domain_id), world.target_name(configuration.target_id));
    entry_with_names(configuration, domain, target)
}

pub(crate) fn entry_with_names(
    configuration: &Configuration,
    domain: String,
    target: String,
) -> ConfigurationEntry {
    let plan = &configuration.plan;
    ConfigurationEntry {
        name: configuration.name.clone(),
        domain,
        target,
        enabled: plan.enabled,
        scope: plan.scope.clone(),
        objects: plan.objects.clone(),
        mappings: plan.mappings.clone(),
        matching: plan.matching,
        accidental_deletes: plan.accidental_deletes,
        out_of_scope: plan.out_of_scope,
        schedule: plan.schedule,
        full_schedule: plan.full_schedule,
        quarantine: plan.quarantine,
        notification: plan.notification.clone(),
        password_hash_sync: false,
    }
}
