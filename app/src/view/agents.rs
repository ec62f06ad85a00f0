use domain::{AgentId, agent::AgentState, enrolment::Enrolment};
use service::agents::{AgentDetail, AgentSummary, AgentView};

use super::{
    Errors,
    query::{self, Pairs},
};

domain::words!(
    /// How far back a timeline goes.
    TimelineSpan { Day = "day", Week = "week" }
);

/// Which agents the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentsQuery {
    pub text: String,
    pub state: Option<AgentState>,
    /// A domain's name.
    pub domain: String,
    /// Also those that were retired or have been silent for long.
    pub hidden: bool,
    pub after: Option<String>,
}

impl AgentsQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name);
        Self {
            text: one("q").unwrap_or_default().trim().to_owned(),
            state: one("state").and_then(|value| value.parse().ok()),
            domain: one("domain").unwrap_or_default().to_owned(),
            hidden: one("hidden").is_some(),
            after: one("after").map(str::to_owned),
        }
    }

    pub fn href(&self) -> String {
        let pairs = [
            ("q", self.text.clone()),
            ("state", self.state.map(|state| state.to_string()).unwrap_or_default()),
            ("domain", self.domain.clone()),
            ("hidden", if self.hidden { "1".to_owned() } else { String::new() }),
            ("after", self.after.clone().unwrap_or_default()),
        ];
        query::href("/agents", &pairs)
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self::default()
    }
}

/// The list of agents, and how well each domain is served.
#[derive(Debug, Clone)]
pub struct AgentList {
    pub summary: AgentSummary,
    pub filter: AgentsQuery,
    pub rows: Vec<AgentView>,
    pub next: Option<String>,
    /// One-time tokens that may still be used; administrators only.
    pub tokens: Vec<Enrolment>,
}

/// The form that adds an agent, and its one-time token once it was made.
#[derive(Debug, Clone, Default)]
pub struct AddAgent {
    /// Every domain with whether it is ticked.
    pub domains: Vec<(String, bool)>,
    pub minutes: String,
    pub errors: Errors,
    pub made: Option<MadeToken>,
}

/// A one-time token, shown once.
#[derive(Clone)]
pub struct MadeToken {
    pub enrolment: Enrolment,
    pub token: domain::Secret,
    /// Address of the portal as the administrator sees it.
    pub server: String,
}

impl std::fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeToken").field("enrolment", &self.enrolment).finish_non_exhaustive()
    }
}

/// One agent.
#[derive(Debug, Clone)]
pub struct AgentPage {
    pub detail: AgentDetail,
    pub span: TimelineSpan,
    /// Every domain with whether the agent may serve it.
    pub domains: Vec<(String, bool)>,
}

pub fn agent_href(id: AgentId) -> String {
    format!("/agents/{id}")
}
