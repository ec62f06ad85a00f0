//! Scratch copies: databases beside the real one, with what one configuration's cycles read.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::ConfigurationId;
use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;
use storage::simulation::Scratch;
use storage::{DirectoryStore, LinkStore, Result, StorageError};

use crate::error::database;
use crate::open::{OpenOptions, SqliteStorage};

/// What stands between the name of the database and the copy's own.
const MARK: &str = ".scratch-";

/// The configurations of the same target: a cycle looks at what the others are linked to.
const SIBLINGS: &str = "SELECT o.key FROM live.configurations c JOIN live.configurations o ON o.target_id = c.target_id WHERE c.key = ?1";

/// Tables in the order in which they can be filled, and which of their rows are wanted for the configuration `?1`.
fn tables(directory: bool) -> Vec<(&'static str, String)> {
    let own = "SELECT id FROM live.links WHERE configuration = ?1";
    let mut tables = vec![
        ("domains", "true".to_owned()),
        ("targets", "true".to_owned()),
        ("configurations", format!("key IN ({SIBLINGS})")),
        ("links", format!("configuration IN ({SIBLINGS})")),
        ("link_exports", format!("link IN ({own})")),
        ("link_members", format!("group_link IN ({own})")),
        ("link_references", format!("link IN ({own})")),
        ("escrows", format!("configuration IN ({SIBLINGS})")),
        ("intents", "configuration = ?1".to_owned()),
        ("cursors", "configuration = ?1".to_owned()),
        ("unsettled_names", "configuration = ?1".to_owned()),
    ];
    if directory {
        tables.extend(
            ["directory_objects", "directory_members", "directory_addresses"]
                .map(|table| (table, "true".to_owned())),
        );
    }
    tables
}

/// One copy. Its files go with it.
#[derive(Debug)]
pub struct Copy {
    storage: Arc<SqliteStorage>,
    _files: Files,
}

impl Scratch for Copy {
    fn links(&self) -> Arc<dyn LinkStore> {
        Arc::clone(&self.storage) as _
    }

    fn directory(&self) -> Arc<dyn DirectoryStore> {
        Arc::clone(&self.storage) as _
    }
}

impl Copy {
    pub async fn of(live: &SqliteStorage, configuration: ConfigurationId, directory: bool) -> Result<Self> {
        let mut name = OsString::from(live.path.as_os_str());
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        name.push(format!("{MARK}{}-{number}", std::process::id()));
        let files = Files(PathBuf::from(name));
        let options = OpenOptions { readers: 2, scratch: true, ..OpenOptions::default() };
        let opened = SqliteStorage::open(&files.0, options).await;
        let storage = opened.map_err(|error| StorageError::Database(Box::new(error)))?;
        let mut writer = storage.writer.acquire().await.map_err(database)?;
        let attach = sqlx::query("ATTACH DATABASE ? AS live").bind(live.path.to_string_lossy().into_owned());
        attach.execute(&mut *writer).await.map_err(database)?;
        let key = key_of(&mut writer, configuration).await?;
        writer.execute("PRAGMA synchronous = OFF; BEGIN").await.map_err(database)?;
        for (table, rows) in tables(directory) {
            // `?1` is named once more so that every statement has it.
            let sql = format!("INSERT INTO main.{table} SELECT * FROM live.{table} WHERE ?1 = ?1 AND {rows}");
            let copied = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key).execute(&mut *writer).await;
            if let Err(error) = copied {
                writer.close_on_drop();
                return Err(database(error));
            }
        }
        writer.execute("COMMIT; DETACH DATABASE live").await.map_err(database)?;
        drop(writer);
        Ok(Self { storage: Arc::new(storage), _files: files })
    }
}

async fn key_of(writer: &mut SqliteConnection, configuration: ConfigurationId) -> Result<i64> {
    sqlx::query_scalar("SELECT key FROM live.configurations WHERE id = ?")
        .bind(configuration.uuid())
        .fetch_optional(writer)
        .await
        .map_err(database)?
        .ok_or(StorageError::Stale { what: "configuration" })
}

/// The files of a copy.
#[derive(Debug)]
struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = OsString::from(self.0.as_os_str());
            file.push(suffix);
            drop(std::fs::remove_file(PathBuf::from(file)));
        }
    }
}

/// Removes the copies that the end of a process left behind.
pub fn sweep(live: &Path) {
    let (Some(folder), Some(name)) = (live.parent(), live.file_name().and_then(|name| name.to_str())) else {
        return;
    };
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let begin = format!("{name}{MARK}");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&begin)) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}
