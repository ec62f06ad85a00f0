//! Where pages find the files of `target/site`. The server hands them out.

use std::{fs, path::Path};

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
