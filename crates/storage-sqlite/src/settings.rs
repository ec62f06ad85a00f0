//! Settings by key, and the check that the database takes data.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::sqlite::SqliteConnection;
use storage::{Result, SettingStore};

use crate::error::database;
use crate::fields::{Fields, to_json};
use crate::open::SqliteStorage;
use crate::tx::Durability;

#[async_trait]
impl SettingStore for SqliteStorage {
    async fn setting(&self, key: &str) -> Result<Option<Value>> {
        let row = sqlx::query("SELECT value FROM settings WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.map(|row| Fields::new(&row, "setting").json("value")).transpose()
    }

    async fn put_setting(&self, key: &str, value: &Value) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        put(&mut tx, key, value).await?;
        tx.commit().await
    }

    async fn check_storage(&self) -> Result<()> {
        let _: i64 = sqlx::query_scalar("SELECT checks FROM storage_checks WHERE id = 1")
            .fetch_one(&self.readers)
            .await
            .map_err(database)?;
        let mut tx = self.write(Durability::Process).await?;
        sqlx::query("UPDATE storage_checks SET checks = checks + 1 WHERE id = 1")
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await
    }
}

pub async fn put(connection: &mut SqliteConnection, key: &str, value: &Value) -> Result<()> {
    sqlx::query(
        "INSERT INTO settings (key, value) VALUES (?, ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(to_json(value)?)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(())
}
