//! Directory readiness.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::Role;
use domain::readiness::ReadinessScan;
use serde_json::{Value, json};
use service::ServiceError;
use service::readiness::FindingFilter;
use storage::Page;

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const fn one(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, repeated: false }
}

const FILTER: &[Parameter] = &[
    one("q", "Words that must all be found in names, distinguished name, id or value."),
    one(
        "check",
        "character, format, topLevelDomain, domainPart, localPart, length, duplicate, blank, suffix.",
    ),
    one("attribute", "Name of an attribute."),
    one("domain", "Name of a source domain."),
];

const TAG: &str = "readiness";

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/readiness",
            last,
            Operation::new(
                "getReadinessScan",
                TAG,
                "The last look through all directories, with what it has counted so far",
                Role::Reader,
                Answer::One("ReadinessScan"),
            ),
        )
        .add(
            "post",
            "/readiness",
            scan,
            Operation::new(
                "scanReadiness",
                TAG,
                "Look through all directories for values that targets refuse; nothing is changed",
                Role::Operator,
                Answer::Accepted("ReadinessScan"),
            ),
        )
        .add(
            "get",
            "/readiness/findings",
            findings,
            Operation::new(
                "listReadinessFindings",
                TAG,
                "Values that targets refuse, with what to write instead where that is known",
                Role::Reader,
                Answer::List("ReadinessFinding"),
            )
            .query(PAGE)
            .query(FILTER),
        )
}

pub async fn last(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Value>, Problem> {
    let scan = edge.service().readiness_scan(&caller).await?;
    let scan = scan.ok_or_else(|| ServiceError::not_found("readiness scan yet; start one"))?;
    Ok(Json(wire(&scan)))
}

pub async fn scan(
    State(edge): State<Edge>,
    Caller(caller): Caller,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let begun = edge.service().scan_readiness(&caller).await?;
    Ok((StatusCode::ACCEPTED, Json(wire(&begun))))
}

pub async fn findings(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    let filter = FindingFilter {
        text: params.text("q"),
        check: params.parsed("check"),
        attribute: params.text("attribute"),
        domain: params.text("domain"),
        suggested: false,
    };
    params.finish()?;
    let found = edge.service().readiness_findings(&caller, &filter, false, page).await?;
    Ok(Json(found.map(|finding| json!(finding))))
}

fn wire(scan: &ReadinessScan) -> Value {
    json!(scan)
}
