//! Alerts: the list, one of them, acknowledging it, and the rules.

use axum::{
    extract::{Path, RawForm, RawQuery},
    http::StatusCode,
};
use domain::{
    AlertId,
    access::Role,
    alert::{AlertRulesEntry, AlertSeverity, AlertState},
};
use service::{AlertFilter, PageRequest, ServiceError};

use super::{
    Answer, Reader,
    edit::form,
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{AlertGlance, AlertList, AlertRulesDraft, AlertsQuery, Errors, query},
};

const ROWS: u32 = 50;
/// Alerts that the overview names.
const GLANCE: u32 = 4;
const LIST: &str = "/alerts";

pub async fn list(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = AlertsQuery::parse(&query::parse(&text.unwrap_or_default()));
    let (service, who) = (&reader.service, &reader.principal);
    let wanted = AlertFilter {
        states: filter.shown.states(),
        kind: filter.kind,
        severity: filter.severity,
        configuration: None,
        text: (!filter.text.is_empty()).then(|| filter.text.clone()),
    };
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let found = service.alerts(who, &wanted, page).await.map_err(|e| reader.failed(&e))?;
    let counts = service.alert_counts(who).await.map_err(|e| reader.failed(&e))?;
    let view = AlertList { filter, rows: found.items, next: found.next, counts };
    Ok(reader.page("Alerts", || pages::alerts(view)))
}

/// What the overview shows of alerts.
pub async fn glance(reader: &Reader) -> Result<AlertGlance, Failure> {
    let (service, who) = (&reader.service, &reader.principal);
    let counts = service.alert_counts(who).await.map_err(|e| reader.failed(&e))?;
    let mut rows = Vec::new();
    for severity in AlertSeverity::ALL {
        let filter = AlertFilter {
            states: vec![AlertState::Open],
            severity: Some(*severity),
            ..AlertFilter::default()
        };
        let found = service.alerts(who, &filter, PageRequest::first(GLANCE)).await;
        rows.extend(found.map_err(|e| reader.failed(&e))?.items);
    }
    rows.truncate(GLANCE as usize);
    Ok(AlertGlance { rows, counts })
}

pub async fn show(reader: Reader, Path(id): Path<String>) -> Answer {
    let id = alert_id(&reader, &id)?;
    let found = reader.service.alert(&reader.principal, id).await.map_err(|e| reader.failed(&e))?;
    let title = found.alert.wording.title.clone();
    Ok(reader.page(title, || pages::alert(found, String::new(), &Errors::default())))
}

pub async fn acknowledge(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let id = alert_id(&reader, &id)?;
    let pairs = form(&body);
    let note = query::first(&pairs, "note").unwrap_or_default().to_owned();
    let back = query::first(&pairs, "return").filter(|path| is_ours(path)).unwrap_or(LIST).to_owned();
    match reader.service.acknowledge_alert(&reader.principal, id, Some(&note)).await {
        Ok(done) => Ok(reader.done(&back, format!("Acknowledged: {}.", done.alert.wording.title))),
        Err(error @ ServiceError::Conflict(_)) => Ok(reader.refused(&back, sentence(&error))),
        Err(ServiceError::Invalid(problems)) => {
            let found = reader.service.alert(&reader.principal, id).await.map_err(|e| reader.failed(&e))?;
            let (title, errors) = (found.alert.wording.title.clone(), Errors::of_problems(problems));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(reader.page_with(status, title, || pages::alert(found, note, &errors)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}

/// Whether a form leads back to a page about alerts.
fn is_ours(path: &str) -> bool {
    path.strip_prefix(LIST).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

pub async fn rules(reader: Reader) -> Answer {
    let rules = reader.service.alert_rules(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let draft = AlertRulesDraft::of(&rules);
    Ok(reader.page("Alert rules", || pages::alert_rules(draft, &Errors::default())))
}

pub async fn save_rules(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let pairs = form(&body);
    let defaults = query::first(&pairs, "defaults").is_some();
    let draft = AlertRulesDraft::parse(&pairs);
    let entry = if defaults { Ok(AlertRulesEntry::default()) } else { draft.entry() };
    let errors = match entry {
        Err(errors) => errors,
        Ok(entry) => match reader.service.put_alert_rules(&reader.principal, &entry).await {
            Ok(_) if defaults => {
                return Ok(reader.done("/alerts/rules", "All rules have their defaults again."));
            }
            Ok(_) => return Ok(reader.done("/alerts/rules", "The rules were saved.")),
            Err(ServiceError::Invalid(problems)) => draft.refused(problems),
            Err(error) => return Err(reader.failed(&error)),
        },
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, "Alert rules", || pages::alert_rules(draft, &errors)))
}

fn alert_id(reader: &Reader, text: &str) -> Result<AlertId, Failure> {
    text.parse().map_err(|_| reader.failed(&ServiceError::not_found("alert with this id")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_alerts_only() {
        for (path, ours) in [
            ("/alerts", true),
            ("/alerts?state=all", true),
            ("/alerts/alr_1", true),
            ("/alertsx", false),
            ("//elsewhere.example", false),
            ("https://elsewhere.example/alerts", false),
        ] {
            assert_eq!(is_ours(path), ours, "{path}");
        }
    }
}
