//! Searching the log: a bounded amount of work a page, newest or oldest first.

use domain::{ConfigurationId, CycleId, ObjectKind, ProvisioningRecord};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{QueryBuilder, Sqlite};
use storage::record::RecordFilter;
use storage::{Page, PageRequest, Result, StorageError};

use super::{hour, to_record, tokens};
use crate::error::database;
use crate::fields::micros;
use crate::text::{quoted, trigrams, words};

/// Rows that one page may look at. A search that finds too little in them gives a short page, and the cursor of its
/// end: whoever wants more goes on from there.
pub const MOST_EXAMINED: usize = 20_000;
const LARGEST_BATCH: u32 = 1000;

/// Facets, each of which can be left out of a search to count its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    Action,
    Status,
    Kind,
    Code,
}

/// A filter in the forms that index and row are asked with.
pub struct Search<'f> {
    filter: &'f RecordFilter,
    pub words: Vec<String>,
    trigrams: Vec<String>,
}

impl<'f> Search<'f> {
    pub fn new(filter: &'f RecordFilter) -> Self {
        let words = words(filter.text.as_deref().unwrap_or_default());
        let trigrams = trigrams(&words);
        Self { filter, words, trigrams }
    }

    /// Whether the index knows nothing of some word, so that only the rows can tell.
    pub fn has_short_words(&self) -> bool {
        self.words.iter().any(|word| word.chars().count() < 3)
    }

