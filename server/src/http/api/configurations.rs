//! Configurations and what an operator does with them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::CycleId;
use domain::access::{Principal, Role};
use serde::Deserialize;
use serde_json::Value;
use service::control::RestartCriteria;
use service::document::parse;
use storage::Page;

use super::body::{JsonBody, patched};
use super::operation::{Answer, Operation, Operations};
use super::query::{PAGE, Params, whole};
use super::{cycles, wire};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

type Accepted = Result<(StatusCode, Json<Value>), Problem>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RunRequest {
    full: bool,
}

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/configurations",
            list,
            Operation::new(
                "listConfigurations",
                "configurations",
                "Configurations with their status",
                Role::Reader,
                Answer::List("Configuration"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/configurations",
            create,
            Operation::new(
                "createConfiguration",
                "configurations",
                "Create a configuration",
                Role::Administrator,
                Answer::Created("Configuration"),
            )
            .body("ConfigurationEntry"),
        )
        .add(
            "get",
            "/configurations/{id}",
            get,
            Operation::new(
                "getConfiguration",
                "configurations",
                "One configuration with its status, by id or name",
                Role::Reader,
                Answer::One("Configuration"),
            ),
        )
        .add(
            "patch",
            "/configurations/{id}",
            update,
            Operation::new(
                "updateConfiguration",
                "configurations",
                "Change a configuration by merge patch",
                Role::Administrator,
                Answer::One("Configuration"),
            )
            .body("ConfigurationEntry"),
        )
        .add(
            "delete",
            "/configurations/{id}",
            delete,
            Operation::new(
                "deleteConfiguration",
                "configurations",
                "Delete a configuration; what it provisioned stays in the target",
                Role::Administrator,
                Answer::Nothing,
            ),
        )
        .add(
            "get",
            "/configurations/{id}/cycles",
            cycles,
            Operation::new(
                "listConfigurationCycles",
                "configurations",
                "Cycles of a configuration, newest first",
                Role::Reader,
                Answer::List("Cycle"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/configurations/{id}/cycles",
            run,
            Operation::new(
                "runConfiguration",
                "configurations",
                "Queue a cycle that is due now",
                Role::Operator,
                Answer::Accepted("Cycle"),
            )
            .body("RunRequest"),
        )
        .add(
            "post",
            "/configurations/{id}/start",
            start,
            Operation::new(
                "startConfiguration",
                "configurations",
                "End a pause and a quarantine and run",
                Role::Operator,
                Answer::Accepted("Cycle"),
            ),
        )
        .add(
            "post",
            "/configurations/{id}/pause",
            pause,
            Operation::new(
                "pauseConfiguration",
                "configurations",
                "Stop after the page under way and run no more cycles",
                Role::Operator,
                Answer::Nothing,
            ),
        )
        .add(
            "post",
            "/configurations/{id}/restart",
            restart,
            Operation::new(
                "restartConfiguration",
                "configurations",
                "Forget what resetScope names and run",
                Role::Operator,
                Answer::Accepted("Cycle"),
            )
            .body("RestartCriteria"),
        )
        .add(
            "post",
            "/configurations/{id}/clearQuarantine",
            clear_quarantine,
            Operation::new(
                "clearQuarantine",
                "configurations",
                "Lift the quarantine and run",
                Role::Operator,
                Answer::Accepted("Cycle"),
            ),
        )
        .add(
            "post",
            "/configurations/{id}/allowDeletes",
            allow_deletes,
            Operation::new(
                "allowDeletes",
                "configurations",
                "Let one cycle go over the accidental-delete threshold",
                Role::Administrator,
                Answer::Accepted("Cycle"),
            )
            .body("Reason"),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    params.page();
    params.finish()?;
    let views = edge.service().configurations(&caller).await?;
    Ok(Json(whole(views.iter().map(wire::configuration).collect())))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wire::configuration(&edge.service().configuration(&caller, &id).await?)))
}

pub async fn create(State(edge): State<Edge>, Caller(caller): Caller, JsonBody(body): JsonBody) -> Accepted {
    let entry = parse::configuration_entry(body)?;
    let created = edge.service().create_configuration(&caller, &entry).await?;
    let view = edge.service().configuration(&caller, &created.id.to_string()).await?;
    Ok((StatusCode::CREATED, Json(wire::configuration(&view))))
}

pub async fn update(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let stored = edge.service().configuration(&caller, &id).await?;
    let id = stored.configuration.id.to_string();
    let entry = parse::configuration_entry(patched(&stored.entry(), body)?)?;
    edge.service().update_configuration(&caller, &id, &entry).await?;
    Ok(Json(wire::configuration(&edge.service().configuration(&caller, &id).await?)))
}

pub async fn delete(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().delete_configuration(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn cycles(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    params.finish()?;
    cycles::page(&edge, &caller, Some(&id), page).await
}

pub async fn run(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Accepted {
    let request: RunRequest = parse::entry(body)?;
    let cycle = edge.service().run(&caller, &id, request.full).await?;
    accepted(&edge, &caller, cycle).await
}

pub async fn start(State(edge): State<Edge>, Caller(caller): Caller, Path(id): Path<String>) -> Accepted {
    let cycle = edge.service().start(&caller, &id).await?;
    accepted(&edge, &caller, cycle).await
}

pub async fn pause(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().pause(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes Graph's form, `{"criteria": {"resetScope": …}}`, and the criteria alone.
pub async fn restart(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(mut body): JsonBody,
) -> Accepted {
    let criteria = body.get_mut("criteria").map(Value::take).unwrap_or(body);
    let criteria: RestartCriteria = parse::entry(criteria)?;
    let cycle = edge.service().restart(&caller, &id, &criteria).await?;
    accepted(&edge, &caller, cycle).await
}

pub async fn clear_quarantine(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Accepted {
    let cycle = edge.service().clear_quarantine(&caller, &id).await?;
    accepted(&edge, &caller, cycle).await
}

pub async fn allow_deletes(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Accepted {
    let Given { reason } = parse::entry(body)?;
    let cycle = edge.service().allow_deletes(&caller, &id, reason.as_deref()).await?;
    accepted(&edge, &caller, cycle).await
}

/// Why, for the audit log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    reason: Option<String>,
}

async fn accepted(edge: &Edge, caller: &Principal, cycle: CycleId) -> Accepted {
    Ok((StatusCode::ACCEPTED, Json(cycles::one(edge, caller, cycle).await?)))
}
