//! Changes of what is configured, collected first and carried out together: the store gets one list, the engine
//! hears of it after the commit.

use domain::access::Principal;
use domain::cycle::Trigger;
use domain::document::{
    ConfigurationEntry, ConnectionEntry, DomainEntry, SecretSource, SettingsEntry, SignInEntry, TargetEntry,
};
use domain::{
    Configuration, ConfigurationId, Connection, CycleId, DomainId, SealedSecret, Secret, SourceDomain,
    TargetId, TargetKind, TargetSettings, TargetSystem, Time, configuration::Plan,
};
use engine::Hint;
use serde::Serialize;
use serde_json::{Value, json};
use storage::configuration::ConfigurationChange;

use crate::document::export::{configuration_entry, domain_entry, target_entry};
use crate::document::line::{ChangeLine, differences};
use crate::sealer;
use crate::settings::{
    MAIL, MAIL_SECRET, RETENTION, SIGN_IN, SIGN_IN_SECRET, StoredSecrets, VERIFIED_DOMAINS,
};
use crate::world::World;
use crate::{Result, Service, ServiceError};

pub(crate) struct Draft<'a> {
    service: &'a Service,
    principal: &'a Principal,
    now: Time,
    world: World,
    lines: Vec<ChangeLine>,
    changes: Vec<ConfigurationChange>,
    /// Enabled and changed: their next cycle is due now.
    due: Vec<ConfigurationId>,
    /// Disabled or deleted: nothing of theirs may run.
    stopped: Vec<ConfigurationId>,
}

impl<'a> Draft<'a> {
    pub fn new(service: &'a Service, principal: &'a Principal, world: World) -> Self {
        Self {
            service,
            principal,
            now: service.now(),
            world,
            lines: Vec::new(),
            changes: Vec::new(),
            due: Vec::new(),
            stopped: Vec::new(),
        }
    }

    /// What is configured, with the drafted changes.
    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn into_lines(self) -> Vec<ChangeLine> {
        self.lines
    }

    pub fn put_domain(&mut self, existing: Option<&SourceDomain>, entry: &DomainEntry) -> Result<DomainId> {
        let id = existing.map_or_else(|| DomainId::new(self.service.uuid()), |domain| domain.id);
        let stored = existing.and_then(|domain| domain.connection.as_ref());
        let (connection, secret_changed) = match &entry.connection {
            None => (None, false),
            Some(connection) => {
                let purpose = sealer::bind_password(id);
                let sealed = stored.map(|connection| &connection.bind_password);
                let (bind_password, changed) =
                    self.seal(&purpose, connection.bind_password.as_ref(), sealed)?;
                (Some(connection_of(connection, bind_password)), changed)
            }
        };
        let domain = SourceDomain {
            id,
            name: entry.name.clone(),
            kind: entry.kind,
            connection,
            created_at: existing.map_or(self.now, |domain| domain.created_at),
            updated_at: self.now,
        };
        let secret = secret_changed.then_some("connection.bindPassword");
        let before = existing.map(|domain| to_json(&domain_entry(domain))).transpose()?;
        let after = to_json(&domain_entry(&domain))?;
        if !self.note("domain", &entry.name, before.as_ref(), &after, secret) {
            return Ok(id);
        }
        self.changes.push(ConfigurationChange::PutDomain(domain.clone()));
        self.world.domains.retain(|other| other.id != id);
        self.world.domains.push(domain);
        self.touch(|configuration| configuration.domain_id == id);
        Ok(id)
    }

