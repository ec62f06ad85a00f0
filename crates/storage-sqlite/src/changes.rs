//! What delta cycles ask and write: look-ups by digest, who refers to whom, what leaves, how far the changes are taken.

use domain::{ConfigurationId, Cursor, LinkId, ObjectKind};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use storage::Result;
use storage::link::{Membership, ReferenceWrite, anchor_key, name_key};

use crate::bulk::list;
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

/// Keeps the names that objects refer to. What is kept already is not written again.
pub async fn put_references(
    connection: &mut SqliteConnection,
    configuration: i64,
    references: &[ReferenceWrite],
) -> Result<()> {
    let writes: Vec<(&str, &str, Vec<i64>, bool)> = references
        .iter()
        .map(|write| {
            let names = write.names.iter().map(|name| name.cast_signed()).collect();
            (write.kind.as_str(), write.object_id.as_str(), names, write.keep)
        })
        .collect();
    let replaced: Vec<_> = writes.iter().filter(|(.., keep)| !keep).collect();
    if !replaced.is_empty() {
        sqlx::query(
            "DELETE FROM link_references WHERE (link, name_key) IN (
                 SELECT r.link, r.name_key FROM json_each(?) w
                 CROSS JOIN links l ON l.configuration = ? AND l.kind = w.value ->> 0 AND l.object_id = w.value ->> 1
                 CROSS JOIN link_references r ON r.link = l.id
                 WHERE r.name_key NOT IN (SELECT value FROM json_each(w.value, '$[2]'))
             )",
        )
        .bind(to_json(&replaced)?)
        .bind(configuration)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    let added: Vec<_> = writes.iter().filter(|(_, _, names, _)| !names.is_empty()).collect();
    if added.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO link_references (link, name_key)
         SELECT l.id, n.value FROM json_each(?) w
         CROSS JOIN links l ON l.configuration = ? AND l.kind = w.value ->> 0 AND l.object_id = w.value ->> 1
         CROSS JOIN json_each(w.value, '$[2]') n
         WHERE true
         ON CONFLICT DO NOTHING",
    )
    .bind(to_json(&added)?)
    .bind(configuration)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
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
