//! The portal's pages, behind sign-in.

use axum::Router;
use axum::middleware::from_fn;

use super::Edge;
use super::auth::people_only;

pub fn router(_edge: &Edge) -> Router<Edge> {
    Router::new().route("/", axum::routing::get(|| async { "signed in" })).route_layer(from_fn(people_only))
}
