//! Simulations and their results.

mod expire;
mod objects;
mod scratch;

use async_trait::async_trait;
use domain::simulation::{SimulatedObject, Simulation, SimulationState, Tally};
use domain::{ConfigurationId, SimulationId, Time};
use sqlx::sqlite::SqliteRow;
use storage::cycle::Progress;
use storage::simulation::{Scratch, SimulatedFilter, SimulatedRecord, SimulationEnd};
use storage::{Page, PageRequest, Result, SimulationStore, StorageError};
use uuid::Uuid;

use crate::configuration::{found, key};
use crate::error::database;
use crate::fields::{Fields, micros, signed, to_json};
use crate::open::SqliteStorage;
use crate::tx::Durability;

#[async_trait]
impl SimulationStore for SqliteStorage {
    async fn begin_simulation(&self, simulation: &Simulation) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let configuration = key(&mut tx, simulation.configuration_id).await?;
        sqlx::query(
            "INSERT INTO simulations (id, configuration, state, requested_by, draft, scope, everything, started_at, \
             phase, done, expected, counts, tallies, notes)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(simulation.id.uuid())
        .bind(configuration)
        .bind(SimulationState::Running.as_str())
        .bind(&simulation.requested_by)
        .bind(simulation.draft)
        .bind(simulation.scope.as_ref().map(to_json).transpose()?)
        .bind(simulation.full)
        .bind(micros(simulation.started_at))
        .bind(simulation.phase.as_str())
        .bind(signed(simulation.done))
        .bind(simulation.expected.map(signed))
        .bind(to_json(&simulation.counts)?)
        .bind(to_json(&simulation.tallies)?)
        .bind(to_json(&simulation.notes)?)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    async fn add_simulated(
        &self,
        id: SimulationId,
        progress: Progress,
        tallies: &[Tally],
        records: &[SimulatedRecord],
    ) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let simulation: i64 = sqlx::query_scalar(
            "UPDATE simulations SET phase = ?, done = ?, counts = ?, tallies = ?
             WHERE id = ? AND state = 'running'
             RETURNING key",
        )
        .bind(progress.phase.as_str())
        .bind(signed(progress.done))
        .bind(to_json(&progress.counts)?)
        .bind(to_json(tallies)?)
        .bind(id.uuid())
        .fetch_optional(&mut *tx)
        .await
        .map_err(database)?
        .ok_or(StorageError::Stale { what: "simulation" })?;
        objects::insert(&mut tx, simulation, records).await?;
        tx.commit().await
    }

    async fn end_simulation(&self, id: SimulationId, end: SimulationEnd) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let ended = sqlx::query(
            "UPDATE simulations SET state = ?, ended_at = ?, phase = ?, counts = ?, done = ?, problem = ?, notes = ?
             WHERE id = ? AND state = 'running'",
        )
        .bind(end.state.as_str())
        .bind(micros(end.at))
        .bind(domain::cycle::Phase::Finishing.as_str())
        .bind(to_json(&end.counts)?)
        .bind(signed(end.done))
        .bind(end.problem.as_ref().map(to_json).transpose()?)
        .bind(to_json(&end.notes)?)
        .bind(id.uuid())
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        found(ended.rows_affected(), "simulation")?;
        tx.commit().await
    }

    async fn simulations(
        &self,
        configuration: ConfigurationId,
        page: PageRequest,
    ) -> Result<Page<Simulation>> {
        let limit = page.bounded_limit();
        let before = number(page.after.as_deref(), i64::MAX)?;
        let rows = sqlx::query(
            "SELECT s.*, c.id AS configuration_id FROM simulations s
             JOIN configurations c ON c.key = s.configuration
             WHERE c.id = ? AND s.key < ?
             ORDER BY s.key DESC
             LIMIT ?",
        )
        .bind(configuration.uuid())
        .bind(before)
        .bind(limit + 1)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        let keyed = rows
            .iter()
            .map(|row| Ok((Fields::new(row, "simulation").get::<i64>("key")?, to_simulation(row)?)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(keyed, limit, |(key, _)| key.to_string()).map(|(_, simulation)| simulation))
    }

    async fn simulation(&self, id: SimulationId) -> Result<Option<Simulation>> {
        let row = sqlx::query(
            "SELECT s.*, c.id AS configuration_id FROM simulations s
             JOIN configurations c ON c.key = s.configuration
             WHERE s.id = ?",
        )
        .bind(id.uuid())
        .fetch_optional(&self.readers)
        .await
        .map_err(database)?;
        row.as_ref().map(to_simulation).transpose()
    }

    async fn simulated_objects(
        &self,
        id: SimulationId,
        filter: &SimulatedFilter,
        page: PageRequest,
    ) -> Result<Page<SimulatedObject>> {
        let limit = page.bounded_limit();
        let after = number(page.after.as_deref(), 0)?;
        let found = objects::search(&self.readers, id, filter, after, limit + 1).await?;
        Ok(Page::from_rows(found, limit, |object| object.number.to_string()))
    }

    async fn simulated_object(&self, id: SimulationId, number: i64) -> Result<Option<SimulatedObject>> {
        objects::one(&self.readers, id, number).await
    }

    async fn interrupt_simulations(&self, now: Time) -> Result<u64> {
        scratch::sweep(&self.path);
        let mut tx = self.write(Durability::Full).await?;
        let interrupted =
            sqlx::query("UPDATE simulations SET state = ?, ended_at = ? WHERE state = 'running'")
                .bind(SimulationState::Interrupted.as_str())
                .bind(micros(now))
                .execute(&mut *tx)
                .await
                .map_err(database)?;
        tx.commit().await?;
        Ok(interrupted.rows_affected())
    }

    async fn expire_simulations(&self, before: Time, limit: u32) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let gone = expire::expire(&mut tx, before, limit).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn scratch(&self, configuration: ConfigurationId, directory: bool) -> Result<Box<dyn Scratch>> {
        Ok(Box::new(scratch::Copy::of(self, configuration, directory).await?))
    }
}

fn number(cursor: Option<&str>, otherwise: i64) -> Result<i64> {
    cursor.map_or(Ok(otherwise), |cursor| {
        cursor.parse().map_err(|_| StorageError::Stale { what: "page cursor" })
    })
}

fn to_simulation(row: &SqliteRow) -> Result<Simulation> {
    let row = Fields::new(row, "simulation");
    let configuration: Uuid = row.uuid("configuration_id")?;
    Ok(Simulation {
        id: SimulationId::new(row.uuid("id")?),
        configuration_id: ConfigurationId::new(configuration),
        state: row.word("state")?,
        requested_by: row.text("requested_by")?,
        draft: row.get("draft")?,
        scope: row.json_or_null("scope")?,
        full: row.get("everything")?,
        started_at: row.time("started_at")?,
        ended_at: row.time_or_null("ended_at")?,
        phase: row.word("phase")?,
        done: row.unsigned("done")?,
        expected: row.unsigned_or_null("expected")?,
        counts: row.json("counts")?,
        tallies: row.json("tallies")?,
        problem: row.json_or_null("problem")?,
        notes: row.json("notes")?,
    })
}
