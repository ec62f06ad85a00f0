//! The audit log.

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use storage::Page;

use super::query::Params;
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    params.finish()?;
    Ok(Json(edge.service().audit(&caller, page).await?.map(|entry| wire::audit(&entry))))
}

pub async fn verify(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Value>, Problem> {
    Ok(Json(wire::verification(&edge.service().check_audit(&caller).await?)))
}
