//! Source domains, target systems, configurations and what configurations remember.

use async_trait::async_trait;
use domain::status::ConfigurationState;
use domain::{Configuration, ConfigurationId, DomainId, SourceDomain, TargetId, TargetSystem};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use storage::configuration::{ConfigurationChange, StateChange};
use storage::{ConfigurationStore, Result, StorageError};

use crate::error::{database, referenced};
use crate::fields::{Fields, micros, signed, to_json};
use crate::open::SqliteStorage;
use crate::text::fold;
use crate::tx::Durability;
use crate::{audit, settings};

#[async_trait]
impl ConfigurationStore for SqliteStorage {
    async fn change_configuration(&self, changes: Vec<ConfigurationChange>) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        for change in &changes {
            match change {
                ConfigurationChange::PutDomain(domain) => put_domain(&mut tx, domain).await?,
                ConfigurationChange::PutTarget(target) => put_target(&mut tx, target).await?,
                ConfigurationChange::PutConfiguration(configuration) => {
                    put_configuration(&mut tx, configuration).await?;
                }
                ConfigurationChange::DeleteDomain(id) => delete_domain(&mut tx, *id).await?,
                ConfigurationChange::DeleteTarget(id) => delete_target(&mut tx, *id).await?,
                ConfigurationChange::DeleteConfiguration(id) => delete_configuration(&mut tx, *id).await?,
                ConfigurationChange::PutSetting { key, value } => settings::put(&mut tx, key, value).await?,
                ConfigurationChange::Audit(entry) => audit::append(&mut tx, entry).await?,
            }
        }
        tx.commit().await
    }

    async fn domains(&self) -> Result<Vec<SourceDomain>> {
        let rows = sqlx::query("SELECT * FROM domains ORDER BY name_key")
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_domain).collect()
    }

    async fn domain(&self, id: DomainId) -> Result<Option<SourceDomain>> {
        let row = sqlx::query("SELECT * FROM domains WHERE id = ?")
            .bind(id.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_domain).transpose()
    }

    async fn target_systems(&self) -> Result<Vec<TargetSystem>> {
        let rows = sqlx::query("SELECT * FROM targets ORDER BY name_key")
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_target).collect()
    }

    async fn target_system(&self, id: TargetId) -> Result<Option<TargetSystem>> {
        let row = sqlx::query("SELECT * FROM targets WHERE id = ?")
            .bind(id.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_target).transpose()
    }

    async fn configurations(&self) -> Result<Vec<Configuration>> {
        let rows = sqlx::query("SELECT * FROM configurations ORDER BY name_key")
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_configuration).collect()
    }

    async fn configuration(&self, id: ConfigurationId) -> Result<Option<Configuration>> {
        let row = sqlx::query("SELECT * FROM configurations WHERE id = ?")
            .bind(id.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_configuration).transpose()
    }

    async fn configuration_state(&self, id: ConfigurationId) -> Result<ConfigurationState> {
        let mut connection = self.readers.acquire().await.map_err(database)?;
        state_of(&mut connection, id).await
    }

    async fn put_configuration_state(&self, state: &ConfigurationState) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        put_state(&mut tx, state).await?;
        tx.commit().await
    }

    async fn change_configuration_state(
        &self,
        id: ConfigurationId,
        change: StateChange,
    ) -> Result<ConfigurationState> {
        let mut tx = self.write(Durability::Full).await?;
        let before = state_of(&mut tx, id).await?;
        let mut state = before.clone();
        change(&mut state);
        if state == before {
            tx.roll_back().await?;
        } else {
            put_state(&mut tx, &state).await?;
            tx.commit().await?;
        }
        Ok(state)
    }
}

async fn state_of(connection: &mut SqliteConnection, id: ConfigurationId) -> Result<ConfigurationState> {
    let row = sqlx::query(
        "SELECT s.* FROM configuration_states s
         JOIN configurations c ON c.key = s.configuration
         WHERE c.id = ?",
    )
    .bind(id.uuid())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.map_or_else(|| Ok(ConfigurationState::new(id)), |row| to_state(id, &row))
}

async fn put_state(connection: &mut SqliteConnection, state: &ConfigurationState) -> Result<()> {
    let key = key(connection, state.configuration_id).await?;
    sqlx::query(
        "INSERT INTO configuration_states (configuration, paused, quarantine, deletes_allowed,
             successive_failures, containers, last_total, memory)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (configuration) DO UPDATE SET
             paused = excluded.paused,
             quarantine = excluded.quarantine,
             deletes_allowed = excluded.deletes_allowed,
             successive_failures = excluded.successive_failures,
             containers = excluded.containers,
             last_total = excluded.last_total,
             memory = excluded.memory",
    )
    .bind(key)
    .bind(state.paused)
    .bind(state.quarantine.as_ref().map(to_json).transpose()?)
    .bind(state.deletes_allowed)
    .bind(state.successive_failures)
    .bind(to_json(&state.containers)?)
    .bind(state.last_total.map(signed))
    .bind(to_json(&state.memory)?)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// The short form of a configuration's id; `Stale` when there is no such configuration.
pub async fn key(connection: &mut SqliteConnection, id: ConfigurationId) -> Result<i64> {
    sqlx::query_scalar("SELECT key FROM configurations WHERE id = ?")
        .bind(id.uuid())
        .fetch_optional(connection)
        .await
        .map_err(database)?
        .ok_or(StorageError::Stale { what: "configuration" })
}

