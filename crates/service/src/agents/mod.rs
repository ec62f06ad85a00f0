//! Agents: how they come in, what is believed of their requests, what they say of themselves, how they go.

mod authenticate;
mod beats;
mod enrolment;
mod fleet;
mod manage;
mod view;

use std::fmt::Debug;
use std::sync::{Arc, PoisonError};

use channel::signature::Refusal;
use domain::AgentId;
use domain::agent::{Agent, AgentWork, Patience};

use crate::{Service, ServiceError};

pub use enrolment::{EnrolError, NewEnrolment};
pub(crate) use fleet::Fleet;
pub use view::{
    AgentDetail, AgentQuery, AgentSummary, AgentView, Bucket, DomainAgents, DomainVerdict, FEWEST_AGENTS,
};

/// The live connections of agents, as the server keeps them.
pub trait Connections: Send + Sync + Debug {
    /// Ends the agent's connections at once.
    fn cut(&self, agent: AgentId);
    fn connected(&self, agent: AgentId) -> bool;
    /// Tells the agent to change its key; `false` where it is not connected or too old to understand.
    fn change_key(&self, agent: AgentId) -> bool;
    /// What the agent read lately and what failed, oldest first, since the server started.
    fn work(&self, agent: AgentId) -> Vec<AgentWork>;
}

/// What agents are told of the portal, and how long their silence may last. Set before the portal listens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgentSetup {
    pub patience: Patience,
    /// Port of the status listener.
    pub status_port: Option<u16>,
    /// SHA-256 of the certificate (DER) that the portal shows on its own port.
    pub fingerprint: Option<[u8; 32]>,
}

/// Why an agent's request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Failed(#[from] ServiceError),
}

impl From<storage::StorageError> for AgentError {
    fn from(error: storage::StorageError) -> Self {
        Self::Failed(error.into())
    }
}

impl Service {
    /// Sets how agents are treated.
    pub fn set_up_agents(&self, setup: AgentSetup) {
        *self.fleet().setup.write().unwrap_or_else(PoisonError::into_inner) = setup;
    }

    /// Says which certificate the portal shows from now on; tokens that are made later name it.
    pub fn set_portal_certificate(&self, fingerprint: [u8; 32]) {
        self.fleet().setup.write().unwrap_or_else(PoisonError::into_inner).fingerprint = Some(fingerprint);
    }

    /// Names who holds the live connections; a second call changes nothing.
    pub fn attach_connections(&self, connections: Arc<dyn Connections>) {
        let _second = self.fleet().connections.set(connections);
    }

    pub fn agent_setup(&self) -> AgentSetup {
        *self.fleet().setup.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn patience(&self) -> Patience {
        self.agent_setup().patience
    }

    pub(crate) fn connected(&self, agent: AgentId) -> bool {
        self.fleet().connections.get().is_some_and(|connections| connections.connected(agent))
    }

    /// An entry of the audit log for what an agent did, or what was done in its name.
    pub(crate) fn agent_audit(
        &self,
        agent: &Agent,
        address: Option<&str>,
        activity: &str,
        details: serde_json::Value,
    ) -> domain::audit::AuditEntry {
        domain::audit::AuditEntry {
            at: self.now(),
            actor: agent.machine.clone(),
            via: "agent".to_owned(),
            from: address.map(str::to_owned),
            activity: activity.to_owned(),
            subject: agent.machine.clone(),
            reason: None,
            details,
        }
    }
}