    pub fn put_target(&mut self, existing: Option<&TargetSystem>, entry: &TargetEntry) -> Result<TargetId> {
        let id = existing.map_or_else(|| TargetId::new(self.service.uuid()), |target| target.id);
        let (settings, secret_changed) = match entry.kind {
            TargetKind::BuiltIn => (TargetSettings::BuiltIn, false),
            TargetKind::Scim => {
                let stored = match existing.map(|target| &target.settings) {
                    Some(TargetSettings::Scim { token, .. }) => Some(token),
                    _ => None,
                };
                let (token, changed) = self.seal(&sealer::target_token(id), entry.token.as_ref(), stored)?;
                let url = entry.url.clone().unwrap_or_default();
                let options = entry.scim.unwrap_or_default();
                (TargetSettings::Scim { url, token, ca_pem: entry.ca_pem.clone(), options }, changed)
            }
        };
        let target = TargetSystem {
            id,
            name: entry.name.clone(),
            settings,
            created_at: existing.map_or(self.now, |target| target.created_at),
            updated_at: self.now,
        };
        let before = existing.map(|target| to_json(&target_entry(target))).transpose()?;
        let after = to_json(&target_entry(&target))?;
        if !self.note("target", &entry.name, before.as_ref(), &after, secret_changed.then_some("token")) {
            return Ok(id);
        }
        self.changes.push(ConfigurationChange::PutTarget(target.clone()));
        self.world.targets.retain(|other| other.id != id);
        self.world.targets.push(target);
        self.touch(|configuration| configuration.target_id == id);
        Ok(id)
    }

    pub fn put_configuration(
        &mut self,
        existing: Option<&Configuration>,
        entry: &ConfigurationEntry,
    ) -> Result<ConfigurationId> {
        let (domain_id, target_id) = if let Some(existing) = existing {
            (existing.domain_id, existing.target_id)
        } else {
            let missing = |what: &str, name: &str| ServiceError::not_found(format!("{what} \"{name}\""));
            let domain = self.world.domain_named(&entry.domain);
            let target = self.world.target_named(&entry.target);
            (
                domain.ok_or_else(|| missing("domain", &entry.domain))?.id,
                target.ok_or_else(|| missing("target", &entry.target))?.id,
            )
        };
        let id = existing.map_or_else(|| ConfigurationId::new(self.service.uuid()), |known| known.id);
        let configuration = Configuration {
            id,
            name: entry.name.clone(),
            domain_id,
            target_id,
            plan: plan_of(entry),
            created_at: existing.map_or(self.now, |known| known.created_at),
            updated_at: self.now,
        };
        let before = match existing {
            Some(known) => Some(to_json(&configuration_entry(known, &self.world))?),
            None => None,
        };
        let after = to_json(&configuration_entry(&configuration, &self.world))?;
        if !self.note("configuration", &entry.name, before.as_ref(), &after, None) {
            return Ok(id);
        }
        if configuration.plan.enabled {
            self.due.push(id);
        } else if existing.is_some_and(|known| known.plan.enabled) {
            self.stopped.push(id);
        }
        self.changes.push(ConfigurationChange::PutConfiguration(configuration.clone()));
        self.world.configurations.retain(|other| other.id != id);
        self.world.configurations.push(configuration);
        Ok(id)
    }

    /// `stored` are the secrets that are kept.
    pub fn put_settings(
        &mut self,
        before: &SettingsEntry,
        entry: &SettingsEntry,
        stored: &StoredSecrets,
    ) -> Result<()> {
        let mut after = before.clone();
        if entry.verified_domains.is_some() {
            after.verified_domains.clone_from(&entry.verified_domains);
        }
        if entry.mail.is_some() {
            after.mail.clone_from(&entry.mail);
        }
        after.retention = entry.retention.or(after.retention);
        if entry.sign_in.is_some() {
            after.sign_in.clone_from(&entry.sign_in);
        }
        let mut password = None;
        if let Some(mail) = &mut after.mail
            && mail.username.is_some()
        {
            let sealed =
                self.seal(sealer::MAIL_PASSWORD, mail.password.take().as_ref(), stored.mail.as_ref());
            let sealed = sealed.map_err(|_| ServiceError::invalid("settings.mail.password", "is missing"))?;
            password = Some(sealed).filter(|(_, changed)| *changed).map(|(sealed, _)| sealed);
        }
        let client_secret = self.client_secret(before, after.sign_in.as_mut(), stored.sign_in.as_ref())?;
        let secrets =
            [("mail.password", password.is_some()), ("signIn.clientSecret", client_secret.is_some())];
        let changed: Vec<&str> = secrets.into_iter().filter(|(_, new)| *new).map(|(name, _)| name).collect();
        let changed = (!changed.is_empty()).then(|| changed.join(", "));
        if !self.note("settings", "", Some(&to_json(before)?), &to_json(&after)?, changed.as_deref()) {
            return Ok(());
        }
        self.put_setting(MAIL_SECRET, password.as_ref())?;
        self.put_setting(SIGN_IN_SECRET, client_secret.as_ref())?;
        self.put_setting(VERIFIED_DOMAINS, after.verified_domains.as_ref())?;
        self.put_setting(RETENTION, after.retention.as_ref())?;
        self.put_setting(MAIL, after.mail.as_ref())?;
        self.put_setting(SIGN_IN, after.sign_in.as_ref())
    }

