//! Keyset pages: no OFFSET, no exact count.

use serde::{Deserialize, Serialize};

/// Which part of a list is wanted. The cursor is opaque to callers: it is what the last page gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows, 1 to [`PageRequest::MOST`].
    pub limit: u32,
    /// `Page::next` of the page before.
    pub after: Option<String>,
}

impl PageRequest {
    /// The most rows that one page may hold.
    pub const MOST: u32 = 1000;

    pub const fn first(limit: u32) -> Self {
        Self { limit, after: None }
    }

    /// The limit within its bounds.
    pub fn bounded_limit(&self) -> u32 {
        self.limit.clamp(1, Self::MOST)
    }
}

/// Some rows and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Absent on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Builds a page from up to `limit + 1` rows: the extra one only tells that there is more.
    pub fn from_rows(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
