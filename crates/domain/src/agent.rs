//! Agents: what runs inside a private network, reads its directory and dials out to the portal.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{AgentId, ObjectKind, Time};

crate::words!(
    /// How an agent made itself heard.
    BeatChannel {
        /// The portal's own port, over which work comes too.
        Main = "main",
        /// The status port, over which nothing but a status goes.
        Status = "status",
    }
);

crate::words!(
    /// What the portal says of an agent. Computed whenever it is asked for, so that nothing stale is shown.
    AgentState {
        Active = "active",
        /// Beats are late, but not yet late enough for `Inactive`.
        Degraded = "degraded",
        /// Heard over the status port only: no cycle can run through it.
        StatusOnly = "statusOnly",
        Inactive = "inactive",
        NeverConnected = "neverConnected",
        Retired = "retired",
    }
);

crate::words!(
    /// What a readiness check came to.
    CheckOutcome {
        Passed = "passed",
        Warning = "warning",
        Failed = "failed",
        /// It could not be found out, or does not apply here.
        NotChecked = "notChecked",
    }
);

/// One readiness check, as the agent reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadinessCheck {
    /// Stable word, such as `memory` or `directoryBind`.
    pub id: String,
    /// The domain it concerns; absent: the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    pub outcome: CheckOutcome,
    /// What was done to find out.
    pub did: String,
    /// What was found, with its unit.
    pub found: String,
    /// What is wanted, with its unit; empty where there is no limit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub limit: String,
    /// What to do; empty when passed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice: String,
}

/// What an agent is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentTask {
    /// A full reading of one kind of objects.
    Read(ObjectKind),
    /// What changed since the last cycle.
    Changes,
    /// The present position in the directory's history.
    Position,
    /// Whether the directory is there.
    Probe,
    /// A part of the tree.
    Browse,
    /// Single objects.
    LookUp,
}

/// A reading that an agent did, or something that it failed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentWork {
    pub task: AgentTask,
    pub domain: String,
    pub at: Time,
    pub took_ms: u64,
    /// Pages that came.
    pub pages: u32,
    /// It was read to its end; otherwise nobody waited for the rest, or the connection broke.
    pub whole: bool,
    pub error: Option<String>,
}

/// How an agent finds one of its directories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reach {
    /// The domain's name.
    pub domain: String,
    pub reachable: bool,
    /// Milliseconds from question to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// Why not, one clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What an agent says of itself: every heartbeat, and every status over the status port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beat {
    /// The agent's own time.
    pub at: Time,
    /// Version of the program.
    pub version: String,
    /// Operating system and its version.
    pub system: String,
    /// Since when the process runs.
    pub started_at: Time,
    /// Load of the last minute, in hundredths of a core.
    pub load_centicores: u32,
    /// Resident memory of the process, bytes.
    pub memory_bytes: u64,
    /// Requests under way.
    pub running: u32,
    pub domains: Vec<Reach>,
    /// Only when they changed since the last beat that the portal took; the whole list then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness: Option<Vec<ReadinessCheck>>,
}

/// How long silence may last. All settable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Patience {
    /// Seconds between two beats over the channel.
    pub beat_seconds: u32,
    /// Seconds between two statuses over the status port.
    pub status_seconds: u32,
    /// Beats that may be missed before an agent is degraded.
    pub missed_beats: u32,
    /// Seconds of silence before it is inactive.
    pub inactive_seconds: u32,
    /// Seconds of silence before lists hide it.
    pub hidden_seconds: u32,
}

impl Patience {
    /// How long one beat over a port speaks for its agent.
    pub fn allowance(self, channel: BeatChannel) -> TimeDelta {
        match channel {
            BeatChannel::Main => seconds(self.beat_seconds.saturating_mul(self.missed_beats)),
            BeatChannel::Status => seconds(self.status_seconds.saturating_mul(2)),
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            beat_seconds: 60,
            status_seconds: 600,
            missed_beats: 3,
            inactive_seconds: 3_600,
            hidden_seconds: 864_000,
        }
    }
}

