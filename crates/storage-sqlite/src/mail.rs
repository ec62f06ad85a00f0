//! The queue of messages.

use async_trait::async_trait;
use domain::mail::{Delivery, DeliveryState, Message};
use domain::{ConfigurationId, Time};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use storage::mail::{AttemptEnd, DeliveryFilter, Told};
use storage::{MailStore, Page, PageRequest, Result, StorageError};
use uuid::Uuid;

use crate::error::database;
use crate::fields::{Fields, micros, to_json};
use crate::open::SqliteStorage;
use crate::tx::{Durability, WriteTx};

const DELIVERY: &str = "SELECT delivery.*, message.event, message.subject, message.created_at
    FROM mail_deliveries delivery JOIN mail_messages message ON message.id = delivery.message";

#[async_trait]
impl MailStore for SqliteStorage {
    async fn tell(&self, told: Told) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        for message in &told.messages {
            add(&mut tx, message).await?;
        }
        for (name, value) in &told.marks {
            let query = match value {
                Some(value) => sqlx::query("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)")
                    .bind(name)
                    .bind(to_json(value)?),
                None => sqlx::query("DELETE FROM marks WHERE name = ?").bind(name),
            };
            query.execute(&mut *tx).await.map_err(database)?;
        }
        tx.commit().await
    }

    async fn marks(&self, prefix: &str) -> Result<Vec<(String, Value)>> {
        let rows = sqlx::query("SELECT name, value FROM marks WHERE instr(name, ?) = 1 ORDER BY name")
            .bind(prefix)
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        let mark = |row: &SqliteRow| {
            let row = Fields::new(row, "mark");
            Ok((row.text("name")?, row.json("value")?))
        };
        rows.iter().map(mark).collect()
    }

    async fn due_deliveries(&self, now: Time, limit: u32) -> Result<Vec<Delivery>> {
        let sql = format!(
            "{DELIVERY} WHERE delivery.state = 'waiting' AND delivery.next_attempt_at <= ?
             ORDER BY delivery.next_attempt_at, delivery.id LIMIT ?"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(micros(now))
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_delivery).collect()
    }

    async fn next_delivery(&self) -> Result<Option<Time>> {
        let row =
            sqlx::query("SELECT min(next_attempt_at) AS due FROM mail_deliveries WHERE state = 'waiting'")
                .fetch_one(&self.readers)
                .await
                .map_err(database)?;
        Fields::new(&row, "delivery").time_or_null("due")
    }

    async fn message(&self, id: Uuid) -> Result<Option<Message>> {
        let row = sqlx::query("SELECT * FROM mail_messages WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        let Some(row) = row else { return Ok(None) };
        let recipients =
            sqlx::query_scalar("SELECT recipient FROM mail_deliveries WHERE message = ? ORDER BY id")
                .bind(id)
                .fetch_all(&self.readers)
                .await
                .map_err(database)?;
        let row = Fields::new(&row, "message");
        let configuration: Option<Uuid> = row.get("configuration")?;
        Ok(Some(Message {
            id: row.uuid("id")?,
            event: row.word("event")?,
            configuration: configuration.map(ConfigurationId::new),
            created_at: row.time("created_at")?,
            subject: row.text("subject")?,
            text: row.text("text")?,
            html: row.text("html")?,
            recipients,
        }))
    }

    async fn begin_delivery(&self, id: i64) -> Result<bool> {
        let mut tx = self.write(Durability::Full).await?;
        let done = sqlx::query(
            "UPDATE mail_deliveries SET state = 'sending', attempts = attempts + 1
             WHERE id = ? AND state = 'waiting'",
        )
        .bind(id)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    async fn end_delivery(&self, id: i64, end: AttemptEnd) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let done = sqlx::query(
            "UPDATE mail_deliveries SET state = ?, next_attempt_at = ?, ended_at = ?, answer = ?,
                 uncertain = max(uncertain, ?)
             WHERE id = ? AND state = 'sending'",
        )
        .bind(end.state.as_str())
        .bind(end.next_attempt_at.map(micros))
        .bind(end.state.is_final().then(|| micros(end.at)))
        .bind(&end.answer)
        .bind(end.uncertain)
        .bind(id)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        if done.rows_affected() == 0 {
            return Err(StorageError::Stale { what: "delivery" });
        }
        tx.commit().await
    }

    async fn interrupt_deliveries(&self, at: Time, answer: &str) -> Result<u64> {
        let mut tx = self.write(Durability::Full).await?;
        let done = sqlx::query(
            "UPDATE mail_deliveries SET state = 'waiting', next_attempt_at = ?, answer = ?, uncertain = 1
             WHERE state = 'sending'",
        )
        .bind(micros(at))
        .bind(answer)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    async fn deliveries(&self, filter: &DeliveryFilter, page: PageRequest) -> Result<Page<Delivery>> {
        let limit = page.bounded_limit();
        let before: i64 = match &page.after {
            Some(cursor) => cursor.parse().map_err(|_| StorageError::Stale { what: "page cursor" })?,
            None => i64::MAX,
        };
        let mut query = QueryBuilder::<Sqlite>::new(DELIVERY);
        query.push(" WHERE delivery.id < ").push_bind(before);
        if let Some(state) = filter.state {
            query.push(" AND delivery.state = ").push_bind(state.as_str());
        }
        if let Some(text) = &filter.text {
            let text = text.to_ascii_lowercase();
            query.push(" AND (instr(lower(delivery.recipient), ").push_bind(text.clone());
            query.push(") > 0 OR instr(lower(message.subject), ").push_bind(text).push(") > 0)");
        }
        query.push(" ORDER BY delivery.id DESC LIMIT ").push_bind(limit + 1);
        let rows = query.build().fetch_all(&self.readers).await.map_err(database)?;
        let found = rows.iter().map(to_delivery).collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(found, limit, |delivery| delivery.id.to_string()))
    }

    async fn expire_mail(&self, before: Time, limit: u32) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let done = sqlx::query(
            "DELETE FROM mail_messages WHERE id IN (
                 SELECT id FROM mail_messages message WHERE created_at < ? AND NOT EXISTS (
                     SELECT 1 FROM mail_deliveries delivery
                     WHERE delivery.message = message.id AND delivery.state IN ('waiting', 'sending'))
                 LIMIT ?)",
        )
        .bind(micros(before))
        .bind(limit)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

