//! Provision on demand.

use axum::Json;
use axum::extract::{Path, State};
use domain::access::Role;
use serde_json::{Value, json};
use service::document::parse;
use service::on_demand::{OnDemandRequest, OnDemandResult};

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations.add(
        "post",
        "/configurations/{id}/provisionOnDemand",
        provision,
        Operation::new(
            "provisionOnDemand",
            "configurations",
            "Take one object through import, scope, match and action now",
            Role::Operator,
            Answer::One("OnDemandResult"),
        )
        .body("OnDemandRequest"),
    )
}

pub async fn provision(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let request: OnDemandRequest = parse::entry(plain(body))?;
    let result = edge.service().provision_on_demand(&caller, &id, &request).await?;
    let name = edge.service().configuration(&caller, &id).await?.configuration.name;
    Ok(Json(answer(&result, &name)))
}

/// Graph's form, `{"parameters": [{"subjects": [{"objectId": …}]}]}`, where the object's id is a distinguished name or
/// an objectGUID, as ours.
fn plain(body: Value) -> Value {
    let Some(subject) = body.pointer("/parameters/0/subjects/0/objectId").and_then(Value::as_str) else {
        return body;
    };
    if subject.contains('=') { json!({ "dn": subject }) } else { json!({ "objectId": subject }) }
}

/// The record under the names that Graph's answer has.
fn answer(result: &OnDemandResult, configuration: &str) -> Value {
    let mut record = wire::record(&result.record, configuration, true);
    let mut take = |name: &str| record.get_mut(name).map(Value::take).unwrap_or_default();
    json!({
        "action": take("provisioningAction"),
        "changeId": take("changeId"),
        "cycleId": take("cycleId"),
        "dryRun": result.dry_run,
        "startTime": result.began,
        "endTime": result.ended,
        "initiatedBy": take("initiatedBy"),
        "statusInfo": take("provisioningStatusInfo"),
        "provisioningSteps": take("provisioningSteps"),
        "modifiedProperties": take("modifiedProperties"),
        "sourceIdentity": take("sourceIdentity"),
        "targetIdentity": take("targetIdentity"),
        "sourceSystem": take("sourceSystem"),
        "targetSystem": take("targetSystem"),
        "notes": result.notes,
        "related": result.related.iter().map(|record| wire::record(record, configuration, true)).collect::<Vec<_>>(),
    })
}
