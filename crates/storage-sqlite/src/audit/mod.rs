//! The audit log and its chain.

mod chain;

use async_trait::async_trait;
use domain::audit::{ABOUT_ACCESS, AuditEntry};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use storage::audit::{AuditFilter, AuditPlace, ChainCheck, NewAudit, StoredAudit};
use storage::{AuditStore, Page, PageRequest, Result, StorageError};

pub use chain::append;

use crate::error::database;
use crate::fields::{Fields, micros};
use crate::open::SqliteStorage;
use crate::tx::Durability;

#[async_trait]
impl AuditStore for SqliteStorage {
    async fn append_audit(&self, entry: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        append(&mut tx, &entry).await?;
        tx.commit().await
    }

    async fn audit(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<StoredAudit>> {
        let limit = page.bounded_limit();
        let before: i64 = match &page.after {
            Some(cursor) => cursor.parse().map_err(|_| StorageError::Stale { what: "page cursor" })?,
            None => i64::MAX,
        };
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM audit_entries WHERE sequence < ");
        query.push_bind(before);
        narrow(&mut query, filter);
        query.push(" ORDER BY sequence DESC LIMIT ").push_bind(limit + 1);
        let rows = query.build().fetch_all(&self.readers).await.map_err(database)?;
        let entries = rows.iter().map(to_stored).collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(entries, limit, |entry| entry.sequence.to_string()))
    }

    async fn audit_entry(&self, sequence: i64) -> Result<Option<StoredAudit>> {
        let row = sqlx::query("SELECT * FROM audit_entries WHERE sequence = ?")
            .bind(sequence)
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_stored).transpose()
    }

    async fn check_audit(&self, from: &AuditPlace, known: &[AuditPlace]) -> Result<ChainCheck> {
        let mut tx = self.readers.begin().await.map_err(database)?;
        chain::check(&mut tx, self.audit_key.as_ref(), from, known).await
    }

    async fn seal_audit(&self, head: &AuditPlace, checkpoints: u64) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        chain::seal(&mut tx, head, checkpoints).await?;
        tx.commit().await
    }
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AuditFilter) {
    if let Some(text) = &filter.text {
        let text = text.to_ascii_lowercase();
        query.push(" AND (");
        let origin = (!filter.without_access).then_some("coalesce(origin, '')");
        let columns = ["actor", "subject", "activity", "coalesce(reason, '')"].into_iter().chain(origin);
        for (index, column) in columns.enumerate() {
            query.push(if index == 0 { "instr(lower(" } else { " OR instr(lower(" });
            query.push(column).push("), ").push_bind(text.clone()).push(") > 0");
        }
        query.push(")");
    }
    if let Some(start) = &filter.activity {
        query.push(" AND instr(activity, ").push_bind(start.clone()).push(") = 1");
    }
    if filter.without_access {
        for start in ABOUT_ACCESS {
            query.push(" AND instr(activity, ").push_bind(*start).push(") <> 1");
        }
    }
    if let Some(via) = &filter.via {
        query.push(" AND via = ").push_bind(via.clone());
    }
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(micros(since));
    }
    if let Some(until) = filter.until {
        query.push(" AND at < ").push_bind(micros(until));
    }
}

fn to_stored(row: &SqliteRow) -> Result<StoredAudit> {
    let row = Fields::new(row, "audit entry");
    Ok(StoredAudit {
        sequence: row.get("sequence")?,
        entry: AuditEntry {
            at: row.time("at")?,
            actor: row.text("actor")?,
            via: row.text("via")?,
            from: row.get("origin")?,
            activity: row.text("activity")?,
            subject: row.text("subject")?,
            reason: row.get("reason")?,
            details: row.json("details")?,
        },
    })
}