pub async fn add(tx: &mut WriteTx, message: &Message) -> Result<()> {
    sqlx::query(
        "INSERT INTO mail_messages (id, event, configuration, created_at, subject, text, html)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(message.id)
    .bind(message.event.as_str())
    .bind(message.configuration.map(ConfigurationId::uuid))
    .bind(micros(message.created_at))
    .bind(&message.subject)
    .bind(&message.text)
    .bind(&message.html)
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    for recipient in &message.recipients {
        sqlx::query(
            "INSERT OR IGNORE INTO mail_deliveries (message, recipient, state, next_attempt_at) VALUES (?, ?, ?, ?)",
        )
        .bind(message.id)
        .bind(recipient)
        .bind(DeliveryState::Waiting.as_str())
        .bind(micros(message.created_at))
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    }
    Ok(())
}

fn to_delivery(row: &SqliteRow) -> Result<Delivery> {
    let row = Fields::new(row, "delivery");
    Ok(Delivery {
        id: row.get("id")?,
        message: row.uuid("message")?,
        event: row.word("event")?,
        subject: row.text("subject")?,
        recipient: row.text("recipient")?,
        created_at: row.time("created_at")?,
        state: row.word("state")?,
        attempts: row.small("attempts")?,
        next_attempt_at: row.time_or_null("next_attempt_at")?,
        ended_at: row.time_or_null("ended_at")?,
        answer: row.get("answer")?,
        uncertain: row.get("uncertain")?,
    })
}
