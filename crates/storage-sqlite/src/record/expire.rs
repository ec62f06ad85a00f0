//! Deleting old records, a bounded number at a time.

use domain::Time;
use sqlx::sqlite::SqliteConnection;
use storage::Result;

use super::{MICROS_AN_HOUR, hour};
use crate::bulk::list;
use crate::error::database;
use crate::fields::micros;

pub async fn expire(connection: &mut SqliteConnection, before: Time, limit: u32) -> Result<u64> {
    // The hours bound the walk: without them, finding nothing would mean reading the whole log.
    let last: Option<i64> = sqlx::query_scalar("SELECT max(last_id) FROM record_hours WHERE hour <= ?")
        .bind(hour(micros(before)))
        .fetch_one(&mut *connection)
        .await
        .map_err(database)?;
    let Some(last) = last else { return Ok(0) };
    let ids: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM records WHERE id <= ? AND at < ? ORDER BY id LIMIT ?")
            .bind(last)
            .bind(micros(before))
            .bind(limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(database)?;
    if ids.is_empty() {
        return Ok(0);
    }
    let list = list(&ids)?;

    sqlx::query(
        "UPDATE record_hours SET operations = record_hours.operations - gone.operations
         FROM (
             SELECT at - at % ?2 AS hour, configuration_id, action, status, count(*) AS operations
             FROM records
             WHERE id IN (SELECT value FROM json_each(?1))
             GROUP BY 1, 2, 3, 4
         ) AS gone
         WHERE record_hours.hour = gone.hour
         AND record_hours.configuration_id = gone.configuration_id
         AND record_hours.action = gone.action
         AND record_hours.status = gone.status",
    )
    .bind(&list)
    .bind(MICROS_AN_HOUR)
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    sqlx::query("DELETE FROM record_hours WHERE operations <= 0")
        .execute(&mut *connection)
        .await
        .map_err(database)?;

    for sql in [
        "DELETE FROM record_search WHERE rowid IN (SELECT value FROM json_each(?))",
        "DELETE FROM record_details WHERE record IN (SELECT value FROM json_each(?))",
        "DELETE FROM records WHERE id IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(sql).bind(&list).execute(&mut *connection).await.map_err(database)?;
    }
    Ok(ids.len() as u64)
}
