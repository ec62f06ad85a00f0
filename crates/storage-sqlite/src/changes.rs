//! What delta cycles ask and write: look-ups by digest, who refers to whom, what leaves, how far the changes are taken.

use std::collections::{BTreeSet, HashMap};

use domain::{ConfigurationId, Cursor, LinkId, ObjectKind};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use storage::Result;
use storage::link::{Membership, PageCommit, ReferenceWrite, Waiting, anchor_key, name_key};

use crate::bulk::{chunks, list, values};
use crate::error::database;
use crate::fields::{Fields, to_json};

/// Digests as SQLite keeps them, as a JSON array.
pub fn digests(keys: &[u64]) -> Result<String> {
    list(keys.iter().map(|key| key.cast_signed()))
}

/// Gives links from before the digests theirs.
pub async fn fill_digests(writer: &SqlitePool) -> Result<()> {
    loop {
        let rows: Vec<(i64, String, String, String)> = sqlx::query_as(
            "SELECT id, kind, source_dn, anchor FROM links INDEXED BY links_without_keys
             WHERE name_key IS NULL
             LIMIT 1000",
        )
        .fetch_all(writer)
        .await
        .map_err(database)?;
        if rows.is_empty() {
            return Ok(());
        }
        let keys: Vec<(i64, i64, Option<i64>)> = rows
            .into_iter()
            .map(|(id, kind, dn, anchor)| {
                let kind: Option<ObjectKind> = kind.parse().ok();
                let anchor = kind.map(|kind| anchor_key(kind, &anchor).cast_signed());
                (id, name_key(&dn).cast_signed(), anchor)
            })
            .collect();
        sqlx::query(
            "UPDATE links SET name_key = k.value ->> 1, anchor_key = k.value ->> 2
             FROM json_each(?) k
             WHERE links.id = k.value ->> 0",
        )
        .bind(to_json(&keys)?)
        .execute(writer)
        .await
        .map_err(database)?;
    }
}

/// Marks active links as leaving.
pub async fn leave(connection: &mut SqliteConnection, configuration: i64, links: &[LinkId]) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE links SET state = 'leaving'
         WHERE id IN (SELECT value FROM json_each(?)) AND configuration = ? AND state = 'active'",
    )
    .bind(list(links)?)
    .bind(configuration)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// Keeps the names that objects refer to. What is kept already is not written again, and links that are new with this
/// page are not looked up: `links` are the ids of the page's links.
pub async fn put_references(
    connection: &mut SqliteConnection,
    configuration: i64,
    page: &PageCommit,
    links: &[LinkId],
) -> Result<()> {
    if page.references.is_empty() {
        return Ok(());
    }
    let mut ids: HashMap<(ObjectKind, &str), i64> =
        page.links.iter().zip(links).map(|(link, id)| ((link.kind, link.object_id.as_str()), id.0)).collect();
    let unknown: Vec<(ObjectKind, &str)> = page
        .references
        .iter()
        .map(|write| (write.kind, write.object_id.as_str()))
        .filter(|object| !ids.contains_key(object))
        .collect();
    for (object, id) in unknown.iter().zip(link_ids(connection, configuration, &unknown).await?) {
        ids.extend(id.map(|id| (*object, id)));
    }
    let of = |write: &ReferenceWrite| ids.get(&(write.kind, write.object_id.as_str())).copied();
    let kept = references_of(connection, page.references.iter().filter_map(of)).await?;

    let (mut gone, mut added) = (Vec::new(), Vec::new());
    for write in &page.references {
        let Some(link) = of(write) else { continue };
        let names: BTreeSet<i64> = write.names.iter().map(|name| name.cast_signed()).collect();
        let held = kept.get(&link);
        if !write.keep {
            gone.extend(
                held.into_iter().flatten().filter(|name| !names.contains(name)).map(|name| (link, *name)),
            );
        }
        added.extend(
            names
                .into_iter()
                .filter(|name| !held.is_some_and(|held| held.contains(name)))
                .map(|name| (link, name)),
        );
    }
    if !gone.is_empty() {
        sqlx::query(
            "DELETE FROM link_references WHERE (link, name_key) IN (
                 SELECT value ->> 0, value ->> 1 FROM json_each(?)
             )",
        )
        .bind(to_json(&gone)?)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    for chunk in chunks(&added) {
        values(
            "INSERT INTO link_references (link, name_key) ",
            chunk,
            |row, (link, name)| {
                row.push_bind(*link).push_bind(*name);
            },
            " ON CONFLICT DO NOTHING",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// The ids of objects' links, in the same order.
async fn link_ids(
    connection: &mut SqliteConnection,
    configuration: i64,
    objects: &[(ObjectKind, &str)],
) -> Result<Vec<Option<i64>>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT o.key, l.id FROM json_each(?) o
         CROSS JOIN links l ON l.configuration = ? AND l.kind = o.value ->> 0 AND l.object_id = o.value ->> 1",
    )
    .bind(to_json(objects)?)
    .bind(configuration)
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let mut ids = vec![None; objects.len()];
    for (place, id) in rows {
        if let Some(slot) = usize::try_from(place).ok().and_then(|place| ids.get_mut(place)) {
            *slot = Some(id);
        }
    }
    Ok(ids)
}

/// The names that are kept of links.
async fn references_of(
    connection: &mut SqliteConnection,
    links: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, BTreeSet<i64>>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT r.link, r.name_key FROM json_each(?) l CROSS JOIN link_references r ON r.link = l.value",
    )
    .bind(list(links)?)
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let mut kept: HashMap<i64, BTreeSet<i64>> = HashMap::new();
    for (link, name) in rows {
        kept.entry(link).or_default().insert(name);
    }
    Ok(kept)
}

