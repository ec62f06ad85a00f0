//! Searching the log: a bounded amount of work a page, newest or oldest first.

use domain::{ConfigurationId, CycleId, ObjectKind, ProvisioningRecord};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{QueryBuilder, Sqlite};
use storage::record::{Facets, RecordFilter};
use storage::{Page, PageRequest, Result, StorageError};

use super::facets::{self, Combination, Found, Hit};
use super::frequency::Frequencies;
use super::spans::Period;
use super::{counts, to_record, tokens};
use crate::error::database;
use crate::fields::micros;
use crate::text::{quoted, trigrams, words};

/// Rows that one page may look at. A search that finds too little in them gives a short page, and the cursor of its
/// end: whoever wants more goes on from there.
pub const MOST_EXAMINED: usize = 20_000;
const LARGEST_BATCH: u32 = 1000;
/// A facet is usual when more than one record in so many has it.
const USUAL: u64 = 4;

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
    pub filter: &'f RecordFilter,
    pub words: Vec<String>,
    trigrams: Vec<String>,
    /// Few records have one of the trigrams.
    pub rare: bool,
    /// Facets whose chosen values most records have: going through their long lists in the index costs more than
    /// passing over the few rows that lack them.
    usual: Vec<Facet>,
    pub period: Period,
}

impl<'f> Search<'f> {
    /// With the facets left to the rows that nearly every record passes, and its period looked up.
    async fn weighed(
        filter: &'f RecordFilter,
        frequencies: &Frequencies,
        connection: &mut SqliteConnection,
    ) -> Result<Self> {
        let words = words(filter.text.as_deref().unwrap_or_default());
        let trigrams = frequencies.asked(trigrams(&words));
        let rare = trigrams.first().is_some_and(|trigram| frequencies.is_rare(trigram));
        let period = Period::of(filter, connection).await?;
        let mut search = Self { filter, words, trigrams, rare, usual: Vec::new(), period };
        if search.trigrams.is_empty() {
            return Ok(search);
        }
        let combinations = counts::of(connection, &RecordFilter::default()).await?;
        let all: u64 = combinations.iter().map(|combination| combination.count).sum();
        let usual = |chosen: bool, has: &dyn Fn(&Combination) -> bool| {
            let with = combinations.iter().filter(|one| has(one)).map(|one| one.count).sum::<u64>();
            chosen && with.saturating_mul(USUAL) > all
        };
        if usual(!filter.actions.is_empty(), &|one| filter.actions.contains(&one.action)) {
            search.usual.push(Facet::Action);
        }
        if usual(!filter.statuses.is_empty(), &|one| filter.statuses.contains(&one.status)) {
            search.usual.push(Facet::Status);
        }
        if usual(filter.kind.is_some(), &|one| filter.kind == Some(one.kind)) {
            search.usual.push(Facet::Kind);
        }
        Ok(search)
    }

    /// Whether the counts that are kept tell all about it: nothing narrows it but what they are kept by.
    fn is_counted(&self) -> bool {
        self.words.is_empty() && self.filter.object_id.is_none() && self.filter.cycle.is_none()
    }

    /// Whether the index knows nothing of some word, so that only the rows can tell.
    pub fn has_short_words(&self) -> bool {
        self.words.iter().any(|word| word.chars().count() < 3)
    }

