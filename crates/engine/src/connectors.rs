//! How the engine gets at sources and targets without knowing any of them.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{SourceDomain, TargetSystem};
use ports::{Source, SourceError, Target, TargetError};
use storage::DirectoryStore;

/// Makes sources and targets from what is configured. The composition root implements it; secrets are unsealed
/// there.
#[async_trait]
pub trait Connectors: Send + Sync {
    async fn source(&self, domain: &SourceDomain) -> Result<Arc<dyn Source>, SourceError>;

    /// A target for one cycle of the named domain.
    async fn target(
        &self,
        target: &TargetSystem,
        context: TargetContext,
    ) -> Result<Arc<dyn Target>, TargetError>;

    /// The target over a scratch copy of the built-in directory, for a simulation; `None` for a target that cannot be
    /// copied.
    async fn copied_target(
        &self,
        target: &TargetSystem,
        context: TargetContext,
        directory: Arc<dyn DirectoryStore>,
    ) -> Option<Arc<dyn Target>> {
        let _ = (target, context, directory);
        None
    }
}

/// What a target may want to know about who writes to it.
#[derive(Debug, Clone)]
pub struct TargetContext {
    pub configuration_id: domain::ConfigurationId,
}
