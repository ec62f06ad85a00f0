//! Links, escrows and intents: what planning reads, and the intents of operations on their way.

use async_trait::async_trait;
use domain::value::Attributes;
use domain::{ChangeId, ConfigurationId, Cursor, CycleId, LinkId, ObjectKind, Time};
use sqlx::sqlite::SqliteRow;
use storage::directory::DirectoryWrite;
use storage::link::{
    Escrow, Intent, Link, LinkState, Membership, PageCommit, PageOfWrites, Waiting, Written,
};
use storage::{LinkStore, Page, PageRequest, Result, StorageError};

use crate::bulk::{chunks, list, values};
use crate::changes;
use crate::configuration::key;
use crate::error::database;
use crate::escrows::{self, to_escrow};
use crate::fields::{Fields, micros};
use crate::open::SqliteStorage;
use crate::tx::Durability;
use crate::{directory, page_commit};

#[async_trait]
impl LinkStore for SqliteStorage {
    async fn links_of(
        &self,
        configuration: ConfigurationId,
        kind: ObjectKind,
        object_ids: &[String],
    ) -> Result<Vec<Link>> {
        let rows = sqlx::query(
            "SELECT l.* FROM json_each(?) o
             CROSS JOIN links l
             WHERE l.configuration = (SELECT key FROM configurations WHERE id = ?)
             AND l.kind = ?
             AND l.object_id = o.value",
        )
        .bind(list(object_ids)?)
        .bind(configuration.uuid())
        .bind(kind.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_link).collect()
    }

    async fn exported(&self, links: &[LinkId]) -> Result<Vec<(LinkId, Attributes)>> {
        let rows = sqlx::query(
            "SELECT e.link, e.attributes FROM json_each(?) l CROSS JOIN link_exports e ON e.link = l.value",
        )
        .bind(list(links)?)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter()
            .map(|row| {
                let row = Fields::new(row, "link");
                Ok((LinkId(row.get("link")?), row.attributes("attributes")?))
            })
            .collect()
    }

    async fn links_after(
        &self,
        configuration: ConfigurationId,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<Link>> {
        // The plus keeps the planner on the primary key: the order wanted is its order.
        let rows = sqlx::query(
            "SELECT * FROM links
             WHERE id > ? AND +configuration = (SELECT key FROM configurations WHERE id = ?)
             ORDER BY id
             LIMIT ?",
        )
        .bind(after.0)
        .bind(configuration.uuid())
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_link).collect()
    }

