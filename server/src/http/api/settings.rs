//! Settings of the installation.

use axum::Json;
use axum::extract::State;
use domain::access::Role;
use domain::document::SettingsEntry;
use service::document::parse;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations};
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/settings",
            get,
            Operation::new(
                "getSettings",
                "settings",
                "Settings of the installation",
                Role::Reader,
                Answer::One("Settings"),
            ),
        )
        .add(
            "patch",
            "/settings",
            update,
            Operation::new(
                "updateSettings",
                "settings",
                "Change the settings that are given",
                Role::Administrator,
                Answer::One("Settings"),
            )
            .body("Settings"),
        )
}

pub async fn get(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<SettingsEntry>, Problem> {
    Ok(Json(edge.service().settings(&caller).await?))
}

pub async fn update(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody,
) -> Result<Json<SettingsEntry>, Problem> {
    edge.service().update_settings(&caller, parse::entry(body)?).await?;
    Ok(Json(edge.service().settings(&caller).await?))
}
