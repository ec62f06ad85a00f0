//! The audit log.

use axum::Json;
use axum::extract::State;
use domain::access::{Role, Via};
use serde_json::Value;
use storage::Page;
use storage::audit::AuditFilter;

use super::operation::{Answer, Operation, Operations, Parameter};
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
                "What people and programs did to Skybridge, newest first; what is about access is for administrators",
                Role::Reader,
                Answer::List("AuditEntry"),
            )
            .query(FILTER)
            .query(PAGE),
        )
        .add(
            "get",
            "/auditLogs/verification",
            verify,
            Operation::new(
                "verifyAuditLogs",
                "auditLogs",
                "Whether the audit log is whole: its chain, the seal of its end and its checkpoints",
                Role::Reader,
                Answer::One("AuditVerification"),
            ),
        )
}

const FILTER: &[Parameter] = &[
    Parameter {
        name: "q",
        description: "Part of who, what, the reason or the address, without regard to case.",
        repeated: false,
    },
    Parameter {
        name: "activity",
        description: "What the activity begins with, such as `configuration.`.",
        repeated: false,
    },
    Parameter { name: "via", description: "`session`, `token` or `system`.", repeated: false },
    Parameter { name: "since", description: "RFC 3339 time, or a span such as `24h`.", repeated: false },
    Parameter { name: "until", description: "RFC 3339 time, or a span such as `1h`.", repeated: false },
];

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let now = edge.service().now();
    let filter = AuditFilter {
        text: params.text("q"),
        activity: params.text("activity"),
        via: params.parsed::<Via>("via").map(|via| via.to_string()),
        since: params.moment("since", now),
        until: params.moment("until", now),
        without_access: false,
    };
    let page = params.page();
    params.finish()?;
    Ok(Json(edge.service().audit(&caller, &filter, page).await?.map(|entry| wire::audit(&entry))))
}

pub async fn verify(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Value>, Problem> {
    Ok(Json(wire::verification(&edge.service().check_audit(&caller).await?)))
}
