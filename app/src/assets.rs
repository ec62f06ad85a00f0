//! The files of `target/site`: where pages find them, and how they are handed out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use axum::{
    Router,
    http::{HeaderValue, header},
};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Addresses below the folder of the current build. Its name holds a hash of the content, so browsers keep the files
/// for ever.
#[derive(Debug, Clone)]
pub struct Assets {
    pkg: String,
}

impl Assets {
    /// Reads which build lies below `site`. `None` where the browser part was never built: pages work without it, but
    /// bare.
    pub fn find(site: &Path) -> Option<Self> {
        let hash = fs::read_to_string(site.join("pkg.txt")).ok()?;
        Some(Self { pkg: format!("pkg/{}", hash.trim()) })
    }

    /// Addresses that lead nowhere, for pages without a browser part.
    pub fn missing() -> Self {
        Self { pkg: "pkg/missing".to_owned() }
    }

    /// The folder, without slashes around it.
    pub fn folder(&self) -> &str {
        &self.pkg
    }

    /// Address of one file.
    pub fn url(&self, file: &str) -> String {
        format!("/{}/{file}", self.pkg)
    }
}

/// Hands the files out, compressed as they were while building.
pub fn router(site: &Path) -> Router {
    let folder = |path: PathBuf| ServeDir::new(path).precompressed_br().precompressed_gzip();
    let pkg = Router::new().fallback_service(folder(site.join("pkg"))).layer(
        SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, |response: &axum::response::Response| {
            let found = response.status().is_success();
            found.then(|| HeaderValue::from_static("public, max-age=31536000, immutable"))
        }),
    );
    Router::new()
        .nest("/pkg", pkg)
        .route_service("/favicon.svg", tower_http::services::ServeFile::new(site.join("favicon.svg")))
        .route_service("/robots.txt", tower_http::services::ServeFile::new(site.join("robots.txt")))
}
