//! Writing records: the row, its details, its place in the search index and in the counts.

use domain::ProvisioningRecord;
use sqlx::sqlite::SqliteConnection;
use storage::Result;

use super::details::encode;
use super::{counts, spans, tokens};
use crate::bulk::{chunks, index_chunks, values};
use crate::error::database;
use crate::fields::micros;

/// A record with the id that it gets.
type Numbered<'r> = (i64, &'r ProvisioningRecord);

/// Inserts records in their order.
pub async fn insert(connection: &mut SqliteConnection, records: &[ProvisioningRecord]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    // The write lock is held: nobody else takes these ids.
    let last: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'records'")
        .fetch_optional(&mut *connection)
        .await
        .map_err(database)?;
    let first = last.unwrap_or(0) + 1;
    let numbered: Vec<Numbered<'_>> = (first..).zip(records).collect();

    rows(connection, &numbered).await?;
    details(connection, &numbered).await?;
    search(connection, &numbered).await?;
    spans::add(connection, &numbered).await?;
    counts::add(connection, &numbered).await
}

async fn rows(connection: &mut SqliteConnection, records: &[Numbered<'_>]) -> Result<()> {
    for chunk in chunks(records) {
        values(
            "INSERT INTO records (id, change_id, cycle_id, configuration_id, at, duration_ms, action, status, \
             kind, source_id, source_display_name, source_name, target_id, target_display_name, target_name, \
             source_system, target_system, error_code, error_category, error_reason, error_advice, initiated_by) ",
            chunk,
            |row, (id, record)| {
                let error = record.error.as_ref();
                row.push_bind(*id)
                    .push_bind(record.change_id.uuid())
                    .push_bind(record.cycle_id.uuid())
                    .push_bind(record.configuration_id.uuid())
                    .push_bind(micros(record.at))
                    .push_bind(record.duration_ms)
                    .push_bind(record.action.as_str())
                    .push_bind(record.status.as_str())
                    .push_bind(record.kind.as_str())
                    .push_bind(record.source.id.as_str())
                    .push_bind(record.source.display_name.as_str())
                    .push_bind(record.source.name.as_str())
                    .push_bind(record.target.id.as_str())
                    .push_bind(record.target.display_name.as_str())
                    .push_bind(record.target.name.as_str())
                    .push_bind(record.source_system.as_str())
                    .push_bind(record.target_system.as_str())
                    .push_bind(error.map(|error| error.error_code.as_str()))
                    .push_bind(error.map(|error| error.error_category.as_str()))
                    .push_bind(error.map(|error| error.reason.as_str()))
                    .push_bind(error.map(|error| error.recommended_action.as_str()))
                    .push_bind(record.initiated_by.as_deref());
            },
            "",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

async fn details(connection: &mut SqliteConnection, records: &[Numbered<'_>]) -> Result<()> {
    let mut details = Vec::with_capacity(records.len());
    for (id, record) in records {
        if let Some(stored) = encode(record)? {
            details.push((*id, stored));
        }
    }
    for chunk in chunks(&details) {
        values(
            "INSERT INTO record_details (record, details) ",
            chunk,
            |row, (id, details)| {
                row.push_bind(*id).push_bind(details.as_str());
            },
            "",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

async fn search(connection: &mut SqliteConnection, records: &[Numbered<'_>]) -> Result<()> {
    for chunk in index_chunks(records) {
        values(
            "INSERT INTO record_search (rowid, body, action, status, kind, code, configuration, cycle, object, \
             change) ",
            chunk,
            |row, (id, record)| {
                row.push_bind(*id)
                    .push_bind(tokens::body(record))
                    .push_bind(tokens::action(record.action))
                    .push_bind(tokens::status(record.status))
                    .push_bind(tokens::kind(record.kind))
                    .push_bind(record.error.as_ref().map(|error| tokens::code(&error.error_code)))
                    .push_bind(tokens::configuration(record.configuration_id))
                    .push_bind(tokens::cycle(record.cycle_id))
                    .push_bind(tokens::object(&record.source.id))
                    .push_bind(tokens::change(record.change_id));
            },
            "",
        )
        // Each count of rows is another statement: not worth a place in the cache.
        .persistent(false)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}
