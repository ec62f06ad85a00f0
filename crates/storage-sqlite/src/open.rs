//! Opening a database file: its settings, its migrations and the ways in which that can fail.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use storage::{AuditKey, Storage, StorageError};

use crate::changes;
use crate::error::{self, result_code};
use crate::migrations::{self, MigrationFailure};
use crate::record::Frequencies;
use crate::tx::{Durability, WriteTx};

/// How a database is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Connections that read at the same time.
    pub readers: u32,
    /// How long a write waits for another process that holds the lock.
    pub busy_timeout: Duration,
    /// The most pages of 4 KiB that the file may have. Absent: as many as the volume takes. With it a test fills
    /// the "disk".
    pub max_pages: Option<u32>,
    /// The database is a copy that nobody needs after a crash: nothing is synced, and less is cached.
    pub scratch: bool,
    /// Seals the end of the audit log. Absent: it is left unsealed.
    pub audit_key: Option<AuditKey>,
    /// Provisioning records are thrown away instead of kept: only to measure what they cost.
    pub without_records: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            max_pages: None,
            scratch: false,
            audit_key: None,
            without_records: false,
        }
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot write in the folder {folder}: check that it exists and that this user may write there")]
    Folder { folder: PathBuf, source: Option<std::io::Error> },
    #[error("{path} is not a Skybridge database: move it away or name another data folder")]
    NotADatabase { path: PathBuf },
    #[error(
        "{path} was made by a newer version of Skybridge (it has migration {found}, this version knows up to \
         {known}): run the newer version"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{path} was made by a version of Skybridge that is not an ancestor of this one (migration {version} \
         differs): run the version that made it, or restore a backup"
    )]
    Different { path: PathBuf, version: i64 },
    #[error("the disk of the data folder is full: free space and start again")]
    Full,
    #[error("{path} cannot be opened")]
    Failed { path: PathBuf, source: StorageError },
}

/// The database of one installation.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    pub(crate) path: PathBuf,
    pub(crate) audit_key: Option<AuditKey>,
    pub(crate) without_records: bool,
    /// How common trigrams are in the log, as it was last looked at.
    pub(crate) frequencies: Arc<RwLock<Arc<Frequencies>>>,
    scratch: bool,
}

impl Storage for SqliteStorage {}

impl SqliteStorage {
    /// Opens the database at a path, creates it when it is not there and brings it up to this version. The thread that
    /// writes has the priority of the caller's.
    pub async fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self, OpenError> {
        let path = path.as_ref();
        create_private(path)?;
        let base = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .foreign_keys(true)
            .busy_timeout(options.busy_timeout)
            .pragma("temp_store", "memory")
            .pragma("trusted_schema", "off")
            .row_buffer_size(500)
            .disable_statement_logging();

        let mut writing = base
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            // 64 MiB: the b-trees and search segments of an initial cycle fit.
            .pragma("cache_size", if options.scratch { "-16384" } else { "-65536" })
            // Pages that several transactions change are copied back once: the log may grow to 128 MiB.
            .pragma("wal_autocheckpoint", "32000")
            .pragma("journal_size_limit", "134217728");
        if let Some(pages) = options.max_pages {
            writing = writing.pragma("max_page_count", pages.to_string());
        }
        let writer =
            pool(1).connect_with(writing).await.map_err(|error| cannot_open(path, error::database(error)))?;

        migrate(&writer, path).await?;

        let reading = base.pragma("query_only", "on").pragma("cache_size", "-4096");
        let readers = pool(options.readers.max(1)).connect_lazy_with(reading);
        Ok(Self {
            writer,
            readers,
            path: path.to_owned(),
            audit_key: options.audit_key,
            without_records: options.without_records,
            frequencies: Arc::default(),
            scratch: options.scratch,
        })
    }

    /// Opens the connections that read now instead of with their first use: each has a thread of its own, with the
    /// priority of the thread that opens it, and the first use may be that of somebody who can wait.
    pub async fn connect_readers(&self) -> storage::Result<()> {
        let mut connections = Vec::new();
        for _ in 0..self.readers.options().get_max_connections() {
            connections.push(self.readers.acquire().await.map_err(error::database)?);
        }
        Ok(())
    }

    /// Closes every connection. Afterwards each call fails.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn write(&self, durability: Durability) -> storage::Result<WriteTx> {
        let durability = if self.scratch { Durability::None } else { durability };
        WriteTx::begin(&self.writer, durability, self.audit_key.clone()).await
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // Long enough for the largest single write: deleting a configuration with all its links.
        .acquire_timeout(Duration::from_mins(2))
}

/// Creates the file for its owner only; SQLite gives its companions the same rights.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::StorageFull => Err(OpenError::Full),
        Err(error) => Err(OpenError::Folder { folder: folder(path), source: Some(error) }),
    }
}

async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    migrations::run(writer).await.map_err(|failure| match failure {
        MigrationFailure::Newer { found, known } => OpenError::Newer { path: path.to_owned(), found, known },
        MigrationFailure::Different { version } => OpenError::Different { path: path.to_owned(), version },
        MigrationFailure::Failed(error) => cannot_open(path, error),
    })?;
    changes::fill_digests(writer).await.map_err(|error| cannot_open(path, error))
}

fn cannot_open(path: &Path, error: StorageError) -> OpenError {
    const READ_ONLY: i32 = 8;
    const CANNOT_OPEN: i32 = 14;
    const NOT_A_DATABASE: i32 = 26;
    match (&error, result_code(&error)) {
        (StorageError::Full, _) => OpenError::Full,
        (_, Some(READ_ONLY | CANNOT_OPEN)) => OpenError::Folder { folder: folder(path), source: None },
        (_, Some(NOT_A_DATABASE)) => OpenError::NotADatabase { path: path.to_owned() },
        _ => OpenError::Failed { path: path.to_owned(), source: error },
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
