//! The built-in directory.

mod addresses;
mod list;
mod write;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::{ChangeId, ConfigurationId, ObjectKind};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use storage::directory::{
    DirectoryCounts, DirectoryFilter, DirectoryName, DirectoryObject, DirectoryWrite, DirectoryWritten,
};
use storage::{DirectoryStore, Page, PageRequest, Result};

use crate::bulk::list as json_list;
use crate::error::database;
use crate::fields::Fields;
use crate::open::SqliteStorage;
use crate::tx::Durability;

pub use write::write;

#[async_trait]
impl DirectoryStore for SqliteStorage {
    async fn write_directory(&self, writes: Vec<DirectoryWrite>) -> Result<Vec<DirectoryWritten>> {
        let mut tx = self.write(Durability::Full).await?;
        let written = write(&mut tx, &writes).await?;
        tx.commit().await?;
        Ok(written)
    }

    async fn try_directory(&self, writes: Vec<DirectoryWrite>) -> Result<Vec<DirectoryWritten>> {
        let mut tx = self.write(Durability::Process).await?;
        let written = write(&mut tx, &writes).await?;
        tx.roll_back().await?;
        Ok(written)
    }

    async fn directory_by_anchors(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<DirectoryObject>> {
        let rows = sqlx::query(
            "SELECT o.* FROM json_each(?) a
             CROSS JOIN directory_objects o ON o.kind = ? AND o.anchor = a.value",
        )
        .bind(json_list(anchors)?)
        .bind(kind.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_object).collect()
    }

    async fn directory_by_names(
        &self,
        kind: ObjectKind,
        name: DirectoryName,
        values: &[String],
    ) -> Result<Vec<DirectoryObject>> {
        list::by_names(&self.readers, kind, name, values).await
    }

    async fn directory_walk(&self, kind: ObjectKind, page: PageRequest) -> Result<Page<DirectoryObject>> {
        list::walk(&self.readers, kind, page).await
    }

    async fn directory_object(&self, id: &str) -> Result<Option<DirectoryObject>> {
        let row = sqlx::query("SELECT * FROM directory_objects WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_object).transpose()
    }

    async fn directory_objects(
        &self,
        filter: &DirectoryFilter,
        page: PageRequest,
    ) -> Result<Page<DirectoryObject>> {
        list::objects(&self.readers, filter, page).await
    }

    async fn directory_members(&self, group: &str, page: PageRequest) -> Result<Page<DirectoryObject>> {
        list::members(&self.readers, group, page).await
    }

    async fn directory_member_of(&self, object: &str, page: PageRequest) -> Result<Page<DirectoryObject>> {
        list::member_of(&self.readers, object, page).await
    }

    async fn directory_member_ids(&self, group: &str) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT member.id FROM directory_objects g
             CROSS JOIN directory_members m ON m.group_key = g.key
             CROSS JOIN directory_objects member ON member.key = m.member_key
             WHERE g.id = ?
             ORDER BY member.id",
        )
        .bind(group)
        .fetch_all(&self.readers)
        .await
        .map_err(database)
    }

    async fn directory_member_count(&self, group: &str) -> Result<u64> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM directory_members
             WHERE group_key = (SELECT key FROM directory_objects WHERE id = ?)",
        )
        .bind(group)
        .fetch_one(&self.readers)
        .await
        .map_err(database)?;
        Ok(count.unsigned_abs())
    }

    async fn directory_counts(&self) -> Result<DirectoryCounts> {
        let rows = sqlx::query("SELECT kind, count(*) AS objects FROM directory_objects GROUP BY kind")
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        let mut counts = DirectoryCounts::default();
        for row in &rows {
            let row = Fields::new(row, "object of the built-in directory");
            let objects = row.unsigned("objects")?;
            match row.word("kind")? {
                ObjectKind::User => counts.users = objects,
                ObjectKind::Group => counts.groups = objects,
                ObjectKind::Contact => counts.contacts = objects,
            }
        }
        Ok(counts)
    }
}

/// The objects that hold what writes were refused for.
pub async fn holders(
    connection: &mut SqliteConnection,
    outcomes: &[DirectoryWritten],
) -> Result<Vec<DirectoryObject>> {
    let ids: BTreeSet<&str> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            DirectoryWritten::Conflict { other_id, .. } => Some(other_id.as_str()),
            DirectoryWritten::Done | DirectoryWritten::NotFound => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query("SELECT * FROM directory_objects WHERE id IN (SELECT value FROM json_each(?))")
        .bind(json_list(ids)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(to_object).collect()
}

fn to_object(row: &SqliteRow) -> Result<DirectoryObject> {
    let row = Fields::new(row, "object of the built-in directory");
    Ok(DirectoryObject {
        id: row.text("id")?,
        kind: row.word("kind")?,
        anchor: row.text("anchor")?,
        display_name: row.text("display_name")?,
        user_principal_name: row.get("user_principal_name")?,
        mail: row.get("mail")?,
        account_enabled: row.get("account_enabled")?,
        attributes: row.attributes("attributes")?,
        configuration_id: ConfigurationId::new(row.uuid("configuration_id")?),
        change_id: ChangeId::new(row.uuid("change_id")?),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
