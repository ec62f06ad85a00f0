//! The chain: each entry's hash goes over the one before it, and the end is sealed with a key from outside.

use std::collections::BTreeMap;

use domain::audit::{AuditDamage, AuditEntry};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use storage::audit::{AuditHead, AuditPlace, ChainCheck};
use storage::{AuditKey, Result, StorageError};

use crate::error::database;
use crate::fields::{Fields, micros, signed, to_json};
use crate::tx::WriteTx;

/// Entries that a check of the chain reads at a time.
const STRIDE: i64 = 1000;
const PURPOSE: &str = "end of the audit log";

/// Appends an entry within the transaction of what it describes.
pub async fn append(tx: &mut WriteTx, entry: &AuditEntry) -> Result<()> {
    let key = tx.audit_key.clone();
    let head = read_head(tx, key.as_ref()).await?;
    let mut link = ChainLink {
        sequence: head.place.sequence + 1,
        at: micros(entry.at),
        actor: entry.actor.clone(),
        via: entry.via.clone(),
        origin: entry.from.clone(),
        activity: entry.activity.clone(),
        subject: entry.subject.clone(),
        reason: entry.reason.clone(),
        details: to_json(&entry.details)?,
        hash: Vec::new(),
    };
    link.hash = link.hash_after(&head.place.hash);
    sqlx::query(
        "INSERT INTO audit_entries (sequence, at, actor, via, origin, activity, subject, reason, details, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(link.sequence)
    .bind(link.at)
    .bind(&link.actor)
    .bind(&link.via)
    .bind(&link.origin)
    .bind(&link.activity)
    .bind(&link.subject)
    .bind(&link.reason)
    .bind(&link.details)
    .bind(&link.hash)
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    let place = AuditPlace { sequence: link.sequence, hash: link.hash };
    // An end that does not fit its seal stays unfitting: what was done to it must not be healed by the next entry.
    let seal = match (&key, head.sealed) {
        (Some(key), Some(true)) => Some(seal_of(key, &place, head.checkpoints)),
        (_, Some(false)) => Some(vec![0; 32]),
        _ => None,
    };
    write_head(tx, &place, head.checkpoints, seal).await
}

/// Seals the end, whatever its seal was.
pub async fn seal(tx: &mut WriteTx, place: &AuditPlace, checkpoints: u64) -> Result<()> {
    let key = tx.audit_key.clone();
    if read_head(tx, key.as_ref()).await?.place != *place {
        return Err(StorageError::Stale { what: "end of the audit log" });
    }
    let seal = key.as_ref().map(|key| seal_of(key, place, checkpoints));
    write_head(tx, place, checkpoints, seal).await
}

/// Walks from a place to the end.
pub async fn check(
    connection: &mut SqliteConnection,
    key: Option<&AuditKey>,
    from: &AuditPlace,
    known: &[AuditPlace],
) -> Result<ChainCheck> {
    let broken = |damage, sequence| Ok(ChainCheck::Broken { damage, sequence });
    let head = read_head(connection, key).await?;
    if head.sealed == Some(false) {
        return broken(AuditDamage::Head, head.place.sequence);
    }
    let known: BTreeMap<i64, &[u8]> =
        known.iter().map(|place| (place.sequence, place.hash.as_slice())).collect();
    let mut last = from.clone();
    // From the beginning nothing is passed over, whatever number it was given.
    let mut after = if last.sequence == 0 { i64::MIN } else { last.sequence };
    loop {
        let rows = sqlx::query("SELECT * FROM audit_entries WHERE sequence > ? ORDER BY sequence LIMIT ?")
            .bind(after)
            .bind(STRIDE)
            .fetch_all(&mut *connection)
            .await
            .map_err(database)?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let expected = last.sequence + 1;
            // What cannot even be read was not written here.
            let Ok(link) = to_link(row) else { return broken(AuditDamage::Entry, expected) };
            if link.sequence != expected || link.hash != link.hash_after(&last.hash) {
                return broken(AuditDamage::Entry, expected);
            }
            if known.get(&link.sequence).is_some_and(|hash| *hash != link.hash) {
                return broken(AuditDamage::Rewritten, link.sequence);
            }
            last = AuditPlace { sequence: link.sequence, hash: link.hash };
            after = last.sequence;
        }
    }
    let farthest = known.keys().next_back().copied().unwrap_or(0).max(head.place.sequence);
    if last.sequence < farthest {
        return broken(AuditDamage::Truncated, last.sequence + 1);
    }
    if last != head.place {
        return broken(AuditDamage::Entry, head.place.sequence + 1);
    }
    Ok(ChainCheck::Intact { head })
}