    fn put_setting<T: Serialize>(&mut self, key: &str, value: Option<&T>) -> Result<()> {
        if let Some(value) = value {
            let change = ConfigurationChange::PutSetting { key: key.to_owned(), value: to_json(value)? };
            self.changes.push(change);
        }
        Ok(())
    }

    /// The portal's secret at the sign-in provider, sealed, where it changes. The one of another issuer is never kept: it
    /// would be sent to who is none of its business. An empty one means none.
    fn client_secret(
        &self,
        before: &SettingsEntry,
        entry: Option<&mut SignInEntry>,
        stored: Option<&SealedSecret>,
    ) -> Result<Option<SealedSecret>> {
        let Some(entry) = entry else { return Ok(None) };
        let same = before.sign_in.as_ref().is_some_and(|old| old.issuer == entry.issuer);
        let given = entry.client_secret.take();
        if given.is_none() && (same || stored.is_none()) {
            return Ok(None);
        }
        let given = given.unwrap_or_else(|| SecretSource::Value(Secret::new("")));
        let (sealed, changed) = self.seal(sealer::SIGN_IN_SECRET, Some(&given), stored.filter(|_| same))?;
        Ok(changed.then_some(sealed))
    }

    pub fn delete_domain(&mut self, domain: &SourceDomain) -> Result<()> {
        self.changes.push(ConfigurationChange::DeleteDomain(domain.id));
        self.note_deletion("domain", &domain.name, &to_json(&domain_entry(domain))?);
        Ok(())
    }

    pub fn delete_target(&mut self, target: &TargetSystem) -> Result<()> {
        self.changes.push(ConfigurationChange::DeleteTarget(target.id));
        self.note_deletion("target", &target.name, &to_json(&target_entry(target))?);
        Ok(())
    }

    pub fn delete_configuration(&mut self, configuration: &Configuration) -> Result<()> {
        let before = to_json(&configuration_entry(configuration, &self.world))?;
        self.changes.push(ConfigurationChange::DeleteConfiguration(configuration.id));
        self.note_deletion("configuration", &configuration.name, &before);
        self.stopped.push(configuration.id);
        Ok(())
    }

    /// Carries everything out and tells the engine.
    pub async fn commit(self) -> Result<Vec<ChangeLine>> {
        if self.changes.is_empty() {
            return Ok(self.lines);
        }
        let (storage, engine) = (self.service.storage(), self.service.engine());
        // Stop first: a cycle must not go on with what is about to be deleted.
        for id in &self.stopped {
            engine.request_stop(*id);
        }
        storage.change_configuration(self.changes).await?;
        for id in self.stopped {
            storage.drop_queued_cycles(id).await?;
            engine.hint(Hint::Configuration(id));
        }
        for id in self.due {
            let state = storage.configuration_state(id).await?;
            if !state.paused {
                let cycle = CycleId::new(self.service.uuid());
                storage.enqueue_cycle(cycle, id, self.now, Trigger::Schedule).await?;
            }
            engine.hint(Hint::Configuration(id));
        }
        engine.wake();
        Ok(self.lines)
    }

