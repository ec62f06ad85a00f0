//! Alerts and their history.

use async_trait::async_trait;
use domain::alert::{Alert, AlertEvent, AlertEventKind, AlertSeverity, AlertState, Subject, Wording};
use domain::{AlertId, ConfigurationId, Time};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use storage::alert::{AlertChanges, AlertCount, AlertFilter, AlertHistory, AlertWrite};
use storage::audit::NewAudit;
use storage::{AlertStore, Page, PageRequest, Result, StorageError};
use uuid::Uuid;

use crate::error::database;
use crate::fields::{Fields, micros, to_json};
use crate::open::SqliteStorage;
use crate::tx::{Durability, WriteTx};
use crate::{audit, mail};

/// Alerts that one look compares with.
const WATCHED: u32 = 10_000;

#[async_trait]
impl AlertStore for SqliteStorage {
    async fn watched_alerts(&self, ended_after: Time) -> Result<Vec<Alert>> {
        let rows = sqlx::query(
            "SELECT * FROM alerts WHERE state <> 'resolved'
             UNION ALL
             SELECT * FROM alerts WHERE state = 'resolved' AND resolved_at > ?
             LIMIT ?",
        )
        .bind(micros(ended_after))
        .bind(WATCHED)
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        rows.iter().map(to_alert).collect()
    }

