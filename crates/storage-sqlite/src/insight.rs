//! Figures over time, from the counts that are kept with the log and from narrow indexes; the states of objects are
//! counted over all links, and the latest beats of agents are read.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::cycle::{CycleState, Trigger};
use domain::{ConfigurationId, Cycle, Time};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use storage::Result;
use storage::insight::{CycleSlot, InsightStore, ObjectStates, OperationSlot, Period};

use crate::agent::packed::unpack;
use crate::bulk::list;
use crate::cycle::to_cycle;
use crate::error::database;
use crate::fields::{Fields, micros};
use crate::open::SqliteStorage;

const MICROS_AN_HOUR: i64 = 3_600_000_000;

/// The length of a slot in microseconds.
fn slot(period: &Period) -> i64 {
    period.slot.num_microseconds().unwrap_or(MICROS_AN_HOUR).max(MICROS_AN_HOUR)
}

/// A question over a period: ?1 its begin, ?2 its end, ?3 the configuration or NULL, ?4 the length of a slot.
fn over<'q>(sql: &'static str, period: &Period) -> Query<'q, Sqlite, SqliteArguments> {
    sqlx::query(sql)
        .bind(micros(period.since))
        .bind(micros(period.until))
        .bind(period.configuration.map(ConfigurationId::uuid))
        .bind(slot(period))
}

impl SqliteStorage {
    /// Hours and agents of beats in pieces that reach over more than two hours: slow ones, and those with a silence in it.
    async fn hours_within_pieces(&self, since: Time) -> Result<BTreeSet<(i64, i64)>> {
        let rows = sqlx::query(
            "SELECT agent, beats FROM agent_beats
             WHERE until_at >= ?1 AND until_at / ?2 - from_at / ?2 >= 2
             UNION ALL
             SELECT agent, recent FROM agent_heard
             WHERE length(recent) > 0
             AND max(coalesce(main_at, 0), coalesce(status_at, 0)) / ?2 - recent_from / ?2 >= 2",
        )
        .bind(micros(since))
        .bind(MICROS_AN_HOUR)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        let mut hours = BTreeSet::new();
        for row in &rows {
            let row = Fields::new(row, "heartbeats");
            let points =
                unpack(row.get("beats")?).ok_or_else(|| row.corrupt("beats", "not whole heartbeats"))?;
            let agent: i64 = row.get("agent")?;
            hours.extend(points.iter().map(|point| {
                let at = micros(point.at);
                (at - at.rem_euclid(MICROS_AN_HOUR), agent)
            }));
        }
        Ok(hours)
    }
}

#[async_trait]
impl InsightStore for SqliteStorage {
    async fn operations_over_time(&self, period: &Period) -> Result<Vec<OperationSlot>> {
        let rows = over(
            "SELECT hour - hour % ?4 AS at, action, status, sum(operations) AS operations FROM record_hours
             WHERE hour >= ?1 AND hour < ?2 AND (?3 IS NULL OR configuration_id = ?3)
             GROUP BY 1, action, status
             ORDER BY 1, action, status",
            period,
        )
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter()
            .map(|row| {
                let row = Fields::new(row, "hour of the log");
                Ok(OperationSlot {
                    at: row.time("at")?,
                    action: row.word("action")?,
                    status: row.word("status")?,
                    count: row.unsigned("operations")?,
                })
            })
            .collect()
    }

    async fn top_errors(&self, period: &Period, most: u32) -> Result<Vec<(String, u64)>> {
        let rows = over(
            "SELECT code, sum(operations) AS operations FROM record_hours
             WHERE hour >= ?1 AND hour < ?2 AND code <> '' AND (?3 IS NULL OR configuration_id = ?3)
             GROUP BY code
             ORDER BY 2 DESC, code
             LIMIT ?5",
            period,
        )
        .bind(most)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter()
            .map(|row| {
                let row = Fields::new(row, "hour of the log");
                Ok((row.text("code")?, row.unsigned("operations")?))
            })
            .collect()
    }

