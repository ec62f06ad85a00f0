//! Source domains.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::document::DomainEntry;
use ports::SourceInfo;
use serde_json::{Value, json};
use service::document::{export, parse};
use storage::Page;

use super::body::{JsonBody, patched};
use super::query::{Params, whole};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    params.page();
    params.finish()?;
    let domains = edge.service().domains(&caller).await?;
    Ok(Json(whole(domains.iter().map(wire::domain).collect())))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wire::domain(&edge.service().domain(&caller, &id).await?)))
}

pub async fn create(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let domain = edge.service().create_domain(&caller, &parse::entry(body)?).await?;
    Ok((StatusCode::CREATED, Json(wire::domain(&domain))))
}

pub async fn update(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let stored = edge.service().domain(&caller, &id).await?;
    let entry: DomainEntry = parse::entry(patched(&export::domain_entry(&stored), body)?)?;
    let domain = edge.service().update_domain(&caller, &stored.id.to_string(), &entry).await?;
    Ok(Json(wire::domain(&domain)))
}

pub async fn delete(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().delete_domain(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn probe(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(info(&edge.service().probe_domain(&caller, &id).await?)))
}

pub async fn probe_entry(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    Ok(Json(info(&edge.service().probe_domain_entry(&caller, &parse::entry(body)?).await?)))
}

fn info(info: &SourceInfo) -> Value {
    json!({
        "kind": info.kind,
        "product": info.product,
        "baseDn": info.base_dn,
        "serverName": info.server_name,
    })
}
