//! Deleting old records, a bounded number at a time.

use domain::Time;
use sqlx::sqlite::SqliteConnection;
use storage::Result;

use super::{counts, spans};
use crate::bulk::list;
use crate::error::database;
use crate::fields::micros;

pub async fn expire(connection: &mut SqliteConnection, before: Time, limit: u32) -> Result<u64> {
    // The hours bound the walk: without them, finding nothing would mean reading the whole log.
    let last = spans::last_before(connection, micros(before)).await?;
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

    counts::remove(connection, &list).await?;
    spans::remove(connection, &list).await?;
    for sql in [
        "DELETE FROM record_search WHERE rowid IN (SELECT value FROM json_each(?))",
        "DELETE FROM record_details WHERE record IN (SELECT value FROM json_each(?))",
        "DELETE FROM records WHERE id IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(sql).bind(&list).execute(&mut *connection).await.map_err(database)?;
    }
    Ok(ids.len() as u64)
}
