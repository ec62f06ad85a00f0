//! A configuration's mappings and filters in the shape of Graph's synchronizationSchema.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::access::Role;
use serde_json::Value;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/configurations/{id}/schema",
            get,
            Operation::new(
                "getSchema",
                "configurations",
                "Mappings and filters of a configuration as Graph's synchronizationSchema",
                Role::Reader,
                Answer::One("SynchronizationSchema"),
            ),
        )
        .add(
            "put",
            "/configurations/{id}/schema",
            put,
            Operation::new(
                "putSchema",
                "configurations",
                "Replace mappings and filters by those of a synchronizationSchema, whole or not at all",
                Role::Administrator,
                Answer::Nothing,
            )
            .body("SynchronizationSchema"),
        )
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(edge.service().schema(&caller, &id).await?))
}

pub async fn put(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<StatusCode, Problem> {
    edge.service().put_schema(&caller, &id, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}
