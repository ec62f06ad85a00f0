//! Lists of the built-in directory, by display name and then id.

use std::collections::BTreeSet;

use domain::{ConfigurationId, ObjectKind};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{QueryBuilder, Sqlite};
use storage::directory::{DirectoryFilter, DirectoryName, DirectoryObject};
use storage::{Page, PageRequest, Result, StorageError};

use super::to_object;
use crate::bulk::list as json_list;
use crate::error::database;
use crate::fields::Fields;
use crate::text::{fold, quoted, trigrams, words};

/// Objects that one page may look at for a text; afterwards a short page with its cursor is given.
const MOST_EXAMINED: usize = 20_000;
/// Objects that the index may give for being sorted.
const FEW: i64 = 10_000;
const LARGEST_BATCH: u32 = 1000;

/// Where a page begins: after the object with this sort key and id.
type Position = (String, String);

pub async fn objects(
    readers: &SqlitePool,
    filter: &DirectoryFilter,
    page: PageRequest,
) -> Result<Page<DirectoryObject>> {
    let limit = page.bounded_limit();
    let words = words(filter.text.as_deref().unwrap_or_default());
    let mut position = page.after.as_deref().map(parse_cursor).transpose()?;
    let wanted = limit as usize + 1;
    let mut batch = limit + 1;
    let mut examined = 0;
    let mut found = Vec::with_capacity(wanted);
    let mut tx = readers.begin().await.map_err(database)?;
    let expression = few_candidates(&mut tx, &words).await?;
    loop {
        let mut query = match &expression {
            Some(expression) => {
                let mut query = QueryBuilder::new(
                    "SELECT f.* FROM (
                         SELECT o.key FROM directory_search s
                         CROSS JOIN directory_objects o ON o.key = s.rowid
                         WHERE directory_search MATCH ",
                );
                query.push_bind(expression.as_str());
                query
            }
            None => by_kinds(filter, position.as_ref(), batch),
        };
        if expression.is_some() {
            conditions(&mut query, filter);
            after(&mut query, position.as_ref());
        }
        finish(&mut query, batch);
        let rows = query.build().fetch_all(&mut *tx).await.map_err(database)?;
        let exhausted = rows.len() < batch as usize;
        examined += rows.len();
        for row in &rows {
            let object = to_object(row)?;
            position = Some((fold(&object.display_name), object.id.clone()));
            if found.len() < wanted && has_words(&object, &words) {
                found.push(object);
            }
        }
        if found.len() >= wanted || exhausted {
            return Ok(Page::from_rows(found, limit, cursor));
        }
        if examined >= MOST_EXAMINED {
            let next = position.map(|(sort_key, id)| format!("{id}.{sort_key}"));
            return Ok(Page { items: found, next });
        }
        batch = (batch * 4).min(LARGEST_BATCH);
    }
}

/// What the index is asked, when it knows few enough objects to sort them. For a common text walking the list in
/// its order finds a page sooner.
async fn few_candidates(connection: &mut SqliteConnection, words: &[String]) -> Result<Option<String>> {
    let trigrams: Vec<String> = trigrams(words).iter().map(|trigram| quoted(trigram)).collect();
    if trigrams.is_empty() {
        return Ok(None);
    }
    let expression = trigrams.join(" AND ");
    let candidates: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT rowid FROM directory_search WHERE directory_search MATCH ? LIMIT ?)",
    )
    .bind(&expression)
    .bind(FEW + 1)
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Ok((candidates <= FEW).then_some(expression))
}

pub async fn by_names(
    readers: &SqlitePool,
    kind: ObjectKind,
    name: DirectoryName,
    values: &[String],
) -> Result<Vec<DirectoryObject>> {
    let sql = match name {
        // The index over principal names has users only.
        DirectoryName::UserPrincipalName => {
            "SELECT o.* FROM json_each(?) n
             CROSS JOIN directory_objects o ON o.kind = 'user' AND o.principal_key = n.value
             WHERE o.kind = ?"
        }
        DirectoryName::Mail => {
            "SELECT o.* FROM json_each(?) n
             CROSS JOIN directory_objects o ON o.mail_key = n.value
             WHERE o.kind = ?"
        }
    };
    let folded: BTreeSet<String> = values.iter().map(|value| fold(value)).collect();
    let rows = sqlx::query(sql)
        .bind(json_list(folded)?)
        .bind(kind.as_str())
        .fetch_all(readers)
        .await
        .map_err(database)?;
    rows.iter().map(to_object).collect()
}

/// In the order of the keys, which are never given twice.
pub async fn walk(
    readers: &SqlitePool,
    kind: ObjectKind,
    page: PageRequest,
) -> Result<Page<DirectoryObject>> {
    let after = page.after.as_deref().map_or(Ok(0), str::parse::<i64>);
    let limit = page.bounded_limit();
    let mut rows =
        sqlx::query("SELECT * FROM directory_objects WHERE key > ? AND kind = ? ORDER BY key LIMIT ?")
            .bind(after.map_err(|_| StorageError::Stale { what: "page cursor" })?)
            .bind(kind.as_str())
            .bind(limit + 1)
            .fetch_all(readers)
            .await
            .map_err(database)?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = match rows.last().filter(|_| more) {
        Some(row) => Some(Fields::new(row, "object of the built-in directory").unsigned("key")?.to_string()),
        None => None,
    };
    Ok(Page { items: rows.iter().map(to_object).collect::<Result<_>>()?, next })
}

