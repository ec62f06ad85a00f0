//! The provisioning log. The rows lie in the order of their ids and carry one index to be searched by, of trigrams and
//! facet tokens (`tokens`): every look-up but the one by id goes through it, and every hit is checked on the row. Another
//! one (`record_facets`) is what hits are counted by.

mod counts;
mod details;
mod expire;
mod facets;
mod frequency;
mod insert;
mod search;
mod spans;
mod tokens;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use domain::record::{ErrorInfo, Identity};
use domain::{ChangeId, ConfigurationId, CycleId, ProvisioningRecord, RecordId, Time};
use sqlx::sqlite::SqliteRow;
use storage::record::{Facets, RecordFilter};
use storage::{Page, PageRequest, RecordStore, Result};

use crate::bulk::list;
use crate::error::database;
use crate::fields::Fields;
use crate::open::SqliteStorage;
use crate::pieces;
use crate::text::quoted;
use crate::tx::Durability;

pub use frequency::Frequencies;
pub use insert::insert;

const MICROS_AN_HOUR: i64 = 3_600_000_000;

#[async_trait]
impl RecordStore for SqliteStorage {
    async fn records(&self, filter: &RecordFilter, page: PageRequest) -> Result<Page<ProvisioningRecord>> {
        search::records(&self.readers, &self.frequencies(), filter, page).await
    }

    async fn records_with_details(
        &self,
        mut records: Vec<ProvisioningRecord>,
    ) -> Result<Vec<ProvisioningRecord>> {
        let ids = list(records.iter().map(|record| record.id.0))?;
        let rows = sqlx::query(
            "SELECT d.record, d.details FROM json_each(?) i CROSS JOIN record_details d ON d.record = i.value",
        )
        .bind(ids)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        let mut stored = HashMap::with_capacity(rows.len());
        for row in &rows {
            let fields = Fields::new(row, "provisioning record");
            stored.insert(fields.get::<i64>("record")?, (fields.text("details")?, fields));
        }
        for record in &mut records {
            if let Some((text, fields)) = stored.get(&record.id.0) {
                details::decode(text, record).map_err(|error| fields.corrupt("details", error))?;
            }
        }
        Ok(records)
    }

    async fn record(&self, id: RecordId) -> Result<Option<ProvisioningRecord>> {
        let row = sqlx::query(
            "SELECT r.*, d.details FROM records r LEFT JOIN record_details d ON d.record = r.id WHERE r.id = ?",
        )
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await
        .map_err(database)?;
        row.as_ref().map(to_whole_record).transpose()
    }

    async fn record_by_change(&self, change: ChangeId) -> Result<Option<ProvisioningRecord>> {
        let row = sqlx::query(
            "SELECT r.*, d.details FROM record_search s
             CROSS JOIN records r ON r.id = s.rowid
             LEFT JOIN record_details d ON d.record = r.id
             WHERE record_search MATCH ? AND r.change_id = ?
             ORDER BY s.rowid DESC
             LIMIT 1",
        )
        .bind(quoted(&tokens::change(change)))
        .bind(change.uuid())
        .fetch_optional(&self.readers)
        .await
        .map_err(database)?;
        row.as_ref().map(to_whole_record).transpose()
    }

    async fn record_facets(&self, filter: &RecordFilter) -> Result<Facets> {
        search::facets(&self.readers, &self.frequencies(), filter).await
    }

    async fn records_with_facets(
        &self,
        filter: &RecordFilter,
        page: PageRequest,
    ) -> Result<(Page<ProvisioningRecord>, Facets)> {
        search::page_with_facets(&self.readers, &self.frequencies(), filter, page).await
    }

    async fn expire_records(&self, before: Time, limit: u32) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let gone = expire::expire(&mut tx, before, limit).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn tidy_search(&self) -> Result<bool> {
        let mut tx = self.write(Durability::Process).await?;
        let more = pieces::join(&mut tx).await?;
        tx.commit().await?;
        if !more || self.frequencies().is_empty() {
            let sampled = Arc::new(Frequencies::sample(&self.readers).await?);
            *self.frequencies.write().unwrap_or_else(PoisonError::into_inner) = sampled;
        }
        Ok(more)
    }
}

impl SqliteStorage {
    fn frequencies(&self) -> Arc<Frequencies> {
        Arc::clone(&self.frequencies.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The beginning of the hour that a moment lies in.
const fn hour(micros: i64) -> i64 {
    micros - micros.rem_euclid(MICROS_AN_HOUR)
}

/// A record without steps and modified properties.
fn to_record(row: &SqliteRow) -> Result<ProvisioningRecord> {
    let row = Fields::new(row, "provisioning record");
    let error_code: Option<String> = row.get("error_code")?;
    Ok(ProvisioningRecord {
        id: RecordId(row.get("id")?),
        change_id: ChangeId::new(row.uuid("change_id")?),
        cycle_id: CycleId::new(row.uuid("cycle_id")?),
        configuration_id: ConfigurationId::new(row.uuid("configuration_id")?),
        initiated_by: row.get("initiated_by")?,
        at: row.time("at")?,
        duration_ms: row.small("duration_ms")?,
        action: row.word("action")?,
        status: row.word("status")?,
        kind: row.word("kind")?,
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
        source_system: row.text("source_system")?,
        target_system: row.text("target_system")?,
        error: match error_code {
            Some(error_code) => Some(ErrorInfo {
                error_code,
                error_category: row.word("error_category")?,
                reason: row.text("error_reason")?,
                recommended_action: row.text("error_advice")?,
            }),
            None => None,
        },
        steps: Vec::new(),
        modified: Vec::new(),
    })
}

fn to_whole_record(row: &SqliteRow) -> Result<ProvisioningRecord> {
    let mut record = to_record(row)?;
    let fields = Fields::new(row, "provisioning record");
    if let Some(stored) = fields.get::<Option<&str>>("details")? {
        details::decode(stored, &mut record).map_err(|error| fields.corrupt("details", error))?;
    }
    Ok(record)
}
