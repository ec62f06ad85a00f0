//! Failing objects that wait: the list for people, and what brings their next attempt forward.

use domain::{ConfigurationId, ObjectKind, Time};
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use storage::link::Escrow;
use storage::{Page, PageRequest, Result, StorageError};

use crate::error::database;
use crate::fields::{Fields, micros, to_json};

pub fn to_escrow(row: &SqliteRow) -> Result<Escrow> {
    let row = Fields::new(row, "escrow");
    let fingerprint: i64 = row.get("fingerprint")?;
    Ok(Escrow {
        kind: row.word("kind")?,
        object_id: row.text("object_id")?,
        display_name: row.text("display_name")?,
        code: row.text("code")?,
        reason: row.text("reason")?,
        fingerprint: fingerprint.cast_unsigned(),
        attempts: row.small("attempts")?,
        first_failed_at: row.time("first_failed_at")?,
        next_attempt_at: row.time("next_attempt_at")?,
    })
}

/// By kind and object id, the order of the primary key.
pub async fn page(
    readers: &SqlitePool,
    configuration: ConfigurationId,
    page: PageRequest,
) -> Result<Page<Escrow>> {
    let limit = page.bounded_limit();
    let (kind, object_id) = match &page.after {
        None => (String::new(), String::new()),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let rows = sqlx::query(
        "SELECT * FROM escrows
         WHERE configuration = (SELECT key FROM configurations WHERE id = ?) AND (kind, object_id) > (?, ?)
         ORDER BY kind, object_id
         LIMIT ?",
    )
    .bind(configuration.uuid())
    .bind(kind)
    .bind(object_id)
    .bind(limit + 1)
    .fetch_all(readers)
    .await
    .map_err(database)?;
    let escrows = rows.iter().map(to_escrow).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(escrows, limit, |escrow| format!("{}.{}", escrow.kind, escrow.object_id)))
}

fn parse_cursor(cursor: &str) -> Result<(String, String)> {
    cursor
        .split_once('.')
        .filter(|(kind, _)| kind.parse::<ObjectKind>().is_ok())
        .map(|(kind, object_id)| (kind.to_owned(), object_id.to_owned()))
        .ok_or(StorageError::Stale { what: "page cursor" })
}

/// How many there are of each code.
pub async fn codes(readers: &SqlitePool, configuration: ConfigurationId) -> Result<Vec<(String, u64)>> {
    let rows = sqlx::query(
        "SELECT code, count(*) AS count FROM escrows
         WHERE configuration = (SELECT key FROM configurations WHERE id = ?)
         GROUP BY code ORDER BY code",
    )
    .bind(configuration.uuid())
    .fetch_all(readers)
    .await
    .map_err(database)?;
    let count = |row: &SqliteRow| {
        let row = Fields::new(row, "escrow");
        Ok((row.text("code")?, row.unsigned("count")?))
    };
    rows.iter().map(count).collect()
}

/// Brings next attempts forward, never back.
pub async fn hasten(
    connection: &mut SqliteConnection,
    configuration: i64,
    objects: Option<&[(ObjectKind, String)]>,
    at: Time,
) -> Result<u64> {
    let hastened = match objects {
        None => sqlx::query(
            "UPDATE escrows SET next_attempt_at = min(next_attempt_at, ?) WHERE configuration = ?",
        ),
        Some(_) => sqlx::query(
            "UPDATE escrows SET next_attempt_at = min(next_attempt_at, ?)
             WHERE configuration = ?
             AND (kind, object_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        ),
    };
    let mut hastened = hastened.bind(micros(at)).bind(configuration);
    if let Some(objects) = objects {
        hastened = hastened.bind(to_json(objects)?);
    }
    let done = hastened.execute(connection).await.map_err(database)?;
    Ok(done.rows_affected())
}
