//! The portal's pages, which lead everybody who is not signed in to the sign-in page.

use axum::Router;

use super::Edge;

pub fn router(edge: &Edge) -> Router<Edge> {
    app::routes::router(edge.portal().clone())
}
