//! The cycles, which are also the worker's queue.

use std::time::Duration;

use async_trait::async_trait;
use domain::cycle::{CycleState, Phase, Trigger};
use domain::{ConfigurationId, Counts, Cycle, CycleId, Time};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use storage::cycle::{CycleEnd, Progress};
use storage::{CycleStore, Page, PageRequest, Result, StorageError};
use uuid::Uuid;

use crate::configuration::{found, key};
use crate::error::database;
use crate::fields::{Fields, micros, signed, to_json};
use crate::open::SqliteStorage;
use crate::tx::Durability;

#[async_trait]
impl CycleStore for SqliteStorage {
    async fn enqueue_cycle(
        &self,
        id: CycleId,
        configuration: ConfigurationId,
        due_at: Time,
        trigger: Trigger,
    ) -> Result<CycleId> {
        let mut tx = self.write(Durability::Full).await?;
        key(&mut tx, configuration).await?;
        let queued = enqueue(&mut tx, id, configuration, due_at, trigger).await?;
        tx.commit().await?;
        Ok(queued)
    }

    async fn drop_queued_cycles(&self, configuration: ConfigurationId) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        sqlx::query("DELETE FROM cycles WHERE configuration_id = ? AND state = 'queued'")
            .bind(configuration.uuid())
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await
    }

    async fn claim_cycle(&self, owner: &str, now: Time, lease: Duration) -> Result<Option<Cycle>> {
        let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
        let mut tx = self.write(Durability::Process).await?;
        let row = sqlx::query(
            "UPDATE cycles SET
                 state = 'running',
                 phase = ?1,
                 started_at = ?2,
                 lease_owner = ?3,
                 lease_until = ?4,
                 expected = (
                     SELECT s.last_total FROM configuration_states s
                     JOIN configurations c ON c.key = s.configuration
                     WHERE c.id = cycles.configuration_id
                 )
             WHERE id = (
                 SELECT q.id FROM cycles q
                 WHERE q.state = 'queued'
                 AND q.due_at <= ?2
                 AND NOT EXISTS (
                     SELECT 1 FROM cycles r
                     WHERE r.configuration_id = q.configuration_id AND r.state = 'running'
                 )
                 ORDER BY q.due_at, q.id
                 LIMIT 1
             )
             RETURNING *",
        )
        .bind(Phase::Starting.as_str())
        .bind(micros(now))
        .bind(owner)
        .bind(micros(now).saturating_add(lease))
        .fetch_optional(&mut *tx)
        .await
        .map_err(database)?;
        let cycle = row.as_ref().map(to_cycle).transpose()?;
        tx.commit().await?;
        Ok(cycle)
    }

    async fn begin_on_demand(
        &self,
        id: CycleId,
        configuration: ConfigurationId,
        owner: &str,
        now: Time,
        lease: Duration,
    ) -> Result<bool> {
        let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
        let mut tx = self.write(Durability::Process).await?;
        key(&mut tx, configuration).await?;
        let begun = sqlx::query(
            "INSERT INTO cycles (id, configuration_id, state, started_by, due_at, started_at, phase, done, counts, \
             notes, lease_owner, lease_until)
             VALUES (?1, ?2, 'running', ?3, ?4, ?4, ?5, 0, ?6, '[]', ?7, ?8)
             ON CONFLICT (configuration_id) WHERE state = 'running' DO NOTHING",
        )
        .bind(id.uuid())
        .bind(configuration.uuid())
        .bind(Trigger::OnDemand.as_str())
        .bind(micros(now))
        .bind(Phase::Starting.as_str())
        .bind(to_json(&Counts::default())?)
        .bind(owner)
        .bind(micros(now).saturating_add(lease))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(begun.rows_affected() > 0)
    }

    async fn renew_cycle(&self, id: CycleId, owner: &str, until: Time) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let renewed = sqlx::query(
            "UPDATE cycles SET lease_until = ? WHERE id = ? AND state = 'running' AND lease_owner = ?",
        )
        .bind(micros(until))
        .bind(id.uuid())
        .bind(owner)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        found(renewed.rows_affected(), "cycle")?;
        tx.commit().await
    }

    async fn progress_cycle(&self, id: CycleId, progress: Progress) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        progress_running(&mut tx, id, progress).await?;
        tx.commit().await
    }

    async fn end_cycle(
        &self,
        id: CycleId,
        at: Time,
        end: CycleEnd,
        next: Option<(CycleId, Time)>,
    ) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let configuration: Uuid = sqlx::query_scalar(
            "UPDATE cycles SET
                 state = ?,
                 ended_at = ?,
                 phase = ?,
                 counts = ?,
                 done = ?,
                 problem = ?,
                 notes = ?,
                 lease_owner = NULL,
                 lease_until = NULL
             WHERE id = ? AND state = 'running'
             RETURNING configuration_id",
        )
        .bind(end.state.as_str())
        .bind(micros(at))
        .bind(Phase::Finishing.as_str())
        .bind(to_json(&end.counts)?)
        .bind(signed(end.done))
        .bind(end.problem.as_ref().map(to_json).transpose()?)
        .bind(to_json(&end.notes)?)
        .bind(id.uuid())
        .fetch_optional(&mut *tx)
        .await
        .map_err(database)?
        .ok_or(StorageError::Stale { what: "cycle" })?;
        if let Some((next, due_at)) = next {
            enqueue(&mut tx, next, ConfigurationId::new(configuration), due_at, Trigger::Schedule).await?;
        }
        tx.commit().await
    }

    async fn interrupt_expired_cycles(
        &self,
        now: Time,
        every: bool,
        new_ids: &mut (dyn FnMut() -> CycleId + Send),
    ) -> Result<Vec<Cycle>> {
        let any: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cycles WHERE state = 'running' AND (?1 OR lease_until <= ?2))",
        )
        .bind(every)
        .bind(micros(now))
        .fetch_one(&self.readers)
        .await
        .map_err(database)?;
        if !any {
            return Ok(Vec::new());
        }
        let mut tx = self.write(Durability::Full).await?;
        let rows = sqlx::query(
            "UPDATE cycles SET state = ?, ended_at = ?2, lease_owner = NULL, lease_until = NULL
             WHERE state = 'running' AND (?3 OR lease_until <= ?2)
             RETURNING *",
        )
        .bind(CycleState::Interrupted.as_str())
        .bind(micros(now))
        .bind(every)
        .fetch_all(&mut *tx)
        .await
        .map_err(database)?;
        let mut cycles = rows.iter().map(to_cycle).collect::<Result<Vec<_>>>()?;
        cycles.sort_by_key(|cycle| (cycle.started_at, cycle.id));
        for cycle in &cycles {
            enqueue(&mut tx, new_ids(), cycle.configuration_id, now, Trigger::Schedule).await?;
        }
        tx.commit().await?;
        Ok(cycles)
    }

    async fn cycle(&self, id: CycleId) -> Result<Option<Cycle>> {
        let row = sqlx::query("SELECT * FROM cycles WHERE id = ?")
            .bind(id.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_cycle).transpose()
    }

    /// Leaves out configurations that are running: their queued cycle cannot be claimed before the running one
    /// ends, and whoever ends it looks at the queue anyway. A timer that counted them would fire without rest.
    async fn next_due(&self) -> Result<Option<Time>> {
        let row = sqlx::query(
            "SELECT min(q.due_at) AS due_at FROM cycles q
             WHERE q.state = 'queued'
             AND NOT EXISTS (
                 SELECT 1 FROM cycles r WHERE r.configuration_id = q.configuration_id AND r.state = 'running'
             )",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(database)?;
        Fields::new(&row, "cycle").time_or_null("due_at")
    }

    async fn queued_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        let row = sqlx::query("SELECT * FROM cycles WHERE configuration_id = ? AND state = 'queued'")
            .bind(configuration.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_cycle).transpose()
    }

    async fn running_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        let row = sqlx::query("SELECT * FROM cycles WHERE configuration_id = ? AND state = 'running'")
            .bind(configuration.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_cycle).transpose()
    }

    async fn cycles(&self, configuration: Option<ConfigurationId>, page: PageRequest) -> Result<Page<Cycle>> {
        let limit = page.bounded_limit();
        let (started_at, id) = match &page.after {
            Some(cursor) => parse_cursor(cursor)?,
            None => (i64::MAX, Uuid::max()),
        };
        let query = match configuration {
            Some(configuration) => sqlx::query(
                "SELECT * FROM cycles
                 WHERE configuration_id = ? AND started_at IS NOT NULL AND (started_at, id) < (?, ?)
                 AND started_by <> 'onDemand'
                 ORDER BY started_at DESC, id DESC
                 LIMIT ?",
            )
            .bind(configuration.uuid()),
            None => sqlx::query(
                "SELECT * FROM cycles
                 WHERE started_at IS NOT NULL AND (started_at, id) < (?, ?)
                 AND started_by <> 'onDemand'
                 ORDER BY started_at DESC, id DESC
                 LIMIT ?",
            ),
        };
        let rows = query
            .bind(started_at)
            .bind(id)
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        let cycles = rows.iter().map(to_cycle).collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(cycles, limit, cursor))
    }

    async fn last_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        let row = sqlx::query(
            "SELECT * FROM cycles
             WHERE configuration_id = ? AND started_at IS NOT NULL AND state <> 'running'
             AND started_by <> 'onDemand'
             ORDER BY started_at DESC, id DESC
             LIMIT 1",
        )
        .bind(configuration.uuid())
        .fetch_optional(&self.readers)
        .await
        .map_err(database)?;
        row.as_ref().map(to_cycle).transpose()
    }

    async fn last_complete_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>> {
        let row = sqlx::query(
            "SELECT * FROM cycles
             WHERE configuration_id = ? AND started_at IS NOT NULL AND state IN (?, ?)
             AND started_by <> 'onDemand'
             ORDER BY started_at DESC, id DESC
             LIMIT 1",
        )
        .bind(configuration.uuid())
        .bind(CycleState::Succeeded.as_str())
        .bind(CycleState::EntryLevelErrors.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(database)?;
        row.as_ref().map(to_cycle).transpose()
    }
}

