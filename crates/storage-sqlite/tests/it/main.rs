//! The contract of `storage`, and what is SQLite's own.

use storage_sqlite::{OpenOptions, SqliteStorage};

#[tokio::test]
async fn opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage =
        SqliteStorage::open(folder.path().join("skybridge.db"), OpenOptions::default()).await.expect("opens");
    storage::SettingStore::check_storage(&storage).await.expect("checks");
}