/// Notes names that came to mean something else.
pub async fn unsettle(connection: &mut SqliteConnection, configuration: i64, names: &[u64]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO unsettled_names (configuration, name_key)
         SELECT ?, value FROM json_each(?) WHERE true
         ON CONFLICT DO NOTHING",
    )
    .bind(configuration)
    .bind(digests(names)?)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

/// Sets or forgets the position; either way nothing is unsettled any more.
pub async fn put_cursor(
    connection: &mut SqliteConnection,
    configuration: i64,
    cursor: Option<&Cursor>,
) -> Result<()> {
    sqlx::query("DELETE FROM unsettled_names WHERE configuration = ?")
        .bind(configuration)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let Some(cursor) = cursor else {
        sqlx::query("DELETE FROM cursors WHERE configuration = ?")
            .bind(configuration)
            .execute(connection)
            .await
            .map_err(database)?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO cursors (configuration, tracking, value) VALUES (?, ?, ?)
         ON CONFLICT (configuration) DO UPDATE SET tracking = excluded.tracking, value = excluded.value",
    )
    .bind(configuration)
    .bind(cursor.tracking.as_str())
    .bind(cursor.value.as_str())
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

pub async fn cursor(readers: &SqlitePool, configuration: ConfigurationId) -> Result<Option<Cursor>> {
    let row = sqlx::query(
        "SELECT c.tracking, c.value FROM cursors c
         JOIN configurations ON configurations.key = c.configuration
         WHERE configurations.id = ?",
    )
    .bind(configuration.uuid())
    .fetch_optional(readers)
    .await
    .map_err(database)?;
    row.map(|row| {
        let row = Fields::new(&row, "cursor");
        Ok(Cursor { tracking: row.word("tracking")?, value: row.text("value")? })
    })
    .transpose()
}

pub async fn waiting(readers: &SqlitePool, configuration: ConfigurationId) -> Result<Waiting> {
    let row = sqlx::query(
        "SELECT c.tracking, c.value,
             EXISTS (SELECT 1 FROM intents i WHERE i.configuration = k.key) AS intents,
             EXISTS (SELECT 1 FROM unsettled_names u WHERE u.configuration = k.key) AS unsettled,
             EXISTS (SELECT 1 FROM links l INDEXED BY links_leaving
                     WHERE l.configuration = k.key AND l.state = 'leaving') AS leaving,
             EXISTS (SELECT 1 FROM link_members m INDEXED BY link_members_leaving
                     CROSS JOIN links g ON g.id = m.group_link
                     WHERE m.leaving = 1 AND g.configuration = k.key) AS leaving_members,
             EXISTS (SELECT 1 FROM escrows e WHERE e.configuration = k.key) AS escrows
         FROM configurations k LEFT JOIN cursors c ON c.configuration = k.key
         WHERE k.id = ?",
    )
    .bind(configuration.uuid())
    .fetch_optional(readers)
    .await
    .map_err(database)?;
    let Some(row) = row else { return Ok(Waiting::default()) };
    let row = Fields::new(&row, "configuration");
    let cursor = match row.get::<Option<String>>("value")? {
        Some(value) => Some(Cursor { tracking: row.word("tracking")?, value }),
        None => None,
    };
    Ok(Waiting {
        cursor,
        intents: row.get("intents")?,
        unsettled: row.get("unsettled")?,
        leaving: row.get("leaving")?,
        leaving_members: row.get("leaving_members")?,
        escrows: row.get("escrows")?,
    })
}

pub async fn unsettled_names(readers: &SqlitePool, configuration: ConfigurationId) -> Result<Vec<u64>> {
    let names: Vec<i64> = sqlx::query_scalar(
        "SELECT name_key FROM unsettled_names
         WHERE configuration = (SELECT key FROM configurations WHERE id = ?)",
    )
    .bind(configuration.uuid())
    .fetch_all(readers)
    .await
    .map_err(database)?;
    let mut names: Vec<u64> = names.into_iter().map(i64::cast_unsigned).collect();
    names.sort_unstable();
    Ok(names)
}

pub async fn memberships_of(readers: &SqlitePool, members: &[LinkId]) -> Result<Vec<Membership>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT m.group_link, m.member_link FROM json_each(?) i
         CROSS JOIN link_members m ON m.member_link = i.value
         ORDER BY m.group_link, m.member_link",
    )
    .bind(list(members)?)
    .fetch_all(readers)
    .await
    .map_err(database)?;
    Ok(to_memberships(rows))
}

