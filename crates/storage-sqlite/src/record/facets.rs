//! Counting what a search finds by action, status, kind and error code.
//!
//! Few candidates are looked at one by one, and the counts are exact. Many are counted by the index, value by value
//! and up to the cap: then a count may hold a row whose trigrams fit and whose text does not.

use std::collections::BTreeMap;

use domain::record::{Action, Status};
use domain::{ObjectKind, ProvisioningRecord};
use sqlx::QueryBuilder;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use storage::Result;
use storage::record::{CappedCount, Facets, RecordFilter};

use super::search::{Facet, MOST_EXAMINED, Search};
use super::{to_record, tokens};
use crate::bulk::list;
use crate::error::database;

/// Candidates up to this many are looked at one by one.
const FEW: usize = 4000;
const ALL: [Facet; 4] = [Facet::Action, Facet::Status, Facet::Kind, Facet::Code];

pub async fn count(readers: &SqlitePool, filter: &RecordFilter) -> Result<Facets> {
    let search = Search::new(filter);
    let mut tx = readers.begin().await.map_err(database)?;
    let ids = search.ids(&mut tx).await?;
    // Short words are not in the index: then looking at the newest rows is all that can be done.
    if search.has_short_words() {
        let candidates = newest(&mut tx, &search, ids, MOST_EXAMINED + 1).await?;
        let more = candidates.len() > MOST_EXAMINED;
        return Ok(tally(filter, &search, &candidates[..candidates.len().min(MOST_EXAMINED)], more));
    }
    match few(&mut tx, &search, ids).await? {
        Some(candidates) => Ok(tally(filter, &search, &candidates, false)),
        None => by_index(&mut tx, &search, ids).await,
    }
}

/// The rows that fit everything but the facets and, perhaps, the words; `None` when they are too many to be looked at
/// one by one. Their ids are asked for first: many rows are not fetched only to be counted otherwise.
async fn few(
    connection: &mut SqliteConnection,
    search: &Search<'_>,
    ids: (i64, i64),
) -> Result<Option<Vec<ProvisioningRecord>>> {
    let mut query = QueryBuilder::default();
    search.push(&mut query, "r.id", &ALL, ids);
    query.push(" LIMIT ").push_bind(FEW as i64 + 1);
    let found: Vec<i64> = query.build_query_scalar().fetch_all(&mut *connection).await.map_err(database)?;
    if found.len() > FEW {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT r.* FROM json_each(?) i CROSS JOIN records r ON r.id = i.value")
        .bind(list(found)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(to_record).collect::<Result<_>>().map(Some)
}

/// The newest rows that fit everything but the facets and, perhaps, the words.
async fn newest(
    connection: &mut SqliteConnection,
    search: &Search<'_>,
    ids: (i64, i64),
    limit: usize,
) -> Result<Vec<ProvisioningRecord>> {
    let mut query = QueryBuilder::default();
    search.push(&mut query, "r.*", &ALL, ids);
    let order = if search.expression(&ALL, None).is_some() {
        " ORDER BY s.rowid DESC"
    } else {
        " ORDER BY r.id DESC"
    };
    query.push(order).push(" LIMIT ").push_bind(limit as i64);
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(to_record).collect()
}

fn tally(
    filter: &RecordFilter,
    search: &Search<'_>,
    candidates: &[ProvisioningRecord],
    capped: bool,
) -> Facets {
    let mut actions: BTreeMap<Action, u64> = BTreeMap::new();
    let mut statuses: BTreeMap<Status, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<ObjectKind, u64> = BTreeMap::new();
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for record in candidates.iter().filter(|record| tokens::has_words(record, &search.words)) {
        let code = record.error.as_ref().map(|error| error.error_code.as_str());
        let action = filter.actions.is_empty() || filter.actions.contains(&record.action);
        let status = filter.statuses.is_empty() || filter.statuses.contains(&record.status);
        let kind = filter.kind.is_none_or(|kind| kind == record.kind);
        let coded = filter.error_code.as_deref().is_none_or(|wanted| code == Some(wanted));
        if status && kind && coded {
            *actions.entry(record.action).or_default() += 1;
        }
        if action && kind && coded {
            *statuses.entry(record.status).or_default() += 1;
        }
        if action && status && coded {
            *kinds.entry(record.kind).or_default() += 1;
        }
        if let (true, Some(code)) = (action && status && kind, code) {
            *codes.entry(code.to_owned()).or_default() += 1;
        }
    }
    Facets {
        actions: actions.into_iter().map(|(value, count)| (value, cap(count, capped))).collect(),
        statuses: statuses.into_iter().map(|(value, count)| (value, cap(count, capped))).collect(),
        kinds: kinds.into_iter().map(|(value, count)| (value, cap(count, capped))).collect(),
        error_codes: by_count(codes.into_iter().map(|(value, count)| (value, cap(count, capped))).collect()),
    }
}

fn cap(count: u64, more: bool) -> CappedCount {
    CappedCount { count: count.min(Facets::CAP), capped: more || count > Facets::CAP }
}

async fn by_index(connection: &mut SqliteConnection, search: &Search<'_>, ids: (i64, i64)) -> Result<Facets> {
    let mut facets = Facets::default();
    for action in Action::ALL {
        let count = count_token(connection, search, Facet::Action, &tokens::action(*action), ids).await?;
        facets.actions.extend(count.map(|count| (*action, count)));
    }
    for status in Status::ALL {
        let count = count_token(connection, search, Facet::Status, &tokens::status(*status), ids).await?;
        facets.statuses.extend(count.map(|count| (*status, count)));
    }
    for kind in ObjectKind::ALL {
        let count = count_token(connection, search, Facet::Kind, &tokens::kind(*kind), ids).await?;
        facets.kinds.extend(count.map(|count| (*kind, count)));
    }
    let codes: Vec<String> = sqlx::query_scalar("SELECT code FROM record_codes ORDER BY code")
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    for code in codes {
        let count = count_token(connection, search, Facet::Code, &tokens::code(&code), ids).await?;
        facets.error_codes.extend(count.map(|count| (code, count)));
    }
    facets.error_codes = by_count(facets.error_codes);
    Ok(facets)
}

/// How many rows carry a token, besides everything but the facet's own filter; `None` for none.
async fn count_token(
    connection: &mut SqliteConnection,
    search: &Search<'_>,
    facet: Facet,
    token: &str,
    ids: (i64, i64),
) -> Result<Option<CappedCount>> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (
             SELECT rowid FROM record_search
             WHERE record_search MATCH ? AND rowid >= ? AND rowid <= ?
             ORDER BY rowid DESC
             LIMIT ?
         )",
    )
    .bind(search.expression(&[facet], Some(token)))
    .bind(ids.0)
    .bind(ids.1)
    .bind(Facets::CAP as i64 + 1)
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Ok((count > 0).then(|| cap(count.unsigned_abs(), false)))
}

/// The most frequent first.
fn by_count(mut codes: Vec<(String, CappedCount)>) -> Vec<(String, CappedCount)> {
    codes.sort_by(|(one, one_count), (other, other_count)| {
        other_count.count.cmp(&one_count.count).then_with(|| one.cmp(other))
    });
    codes
}
