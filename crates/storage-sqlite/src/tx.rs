//! The write transaction.

use std::ops::{Deref, DerefMut};

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use storage::{AuditKey, Result};

use crate::error::database;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process and a power loss: the log is synced to the disk before the commit returns.
    Full,
    /// The end of the process, however it ends.
    Process,
    /// The end of the process too, but not that of the machine: for scratch copies.
    None,
}

/// A transaction that holds the writer. Dropped without a commit it closes its connection, which rolls everything
/// back whatever state the transaction was in: SQLite ends a transaction by itself on some errors (a full disk), and
/// a connection that still counted it as open could never write again.
#[derive(Debug)]
pub struct WriteTx {
    connection: PoolConnection<Sqlite>,
    open: bool,
    /// Seals the end of the audit log.
    pub(crate) audit_key: Option<AuditKey>,
}

impl WriteTx {
    pub async fn begin(
        pool: &SqlitePool,
        durability: Durability,
        audit_key: Option<AuditKey>,
    ) -> Result<Self> {
        let connection = pool.acquire().await.map_err(database)?;
        let mut tx = Self { connection, open: true, audit_key };
        let sql = match durability {
            Durability::Full => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
            Durability::None => "PRAGMA synchronous = OFF; BEGIN IMMEDIATE",
            Durability::Process => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
        };
        sqlx::raw_sql(sql).execute(&mut *tx).await.map_err(database)?;
        Ok(tx)
    }

    /// Forgets everything that was written.
    pub async fn roll_back(mut self) -> Result<()> {
        sqlx::raw_sql("ROLLBACK").execute(&mut *self).await.map_err(database)?;
        self.open = false;
        Ok(())
    }

    pub async fn commit(mut self) -> Result<()> {
        sqlx::raw_sql("COMMIT").execute(&mut *self).await.map_err(database)?;
        self.open = false;
        Ok(())
    }
}

impl Deref for WriteTx {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if self.open {
            self.connection.close_on_drop();
        }
    }
}
