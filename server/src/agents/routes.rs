//! The agents of one domain, for who reads its directory.

use std::time::Duration;

use ::channel::remote::{Route, Routes};
use async_trait::async_trait;
use domain::AgentId;
use ports::SourceError;
use tokio::time::{Instant, timeout_at};

use super::Hub;
use super::hub::Choice;

/// How long an agent is waited for. After a restart of the server agents need a moment to come back, and so does one
/// whose process was started again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to a domain's directory through its agents.
#[derive(Debug, Clone)]
pub struct DomainRoutes {
    hub: Hub,
    domain: String,
}

impl DomainRoutes {
    pub fn new(hub: Hub, domain: &str) -> Self {
        Self { hub, domain: domain.to_owned() }
    }
}

#[async_trait]
impl Routes for DomainRoutes {
    async fn choose(&self, tried: &[AgentId]) -> Result<Route, SourceError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Asked for before looking, so that nobody is missed who comes in between.
            let better = self.hub.better();
            tokio::pin!(better);
            better.as_mut().enable();
            let choice = self.hub.choose(&self.domain, tried);
            match choice {
                Choice::Route(route) => return Ok(route),
                Choice::OutOfReach(away) => return Err(self.out_of_reach_of_all(&away)),
                Choice::Nobody => {}
            }
            if timeout_at(deadline, better).await.is_err() {
                return Err(SourceError::NoAgent { domain: self.domain.clone() });
            }
        }
    }

    fn out_of_reach(&self, agent: AgentId, error: &SourceError) {
        self.hub.out_of_reach(agent, &self.domain, error);
    }
}

impl DomainRoutes {
    fn out_of_reach_of_all(&self, away: &[(String, String)]) -> SourceError {
        let told: Vec<String> = away.iter().map(|(name, reason)| format!("agent {name}: {reason}")).collect();
        SourceError::Unreachable { address: self.domain.clone(), reason: told.join("; ") }
    }
}
