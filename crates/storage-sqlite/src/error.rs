//! What SQLite's errors mean to callers.

use sqlx::error::{DatabaseError, ErrorKind};
use storage::StorageError;

/// Columns whose uniqueness is a rule for people.
const UNIQUE: &[(&str, &str)] = &[
    ("domains.name_key", "domain name"),
    ("targets.name_key", "target name"),
    ("configurations.name_key", "configuration name"),
    ("accounts.username_key", "user name"),
    ("accounts.id", "account id"),
    ("accounts.issuer, accounts.subject", "identity"),
    ("api_tokens.hash", "token"),
    ("api_tokens.id", "token id"),
    ("sign_in_links.hash", "sign-in link"),
    ("intents.change_id", "change id"),
    ("cycles.id", "cycle id"),
    ("simulations.configuration", "simulation"),
    ("agents.public_key", "key"),
    ("enrolments.hash", "enrolment token"),
    ("alerts.kind, alerts.subject_id", "alert"),
];

/// Turns an error of the driver into the storage's.
pub fn database(error: sqlx::Error) -> StorageError {
    match &error {
        sqlx::Error::Database(inner) if is_full(inner.as_ref()) => StorageError::Full,
        sqlx::Error::Database(inner) if inner.kind() == ErrorKind::UniqueViolation => {
            let message = inner.message();
            UNIQUE.iter().find(|(column, _)| message.contains(column)).map_or_else(
                || StorageError::Database(Box::new(error)),
                |(_, what)| StorageError::Duplicate { what },
            )
        }
        sqlx::Error::ColumnDecode { index, source } => {
            StorageError::Corrupt { what: "row", problem: format!("column {index}: {source}") }
        }
        _ => StorageError::Database(Box::new(error)),
    }
}

/// Like [`database`], but a broken reference is what `meaning` says.
pub fn referenced(meaning: StorageError) -> impl FnOnce(sqlx::Error) -> StorageError {
    move |error| match &error {
        sqlx::Error::Database(inner) if inner.kind() == ErrorKind::ForeignKeyViolation => meaning,
        _ => database(error),
    }
}

/// SQLite's primary result code, where the error came from SQLite.
pub fn result_code(error: &StorageError) -> Option<i32> {
    let StorageError::Database(source) = error else { return None };
    match source.downcast_ref::<sqlx::Error>()? {
        sqlx::Error::Database(inner) => extended_code(inner.as_ref()).map(|code| code & 0xff),
        _ => None,
    }
}

fn extended_code(error: &dyn DatabaseError) -> Option<i32> {
    error.code()?.parse().ok()
}

/// `SQLITE_FULL`, or `SQLITE_IOERR_SHMSIZE`: the shared-memory file could not grow.
fn is_full(error: &dyn DatabaseError) -> bool {
    matches!(extended_code(error), Some(13 | 4874))
}