    async fn link_count(&self, configuration: ConfigurationId, state: LinkState) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(match state {
            LinkState::Leaving => {
                "SELECT count(*) FROM links INDEXED BY links_leaving
                 WHERE configuration = (SELECT key FROM configurations WHERE id = ?)
                 AND state = 'leaving' AND state = ?"
            }
            LinkState::Active | LinkState::Disabled => {
                "SELECT count(*) FROM links
                 WHERE configuration = (SELECT key FROM configurations WHERE id = ?) AND state = ?"
            }
        })
        .bind(configuration.uuid())
        .bind(state.as_str())
        .fetch_one(&self.readers)
        .await
        .map_err(database)?;
        Ok(count.unsigned_abs())
    }

    async fn link_counts(&self, configuration: ConfigurationId) -> Result<Vec<(ObjectKind, u64)>> {
        let rows = sqlx::query(
            "SELECT kind, count(*) AS links FROM links
             WHERE configuration = (SELECT key FROM configurations WHERE id = ?) AND state = ?
             GROUP BY kind",
        )
        .bind(configuration.uuid())
        .bind(LinkState::Active.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        let mut counts = rows
            .iter()
            .map(|row| {
                let row = Fields::new(row, "link");
                Ok((row.word("kind")?, row.unsigned("links")?))
            })
            .collect::<Result<Vec<_>>>()?;
        counts.sort_unstable();
        Ok(counts)
    }

    async fn link_members(&self, group: LinkId) -> Result<Vec<LinkId>> {
        let members: Vec<i64> = sqlx::query_scalar(
            "SELECT member_link FROM link_members WHERE group_link = ? ORDER BY member_link",
        )
        .bind(group.0)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        Ok(members.into_iter().map(LinkId).collect())
    }

    async fn links_by_name(&self, configuration: ConfigurationId, names: &[u64]) -> Result<Vec<(u64, Link)>> {
        let rows = sqlx::query(
            "SELECT l.* FROM json_each(?) n
             CROSS JOIN links l INDEXED BY links_by_name
             WHERE l.name_key = n.value
             AND l.configuration = (SELECT key FROM configurations WHERE id = ?)",
        )
        .bind(changes::digests(names)?)
        .bind(configuration.uuid())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(|row| with_key(row, "name_key")).collect()
    }

    async fn active_by_name(
        &self,
        configuration: ConfigurationId,
        names: &[u64],
    ) -> Result<Vec<(u64, LinkId)>> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT l.name_key, l.id FROM json_each(?) n
             CROSS JOIN links l INDEXED BY links_by_name
             WHERE l.name_key = n.value
             AND l.configuration = (SELECT key FROM configurations WHERE id = ?)
             AND l.state = 'active'",
        )
        .bind(changes::digests(names)?)
        .bind(configuration.uuid())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        Ok(rows.into_iter().map(|(key, link)| (key.cast_unsigned(), LinkId(link))).collect())
    }

    async fn active_after(
        &self,
        configuration: ConfigurationId,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<LinkId>> {
        let links: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM links
             WHERE state = 'active' AND +configuration = (SELECT key FROM configurations WHERE id = ?) AND id > ?
             ORDER BY id
             LIMIT ?",
        )
        .bind(configuration.uuid())
        .bind(after.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        Ok(links.into_iter().map(LinkId).collect())
    }

    async fn links_by_anchor(
        &self,
        configuration: ConfigurationId,
        anchors: &[u64],
    ) -> Result<Vec<(u64, Link)>> {
        let rows = sqlx::query(
            "SELECT l.* FROM json_each(?) a
             CROSS JOIN links l INDEXED BY links_by_anchor
             WHERE l.anchor_key = a.value
             AND l.configuration = (SELECT key FROM configurations WHERE id = ?)",
        )
        .bind(changes::digests(anchors)?)
        .bind(configuration.uuid())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(|row| with_key(row, "anchor_key")).collect()
    }

    async fn links_by_id(&self, links: &[LinkId]) -> Result<Vec<Link>> {
        let rows = sqlx::query("SELECT l.* FROM json_each(?) i CROSS JOIN links l ON l.id = i.value")
            .bind(list(links)?)
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_link).collect()
    }

    async fn referrers(&self, configuration: ConfigurationId, names: &[u64]) -> Result<Vec<Link>> {
        let rows = sqlx::query(
            "SELECT l.* FROM links l
             WHERE l.id IN (
                 SELECT r.link FROM json_each(?) n CROSS JOIN link_references r ON r.name_key = n.value
             )
             AND +l.configuration = (SELECT key FROM configurations WHERE id = ?)",
        )
        .bind(changes::digests(names)?)
        .bind(configuration.uuid())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_link).collect()
    }

    async fn memberships_of(&self, members: &[LinkId]) -> Result<Vec<Membership>> {
        changes::memberships_of(&self.readers, members).await
    }

    async fn members_among(&self, group: LinkId, members: &[LinkId]) -> Result<Vec<LinkId>> {
        changes::members_among(&self.readers, group, members).await
    }

    async fn leaving_members(
        &self,
        configuration: ConfigurationId,
        after: Option<Membership>,
        limit: u32,
    ) -> Result<Vec<Membership>> {
        changes::leaving_members(&self.readers, configuration, after, limit).await
    }

    async fn membership_count(&self, configuration: ConfigurationId) -> Result<u64> {
        changes::membership_count(&self.readers, configuration).await
    }

    async fn leaving_member_count(&self, configuration: ConfigurationId) -> Result<u64> {
        changes::leaving_member_count(&self.readers, configuration).await
    }

    async fn links_in_state(
        &self,
        configuration: ConfigurationId,
        state: LinkState,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<Link>> {
        // The state is written out where an index knows it: a parameter would hide it from the planner.
        let rows = sqlx::query(match state {
            LinkState::Leaving => {
                "SELECT * FROM links INDEXED BY links_leaving
                 WHERE state = 'leaving' AND state = ?
                 AND configuration = (SELECT key FROM configurations WHERE id = ?) AND id > ?
                 ORDER BY id
                 LIMIT ?"
            }
            LinkState::Active | LinkState::Disabled => {
                "SELECT * FROM links
                 WHERE state = ? AND +configuration = (SELECT key FROM configurations WHERE id = ?) AND id > ?
                 ORDER BY id
                 LIMIT ?"
            }
        })
        .bind(state.as_str())
        .bind(configuration.uuid())
        .bind(after.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_link).collect()
    }

    async fn due_escrows(
        &self,
        configuration: ConfigurationId,
        now: Time,
        limit: u32,
    ) -> Result<Vec<Escrow>> {
        let rows = sqlx::query(
            "SELECT * FROM escrows
             WHERE configuration = (SELECT key FROM configurations WHERE id = ?) AND next_attempt_at <= ?
             ORDER BY next_attempt_at, kind, object_id
             LIMIT ?",
        )
        .bind(configuration.uuid())
        .bind(micros(now))
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_escrow).collect()
    }

    async fn waiting(&self, configuration: ConfigurationId) -> Result<Waiting> {
        changes::waiting(&self.readers, configuration).await
    }

    async fn cursor(&self, configuration: ConfigurationId) -> Result<Option<Cursor>> {
        changes::cursor(&self.readers, configuration).await
    }

    async fn unsettled_names(&self, configuration: ConfigurationId) -> Result<Vec<u64>> {
        changes::unsettled_names(&self.readers, configuration).await
    }

    async fn put_cursor(&self, configuration: ConfigurationId, cursor: Option<Cursor>) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let key = key(&mut tx, configuration).await?;
        changes::put_cursor(&mut tx, key, cursor.as_ref()).await?;
        tx.commit().await
    }

    async fn forget_links(&self, configuration: ConfigurationId) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let key = key(&mut tx, configuration).await?;
        sqlx::query("DELETE FROM links WHERE configuration = ?")
            .bind(key)
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await
    }

    async fn target_ids(&self, links: &[LinkId]) -> Result<Vec<(LinkId, String)>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT l.id, l.target_id FROM json_each(?) i CROSS JOIN links l ON l.id = i.value",
        )
        .bind(list(links)?)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        Ok(rows.into_iter().map(|(id, target)| (LinkId(id), target)).collect())
    }

    async fn escrows_of(
        &self,
        configuration: ConfigurationId,
        kind: ObjectKind,
        object_ids: &[String],
    ) -> Result<Vec<Escrow>> {
        let rows = sqlx::query(
            "SELECT e.* FROM json_each(?) o
             CROSS JOIN escrows e
             WHERE e.configuration = (SELECT key FROM configurations WHERE id = ?)
             AND e.kind = ?
             AND e.object_id = o.value",
        )
        .bind(list(object_ids)?)
        .bind(configuration.uuid())
        .bind(kind.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_escrow).collect()
    }

    async fn escrow_count(&self, configuration: ConfigurationId) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM escrows WHERE configuration = (SELECT key FROM configurations WHERE id = ?)",
        )
        .bind(configuration.uuid())
        .fetch_one(&self.readers)
        .await
        .map_err(database)?;
        Ok(count.unsigned_abs())
    }

    async fn escrow_codes(&self, configuration: ConfigurationId) -> Result<Vec<(String, u64)>> {
        escrows::codes(&self.readers, configuration).await
    }

    async fn clear_escrows(
        &self,
        configuration: ConfigurationId,
        gone: &[(ObjectKind, String)],
    ) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut tx = self.write(Durability::Process).await?;
        let key = key(&mut tx, configuration).await?;
        page_commit::release(&mut tx, key, gone).await?;
        tx.commit().await
    }

    async fn escrow_page(&self, configuration: ConfigurationId, page: PageRequest) -> Result<Page<Escrow>> {
        escrows::page(&self.readers, configuration, page).await
    }

    async fn hasten_escrows(
        &self,
        configuration: ConfigurationId,
        objects: Option<&[(ObjectKind, String)]>,
        at: Time,
    ) -> Result<u64> {
        let mut tx = self.write(Durability::Full).await?;
        let key = key(&mut tx, configuration).await?;
        let hastened = escrows::hasten(&mut tx, key, objects, at).await?;
        tx.commit().await?;
        Ok(hastened)
    }

    async fn escrows(&self, configuration: ConfigurationId) -> Result<Vec<Escrow>> {
        let rows = sqlx::query(
            "SELECT * FROM escrows
             WHERE configuration = (SELECT key FROM configurations WHERE id = ?)
             ORDER BY object_id, kind",
        )
        .bind(configuration.uuid())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_escrow).collect()
    }

    async fn add_intents(&self, configuration: ConfigurationId, intents: &[Intent]) -> Result<()> {
        if intents.is_empty() {
            return Ok(());
        }
        let mut tx = self.write(Durability::Full).await?;
        let key = key(&mut tx, configuration).await?;
        for chunk in chunks(intents) {
            values(
                "INSERT INTO intents (change_id, configuration, cycle_id, payload, at) ",
                chunk,
                |row, intent| {
                    row.push_bind(intent.change_id.uuid())
                        .push_bind(key)
                        .push_bind(intent.cycle_id.uuid())
                        .push_bind(intent.payload.as_str())
                        .push_bind(micros(intent.at));
                },
                "",
            )
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        }
        tx.commit().await
    }

    async fn intents(&self, configuration: ConfigurationId) -> Result<Vec<Intent>> {
        let rows = sqlx::query(
            "SELECT * FROM intents
             WHERE configuration = (SELECT key FROM configurations WHERE id = ?)
             ORDER BY sequence",
        )
        .bind(configuration.uuid())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_intent).collect()
    }

    async fn commit_page(&self, configuration: ConfigurationId, page: PageCommit) -> Result<Vec<LinkId>> {
        let mut tx = self.write(Durability::Full).await?;
        let key = key(&mut tx, configuration).await?;
        let links = page_commit::carry_out(&mut tx, key, &page, !self.without_records).await?;
        tx.commit().await?;
        Ok(links)
    }

    async fn commit_with_writes(
        &self,
        configuration: ConfigurationId,
        writes: Vec<DirectoryWrite>,
        page: PageOfWrites<'_>,
    ) -> Result<Vec<LinkId>> {
        let mut tx = self.write(Durability::Full).await?;
        let key = key(&mut tx, configuration).await?;
        let outcomes = directory::write(&mut tx, &writes).await?;
        drop(writes);
        let holders = directory::holders(&mut tx, &outcomes).await?;
        let page = page(Written { outcomes, holders }).await.ok_or(StorageError::Stale { what: "page" })?;
        let links = page_commit::carry_out(&mut tx, key, &page, !self.without_records).await?;
        tx.commit().await?;
        Ok(links)
    }
}

fn to_link(row: &SqliteRow) -> Result<Link> {
    let row = Fields::new(row, "link");
    let fingerprint: i64 = row.get("fingerprint")?;
    Ok(Link {
        id: LinkId(row.get("id")?),
        kind: row.word("kind")?,
        object_id: row.text("object_id")?,
        anchor: row.text("anchor")?,
        source_dn: row.text("source_dn")?,
        display_name: row.text("display_name")?,
        target_id: row.text("target_id")?,
        state: row.word("state")?,
        fingerprint: fingerprint.cast_unsigned(),
    })
}

/// A link with the digest that it was looked up by.
fn with_key(row: &SqliteRow, column: &'static str) -> Result<(u64, Link)> {
    let key: i64 = Fields::new(row, "link").get(column)?;
    Ok((key.cast_unsigned(), to_link(row)?))
}

fn to_intent(row: &SqliteRow) -> Result<Intent> {
    let row = Fields::new(row, "intent");
    Ok(Intent {
        change_id: ChangeId::new(row.uuid("change_id")?),
        cycle_id: CycleId::new(row.uuid("cycle_id")?),
        payload: row.text("payload")?,
        at: row.time("at")?,
    })
}