    /// What the index is asked; `None` when it could not narrow anything. `without` leaves some facets out.
    pub fn expression(&self, without: &[Facet]) -> Option<String> {
        let filter = self.filter;
        let takes = |facet| !without.contains(&facet) && !self.usual.contains(&facet);
        // The index begins with what comes first: what few records have.
        let mut parts: Vec<String> = Vec::new();
        parts.extend(filter.object_id.as_deref().map(|id| quoted(&tokens::object(id))));
        parts.extend(filter.cycle.map(|id| quoted(&tokens::cycle(id))));
        if takes(Facet::Code) {
            parts.extend(filter.error_code.as_deref().map(|code| quoted(&tokens::code(code))));
        }
        parts.extend(self.trigrams.iter().map(|trigram| quoted(trigram)));
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
        let id = if let Some(expression) = self.expression(without) {
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

    /// Adds a query of hits of the index with their facets, which reads no rows unless a condition needs them. The index
    /// has to be able to narrow the search. Ends within its WHERE.
    pub fn push_hits(&self, query: &mut QueryBuilder<Sqlite>, columns: &str, ids: (i64, i64)) {
        query
            .push("SELECT ")
            .push(columns)
            .push(
                " FROM record_search s CROSS JOIN records r INDEXED BY record_facets ON r.id = s.rowid
                  WHERE record_search MATCH ",
            )
            .push_bind(self.expression(&facets::ALL));
        query.push(" AND s.rowid >= ").push_bind(ids.0).push(" AND s.rowid <= ").push_bind(ids.1);
        self.row_conditions(query, &facets::ALL);
    }

    /// Everything but the words, exactly, on the row `r`.
    pub fn row_conditions(&self, query: &mut QueryBuilder<Sqlite>, without: &[Facet]) {
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
        // The row is read for its time only where the id does not tell.
        if let Some(since) = filter.since {
            query.push(" AND (r.id >= ").push_bind(self.period.begun);
            query.push(" OR r.at >= ").push_bind(micros(since)).push(")");
        }
        if let Some(until) = filter.until {
            query.push(" AND (r.id <= ").push_bind(self.period.ended);
            query.push(" OR r.at < ").push_bind(micros(until)).push(")");
        }
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
    frequencies: &Frequencies,
    filter: &RecordFilter,
    page: PageRequest,
) -> Result<Page<ProvisioningRecord>> {
    let mut tx = readers.begin().await.map_err(database)?;
    let search = Search::weighed(filter, frequencies, &mut tx).await?;
    rows(&mut tx, &search, page).await
}

/// The facets of a search.
pub async fn facets(
    readers: &SqlitePool,
    frequencies: &Frequencies,
    filter: &RecordFilter,
) -> Result<Facets> {
    let mut tx = readers.begin().await.map_err(database)?;
    let search = Search::weighed(filter, frequencies, &mut tx).await?;
    count(&mut tx, &search).await.map(|(facets, _)| facets)
}

/// A page of a search and its facets, from one look into the index where that finds everything.
pub async fn page_with_facets(
    readers: &SqlitePool,
    frequencies: &Frequencies,
    filter: &RecordFilter,
    page: PageRequest,
) -> Result<(Page<ProvisioningRecord>, Facets)> {
    let mut tx = readers.begin().await.map_err(database)?;
    let search = Search::weighed(filter, frequencies, &mut tx).await?;
    let (facets, found) = count(&mut tx, &search).await?;
    let records = match found {
        Some(Found::Records(records)) => known(&search, records, &page)?,
        Some(Found::Hits(hits)) => of_hits(&mut tx, &search, hits, &page).await?,
        Some(Found::Many(_)) | None => rows(&mut tx, &search, page).await?,
    };
    Ok((records, facets))
}

/// A page of everything that is found when the facets are left out.
fn known(
    search: &Search<'_>,
    mut records: Vec<ProvisioningRecord>,
    page: &PageRequest,
) -> Result<Page<ProvisioningRecord>> {
    let filter = search.filter;
    let cursor = cursor(page)?;
    let limit = page.bounded_limit();
    records.retain(|record| facets::fits(filter, record) && is_after(cursor, record.id.0, filter));
    if filter.oldest_first {
        records.reverse();
    }
    records.truncate(limit as usize + 1);
    Ok(Page::from_rows(records, limit, |record| record.id.to_string()))
}

/// A page of all hits when the facets are left out.
async fn of_hits(
    connection: &mut SqliteConnection,
    search: &Search<'_>,
    hits: Vec<Hit>,
    page: &PageRequest,
) -> Result<Page<ProvisioningRecord>> {
    let filter = search.filter;
    let cursor = cursor(page)?;
    let limit = page.bounded_limit();
    let fit = hits.iter().filter(|hit| hit.alike.fits(filter) && is_after(cursor, hit.id, filter));
    let mut rest: Vec<i64> = fit.map(|hit| hit.id).collect();
    // Taken from the end.
    if !filter.oldest_first {
        rest.reverse();
    }
    let wanted = limit as usize + 1;
    let mut found = Vec::with_capacity(wanted);
    while found.len() < wanted && !rest.is_empty() {
        let batch = rest.split_off(rest.len().saturating_sub(wanted));
        let records = facets::rows(connection, batch.into_iter().rev()).await?;
        found.extend(records.into_iter().filter(|record| tokens::has_words(record, &search.words)));
    }
    found.truncate(wanted);
    Ok(Page::from_rows(found, limit, |record| record.id.to_string()))
}

fn is_after(cursor: Option<i64>, id: i64, filter: &RecordFilter) -> bool {
    cursor.is_none_or(|at| if filter.oldest_first { id > at } else { id < at })
}

/// The facets, and what is found when they are left out where that had to be looked up for them.
async fn count(connection: &mut SqliteConnection, search: &Search<'_>) -> Result<(Facets, Option<Found>)> {
    let filter = search.filter;
    if search.is_counted() {
        let combinations = counts::of(connection, filter).await?;
        return Ok((facets::tally(filter, combinations, false), None));
    }
    // Short words are not in the index: then looking at the newest rows is all that can be done.
    if search.has_short_words() || search.expression(&facets::ALL).is_none() {
        let mut records = facets::newest(connection, search, MOST_EXAMINED + 1).await?;
        let more = records.len() > MOST_EXAMINED;
        records.truncate(MOST_EXAMINED);
        records.retain(|record| tokens::has_words(record, &search.words));
        return Ok((facets::of(filter, &records, more), None));
    }
    let found = facets::find(connection, search).await?;
    let facets = match &found {
        Found::Records(records) => facets::of(filter, records, false),
        Found::Hits(hits) => facets::tally(filter, hits.iter().map(|hit| &hit.alike), false),
        Found::Many(reached) => facets::many(connection, search, *reached).await?,
    };
    Ok((facets, Some(found)))
}

fn cursor(page: &PageRequest) -> Result<Option<i64>> {
    let parsed = page.after.as_ref().map(|cursor| cursor.parse());
    parsed.transpose().map_err(|_| StorageError::Stale { what: "page cursor" })
}

async fn rows(
    tx: &mut SqliteConnection,
    search: &Search<'_>,
    page: PageRequest,
) -> Result<Page<ProvisioningRecord>> {
    let filter = search.filter;
    let (mut first, mut last) = search.period.ids;
    let limit = page.bounded_limit();
    if let Some(cursor) = cursor(&page)? {
        if filter.oldest_first {
            first = first.max(cursor.saturating_add(1));
        } else {
            last = last.min(cursor.saturating_sub(1));
        }
    }

    let indexed = search.expression(&[]).is_some();
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
        // What the index leaves to the rows is looked at here, so that all that is looked at is counted.
        search.push(&mut query, "r.*", &search.usual, (first, last));
        query.push(order).push_bind(batch);
        let rows = query.build().fetch_all(&mut *tx).await.map_err(database)?;
        let exhausted = rows.len() < batch as usize;
        examined += rows.len();
        let mut reached = None;
        for row in &rows {
            let record = to_record(row)?;
            reached = Some(record.id.0);
            let fits = || facets::fits(filter, &record) && tokens::has_words(&record, &search.words);
            if found.len() < wanted && fits() {
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
