//! How an agent comes in: a one-time token of an administrator, and the request that spends it.

use std::sync::{Mutex, PoisonError};

use channel::enrolment::{EnrolmentAnswer, EnrolmentProblem, EnrolmentRequest, EnrolmentToken, KeyChange};
use channel::signature::{Refusal, WINDOW_SECONDS};
use chrono::TimeDelta;
use domain::access::{Principal, Role};
use domain::agent::Agent;
use domain::audit::AuditEntry;
use domain::enrolment::{AgentAlarmKind, Enrolment};
use domain::{AgentId, DomainId, EnrolmentId, Secret, Time};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use serde_json::json;
use storage::agent::{Enrolled, NewAgent};
use storage::{Page, PageRequest, StorageError};

use super::AgentError;
use crate::access::throttle::{Limits, Throttle};
use crate::world::World;
use crate::{Result, Service, ServiceError};

/// How long a token is good unless its maker says otherwise.
const DEFAULT_MINUTES: u32 = 30;
const LONGEST_MINUTES: u32 = 7 * 24 * 60;
/// Enrolments that all addresses together may try in a minute.
const MOST_A_MINUTE: u32 = 600;

/// The brakes on enrolling: one an address, one for all.
#[derive(Debug)]
pub(crate) struct Doors {
    addresses: Throttle,
    minute: Mutex<(i64, u32)>,
}

impl Default for Doors {
    fn default() -> Self {
        Self { addresses: Throttle::new(Limits::ENROLMENT), minute: Mutex::default() }
    }
}

impl Doors {
    fn knock(&self, address: &str, now: Time) -> std::result::Result<(), u32> {
        self.addresses.begin(address, now)?;
        let minute = now.timestamp().div_euclid(60);
        let mut counted = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, 0);
        }
        if counted.1 >= MOST_A_MINUTE {
            return Err(u32::try_from(60 - now.timestamp().rem_euclid(60)).unwrap_or(60));
        }
        counted.1 += 1;
        Ok(())
    }
}

/// The token that an administrator wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewEnrolment {
    /// Domains that the agent may serve, by id or by name; at least one.
    pub domains: Vec<String>,
    /// Minutes until it is good for nothing, 1 to 10080 (a week); 30 when absent.
    pub minutes: Option<u32>,
}

