//! `apply` and `export`.

use axum::Json;
use axum::extract::State;
use domain::document::Document;
use serde_json::Value;

use super::body::JsonBody;
use super::query::Params;
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

pub async fn apply(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let dry_run = params.parsed::<bool>("dryRun").unwrap_or(false);
    params.finish()?;
    let document = service::document::parse::document(body)?;
    let lines = edge.service().apply(&caller, &document, dry_run).await?;
    Ok(Json(wire::changes(&lines)))
}

pub async fn export(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Document>, Problem> {
    Ok(Json(edge.service().export(&caller).await?))
}
