//! Results: one row for what lists and searches read, one for the rest.

use domain::record::{Identity, ModifiedProperty, Step};
use domain::simulation::{Movement, SimulatedObject};
use domain::{ProvisioningRecord, SimulationId};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use storage::Result;
use storage::simulation::{SimulatedFilter, SimulatedRecord};

use crate::bulk::{chunks, list, values};
use crate::error::database;
use crate::fields::{Fields, to_json};
use crate::text::{fold, words};

#[derive(Serialize)]
struct DetailsOut<'r> {
    steps: &'r [Step],
    modified: &'r [ModifiedProperty],
}

#[derive(Deserialize)]
struct DetailsIn {
    steps: Vec<Step>,
    modified: Vec<ModifiedProperty>,
}

/// Appends records to a simulation.
pub async fn insert(
    connection: &mut SqliteConnection,
    simulation: i64,
    records: &[SimulatedRecord],
) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let last: Option<i64> =
        sqlx::query_scalar("SELECT max(number) FROM simulated_objects WHERE simulation = ?")
            .bind(simulation)
            .fetch_one(&mut *connection)
            .await
            .map_err(database)?;
    let mut rows = Vec::with_capacity(records.len());
    for (number, SimulatedRecord { record, movement }) in (last.unwrap_or(0) + 1..).zip(records) {
        let details = to_json(&DetailsOut { steps: &record.steps, modified: &record.modified })?;
        let error = record.error.as_ref().map(to_json).transpose()?;
        rows.push((number, record, movement.map(Movement::as_str), error, details));
    }
    for chunk in chunks(&rows) {
        values(
            "INSERT INTO simulated_objects (simulation, number, action, status, kind, movement, source_id, \
             source_display_name, source_name, target_id, target_display_name, target_name, error, search) ",
            chunk,
            |row, (number, record, movement, error, _)| {
                row.push_bind(simulation)
                    .push_bind(*number)
                    .push_bind(record.action.as_str())
                    .push_bind(record.status.as_str())
                    .push_bind(record.kind.as_str())
                    .push_bind(*movement)
                    .push_bind(record.source.id.as_str())
                    .push_bind(record.source.display_name.as_str())
                    .push_bind(record.source.name.as_str())
                    .push_bind(record.target.id.as_str())
                    .push_bind(record.target.display_name.as_str())
                    .push_bind(record.target.name.as_str())
                    .push_bind(error.as_deref())
                    .push_bind(search_text(record));
            },
            "",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
        values(
            "INSERT INTO simulated_details (simulation, number, details) ",
            chunk,
            |row, (number, .., details)| {
                row.push_bind(simulation).push_bind(*number).push_bind(details.as_str());
            },
            "",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// What a search looks at, folded.
fn search_text(record: &ProvisioningRecord) -> String {
    let (source, target) = (&record.source, &record.target);
    let code = record.error.as_ref().map_or("", |error| error.error_code.as_str());
    let parts =
        [&source.display_name, &source.name, &source.id, &target.name, &target.id].map(String::as_str);
    fold(&format!("{} {code}", parts.join(" ")))
}

macro_rules! searching {
    ($index:literal, $narrow:literal) => {
        concat!(
            "SELECT o.* FROM simulated_objects o ",
            $index,
            " WHERE o.simulation = (SELECT key FROM simulations WHERE id = ?1) AND ",
            $narrow,
            " o.number > ?2
            AND (?3 = '[]' OR o.action IN (SELECT value FROM json_each(?3)))
            AND (?4 = '[]' OR o.status IN (SELECT value FROM json_each(?4)))
            AND (?5 IS NULL OR o.kind = ?5)
            AND NOT EXISTS (SELECT 1 FROM json_each(?6) w WHERE instr(o.search, w.value) = 0)
            AND (?8 = '[]' OR o.movement IN (SELECT value FROM json_each(?8)))
            ORDER BY o.number
            LIMIT ?7"
        )
    };
}

/// Matching objects after a number, in order.
pub async fn search(
    readers: &SqlitePool,
    id: SimulationId,
    filter: &SimulatedFilter,
    after: i64,
    limit: u32,
) -> Result<Vec<SimulatedObject>> {
    /// Whoever comes and goes is few among many: they have an index of their own.
    const OF_ALL: &str = searching!("", "");
    const MOVING: &str = searching!("INDEXED BY simulated_movements", "o.movement IS NOT NULL AND");
    let words = filter.text.as_deref().map(words).unwrap_or_default();
    let sql = if filter.movements.is_empty() { OF_ALL } else { MOVING };
    let rows = sqlx::query(sql)
        .bind(id.uuid())
        .bind(after)
        .bind(list(filter.actions.iter().map(|action| action.as_str()))?)
        .bind(list(filter.statuses.iter().map(|status| status.as_str()))?)
        .bind(filter.kind.map(domain::ObjectKind::as_str))
        .bind(list(words)?)
        .bind(limit)
        .bind(list(filter.movements.iter().map(|movement| movement.as_str()))?)
        .fetch_all(readers)
        .await
        .map_err(database)?;
    rows.iter().map(to_object).collect()
}

pub async fn one(readers: &SqlitePool, id: SimulationId, number: i64) -> Result<Option<SimulatedObject>> {
    let row = sqlx::query(
        "SELECT o.*, d.details FROM simulated_objects o
         JOIN simulated_details d ON d.simulation = o.simulation AND d.number = o.number
         WHERE o.simulation = (SELECT key FROM simulations WHERE id = ?) AND o.number = ?",
    )
    .bind(id.uuid())
    .bind(number)
    .fetch_optional(readers)
    .await
    .map_err(database)?;
    let Some(row) = row else { return Ok(None) };
    let details: DetailsIn = Fields::new(&row, "simulated object").json("details")?;
    Ok(Some(SimulatedObject { steps: details.steps, modified: details.modified, ..to_object(&row)? }))
}

fn to_object(row: &SqliteRow) -> Result<SimulatedObject> {
    let row = Fields::new(row, "simulated object");
    Ok(SimulatedObject {
        number: row.get("number")?,
        action: row.word("action")?,
        status: row.word("status")?,
        kind: row.word("kind")?,
        movement: row.word_or_null("movement")?,
        source: Identity {
            id: row.text("source_id")?,
            display_name: row.text("source_display_name")?,
            name: row.text("source_name")?,
        },
        target: Identity {
            id: row.text("target_id")?,
            display_name: row.text("target_display_name")?,
            name: row.text("target_name")?,
        },
        error: row.json_or_null("error")?,
        steps: Vec::new(),
        modified: Vec::new(),
    })
}