    /// What the index is asked; `None` when it could not narrow anything. `without` leaves some facets out, `with`
    /// adds a token.
    pub fn expression(&self, without: &[Facet], with: Option<&str>) -> Option<String> {
        let filter = self.filter;
        let takes = |facet| !without.contains(&facet);
        let mut parts: Vec<String> = self.trigrams.iter().map(|trigram| quoted(trigram)).collect();
        parts.extend(with.map(quoted));
        parts.extend(filter.object_id.as_deref().map(|id| quoted(&tokens::object(id))));
        parts.extend(filter.cycle.map(|id| quoted(&tokens::cycle(id))));
        if takes(Facet::Code) {
            parts.extend(filter.error_code.as_deref().map(|code| quoted(&tokens::code(code))));
        }
        if takes(Facet::Action) && !filter.actions.is_empty() {
            parts.push(tokens::any(filter.actions.iter().copied().map(tokens::action)));
        }
        if takes(Facet::Status) && !filter.statuses.is_empty() {
            parts.push(tokens::any(filter.statuses.iter().copied().map(tokens::status)));
        }
        if takes(Facet::Kind) {
            parts.extend(filter.kind.map(|kind| quoted(&tokens::kind(kind))));
        }
        parts.extend(filter.configuration.map(|id| quoted(&tokens::configuration(id))));
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    /// Adds a query that gives rows of `records` as `r`, narrowed by the index when it can. Ends within its WHERE.
    pub fn push(&self, query: &mut QueryBuilder<Sqlite>, columns: &str, without: &[Facet], ids: (i64, i64)) {
        query.push("SELECT ").push(columns);
        let id = if let Some(expression) = self.expression(without, None) {
            query
                .push(
                    " FROM record_search s CROSS JOIN records r ON r.id = s.rowid WHERE record_search MATCH ",
                )
                .push_bind(expression);
            query.push(" AND ");
            "s.rowid"
        } else {
            query.push(" FROM records r WHERE ");
            "r.id"
        };
        query.push(id).push(" >= ").push_bind(ids.0);
        query.push(" AND ").push(id).push(" <= ").push_bind(ids.1);
        self.row_conditions(query, without);
    }

    /// Everything but the words, exactly, on the row `r`.
    fn row_conditions(&self, query: &mut QueryBuilder<Sqlite>, without: &[Facet]) {
        let filter = self.filter;
        let takes = |facet| !without.contains(&facet);
        if takes(Facet::Action) {
            one_of(query, "r.action", filter.actions.iter().map(|action| action.as_str()));
        }
        if takes(Facet::Status) {
            one_of(query, "r.status", filter.statuses.iter().map(|status| status.as_str()));
        }
        if takes(Facet::Kind) {
            one_of(query, "r.kind", filter.kind.map(ObjectKind::as_str).into_iter());
        }
        if takes(Facet::Code) {
            one_of(query, "r.error_code", filter.error_code.as_deref().into_iter());
        }
        one_of(query, "r.source_id", filter.object_id.as_deref().into_iter());
        one_of(query, "r.configuration_id", filter.configuration.map(ConfigurationId::uuid).into_iter());
        one_of(query, "r.cycle_id", filter.cycle.map(CycleId::uuid).into_iter());
        if let Some(since) = filter.since {
            query.push(" AND r.at >= ").push_bind(micros(since));
        }
        if let Some(until) = filter.until {
            query.push(" AND r.at < ").push_bind(micros(until));
        }
    }

    /// The ids between which a period's records lie: whole hours, from the counts by hour.
    pub async fn ids(&self, connection: &mut SqliteConnection) -> Result<(i64, i64)> {
        let (mut first, mut last) = (1, i64::MAX);
        if let Some(since) = self.filter.since {
            let found: Option<i64> =
                sqlx::query_scalar("SELECT min(first_id) FROM record_hours WHERE hour >= ?")
                    .bind(hour(micros(since)))
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(database)?;
            first = found.unwrap_or(i64::MAX);
        }
        if let Some(until) = self.filter.until {
            let found: Option<i64> =
                sqlx::query_scalar("SELECT max(last_id) FROM record_hours WHERE hour <= ?")
                    .bind(hour(micros(until)))
                    .fetch_one(connection)
                    .await
                    .map_err(database)?;
            last = found.unwrap_or(0);
        }
        Ok((first, last))
    }
}

fn one_of<T>(query: &mut QueryBuilder<Sqlite>, column: &str, values: impl ExactSizeIterator<Item = T>)
where
    T: for<'q> sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>,
{
    if values.len() == 0 {
        return;
    }
    query.push(" AND ").push(column).push(" IN (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// One page of a search.
pub async fn records(
    readers: &SqlitePool,
    filter: &RecordFilter,
    page: PageRequest,
) -> Result<Page<ProvisioningRecord>> {
    let limit = page.bounded_limit();
    let search = Search::new(filter);
    let mut tx = readers.begin().await.map_err(database)?;
    let (mut first, mut last) = search.ids(&mut tx).await?;
    if let Some(cursor) = &page.after {
        let cursor: i64 = cursor.parse().map_err(|_| StorageError::Stale { what: "page cursor" })?;
        if filter.oldest_first {
            first = first.max(cursor.saturating_add(1));
        } else {
            last = last.min(cursor.saturating_sub(1));
        }
    }

    let indexed = search.expression(&[], None).is_some();
    let order = match (indexed, filter.oldest_first) {
        (true, false) => " ORDER BY s.rowid DESC LIMIT ",
        (true, true) => " ORDER BY s.rowid LIMIT ",
        (false, false) => " ORDER BY r.id DESC LIMIT ",
        (false, true) => " ORDER BY r.id LIMIT ",
    };
    let wanted = limit as usize + 1;
    let mut batch = limit + 1;
    let mut examined = 0;
    let mut found = Vec::with_capacity(wanted);
    loop {
        let mut query = QueryBuilder::default();
        search.push(&mut query, "r.*", &[], (first, last));
        query.push(order).push_bind(batch);
        let rows = query.build().fetch_all(&mut *tx).await.map_err(database)?;
        let exhausted = rows.len() < batch as usize;
        examined += rows.len();
        let mut reached = None;
        for row in &rows {
            let record = to_record(row)?;
            reached = Some(record.id.0);
            if found.len() < wanted && tokens::has_words(&record, &search.words) {
                found.push(record);
            }
        }
        if found.len() >= wanted || exhausted {
            return Ok(Page::from_rows(found, limit, |record| record.id.to_string()));
        }
        let Some(reached) = reached else { break };
        if examined >= MOST_EXAMINED {
            return Ok(Page { items: found, next: Some(reached.to_string()) });
        }
        if filter.oldest_first {
            first = reached.saturating_add(1);
        } else {
            last = reached.saturating_sub(1);
        }
        batch = (batch * 4).min(LARGEST_BATCH);
    }
    Ok(Page { items: found, next: None })
}
