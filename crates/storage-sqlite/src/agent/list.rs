//! Agents as they are listed and counted. States are told by the clock, in SQL as in `domain::agent::Heard`.

use domain::agent::{Agent, AgentState, BeatChannel, Heard, Patience};
use domain::enrolment::AgentAlarm;
use domain::{AgentId, DomainId, EnrolmentId, Time};
use serde::Deserialize;
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Sqlite};
use storage::agent::{AgentCounts, AgentFilter, StoredAgent};
use storage::{Page, PageRequest, Result, StorageError};

use super::keys::bytes;
use crate::error::database;
use crate::fields::{Fields, micros};
use crate::text::fold;

const COLUMNS: &str = "SELECT a.*, h.main_at, h.status_at, s.beat, s.readiness, s.address, s.protocol,
    (SELECT json_group_array(d.name ORDER BY d.name_key) FROM agent_domains m JOIN domains d ON d.id = m.domain_id
     WHERE m.agent = a.key) AS domains,
    (SELECT json_group_array(json_object('kind', l.kind, 'first', l.first_at, 'last', l.last_at, 'count', l.count,
        'address', l.address) ORDER BY l.last_at DESC) FROM agent_alarms l WHERE l.agent = a.key) AS alarms";

const TABLES: &str =
    "FROM agents a JOIN agent_heard h ON h.agent = a.key JOIN agent_said s ON s.agent = a.key";

/// Parameters 1 to 4: now, and how long an agent may be silent until it is inactive, degraded, hidden (microseconds).
const STATE: &str = "CASE
    WHEN a.retired_at IS NOT NULL THEN 'retired'
    WHEN h.main_at IS NULL AND h.status_at IS NULL THEN 'neverConnected'
    WHEN ?1 - max(coalesce(h.main_at, 0), coalesce(h.status_at, 0)) >= ?2 THEN 'inactive'
    WHEN coalesce(h.status_at, 0) > coalesce(h.main_at, 0) THEN 'statusOnly'
    WHEN ?1 - h.main_at > ?3 THEN 'degraded'
    ELSE 'active' END";

const SHOWN: &str = "(max(coalesce(h.main_at, 0), coalesce(h.status_at, 0), coalesce(a.retired_at, 0)) = 0
    OR ?1 - max(coalesce(h.main_at, 0), coalesce(h.status_at, 0), coalesce(a.retired_at, 0)) < ?4)";

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

fn timed<'q>(sql: String, now: Time, patience: Patience) -> Query<'q> {
    let span = |seconds: u32| i64::from(seconds) * 1_000_000;
    sqlx::query(AssertSqlSafe(sql))
        .bind(micros(now))
        .bind(span(patience.inactive_seconds))
        .bind(patience.allowance(BeatChannel::Main).num_microseconds().unwrap_or(i64::MAX))
        .bind(span(patience.hidden_seconds))
}

pub async fn one(readers: &SqlitePool, id: AgentId) -> Result<Option<StoredAgent>> {
    let row = sqlx::query(AssertSqlSafe(format!("{COLUMNS} {TABLES} WHERE a.id = ?")))
        .bind(id.uuid())
        .fetch_optional(readers)
        .await
        .map_err(database)?;
    row.as_ref().map(to_agent).transpose()
}

pub async fn list(
    readers: &SqlitePool,
    filter: &AgentFilter,
    page: PageRequest,
) -> Result<Page<StoredAgent>> {
    let limit = page.bounded_limit();
    let (name, id) = match &page.after {
        None => (String::new(), Vec::new()),
        Some(cursor) => cursor
            .split_once('.')
            .and_then(|(id, name)| Some((name.to_owned(), id.parse::<AgentId>().ok()?)))
            .map(|(name, id)| (name, id.uuid().as_bytes().to_vec()))
            .ok_or(StorageError::Stale { what: "page cursor" })?,
    };
    let mut sql = format!("{COLUMNS} {TABLES} WHERE (a.machine_key, a.id) > (?6, ?7)");
    if !filter.hidden {
        sql.push_str(" AND ");
        sql.push_str(SHOWN);
    }
    if filter.text.is_some() {
        sql.push_str(" AND instr(a.machine_key, ?8) > 0");
    }
    if !filter.states.is_empty() {
        sql.push_str(" AND ");
        sql.push_str(STATE);
        sql.push_str(" IN (SELECT value FROM json_each(?9))");
    }
    if filter.domain.is_some() {
        sql.push_str(
            " AND EXISTS (SELECT 1 FROM agent_domains m WHERE m.agent = a.key AND m.domain_id = ?10)",
        );
    }
    sql.push_str(" ORDER BY a.machine_key, a.id LIMIT ?5");
    let rows = timed(sql, filter.now, filter.patience)
        .bind(limit + 1)
        .bind(name)
        .bind(id)
        .bind(filter.text.as_deref().map(fold))
        .bind(crate::bulk::list(filter.states.iter().map(|state| state.as_str()))?)
        .bind(filter.domain.map(DomainId::uuid))
        .fetch_all(readers)
        .await
        .map_err(database)?;
    let found = rows.iter().map(to_agent).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(found, limit, |last| format!("{}.{}", last.agent.id, fold(&last.agent.machine))))
}

