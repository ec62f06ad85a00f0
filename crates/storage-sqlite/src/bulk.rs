//! Many rows a statement. Each statement is a round trip to the connection's thread (10 to 20 µs), and each
//! different statement text a place in the statement cache: rows go in chunks of few different sizes.

use serde::Serialize;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Sqlite, Type};
use storage::Result;

use crate::fields::to_json;

/// Most rows a statement: 64 rows of 30 columns stay far below SQLite's 32766 parameters.
const SIZES: [usize; 3] = [64, 8, 1];

/// Cuts rows into chunks of 64, 8 and 1.
pub fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

/// Cuts rows for a search index: all of a page in one statement. At the beginning of a statement of several rows
/// SQLite marks a savepoint, and FTS5 then writes out what it has gathered: with small statements most of the time
/// goes into writing and merging small segments.
pub fn index_chunks<T>(rows: &[T]) -> std::slice::Chunks<'_, T> {
    /// Ten columns a row stay below 32766 parameters.
    const MOST: usize = 3000;
    rows.chunks(MOST)
}

/// A row's values, in the order of the columns.
pub struct Row<'a> {
    arguments: &'a mut SqliteArguments,
}

impl Row<'_> {
    pub fn push_bind<'v, T: Encode<'v, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        self.arguments.add(value).expect("text, bytes and numbers are what SQLite takes");
        self
    }
}

/// `head` with a tuple a row and then `tail`. The text is put together once all values are known: a builder would
/// write every question mark by itself, which is a tenth of the work of a cycle's thread.
pub fn values<'r, T>(
    head: &'static str,
    rows: &'r [T],
    mut bind: impl FnMut(&mut Row<'_>, &'r T),
    tail: &'static str,
) -> Query<'static, Sqlite, SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for (place, row) in rows.iter().enumerate() {
        bind(&mut Row { arguments: &mut arguments }, row);
        if place == 0 {
            let columns = arguments.len();
            arguments.reserve(columns * (rows.len() - 1), 0);
        }
    }
    let columns = arguments.len() / rows.len().max(1);
    let tuple = format!("({}?)", "?, ".repeat(columns.saturating_sub(1)));
    let mut sql = String::with_capacity(head.len() + 7 + rows.len() * (tuple.len() + 2) + tail.len());
    sql.push_str(head);
    sql.push_str("VALUES ");
    for place in 0..rows.len() {
        if place > 0 {
            sql.push_str(", ");
        }
        sql.push_str(&tuple);
    }
    sql.push_str(tail);
    // Nothing of the rows is in the text: head and tail are written in the program.
    sqlx::query_with(AssertSqlSafe(sql), arguments)
}

/// A list as the JSON array that `json_each(?)` takes: one parameter whatever its length.
pub fn list<T: Serialize>(items: impl IntoIterator<Item = T>) -> Result<String> {
    to_json(&items.into_iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_every_row_once_and_in_order() {
        for count in [0, 1, 7, 8, 63, 64, 65, 500, 501] {
            let rows: Vec<usize> = (0..count).collect();
            let cut: Vec<usize> = chunks(&rows).flatten().copied().collect();
            assert_eq!(cut, rows);
            assert!(chunks(&rows).all(|chunk| SIZES.contains(&chunk.len())));
        }
    }
}