    async fn cycles_over_time(&self, period: &Period) -> Result<Vec<CycleSlot>> {
        let rows = over(
            "SELECT started_at - started_at % ?4 AS at, count(*) AS cycles, sum(state NOT IN (?5, ?6)) AS failed,
                 sum(max(ended_at - started_at, 0)) / 1000 AS total_ms,
                 max(max(ended_at - started_at, 0)) / 1000 AS longest_ms
             FROM cycles INDEXED BY cycles_ended
             WHERE started_at >= ?1 AND started_at < ?2 AND ended_at IS NOT NULL
             AND started_by <> ?7 AND (?3 IS NULL OR configuration_id = ?3)
             GROUP BY 1
             ORDER BY 1",
            period,
        )
        .bind(CycleState::Succeeded.as_str())
        .bind(CycleState::EntryLevelErrors.as_str())
        .bind(Trigger::OnDemand.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter()
            .map(|row| {
                let row = Fields::new(row, "cycles");
                Ok(CycleSlot {
                    at: row.time("at")?,
                    cycles: row.unsigned("cycles")?,
                    failed: row.unsigned("failed")?,
                    total_ms: row.unsigned("total_ms")?,
                    longest_ms: row.unsigned("longest_ms")?,
                })
            })
            .collect()
    }

    async fn longest_cycles(&self, period: &Period, most: u32) -> Result<Vec<Cycle>> {
        let rows = sqlx::query(
            "SELECT * FROM cycles
             WHERE rowid IN (
                 SELECT rowid FROM cycles INDEXED BY cycles_ended
                 WHERE started_at >= ?1 AND started_at < ?2 AND ended_at IS NOT NULL
                 AND started_by <> ?4 AND (?3 IS NULL OR configuration_id = ?3)
                 ORDER BY ended_at - started_at DESC, started_at DESC
                 LIMIT ?5
             )
             ORDER BY ended_at - started_at DESC, started_at DESC",
        )
        .bind(micros(period.since))
        .bind(micros(period.until))
        .bind(period.configuration.map(ConfigurationId::uuid))
        .bind(Trigger::OnDemand.as_str())
        .bind(most)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_cycle).collect()
    }

    async fn agents_heard(&self, since: Time, until: Time) -> Result<Vec<(Time, u64)>> {
        // Beats that are kept singly lie in pieces, of a few minutes as a rule: their ends tell their hours.
        let within = self.hours_within_pieces(since).await?;
        let rows = sqlx::query(
            "SELECT hour AS at, count(*) AS agents FROM (
                 SELECT at AS hour, agent FROM agent_hours INDEXED BY agent_hours_by_time
                 WHERE at >= ?1 AND at < ?2 AND beats > 0
                 UNION SELECT from_at - from_at % ?3, agent FROM agent_beats WHERE until_at >= ?1
                 UNION SELECT until_at - until_at % ?3, agent FROM agent_beats WHERE until_at >= ?1
                 UNION SELECT value ->> 0, value ->> 1 FROM json_each(?4)
                 UNION SELECT recent_from - recent_from % ?3, agent FROM agent_heard WHERE length(recent) > 0
                 UNION SELECT main_at - main_at % ?3, agent FROM agent_heard WHERE main_at IS NOT NULL
                 UNION SELECT status_at - status_at % ?3, agent FROM agent_heard WHERE status_at IS NOT NULL
             )
             WHERE hour >= ?1 AND hour < ?2
             GROUP BY hour
             ORDER BY hour",
        )
        .bind(micros(since))
        .bind(micros(until))
        .bind(MICROS_AN_HOUR)
        .bind(list(within)?)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter()
            .map(|row| {
                let row = Fields::new(row, "hours of agents");
                Ok((row.time("at")?, row.unsigned("agents")?))
            })
            .collect()
    }

    async fn object_states(&self, configuration: Option<ConfigurationId>) -> Result<ObjectStates> {
        let id = configuration.map(ConfigurationId::uuid);
        let mut tx = self.readers.begin().await.map_err(database)?;
        let links = sqlx::query(
            "SELECT kind, state, count(*) AS objects FROM links
             WHERE ?1 IS NULL OR configuration = (SELECT key FROM configurations WHERE id = ?1)
             GROUP BY kind, state",
        )
        .bind(id)
        .fetch_all(&mut *tx)
        .await
        .map_err(database)?;
        let escrows = sqlx::query(
            "SELECT kind, count(*) AS objects FROM escrows
             WHERE ?1 IS NULL OR configuration = (SELECT key FROM configurations WHERE id = ?1)
             GROUP BY kind",
        )
        .bind(id)
        .fetch_all(&mut *tx)
        .await
        .map_err(database)?;
        let mut states = ObjectStates::default();
        for row in &links {
            let row = Fields::new(row, "link");
            states.links.push((row.word("kind")?, row.word("state")?, row.unsigned("objects")?));
        }
        for row in &escrows {
            let row = Fields::new(row, "escrow");
            states.escrows.push((row.word("kind")?, row.unsigned("objects")?));
        }
        Ok(states)
    }
}
