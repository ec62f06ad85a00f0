//! Failing objects of a configuration.

use axum::Json;
use axum::extract::{Path, State};
use domain::ObjectKind;
use domain::access::Role;
use serde::Deserialize;
use serde_json::{Value, json};
use service::ServiceError;
use service::document::parse;
use storage::Page;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations};
use super::query::{PAGE, Params};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RetryRequest {
    /// Each as `user:` and the object id. Absent: all.
    objects: Option<Vec<String>>,
}

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/configurations/{id}/escrows",
            list,
            Operation::new(
                "listEscrows",
                "configurations",
                "Objects that fail and wait for their next attempt",
                Role::Reader,
                Answer::List("Escrow"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/configurations/{id}/escrows/retry",
            retry,
            Operation::new(
                "retryEscrows",
                "configurations",
                "Try failing objects again at once: those named, such as `user:<objectId>`, or all",
                Role::Operator,
                Answer::Accepted("Retried"),
            )
            .body("RetryRequest"),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    params.finish()?;
    Ok(Json(edge.service().escrows(&caller, &id, page).await?.map(|escrow| wire::escrow(&escrow))))
}

pub async fn retry(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<(axum::http::StatusCode, Json<Value>), Problem> {
    let request: RetryRequest = parse::entry(body)?;
    let objects = request.objects.map(|objects| objects_of(&objects)).transpose()?;
    let (count, cycle) = edge.service().retry_escrows(&caller, &id, objects.as_deref()).await?;
    Ok((axum::http::StatusCode::ACCEPTED, Json(json!({ "count": count, "cycleId": cycle }))))
}

fn objects_of(objects: &[String]) -> Result<Vec<(ObjectKind, String)>, ServiceError> {
    let parsed = objects.iter().enumerate().map(|(index, object)| {
        object
            .split_once(':')
            .and_then(|(kind, id)| Some((kind.to_lowercase().parse().ok()?, id.to_owned())))
            .ok_or_else(|| {
                ServiceError::invalid(
                    format!("objects[{index}]"),
                    "write the type and the object id, such as user:7d1c…",
                )
            })
    });
    parsed.collect()
}
