//! Counting what a search finds by action, status, kind and error code.
//!
//! What no text narrows is summed up from the counts that are kept with the records, in whole hours. What a text finds is
//! looked at one by one where it is little, and the counts are exact. Where it is more, the hits of the index are counted,
//! a row whose trigrams fit and whose text does not among them: all of them, or where they are much the newest ones up to
//! the cap and a stretch of the log, and then every count is a lower bound.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use domain::record::{Action, Status};
use domain::{ObjectKind, ProvisioningRecord};
use sqlx::QueryBuilder;
use sqlx::sqlite::SqliteConnection;
use storage::Result;
use storage::record::{CappedCount, Facets, RecordFilter};

use super::search::{Facet, Search};
use super::{to_record, tokens};
use crate::bulk::list;
use crate::error::database;
use crate::fields::Fields;

/// Hits up to this many are looked at one by one.
const FEW: usize = 400;
/// Up to this many hits of a rare text are found at once: going through its lists once more costs more than they do.
const SOME: usize = 2000;
/// How far back, in records, many hits are counted: a rare text's hits lie far apart, and the way to the next one costs
/// more than the hit.
const STRETCH: i64 = 400_000;
pub const ALL: [Facet; 4] = [Facet::Action, Facet::Status, Facet::Kind, Facet::Code];

/// So many records are alike in all facets. The code is empty where nothing failed.
pub struct Combination {
    pub action: Action,
    pub status: Status,
    pub kind: ObjectKind,
    pub code: String,
    pub count: u64,
}

impl Combination {
    pub fn read(row: &Fields<'_>, count: u64) -> Result<Self> {
        Ok(Self {
            action: row.word("action")?,
            status: row.word("status")?,
            kind: row.word("kind")?,
            code: row.text("code")?,
            count,
        })
    }

    fn of(record: &ProvisioningRecord) -> Self {
        Self {
            action: record.action,
            status: record.status,
            kind: record.kind,
            code: record.error.as_ref().map(|error| error.error_code.clone()).unwrap_or_default(),
            count: 1,
        }
    }

    /// Whether it has one of the values that each facet of the filter asks for.
    pub fn fits(&self, filter: &RecordFilter) -> bool {
        (filter.actions.is_empty() || filter.actions.contains(&self.action))
            && (filter.statuses.is_empty() || filter.statuses.contains(&self.status))
            && filter.kind.is_none_or(|kind| kind == self.kind)
            && filter.error_code.as_ref().is_none_or(|wanted| *wanted == self.code)
    }
}

/// A hit of the index: its text may lack the words that its trigrams fit.
pub struct Hit {
    pub id: i64,
    pub alike: Combination,
}

/// What a text finds when its facets are left out, newest first.
pub enum Found {
    /// Little: everything.
    Records(Vec<ProvisioningRecord>),
    /// More: every hit.
    Hits(Vec<Hit>),
    /// Much: the id of a hit that many others come before.
    Many(i64),
}

pub async fn find(connection: &mut SqliteConnection, search: &Search<'_>) -> Result<Found> {
    let mut found = Vec::new();
    if search.rare {
        // A list of the index is gone through faster from its beginning, and what is rare is gone through to the end.
        found = hits(connection, search, "ASC", SOME).await?;
        found.reverse();
    }
    if !search.rare || found.len() > SOME {
        found = hits(connection, search, "DESC", FEW).await?;
        if let Some(reached) = found.get(FEW) {
            return Ok(Found::Many(reached.id));
        }
    }
    if found.len() > FEW {
        return Ok(Found::Hits(found));
    }
    let mut records = rows(connection, found.into_iter().map(|hit| hit.id)).await?;
    records.retain(|record| tokens::has_words(record, &search.words));
    Ok(Found::Records(records))
}

/// The first hits, one more than asked for, without their rows.
async fn hits(
    connection: &mut SqliteConnection,
    search: &Search<'_>,
    order: &str,
    most: usize,
) -> Result<Vec<Hit>> {
    let mut query = QueryBuilder::default();
    search.push_hits(
        &mut query,
        "r.id, r.action, r.status, r.kind, coalesce(r.error_code, '') AS code",
        search.period.ids,
    );
    query.push(" ORDER BY s.rowid ").push(order).push(" LIMIT ").push_bind(most as i64 + 1);
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter()
        .map(|row| {
            let row = Fields::new(row, "provisioning record");
            Ok(Hit { id: row.get("id")?, alike: Combination::read(&row, 1)? })
        })
        .collect()
}

