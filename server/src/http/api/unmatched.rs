//! Objects of a configuration's target that match nothing.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::access::Role;
use domain::unmatched::{UnmatchedObject, UnmatchedScan};
use serde_json::{Value, json};
use service::ServiceError;
use service::unmatched::UnmatchedFilter;
use storage::Page;

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const FILTER: &[Parameter] = &[
    Parameter {
        name: "q",
        description: "Words that must all be found in names, id or anchor.",
        repeated: false,
    },
    Parameter { name: "kind", description: "user, group, contact.", repeated: false },
];

const TAG: &str = "unmatched";

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/configurations/{id}/unmatched",
            list,
            Operation::new(
                "listUnmatched",
                TAG,
                "Objects of the target that no source object is linked to, as the last search found them",
                Role::Reader,
                Answer::List("UnmatchedObject"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "post",
            "/configurations/{id}/unmatched",
            search,
            Operation::new(
                "searchUnmatched",
                TAG,
                "Search the target for objects that match nothing; nothing is done to them",
                Role::Operator,
                Answer::Accepted("UnmatchedScan"),
            ),
        )
        .add(
            "get",
            "/configurations/{id}/unmatched/search",
            last,
            Operation::new(
                "getUnmatchedSearch",
                TAG,
                "The last search, with what it has counted so far",
                Role::Reader,
                Answer::One("UnmatchedScan"),
            ),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    let filter = UnmatchedFilter { text: params.text("q"), kind: params.parsed("kind") };
    params.finish()?;
    let found = edge.service().unmatched(&caller, &id, &filter, page).await?;
    Ok(Json(found.map(|object| one(&object))))
}

pub async fn search(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let begun = edge.service().search_unmatched(&caller, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(answer(&begun))))
}

pub async fn last(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let none = || ServiceError::not_found("search for unmatched objects of this configuration yet");
    let scan = edge.service().unmatched_scan(&caller, &id).await?.ok_or_else(none)?;
    Ok(Json(answer(&scan)))
}

fn answer(scan: &UnmatchedScan) -> Value {
    json!({
        "configurationId": scan.configuration_id,
        "state": scan.state,
        "requestedBy": scan.requested_by,
        "startedDateTime": scan.started_at,
        "endedDateTime": scan.ended_at,
        "listed": scan.listed,
        "unmatched": scan.unmatched,
        "problem": scan.problem,
    })
}

fn one(object: &UnmatchedObject) -> Value {
    json!({
        "objectType": object.kind,
        "id": object.id,
        "anchor": object.anchor,
        "displayName": object.display_name,
        "name": object.name,
        "administrator": object.administrator,
    })
}
