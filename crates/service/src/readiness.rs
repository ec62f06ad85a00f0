//! Directory readiness: what cloud targets would refuse, found by reading every directory, on request.
//!
//! A look reads each directory twice, through the same port as a cycle and so through agents as well: first only what
//! must be unique, of which eight bytes a value are kept, then everything the rules look at. Nothing is written to a
//! directory; what would mend it is given as LDIF.

mod look;

use domain::access::{Principal, Role};
use domain::readiness::{ObjectFinding, ReadinessScan};
use domain::unmatched::ScanState;
use serde_json::json;
pub use storage::readiness::{FindingCounts, FindingFilter};
use storage::{Page, PageRequest, StorageError};

use crate::settings::VERIFIED_DOMAINS;
use crate::{Result, Service, ServiceError};

impl Service {
    /// Starts a look through all directories, and gives it as it begins. [`ServiceError::Busy`] while one is running.
    pub async fn scan_readiness(&self, principal: &Principal) -> Result<ReadinessScan> {
        Self::require(principal, Role::Operator)?;
        let domains = self.storage().domains().await?;
        if domains.is_empty() {
            return Err(ServiceError::Conflict("there is no source domain yet: add one first".to_owned()));
        }
        let scan = ReadinessScan {
            state: ScanState::Running,
            requested_by: principal.name.clone(),
            started_at: self.now(),
            ended_at: None,
            domains: Vec::new(),
            findings: 0,
            verified_domains: self.stored_setting(VERIFIED_DOMAINS).await?.unwrap_or_default(),
        };
        self.storage().begin_readiness(&scan).await.map_err(|error| match error {
            StorageError::Duplicate { what } => {
                ServiceError::Busy(format!("a {what} is running; wait for its end"))
            }
            other => other.into(),
        })?;
        let names: Vec<_> = domains.iter().map(|domain| domain.name.as_str()).collect();
        let entry = self.audit_entry(principal, "readiness.scan", &names.join(", "), json!({}));
        if let Err(error) = self.storage().append_audit(entry).await {
            // Nobody would ever end it.
            self.storage().interrupt_readiness().await?;
            return Err(error.into());
        }
        let (surroundings, begun) = (self.surroundings(), scan.clone());
        tokio::spawn(async move { look::look(&surroundings, domains, begun).await });
        Ok(scan)
    }

    /// The last look; `None` before the first one.
    pub async fn readiness_scan(&self, principal: &Principal) -> Result<Option<ReadinessScan>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().readiness_scan().await?)
    }

    /// What the last look found, in the order in which it was found or backwards; also while it runs.
    pub async fn readiness_findings(
        &self,
        principal: &Principal,
        filter: &FindingFilter,
        last_first: bool,
        page: PageRequest,
    ) -> Result<Page<ObjectFinding>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().findings(filter, last_first, page).await?)
    }

    pub async fn readiness_counts(&self, principal: &Principal) -> Result<FindingCounts> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().finding_counts().await?)
    }
}
