//! Objects of targets that match nothing.

use async_trait::async_trait;
use domain::cycle::Problem;
use domain::unmatched::{ScanState, UnmatchedObject, UnmatchedScan};
use domain::{ConfigurationId, ObjectKind, Time};
use sqlx::sqlite::SqliteRow;
use storage::unmatched::UnmatchedFilter;
use storage::{Page, PageRequest, Result, StorageError, UnmatchedStore};

use crate::bulk::{chunks, list, values};
use crate::configuration::{found, key};
use crate::error::database;
use crate::fields::{Fields, micros, signed, to_json};
use crate::open::SqliteStorage;
use crate::text::{fold, words};
use crate::tx::Durability;

const WHAT: &str = "search for unmatched objects";

#[async_trait]
impl UnmatchedStore for SqliteStorage {
    async fn begin_unmatched(&self, scan: &UnmatchedScan) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let configuration = key(&mut tx, scan.configuration_id).await?;
        let begun = sqlx::query(
            "INSERT INTO unmatched_scans (configuration, state, requested_by, started_at, listed)
             VALUES (?, 'running', ?, ?, 0)
             ON CONFLICT (configuration) DO UPDATE SET
                 state = excluded.state,
                 requested_by = excluded.requested_by,
                 started_at = excluded.started_at,
                 ended_at = NULL,
                 listed = 0,
                 problem = NULL
             WHERE state <> 'running'",
        )
        .bind(configuration)
        .bind(&scan.requested_by)
        .bind(micros(scan.started_at))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        if begun.rows_affected() == 0 {
            return Err(StorageError::Duplicate { what: WHAT });
        }
        sqlx::query("DELETE FROM unmatched_objects WHERE configuration = ?")
            .bind(configuration)
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await
    }

    async fn add_unmatched(
        &self,
        configuration: ConfigurationId,
        listed: u64,
        objects: &[UnmatchedObject],
    ) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let configuration = key(&mut tx, configuration).await?;
        let noted = sqlx::query(
            "UPDATE unmatched_scans SET listed = listed + ? WHERE configuration = ? AND state = 'running'",
        )
        .bind(signed(listed))
        .bind(configuration)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        found(noted.rows_affected(), WHAT)?;
        for chunk in chunks(objects) {
            values(
                "INSERT INTO unmatched_objects (configuration, kind, id, anchor, display_name, name, administrator, search) ",
                chunk,
                |row, object| {
                    row.push_bind(configuration)
                        .push_bind(object.kind.as_str())
                        .push_bind(object.id.as_str())
                        .push_bind(object.anchor.as_str())
                        .push_bind(object.display_name.as_str())
                        .push_bind(object.name.as_str())
                        .push_bind(object.administrator)
                        .push_bind(search_text(object));
                },
                "",
            )
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        }
        tx.commit().await
    }

    async fn drop_unmatched(&self, configuration: ConfigurationId, ids: &[String]) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let configuration = key(&mut tx, configuration).await?;
        sqlx::query(
            "DELETE FROM unmatched_objects
             WHERE configuration = ? AND id IN (SELECT value FROM json_each(?))",
        )
        .bind(configuration)
        .bind(list(ids)?)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    async fn end_unmatched(
        &self,
        configuration: ConfigurationId,
        at: Time,
        problem: Option<Problem>,
    ) -> Result<()> {
        let state = if problem.is_some() { ScanState::Failed } else { ScanState::Succeeded };
        let mut tx = self.write(Durability::Process).await?;
        let configuration = key(&mut tx, configuration).await?;
        let ended = sqlx::query(
            "UPDATE unmatched_scans SET state = ?, ended_at = ?, problem = ?
             WHERE configuration = ? AND state = 'running'",
        )
        .bind(state.as_str())
        .bind(micros(at))
        .bind(problem.as_ref().map(to_json).transpose()?)
        .bind(configuration)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        found(ended.rows_affected(), WHAT)?;
        tx.commit().await
    }

    async fn unmatched_scan(&self, configuration: ConfigurationId) -> Result<Option<UnmatchedScan>> {
        let row = sqlx::query(
            "SELECT s.*, (SELECT count(*) FROM unmatched_objects o WHERE o.configuration = s.configuration) AS found
             FROM unmatched_scans s JOIN configurations c ON c.key = s.configuration
             WHERE c.id = ?",
        )
        .bind(configuration.uuid())
        .fetch_optional(&self.readers)
        .await
        .map_err(database)?;
        row.map(|row| to_scan(&row, configuration)).transpose()
    }

    async fn unmatched(
        &self,
        configuration: ConfigurationId,
        filter: &UnmatchedFilter,
        page: PageRequest,
    ) -> Result<Page<UnmatchedObject>> {
        let limit = page.bounded_limit();
        let after = match &page.after {
            Some(cursor) => cursor.parse().map_err(|_| StorageError::Stale { what: "page cursor" })?,
            None => 0_i64,
        };
        let wanted = filter.text.as_deref().map(words).unwrap_or_default();
        let rows = sqlx::query(
            "SELECT * FROM unmatched_objects
             WHERE configuration = (SELECT key FROM configurations WHERE id = ?1) AND number > ?2
             AND (?3 IS NULL OR kind = ?3)
             AND NOT EXISTS (SELECT 1 FROM json_each(?4) w WHERE instr(search, w.value) = 0)
             ORDER BY number
             LIMIT ?5",
        )
        .bind(configuration.uuid())
        .bind(after)
        .bind(filter.kind.map(ObjectKind::as_str))
        .bind(list(wanted)?)
        .bind(limit + 1)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        let objects = rows.iter().map(to_object).collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(objects, limit, |(number, _)| number.to_string()).map(|(_, object)| object))
    }

    async fn interrupt_unmatched(&self, now: Time) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        sqlx::query("UPDATE unmatched_scans SET state = ?, ended_at = ? WHERE state = 'running'")
            .bind(ScanState::Interrupted.as_str())
            .bind(micros(now))
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await
    }
}

/// What a search looks through.
fn search_text(object: &UnmatchedObject) -> String {
    fold(&[&*object.display_name, &object.name, &object.id, &object.anchor].join("\n"))
}

fn to_scan(row: &SqliteRow, configuration_id: ConfigurationId) -> Result<UnmatchedScan> {
    let row = Fields::new(row, WHAT);
    Ok(UnmatchedScan {
        configuration_id,
        state: row.word("state")?,
        requested_by: row.text("requested_by")?,
        started_at: row.time("started_at")?,
        ended_at: row.time_or_null("ended_at")?,
        listed: row.unsigned("listed")?,
        unmatched: row.unsigned("found")?,
        problem: row.json_or_null("problem")?,
    })
}

fn to_object(row: &SqliteRow) -> Result<(i64, UnmatchedObject)> {
    let row = Fields::new(row, "unmatched object");
    let object = UnmatchedObject {
        kind: row.word("kind")?,
        id: row.text("id")?,
        anchor: row.text("anchor")?,
        display_name: row.text("display_name")?,
        name: row.text("name")?,
        administrator: row.get("administrator")?,
    };
    Ok((row.get("number")?, object))
}
