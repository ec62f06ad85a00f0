//! What the last look through all directories found.

use async_trait::async_trait;
use domain::readiness::{Check, Finding, ObjectFinding, ReadinessScan};
use domain::unmatched::ScanState;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use storage::readiness::{FindingCounts, FindingFilter};
use storage::{Page, PageRequest, ReadinessStore, Result, StorageError};

use crate::bulk::{chunks, list, values};
use crate::error::database;
use crate::fields::{Fields, to_json};
use crate::open::SqliteStorage;
use crate::text::{fold, words};
use crate::tx::Durability;

const WHAT: &str = "readiness scan";

#[async_trait]
impl ReadinessStore for SqliteStorage {
    async fn begin_readiness(&self, scan: &ReadinessScan) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let begun = sqlx::query(
            "INSERT INTO readiness_scan (id, state, scan) VALUES (1, ?, ?)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, scan = excluded.scan WHERE state <> 'running'",
        )
        .bind(scan.state.as_str())
        .bind(to_json(scan)?)
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        if begun.rows_affected() == 0 {
            return Err(StorageError::Duplicate { what: WHAT });
        }
        sqlx::query("DELETE FROM readiness_findings").execute(&mut *tx).await.map_err(database)?;
        tx.commit().await
    }

    async fn advance_readiness(&self, scan: &ReadinessScan, found: &[ObjectFinding]) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let noted = sqlx::query("UPDATE readiness_scan SET state = ?, scan = ? WHERE state = 'running'")
            .bind(scan.state.as_str())
            .bind(to_json(scan)?)
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        if noted.rows_affected() == 0 {
            return Err(StorageError::Stale { what: WHAT });
        }
        add(&mut tx, found).await?;
        tx.commit().await
    }

    async fn readiness_scan(&self) -> Result<Option<ReadinessScan>> {
        let row = sqlx::query("SELECT scan FROM readiness_scan")
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.map(|row| Fields::new(&row, WHAT).json("scan")).transpose()
    }

    async fn findings(
        &self,
        filter: &FindingFilter,
        last_first: bool,
        page: PageRequest,
    ) -> Result<Page<ObjectFinding>> {
        let limit = page.bounded_limit();
        let parsed = page.after.as_ref().map(|cursor| cursor.parse::<i64>()).transpose();
        let cursor = parsed.map_err(|_| StorageError::Stale { what: "page cursor" })?;
        let wanted = filter.text.as_deref().map(words).unwrap_or_default();
        let condition = "(?2 IS NULL OR instr(checks, ?2) > 0)
             AND (?3 IS NULL OR attribute = ?3)
             AND (?4 IS NULL OR domain = ?4)
             AND (?5 = 0 OR suggestion IS NOT NULL)
             AND NOT EXISTS (SELECT 1 FROM json_each(?6) w WHERE instr(search, w.value) = 0)";
        let sql = if last_first {
            format!(
                "SELECT * FROM readiness_findings WHERE number < ?1 AND {condition} ORDER BY number DESC LIMIT ?7"
            )
        } else {
            format!(
                "SELECT * FROM readiness_findings WHERE number > ?1 AND {condition} ORDER BY number LIMIT ?7"
            )
        };
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(cursor.unwrap_or(if last_first { i64::MAX } else { 0 }))
            .bind(filter.check.map(|check| format!(" {check} ")))
            .bind(filter.attribute.as_deref())
            .bind(filter.domain.as_deref())
            .bind(filter.suggested)
            .bind(list(wanted)?)
            .bind(limit + 1)
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        let found = rows.iter().map(to_finding).collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(found, limit, |(number, _)| number.to_string()).map(|(_, finding)| finding))
    }

    async fn interrupt_readiness(&self) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        sqlx::query(
            "UPDATE readiness_scan SET state = ?1, scan = json_set(scan, '$.state', ?1) WHERE state = 'running'",
        )
        .bind(ScanState::Interrupted.as_str())
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await
    }

    async fn finding_counts(&self) -> Result<FindingCounts> {
        let rows =
            sqlx::query("SELECT attribute, checks, count(*) AS found FROM readiness_findings GROUP BY 1, 2")
                .fetch_all(&self.readers)
                .await
                .map_err(database)?;
        let mut counts = FindingCounts::default();
        for row in &rows {
            let row = Fields::new(row, "readiness finding");
            let count = row.unsigned("found")?;
            note(&mut counts.attributes, row.text("attribute")?, count);
            for check in to_checks(&row)? {
                note(&mut counts.checks, check, count);
            }
        }
        counts.checks.sort_by_key(|(check, count)| (std::cmp::Reverse(*count), *check));
        counts.attributes.sort_by(|(one, few), (other, many)| many.cmp(few).then_with(|| one.cmp(other)));
        Ok(counts)
    }
}

fn note<T: PartialEq>(counts: &mut Vec<(T, u64)>, value: T, count: u64) {
    match counts.iter_mut().find(|(known, _)| *known == value) {
        Some((_, known)) => *known += count,
        None => counts.push((value, count)),
    }
}

async fn add(connection: &mut SqliteConnection, found: &[ObjectFinding]) -> Result<()> {
    for chunk in chunks(found) {
        values(
            "INSERT INTO readiness_findings (domain, object_id, kind, display_name, dn, attribute, checks, value, \
             suggestion, search) ",
            chunk,
            |row, found| {
                let checks: Vec<_> = found.finding.checks.iter().map(|check| check.as_str()).collect();
                row.push_bind(found.domain.as_str())
                    .push_bind(found.object_id.as_str())
                    .push_bind(found.kind.as_str())
                    .push_bind(found.display_name.as_str())
                    .push_bind(found.dn.as_str())
                    .push_bind(found.finding.attribute.as_str())
                    .push_bind(format!(" {} ", checks.join(" ")))
                    .push_bind(found.finding.value.as_str())
                    .push_bind(found.finding.suggestion.as_deref())
                    .push_bind(search_text(found));
            },
            "",
        )
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    }
    Ok(())
}

/// What a search looks through.
fn search_text(found: &ObjectFinding) -> String {
    fold(&[&*found.display_name, &found.dn, &found.object_id, &found.finding.value].join("\n"))
}

fn to_checks(row: &Fields<'_>) -> Result<Vec<Check>> {
    let text = row.text("checks")?;
    text.split_whitespace().map(|word| word.parse().map_err(|error| row.corrupt("checks", error))).collect()
}

fn to_finding(row: &SqliteRow) -> Result<(i64, ObjectFinding)> {
    let row = Fields::new(row, "readiness finding");
    let found = ObjectFinding {
        domain: row.text("domain")?,
        object_id: row.text("object_id")?,
        kind: row.word("kind")?,
        display_name: row.text("display_name")?,
        dn: row.text("dn")?,
        finding: Finding {
            attribute: row.text("attribute")?,
            checks: to_checks(&row)?,
            value: row.text("value")?,
            suggestion: row.get("suggestion")?,
        },
    };
    Ok((row.get("number")?, found))
}
