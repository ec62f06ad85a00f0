//! The audit log and its chain.

use async_trait::async_trait;
use domain::audit::AuditEntry;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use storage::audit::{ChainCheck, NewAudit, StoredAudit};
use storage::{AuditStore, Page, PageRequest, Result, StorageError};

use crate::error::database;
use crate::fields::{Fields, micros, to_json};
use crate::open::SqliteStorage;
use crate::tx::Durability;

/// Entries that a check of the chain reads at a time.
const STRIDE: i64 = 1000;

#[async_trait]
impl AuditStore for SqliteStorage {
    async fn append_audit(&self, entry: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        append(&mut tx, &entry).await?;
        tx.commit().await
    }

    async fn audit(&self, page: PageRequest) -> Result<Page<StoredAudit>> {
        let limit = page.bounded_limit();
        let before: i64 = match &page.after {
            Some(cursor) => cursor.parse().map_err(|_| StorageError::Stale { what: "page cursor" })?,
            None => i64::MAX,
        };
        let rows =
            sqlx::query("SELECT * FROM audit_entries WHERE sequence < ? ORDER BY sequence DESC LIMIT ?")
                .bind(before)
                .bind(limit + 1)
                .fetch_all(&self.readers)
                .await
                .map_err(database)?;
        let entries = rows.iter().map(to_stored).collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(entries, limit, |entry| entry.sequence.to_string()))
    }

    async fn check_audit(&self) -> Result<ChainCheck> {
        let mut tx = self.readers.begin().await.map_err(database)?;
        let head = sqlx::query("SELECT sequence, hash FROM audit_head WHERE id = 1")
            .fetch_one(&mut *tx)
            .await
            .map_err(database)?;
        let head = to_head(&head)?;

        let mut last = Head { sequence: 0, hash: vec![0; 32] };
        loop {
            let rows =
                sqlx::query("SELECT * FROM audit_entries WHERE sequence > ? ORDER BY sequence LIMIT ?")
                    .bind(last.sequence)
                    .bind(STRIDE)
                    .fetch_all(&mut *tx)
                    .await
                    .map_err(database)?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let link = to_link(row)?;
                let expected = last.sequence + 1;
                if link.sequence != expected || link.hash != link.hash_after(&last.hash) {
                    return Ok(ChainCheck::Broken { sequence: expected });
                }
                last = Head { sequence: link.sequence, hash: link.hash };
            }
        }
        if last == head {
            Ok(ChainCheck::Intact { entries: last.sequence.unsigned_abs() })
        } else {
            Ok(ChainCheck::Broken { sequence: last.sequence + 1 })
        }
    }
}

/// Appends an entry within the transaction of what it describes.
pub async fn append(connection: &mut SqliteConnection, entry: &AuditEntry) -> Result<()> {
    let head = sqlx::query("SELECT sequence, hash FROM audit_head WHERE id = 1")
        .fetch_one(&mut *connection)
        .await
        .map_err(database)?;
    let head = to_head(&head)?;
    let mut link = ChainLink {
        sequence: head.sequence + 1,
        at: micros(entry.at),
        actor: entry.actor.clone(),
        via: entry.via.clone(),
        activity: entry.activity.clone(),
        subject: entry.subject.clone(),
        details: to_json(&entry.details)?,
        hash: Vec::new(),
    };
    link.hash = link.hash_after(&head.hash);
    sqlx::query(
        "INSERT INTO audit_entries (sequence, at, actor, via, activity, subject, details, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(link.sequence)
    .bind(link.at)
    .bind(&link.actor)
    .bind(&link.via)
    .bind(&link.activity)
    .bind(&link.subject)
    .bind(&link.details)
    .bind(&link.hash)
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    sqlx::query("UPDATE audit_head SET sequence = ?, hash = ? WHERE id = 1")
        .bind(link.sequence)
        .bind(&link.hash)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

/// The end of the chain.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    sequence: i64,
    hash: Vec<u8>,
}

/// An entry as it lies in the table: what the hash is made of.
struct ChainLink {
    sequence: i64,
    at: i64,
    actor: String,
    via: String,
    activity: String,
    subject: String,
    details: String,
    hash: Vec<u8>,
}

impl ChainLink {
    /// SHA-256 over the hash before, the numbers, and each text with its length in front, so that no two entries
    /// give the same bytes.
    fn hash_after(&self, previous: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        digest.update(previous);
        digest.update(self.sequence.to_be_bytes());
        digest.update(self.at.to_be_bytes());
        for text in [&self.actor, &self.via, &self.activity, &self.subject, &self.details] {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        digest.finalize().to_vec()
    }
}

fn to_head(row: &SqliteRow) -> Result<Head> {
    let row = Fields::new(row, "audit chain");
    Ok(Head { sequence: row.get("sequence")?, hash: row.get("hash")? })
}

fn to_link(row: &SqliteRow) -> Result<ChainLink> {
    let row = Fields::new(row, "audit entry");
    Ok(ChainLink {
        sequence: row.get("sequence")?,
        at: row.get("at")?,
        actor: row.text("actor")?,
        via: row.text("via")?,
        activity: row.text("activity")?,
        subject: row.text("subject")?,
        details: row.text("details")?,
        hash: row.get("hash")?,
    })
}

fn to_stored(row: &SqliteRow) -> Result<StoredAudit> {
    let row = Fields::new(row, "audit entry");
    Ok(StoredAudit {
        sequence: row.get("sequence")?,
        entry: AuditEntry {
            at: row.time("at")?,
            actor: row.text("actor")?,
            via: row.text("via")?,
            activity: row.text("activity")?,
            subject: row.text("subject")?,
            details: row.json("details")?,
        },
    })
}
