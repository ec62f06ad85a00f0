//! What a configuration shows of itself: Graph's synchronizationStatus, with the words of the Cloud Sync portal.

use serde::{Deserialize, Serialize};

use crate::cycle::Problem;
use crate::scope::ScopeContainer;
use crate::{ConfigurationId, Time};

crate::words!(
    StatusCode {
        NotConfigured = "NotConfigured",
        NotRun = "NotRun",
        Active = "Active",
        Paused = "Paused",
        Quarantine = "Quarantine",
        Disabled = "Disabled",
    }
);

crate::words!(
    QuarantineReason {
        EncounteredBaseEscrowThreshold = "EncounteredBaseEscrowThreshold",
        EncounteredTotalEscrowThreshold = "EncounteredTotalEscrowThreshold",
        EncounteredEscrowProportionThreshold = "EncounteredEscrowProportionThreshold",
        EncounteredQuarantineException = "EncounteredQuarantineException",
        Unknown = "Unknown",
        QuarantinedOnDemand = "QuarantinedOnDemand",
        TooManyDeletes = "TooManyDeletes",
        IngestionInterrupted = "IngestionInterrupted",
    }
);

/// Why a configuration is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quarantine {
    pub reason: QuarantineReason,
    pub current_began: Time,
    pub next_attempt: Option<Time>,
    pub error: Problem,
}

/// What a configuration remembers from cycle to cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationState {
    pub configuration_id: ConfigurationId,
    pub paused: bool,
    pub quarantine: Option<Quarantine>,
    /// One cycle may go over the accidental-delete threshold.
    pub deletes_allowed: bool,
    /// Cycles in a row that failed as a whole.
    pub successive_failures: u32,
    /// The scope's containers as last resolved.
    pub containers: Vec<ScopeContainer>,
    /// Objects that the last complete cycle went through.
    pub last_total: Option<u64>,
    pub memory: Memory,
}

/// The part of the memory that only the engine understands; kept as one document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Memory {
    /// The scope's groups as last resolved.
    pub groups: Vec<ScopeContainer>,
    /// When everything was last read to its end.
    pub last_full_at: Option<Time>,
    /// Digest of what the last full cycle was configured to do. Another one asks for a full cycle.
    pub plan_digest: Option<u64>,
    /// Why the next cycle shall read everything.
    pub full_requested: Option<String>,
    /// Cycles in a row that ended in quarantine, and when the first of them did.
    pub quarantine_count: u32,
    pub quarantine_series_began: Option<Time>,
}

impl ConfigurationState {
    pub const fn new(configuration_id: ConfigurationId) -> Self {
        Self {
            configuration_id,
            paused: false,
            quarantine: None,
            deletes_allowed: false,
            successive_failures: 0,
            containers: Vec::new(),
            last_total: None,
            memory: Memory {
                groups: Vec::new(),
                last_full_at: None,
                plan_digest: None,
                full_requested: None,
                quarantine_count: 0,
                quarantine_series_began: None,
            },
        }
    }

    /// The one word for lists. `has_run` tells whether any cycle has ended.
    pub const fn code(&self, enabled: bool, has_run: bool) -> StatusCode {
        if !enabled {
            StatusCode::Disabled
        } else if self.quarantine.is_some() {
            StatusCode::Quarantine
        } else if self.paused {
            StatusCode::Paused
        } else if has_run {
            StatusCode::Active
        } else {
            StatusCode::NotRun
        }
    }
}
