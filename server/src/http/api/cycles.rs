//! Cycles.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use domain::access::{Principal, Role};
use domain::{ConfigurationId, CycleId};
use serde_json::Value;
use service::ServiceError;
use storage::{Page, PageRequest};

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const CYCLE_FILTER: &[Parameter] =
    &[Parameter { name: "configuration", description: "Id or name of a configuration.", repeated: false }];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/cycles",
            list,
            Operation::new(
                "listCycles",
                "cycles",
                "Cycles of all configurations, newest first",
                Role::Reader,
                Answer::List("Cycle"),
            )
            .query(PAGE)
            .query(CYCLE_FILTER),
        )
        .add(
            "get",
            "/cycles/{id}",
            get,
            Operation::new("getCycle", "cycles", "One cycle", Role::Reader, Answer::One("Cycle")),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let request = params.page();
    let configuration = params.text("configuration");
    params.finish()?;
    page(&edge, &caller, configuration.as_deref(), request).await
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id: CycleId = id.parse().map_err(|_| ServiceError::not_found("such cycle"))?;
    Ok(Json(one(&edge, &caller, id).await?))
}

pub async fn page(
    edge: &Edge,
    caller: &Principal,
    configuration: Option<&str>,
    request: PageRequest,
) -> Result<Json<Page<Value>>, Problem> {
    let names = names(edge, caller).await?;
    let page = edge.service().cycles(caller, configuration, request).await?;
    Ok(Json(page.map(|cycle| wire::cycle(&cycle, name(&names, cycle.configuration_id)))))
}

pub async fn one(edge: &Edge, caller: &Principal, id: CycleId) -> Result<Value, Problem> {
    let cycle = edge.service().cycle(caller, id).await?;
    let names = names(edge, caller).await?;
    Ok(wire::cycle(&cycle, name(&names, cycle.configuration_id)))
}

/// Names of the configurations by id.
pub async fn names(edge: &Edge, caller: &Principal) -> Result<HashMap<ConfigurationId, String>, Problem> {
    Ok(edge.service().configuration_names(caller).await?.into_iter().map(|one| (one.id, one.name)).collect())
}

/// The name of a configuration, empty when it was deleted.
pub fn name(names: &HashMap<ConfigurationId, String>, id: ConfigurationId) -> &str {
    names.get(&id).map_or("", String::as_str)
}
