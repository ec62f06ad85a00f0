//! Heartbeats: written for many agents in few statements, kept singly, then by hour.

use domain::agent::Patience;
use domain::timeline::{self, BeatHour, BeatPoint};
use domain::{AgentId, Time};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use storage::Result;
use storage::agent::BeatWrite;

use super::packed::{SIZE, pack, unpack};
use crate::bulk;
use crate::error::database;
use crate::fields::{Fields, micros, to_json};
use crate::tx::WriteTx;

/// Beats of an agent that lie beside its times before they move to the history.
const TOGETHER: usize = 16;

/// One agent as the statements below take it from a JSON array: id, main, status, first beat, beats.
#[derive(Serialize)]
struct Heard(String, Option<i64>, Option<i64>, i64, String);

pub async fn write(tx: &mut WriteTx, beats: &[BeatWrite]) -> Result<()> {
    let heard = beats.iter().filter(|write| !write.points.is_empty()).map(|write| {
        Heard(
            write.agent.uuid().as_simple().to_string(),
            write.main.map(micros),
            write.status.map(micros),
            write.points.first().map_or(0, |point| micros(point.at)),
            hexadecimal(&pack(&write.points)),
        )
    });
    let heard = bulk::list(heard)?;
    let full = TOGETHER * SIZE;
    sqlx::query(
        "INSERT INTO agent_beats (agent, from_at, until_at, beats)
         SELECT h.agent, h.recent_from, max(coalesce(h.main_at, 0), coalesce(h.status_at, 0)), h.recent
         FROM json_each(?) j
         JOIN agents a ON a.id = unhex(j.value ->> 0)
         JOIN agent_heard h ON h.agent = a.key
         WHERE length(h.recent) >= ?
         ON CONFLICT (agent, from_at) DO UPDATE SET
             until_at = excluded.until_at, beats = CAST(beats || excluded.beats AS BLOB)",
    )
    .bind(&heard)
    .bind(i64::try_from(full).unwrap_or(i64::MAX))
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    sqlx::query(
        "UPDATE agent_heard SET
             main_at = CASE WHEN w.main IS NULL THEN main_at ELSE max(coalesce(main_at, 0), w.main) END,
             status_at = CASE WHEN w.status IS NULL THEN status_at ELSE max(coalesce(status_at, 0), w.status) END,
             recent_from = CASE WHEN length(recent) BETWEEN 1 AND ?2 - 1 THEN recent_from ELSE w.begin END,
             recent = CASE WHEN length(recent) BETWEEN 1 AND ?2 - 1 THEN CAST(recent || w.beats AS BLOB)
                 ELSE w.beats END
         FROM (
             SELECT a.key, j.value ->> 1 AS main, j.value ->> 2 AS status, j.value ->> 3 AS begin,
                 unhex(j.value ->> 4) AS beats
             FROM json_each(?1) j JOIN agents a ON a.id = unhex(j.value ->> 0)
         ) w
         WHERE agent = w.key",
    )
    .bind(&heard)
    .bind(i64::try_from(full).unwrap_or(i64::MAX))
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    for write in beats {
        if write.beat.is_some()
            || write.readiness.is_some()
            || write.address.is_some()
            || write.protocol.is_some()
        {
            say(tx, write).await?;
        }
    }
    Ok(())
}

