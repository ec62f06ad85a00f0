//! Opening databases of every kind.

use storage::SettingStore as _;
use storage_sqlite::{OpenError, OpenOptions, SqliteStorage};
use tempfile::TempDir;

use crate::{empty, file, open, raw};

async fn refused(folder: &TempDir) -> OpenError {
    SqliteStorage::open(file(folder), OpenOptions::default()).await.expect_err("is refused")
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let (storage, folder) = empty().await;
    storage.put_setting("key", &true.into()).await.expect("is put");
    storage.close().await;
    drop(storage);
    let storage = open(&folder).await;
    assert_eq!(storage.setting("key").await.expect("is read"), Some(true.into()));
}

#[tokio::test]
async fn a_commit_is_there_when_the_process_just_ended() {
    let (storage, folder) = empty().await;
    storage.put_setting("key", &true.into()).await.expect("is put");
    // The files as they lie there, without any orderly end.
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["skybridge.db", "skybridge.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).expect("is copied");
    }
    assert_eq!(open(&copy).await.setting("key").await.expect("is read"), Some(true.into()));
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (storage, folder) = empty().await;
    storage.close().await;
    let mut connection = raw(&folder).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9001, 'later', true, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .expect("is marked");
    let error = refused(&folder).await;
    assert!(matches!(error, OpenError::Newer { found: 9001, .. }), "{error:?}");
    assert!(error.to_string().contains("run the newer version"), "{error}");
}

#[tokio::test]
async fn a_database_with_other_migrations_is_refused() {
    let (storage, folder) = empty().await;
    storage.close().await;
    let mut connection = raw(&folder).await;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2")
        .execute(&mut connection)
        .await
        .expect("is changed");
    let error = refused(&folder).await;
    assert!(matches!(error, OpenError::Different { version: 2, .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "Dear diary, ".repeat(1000);
    std::fs::write(file(&folder), &text).expect("is written");
    let error = refused(&folder).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(file(&folder)).expect("is read"), text);
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missing");
    let error = SqliteStorage::open(path.join("skybridge.db"), OpenOptions::default()).await;
    assert!(matches!(&error, Err(OpenError::Folder { folder, .. }) if *folder == path), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let (storage, folder) = empty().await;
    storage.put_setting("key", &true.into()).await.expect("is put");
    for name in ["skybridge.db", "skybridge.db-wal", "skybridge.db-shm"] {
        let mode = folder.path().join(name).metadata().expect("is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
