//! Alerts, and the rules that they follow.

use axum::Json;
use axum::extract::{Path, State};
use domain::AlertId;
use domain::access::Role;
use domain::alert::{Alert, AlertRules, AlertRulesEntry};
use serde::Deserialize;
use serde_json::{Value, json};
use service::document::parse;
use service::{AlertFilter, AlertHistory, ServiceError};
use storage::Page;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const TAG: &str = "alerts";
const FILTER: &[Parameter] = &[
    Parameter { name: "q", description: "Part of the title or of what it is about.", repeated: false },
    Parameter {
        name: "state",
        description: "`open`, `acknowledged` or `resolved`; all when absent.",
        repeated: true,
    },
    Parameter { name: "kind", description: "Kind of the alert, such as `agentInactive`.", repeated: false },
    Parameter { name: "severity", description: "`critical` or `warning`.", repeated: false },
    Parameter { name: "configuration", description: "Id or name of a configuration.", repeated: false },
];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/alerts",
            list,
            Operation::new(
                "listAlerts",
                TAG,
                "What deserves attention or did, the last opened first",
                Role::Reader,
                Answer::List("Alert"),
            )
            .query(FILTER)
            .query(PAGE),
        )
        .add(
            "get",
            "/alerts/{id}",
            get,
            Operation::new(
                "getAlert",
                TAG,
                "One alert with its history",
                Role::Reader,
                Answer::One("AlertDetail"),
            ),
        )
        .add(
            "post",
            "/alerts/{id}/acknowledge",
            acknowledge,
            Operation::new(
                "acknowledgeAlert",
                TAG,
                "Say that somebody sees to an open alert; it ends by itself all the same",
                Role::Operator,
                Answer::One("AlertDetail"),
            )
            .body("AlertNote"),
        )
        .add(
            "get",
            "/alertRules",
            rules,
            Operation::new(
                "getAlertRules",
                TAG,
                "When alerts open and end, and who is told",
                Role::Reader,
                Answer::One("AlertRules"),
            ),
        )
        .add(
            "put",
            "/alertRules",
            put_rules,
            Operation::new(
                "putAlertRules",
                TAG,
                "Replace the rules; what is left out is the default again",
                Role::Administrator,
                Answer::One("AlertRules"),
            )
            .body("AlertRulesEntry"),
        )
}

fn alert(alert: &Alert) -> Value {
    json!({
        "id": alert.id,
        "kind": alert.kind,
        "severity": alert.severity,
        "state": alert.state,
        "title": alert.wording.title,
        "description": alert.wording.text,
        "recommendedAction": alert.wording.advice,
        "subject": alert.subject,
        "configurationId": alert.configuration,
        "portalPath": alert.wording.path,
        "sinceDateTime": alert.since,
        "openedDateTime": alert.opened_at,
        "openings": alert.openings,
        "acknowledgedDateTime": alert.acknowledged_at,
        "acknowledgedBy": alert.acknowledged_by,
        "resolvedDateTime": alert.resolved_at,
    })
}

fn detail(history: &AlertHistory) -> Value {
    let mut value = alert(&history.alert);
    let events: Vec<Value> = history
        .events
        .iter()
        .map(|event| {
            json!({
                "dateTime": event.at, "event": event.kind, "by": event.by, "note": event.note, "told": event.told,
            })
        })
        .collect();
    if let Some(members) = value.as_object_mut() {
        members.insert("history".to_owned(), json!(events));
    }
    value
}

fn parse_id(text: &str) -> Result<AlertId, Problem> {
    text.parse().map_err(|_| ServiceError::not_found("alert with this id").into())
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let configuration = params.text("configuration");
    let mut filter = AlertFilter {
        states: params.all_parsed("state"),
        kind: params.parsed("kind"),
        severity: params.parsed("severity"),
        configuration: None,
        text: params.text("q"),
    };
    let page = params.page();
    params.finish()?;
    filter.configuration = edge.service().configuration_id(configuration.as_deref()).await?;
    Ok(Json(edge.service().alerts(&caller, &filter, page).await?.map(|found| alert(&found))))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(detail(&edge.service().alert(&caller, parse_id(&id)?).await?)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    #[serde(default)]
    note: Option<String>,
}

pub async fn acknowledge(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let Note { note } = parse::entry(body)?;
    let done = edge.service().acknowledge_alert(&caller, parse_id(&id)?, note.as_deref()).await?;
    Ok(Json(detail(&done)))
}

pub async fn rules(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<AlertRules>, Problem> {
    Ok(Json(edge.service().alert_rules(&caller).await?))
}

pub async fn put_rules(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<Json<AlertRules>, Problem> {
    let entry: AlertRulesEntry = parse::entry(body)?;
    Ok(Json(edge.service().put_alert_rules(&caller, &entry).await?))
}
