//! The contract of `storage`, and what is SQLite's own.

mod builtin;
mod damage;
mod opening;
mod pieces;
mod spans;

use std::path::PathBuf;

use storage_sqlite::{OpenOptions, SqliteStorage};
use tempfile::TempDir;

storage::storage_contract!(crate::empty);

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("skybridge.db")
}

async fn open(folder: &TempDir) -> SqliteStorage {
    SqliteStorage::open(file(folder), OpenOptions::default()).await.expect("opens")
}

/// An empty database, and the folder that holds it.
async fn empty() -> (SqliteStorage, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (open(&folder).await, folder)
}

/// A connection past the storage, as an administrator or an intruder would have.
async fn raw(folder: &TempDir) -> sqlx::SqliteConnection {
    use sqlx::Connection as _;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file(folder));
    sqlx::SqliteConnection::connect_with(&options).await.expect("connects")
}