async fn put_domain(connection: &mut SqliteConnection, domain: &SourceDomain) -> Result<()> {
    sqlx::query(
        "INSERT INTO domains (id, name, name_key, kind, connection, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
             name = excluded.name,
             name_key = excluded.name_key,
             kind = excluded.kind,
             connection = excluded.connection,
             created_at = excluded.created_at,
             updated_at = excluded.updated_at",
    )
    .bind(domain.id.uuid())
    .bind(&domain.name)
    .bind(fold(&domain.name))
    .bind(domain.kind.as_str())
    .bind(domain.connection.as_ref().map(to_json).transpose()?)
    .bind(micros(domain.created_at))
    .bind(micros(domain.updated_at))
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

async fn put_target(connection: &mut SqliteConnection, target: &TargetSystem) -> Result<()> {
    sqlx::query(
        "INSERT INTO targets (id, name, name_key, settings, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
             name = excluded.name,
             name_key = excluded.name_key,
             settings = excluded.settings,
             created_at = excluded.created_at,
             updated_at = excluded.updated_at",
    )
    .bind(target.id.uuid())
    .bind(&target.name)
    .bind(fold(&target.name))
    .bind(to_json(&target.settings)?)
    .bind(micros(target.created_at))
    .bind(micros(target.updated_at))
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

async fn put_configuration(connection: &mut SqliteConnection, configuration: &Configuration) -> Result<()> {
    sqlx::query(
        "INSERT INTO configurations (id, name, name_key, domain_id, target_id, plan, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
             name = excluded.name,
             name_key = excluded.name_key,
             domain_id = excluded.domain_id,
             target_id = excluded.target_id,
             plan = excluded.plan,
             created_at = excluded.created_at,
             updated_at = excluded.updated_at",
    )
    .bind(configuration.id.uuid())
    .bind(&configuration.name)
    .bind(fold(&configuration.name))
    .bind(configuration.domain_id.uuid())
    .bind(configuration.target_id.uuid())
    .bind(to_json(&configuration.plan)?)
    .bind(micros(configuration.created_at))
    .bind(micros(configuration.updated_at))
    .execute(connection)
    .await
    .map_err(referenced(StorageError::Stale { what: "domain or target" }))?;
    Ok(())
}

async fn delete_domain(connection: &mut SqliteConnection, id: DomainId) -> Result<()> {
    let deleted = sqlx::query("DELETE FROM domains WHERE id = ?")
        .bind(id.uuid())
        .execute(connection)
        .await
        .map_err(referenced(StorageError::InUse { what: "domain" }))?;
    found(deleted.rows_affected(), "domain")
}

async fn delete_target(connection: &mut SqliteConnection, id: TargetId) -> Result<()> {
    let deleted = sqlx::query("DELETE FROM targets WHERE id = ?")
        .bind(id.uuid())
        .execute(connection)
        .await
        .map_err(referenced(StorageError::InUse { what: "target" }))?;
    found(deleted.rows_affected(), "target")
}

/// The foreign keys take state, links, escrows and intents along.
async fn delete_configuration(connection: &mut SqliteConnection, id: ConfigurationId) -> Result<()> {
    sqlx::query("DELETE FROM cycles WHERE configuration_id = ? AND state = 'queued'")
        .bind(id.uuid())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let deleted = sqlx::query("DELETE FROM configurations WHERE id = ?")
        .bind(id.uuid())
        .execute(connection)
        .await
        .map_err(database)?;
    found(deleted.rows_affected(), "configuration")
}

/// `Stale` when a change met no row.
pub const fn found(rows: u64, what: &'static str) -> Result<()> {
    if rows == 0 { Err(StorageError::Stale { what }) } else { Ok(()) }
}

fn to_domain(row: &SqliteRow) -> Result<SourceDomain> {
    let row = Fields::new(row, "domain");
    Ok(SourceDomain {
        id: DomainId::new(row.uuid("id")?),
        name: row.text("name")?,
        kind: row.word("kind")?,
        connection: row.json_or_null("connection")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn to_target(row: &SqliteRow) -> Result<TargetSystem> {
    let row = Fields::new(row, "target");
    Ok(TargetSystem {
        id: TargetId::new(row.uuid("id")?),
        name: row.text("name")?,
        settings: row.json("settings")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn to_configuration(row: &SqliteRow) -> Result<Configuration> {
    let row = Fields::new(row, "configuration");
    Ok(Configuration {
        id: ConfigurationId::new(row.uuid("id")?),
        name: row.text("name")?,
        domain_id: DomainId::new(row.uuid("domain_id")?),
        target_id: TargetId::new(row.uuid("target_id")?),
        plan: row.json("plan")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn to_state(id: ConfigurationId, row: &SqliteRow) -> Result<ConfigurationState> {
    let row = Fields::new(row, "configuration state");
    Ok(ConfigurationState {
        configuration_id: id,
        paused: row.get("paused")?,
        quarantine: row.json_or_null("quarantine")?,
        deletes_allowed: row.get("deletes_allowed")?,
        successive_failures: row.small("successive_failures")?,
        containers: row.json("containers")?,
        last_total: row.unsigned_or_null("last_total")?,
        memory: row.json("memory")?,
    })
}