/// Why an agent was not let in.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// One sentence for an unknown, a used, a withdrawn and an expired token.
    #[error("the enrolment token is not valid (any more); make a new one in the portal under Agents")]
    Refused,
    #[error("too many enrolments; wait {seconds} s and try again")]
    Throttled { seconds: u32 },
    #[error(transparent)]
    Malformed(#[from] EnrolmentProblem),
    /// Later requests of this agent would be refused.
    #[error("this machine's clock is {seconds} s off the portal's; set it right and enrol again")]
    Clock { seconds: i64 },
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StorageError> for EnrolError {
    fn from(error: StorageError) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Makes a one-time token. It is in the answer and nowhere else.
    pub async fn create_enrolment(
        &self,
        principal: &Principal,
        wanted: &NewEnrolment,
    ) -> Result<(Enrolment, Secret)> {
        Self::require(principal, Role::Administrator)?;
        let minutes = wanted.minutes.unwrap_or(DEFAULT_MINUTES);
        if !(1..=LONGEST_MINUTES).contains(&minutes) {
            return Err(ServiceError::invalid(
                "minutes",
                format!("a token is good for 1 to {LONGEST_MINUTES} minutes"),
            ));
        }
        let domains = self.named_domains(&wanted.domains).await?;
        let mut secret = [0; 32];
        OsRng.try_fill_bytes(&mut secret).map_err(ServiceError::internal)?;
        let token = EnrolmentToken::new(secret, self.agent_setup().fingerprint);
        let now = self.now();
        let names: Vec<String> = domains.iter().map(|(_, name)| name.clone()).collect();
        let enrolment = Enrolment {
            id: EnrolmentId::new(self.uuid()),
            created_at: now,
            created_by: principal.name.clone(),
            expires_at: now + TimeDelta::minutes(i64::from(minutes)),
            domains: names.clone(),
            used_at: None,
            agent_id: None,
            withdrawn_at: None,
        };
        let details = json!({ "domains": names, "expiresDateTime": enrolment.expires_at });
        let audit = self.audit_entry(principal, "enrollmentToken.create", &enrolment.id.to_string(), details);
        let ids: Vec<DomainId> = domains.iter().map(|(id, _)| *id).collect();
        self.storage().add_enrolment(&enrolment, &token.hash(), &ids, audit).await?;
        Ok((enrolment, token.reveal()))
    }

    /// Domains by id or name, each once, ordered by name; everything that is wrong at its place.
    pub(super) async fn named_domains(&self, references: &[String]) -> Result<Vec<(DomainId, String)>> {
        if references.is_empty() {
            return Err(ServiceError::invalid(
                "domains",
                "name at least one domain that the agent shall serve",
            ));
        }
        let world = World::load(self.storage()).await?;
        let mut problems = Vec::new();
        let mut found: Vec<(DomainId, String)> = Vec::new();
        for (index, reference) in references.iter().enumerate() {
            match world.find_domain(reference) {
                Ok(domain) if found.iter().all(|(id, _)| *id != domain.id) => {
                    found.push((domain.id, domain.name.clone()));
                }
                Ok(_) => {}
                Err(error) => problems.push(domain::document::FieldProblem {
                    path: format!("domains[{index}]"),
                    message: error.to_string(),
                }),
            }
        }
        if problems.is_empty() {
            found.sort_by_key(|(_, name)| name.to_lowercase());
            Ok(found)
        } else {
            Err(ServiceError::Invalid(problems))
        }
    }

    /// Tokens, newest first.
    pub async fn enrolments(&self, principal: &Principal, page: PageRequest) -> Result<Page<Enrolment>> {
        Self::require(principal, Role::Administrator)?;
        Ok(self.storage().enrolments(page).await?)
    }

    pub async fn enrolment(&self, principal: &Principal, id: EnrolmentId) -> Result<Enrolment> {
        Self::require(principal, Role::Administrator)?;
        let found = self.storage().enrolment(id).await?;
        found.ok_or_else(|| ServiceError::not_found(format!("enrolment token {id}")))
    }

    /// Takes back a token that was not used yet.
    pub async fn withdraw_enrolment(&self, principal: &Principal, id: EnrolmentId) -> Result<()> {
        self.enrolment(principal, id).await?;
        let audit = self.audit_entry(principal, "enrollmentToken.withdraw", &id.to_string(), json!({}));
        match self.storage().withdraw_enrolment(id, self.now(), audit).await {
            Err(StorageError::Stale { .. }) => {
                Err(ServiceError::Conflict("the token was used or withdrawn already".to_owned()))
            }
            other => Ok(other?),
        }
    }

    /// Spends a token: from now on the machine's agent is known.
    pub async fn enrol_agent(
        &self,
        request: &EnrolmentRequest,
        address: &str,
    ) -> std::result::Result<EnrolmentAnswer, EnrolError> {
        let now = self.now();
        let doors = &self.fleet().doors;
        doors.knock(address, now).map_err(|seconds| EnrolError::Throttled { seconds })?;
        let (token, key) = request.check()?;
        let off = request.created.saturating_sub(now.timestamp());
        if off.saturating_abs() > WINDOW_SECONDS {
            return Err(EnrolError::Clock { seconds: off });
        }
        let agent = NewAgent {
            id: AgentId::new(self.uuid()),
            machine: request.machine.clone(),
            public_key: key,
            at: now,
            address: address.to_owned(),
            protocol: request.protocol,
        };
        let audit = AuditEntry {
            at: now,
            actor: request.machine.clone(),
            via: "agent".to_owned(),
            from: Some(address.to_owned()),
            activity: "agent.enroll".to_owned(),
            subject: request.machine.clone(),
            reason: None,
            details: json!({ "agentId": agent.id, "system": request.system, "version": request.version }),
        };
        let enrolled = match self.storage().enrol(&token.hash(), &agent, audit).await {
            Err(StorageError::Duplicate { .. }) => {
                let told = "another agent has this key; delete the agent's key file and enrol again";
                return Err(ServiceError::Conflict(told.to_owned()).into());
            }
            other => other?,
        };
        match enrolled {
            Enrolled::Done { domains } => {
                doors.addresses.succeeded(address);
                tracing::info!(agent = %agent.id, machine = agent.machine, address, "an agent enrolled");
                self.hint(agent.id);
                let setup = self.agent_setup();
                Ok(EnrolmentAnswer {
                    agent_id: agent.id,
                    domains,
                    server_time: now,
                    patience: setup.patience,
                    status_port: setup.status_port,
                })
            }
            Enrolled::Refused => {
                tracing::warn!(machine = request.machine, address, "an enrolment was refused");
                Err(EnrolError::Refused)
            }
            Enrolled::UsedBefore { agent } => {
                if let Some(stored) = self.storage().agent(agent).await? {
                    self.raise(&stored.agent, AgentAlarmKind::TokenReused, address).await?;
                }
                Err(EnrolError::Refused)
            }
        }
    }

    /// Keeps the key that an agent wants to go on with. `agent` signed the request; `id` is whom it concerns.
    pub async fn change_agent_key(
        &self,
        agent: &Agent,
        id: AgentId,
        change: &KeyChange,
    ) -> std::result::Result<(), AgentError> {
        if agent.id != id {
            return Err(Refusal::AnotherAgent.into());
        }
        let key = change
            .check(agent.id)
            .map_err(|problem| ServiceError::invalid("publicKey", problem.to_string()))?;
        if key == agent.public_key {
            // It signed this very request, and took over with it.
            return Ok(());
        }
        let from = agent.external_address.as_deref();
        let audit = self.agent_audit(agent, from, "agent.keyOffer", json!({ "agentId": agent.id }));
        match self.storage().offer_key(agent.id, &key, audit).await {
            Err(StorageError::Duplicate { .. }) => {
                Err(ServiceError::Conflict("an agent has this key already; make another one".to_owned())
                    .into())
            }
            other => Ok(other?),
        }
    }
}
