//! Writing the built-in directory: many objects, few statements, and an answer for each.

use std::collections::{HashMap, HashSet};

use domain::ObjectKind;
use sqlx::sqlite::SqliteConnection;
use storage::Result;
use storage::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};

use super::addresses::{self, Addresses};
use super::list::body;
use crate::attributes::encode;
use crate::bulk::{chunks, index_chunks, list, values};
use crate::error::database;
use crate::fields::{micros, to_json};
use crate::text::fold;

/// Carries out writes and says for each how it went.
pub async fn write(
    connection: &mut SqliteConnection,
    mut writes: &[DirectoryWrite],
) -> Result<Vec<DirectoryWritten>> {
    let mut written = Vec::with_capacity(writes.len());
    // Usually one run: a new one begins where an object would be written for the second time.
    while !writes.is_empty() {
        let mut ids = HashSet::new();
        let length = writes.iter().take_while(|write| ids.insert(id_of(write))).count();
        let (run, rest) = writes.split_at(length);
        written.extend(write_run(connection, run).await?);
        writes = rest;
    }
    Ok(written)
}

/// Carries out writes of different objects. What can be refused is found out first, in order, from what is stored
/// and what the writes before would make of it; then everything is done at once.
async fn write_run(
    connection: &mut SqliteConnection,
    writes: &[DirectoryWrite],
) -> Result<Vec<DirectoryWritten>> {
    let mut taken = Taken::load(connection, writes).await?;
    let written: Vec<DirectoryWritten> = writes.iter().map(|write| taken.decide(write)).collect();

    let done = || writes.iter().zip(&written).filter(|(_, how)| **how == DirectoryWritten::Done);
    let deleted: Vec<&str> = done()
        .filter_map(|(write, _)| match write {
            DirectoryWrite::Delete { id } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let mut objects = Vec::new();
    let mut added: Vec<(&str, &[String])> = Vec::new();
    let mut removed: Vec<(&str, &[String])> = Vec::new();
    for (write, _) in done() {
        match write {
            DirectoryWrite::Create { object, members } => {
                objects.push((0, object, encode(&object.attributes)?));
                added.push((&object.id, members));
            }
            DirectoryWrite::Update { object, add_members, remove_members } => {
                let key = taken.objects.get(&object.id).map_or(0, |held| held.key);
                objects.push((key, object, encode(&object.attributes)?));
                added.push((&object.id, add_members));
                removed.push((&object.id, remove_members));
            }
            DirectoryWrite::Delete { .. } => {}
        }
    }
    added.retain(|(_, members)| !members.is_empty());
    removed.retain(|(_, members)| !members.is_empty());

    // Deletions first: what they free may be taken by a later write, never the other way round.
    delete(connection, &deleted).await?;
    put(connection, objects, &taken.indexed).await?;
    put_addresses(connection, &taken, done().map(|(write, _)| write)).await?;
    remove_members(connection, &removed).await?;
    add_members(connection, &added).await?;
    Ok(written)
}

fn id_of(write: &DirectoryWrite) -> &str {
    match write {
        DirectoryWrite::Create { object, .. } | DirectoryWrite::Update { object, .. } => &object.id,
        DirectoryWrite::Delete { id } => id,
    }
}

fn principal_key(object: &DirectoryObject) -> Option<String> {
    object.user_principal_name.as_deref().filter(|_| object.kind == ObjectKind::User).map(fold)
}

/// The unique values of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    key: i64,
    anchor: (ObjectKind, String),
    principal: Option<String>,
    addresses: Vec<String>,
}

impl Held {
    fn by(object: &DirectoryObject) -> Self {
        Self {
            key: 0,
            anchor: (object.kind, object.anchor.clone()),
            principal: principal_key(object),
            addresses: addresses::of(&object.attributes),
        }
    }
}

/// Who holds which unique value, as far as these writes can meet it.
#[derive(Debug, Default)]
struct Taken {
    objects: HashMap<String, Held>,
    anchors: HashMap<(ObjectKind, String), String>,
    principals: HashMap<String, String>,
    addresses: HashMap<String, String>,
    /// Addresses of the objects of these writes as they were stored before.
    before: Addresses,
    /// What the indexes hold of stored objects, by id.
    indexed: HashMap<String, Indexed>,
}

/// What the indexes hold of an object, the one of the search included. An update that changes none of it leaves them
/// alone: SQLite would take every entry out and put it back.
#[derive(Debug, PartialEq, Eq)]
struct Indexed {
    kind: ObjectKind,
    anchor: String,
    sort_key: String,
    principal_key: Option<String>,
    mail_key: Option<String>,
}

impl Indexed {
    fn is_of(&self, object: &DirectoryObject) -> bool {
        // Others than users are found by a principal name that only the text search knows.
        let searched = object.kind == ObjectKind::User || object.user_principal_name.is_none();
        searched
            && self.kind == object.kind
            && self.anchor == object.anchor
            && self.sort_key == fold(&object.display_name)
            && self.principal_key == principal_key(object)
            && self.mail_key == object.mail.as_deref().map(fold)
    }
}

/// Key, id, kind, anchor, principal key, sort key and mail key.
type StoredRow = (i64, String, String, String, Option<String>, String, Option<String>);

impl Taken {
    async fn load(connection: &mut SqliteConnection, writes: &[DirectoryWrite]) -> Result<Self> {
        let objects = || {
            writes.iter().filter_map(|write| match write {
                DirectoryWrite::Create { object, .. } | DirectoryWrite::Update { object, .. } => Some(object),
                DirectoryWrite::Delete { .. } => None,
            })
        };
        let rows: Vec<StoredRow> = sqlx::query_as(
            "SELECT key, id, kind, anchor, principal_key, sort_key, mail_key FROM directory_objects
             WHERE id IN (SELECT value FROM json_each(?))
             UNION ALL
             SELECT o.key, o.id, o.kind, o.anchor, o.principal_key, o.sort_key, o.mail_key FROM json_each(?) a
             CROSS JOIN directory_objects o ON o.kind = a.value ->> 0 AND o.anchor = a.value ->> 1
             UNION ALL
             SELECT o.key, o.id, o.kind, o.anchor, o.principal_key, o.sort_key, o.mail_key FROM json_each(?) p
             CROSS JOIN directory_objects o ON o.kind = 'user' AND o.principal_key = p.value",
        )
        .bind(list(writes.iter().map(id_of))?)
        .bind(list(objects().map(|object| (object.kind, &object.anchor)))?)
        .bind(list(objects().filter_map(principal_key))?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
        let stored: Vec<&str> = writes
            .iter()
            .filter(|write| !matches!(write, DirectoryWrite::Create { .. }))
            .map(id_of)
            .collect();
        let before = addresses::of_objects(connection, &stored).await?;
        let wanted = objects().flat_map(|object| addresses::of(&object.attributes));
        let holders = addresses::holders(connection, wanted).await?;
        let mut taken = Self { before, addresses: holders.into_iter().collect(), ..Self::default() };
        for (key, id, kind, anchor, principal, sort_key, mail_key) in rows {
            let kind: ObjectKind = kind.parse().map_err(|error| storage::StorageError::Corrupt {
                what: "object of the built-in directory",
                problem: format!("kind: {error}"),
            })?;
            // Who has the addresses is known already; these are released with their object.
            let addresses = taken.before.get(&id).cloned().unwrap_or_default();
            let (stored_anchor, principal_key) = (anchor.clone(), principal.clone());
            let indexed = Indexed { kind, anchor: stored_anchor, sort_key, principal_key, mail_key };
            taken.indexed.insert(id.clone(), indexed);
            taken.anchors.insert((kind, anchor.clone()), id.clone());
            if let Some(principal) = &principal {
                taken.principals.insert(principal.clone(), id.clone());
            }
            taken.objects.insert(id, Held { key, anchor: (kind, anchor), principal, addresses });
        }
        Ok(taken)
    }

    fn hold(&mut self, id: &str, held: Held) {
        self.anchors.insert(held.anchor.clone(), id.to_owned());
        if let Some(principal) = &held.principal {
            self.principals.insert(principal.clone(), id.to_owned());
        }
        for address in &held.addresses {
            self.addresses.insert(address.clone(), id.to_owned());
        }
        self.objects.insert(id.to_owned(), held);
    }

    fn release(&mut self, id: &str) -> bool {
        let Some(held) = self.objects.remove(id) else { return false };
        self.anchors.remove(&held.anchor);
        if let Some(principal) = &held.principal {
            self.principals.remove(principal);
        }
        for address in &held.addresses {
            if self.addresses.get(address).is_some_and(|holder| holder == id) {
                self.addresses.remove(address);
            }
        }
        true
    }

    fn decide(&mut self, write: &DirectoryWrite) -> DirectoryWritten {
        match write {
            DirectoryWrite::Delete { id } => {
                if self.release(id) {
                    DirectoryWritten::Done
                } else {
                    DirectoryWritten::NotFound
                }
            }
            DirectoryWrite::Create { object, .. } if self.objects.contains_key(&object.id) => {
                DirectoryWritten::Conflict { attribute: "id", other_id: object.id.clone() }
            }
            DirectoryWrite::Update { object, .. } if !self.objects.contains_key(&object.id) => {
                DirectoryWritten::NotFound
            }
            DirectoryWrite::Create { object, .. } | DirectoryWrite::Update { object, .. } => {
                if let Some(conflict) = self.conflict(object) {
                    return conflict;
                }
                let key = self.objects.get(&object.id).map_or(0, |held| held.key);
                self.release(&object.id);
                self.hold(&object.id, Held { key, ..Held::by(object) });
                DirectoryWritten::Done
            }
        }
    }

    fn conflict(&self, object: &DirectoryObject) -> Option<DirectoryWritten> {
        let held = Held::by(object);
        let by_anchor = self.anchors.get(&held.anchor).map(|id| ("onPremisesImmutableId", id));
        let by_principal = held.principal.as_ref().and_then(|key| self.principals.get(key));
        by_anchor
            .into_iter()
            .chain(by_principal.map(|id| ("userPrincipalName", id)))
            .find(|(_, id)| **id != object.id)
            .or_else(|| {
                let mut holders = held.addresses.iter().filter_map(|address| {
                    let holder = self.addresses.get(address).filter(|holder| **holder != object.id)?;
                    Some((addresses::attribute_of(&object.attributes, address), holder))
                });
                holders.next()
            })
            .map(|(attribute, id)| DirectoryWritten::Conflict { attribute, other_id: id.clone() })
    }
}

/// Addresses that changed hands.
async fn put_addresses(
    connection: &mut SqliteConnection,
    taken: &Taken,
    done: impl Iterator<Item = &DirectoryWrite>,
) -> Result<()> {
    let none = Vec::new();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for id in done.map(id_of) {
        let before = taken.before.get(id).unwrap_or(&none);
        let after = taken.objects.get(id).map_or(&none, |held| &held.addresses);
        removed.extend(before.iter().filter(|address| !after.contains(address)).map(String::as_str));
        added.extend(
            after.iter().filter(|address| !before.contains(address)).map(|address| (address.as_str(), id)),
        );
    }
    addresses::write(connection, &removed, added).await
}

async fn delete(connection: &mut SqliteConnection, ids: &[&str]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = list(ids)?;
    for sql in [
        "DELETE FROM directory_search WHERE rowid IN (
             SELECT o.key FROM json_each(?) i CROSS JOIN directory_objects o ON o.id = i.value
         )",
        "DELETE FROM directory_objects WHERE id IN (SELECT value FROM json_each(?))",
    ] {
        sqlx::query(sql).bind(&ids).execute(&mut *connection).await.map_err(database)?;
    }
    Ok(())
}

/// An object with its key, or 0 while it has none, and its attributes as they are stored.
type Row<'w> = (i64, &'w DirectoryObject, String);

