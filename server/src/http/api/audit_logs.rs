//! The audit log.

use axum::Json;
use axum::extract::State;
use domain::access::Role;
use serde_json::Value;
use storage::Page;

use super::operation::{Answer, Operation, Operations};
use super::query::{PAGE, Params};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/auditLogs",
            list,
            Operation::new(
                "listAuditLogs",
                "auditLogs",
                "What people and programs did to Skybridge, newest first",
                Role::Administrator,
                Answer::List("AuditEntry"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/auditLogs/verification",
            verify,
            Operation::new(
                "verifyAuditLogs",
                "auditLogs",
                "Whether the chain of the audit log is whole",
                Role::Administrator,
                Answer::One("AuditVerification"),
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
    Ok(Json(edge.service().audit(&caller, page).await?.map(|entry| wire::audit(&entry))))
}

pub async fn verify(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Value>, Problem> {
    Ok(Json(wire::verification(&edge.service().check_audit(&caller).await?)))
}
