//! Configurations: create, change one part, enable, delete.

use std::collections::BTreeSet;

use domain::access::{Principal, Role};
use domain::configuration::{AccidentalDeletes, Matching, Notification, OutOfScope, QuarantineThresholds};
use domain::document::{ConfigurationEntry, Document};
use domain::interval::Interval;
use domain::mapping::Mapping;
use domain::scope::Scope;
use domain::{Configuration, ConfigurationId, DirectoryKind, ObjectKind, TargetKind, defaults};
use serde::{Deserialize, Serialize};

use crate::check::{self, Known};
use crate::document::export::configuration_entry;
use crate::domains::taken;
use crate::draft::Draft;
use crate::world::World;
use crate::{Result, Service, ServiceError};

/// What the Properties page edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Properties {
    pub name: String,
    pub objects: BTreeSet<ObjectKind>,
    pub schedule: Interval,
    pub full_schedule: Interval,
    pub out_of_scope: OutOfScope,
    pub accidental_deletes: AccidentalDeletes,
    pub matching: Matching,
    pub quarantine: QuarantineThresholds,
    pub notification: Notification,
}

impl Properties {
    pub fn of(configuration: &Configuration) -> Self {
        let plan = &configuration.plan;
        Self {
            name: configuration.name.clone(),
            objects: plan.objects.clone(),
            schedule: plan.schedule,
            full_schedule: plan.full_schedule,
            out_of_scope: plan.out_of_scope,
            accidental_deletes: plan.accidental_deletes,
            matching: plan.matching,
            quarantine: plan.quarantine,
            notification: plan.notification.clone(),
        }
    }
}

impl Service {
    pub async fn create_configuration(
        &self,
        principal: &Principal,
        entry: &ConfigurationEntry,
    ) -> Result<Configuration> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let id = self.put_configuration(principal, world, None, entry).await?;
        self.stored_configuration(id).await
    }

    /// Replaces everything that the entry names; domain and target stay.
    pub async fn update_configuration(
        &self,
        principal: &Principal,
        reference: &str,
        entry: &ConfigurationEntry,
    ) -> Result<Configuration> {
        self.edit(principal, reference, |edited| *edited = entry.clone()).await
    }

    pub async fn update_scope(
        &self,
        principal: &Principal,
        reference: &str,
        scope: Scope,
    ) -> Result<Configuration> {
        self.edit(principal, reference, |entry| entry.scope = scope).await
    }

    /// Replaces the mappings of one kind; an empty list goes back to the defaults.
    pub async fn update_mapping(
        &self,
        principal: &Principal,
        reference: &str,
        kind: ObjectKind,
        mappings: Vec<Mapping>,
    ) -> Result<Configuration> {
        self.edit(principal, reference, |entry| {
            if mappings.is_empty() {
                entry.mappings.remove(&kind);
            } else {
                entry.mappings.insert(kind, mappings);
            }
        })
        .await
    }

    pub async fn update_properties(
        &self,
        principal: &Principal,
        reference: &str,
        properties: Properties,
    ) -> Result<Configuration> {
        self.edit(principal, reference, |entry| {
            entry.name = properties.name;
            entry.objects = properties.objects;
            entry.schedule = properties.schedule;
            entry.full_schedule = properties.full_schedule;
            entry.out_of_scope = properties.out_of_scope;
            entry.accidental_deletes = properties.accidental_deletes;
            entry.matching = properties.matching;
            entry.quarantine = properties.quarantine;
            entry.notification = properties.notification;
        })
        .await
    }

    /// Enabling queues a cycle that is due now; disabling stops a running one.
    pub async fn set_enabled(
        &self,
        principal: &Principal,
        reference: &str,
        enabled: bool,
    ) -> Result<Configuration> {
        self.edit(principal, reference, |entry| entry.enabled = enabled).await
    }

    pub async fn delete_configuration(&self, principal: &Principal, reference: &str) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?.clone();
        let mut draft = Draft::new(self, principal, world);
        draft.delete_configuration(&configuration)?;
        draft.commit().await.map(drop)
    }

    /// The mappings of one kind as they are used: the configuration's own, or the defaults.
    pub async fn effective_mappings(
        &self,
        principal: &Principal,
        reference: &str,
        kind: ObjectKind,
    ) -> Result<Vec<Mapping>> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?;
        if let Some(own) = configuration.plan.mappings.get(&kind) {
            return Ok(own.clone());
        }
        let source = world.domain(configuration.domain_id).map_or(DirectoryKind::Auto, |known| known.kind);
        let target =
            world.target(configuration.target_id).map_or(TargetKind::BuiltIn, domain::TargetSystem::kind);
        Ok(defaults::mappings(source, target, kind))
    }

    async fn edit(
        &self,
        principal: &Principal,
        reference: &str,
        change: impl FnOnce(&mut ConfigurationEntry) + Send,
    ) -> Result<Configuration> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let existing = world.find_configuration(reference)?.clone();
        let mut entry = configuration_entry(&existing, &world);
        change(&mut entry);
        let id = self.put_configuration(principal, world, Some(&existing), &entry).await?;
        self.stored_configuration(id).await
    }

    /// Stores a configuration that has been checked.
    pub(crate) async fn replace_configuration(
        &self,
        principal: &Principal,
        world: World,
        existing: &Configuration,
        entry: &ConfigurationEntry,
    ) -> Result<Configuration> {
        let mut draft = Draft::new(self, principal, world);
        let id = draft.put_configuration(Some(existing), entry)?;
        draft.commit().await?;
        self.stored_configuration(id).await
    }

    async fn put_configuration(
        &self,
        principal: &Principal,
        world: World,
        existing: Option<&Configuration>,
        entry: &ConfigurationEntry,
    ) -> Result<ConfigurationId> {
        let mut problems = Vec::new();
        let known = Known::of(&world, &Document::default(), &[]);
        check::configuration("", entry, existing, &known, &mut problems);
        if let Some(other) = world.configuration_named(&entry.name)
            && Some(other.id) != existing.map(|known| known.id)
        {
            problems.push(taken("configuration"));
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut draft = Draft::new(self, principal, world);
        let id = draft.put_configuration(existing, entry)?;
        draft.commit().await?;
        Ok(id)
    }

    async fn stored_configuration(&self, id: ConfigurationId) -> Result<Configuration> {
        let stored = self.storage().configuration(id).await?;
        stored.ok_or_else(|| ServiceError::not_found(format!("configuration {id}")))
    }
}