async fn put(
    connection: &mut SqliteConnection,
    mut objects: Vec<Row<'_>>,
    indexed: &HashMap<String, Indexed>,
) -> Result<()> {
    if objects.is_empty() {
        return Ok(());
    }
    // The write lock is held: nobody else takes these keys.
    let last: Option<i64> =
        sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'directory_objects'")
            .fetch_optional(&mut *connection)
            .await
            .map_err(database)?;
    let last = last.unwrap_or(0);
    for (object, key) in objects.iter_mut().filter(|row| row.0 == 0).zip(last + 1..) {
        object.0 = key;
    }
    let unmoved = |row: &Row<'_>| indexed.get(&row.1.id).is_some_and(|indexed| indexed.is_of(row.1));
    let (unmoved, objects): (Vec<_>, Vec<_>) = objects.into_iter().partition(unmoved);
    put_unmoved(connection, &unmoved).await?;
    for chunk in chunks(&objects) {
        values(
            "INSERT INTO directory_objects (key, id, kind, anchor, display_name, sort_key, user_principal_name, \
             principal_key, mail, mail_key, account_enabled, attributes, configuration_id, change_id, created_at, \
             updated_at) ",
            chunk,
            |row, (key, object, attributes)| {
                row.push_bind(*key)
                    .push_bind(object.id.as_str())
                    .push_bind(object.kind.as_str())
                    .push_bind(object.anchor.as_str())
                    .push_bind(object.display_name.as_str())
                    .push_bind(fold(&object.display_name))
                    .push_bind(object.user_principal_name.as_deref())
                    .push_bind(principal_key(object))
                    .push_bind(object.mail.as_deref())
                    .push_bind(object.mail.as_deref().map(fold))
                    .push_bind(object.account_enabled)
                    .push_bind(attributes.as_str())
                    .push_bind(object.configuration_id.uuid())
                    .push_bind(object.change_id.uuid())
                    .push_bind(micros(object.created_at))
                    .push_bind(micros(object.updated_at));
            },
            " ON CONFLICT (key) DO UPDATE SET
                 kind = excluded.kind,
                 anchor = excluded.anchor,
                 display_name = excluded.display_name,
                 sort_key = excluded.sort_key,
                 user_principal_name = excluded.user_principal_name,
                 principal_key = excluded.principal_key,
                 mail = excluded.mail,
                 mail_key = excluded.mail_key,
                 account_enabled = excluded.account_enabled,
                 attributes = excluded.attributes,
                 configuration_id = excluded.configuration_id,
                 change_id = excluded.change_id,
                 updated_at = excluded.updated_at",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    let (new, known): (Vec<_>, Vec<_>) = objects.into_iter().partition(|row| row.0 > last);
    index(connection, "INSERT INTO directory_search (rowid, body) ", &new).await?;
    index(connection, "INSERT OR REPLACE INTO directory_search (rowid, body) ", &known).await
}

/// Objects of which no index holds anything that changes.
async fn put_unmoved(connection: &mut SqliteConnection, objects: &[Row<'_>]) -> Result<()> {
    for chunk in chunks(objects) {
        values(
            "UPDATE directory_objects SET
                 display_name = new.column2,
                 user_principal_name = new.column3,
                 mail = new.column4,
                 account_enabled = new.column5,
                 attributes = new.column6,
                 configuration_id = new.column7,
                 change_id = new.column8,
                 updated_at = new.column9
             FROM (",
            chunk,
            |row, (key, object, attributes)| {
                row.push_bind(*key)
                    .push_bind(object.display_name.as_str())
                    .push_bind(object.user_principal_name.as_deref())
                    .push_bind(object.mail.as_deref())
                    .push_bind(object.account_enabled)
                    .push_bind(attributes.as_str())
                    .push_bind(object.configuration_id.uuid())
                    .push_bind(object.change_id.uuid())
                    .push_bind(micros(object.updated_at));
            },
            ") new WHERE directory_objects.key = new.column1",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// Makes objects findable by text.
async fn index(connection: &mut SqliteConnection, head: &'static str, objects: &[Row<'_>]) -> Result<()> {
    for chunk in index_chunks(objects) {
        values(
            head,
            chunk,
            |row, (key, object, _)| {
                row.push_bind(*key).push_bind(body(object));
            },
            "",
        )
        .persistent(false)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// Members that are not in the directory are passed over.
async fn add_members(connection: &mut SqliteConnection, groups: &[(&str, &[String])]) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO directory_members (group_key, member_key)
         SELECT g.key, member.key FROM json_each(?) w
         CROSS JOIN directory_objects g ON g.id = w.value ->> 0
         CROSS JOIN json_each(w.value, '$[1]') m
         CROSS JOIN directory_objects member ON member.id = m.value
         WHERE true
         ON CONFLICT DO NOTHING",
    )
    .bind(to_json(groups)?)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}

async fn remove_members(connection: &mut SqliteConnection, groups: &[(&str, &[String])]) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM directory_members WHERE (group_key, member_key) IN (
             SELECT g.key, member.key FROM json_each(?) w
             CROSS JOIN directory_objects g ON g.id = w.value ->> 0
             CROSS JOIN json_each(w.value, '$[1]') m
             CROSS JOIN directory_objects member ON member.id = m.value
         )",
    )
    .bind(to_json(groups)?)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}