/// When an agent was last heard, and whether it still may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    pub main: Option<Time>,
    pub status: Option<Time>,
    pub retired: Option<Time>,
}

impl Heard {
    /// The last sign of life over either port.
    pub fn last(self) -> Option<(Time, BeatChannel)> {
        match (self.main, self.status) {
            (Some(main), Some(status)) if status > main => Some((status, BeatChannel::Status)),
            (Some(main), _) => Some((main, BeatChannel::Main)),
            (None, Some(status)) => Some((status, BeatChannel::Status)),
            (None, None) => None,
        }
    }

    /// The state at a moment.
    pub fn state(self, now: Time, patience: Patience) -> AgentState {
        if self.retired.is_some() {
            return AgentState::Retired;
        }
        let Some((last, channel)) = self.last() else { return AgentState::NeverConnected };
        let silence = now - last;
        if silence >= seconds(patience.inactive_seconds) {
            return AgentState::Inactive;
        }
        match channel {
            BeatChannel::Status => AgentState::StatusOnly,
            BeatChannel::Main if silence > patience.allowance(channel) => AgentState::Degraded,
            BeatChannel::Main => AgentState::Active,
        }
    }

    /// Whether lists leave it out unless asked: silent for long, or retired as long ago.
    pub fn is_hidden(self, now: Time, patience: Patience) -> bool {
        let last = self.last().map(|(last, _)| last).max(self.retired);
        last.is_some_and(|last| now - last >= seconds(patience.hidden_seconds))
    }
}

fn seconds(count: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(count))
}

/// An agent that the portal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub id: AgentId,
    /// Name of the machine.
    pub machine: String,
    /// Ed25519 public key (RFC 8032), 32 bytes.
    pub public_key: [u8; 32],
    /// Names of the domains that it may serve.
    pub domains: Vec<String>,
    pub enrolled_at: Time,
    pub heard: Heard,
    /// Address that the last connection came from.
    pub external_address: Option<String>,
    /// The last beat, over whichever port.
    pub beat: Option<Beat>,
    /// The last readiness checks that it sent.
    pub readiness: Vec<ReadinessCheck>,
    /// Protocol version spoken on the last connection.
    pub protocol: Option<u16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_timestamp(second, 0).unwrap_or_default()
    }

    fn state(main: Option<i64>, status: Option<i64>, now: i64) -> AgentState {
        Heard { main: main.map(at), status: status.map(at), retired: None }
            .state(at(now), Patience::default())
    }

    #[test]
    fn silence_ages_an_agent_step_by_step() {
        assert_eq!(state(None, None, 0), AgentState::NeverConnected);
        assert_eq!(state(Some(0), None, 180), AgentState::Active);
        assert_eq!(state(Some(0), None, 181), AgentState::Degraded);
        assert_eq!(state(Some(0), None, 3_599), AgentState::Degraded);
        assert_eq!(state(Some(0), None, 3_600), AgentState::Inactive);
    }

    #[test]
    fn the_port_heard_last_decides() {
        assert_eq!(state(Some(0), Some(600), 700), AgentState::StatusOnly);
        assert_eq!(state(Some(650), Some(600), 700), AgentState::Active);
        assert_eq!(state(None, Some(600), 4_200), AgentState::Inactive);
    }

    #[test]
    fn retired_is_retired_whatever_is_heard() {
        let heard = Heard { main: Some(at(10)), status: None, retired: Some(at(5)) };
        assert_eq!(heard.state(at(11), Patience::default()), AgentState::Retired);
    }

    #[test]
    fn ten_days_of_silence_hide_an_agent() {
        let heard = Heard { main: Some(at(0)), ..Heard::default() };
        assert!(!heard.is_hidden(at(863_999), Patience::default()));
        assert!(heard.is_hidden(at(864_000), Patience::default()));
        let retired = Heard { retired: Some(at(100)), ..heard };
        assert!(!retired.is_hidden(at(864_000), Patience::default()));
        assert!(retired.is_hidden(at(864_100), Patience::default()));
    }
}
