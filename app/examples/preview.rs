//! The portal's pages over sample data, for looking at them.
use app::{assets::Assets, islands::CopyButton, page, shell::Frame};
use axum::{Router, http::StatusCode, routing::get};
use leptos::prelude::*;

#[tokio::main]
async fn main() {
    let site = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    let assets = Assets::find(&site).unwrap_or_else(Assets::missing);
    let router = Router::new()
        .route(
            "/",
            get(move || async move {
                page::render(
                    StatusCode::OK,
                    Frame { assets: assets.clone(), title: "Preview".into() },
                    || {
                        view! { <h1>"Hi"</h1><CopyButton text="hello".to_string() /> }
                    },
                )
            }),
        )
        .fallback_service(tower_http::services::ServeDir::new(site).precompressed_br());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3900").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
