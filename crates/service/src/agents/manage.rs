//! What administrators do to agents, and an agent's farewell.

use channel::signature::Refusal;
use domain::AgentId;
use domain::access::{Principal, Role};
use domain::agent::Agent;
use domain::audit::AuditEntry;
use serde_json::json;
use storage::StorageError;

use super::AgentError;
use crate::{Result, Service, ServiceError};

impl Service {
    /// Ends an agent for good: its connection is cut, nothing of it is taken any more.
    pub async fn retire_agent(&self, principal: &Principal, id: AgentId) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let agent = self.known_agent(id).await?;
        let details = json!({ "agentId": id, "domains": agent.domains });
        let audit = self.audit_entry(principal, "agent.retire", &agent.machine, details);
        self.end_agent(id, audit).await
    }

    /// An agent takes its leave. `agent` signed the request; `id` is whom it concerns.
    pub async fn leave_agent(&self, agent: &Agent, id: AgentId) -> std::result::Result<(), AgentError> {
        if agent.id != id {
            return Err(Refusal::AnotherAgent.into());
        }
        let from = agent.external_address.as_deref();
        let audit = self.agent_audit(agent, from, "agent.leave", json!({ "agentId": id }));
        Ok(self.end_agent(id, audit).await?)
    }

    async fn end_agent(&self, id: AgentId, audit: AuditEntry) -> Result<()> {
        // What it said until now stays in its history.
        self.write_beats().await?;
        match self.storage().retire_agent(id, self.now(), audit).await {
            Err(StorageError::Stale { .. }) => {
                return Err(ServiceError::Conflict("the agent is retired already".to_owned()));
            }
            other => other?,
        }
        self.fleet().known().retire(id);
        if let Some(connections) = self.fleet().connections.get() {
            connections.cut(id);
        }
        self.hint(id);
        Ok(())
    }

    /// Tells an agent to change its key. It does so at once, beside its work.
    pub async fn rotate_agent_key(&self, principal: &Principal, id: AgentId) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let agent = self.known_agent(id).await?;
        if agent.heard.retired.is_some() {
            return Err(ServiceError::Conflict("the agent is retired".to_owned()));
        }
        if !self.connected(id) {
            return Err(ServiceError::Conflict(
                "the agent is not connected; run `skybridge-agent rotate` on its machine".to_owned(),
            ));
        }
        let audit = self.audit_entry(principal, "agent.rotateKey", &agent.machine, json!({ "agentId": id }));
        // Written before the agent is told: nothing happens unrecorded.
        self.storage().append_audit(audit).await?;
        if !self.fleet().connections.get().is_some_and(|connections| connections.change_key(id)) {
            return Err(ServiceError::Conflict(
                "the agent is too old to be told, or its connection ended just now; run `skybridge-agent rotate` on \
                 its machine"
                    .to_owned(),
            ));
        }
        self.hint(id);
        Ok(())
    }

    /// Forgets an agent's alarms.
    pub async fn clear_agent_alarms(&self, principal: &Principal, id: AgentId) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let agent = self.known_agent(id).await?;
        let audit =
            self.audit_entry(principal, "agent.clearAlarms", &agent.machine, json!({ "agentId": id }));
        match self.storage().clear_alarms(id, audit).await {
            Err(StorageError::Stale { .. }) => {
                return Err(ServiceError::Conflict("the agent has no alarm".to_owned()));
            }
            other => other?,
        }
        self.hint(id);
        Ok(())
    }

    /// Replaces the domains that an agent may serve, by id or by name. Its connection is cut, and what it may do is
    /// settled anew when it comes back.
    pub async fn set_agent_domains(
        &self,
        principal: &Principal,
        id: AgentId,
        domains: &[String],
    ) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let agent = self.known_agent(id).await?;
        if agent.heard.retired.is_some() {
            return Err(ServiceError::Conflict("the agent is retired".to_owned()));
        }
        let domains = self.named_domains(domains).await?;
        let names: Vec<&String> = domains.iter().map(|(_, name)| name).collect();
        let details = json!({ "agentId": id, "before": agent.domains, "after": names });
        let audit = self.audit_entry(principal, "agent.domains", &agent.machine, details);
        let ids: Vec<_> = domains.iter().map(|(id, _)| *id).collect();
        self.storage().set_agent_domains(id, &ids, audit).await?;
        if let Some(connections) = self.fleet().connections.get() {
            connections.cut(id);
        }
        self.hint(id);
        Ok(())
    }

    async fn known_agent(&self, id: AgentId) -> Result<Agent> {
        let stored = self.storage().agent(id).await?;
        stored.map(|stored| stored.agent).ok_or_else(|| ServiceError::not_found(format!("agent {id}")))
    }
}
