//! `/api/v1`: resources as JSON, errors as problem details, described by itself.
//!
//! Every resource is a file with its handlers and its list of operations; the router and the `OpenAPI` document are
//! both made from [`routes`], which joins these lists.

mod agents;
mod alerts;
mod audit_logs;
mod body;
mod browse;
mod configurations;
mod cycles;
mod directory;
mod document;
mod domains;
mod enrollment_tokens;
mod escrows;
mod insights;
mod mail;
mod on_demand;
mod openapi;
mod operation;
mod provisioning_logs;
mod query;
mod readiness;
mod routes;
mod schema;
mod settings;
mod simulations;
mod status;
mod synchronization_schema;
mod targets;
mod tokens;
mod unmatched;
mod wire;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;

use super::{Edge, Problem};
pub use openapi::document as openapi;
pub use operation::Operation;
pub use routes::routes;
pub(crate) use wire::verification;

/// Where the API lies.
pub const PREFIX: &str = "/api/v1";

/// The router of the API, to be nested below [`PREFIX`].
pub fn router(_edge: &Edge) -> Router<Edge> {
    let (operations, described) = routes().split();
    let document = axum::Json(openapi(&described));
    operations
        .route("/openapi.json", get(move || std::future::ready(document.clone())))
        .fallback(|| async {
            Problem::new(
                axum::http::StatusCode::NOT_FOUND,
                "NotFound",
                "the API has no such address; see /api/v1/openapi.json",
            )
            .into_response()
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                axum::http::StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "this address does not take this method; see /api/v1/openapi.json",
            )
            .into_response()
        })
}
