//! Mail: what was sent to whom, and a test message.

use axum::Json;
use axum::extract::State;
use domain::access::Role;
use domain::mail::Delivery;
use serde::Deserialize;
use serde_json::Value;
use service::DeliveryFilter;
use service::document::parse;
use storage::Page;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const FILTER: &[Parameter] = &[
    Parameter { name: "q", description: "Part of the recipient or the subject.", repeated: false },
    Parameter {
        name: "state",
        description: "`waiting`, `sending`, `sent`, `refused` or `givenUp`.",
        repeated: false,
    },
];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/mailDeliveries",
            list,
            Operation::new(
                "listMailDeliveries",
                "mail",
                "What was sent to whom, with the mail server's answers, newest first",
                Role::Reader,
                Answer::List("MailDelivery"),
            )
            .query(FILTER)
            .query(PAGE),
        )
        .add(
            "post",
            "/settings/mail/test",
            test,
            Operation::new(
                "sendTestMail",
                "mail",
                "Send a test message at once and say what became of it",
                Role::Administrator,
                Answer::One("MailDelivery"),
            )
            .body("TestMail"),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Delivery>>, Problem> {
    let filter = DeliveryFilter { state: params.parsed("state"), text: params.text("q") };
    let page = params.page();
    params.finish()?;
    Ok(Json(edge.service().deliveries(&caller, &filter, page).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestMail {
    to: String,
}

pub async fn test(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let TestMail { to } = parse::entry(body)?;
    let delivery = edge.service().send_test_mail(&caller, &to).await?;
    Ok(Json(serde_json::to_value(delivery).unwrap_or_default()))
}
