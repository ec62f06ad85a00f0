//! Operations by hour and in all, by configuration, action, status, kind and error code: kept with each record that
//! comes or goes, so that lists which no text narrows are counted without looking at them.

use std::collections::BTreeMap;

use domain::ProvisioningRecord;
use sqlx::QueryBuilder;
use sqlx::sqlite::SqliteConnection;
use storage::Result;
use storage::record::RecordFilter;
use uuid::Uuid;

use super::facets::Combination;
use super::{MICROS_AN_HOUR, hour};
use crate::bulk::{chunks, values};
use crate::error::database;
use crate::fields::{Fields, micros, signed};

/// Configuration, action, status, kind and code.
type Key<'r> = (Uuid, &'r str, &'r str, &'r str, &'r str);

fn key(record: &ProvisioningRecord) -> Key<'_> {
    (
        record.configuration_id.uuid(),
        record.action.as_str(),
        record.status.as_str(),
        record.kind.as_str(),
        record.error.as_ref().map_or("", |error| error.error_code.as_str()),
    )
}

/// Counts new records, given with their ids.
pub async fn add(connection: &mut SqliteConnection, records: &[(i64, &ProvisioningRecord)]) -> Result<()> {
    let mut hours: BTreeMap<(i64, Key<'_>), u64> = BTreeMap::new();
    let mut totals: BTreeMap<Key<'_>, u64> = BTreeMap::new();
    for (_, record) in records {
        let key = key(record);
        *hours.entry((hour(micros(record.at)), key)).or_default() += 1;
        *totals.entry(key).or_default() += 1;
    }
    let hours: Vec<_> = hours.into_iter().collect();
    for chunk in chunks(&hours) {
        values(
            "INSERT INTO record_hours (hour, configuration_id, action, status, kind, code, operations) ",
            chunk,
            |row, ((hour, (configuration, action, status, kind, code)), count)| {
                row.push_bind(*hour)
                    .push_bind(*configuration)
                    .push_bind(*action)
                    .push_bind(*status)
                    .push_bind(*kind)
                    .push_bind(*code)
                    .push_bind(signed(*count));
            },
            " ON CONFLICT (hour, configuration_id, action, status, kind, code) DO UPDATE SET
                 operations = operations + excluded.operations",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    let totals: Vec<_> = totals.into_iter().collect();
    for chunk in chunks(&totals) {
        values(
            "INSERT INTO record_totals (configuration_id, action, status, kind, code, operations) ",
            chunk,
            |row, ((configuration, action, status, kind, code), count)| {
                row.push_bind(*configuration)
                    .push_bind(*action)
                    .push_bind(*status)
                    .push_bind(*kind)
                    .push_bind(*code)
                    .push_bind(signed(*count));
            },
            " ON CONFLICT (configuration_id, action, status, kind, code) DO UPDATE SET
                 operations = operations + excluded.operations",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// Takes records out of the counts that are about to go: a JSON array of their ids.
pub async fn remove(connection: &mut SqliteConnection, ids: &str) -> Result<()> {
    sqlx::query(
        "UPDATE record_hours SET operations = record_hours.operations - gone.operations
         FROM (
             SELECT at - at % ?2 AS hour, configuration_id, action, status, kind,
                 coalesce(error_code, '') AS code, count(*) AS operations
             FROM records
             WHERE id IN (SELECT value FROM json_each(?1))
             GROUP BY 1, 2, 3, 4, 5, 6
         ) AS gone
         WHERE record_hours.hour = gone.hour
         AND record_hours.configuration_id = gone.configuration_id
         AND record_hours.action = gone.action
         AND record_hours.status = gone.status
         AND record_hours.kind = gone.kind
         AND record_hours.code = gone.code",
    )
    .bind(ids)
    .bind(MICROS_AN_HOUR)
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    sqlx::query(
        "UPDATE record_totals SET operations = record_totals.operations - gone.operations
         FROM (
             SELECT configuration_id, action, status, kind, coalesce(error_code, '') AS code,
                 count(*) AS operations
             FROM records
             WHERE id IN (SELECT value FROM json_each(?1))
             GROUP BY 1, 2, 3, 4, 5
         ) AS gone
         WHERE record_totals.configuration_id = gone.configuration_id
         AND record_totals.action = gone.action
         AND record_totals.status = gone.status
         AND record_totals.kind = gone.kind
         AND record_totals.code = gone.code",
    )
    .bind(ids)
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    sqlx::query(
        "DELETE FROM record_hours
         WHERE operations <= 0
         AND hour IN (SELECT at - at % ?2 FROM records WHERE id IN (SELECT value FROM json_each(?1)))",
    )
    .bind(ids)
    .bind(MICROS_AN_HOUR)
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    sqlx::query("DELETE FROM record_totals WHERE operations <= 0")
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

/// The counts of a configuration or of all, of all time or of a period in whole hours.
pub async fn of(connection: &mut SqliteConnection, filter: &RecordFilter) -> Result<Vec<Combination>> {
    let mut query = QueryBuilder::default();
    query.push("SELECT action, status, kind, code, sum(operations) AS operations FROM ");
    if filter.since.is_none() && filter.until.is_none() {
        query.push("record_totals WHERE 1");
    } else {
        query.push("record_hours WHERE 1");
        if let Some(since) = filter.since {
            query.push(" AND hour >= ").push_bind(hour(micros(since)));
        }
        if let Some(until) = filter.until {
            query.push(" AND hour < ").push_bind(micros(until));
        }
    }
    if let Some(configuration) = filter.configuration {
        query.push(" AND configuration_id = ").push_bind(configuration.uuid());
    }
    query.push(" GROUP BY action, status, kind, code");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter()
        .map(|row| {
            let row = Fields::new(row, "count of the log");
            Combination::read(&row, row.unsigned("operations")?)
        })
        .collect()
}
