//! The catalogue of alerts.

crate::words!(
    /// How bad it is.
    AlertSeverity {
        /// Something stands still, or will soon.
        Critical = "critical",
        /// Work goes on, but somebody should look.
        Warning = "warning",
    }
);

impl AlertSeverity {
    /// As people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Warning => "Warning",
        }
    }
}

crate::words!(
    /// What kind of thing an alert is about.
    SubjectKind {
        Configuration = "configuration",
        Domain = "domain",
        Target = "target",
        Agent = "agent",
        /// The portal itself.
        Portal = "portal",
    }
);

crate::words!(
    /// What an alert says.
    AlertKind {
        Quarantine = "quarantine",
        DeletesWaiting = "deletesWaiting",
        CycleOverdue = "cycleOverdue",
        NoSuccessfulCycle = "noSuccessfulCycle",
        FailureRate = "failureRate",
        DirectoryUnreachable = "directoryUnreachable",
        TargetUnreachable = "targetUnreachable",
        TargetThrottling = "targetThrottling",
        ScopeRenamed = "scopeRenamed",
        ScopeMissing = "scopeMissing",
        DuplicateAcrossForests = "duplicateAcrossForests",
        AgentInactive = "agentInactive",
        AgentStatusOnly = "agentStatusOnly",
        AgentAlarm = "agentAlarm",
        NoAgents = "noAgents",
        FewAgents = "fewAgents",
        DiskNearlyFull = "diskNearlyFull",
    }
);

/// A figure that a rule compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    pub unit: &'static str,
    pub least: u32,
    pub most: u32,
    pub default: u32,
}

impl AlertKind {
    pub const fn severity(self) -> AlertSeverity {
        match self {
            Self::Quarantine
            | Self::DeletesWaiting
            | Self::NoSuccessfulCycle
            | Self::DirectoryUnreachable
            | Self::TargetUnreachable
            | Self::AgentAlarm
            | Self::NoAgents
            | Self::DiskNearlyFull => AlertSeverity::Critical,
            Self::CycleOverdue
            | Self::FailureRate
            | Self::TargetThrottling
            | Self::ScopeRenamed
            | Self::ScopeMissing
            | Self::DuplicateAcrossForests
            | Self::AgentInactive
            | Self::AgentStatusOnly
            | Self::FewAgents => AlertSeverity::Warning,
        }
    }

    /// For lists and headings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarantine => "Configuration in quarantine",
            Self::DeletesWaiting => "Deletes wait for approval",
            Self::CycleOverdue => "Cycle overdue",
            Self::NoSuccessfulCycle => "No successful cycle",
            Self::FailureRate => "Many objects fail",
            Self::DirectoryUnreachable => "Directory cannot be read",
            Self::TargetUnreachable => "Target cannot be reached",
            Self::TargetThrottling => "Target asks for fewer requests",
            Self::ScopeRenamed => "Scope container renamed",
            Self::ScopeMissing => "Scope container missing",
            Self::DuplicateAcrossForests => "Duplicates across forests",
            Self::AgentInactive => "Agent inactive",
            Self::AgentStatusOnly => "Agent reports over 8080 only",
            Self::AgentAlarm => "Agent's key or token misused",
            Self::NoAgents => "No healthy agent in a domain",
            Self::FewAgents => "Few healthy agents in a domain",
            Self::DiskNearlyFull => "Disk nearly full",
        }
    }

    /// When it is so, one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Quarantine => "A configuration is held back because its cycles fail as a whole.",
            Self::DeletesWaiting => {
                "A cycle would have removed more than the accidental-delete threshold allows."
            }
            Self::CycleOverdue => "A cycle should have begun so many minutes ago and has not.",
            Self::NoSuccessfulCycle => {
                "No cycle has come to its end for so many minutes, or for two rounds of the schedule where these are longer."
            }
            Self::FailureRate => "More than this share of a configuration's objects fail and wait.",
            Self::DirectoryUnreachable => {
                "The last cycle could not read its directory: network, certificate, account or rights."
            }
            Self::TargetUnreachable => {
                "The last cycle could not work with its target: network, credentials or protocol."
            }
            Self::TargetThrottling => {
                "Changes of so many objects wait because the target asked for fewer requests."
            }
            Self::ScopeRenamed => {
                "A container or group of a scope has another name than the configuration says."
            }
            Self::ScopeMissing => "A container or group of a scope was deleted in the directory.",
            Self::DuplicateAcrossForests => {
                "Objects fail because another configuration of the same target already keeps them or their values."
            }
            Self::AgentInactive => "An agent has been silent for longer than agents may be.",
            Self::AgentStatusOnly => {
                "An agent is heard over the status port only: no cycle can run through it."
            }
            Self::AgentAlarm => {
                "An agent's key signs on two machines, or its enrolment token was tried again."
            }
            Self::NoAgents => {
                "No agent that is active and reaches the directory serves a domain without a connection."
            }
            Self::FewAgents => "Fewer healthy agents than this serve a domain without a connection.",
            Self::DiskNearlyFull => "More than this share of the data folder's volume is in use.",
        }
    }

    /// The figure that its rule compares with, where there is one.
    pub const fn measure(self) -> Option<Measure> {
        let (unit, least, most, default) = match self {
            Self::CycleOverdue => ("minutes", 1, 10_080, 15),
            Self::NoSuccessfulCycle => ("minutes", 1, 43_200, 120),
            Self::FailureRate => ("percent", 0, 99, 5),
            Self::TargetThrottling => ("objects", 1, 1_000_000, 1),
            Self::FewAgents => ("agents", 2, 100, 3),
            Self::DiskNearlyFull => ("percent", 1, 99, 90),
            _ => return None,
        };
        Some(Measure { unit, least, most, default })
    }

    /// Minutes that the condition must hold before the alert opens, unless somebody sets others.
    pub const fn opens_after(self) -> u32 {
        match self {
            Self::Quarantine
            | Self::DeletesWaiting
            | Self::ScopeRenamed
            | Self::ScopeMissing
            | Self::DuplicateAcrossForests
            | Self::AgentAlarm => 0,
            Self::DirectoryUnreachable | Self::TargetUnreachable | Self::NoAgents | Self::AgentInactive => 2,
            _ => 5,
        }
    }

    /// Whether people are told of it by messages of its own kind already.
    pub const fn has_own_mail(self) -> bool {
        matches!(self, Self::Quarantine | Self::DeletesWaiting)
    }

    /// The milder alert about the same thing that it takes the place of.
    pub const fn replaces(self) -> Option<Self> {
        match self {
            Self::NoAgents => Some(Self::FewAgents),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_when_it_is_so_and_its_figure_fits_its_own_limits() {
        for kind in AlertKind::ALL {
            assert!(kind.meaning().ends_with('.') && !kind.name().ends_with('.'), "{kind}");
            if let Some(measure) = kind.measure() {
                assert!((measure.least..=measure.most).contains(&measure.default), "{kind}");
            }
        }
    }
}
