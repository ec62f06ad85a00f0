//! Browser sessions.

use async_trait::async_trait;
use domain::Time;
use storage::{Result, SessionStore};

use crate::error::database;
use crate::fields::micros;
use crate::open::SqliteStorage;
use crate::tx::Durability;

#[async_trait]
impl SessionStore for SqliteStorage {
    async fn add_session(&self, id: &str, data: &str, expires_at: Time) -> Result<bool> {
        let mut tx = self.write(Durability::Process).await?;
        let added = sqlx::query(
            "INSERT INTO sessions (id, data, expires_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(data)
        .bind(micros(expires_at))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    async fn put_session(&self, id: &str, data: &str, expires_at: Time) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        sqlx::query(
            "INSERT INTO sessions (id, data, expires_at) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
        )
        .bind(id)
        .bind(data)
        .bind(micros(expires_at))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    async fn session(&self, id: &str, now: Time) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT data FROM sessions WHERE id = ? AND expires_at > ?")
            .bind(id)
            .bind(micros(now))
            .fetch_optional(&self.readers)
            .await
            .map_err(database)
    }

    async fn delete_session(&self, id: &str) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        sqlx::query("DELETE FROM sessions WHERE id = ?")
            .bind(id)
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await
    }

    async fn expire_sessions(&self, now: Time) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let gone = sqlx::query("DELETE FROM sessions WHERE expires_at <= ?")
            .bind(micros(now))
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}