async fn read_head(connection: &mut SqliteConnection, key: Option<&AuditKey>) -> Result<AuditHead> {
    let row = sqlx::query("SELECT sequence, hash, checkpoints, seal FROM audit_head WHERE id = 1")
        .fetch_optional(&mut *connection)
        .await
        .map_err(database)?;
    // Somebody removed the row itself: an end that fits no chain.
    let Some(row) = row else {
        let place = AuditPlace { sequence: 0, hash: Vec::new() };
        return Ok(AuditHead { place, checkpoints: 0, sealed: Some(false) });
    };
    let row = Fields::new(&row, "audit chain");
    let place = AuditPlace { sequence: row.get("sequence")?, hash: row.get("hash")? };
    let checkpoints = row.unsigned("checkpoints")?;
    let seal: Option<Vec<u8>> = row.get("seal")?;
    let sealed = key.zip(seal).map(|(key, seal)| {
        let (sequence, count) = (place.sequence.to_be_bytes(), checkpoints.to_be_bytes());
        key.fits(PURPOSE, &[&sequence, &place.hash, &count], &seal)
    });
    Ok(AuditHead { place, checkpoints, sealed })
}

async fn write_head(
    connection: &mut SqliteConnection,
    place: &AuditPlace,
    checkpoints: u64,
    seal: Option<Vec<u8>>,
) -> Result<()> {
    sqlx::query(
        "INSERT OR REPLACE INTO audit_head (id, sequence, hash, checkpoints, seal) VALUES (1, ?, ?, ?, ?)",
    )
    .bind(place.sequence)
    .bind(&place.hash)
    .bind(signed(checkpoints))
    .bind(seal)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

fn seal_of(key: &AuditKey, place: &AuditPlace, checkpoints: u64) -> Vec<u8> {
    key.seal(PURPOSE, &[&place.sequence.to_be_bytes(), &place.hash, &checkpoints.to_be_bytes()])
}

/// An entry as it lies in the table: what the hash is made of.
struct ChainLink {
    sequence: i64,
    at: i64,
    actor: String,
    via: String,
    origin: Option<String>,
    activity: String,
    subject: String,
    reason: Option<String>,
    details: String,
    hash: Vec<u8>,
}

impl ChainLink {
    /// SHA-256 over the hash before, the numbers, and each text with its length in front, so that no two entries
    /// give the same bytes. What may be absent follows with a sign of its own; entries of before have neither.
    fn hash_after(&self, previous: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        digest.update(previous);
        digest.update(self.sequence.to_be_bytes());
        digest.update(self.at.to_be_bytes());
        for text in [&self.actor, &self.via, &self.activity, &self.subject, &self.details] {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        for (sign, text) in [(b'o', &self.origin), (b'r', &self.reason)] {
            if let Some(text) = text {
                digest.update([sign]);
                digest.update((text.len() as u64).to_be_bytes());
                digest.update(text.as_bytes());
            }
        }
        digest.finalize().to_vec()
    }
}

fn to_link(row: &SqliteRow) -> Result<ChainLink> {
    let row = Fields::new(row, "audit entry");
    Ok(ChainLink {
        sequence: row.get("sequence")?,
        at: row.get("at")?,
        actor: row.text("actor")?,
        via: row.text("via")?,
        origin: row.get("origin")?,
        activity: row.text("activity")?,
        subject: row.text("subject")?,
        reason: row.get("reason")?,
        details: row.text("details")?,
        hash: row.get("hash")?,
    })
}