    /// A change of a domain or target concerns the enabled configurations that use it.
    fn touch(&mut self, uses: impl Fn(&Configuration) -> bool) {
        let ids = self.world.configurations.iter().filter(|known| known.plan.enabled && uses(known));
        let ids: Vec<_> = ids.map(|known| known.id).filter(|id| !self.due.contains(id)).collect();
        self.due.extend(ids);
    }

    /// Notes a difference as a line and as an audit entry; `false` when there is none.
    fn note(
        &mut self,
        kind: &str,
        name: &str,
        before: Option<&Value>,
        after: &Value,
        secret: Option<&str>,
    ) -> bool {
        let (change, fields) = match before {
            None => ("created", Vec::new()),
            Some(before) => {
                let mut fields = differences(before, after);
                fields.extend(secret.map(str::to_owned));
                if fields.is_empty() {
                    return false;
                }
                ("updated", fields)
            }
        };
        let details = json!({ "before": before, "after": after, "fields": fields });
        let verb = if change == "created" { "create" } else { "update" };
        let subject = if name.is_empty() { kind } else { name };
        let audit = self.service.audit_entry(self.principal, &format!("{kind}.{verb}"), subject, details);
        self.changes.push(ConfigurationChange::Audit(audit));
        self.lines.push(ChangeLine {
            kind: kind.to_owned(),
            name: name.to_owned(),
            change: change.to_owned(),
            fields,
        });
        true
    }

    fn note_deletion(&mut self, kind: &str, name: &str, before: &Value) {
        let activity = format!("{kind}.delete");
        let details = json!({ "before": before });
        let audit = self.service.audit_entry(self.principal, &activity, name, details);
        self.changes.push(ConfigurationChange::Audit(audit));
    }

    /// The sealed form of a secret, and whether it is another one than before.
    fn seal(
        &self,
        purpose: &str,
        given: Option<&SecretSource>,
        stored: Option<&SealedSecret>,
    ) -> Result<(SealedSecret, bool)> {
        let sealer = self.service.sealer();
        let given = match given {
            Some(SecretSource::Value(secret)) => secret,
            Some(SecretSource::Env(_) | SecretSource::File(_)) | None => {
                return match stored {
                    Some(stored) => Ok((stored.clone(), false)),
                    None => Err(ServiceError::invalid("", "a secret is missing")),
                };
            }
        };
        let same = |stored: &&SealedSecret| {
            sealer.unseal(purpose, stored).is_ok_and(|old: Secret| old.expose() == given.expose())
        };
        match stored.filter(same) {
            Some(stored) => Ok((stored.clone(), false)),
            None => Ok((sealer.seal(purpose, given).map_err(ServiceError::internal)?, true)),
        }
    }
}

fn connection_of(entry: &ConnectionEntry, bind_password: SealedSecret) -> Connection {
    Connection {
        url: entry.url.clone(),
        start_tls: entry.start_tls,
        allow_plaintext: entry.allow_plaintext,
        bind_dn: entry.bind_dn.clone(),
        bind_password,
        ca_pem: entry.ca_pem.clone(),
        base_dn: entry.base_dn.clone(),
    }
}

pub(crate) fn plan_of(entry: &ConfigurationEntry) -> Plan {
    Plan {
        enabled: entry.enabled,
        scope: entry.scope.clone(),
        objects: entry.objects.clone(),
        mappings: entry.mappings.clone(),
        matching: entry.matching,
        accidental_deletes: entry.accidental_deletes,
        out_of_scope: entry.out_of_scope,
        schedule: entry.schedule,
        full_schedule: entry.full_schedule,
        quarantine: entry.quarantine,
        notification: entry.notification.clone(),
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(ServiceError::internal)
}