pub async fn members_among(readers: &SqlitePool, group: LinkId, members: &[LinkId]) -> Result<Vec<LinkId>> {
    let found: Vec<i64> = sqlx::query_scalar(
        "SELECT m.member_link FROM json_each(?) i
         CROSS JOIN link_members m ON m.group_link = ? AND m.member_link = i.value
         ORDER BY m.member_link",
    )
    .bind(list(members)?)
    .bind(group.0)
    .fetch_all(readers)
    .await
    .map_err(database)?;
    Ok(found.into_iter().map(LinkId).collect())
}

pub async fn leaving_members(
    readers: &SqlitePool,
    configuration: ConfigurationId,
    after: Option<Membership>,
    limit: u32,
) -> Result<Vec<Membership>> {
    let after = after.unwrap_or(Membership { group: LinkId(0), member: LinkId(0) });
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT m.group_link, m.member_link FROM link_members m INDEXED BY link_members_leaving
         CROSS JOIN links l ON l.id = m.group_link
         WHERE m.leaving = 1 AND (m.group_link, m.member_link) > (?, ?)
         AND l.configuration = (SELECT key FROM configurations WHERE id = ?)
         ORDER BY m.group_link, m.member_link
         LIMIT ?",
    )
    .bind(after.group.0)
    .bind(after.member.0)
    .bind(configuration.uuid())
    .bind(limit)
    .fetch_all(readers)
    .await
    .map_err(database)?;
    Ok(to_memberships(rows))
}

pub async fn leaving_member_count(readers: &SqlitePool, configuration: ConfigurationId) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM link_members m INDEXED BY link_members_leaving
         CROSS JOIN links g ON g.id = m.group_link
         CROSS JOIN links p ON p.id = m.member_link
         WHERE m.leaving = 1 AND g.state <> 'leaving' AND p.state <> 'leaving'
         AND g.configuration = (SELECT key FROM configurations WHERE id = ?)",
    )
    .bind(configuration.uuid())
    .fetch_one(readers)
    .await
    .map_err(database)?;
    Ok(count.unsigned_abs())
}

pub async fn membership_count(readers: &SqlitePool, configuration: ConfigurationId) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM links g CROSS JOIN link_members m ON m.group_link = g.id
         WHERE g.configuration = (SELECT key FROM configurations WHERE id = ?) AND g.kind = 'group'",
    )
    .bind(configuration.uuid())
    .fetch_one(readers)
    .await
    .map_err(database)?;
    Ok(count.unsigned_abs())
}

fn to_memberships(rows: Vec<(i64, i64)>) -> Vec<Membership> {
    rows.into_iter()
        .map(|(group, member)| Membership { group: LinkId(group), member: LinkId(member) })
        .collect()
}
