//! Test: one object through import, scope, match and action. First only found out, then done.

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use service::{
    PageRequest, RecordFilter, ServiceError,
    on_demand::{OnDemandRequest, OnDemandResult},
    people::FoundObject,
};

use super::{
    Answer, Reader,
    configurations::read,
    edit::{at_fields, form},
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{Candidate, Candidates, ConfigurationDetail, Errors, TestView, query},
};

/// Records that a name is looked for in, and objects that are offered.
const LOOKED_AT: u32 = 200;
const OFFERED: usize = 25;

pub async fn show(reader: Reader, Path(id): Path<String>) -> Answer {
    allowed(&reader, domain::access::Role::Operator)?;
    let detail = read(&reader, &id).await?;
    Ok(reader.page(title(&detail), || pages::test(&detail, TestView::default())))
}

/// `object` is a distinguished name, an object id or a name; `write` asks for more than a dry run.
pub async fn test(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    allowed(&reader, domain::access::Role::Operator)?;
    let detail = read(&reader, &id).await?;
    let form = form(&body);
    let typed = query::first(&form, "object").unwrap_or_default().trim().to_owned();
    let dry_run = query::first(&form, "write").is_none();
    let mut view = TestView { typed: typed.clone(), ..TestView::default() };
    if typed.is_empty() {
        view.errors = Errors::one("object", "Say which object: its distinguished name, its id or its name.");
        return Ok(refused(&reader, &detail, view));
    }
    let Some(named) = named(&typed) else {
        view.candidates = Some(candidates(&reader, &detail, &typed).await?);
        return Ok(reader.page(title(&detail), || pages::test(&detail, view)));
    };
    let request = OnDemandRequest { dry_run, ..named };
    let id = detail.summary.id.to_string();
    match reader.service.provision_on_demand(&reader.principal, &id, &request).await {
        Ok(result) => {
            view.record_href = written(&reader, &result).await;
            view.result = Some(result);
            Ok(reader.page(title(&detail), || pages::test(&detail, view)))
        }
        Err(ServiceError::Invalid(problems)) => {
            let problems = at_fields(&problems).0.into_values().collect::<Vec<_>>().join(" ");
            view.errors = Errors::one("object", problems);
            Ok(refused(&reader, &detail, view))
        }
        Err(error @ (ServiceError::Forbidden { .. } | ServiceError::Internal(_))) => {
            Err(reader.failed(&error))
        }
        Err(error) => {
            view.errors = Errors::one("", sentence(&error));
            Ok(refused(&reader, &detail, view))
        }
    }
}

fn refused(reader: &Reader, detail: &ConfigurationDetail, view: TestView) -> axum::response::Response {
    reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title(detail), || pages::test(detail, view))
}

fn title(detail: &ConfigurationDetail) -> String {
    format!("Test {}", detail.summary.name)
}

/// The address of what was written down. A dry run leaves nothing behind.
async fn written(reader: &Reader, result: &OnDemandResult) -> Option<String> {
    if result.dry_run {
        return None;
    }
    let record = reader.service.record_by_change(&reader.principal, result.record.change_id).await.ok()?;
    Some(format!("/logs/{}", record.id))
}

/// The object that a distinguished name or an object id names; `None` for any other name.
pub fn named(typed: &str) -> Option<OnDemandRequest> {
    if typed.contains('=') {
        Some(OnDemandRequest { dn: Some(typed.to_owned()), ..OnDemandRequest::default() })
    } else {
        let object_id = Some(typed.to_owned());
        is_id(typed).then(|| OnDemandRequest { object_id, ..OnDemandRequest::default() })
    }
}

/// Objects that the provisioning log or the live directory knows under a name, each once.
pub async fn candidates(
    reader: &Reader,
    detail: &ConfigurationDetail,
    name: &str,
) -> Result<Candidates, Failure> {
    let filter = RecordFilter {
        text: Some(name.to_owned()),
        configuration: Some(detail.summary.id),
        ..RecordFilter::default()
    };
    let page = reader.service.records(&reader.principal, &filter, PageRequest::first(LOOKED_AT)).await;
    let logged = page.map_err(|e| reader.failed(&e))?.items;
    let mut offered = Candidates::default();
    for record in logged.iter().filter(|record| !record.source.id.is_empty()) {
        offer(&mut offered.found, Candidate::of(record));
    }
    let id = detail.summary.id.to_string();
    match reader.service.find_in_directory(&reader.principal, &id, name).await {
        Ok(objects) => {
            for object in objects {
                let FoundObject { kind, object_id, display_name, dn } = object;
                offer(&mut offered.found, Candidate { kind, object_id, display_name, dn });
            }
        }
        Err(error @ (ServiceError::Forbidden { .. } | ServiceError::Internal(_))) => {
            return Err(reader.failed(&error));
        }
        // The log has been asked at least.
        Err(error) => offered.unasked = Some(sentence(&error)),
    }
    Ok(offered)
}

fn offer(found: &mut Vec<Candidate>, candidate: Candidate) {
    let known = found.iter().any(|one| one.object_id == candidate.object_id);
    if !known && found.len() < OFFERED {
        found.push(candidate);
    }
}

/// Whether a text looks like an objectGUID or entryUUID; the service takes a closer look.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn a_name_is_no_id() {
        assert!(is_id("3f2a91c4-8b7d-4e10-9c55-6f1d1a2b3c4d"));
        assert!(!is_id("Ada Lindqvist"));
        assert!(!is_id("CN=Ada,OU=People,DC=lab01,DC=local,x"));
    }
}