async fn say(tx: &mut WriteTx, write: &BeatWrite) -> Result<()> {
    sqlx::query(
        "UPDATE agent_said SET
             beat = coalesce(?, beat), readiness = coalesce(?, readiness),
             address = coalesce(?, address), protocol = coalesce(?, protocol)
         WHERE agent = (SELECT key FROM agents WHERE id = ?)",
    )
    .bind(write.beat.as_ref().map(to_json).transpose()?)
    .bind(write.readiness.as_ref().map(to_json).transpose()?)
    .bind(&write.address)
    .bind(write.protocol.map(i64::from))
    .bind(write.agent.uuid())
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

pub async fn since(readers: &SqlitePool, id: AgentId, since: Time) -> Result<Vec<BeatPoint>> {
    // From the last piece that begins before: the beat before the window lies in it.
    let rows = sqlx::query(
        "SELECT b.from_at, b.beats FROM agents a JOIN agent_beats b ON b.agent = a.key
         WHERE a.id = ?1 AND b.from_at >= coalesce(
             (SELECT max(from_at) FROM agent_beats WHERE agent = a.key AND from_at < ?2), ?2
         )
         UNION ALL
         SELECT h.recent_from, h.recent FROM agents a JOIN agent_heard h ON h.agent = a.key
         WHERE a.id = ?1
         ORDER BY 1",
    )
    .bind(id.uuid())
    .bind(micros(since))
    .fetch_all(readers)
    .await
    .map_err(database)?;
    let mut points = Vec::new();
    for row in &rows {
        points.extend(unpacked(Fields::new(row, "heartbeats"), "beats")?);
    }
    points.sort_by_key(|point| point.at);
    let first = points.partition_point(|point| point.at < since).saturating_sub(1);
    points.drain(..first);
    Ok(points)
}

fn unpacked(row: Fields<'_>, column: &str) -> Result<Vec<BeatPoint>> {
    unpack(row.get(column)?).ok_or_else(|| row.corrupt(column, "not whole heartbeats"))
}

pub async fn hours(readers: &SqlitePool, id: AgentId, since: Time) -> Result<Vec<BeatHour>> {
    let rows = sqlx::query(
        "SELECT h.* FROM agents a JOIN agent_hours h ON h.agent = a.key WHERE a.id = ? AND h.at >= ? ORDER BY h.at",
    )
    .bind(id.uuid())
    .bind(micros(since))
    .fetch_all(readers)
    .await
    .map_err(database)?;
    rows.iter()
        .map(|row| {
            let row = Fields::new(row, "hour of heartbeats");
            let latency: Option<i64> = row.get("latency_ms")?;
            Ok(BeatHour {
                at: row.time("at")?,
                main_seconds: row.small("main_seconds")?,
                status_seconds: row.small("status_seconds")?,
                beats: row.small("beats")?,
                unreachable: row.small("unreachable")?,
                latency_ms: latency.and_then(|latency| u16::try_from(latency).ok()),
            })
        })
        .collect()
}

/// Whole hours only: `before` is cut to its hour. The piece that a boundary lies in waits until it is past.
pub async fn fold(tx: &mut WriteTx, before: Time, patience: Patience, agents: u32) -> Result<u64> {
    let before = micros(timeline::hour_of(before));
    let due: Vec<i64> = sqlx::query_scalar(
        "SELECT agent FROM agent_heard h
         WHERE EXISTS (
             SELECT 1 FROM agent_beats b WHERE b.agent = h.agent AND b.from_at < ?1 AND b.until_at < ?1
         )
         LIMIT ?2",
    )
    .bind(before)
    .bind(agents)
    .fetch_all(&mut **tx)
    .await
    .map_err(database)?;
    for agent in &due {
        fold_one(tx, *agent, before, patience).await?;
    }
    Ok(due.len() as u64)
}

async fn fold_one(
    connection: &mut SqliteConnection,
    agent: i64,
    before: i64,
    patience: Patience,
) -> Result<()> {
    let rows = sqlx::query(
        "SELECT beats FROM agent_beats WHERE agent = ?1 AND from_at < ?2 AND until_at < ?2 ORDER BY from_at",
    )
    .bind(agent)
    .bind(before)
    .fetch_all(&mut *connection)
    .await
    .map_err(database)?;
    let mut points = Vec::new();
    for row in &rows {
        points.extend(unpacked(Fields::new(row, "heartbeats"), "beats")?);
    }
    // What the last one speaks for ends with the next beat, wherever that lies.
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT min(at) FROM (
             SELECT min(from_at) AS at FROM agent_beats WHERE agent = ?1 AND NOT (from_at < ?2 AND until_at < ?2)
             UNION ALL
             SELECT recent_from FROM agent_heard WHERE agent = ?1 AND length(recent) > 0
         )",
    )
    .bind(agent)
    .bind(before)
    .fetch_one(&mut *connection)
    .await
    .map_err(database)?;
    let last = points.last().map_or(Time::UNIX_EPOCH, |point| point.at + patience.allowance(point.channel));
    let until = next.and_then(Time::from_timestamp_micros).map_or(last, |next| next.min(last));
    for hour in timeline::hours(&points, until, patience) {
        sqlx::query(
            "INSERT INTO agent_hours (agent, at, main_seconds, status_seconds, beats, unreachable, latency_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (agent, at) DO UPDATE SET
                 main_seconds = min(3600, main_seconds + excluded.main_seconds),
                 status_seconds = min(3600, status_seconds + excluded.status_seconds),
                 beats = beats + excluded.beats,
                 unreachable = unreachable + excluded.unreachable,
                 latency_ms = max(coalesce(latency_ms, excluded.latency_ms), coalesce(excluded.latency_ms, latency_ms))",
        )
        .bind(agent)
        .bind(micros(hour.at))
        .bind(hour.main_seconds)
        .bind(hour.status_seconds)
        .bind(hour.beats)
        .bind(hour.unreachable)
        .bind(hour.latency_ms)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    sqlx::query("DELETE FROM agent_beats WHERE agent = ?1 AND from_at < ?2 AND until_at < ?2")
        .bind(agent)
        .bind(before)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

pub async fn expire_hours(tx: &mut WriteTx, before: Time, limit: u32) -> Result<u64> {
    let gone = sqlx::query(
        "DELETE FROM agent_hours WHERE (agent, at) IN (SELECT agent, at FROM agent_hours WHERE at < ? LIMIT ?)",
    )
    .bind(micros(before))
    .bind(limit)
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    Ok(gone.rows_affected())
}
