//! Source domains.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::access::Role;
use domain::document::DomainEntry;
use ports::SourceInfo;
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
            "/domains",
            list,
            Operation::new("listDomains", "domains", "Source domains", Role::Reader, Answer::List("Domain"))
                .query(PAGE),
        )
        .add(
            "post",
            "/domains",
            create,
            Operation::new(
                "createDomain",
                "domains",
                "Create a source domain",
                Role::Administrator,
                Answer::Created("Domain"),
            )
            .body("DomainEntry"),
        )
        .add(
            "post",
            "/domains/probe",
            probe_entry,
            Operation::new(
                "probeDomainEntry",
                "domains",
                "Test a connection that is not stored",
                Role::Administrator,
                Answer::One("SourceInfo"),
            )
            .body("DomainEntry"),
        )
        .add(
            "get",
            "/domains/{id}",
            get,
            Operation::new(
                "getDomain",
                "domains",
                "One source domain, by id or name",
                Role::Reader,
                Answer::One("Domain"),
            ),
        )
        .add(
            "patch",
            "/domains/{id}",
            update,
            Operation::new(
                "updateDomain",
                "domains",
                "Change a source domain by merge patch",
                Role::Administrator,
                Answer::One("Domain"),
            )
            .body("DomainEntry"),
        )
        .add(
            "delete",
            "/domains/{id}",
            delete,
            Operation::new(
                "deleteDomain",
                "domains",
                "Delete a source domain that no configuration uses",
                Role::Administrator,
                Answer::Nothing,
            ),
        )
        .add(
            "post",
            "/domains/{id}/probe",
            probe,
            Operation::new(
                "probeDomain",
                "domains",
                "Test the connection to a source domain",
                Role::Operator,
                Answer::One("SourceInfo"),
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
