//! Everything that one page changes, in one transaction and a few statements.

use std::collections::{HashMap, HashSet};

use domain::{ChangeId, LinkId, ObjectKind};
use sqlx::sqlite::SqliteConnection;
use storage::link::{Escrow, LinkWrite, MemberWrite, PageCommit, anchor_key, name_key};
use storage::{Result, StorageError};

use crate::attributes::encode;
use crate::bulk::{chunks, list, values};
use crate::error::database;
use crate::fields::{micros, to_json};
use crate::{changes, cycle, record};

/// Carries out a page for the configuration with the given key.
pub async fn carry_out(
    connection: &mut SqliteConnection,
    configuration: i64,
    page: &PageCommit,
    records: bool,
) -> Result<Vec<LinkId>> {
    // First: a cycle that is not running any more must change nothing.
    if let Some((id, progress)) = page.progress {
        cycle::progress_running(connection, id, progress).await?;
    }
    settle(connection, &page.settled).await?;
    // Before the new links: an object that is linked anew keeps nothing of its old link.
    unlink(connection, configuration, &page.unlinked).await?;
    let links = put_links(connection, configuration, &page.links).await?;
    put_exports(connection, &page.links, &links).await?;
    changes::leave(connection, configuration, &page.leaving).await?;
    changes::put_references(connection, configuration, page, &links).await?;
    change_members(connection, configuration, &page.members).await?;
    release(connection, configuration, &page.released).await?;
    put_escrows(connection, configuration, &page.escrows).await?;
    if records {
        record::insert(connection, &page.records).await?;
    }
    changes::unsettle(connection, configuration, &page.unsettled).await?;
    if page.cursor.is_some() {
        changes::put_cursor(connection, configuration, page.cursor.as_ref()).await?;
    }
    Ok(links)
}

