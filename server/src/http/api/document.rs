//! `apply` and `export`.

use axum::Json;
use axum::extract::State;
use domain::access::Role;
use domain::document::Document;
use serde_json::Value;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::Params;
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const DRY_RUN: &[Parameter] =
    &[Parameter { name: "dryRun", description: "`true`: only say what would change.", repeated: false }];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "post",
            "/apply",
            apply,
            Operation::new(
                "apply",
                "document",
                "Create or update what a document names, whole or not at all",
                Role::Administrator,
                Answer::One("Changes"),
            )
            .body("Document")
            .query(DRY_RUN),
        )
        .add(
            "get",
            "/export",
            export,
            Operation::new(
                "export",
                "document",
                "Everything that is configured as a document, secrets left out",
                Role::Reader,
                Answer::One("Document"),
            ),
        )
}

pub async fn apply(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let dry_run = params.parsed::<bool>("dryRun").unwrap_or(false);
    params.finish()?;
    let reading = service::document::parse::document(body)?;
    let lines = edge.service().apply_reading(&caller, reading, dry_run).await?;
    Ok(Json(wire::changes(&lines)))
}

pub async fn export(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Document>, Problem> {
    Ok(Json(edge.service().export(&caller).await?))
}
