//! Target systems.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::access::Role;
use domain::document::TargetEntry;
use ports::TargetInfo;
use serde_json::{Value, json};
use service::document::{export, parse};
use storage::Page;

use super::body::{JsonBody, patched};
use super::operation::{Answer, Operation, Operations};
use super::query::{PAGE, Params, whole};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/targets",
            list,
            Operation::new("listTargets", "targets", "Target systems", Role::Reader, Answer::List("Target"))
                .query(PAGE),
        )
        .add(
            "post",
            "/targets",
            create,
            Operation::new(
                "createTarget",
                "targets",
                "Create a target system",
                Role::Administrator,
                Answer::Created("Target"),
            )
            .body("TargetEntry"),
        )
        .add(
            "post",
            "/targets/probe",
            probe_entry,
            Operation::new(
                "probeTargetEntry",
                "targets",
                "Test a target that is not stored",
                Role::Administrator,
                Answer::One("TargetInfo"),
            )
            .body("TargetEntry"),
        )
        .add(
            "get",
            "/targets/{id}",
            get,
            Operation::new(
                "getTarget",
                "targets",
                "One target system, by id or name",
                Role::Reader,
                Answer::One("Target"),
            ),
        )
        .add(
            "patch",
            "/targets/{id}",
            update,
            Operation::new(
                "updateTarget",
                "targets",
                "Change a target system by merge patch",
                Role::Administrator,
                Answer::One("Target"),
            )
            .body("TargetEntry"),
        )
        .add(
            "delete",
            "/targets/{id}",
            delete,
            Operation::new(
                "deleteTarget",
                "targets",
                "Delete a target system that no configuration uses",
                Role::Administrator,
                Answer::Nothing,
            ),
        )
        .add(
            "post",
            "/targets/{id}/probe",
            probe,
            Operation::new(
                "probeTarget",
                "targets",
                "Test the connection to a target system",
                Role::Operator,
                Answer::One("TargetInfo"),
            ),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    params.page();
    params.finish()?;
    let targets = edge.service().targets(&caller).await?;
    Ok(Json(whole(targets.iter().map(wire::target).collect())))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wire::target(&edge.service().target(&caller, &id).await?)))
}

pub async fn create(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let target = edge.service().create_target(&caller, &parse::target_entry(body)?).await?;
    Ok((StatusCode::CREATED, Json(wire::target(&target))))
}

pub async fn update(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let stored = edge.service().target(&caller, &id).await?;
    let entry: TargetEntry = parse::target_entry(patched(&export::target_entry(&stored), body)?)?;
    let target = edge.service().update_target(&caller, &stored.id.to_string(), &entry).await?;
    Ok(Json(wire::target(&target)))
}

pub async fn delete(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().delete_target(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn probe(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(info(&edge.service().probe_target(&caller, &id).await?)))
}

pub async fn probe_entry(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    Ok(Json(info(&edge.service().probe_target_entry(&caller, &parse::target_entry(body)?).await?)))
}

fn info(info: &TargetInfo) -> Value {
    json!({ "description": info.description, "objects": info.kinds })
}
