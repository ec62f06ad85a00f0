//! The contract of `storage`, and what is SQLite's own.

use storage_sqlite::{OpenOptions, SqliteStorage};
use tempfile::TempDir;

/// An empty database, and the folder that holds it.
async fn empty() -> (SqliteStorage, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let storage =
        SqliteStorage::open(folder.path().join("skybridge.db"), OpenOptions::default()).await.expect("opens");
    (storage, folder)
}

mod contract {
    storage::storage_contract!(crate::empty);
}
