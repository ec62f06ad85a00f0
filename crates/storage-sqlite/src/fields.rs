//! Reading columns as domain values: what does not fit is `Corrupt`, with the column named.

use std::fmt::Display;
use std::str::FromStr;

use chrono::DateTime;
use domain::Time;
use domain::value::Attributes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, Type};
use storage::{Result, StorageError};
use uuid::Uuid;

use crate::attributes;

/// A row with the name of what it holds.
#[derive(Clone, Copy)]
pub struct Fields<'r> {
    row: &'r SqliteRow,
    what: &'static str,
}

impl<'r> Fields<'r> {
    pub const fn new(row: &'r SqliteRow, what: &'static str) -> Self {
        Self { row, what }
    }

    pub fn get<T>(&self, column: &str) -> Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row.try_get(column).map_err(|error| self.corrupt(column, error))
    }

    pub fn text(&self, column: &str) -> Result<String> {
        self.get(column)
    }

    pub fn uuid(&self, column: &str) -> Result<Uuid> {
        self.get(column)
    }

    pub fn unsigned(&self, column: &str) -> Result<u64> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|error| self.corrupt(column, error))
    }

    pub fn unsigned_or_null(&self, column: &str) -> Result<Option<u64>> {
        let number: Option<i64> = self.get(column)?;
        number.map(u64::try_from).transpose().map_err(|error| self.corrupt(column, error))
    }

    pub fn small(&self, column: &str) -> Result<u32> {
        let number: i64 = self.get(column)?;
        u32::try_from(number).map_err(|error| self.corrupt(column, error))
    }

    pub fn time(&self, column: &str) -> Result<Time> {
        self.moment(column, self.get(column)?)
    }

    pub fn time_or_null(&self, column: &str) -> Result<Option<Time>> {
        let micros: Option<i64> = self.get(column)?;
        micros.map(|micros| self.moment(column, micros)).transpose()
    }

    pub fn word<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T> {
        let text: &str = self.get(column)?;
        text.parse().map_err(|error| self.corrupt(column, error))
    }

    pub fn word_or_null<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>> {
        let text: Option<&str> = self.get(column)?;
        text.map(str::parse).transpose().map_err(|error| self.corrupt(column, error))
    }

    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|error| self.corrupt(column, error))
    }

    pub fn json_or_null<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        let text: Option<&str> = self.get(column)?;
        text.map(serde_json::from_str).transpose().map_err(|error| self.corrupt(column, error))
    }

    pub fn attributes(&self, column: &str) -> Result<Attributes> {
        attributes::decode(self.get(column)?).map_err(|error| self.corrupt(column, error))
    }

    fn moment(&self, column: &str, micros: i64) -> Result<Time> {
        DateTime::from_timestamp_micros(micros).ok_or_else(|| self.corrupt(column, "no time"))
    }

    pub fn corrupt(&self, column: &str, problem: impl Display) -> StorageError {
        StorageError::Corrupt { what: self.what, problem: format!("{column}: {problem}") }
    }
}

/// The stored form of a structure.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StorageError::Database(Box::new(error)))
}

/// The stored form of a time.
pub const fn micros(time: Time) -> i64 {
    time.timestamp_micros()
}

/// The stored form of a number that the domain keeps unsigned.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
