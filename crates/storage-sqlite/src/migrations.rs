//! The migrations, part of the program.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;
use storage::StorageError;

use crate::error::database;

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        &[$((
            $version,
            $name,
            include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
        )),+]
    };
}

const MIGRATIONS: &[(i64, &str, &str)] = migrations![
    1 "0001_configuration",
    2 "0002_cycle",
    3 "0003_link",
    4 "0004_directory",
    5 "0005_record",
    6 "0006_access",
    7 "0007_session",
    8 "0008_audit",
    9 "0009_setting",
    10 "0010_directory_mail",
    11 "0011_changes",
    12 "0012_directory_addresses",
    13 "0013_on_demand",
    14 "0014_simulation",
    15 "0015_unmatched",
    16 "0016_cheaper_indexes",
    17 "0017_unmatched_search",
    18 "0018_audit_seal",
    19 "0019_agent",
    20 "0020_mail",
    21 "0021_record_counts",
    22 "0022_readiness",
    23 "0023_alert",
    24 "0024_scope_preview",
    25 "0025_insight",
    26 "0026_search_pieces",
    27 "0027_account_identity",
    28 "0028_record_spans",
];

/// Why the database could not be brought up to this version.
#[derive(Debug)]
pub enum MigrationFailure {
    Newer { found: i64, known: i64 },
    Different { version: i64 },
    Failed(StorageError),
}

pub async fn run(writer: &SqlitePool) -> Result<(), MigrationFailure> {
    let known = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    let migrations = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            let description = name.split_once('_').map_or(*name, |(_, words)| words);
            Migration::new(*version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations).run(writer).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) if found > known => MigrationFailure::Newer { found, known },
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
            MigrationFailure::Different { version }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            MigrationFailure::Failed(database(error))
        }
        other => MigrationFailure::Failed(StorageError::Database(Box::new(other))),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_migration_of_the_folder_is_part_of_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        let embedded: BTreeSet<String> =
            MIGRATIONS.iter().map(|(_, name, _)| format!("{name}.sql")).collect();
        assert_eq!(files, embedded);
    }

    #[test]
    fn versions_are_those_of_the_file_names() {
        for (version, name, _) in MIGRATIONS {
            assert!(name.starts_with(&format!("{version:04}_")), "{name}");
        }
    }
}
