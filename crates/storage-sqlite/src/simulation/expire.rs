//! Deleting simulations, a bounded number of rows at a time.

use domain::Time;
use sqlx::sqlite::SqliteConnection;
use storage::Result;

use crate::error::database;
use crate::fields::micros;

pub async fn expire(connection: &mut SqliteConnection, before: Time, limit: u32) -> Result<u64> {
    let doomed: Option<i64> = sqlx::query_scalar(
        "SELECT s.key FROM simulations s
         WHERE s.ended_at IS NOT NULL
         AND (s.ended_at < ? OR EXISTS (
             SELECT 1 FROM simulations newer
             WHERE newer.configuration = s.configuration AND newer.key > s.key AND newer.ended_at IS NOT NULL
         ))
         ORDER BY s.key
         LIMIT 1",
    )
    .bind(micros(before))
    .fetch_optional(&mut *connection)
    .await
    .map_err(database)?;
    let Some(key) = doomed else { return Ok(0) };
    // The details first: what a list shows has them.
    let mut gone = 0;
    for sql in [
        "DELETE FROM simulated_details WHERE simulation = ?1 AND number IN (
             SELECT number FROM simulated_details WHERE simulation = ?1 ORDER BY number LIMIT ?2
         )",
        "DELETE FROM simulated_objects WHERE simulation = ?1 AND number IN (
             SELECT o.number FROM simulated_objects o
             WHERE o.simulation = ?1 AND o.number < coalesce(
                 (SELECT min(number) FROM simulated_details WHERE simulation = ?1), 9223372036854775807
             )
             ORDER BY o.number LIMIT ?2
         )",
    ] {
        let deleted =
            sqlx::query(sql).bind(key).bind(limit).execute(&mut *connection).await.map_err(database)?;
        gone = deleted.rows_affected();
    }
    let empty = sqlx::query(
        "DELETE FROM simulations
         WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM simulated_objects WHERE simulation = ?1)",
    )
    .bind(key)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(gone + empty.rows_affected())
}
