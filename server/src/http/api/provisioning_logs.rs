//! The provisioning logs.

use axum::Json;
use axum::extract::{Path, State};
use domain::access::Role;
use serde_json::Value;
use service::ServiceError;
use storage::Page;
use storage::record::RecordFilter;

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use super::{cycles, wire};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const fn one(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, repeated: false }
}

const fn many(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, repeated: true }
}

pub const FILTER: &[Parameter] = &[
    one("q", "Words that must all be found in names, ids, distinguished names, change id or error text."),
    many("action", "create, update, disable, delete, stageddelete, other."),
    many("status", "success, failure, skipped, warning."),
    one("configuration", "Id or name of a configuration."),
    one("cycle", "Id of a cycle."),
    one("kind", "user, group, contact."),
    one("errorCode", "A code of the catalogue."),
    one("since", "A time (RFC 3339) or a span up to now, such as 1h."),
    one("until", "A time (RFC 3339) or a span up to now."),
    one("objectId", "Id of the source object."),
    one("order", "`oldestFirst`: oldest first."),
];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/provisioningLogs",
            list,
            Operation::new(
                "listProvisioningLogs",
                "provisioningLogs",
                "Provisioning records, newest first, without steps and modified properties",
                Role::Reader,
                Answer::List("ProvisioningRecord"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "get",
            "/provisioningLogs/facets",
            facets,
            Operation::new(
                "provisioningLogFacets",
                "provisioningLogs",
                "How many records of a search carry each value",
                Role::Reader,
                Answer::One("Facets"),
            )
            .query(FILTER),
        )
        .add(
            "get",
            "/provisioningLogs/{id}",
            get,
            Operation::new(
                "getProvisioningLog",
                "provisioningLogs",
                "One provisioning record with everything, by id or change id",
                Role::Reader,
                Answer::One("ProvisioningRecord"),
            ),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    let filter = filter(&edge, params).await?;
    let names = cycles::names(&edge, &caller).await?;
    let records = edge.service().records(&caller, &filter, page).await?;
    Ok(Json(
        records.map(|record| wire::record(&record, cycles::name(&names, record.configuration_id), false)),
    ))
}

pub async fn facets(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let filter = filter(&edge, params).await?;
    Ok(Json(wire::facets(&edge.service().record_facets(&caller, &filter).await?)))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let record = if let Ok(number) = id.parse::<i64>() {
        edge.service().record(&caller, domain::RecordId(number)).await?
    } else {
        let change = id.parse().map_err(|_| ServiceError::not_found("such provisioning record"))?;
        edge.service().record_by_change(&caller, change).await?
    };
    let names = cycles::names(&edge, &caller).await?;
    Ok(Json(wire::record(&record, cycles::name(&names, record.configuration_id), true)))
}

async fn filter(edge: &Edge, mut params: Params) -> Result<RecordFilter, Problem> {
    let now = edge.service().now();
    let configuration = params.text("configuration");
    let filter = RecordFilter {
        text: params.text("q"),
        actions: params.all_parsed("action"),
        statuses: params.all_parsed("status"),
        configuration: None,
        cycle: params.parsed("cycle"),
        kind: params.parsed("kind"),
        error_code: params.text("errorCode"),
        since: params.moment("since", now),
        until: params.moment("until", now),
        object_id: params.text("objectId"),
        oldest_first: params.text("order").is_some_and(|order| order == "oldestFirst"),
    };
    params.finish()?;
    let configuration = edge.service().configuration_id(configuration.as_deref()).await?;
    Ok(RecordFilter { configuration, ..filter })
}
