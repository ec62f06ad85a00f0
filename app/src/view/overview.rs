use domain::{
    ProvisioningRecord, Time,
    record::{Action, Status},
    status::StatusCode,
};

use service::agents::AgentSummary;

use super::{AlertGlance, ConfigurationSummary};
use crate::{
    components::Tone,
    format::{counted, short_time},
};

domain::words!(
    /// What the columns of the chart are split by.
    ChartBy { Action = "action", Outcome = "outcome" }
);

/// Operations of one hour.
#[derive(Debug, Clone, Copy)]
pub struct HourFigure {
    pub hour: Time,
    pub action: Action,
    pub status: Status,
    pub count: u64,
}

/// What the built-in directory holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct DirectoryFigures {
    pub users: u64,
    pub groups: u64,
    pub contacts: u64,
}

/// The first page.
#[derive(Debug, Clone)]
pub struct Overview {
    pub configurations: Vec<ConfigurationSummary>,
    pub directory: DirectoryFigures,
    pub by: ChartBy,
    pub hours: Vec<HourFigure>,
    pub recent: Vec<ProvisioningRecord>,
    pub agents: AgentSummary,
    pub alerts: AlertGlance,
}

impl Overview {
    /// The one line of truth and how good it is.
    pub fn truth(&self, now: Time) -> (Tone, String) {
        if self.configurations.is_empty() {
            return (Tone::Calm, "Nothing is synchronised yet".to_owned());
        }
        let of = |code| self.configurations.iter().filter(move |c| c.status == code);
        let mut parts = Vec::new();
        let healthy = of(StatusCode::Active).filter(|c| !c.is_failing()).count() as u64;
        if healthy > 0 {
            parts.push(format!("{} healthy", counted(healthy, "configuration", "configurations")));
        }
        let failing = of(StatusCode::Active).filter(|c| c.is_failing()).count();
        if failing > 0 {
            parts.push(format!("{failing} failing"));
        }
        let quarantined = of(StatusCode::Quarantine).count();
        if quarantined > 0 {
            let since = of(StatusCode::Quarantine).filter_map(|c| c.since).min();
            let since = since.map(|at| format!(" since {}", short_time(at, now))).unwrap_or_default();
            parts.push(format!("{quarantined} in quarantine{since}"));
        }
        for (code, word) in [
            (StatusCode::Paused, "paused"),
            (StatusCode::NotRun, "not run yet"),
            (StatusCode::NotConfigured, "not configured"),
            (StatusCode::Disabled, "disabled"),
        ] {
            let count = of(code).count();
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        let tone = if quarantined + failing > 0 {
            Tone::Bad
        } else if of(StatusCode::Paused).next().is_some() {
            Tone::Warn
        } else if healthy > 0 {
            Tone::Ok
        } else {
            Tone::Calm
        };
        if healthy == 0 {
            let all = counted(self.configurations.len() as u64, "configuration", "configurations");
            return (tone, format!("{all}: {}", parts.join(", ")));
        }
        (tone, parts.join(", "))
    }

    /// Objects that failed or wait, over all configurations.
    pub fn failing_objects(&self) -> u64 {
        self.configurations.iter().map(|configuration| configuration.failing).sum()
    }
}