/// Records by their ids, in the order of these.
pub async fn rows(
    connection: &mut SqliteConnection,
    ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<ProvisioningRecord>> {
    let rows = sqlx::query("SELECT r.* FROM json_each(?) i CROSS JOIN records r ON r.id = i.value")
        .bind(list(ids)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(to_record).collect()
}

/// The newest rows that fit everything but the facets and, perhaps, the words.
pub async fn newest(
    connection: &mut SqliteConnection,
    search: &Search<'_>,
    limit: usize,
) -> Result<Vec<ProvisioningRecord>> {
    let mut query = QueryBuilder::default();
    search.push(&mut query, "r.*", &ALL, search.period.ids);
    let order =
        if search.expression(&ALL).is_some() { " ORDER BY s.rowid DESC" } else { " ORDER BY r.id DESC" };
    query.push(order).push(" LIMIT ").push_bind(limit as i64);
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(to_record).collect()
}

/// Counts the newest of many hits; `reached` is a hit that is counted in any case.
pub async fn many(connection: &mut SqliteConnection, search: &Search<'_>, reached: i64) -> Result<Facets> {
    let ids = search.period.ids;
    let (oldest, newest): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT coalesce(min(id), 0) FROM records WHERE id >= ?),
             (SELECT coalesce(max(id), 0) FROM records WHERE id <= ?)",
    )
    .bind(ids.0)
    .bind(ids.1)
    .fetch_one(&mut *connection)
    .await
    .map_err(database)?;
    let from = newest.saturating_sub(STRETCH).min(reached).max(ids.0);
    let mut query = QueryBuilder::new("SELECT action, status, kind, code, count(*) AS operations FROM (");
    let columns = "r.action, r.status, r.kind, coalesce(r.error_code, '') AS code";
    search.push_hits(&mut query, columns, (from, newest));
    query.push(" ORDER BY s.rowid DESC LIMIT ").push_bind(Facets::CAP as i64 + 1);
    query.push(") GROUP BY 1, 2, 3, 4");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    let combinations = rows
        .iter()
        .map(|row| {
            let row = Fields::new(row, "provisioning record");
            Combination::read(&row, row.unsigned("operations")?)
        })
        .collect::<Result<Vec<_>>>()?;
    let counted: u64 = combinations.iter().map(|combination| combination.count).sum();
    Ok(tally(search.filter, combinations, counted > Facets::CAP || from > oldest))
}

/// The facets of records at hand.
pub fn of(filter: &RecordFilter, records: &[ProvisioningRecord], partial: bool) -> Facets {
    tally(filter, records.iter().map(Combination::of), partial)
}

/// Whether a record has one of the values that each facet of the filter asks for.
pub fn fits(filter: &RecordFilter, record: &ProvisioningRecord) -> bool {
    Combination::of(record).fits(filter)
}

/// Each facet counted without its own filter. `partial`: there is more than what is counted.
pub fn tally(
    filter: &RecordFilter,
    combinations: impl IntoIterator<Item: Borrow<Combination>>,
    partial: bool,
) -> Facets {
    let mut actions: BTreeMap<Action, u64> = BTreeMap::new();
    let mut statuses: BTreeMap<Status, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<ObjectKind, u64> = BTreeMap::new();
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for combination in combinations {
        let Combination { action, status, kind, ref code, count } = *combination.borrow();
        let fits_action = filter.actions.is_empty() || filter.actions.contains(&action);
        let fits_status = filter.statuses.is_empty() || filter.statuses.contains(&status);
        let fits_kind = filter.kind.is_none_or(|wanted| wanted == kind);
        let fits_code = filter.error_code.as_ref().is_none_or(|wanted| wanted == code);
        if fits_status && fits_kind && fits_code {
            *actions.entry(action).or_default() += count;
        }
        if fits_action && fits_kind && fits_code {
            *statuses.entry(status).or_default() += count;
        }
        if fits_action && fits_status && fits_code {
            *kinds.entry(kind).or_default() += count;
        }
        if fits_action && fits_status && fits_kind && !code.is_empty() {
            *codes.entry(code.clone()).or_default() += count;
        }
    }
    let cap =
        |count: u64| CappedCount { count: count.min(Facets::CAP), capped: partial || count > Facets::CAP };
    let mut codes: Vec<(String, u64)> = codes.into_iter().collect();
    // The most frequent first.
    codes.sort_by(|(one, one_count), (other, other_count)| {
        other_count.cmp(one_count).then_with(|| one.cmp(other))
    });
    Facets {
        actions: actions.into_iter().map(|(value, count)| (value, cap(count))).collect(),
        statuses: statuses.into_iter().map(|(value, count)| (value, cap(count))).collect(),
        kinds: kinds.into_iter().map(|(value, count)| (value, cap(count))).collect(),
        error_codes: codes.into_iter().map(|(value, count)| (value, cap(count))).collect(),
        partial,
    }
}
