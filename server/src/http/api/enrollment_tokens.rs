//! One-time tokens that let agents in.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::access::Role;
use domain::enrolment::Enrolment;
use domain::{EnrolmentId, Time};
use serde::Deserialize;
use serde_json::{Value, json};
use service::ServiceError;
use service::agents::NewEnrolment;
use service::document::parse;
use storage::Page;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations};
use super::query::{PAGE, Params};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const TAG: &str = "agents";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    domains: Vec<String>,
    #[serde(default)]
    minutes: Option<u32>,
}

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    let administrator = Role::Administrator;
    operations
        .add(
            "get",
            "/enrollmentTokens",
            list,
            Operation::new(
                "listEnrollmentTokens",
                TAG,
                "Enrolment tokens, newest first, without the tokens themselves",
                administrator,
                Answer::List("EnrollmentToken"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/enrollmentTokens",
            create,
            Operation::new(
                "createEnrollmentToken",
                TAG,
                "Make a one-time token for an agent; it is in this answer only",
                administrator,
                Answer::Created("NewEnrollmentToken"),
            )
            .body("EnrollmentTokenEntry"),
        )
        .add(
            "get",
            "/enrollmentTokens/{id}",
            get,
            Operation::new(
                "getEnrollmentToken",
                TAG,
                "One enrolment token",
                administrator,
                Answer::One("EnrollmentToken"),
            ),
        )
        .add(
            "delete",
            "/enrollmentTokens/{id}",
            withdraw,
            Operation::new(
                "withdrawEnrollmentToken",
                TAG,
                "Take back a token that was not used yet",
                administrator,
                Answer::Nothing,
            ),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    params.finish()?;
    let found = edge.service().enrolments(&caller, page).await?;
    let now = edge.service().now();
    Ok(Json(found.map(|enrolment| token(&enrolment, now))))
}

pub async fn create(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Body { domains, minutes } = parse::entry(body)?;
    let wanted = NewEnrolment { domains, minutes };
    let (enrolment, secret) = edge.service().create_enrolment(&caller, &wanted).await?;
    let mut value = token(&enrolment, edge.service().now());
    if let Some(members) = value.as_object_mut() {
        members.insert("token".to_owned(), secret.expose().into());
    }
    Ok((StatusCode::CREATED, Json(value)))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let found = edge.service().enrolment(&caller, parsed(&id)?).await?;
    Ok(Json(token(&found, edge.service().now())))
}

pub async fn withdraw(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().withdraw_enrolment(&caller, parsed(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parsed(id: &str) -> Result<EnrolmentId, Problem> {
    Ok(id.parse().map_err(|_| ServiceError::not_found("such enrolment token"))?)
}

fn token(enrolment: &Enrolment, now: Time) -> Value {
    json!({
        "id": enrolment.id,
        "state": enrolment.state(now),
        "domains": enrolment.domains,
        "createdBy": enrolment.created_by,
        "createdDateTime": enrolment.created_at,
        "expiresDateTime": enrolment.expires_at,
        "usedDateTime": enrolment.used_at,
        "withdrawnDateTime": enrolment.withdrawn_at,
        "agentId": enrolment.agent_id,
    })
}
