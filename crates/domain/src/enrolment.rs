//! One-time tokens by which agents become known, and what is alarming about an agent.

use serde::{Deserialize, Serialize};

use crate::{AgentId, EnrolmentId, Time};

/// A one-time token, as the portal knows it: the token itself is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    pub id: EnrolmentId,
    pub created_at: Time,
    /// Who made it.
    pub created_by: String,
    pub expires_at: Time,
    /// Names of the domains that its agent may serve.
    pub domains: Vec<String>,
    pub used_at: Option<Time>,
    /// The agent that it let in.
    pub agent_id: Option<AgentId>,
    /// When an administrator took it back.
    pub withdrawn_at: Option<Time>,
}

crate::words!(
    EnrolmentState { Open = "open", Used = "used", Withdrawn = "withdrawn", Expired = "expired" }
);

impl Enrolment {
    pub fn state(&self, now: Time) -> EnrolmentState {
        if self.used_at.is_some() {
            EnrolmentState::Used
        } else if self.withdrawn_at.is_some() {
            EnrolmentState::Withdrawn
        } else if now >= self.expires_at {
            EnrolmentState::Expired
        } else {
            EnrolmentState::Open
        }
    }
}

crate::words!(
    /// What is alarming about an agent.
    AgentAlarmKind {
        /// Its enrolment token was tried a second time: somebody else has it.
        TokenReused = "tokenReused",
        /// Its key signs on more than one machine, or on one that was set back to an earlier day.
        ClonedKey = "clonedKey",
    }
);

/// An alarm that nobody has cleared yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentAlarm {
    pub kind: AgentAlarmKind,
    pub first_at: Time,
    pub last_at: Time,
    pub count: u64,
    /// Where the last one came from.
    pub address: String,
}

impl AgentAlarmKind {
    /// What happened, one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::TokenReused => {
                "The token that enrolled this agent was tried again, by somebody else or by mistake."
            }
            Self::ClonedKey => {
                "This agent's key is used by two machines, or by one that was set back to an earlier state."
            }
        }
    }

    /// What to do, one or two sentences.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::TokenReused => {
                "Find out who had the token. If this agent is not the one that you enrolled, retire it; otherwise clear the alarm."
            }
            Self::ClonedKey => {
                "Retire the agent and enrol its machine anew. A machine made from a copy of another one needs a token of its own."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_open_until_it_is_used_withdrawn_or_old() {
        let at = |second| Time::from_timestamp(second, 0).unwrap_or_default();
        let open = Enrolment {
            id: EnrolmentId::new(uuid::Uuid::from_u128(1)),
            created_at: at(0),
            created_by: "ada".to_owned(),
            expires_at: at(1800),
            domains: vec!["a.local".to_owned()],
            used_at: None,
            agent_id: None,
            withdrawn_at: None,
        };
        assert_eq!(open.state(at(1799)), EnrolmentState::Open);
        assert_eq!(open.state(at(1800)), EnrolmentState::Expired);
        let withdrawn = Enrolment { withdrawn_at: Some(at(1)), ..open.clone() };
        assert_eq!(withdrawn.state(at(2)), EnrolmentState::Withdrawn);
        assert_eq!(Enrolment { used_at: Some(at(1)), ..open }.state(at(5000)), EnrolmentState::Used);
    }
}
