//! Whoever watches a run page by page.

use async_trait::async_trait;
use storage::StorageError;
use storage::cycle::Progress;
use storage::link::PageCommit;

/// Sees every page of a run.
#[async_trait]
pub(crate) trait Observer: Send + Sync {
    /// Called before a page is written down, and with an empty one when a phase begins. May change the page's records.
    async fn page(&self, page: &mut PageCommit, progress: Progress) -> Result<(), StorageError>;
}
