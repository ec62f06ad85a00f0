//! Tokens that let agents in.

use domain::enrolment::Enrolment;
use domain::{AgentId, DomainId, EnrolmentId, Time};
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use storage::agent::{Enrolled, NewAgent};
use storage::audit::NewAudit;
use storage::{Page, PageRequest, Result, StorageError};

use crate::audit;
use crate::configuration::found;
use crate::error::database;
use crate::fields::{Fields, micros, to_json};
use crate::text::fold;
use crate::tx::WriteTx;

/// A token with the names of its domains; domains that were deleted meanwhile are left out.
const SELECT: &str = "SELECT e.*, (
        SELECT json_group_array(d.name ORDER BY d.name_key) FROM json_each(e.domains) j
        JOIN domains d ON d.id = unhex(j.value)
    ) AS names
    FROM enrolments e";

pub async fn add(
    tx: &mut WriteTx,
    enrolment: &Enrolment,
    hash: &[u8; 32],
    domains: &[DomainId],
    audit: &NewAudit,
) -> Result<()> {
    let ids = hexadecimal(domains)?;
    let known: i64 =
        sqlx::query_scalar("SELECT count(*) FROM json_each(?) j JOIN domains d ON d.id = unhex(j.value)")
            .bind(&ids)
            .fetch_one(&mut **tx)
            .await
            .map_err(database)?;
    if usize::try_from(known).ok() != Some(domains.len()) {
        return Err(StorageError::Stale { what: "domain" });
    }
    sqlx::query(
        "INSERT INTO enrolments (id, hash, created_at, created_by, expires_at, domains) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(enrolment.id.uuid())
    .bind(&hash[..])
    .bind(micros(enrolment.created_at))
    .bind(&enrolment.created_by)
    .bind(micros(enrolment.expires_at))
    .bind(ids)
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    audit::append(tx, audit).await
}

pub fn hexadecimal(domains: &[DomainId]) -> Result<String> {
    let ids: Vec<String> = domains.iter().map(|id| id.uuid().as_simple().to_string()).collect();
    to_json(&ids)
}

pub async fn list(readers: &SqlitePool, page: PageRequest) -> Result<Page<Enrolment>> {
    let limit = page.bounded_limit();
    let (at, id) = match &page.after {
        None => (i64::MAX, [0xff; 16].to_vec()),
        Some(cursor) => cursor
            .split_once('.')
            .and_then(|(at, id)| Some((at.parse().ok()?, id.parse::<EnrolmentId>().ok()?)))
            .map(|(at, id)| (at, id.uuid().as_bytes().to_vec()))
            .ok_or(StorageError::Stale { what: "page cursor" })?,
    };
    let sql =
        format!("{SELECT} WHERE (e.created_at, e.id) < (?, ?) ORDER BY e.created_at DESC, e.id DESC LIMIT ?");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(at)
        .bind(id)
        .bind(limit + 1)
        .fetch_all(readers)
        .await
        .map_err(database)?;
    let found = rows.iter().map(to_enrolment).collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(found, limit, |last| format!("{}.{}", micros(last.created_at), last.id)))
}

pub async fn one(readers: &SqlitePool, id: EnrolmentId) -> Result<Option<Enrolment>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} WHERE e.id = ?")))
        .bind(id.uuid())
        .fetch_optional(readers)
        .await
        .map_err(database)?;
    row.as_ref().map(to_enrolment).transpose()
}

pub async fn withdraw(tx: &mut WriteTx, id: EnrolmentId, at: Time, audit: &NewAudit) -> Result<()> {
    let withdrawn = sqlx::query(
        "UPDATE enrolments SET withdrawn_at = ? WHERE id = ? AND used_at IS NULL AND withdrawn_at IS NULL",
    )
    .bind(micros(at))
    .bind(id.uuid())
    .execute(&mut **tx)
    .await
    .map_err(database)?;
    found(withdrawn.rows_affected(), "enrolment token")?;
    audit::append(tx, audit).await
}

pub async fn enrol(
    tx: &mut WriteTx,
    hash: &[u8; 32],
    agent: &NewAgent,
    audit: &NewAudit,
) -> Result<Enrolled> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{SELECT} WHERE e.hash = ?")))
        .bind(&hash[..])
        .fetch_optional(&mut **tx)
        .await
        .map_err(database)?;
    let Some(row) = row else { return Ok(Enrolled::Refused) };
    let token = to_enrolment(&row)?;
    if let Some(agent) = token.agent_id {
        return Ok(Enrolled::UsedBefore { agent });
    }
    if token.state(agent.at) != domain::enrolment::EnrolmentState::Open {
        return Ok(Enrolled::Refused);
    }
    let key: i64 = sqlx::query_scalar(
        "INSERT INTO agents (id, machine, machine_key, public_key, enrolment_id, enrolled_at)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING key",
    )
    .bind(agent.id.uuid())
    .bind(&agent.machine)
    .bind(fold(&agent.machine))
    .bind(&agent.public_key[..])
    .bind(token.id.uuid())
    .bind(micros(agent.at))
    .fetch_one(&mut **tx)
    .await
    .map_err(database)?;
    let domains: String = Fields::new(&row, "enrolment token").text("domains")?;
    assign(tx, key, &domains).await?;
    sqlx::query("INSERT INTO agent_heard (agent) VALUES (?)")
        .bind(key)
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    sqlx::query("INSERT INTO agent_said (agent, address, protocol) VALUES (?, ?, ?)")
        .bind(key)
        .bind(&agent.address)
        .bind(i64::from(agent.protocol))
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    sqlx::query("UPDATE enrolments SET used_at = ?, agent_id = ? WHERE id = ?")
        .bind(micros(agent.at))
        .bind(agent.id.uuid())
        .bind(token.id.uuid())
        .execute(&mut **tx)
        .await
        .map_err(database)?;
    audit::append(tx, audit).await?;
    Ok(Enrolled::Done { domains: token.domains })
}

/// Gives an agent these domains, ids as [`hexadecimal`] writes them; those that are not there are left out.
pub async fn assign(connection: &mut SqliteConnection, agent: i64, domains: &str) -> Result<u64> {
    let assigned = sqlx::query(
        "INSERT INTO agent_domains (agent, domain_id)
         SELECT ?, d.id FROM json_each(?) j JOIN domains d ON d.id = unhex(j.value)",
    )
    .bind(agent)
    .bind(domains)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(assigned.rows_affected())
}

fn to_enrolment(row: &SqliteRow) -> Result<Enrolment> {
    let row = Fields::new(row, "enrolment token");
    let agent: Option<uuid::Uuid> = row.get("agent_id")?;
    Ok(Enrolment {
        id: EnrolmentId::new(row.uuid("id")?),
        created_at: row.time("created_at")?,
        created_by: row.text("created_by")?,
        expires_at: row.time("expires_at")?,
        domains: row.json("names")?,
        used_at: row.time_or_null("used_at")?,
        agent_id: agent.map(AgentId::new),
        withdrawn_at: row.time_or_null("withdrawn_at")?,
    })
}
