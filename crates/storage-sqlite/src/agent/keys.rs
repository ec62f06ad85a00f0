//! Keys, counters, alarms and the end of an agent.

use domain::enrolment::AgentAlarmKind;
use domain::{AgentId, DomainId, Time};
use sqlx::sqlite::SqliteRow;
use storage::agent::{CounterOutcome, CounterStep, KeyState};
use storage::audit::NewAudit;
use storage::{Result, StorageError};

use super::enrolment::{assign, hexadecimal};
use crate::audit;
use crate::configuration::found;
use crate::error::database;
use crate::fields::{Fields, micros, signed};
use crate::tx::WriteTx;

/// An alarm that goes on is written to the audit log once in so long: whoever tries tokens cannot flood it.
const AUDITED_EVERY: chrono::TimeDelta = chrono::TimeDelta::hours(1);

pub async fn advance(tx: &mut WriteTx, steps: &[CounterStep]) -> Result<Vec<CounterOutcome>> {
    let mut outcomes = Vec::with_capacity(steps.len());
    for step in steps {
        let row = sqlx::query(
            "SELECT public_key, next_key, retired_at, counter, counter_created, counter_mark FROM agents WHERE id = ?",
        )
        .bind(step.agent.uuid())
        .fetch_optional(&mut **tx)
        .await
        .map_err(database)?;
        let outcome = match row {
            None => CounterOutcome::Unknown,
            Some(row) => to_state(&row)?.judge(step),
        };
        if matches!(outcome, CounterOutcome::Taken | CounterOutcome::TakenWithNextKey) {
            sqlx::query(
                "UPDATE agents SET counter = ?, counter_created = ?, counter_mark = ?, public_key = ?,
                     next_key = CASE WHEN public_key = ? THEN next_key END
                 WHERE id = ?",
            )
            .bind(signed(step.counter))
            .bind(step.created)
            .bind(&step.mark[..])
            .bind(&step.key[..])
            .bind(&step.key[..])
            .bind(step.agent.uuid())
            .execute(&mut **tx)
            .await
            .map_err(database)?;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn to_state(row: &SqliteRow) -> Result<KeyState> {
    let row = Fields::new(row, "agent");
    let retired: Option<i64> = row.get("retired_at")?;
    let next: Option<&[u8]> = row.get("next_key")?;
    Ok(KeyState {
        key: bytes(row, "public_key")?,
        next_key: next.map(|_| bytes(row, "next_key")).transpose()?,
        retired: retired.is_some(),
        counter: row.unsigned("counter")?,
        created: row.get("counter_created")?,
        mark: bytes(row, "counter_mark")?,
    })
}

/// A column of exactly so many bytes.
pub fn bytes<const N: usize>(row: Fields<'_>, column: &str) -> Result<[u8; N]> {
    let bytes: &[u8] = row.get(column)?;
    bytes.try_into().map_err(|error| row.corrupt(column, error))
}

pub async fn offer(tx: &mut WriteTx, id: AgentId, next: &[u8; 32], audit: &NewAudit) -> Result<()> {
    let taken: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM agents WHERE public_key = ?1 OR (next_key = ?1 AND id <> ?2))",
    )
    .bind(&next[..])
    .bind(id.uuid())
    .fetch_one(&mut **tx)
    .await
    .map_err(database)?;
    if taken {
        return Err(StorageError::Duplicate { what: "key" });
    }
    let offered = sqlx::query("UPDATE agents SET next_key = ? WHERE id = ? AND retired_at IS NULL")
        .bind(&next[..])
        .bind(id.uuid())
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    found(offered.rows_affected(), "agent")?;
    audit::append(tx, audit).await
}

pub async fn retire(tx: &mut WriteTx, id: AgentId, at: Time, audit: &NewAudit) -> Result<()> {
    let retired =
        sqlx::query("UPDATE agents SET retired_at = ?, next_key = NULL WHERE id = ? AND retired_at IS NULL")
            .bind(micros(at))
            .bind(id.uuid())
            .execute(&mut **tx)
            .await
            .map_err(database)?;
    found(retired.rows_affected(), "agent")?;
    audit::append(tx, audit).await
}

pub async fn set_domains(
    tx: &mut WriteTx,
    id: AgentId,
    domains: &[DomainId],
    audit: &NewAudit,
) -> Result<()> {
    let agent = key(tx, id).await?;
    sqlx::query("DELETE FROM agent_domains WHERE agent = ?")
        .bind(agent)
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    let assigned = assign(tx, agent, &hexadecimal(domains)?).await?;
    if usize::try_from(assigned).ok() != Some(domains.len()) {
        return Err(StorageError::Stale { what: "domain" });
    }
    audit::append(tx, audit).await
}

pub async fn raise(
    tx: &mut WriteTx,
    id: AgentId,
    kind: AgentAlarmKind,
    at: Time,
    address: &str,
    audit: &NewAudit,
) -> Result<bool> {
    let agent = key(tx, id).await?;
    let last: Option<i64> =
        sqlx::query_scalar("SELECT last_at FROM agent_alarms WHERE agent = ? AND kind = ?")
            .bind(agent)
            .bind(kind.as_str())
            .fetch_optional(&mut **tx)
            .await
            .map_err(database)?;
    sqlx::query(
        "INSERT INTO agent_alarms (agent, kind, first_at, last_at, count, address) VALUES (?1, ?2, ?3, ?3, 1, ?4)
         ON CONFLICT (agent, kind) DO UPDATE SET
             last_at = excluded.last_at, count = count + 1, address = excluded.address",
    )
    .bind(agent)
    .bind(kind.as_str())
    .bind(micros(at))
    .bind(address)
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    let first = last.is_none_or(|last| last <= micros(at - AUDITED_EVERY));
    if first {
        audit::append(tx, audit).await?;
    }
    Ok(first)
}

pub async fn clear(tx: &mut WriteTx, id: AgentId, audit: &NewAudit) -> Result<()> {
    let agent = key(tx, id).await?;
    let cleared = sqlx::query("DELETE FROM agent_alarms WHERE agent = ?")
        .bind(agent)
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    if cleared.rows_affected() == 0 {
        return Err(StorageError::Stale { what: "alarm" });
    }
    audit::append(tx, audit).await
}

async fn key(tx: &mut WriteTx, id: AgentId) -> Result<i64> {
    let key: Option<i64> = sqlx::query_scalar("SELECT key FROM agents WHERE id = ?")
        .bind(id.uuid())
        .fetch_optional(&mut **tx)
        .await
        .map_err(database)?;
    key.ok_or(StorageError::Stale { what: "agent" })
}
