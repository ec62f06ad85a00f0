//! Between which ids the records of each hour lie. Ids rise with time, but not strictly: cycles side by side commit their
//! pages when they are done.

use std::collections::BTreeMap;

use domain::ProvisioningRecord;
use sqlx::sqlite::SqliteConnection;
use storage::Result;
use storage::record::RecordFilter;

use super::{MICROS_AN_HOUR, hour};
use crate::bulk::{chunks, values};
use crate::error::database;
use crate::fields::micros;

/// Where the records of a period are to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First and last id that may be of the period.
    pub ids: (i64, i64),
    /// From this id on nothing is older than the period.
    pub begun: i64,
    /// Up to this id nothing is newer than the period.
    pub ended: i64,
}

impl Period {
    const ALWAYS: Self = Self { ids: (1, i64::MAX), begun: 1, ended: i64::MAX };

    pub async fn of(filter: &RecordFilter, connection: &mut SqliteConnection) -> Result<Self> {
        let mut period = Self::ALWAYS;
        if let Some(since) = filter.since {
            let (first, last_before): (Option<i64>, Option<i64>) = sqlx::query_as(
                "SELECT min(first_id) FILTER (WHERE hour >= ?1), max(last_id) FILTER (WHERE hour <= ?1)
                 FROM record_spans",
            )
            .bind(hour(micros(since)))
            .fetch_one(&mut *connection)
            .await
            .map_err(database)?;
            period.ids.0 = first.unwrap_or(i64::MAX);
            period.begun = last_before.map_or(1, |last| last.saturating_add(1));
        }
        if let Some(until) = filter.until {
            let (last, first_after): (Option<i64>, Option<i64>) = sqlx::query_as(
                "SELECT max(last_id) FILTER (WHERE hour < ?1), min(first_id) FILTER (WHERE hour > ?1 - ?2)
                 FROM record_spans",
            )
            .bind(micros(until))
            .bind(MICROS_AN_HOUR)
            .fetch_one(connection)
            .await
            .map_err(database)?;
            period.ids.1 = last.unwrap_or(0);
            period.ended = first_after.map_or(i64::MAX, |first| first.saturating_sub(1));
        }
        Ok(period)
    }
}

/// Notes new records, given with their ids.
pub async fn add(connection: &mut SqliteConnection, records: &[(i64, &ProvisioningRecord)]) -> Result<()> {
    let mut spans: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (id, record) in records {
        spans.entry(hour(micros(record.at))).or_insert((*id, *id)).1 = *id;
    }
    let spans: Vec<_> = spans.into_iter().collect();
    for chunk in chunks(&spans) {
        values(
            "INSERT INTO record_spans (hour, first_id, last_id) ",
            chunk,
            |row, (hour, (first, last))| {
                row.push_bind(*hour).push_bind(*first).push_bind(*last);
            },
            " ON CONFLICT (hour) DO UPDATE SET
                 first_id = min(first_id, excluded.first_id),
                 last_id = max(last_id, excluded.last_id)",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// Forgets the hours of records that are about to go, a JSON array of their ids, where no others are counted any more.
pub async fn remove(connection: &mut SqliteConnection, ids: &str) -> Result<()> {
    sqlx::query(
        "DELETE FROM record_spans
         WHERE hour IN (SELECT at - at % ?2 FROM records WHERE id IN (SELECT value FROM json_each(?1)))
         AND NOT EXISTS (SELECT 1 FROM record_hours WHERE record_hours.hour = record_spans.hour)",
    )
    .bind(ids)
    .bind(MICROS_AN_HOUR)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// The last id that a record may have which is older than a time.
pub async fn last_before(connection: &mut SqliteConnection, time: i64) -> Result<Option<i64>> {
    sqlx::query_scalar("SELECT max(last_id) FROM record_spans WHERE hour <= ?")
        .bind(hour(time))
        .fetch_one(connection)
        .await
        .map_err(database)
}