/// Queues a cycle or brings the queued one forward. A configuration that was deleted in the meantime gets none.
async fn enqueue(
    connection: &mut SqliteConnection,
    id: CycleId,
    configuration: ConfigurationId,
    due_at: Time,
    trigger: Trigger,
) -> Result<CycleId> {
    let queued: Option<Uuid> = sqlx::query_scalar(
        "INSERT INTO cycles (id, configuration_id, state, started_by, due_at, phase, done, counts, notes)
         SELECT ?1, ?2, 'queued', ?3, ?4, ?5, 0, ?6, '[]'
         WHERE EXISTS (SELECT 1 FROM configurations WHERE id = ?2)
         ON CONFLICT (configuration_id) WHERE state = 'queued' DO UPDATE SET
             due_at = min(due_at, excluded.due_at),
             started_by = CASE excluded.started_by WHEN ?7 THEN ?7 ELSE started_by END
         RETURNING id",
    )
    .bind(id.uuid())
    .bind(configuration.uuid())
    .bind(trigger.as_str())
    .bind(micros(due_at))
    .bind(Phase::Starting.as_str())
    .bind(to_json(&Counts::default())?)
    .bind(Trigger::Manual.as_str())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    Ok(queued.map_or(id, CycleId::new))
}

/// Notes progress; `Stale` when the cycle is not running any more, so that a page of a worker that lost its lease
/// is not committed.
pub async fn progress_running(
    connection: &mut SqliteConnection,
    id: CycleId,
    progress: Progress,
) -> Result<()> {
    let noted =
        sqlx::query("UPDATE cycles SET phase = ?, done = ?, counts = ? WHERE id = ? AND state = 'running'")
            .bind(progress.phase.as_str())
            .bind(signed(progress.done))
            .bind(to_json(&progress.counts)?)
            .bind(id.uuid())
            .execute(connection)
            .await
            .map_err(database)?;
    found(noted.rows_affected(), "cycle")
}

fn cursor(cycle: &Cycle) -> String {
    format!("{}.{}", cycle.started_at.map_or(0, micros), cycle.id.uuid().as_simple())
}

fn parse_cursor(cursor: &str) -> Result<(i64, Uuid)> {
    cursor
        .split_once('.')
        .and_then(|(started_at, id)| Some((started_at.parse().ok()?, Uuid::parse_str(id).ok()?)))
        .ok_or(StorageError::Stale { what: "page cursor" })
}

pub fn to_cycle(row: &SqliteRow) -> Result<Cycle> {
    let row = Fields::new(row, "cycle");
    Ok(Cycle {
        id: CycleId::new(row.uuid("id")?),
        configuration_id: ConfigurationId::new(row.uuid("configuration_id")?),
        state: row.word("state")?,
        trigger: row.word("started_by")?,
        due_at: row.time("due_at")?,
        started_at: row.time_or_null("started_at")?,
        ended_at: row.time_or_null("ended_at")?,
        phase: row.word("phase")?,
        done: row.unsigned("done")?,
        expected: row.unsigned_or_null("expected")?,
        counts: row.json("counts")?,
        problem: row.json_or_null("problem")?,
        notes: row.json("notes")?,
    })
}
