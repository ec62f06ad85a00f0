//! Directory readiness: looked for, listed, saved as CSV and as LDIF of the changes and of their undo.

use axum::{
    extract::{Path, RawQuery},
    response::Response,
};
use domain::{
    csv,
    readiness::{ObjectFinding, ldif},
};
use service::{PageRequest, ServiceError};

use super::{
    Answer, Reader,
    csv::{Format, Read, download_as},
    failure::{Failure, sentence},
};
use crate::{
    pages,
    view::{ReadinessQuery, ReadinessView, query},
};

const ROWS: u32 = 50;
const BASE: &str = "/readiness";

pub async fn show(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = ReadinessQuery::parse(&query::parse(&text.unwrap_or_default()));
    let (service, who) = (&reader.service, &reader.principal);
    let scan = service.readiness_scan(who).await.map_err(|e| reader.failed(&e))?;
    let counts = service.readiness_counts(who).await.map_err(|e| reader.failed(&e))?;
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let found = service.readiness_findings(who, &filter.filter(false), false, page).await;
    let found = found.map_err(|e| reader.failed(&e))?;
    let view = ReadinessView { scan, counts, filter, rows: found.items, next: found.next };
    Ok(reader.page("Directory readiness", || pages::readiness(view)))
}

pub async fn scan(reader: Reader) -> Answer {
    match reader.service.scan_readiness(&reader.principal).await {
        Ok(_) => {
            Ok(reader.done(BASE, "The look through the directories was started. Nothing is changed in them."))
        }
        Err(error @ (ServiceError::Busy(_) | ServiceError::Conflict(_))) => {
            Ok(reader.refused(BASE, sentence(&error)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}

pub async fn save(reader: Reader, Path(file): Path<String>, RawQuery(text): RawQuery) -> Answer {
    match file.as_str() {
        "findings.csv" => {
            lines(reader, text, "Directory readiness", Format::csv(csv::line(HEAD)), line, (false, false))
                .await
        }
        "changes.ldif" => {
            lines(reader, text, "Suggested changes", Format::ldif(), change, (true, false)).await
        }
        // What was changed last is taken back first.
        "undo.ldif" => {
            lines(reader, text, "Undo of suggested changes", Format::ldif(), undo, (true, true)).await
        }
        _ => Err(reader.failed(&ServiceError::not_found("file of this name"))),
    }
}

async fn lines(
    reader: Reader,
    text: Option<String>,
    name: &str,
    format: Format,
    line: fn(&ObjectFinding) -> String,
    (suggested, last_first): (bool, bool),
) -> Result<Response, Failure> {
    let wanted = ReadinessQuery::parse(&query::parse(&text.unwrap_or_default())).filter(suggested);
    let (service, principal) = (reader.service.clone(), reader.principal.clone());
    let read: Read = Box::new(move |page| {
        let (service, principal, wanted) = (service.clone(), principal.clone(), wanted.clone());
        Box::pin(async move {
            let found = service.readiness_findings(&principal, &wanted, last_first, page).await?;
            Ok(found.map(|finding| line(&finding)))
        })
    });
    download_as(name, format, read).await.map_err(|e| reader.failed(&e))
}

const HEAD: &[&str] = &[
    "domain",
    "objectType",
    "objectId",
    "displayName",
    "distinguishedName",
    "attribute",
    "errors",
    "value",
    "suggestion",
];

fn line(found: &ObjectFinding) -> String {
    let checks: Vec<_> = found.finding.checks.iter().map(|check| check.as_str()).collect();
    csv::line::<&str>(&[
        &found.domain,
        found.kind.as_str(),
        &found.object_id,
        &found.display_name,
        &found.dn,
        &found.finding.attribute,
        &checks.join(" "),
        &found.finding.value,
        found.finding.suggestion.as_deref().unwrap_or_default(),
    ])
}

fn change(found: &ObjectFinding) -> String {
    ldif::change(&found.dn, &found.finding).unwrap_or_default()
}

fn undo(found: &ObjectFinding) -> String {
    ldif::undo(&found.dn, &found.finding).unwrap_or_default()
}