pub async fn members(readers: &SqlitePool, group: &str, page: PageRequest) -> Result<Page<DirectoryObject>> {
    related(
        readers,
        "SELECT f.* FROM (
             SELECT o.key FROM directory_objects g
             CROSS JOIN directory_members m ON m.group_key = g.key
             CROSS JOIN directory_objects o ON o.key = m.member_key
             WHERE g.id = ",
        group,
        page,
    )
    .await
}

pub async fn member_of(
    readers: &SqlitePool,
    object: &str,
    page: PageRequest,
) -> Result<Page<DirectoryObject>> {
    related(
        readers,
        "SELECT f.* FROM (
             SELECT o.key FROM directory_objects member
             CROSS JOIN directory_members m ON m.member_key = member.key
             CROSS JOIN directory_objects o ON o.key = m.group_key
             WHERE member.id = ",
        object,
        page,
    )
    .await
}

async fn related(
    readers: &SqlitePool,
    head: &'static str,
    id: &str,
    page: PageRequest,
) -> Result<Page<DirectoryObject>> {
    let limit = page.bounded_limit();
    let position = page.after.as_deref().map(parse_cursor).transpose()?;
    let mut query = QueryBuilder::new(head);
    query.push_bind(id);
    after(&mut query, position.as_ref());
    finish(&mut query, limit + 1);
    let rows = query.build().fetch_all(readers).await.map_err(database)?;
    let objects = rows.iter().map(to_object).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(objects, limit, cursor))
}

/// A list in the order of names, begun. The index has one such list for each kind: what is wanted of them is merged.
fn by_kinds(filter: &DirectoryFilter, position: Option<&Position>, limit: u32) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT f.* FROM (SELECT o.key FROM (");
    let kinds =
        ObjectKind::ALL.iter().copied().filter(|kind| filter.kind.is_none_or(|wanted| wanted == *kind));
    for (place, kind) in kinds.enumerate() {
        query.push(if place == 0 { "" } else { " UNION ALL " });
        query.push("SELECT * FROM (SELECT o.key, o.sort_key, o.id FROM directory_objects o WHERE true");
        conditions(&mut query, &DirectoryFilter { kind: Some(kind), ..filter.clone() });
        after(&mut query, position);
        query.push(" ORDER BY o.sort_key, o.id LIMIT ").push_bind(limit).push(")");
    }
    query.push(") o");
    query
}

fn conditions(query: &mut QueryBuilder<Sqlite>, filter: &DirectoryFilter) {
    if let Some(kind) = filter.kind {
        query.push(" AND o.kind = ").push_bind(ObjectKind::as_str(kind));
    }
    if let Some(configuration) = filter.configuration {
        query.push(" AND o.configuration_id = ").push_bind(ConfigurationId::uuid(configuration));
    }
    if let Some(enabled) = filter.account_enabled {
        query.push(" AND o.account_enabled = ").push_bind(enabled);
    }
}

fn after(query: &mut QueryBuilder<Sqlite>, position: Option<&Position>) {
    if let Some((sort_key, id)) = position {
        query.push(" AND (o.sort_key, o.id) > (").push_bind(sort_key.as_str());
        query.push(", ").push_bind(id.as_str()).push(")");
    }
}

/// Ends a list: keys are sorted first, and only the rows of the page are read.
fn finish(query: &mut QueryBuilder<Sqlite>, limit: u32) {
    query.push(" ORDER BY o.sort_key, o.id LIMIT ").push_bind(limit);
    query.push(") page CROSS JOIN directory_objects f ON f.key = page.key ORDER BY f.sort_key, f.id");
}

fn has_words(object: &DirectoryObject, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let body = body(object);
    words.iter().all(|word| body.contains(word.as_str()))
}

/// The folded texts in which a search looks, one a line.
pub fn body(object: &DirectoryObject) -> String {
    let optional = [object.user_principal_name.as_deref(), object.mail.as_deref()];
    let mut text = format!("{}\n{}", object.display_name, object.anchor);
    for part in optional.into_iter().flatten() {
        text.push('\n');
        text.push_str(part);
    }
    fold(&text)
}

/// The id comes first: ids hold no dot.
fn cursor(object: &DirectoryObject) -> String {
    format!("{}.{}", object.id, fold(&object.display_name))
}

fn parse_cursor(cursor: &str) -> Result<Position> {
    cursor
        .split_once('.')
        .map(|(id, sort_key)| (sort_key.to_owned(), id.to_owned()))
        .ok_or(StorageError::Stale { what: "page cursor" })
}
