//! What is configured and what configurations remember.

use async_trait::async_trait;
use domain::status::ConfigurationState;
use domain::{Configuration, ConfigurationId, DomainId, SourceDomain, TargetId, TargetSystem};
use storage::configuration::{ConfigurationChange, StateChange};
use storage::{ConfigurationStore, Result};

use super::{MemoryStorage, World, found};

#[async_trait]
impl ConfigurationStore for MemoryStorage {
    async fn change_configuration(&self, changes: Vec<ConfigurationChange>) -> Result<()> {
        self.write(|world| {
            for change in changes {
                world.change(change)?;
            }
            Ok(())
        })
        .await
    }

    async fn domains(&self) -> Result<Vec<SourceDomain>> {
        Ok(self.read().domains.values().cloned().collect())
    }

    async fn domain(&self, id: DomainId) -> Result<Option<SourceDomain>> {
        Ok(self.read().domains.get(&id).cloned())
    }

    async fn target_systems(&self) -> Result<Vec<TargetSystem>> {
        Ok(self.read().targets.values().cloned().collect())
    }

    async fn target_system(&self, id: TargetId) -> Result<Option<TargetSystem>> {
        Ok(self.read().targets.get(&id).cloned())
    }

    async fn configurations(&self) -> Result<Vec<Configuration>> {
        Ok(self.read().configurations.values().cloned().collect())
    }

    async fn configuration(&self, id: ConfigurationId) -> Result<Option<Configuration>> {
        Ok(self.read().configurations.get(&id).cloned())
    }

    async fn configuration_state(&self, id: ConfigurationId) -> Result<ConfigurationState> {
        Ok(self.read().states.get(&id).cloned().unwrap_or_else(|| ConfigurationState::new(id)))
    }

    async fn put_configuration_state(&self, state: &ConfigurationState) -> Result<()> {
        let state = state.clone();
        self.write(|world| {
            world.configured(state.configuration_id)?;
            world.states.insert(state.configuration_id, state);
            Ok(())
        })
        .await
    }

    async fn change_configuration_state(
        &self,
        id: ConfigurationId,
        change: StateChange,
    ) -> Result<ConfigurationState> {
        self.write(|world| {
            world.configured(id)?;
            let state = world.states.entry(id).or_insert_with(|| ConfigurationState::new(id));
            change(state);
            Ok(state.clone())
        })
        .await
    }
}

impl World {
    fn change(&mut self, change: ConfigurationChange) -> Result<()> {
        match change {
            ConfigurationChange::PutDomain(domain) => {
                self.domains.insert(domain.id, domain);
            }
            ConfigurationChange::PutTarget(target) => {
                self.targets.insert(target.id, target);
            }
            ConfigurationChange::PutConfiguration(configuration) => {
                self.configurations.insert(configuration.id, configuration);
            }
            ConfigurationChange::DeleteDomain(id) => {
                return found(self.domains.remove(&id).is_some(), "domain");
            }
            ConfigurationChange::DeleteTarget(id) => {
                return found(self.targets.remove(&id).is_some(), "target");
            }
            ConfigurationChange::DeleteConfiguration(id) => return self.delete_configuration(id),
            ConfigurationChange::PutSetting { .. } | ConfigurationChange::Audit(_) => {}
        }
        Ok(())
    }

    fn delete_configuration(&mut self, id: ConfigurationId) -> Result<()> {
        found(self.configurations.remove(&id).is_some(), "configuration")?;
        self.states.remove(&id);
        self.cycles.retain(|_, held| {
            held.cycle.configuration_id != id || held.cycle.state != domain::cycle::CycleState::Queued
        });
        self.forget_links(id);
        self.cursors.remove(&id);
        self.unsettled.remove(&id);
        self.escrows.retain(|(of, ..), _| *of != id);
        self.intents.retain(|(of, _)| *of != id);
        Ok(())
    }
}
