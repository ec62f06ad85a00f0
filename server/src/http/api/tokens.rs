//! API tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::TokenId;
use domain::access::Role;
use serde::Deserialize;
use serde_json::Value;
use service::ServiceError;
use service::document::parse;
use storage::Page;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations};
use super::query::{PAGE, Params, whole};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    name: String,
    role: Role,
}

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/tokens",
            list,
            Operation::new(
                "listTokens",
                "tokens",
                "API tokens, without the tokens themselves",
                Role::Administrator,
                Answer::List("Token"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/tokens",
            create,
            Operation::new(
                "createToken",
                "tokens",
                "Make an API token; it is in this answer only",
                Role::Administrator,
                Answer::Created("NewToken"),
            )
            .body("TokenEntry"),
        )
        .add(
            "delete",
            "/tokens/{id}",
            delete,
            Operation::new(
                "deleteToken",
                "tokens",
                "Revoke an API token",
                Role::Administrator,
                Answer::Nothing,
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
    Ok(Json(whole(edge.service().tokens(&caller).await?.iter().map(wire::token).collect())))
}

pub async fn create(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let entry: TokenEntry = parse::entry(body)?;
    let (token, secret) = edge.service().create_token(&caller, &entry.name, entry.role).await?;
    let mut value = wire::token(&token);
    if let Some(members) = value.as_object_mut() {
        members.insert("token".to_owned(), secret.expose().into());
    }
    Ok((StatusCode::CREATED, Json(value)))
}

pub async fn delete(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: TokenId = id.parse().map_err(|_| ServiceError::not_found("such token"))?;
    edge.service().delete_token(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
