//! Settings of the installation.

use axum::Json;
use axum::extract::State;
use domain::document::SettingsEntry;
use service::document::parse;

use super::body::JsonBody;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

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
