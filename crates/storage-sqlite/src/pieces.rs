//! Joining the pieces of the search indexes. Each large transaction leaves a piece of its own, and a search goes through
//! all of them: a log of many pieces is searched several times slower than one of few.

use sqlx::sqlite::SqliteConnection;
use storage::Result;

use crate::error::database;

/// Pages of an index that one step writes: writers wait that long at most, some hundredths of a second.
const PAGES: u32 = 250;
/// A merge that found nothing to join changes one row, and counts for that.
const NOTHING: i64 = 2;

/// One step; whether there may be more to join.
pub async fn join(connection: &mut SqliteConnection) -> Result<bool> {
    for sql in [
        "INSERT INTO record_search (record_search, rank) VALUES ('merge', ?)",
        "INSERT INTO directory_search (directory_search, rank) VALUES ('merge', ?)",
    ] {
        let before = changes(connection).await?;
        sqlx::query(sql).bind(PAGES).execute(&mut *connection).await.map_err(database)?;
        if changes(connection).await? - before >= NOTHING {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows that this connection has changed so far.
async fn changes(connection: &mut SqliteConnection) -> Result<i64> {
    sqlx::query_scalar("SELECT total_changes()").fetch_one(connection).await.map_err(database)
}