    async fn change_alerts(&self, changes: AlertChanges) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        for (write, told) in &changes.writes {
            apply(&mut tx, changes.at, write, told).await?;
        }
        for message in &changes.messages {
            mail::add(&mut tx, message).await?;
        }
        tx.commit().await
    }

    async fn alerts(&self, filter: &AlertFilter, page: PageRequest) -> Result<Page<Alert>> {
        let limit = page.bounded_limit();
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM alerts WHERE 1");
        if let Some(cursor) = &page.after {
            let (at, id) = parse_cursor(cursor)?;
            query.push(" AND (opened_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        }
        narrow(&mut query, filter);
        query.push(" ORDER BY opened_at DESC, id DESC LIMIT ").push_bind(limit + 1);
        let rows = query.build().fetch_all(&self.readers).await.map_err(database)?;
        let found = rows.iter().map(to_alert).collect::<Result<Vec<_>>>()?;
        let cursor = |alert: &Alert| format!("{}.{}", micros(alert.opened_at), alert.id.uuid().as_simple());
        Ok(Page::from_rows(found, limit, cursor))
    }

    async fn alert(&self, id: AlertId) -> Result<Option<AlertHistory>> {
        let mut tx = self.readers.begin().await.map_err(database)?;
        let row = sqlx::query("SELECT * FROM alerts WHERE id = ?")
            .bind(id.uuid())
            .fetch_optional(&mut *tx)
            .await
            .map_err(database)?;
        let Some(row) = row else { return Ok(None) };
        let events = sqlx::query("SELECT * FROM alert_events WHERE alert = ? ORDER BY id")
            .bind(id.uuid())
            .fetch_all(&mut *tx)
            .await
            .map_err(database)?;
        let events = events.iter().map(to_event).collect::<Result<_>>()?;
        Ok(Some(AlertHistory { alert: to_alert(&row)?, events }))
    }

    async fn acknowledge_alert(
        &self,
        id: AlertId,
        at: Time,
        by: &str,
        note: Option<&str>,
        entry: NewAudit,
    ) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let done = sqlx::query(
            "UPDATE alerts SET state = ?, acknowledged_at = ?, acknowledged_by = ? WHERE id = ? AND state = ?",
        )
        .bind(AlertState::Acknowledged.as_str())
        .bind(micros(at))
        .bind(by)
        .bind(id.uuid())
        .bind(AlertState::Open.as_str())
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        if done.rows_affected() == 0 {
            return Err(StorageError::Stale { what: "alert" });
        }
        let event = AlertEvent {
            at,
            kind: AlertEventKind::Acknowledged,
            by: Some(by.to_owned()),
            note: note.map(str::to_owned),
            told: Vec::new(),
        };
        add_event(&mut tx, id, &event).await?;
        audit::append(&mut tx, &entry).await?;
        tx.commit().await
    }

    async fn alert_counts(&self) -> Result<Vec<AlertCount>> {
        let rows = sqlx::query(
            "SELECT kind, severity, state, count(*) AS count FROM alerts WHERE state <> 'resolved'
             GROUP BY kind, severity, state",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(database)?;
        let count = |row: &SqliteRow| {
            let row = Fields::new(row, "alert");
            Ok(AlertCount {
                kind: row.word("kind")?,
                severity: row.word("severity")?,
                state: row.word("state")?,
                count: row.unsigned("count")?,
            })
        };
        rows.iter().map(count).collect()
    }

    async fn expire_alerts(&self, before: Time, limit: u32) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let done = sqlx::query(
            "DELETE FROM alerts WHERE id IN (
                 SELECT id FROM alerts WHERE state = 'resolved' AND resolved_at < ?
                 ORDER BY resolved_at LIMIT ?)",
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

async fn apply(tx: &mut WriteTx, at: Time, write: &AlertWrite, told: &[String]) -> Result<()> {
    let (id, event, note) = match write {
        AlertWrite::Open(alert) => {
            open(tx, alert).await?;
            (alert.id, AlertEventKind::Opened, None)
        }
        AlertWrite::Reopen { id, subject, since, wording } => {
            let done = sqlx::query(
                "UPDATE alerts SET state = 'open', subject_name = ?, since = ?, opened_at = ?,
                     openings = openings + 1, acknowledged_at = NULL, acknowledged_by = NULL, resolved_at = NULL,
                     title = ?, text = ?, advice = ?, path = ?
                 WHERE id = ? AND state = 'resolved'",
            )
            .bind(&subject.name)
            .bind(micros(*since))
            .bind(micros(at))
            .bind(&wording.title)
            .bind(&wording.text)
            .bind(&wording.advice)
            .bind(&wording.path)
            .bind(id.uuid())
            .execute(&mut **tx)
            .await
            .map_err(database)?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
            (*id, AlertEventKind::Reopened, None)
        }
        AlertWrite::Resolve { id, note } => {
            let done = sqlx::query(
                "UPDATE alerts SET state = 'resolved', resolved_at = ? WHERE id = ? AND state <> 'resolved'",
            )
            .bind(micros(at))
            .bind(id.uuid())
            .execute(&mut **tx)
            .await
            .map_err(database)?;
            if done.rows_affected() == 0 {
                return Ok(());
            }
            (*id, AlertEventKind::Resolved, note.clone())
        }
        AlertWrite::Reword { id, subject, wording } => {
            sqlx::query(
                "UPDATE alerts SET subject_name = ?, title = ?, text = ?, advice = ?, path = ? WHERE id = ?",
            )
            .bind(&subject.name)
            .bind(&wording.title)
            .bind(&wording.text)
            .bind(&wording.advice)
            .bind(&wording.path)
            .bind(id.uuid())
            .execute(&mut **tx)
            .await
            .map_err(database)?;
            return Ok(());
        }
    };
    add_event(tx, id, &AlertEvent { at, kind: event, by: None, note, told: told.to_vec() }).await
}

async fn open(tx: &mut WriteTx, alert: &Alert) -> Result<()> {
    sqlx::query(
        "INSERT INTO alerts (id, kind, severity, state, subject_kind, subject_id, subject_name, configuration_id,
             since, opened_at, openings, acknowledged_at, acknowledged_by, resolved_at, title, text, advice, path)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(alert.id.uuid())
    .bind(alert.kind.as_str())
    .bind(alert.severity.as_str())
    .bind(alert.state.as_str())
    .bind(alert.subject.kind.as_str())
    .bind(&alert.subject.id)
    .bind(&alert.subject.name)
    .bind(alert.configuration.map(ConfigurationId::uuid))
    .bind(micros(alert.since))
    .bind(micros(alert.opened_at))
    .bind(alert.openings)
    .bind(alert.acknowledged_at.map(micros))
    .bind(&alert.acknowledged_by)
    .bind(alert.resolved_at.map(micros))
    .bind(&alert.wording.title)
    .bind(&alert.wording.text)
    .bind(&alert.wording.advice)
    .bind(&alert.wording.path)
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    Ok(())
}

async fn add_event(tx: &mut WriteTx, alert: AlertId, event: &AlertEvent) -> Result<()> {
    sqlx::query("INSERT INTO alert_events (alert, at, kind, actor, note, told) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(alert.uuid())
        .bind(micros(event.at))
        .bind(event.kind.as_str())
        .bind(&event.by)
        .bind(&event.note)
        .bind(to_json(&event.told)?)
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    Ok(())
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AlertFilter) {
    if !filter.states.is_empty() {
        query.push(" AND state IN (");
        let mut list = query.separated(", ");
        for state in &filter.states {
            list.push_bind(state.as_str());
        }
        query.push(")");
    }
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").push_bind(kind.as_str());
    }
    if let Some(severity) = filter.severity {
        query.push(" AND severity = ").push_bind(AlertSeverity::as_str(severity));
    }
    if let Some(configuration) = filter.configuration {
        query.push(" AND configuration_id = ").push_bind(configuration.uuid());
    }
    if let Some(text) = &filter.text {
        let text = text.to_ascii_lowercase();
        query.push(" AND (instr(lower(title), ").push_bind(text.clone());
        query.push(") > 0 OR instr(lower(subject_name), ").push_bind(text).push(") > 0)");
    }
}

fn parse_cursor(cursor: &str) -> Result<(i64, Uuid)> {
    let parts = cursor.split_once('.');
    let parts = parts.and_then(|(at, id)| Some((at.parse().ok()?, Uuid::parse_str(id).ok()?)));
    parts.ok_or(StorageError::Stale { what: "page cursor" })
}

fn to_alert(row: &SqliteRow) -> Result<Alert> {
    let row = Fields::new(row, "alert");
    let configuration: Option<Uuid> = row.get("configuration_id")?;
    Ok(Alert {
        id: AlertId::new(row.uuid("id")?),
        kind: row.word("kind")?,
        severity: row.word("severity")?,
        state: row.word("state")?,
        subject: Subject {
            kind: row.word("subject_kind")?,
            id: row.text("subject_id")?,
            name: row.text("subject_name")?,
        },
        configuration: configuration.map(ConfigurationId::new),
        since: row.time("since")?,
        opened_at: row.time("opened_at")?,
        openings: row.small("openings")?,
        acknowledged_at: row.time_or_null("acknowledged_at")?,
        acknowledged_by: row.get("acknowledged_by")?,
        resolved_at: row.time_or_null("resolved_at")?,
        wording: Wording {
            title: row.text("title")?,
            text: row.text("text")?,
            advice: row.text("advice")?,
            path: row.text("path")?,
        },
    })
}

fn to_event(row: &SqliteRow) -> Result<AlertEvent> {
    let row = Fields::new(row, "alert event");
    Ok(AlertEvent {
        at: row.time("at")?,
        kind: row.word("kind")?,
        by: row.get("actor")?,
        note: row.get("note")?,
        told: row.json("told")?,
    })
}