pub async fn counts(readers: &SqlitePool, now: Time, patience: Patience) -> Result<AgentCounts> {
    let mut tx = readers.begin().await.map_err(database)?;
    let heard = "FROM agents a JOIN agent_heard h ON h.agent = a.key";
    let sql = format!("SELECT {STATE} AS state, count(*) AS agents {heard} WHERE {SHOWN} GROUP BY 1");
    let rows = timed(sql, now, patience).fetch_all(&mut *tx).await.map_err(database)?;
    let states = rows
        .iter()
        .map(|row| {
            let row = Fields::new(row, "count of agents");
            Ok((row.word::<AgentState>("state")?, row.unsigned("agents")?))
        })
        .collect::<Result<Vec<_>>>()?;
    let sql = format!(
        "SELECT m.domain_id, {STATE} AS state, count(*) AS agents {heard} JOIN agent_domains m ON m.agent = a.key
         WHERE {SHOWN} GROUP BY 1, 2"
    );
    let rows = timed(sql, now, patience).fetch_all(&mut *tx).await.map_err(database)?;
    let domains = rows
        .iter()
        .map(|row| {
            let row = Fields::new(row, "count of agents");
            Ok((DomainId::new(row.uuid("domain_id")?), row.word("state")?, row.unsigned("agents")?))
        })
        .collect::<Result<Vec<_>>>()?;
    let alarmed: i64 = sqlx::query_scalar("SELECT count(DISTINCT agent) FROM agent_alarms")
        .fetch_one(&mut *tx)
        .await
        .map_err(database)?;
    Ok(AgentCounts { states, domains, alarmed: alarmed.unsigned_abs() })
}

#[derive(Deserialize)]
struct AlarmRow {
    kind: domain::enrolment::AgentAlarmKind,
    first: i64,
    last: i64,
    count: u64,
    address: String,
}

fn to_agent(row: &SqliteRow) -> Result<StoredAgent> {
    let row = Fields::new(row, "agent");
    let next: Option<&[u8]> = row.get("next_key")?;
    let protocol: Option<i64> = row.get("protocol")?;
    let moment = |micros| Time::from_timestamp_micros(micros).ok_or_else(|| row.corrupt("alarms", "no time"));
    let alarms: Vec<AlarmRow> = row.json("alarms")?;
    Ok(StoredAgent {
        agent: Agent {
            id: AgentId::new(row.uuid("id")?),
            machine: row.text("machine")?,
            public_key: bytes(row, "public_key")?,
            domains: row.json("domains")?,
            enrolled_at: row.time("enrolled_at")?,
            heard: Heard {
                main: row.time_or_null("main_at")?,
                status: row.time_or_null("status_at")?,
                retired: row.time_or_null("retired_at")?,
            },
            external_address: row.get("address")?,
            beat: row.json_or_null("beat")?,
            readiness: row.json_or_null("readiness")?.unwrap_or_default(),
            protocol: protocol.and_then(|protocol| u16::try_from(protocol).ok()),
        },
        enrolment: EnrolmentId::new(row.uuid("enrolment_id")?),
        next_key: next.map(|_| bytes(row, "next_key")).transpose()?,
        alarms: alarms
            .into_iter()
            .map(|alarm| {
                Ok(AgentAlarm {
                    kind: alarm.kind,
                    first_at: moment(alarm.first)?,
                    last_at: moment(alarm.last)?,
                    count: alarm.count,
                    address: alarm.address,
                })
            })
            .collect::<Result<_>>()?,
    })
}
