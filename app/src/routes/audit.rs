//! The audit log: list, one entry, the check of its integrity, downloads.

use axum::extract::{Path, RawQuery};
use axum::response::Response;
use domain::csv;
use serde_json::json;
use service::{AuditFilter, PageRequest, ServiceError, StoredAudit};

use super::{
    Answer, Reader,
    csv::{Format, Read, download_as, rfc3339},
};
use crate::{
    pages,
    view::{AuditDetail, AuditList, AuditQuery, query},
};

const ROWS: u32 = 50;

pub async fn list(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = AuditQuery::parse(&query::parse(&text.unwrap_or_default()));
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let (service, who) = (&reader.service, &reader.principal);
    let found = service.audit(who, &wanted(&reader, &filter), page).await.map_err(|e| reader.failed(&e))?;
    let integrity = service.audit_integrity(who).await.map_err(|e| reader.failed(&e))?;
    let view = AuditList { filter, rows: found.items, next: found.next, integrity };
    Ok(reader.page("Audit log", || pages::audit(view)))
}

fn wanted(reader: &Reader, filter: &AuditQuery) -> AuditFilter {
    AuditFilter {
        text: (!filter.text.is_empty()).then(|| filter.text.clone()),
        activity: filter.about.map(|about| format!("{about}.")),
        via: filter.via.map(|via| via.to_string()),
        since: filter.since(reader.frame.now),
        until: None,
        without_access: false,
    }
}

pub async fn detail(reader: Reader, Path(sequence): Path<String>) -> Answer {
    let number = sequence
        .parse()
        .map_err(|_| reader.failed(&ServiceError::not_found("audit entry with this number")))?;
    let stored = reader.service.audit_entry_with(&reader.principal, number).await;
    let view = AuditDetail::new(stored.map_err(|e| reader.failed(&e))?);
    Ok(reader.page(format!("Audit entry {number}"), || pages::audit_detail(view)))
}

pub async fn check(reader: Reader) -> Answer {
    let found = reader.service.check_audit(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    Ok(match found.damage {
        None => reader.done("/audit", "The audit log is whole."),
        Some((damage, place)) => {
            reader.refused("/audit", format!("The audit log is damaged: {}.", damage.sentence(place)))
        }
    })
}

pub async fn save_csv(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let head = csv::line(&["id", "time", "by", "via", "from", "activity", "on", "reason", "details"]);
    save(reader, text, Format::csv(head), |stored| {
        let entry = &stored.entry;
        csv::line::<&str>(&[
            &stored.sequence.to_string(),
            &rfc3339(entry.at),
            &entry.actor,
            &entry.via,
            entry.from.as_deref().unwrap_or_default(),
            &entry.activity,
            &entry.subject,
            entry.reason.as_deref().unwrap_or_default(),
            &entry.details.to_string(),
        ])
    })
    .await
}

pub async fn save_json(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    save(reader, text, Format::json(), |stored| {
        let entry = &stored.entry;
        json!({
            "id": stored.sequence,
            "time": rfc3339(entry.at),
            "by": entry.actor,
            "via": entry.via,
            "from": entry.from,
            "activity": entry.activity,
            "on": entry.subject,
            "reason": entry.reason,
            "details": entry.details,
        })
        .to_string()
    })
    .await
}

async fn save(
    reader: Reader,
    text: Option<String>,
    format: Format,
    line: fn(&StoredAudit) -> String,
) -> Result<Response, super::failure::Failure> {
    let filter = wanted(&reader, &AuditQuery::parse(&query::parse(&text.unwrap_or_default())));
    let (service, principal) = (reader.service.clone(), reader.principal.clone());
    let lines: Read = Box::new(move |page| {
        let (service, principal, filter) = (service.clone(), principal.clone(), filter.clone());
        Box::pin(async move {
            let found = service.audit(&principal, &filter, page).await?;
            Ok(found.map(|stored| line(&stored)))
        })
    });
    download_as("Audit log", format, lines).await.map_err(|e| reader.failed(&e))
}