async fn settle(connection: &mut SqliteConnection, changes: &[ChangeId]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM intents WHERE change_id IN (SELECT unhex(value) FROM json_each(?))")
        .bind(list(changes.iter().map(|change| change.uuid().as_simple().to_string()))?)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

async fn unlink(connection: &mut SqliteConnection, configuration: i64, links: &[LinkId]) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM links WHERE id IN (SELECT value FROM json_each(?)) AND configuration = ?")
        .bind(list(links)?)
        .bind(configuration)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

async fn put_links(
    connection: &mut SqliteConnection,
    configuration: i64,
    links: &[LinkWrite],
) -> Result<Vec<LinkId>> {
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let known = known_of(connection, configuration, links).await?;
    let ids = ids_of(connection, links, &known).await?;
    let numbered = ids.iter().copied().zip(links);
    // Of an object that is written twice the last one counts.
    let once = ids.iter().collect::<HashSet<_>>().len() == ids.len();
    let is_unmoved = |link: &LinkWrite| {
        once && known.get(&(link.kind, &link.object_id)).is_some_and(|known| known.is_of(link))
    };
    let (unmoved, numbered): (Vec<Numbered<'_>>, Vec<Numbered<'_>>) =
        numbered.partition(|(_, link)| is_unmoved(link));
    put_unmoved(connection, &unmoved).await?;
    for chunk in chunks(&numbered) {
        values(
            "INSERT INTO links (id, configuration, kind, object_id, anchor, source_dn, display_name, target_id, \
             state, fingerprint, name_key, anchor_key) ",
            chunk,
            |row, (id, link)| {
                row.push_bind(id.0)
                    .push_bind(configuration)
                    .push_bind(link.kind.as_str())
                    .push_bind(link.object_id.as_str())
                    .push_bind(link.anchor.as_str())
                    .push_bind(link.source_dn.as_str())
                    .push_bind(link.display_name.as_str())
                    .push_bind(link.target_id.as_str())
                    .push_bind(link.state.as_str())
                    .push_bind(link.fingerprint.cast_signed())
                    .push_bind(name_key(&link.source_dn).cast_signed())
                    .push_bind(anchor_key(link.kind, &link.anchor).cast_signed());
            },
            " ON CONFLICT (id) DO UPDATE SET
                 anchor = excluded.anchor,
                 source_dn = excluded.source_dn,
                 display_name = excluded.display_name,
                 target_id = excluded.target_id,
                 state = excluded.state,
                 fingerprint = excluded.fingerprint,
                 name_key = excluded.name_key,
                 anchor_key = excluded.anchor_key",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(ids)
}

type Numbered<'l> = (LinkId, &'l LinkWrite);

/// Links of which no index holds anything that changes: SQLite would take every entry out and put it back.
async fn put_unmoved(connection: &mut SqliteConnection, links: &[Numbered<'_>]) -> Result<()> {
    for chunk in chunks(links) {
        values(
            "UPDATE links SET
                 anchor = new.column2,
                 source_dn = new.column3,
                 display_name = new.column4,
                 target_id = new.column5,
                 fingerprint = new.column6
             FROM (",
            chunk,
            |row, (id, link)| {
                row.push_bind(id.0)
                    .push_bind(link.anchor.as_str())
                    .push_bind(link.source_dn.as_str())
                    .push_bind(link.display_name.as_str())
                    .push_bind(link.target_id.as_str())
                    .push_bind(link.fingerprint.cast_signed());
            },
            ") new WHERE links.id = new.column1",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// What the indexes hold of a stored link.
struct Known {
    id: i64,
    state: String,
    name_key: Option<i64>,
    anchor_key: Option<i64>,
}

impl Known {
    fn is_of(&self, link: &LinkWrite) -> bool {
        self.state == link.state.as_str()
            && self.name_key == Some(name_key(&link.source_dn).cast_signed())
            && self.anchor_key == Some(anchor_key(link.kind, &link.anchor).cast_signed())
    }
}

/// Place in the question, id, state, name key and anchor key.
type KnownRow = (i64, i64, String, Option<i64>, Option<i64>);

type KnownLinks<'l> = HashMap<(ObjectKind, &'l String), Known>;

async fn known_of<'l>(
    connection: &mut SqliteConnection,
    configuration: i64,
    links: &'l [LinkWrite],
) -> Result<KnownLinks<'l>> {
    let mut known = KnownLinks::new();
    for kind in ObjectKind::ALL {
        let objects: Vec<&String> =
            links.iter().filter(|link| link.kind == *kind).map(|link| &link.object_id).collect();
        if objects.is_empty() {
            continue;
        }
        let rows: Vec<KnownRow> = sqlx::query_as(
            "SELECT o.key, l.id, l.state, l.name_key, l.anchor_key FROM json_each(?) o
             CROSS JOIN links l ON l.configuration = ? AND l.kind = ? AND l.object_id = o.value",
        )
        .bind(list(&objects)?)
        .bind(configuration)
        .bind(kind.as_str())
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
        for (place, id, state, name_key, anchor_key) in rows {
            if let Some(object) = usize::try_from(place).ok().and_then(|place| objects.get(place)) {
                known.insert((*kind, *object), Known { id, state, name_key, anchor_key });
            }
        }
    }
    Ok(known)
}

/// The ids that links have or, where they are new, get: the write lock is held, nobody else takes them. Asking first
/// costs less than having every row returned.
async fn ids_of(
    connection: &mut SqliteConnection,
    links: &[LinkWrite],
    known: &KnownLinks<'_>,
) -> Result<Vec<LinkId>> {
    let last: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'links'")
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    let mut next = last.unwrap_or(0);
    let mut new: HashMap<(ObjectKind, &String), i64> = HashMap::new();
    let ids = links.iter().map(|link| {
        let object = (link.kind, &link.object_id);
        LinkId(known.get(&object).map_or_else(
            || {
                *new.entry(object).or_insert_with(|| {
                    next += 1;
                    next
                })
            },
            |known| known.id,
        ))
    });
    Ok(ids.collect())
}

async fn put_exports(connection: &mut SqliteConnection, links: &[LinkWrite], ids: &[LinkId]) -> Result<()> {
    let mut exports = Vec::with_capacity(links.len());
    for (link, id) in links.iter().zip(ids) {
        if let Some(attributes) = &link.exported {
            exports.push((id.0, encode(attributes)?));
        }
    }
    for chunk in chunks(&exports) {
        values(
            "INSERT INTO link_exports (link, attributes) ",
            chunk,
            |row, (id, attributes)| {
                row.push_bind(*id).push_bind(attributes.as_str());
            },
            " ON CONFLICT (link) DO UPDATE SET attributes = excluded.attributes",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// All groups of the page in two statements. Links that are gone are passed over: their memberships went with them.
async fn change_members(
    connection: &mut SqliteConnection,
    configuration: i64,
    members: &[MemberWrite],
) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let groups = list(members.iter().map(|write| &write.group_object_id))?;
    let known: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM json_each(?) g
         JOIN links l ON l.configuration = ? AND l.kind = ? AND l.object_id = g.value",
    )
    .bind(groups)
    .bind(configuration)
    .bind(ObjectKind::Group.as_str())
    .fetch_one(&mut *connection)
    .await
    .map_err(database)?;
    if known.unsigned_abs() != members.len() as u64 {
        return Err(StorageError::Stale { what: "group's link" });
    }

    let removed: Vec<_> = members
        .iter()
        .filter(|write| !write.remove.is_empty())
        .map(|write| (&write.group_object_id, &write.remove))
        .collect();
    if !removed.is_empty() {
        sqlx::query(
            "DELETE FROM link_members WHERE (group_link, member_link) IN (
                 SELECT l.id, m.value FROM json_each(?) w
                 CROSS JOIN links l ON l.configuration = ? AND l.kind = ? AND l.object_id = w.value ->> 0
                 CROSS JOIN json_each(w.value, '$[1]') m
             )",
        )
        .bind(to_json(&removed)?)
        .bind(configuration)
        .bind(ObjectKind::Group.as_str())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }

    let added: Vec<_> = members
        .iter()
        .filter(|write| !write.add.is_empty())
        .map(|write| (&write.group_object_id, &write.add))
        .collect();
    if !added.is_empty() {
        sqlx::query(
            "INSERT INTO link_members (group_link, member_link)
             SELECT l.id, m.value FROM json_each(?) w
             CROSS JOIN links l ON l.configuration = ? AND l.kind = ? AND l.object_id = w.value ->> 0
             CROSS JOIN json_each(w.value, '$[1]') m
             CROSS JOIN links member ON member.id = m.value
             WHERE true
             ON CONFLICT DO UPDATE SET leaving = 0 WHERE leaving = 1",
        )
        .bind(to_json(&added)?)
        .bind(configuration)
        .bind(ObjectKind::Group.as_str())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }

    let leaving: Vec<_> = members
        .iter()
        .filter(|write| !write.leaving.is_empty())
        .map(|write| (&write.group_object_id, &write.leaving))
        .collect();
    if !leaving.is_empty() {
        sqlx::query(
            "UPDATE link_members SET leaving = 1 WHERE (group_link, member_link) IN (
                 SELECT l.id, m.value FROM json_each(?) w
                 CROSS JOIN links l ON l.configuration = ? AND l.kind = ? AND l.object_id = w.value ->> 0
                 CROSS JOIN json_each(w.value, '$[1]') m
             )",
        )
        .bind(to_json(&leaving)?)
        .bind(configuration)
        .bind(ObjectKind::Group.as_str())
        .execute(connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

async fn put_escrows(
    connection: &mut SqliteConnection,
    configuration: i64,
    escrows: &[Escrow],
) -> Result<()> {
    for chunk in chunks(escrows) {
        values(
            "INSERT INTO escrows (configuration, kind, object_id, display_name, code, reason, fingerprint, \
             attempts, first_failed_at, next_attempt_at) ",
            chunk,
            |row, escrow| {
                row.push_bind(configuration)
                    .push_bind(escrow.kind.as_str())
                    .push_bind(escrow.object_id.as_str())
                    .push_bind(escrow.display_name.as_str())
                    .push_bind(escrow.code.as_str())
                    .push_bind(escrow.reason.as_str())
                    .push_bind(escrow.fingerprint.cast_signed())
                    .push_bind(escrow.attempts)
                    .push_bind(micros(escrow.first_failed_at))
                    .push_bind(micros(escrow.next_attempt_at));
            },
            " ON CONFLICT (configuration, kind, object_id) DO UPDATE SET
                 display_name = excluded.display_name,
                 code = excluded.code,
                 reason = excluded.reason,
                 fingerprint = excluded.fingerprint,
                 attempts = excluded.attempts,
                 first_failed_at = excluded.first_failed_at,
                 next_attempt_at = excluded.next_attempt_at",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// Mostly there are none, and a page names each of its objects.
async fn has_escrows(connection: &mut SqliteConnection, configuration: i64) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM escrows WHERE configuration = ?)")
        .bind(configuration)
        .fetch_one(connection)
        .await
        .map_err(database)
}

/// Drops escrows of objects that no longer fail or left.
pub async fn release(
    connection: &mut SqliteConnection,
    configuration: i64,
    objects: &[(ObjectKind, String)],
) -> Result<()> {
    if objects.is_empty() || !has_escrows(connection, configuration).await? {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM escrows
         WHERE configuration = ?
         AND (kind, object_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
    )
    .bind(configuration)
    .bind(to_json(objects)?)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}
