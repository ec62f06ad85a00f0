//! What a configuration shows of itself: Graph's synchronizationStatus, with the words of the Cloud Sync portal.

use serde::{Deserialize, Serialize};

use crate::cycle::Problem;
use crate::scope::ScopeContainer;
use crate::{ConfigurationId, CycleId, Time};

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

impl Quarantine {
    /// Hours after the beginning at which the configuration is tried again; after the last, every day.
    pub const LADDER: [i64; 3] = [6, 12, 24];

    /// Which step of the ladder the next attempt is, from 0; beyond the ladder's end it is a daily one.
    pub fn step(&self) -> Option<usize> {
        let waited = (self.next_attempt? - self.current_began).num_hours();
        Some(Self::LADDER.iter().take_while(|hours| **hours < waited).count())
    }
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
    /// When everything was read to its end for the first time, and the last time.
    pub first_full_at: Option<Time>,
    pub last_full_at: Option<Time>,
    /// The last complete cycle that changed something in the target.
    pub last_exporting: Option<CycleId>,
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
                first_full_at: None,
                last_full_at: None,
                last_exporting: None,
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn the_next_attempt_tells_its_step_of_the_ladder() {
        let began = Time::from_timestamp(1_700_000_000, 0).expect("a valid time");
        let step = |hours: Option<i64>| {
            let quarantine = Quarantine {
                reason: QuarantineReason::TooManyDeletes,
                current_began: began,
                next_attempt: hours.map(|hours| began + TimeDelta::hours(hours)),
                error: Problem { code: String::new(), message: String::new() },
            };
            quarantine.step()
        };
        assert_eq!(
            [Some(6), Some(12), Some(24), Some(49), None].map(step),
            [Some(0), Some(1), Some(2), Some(3), None]
        );
    }
}
