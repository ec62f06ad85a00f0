//! Which agent a request comes from, and whether it may be believed.

use std::sync::{Mutex, PoisonError};

use channel::signature::{Claim, Refusal, Request};
use domain::AgentId;
use domain::agent::Agent;
use domain::enrolment::AgentAlarmKind;
use engine::Hint;
use serde_json::json;
use storage::StorageError;
use storage::agent::{CounterOutcome, CounterStep, StoredAgent};
use tokio::sync::oneshot;

use super::AgentError;
use crate::{Result, Service, ServiceError};

/// Counters that one transaction writes.
const MOST_TOGETHER: usize = 1000;

type Answer = std::result::Result<CounterOutcome, StorageError>;

/// Requests that wait for their counters to be written. While one transaction is under way the next ones gather, so
/// that ten thousand agents that come back at once cost a few syncs of the disk.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    waiting: Mutex<Vec<(CounterStep, oneshot::Sender<Answer>)>>,
    writing: tokio::sync::Mutex<()>,
}

impl Counters {
    fn join(&self, step: CounterStep) -> oneshot::Receiver<Answer> {
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((step, sender));
        answer
    }

    fn next(&self) -> Vec<(CounterStep, oneshot::Sender<Answer>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(MOST_TOGETHER);
        waiting.drain(..count).collect()
    }
}

impl Service {
    /// The agent that signed this request, if the signature, its time and its counter are good. The counter is durable
    /// when this returns. `address` is where the request came from.
    pub async fn authenticate_agent(
        &self,
        claim: &Claim,
        request: &Request<'_>,
        address: &str,
    ) -> std::result::Result<Agent, AgentError> {
        claim.is_timely(self.now().timestamp())?;
        let Some(stored) = self.storage().agent(claim.agent).await? else {
            return Err(Refusal::UnknownAgent.into());
        };
        let key = signing_key(&stored, claim, request)?;
        if stored.agent.heard.retired.is_some() {
            return Err(Refusal::Retired.into());
        }
        if i64::try_from(claim.counter).is_err() {
            return Err(Refusal::Malformed.into());
        }
        let step = CounterStep {
            agent: claim.agent,
            key,
            counter: claim.counter,
            created: claim.created,
            mark: claim.mark(),
        };
        let mut agent = stored.agent;
        agent.public_key = key;
        agent.external_address = Some(address.to_owned());
        match self.advance_counter(step).await? {
            CounterOutcome::Taken => Ok(agent),
            CounterOutcome::TakenWithNextKey => {
                let details = json!({ "agentId": agent.id });
                let audit = self.agent_audit(&agent, Some(address), "agent.keyChange", details);
                self.storage().append_audit(audit).await?;
                self.hint(agent.id);
                Ok(agent)
            }
            CounterOutcome::Replayed => Err(Refusal::Replayed.into()),
            CounterOutcome::Cloned => {
                self.raise(&agent, AgentAlarmKind::ClonedKey, address).await?;
                Err(Refusal::ClonedKey.into())
            }
            CounterOutcome::Retired => Err(Refusal::Retired.into()),
            CounterOutcome::OtherKey => Err(Refusal::BadSignature.into()),
            CounterOutcome::Unknown => Err(Refusal::UnknownAgent.into()),
        }
    }

    /// Counts an alarm of an agent and writes it to the audit log.
    pub(super) async fn raise(&self, agent: &Agent, kind: AgentAlarmKind, address: &str) -> Result<()> {
        let details = json!({ "agentId": agent.id, "alarm": kind });
        let audit = self.agent_audit(agent, Some(address), "agent.alarm", details);
        self.storage().raise_alarm(agent.id, kind, self.now(), address, audit).await?;
        tracing::warn!(agent = %agent.id, machine = agent.machine, alarm = %kind, address, "an agent raised an alarm");
        self.hint(agent.id);
        Ok(())
    }

    pub(super) fn hint(&self, agent: AgentId) {
        self.engine().hint(Hint::Agent(agent));
    }

    async fn advance_counter(&self, step: CounterStep) -> Result<CounterOutcome> {
        let mut answer = self.fleet().counters.join(step);
        loop {
            let writing = self.fleet().counters.writing.lock().await;
            match answer.try_recv() {
                Ok(answer) => return Ok(answer?),
                Err(oneshot::error::TryRecvError::Closed) => {
                    return Err(ServiceError::internal("whoever wrote the counters ended without an answer"));
                }
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            // Not part of this request: when its caller goes away, the others' counters are written all the same.
            let service = self.clone();
            let written = tokio::spawn(async move { service.write_counters().await }).await;
            drop(writing);
            written.map_err(ServiceError::internal)?;
        }
    }

    async fn write_counters(&self) {
        let batch = self.fleet().counters.next();
        let (steps, senders): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        if steps.is_empty() {
            return;
        }
        match self.storage().advance_counters(&steps).await {
            Ok(outcomes) => {
                for (sender, outcome) in senders.into_iter().zip(outcomes) {
                    drop(sender.send(Ok(outcome)));
                }
            }
            Err(error) => {
                let full = matches!(error, StorageError::Full);
                let text = error.to_string();
                let mut first = Some(error);
                for sender in senders {
                    let error = first.take().unwrap_or_else(|| {
                        if full { StorageError::Full } else { StorageError::Database(text.clone().into()) }
                    });
                    drop(sender.send(Err(error)));
                }
            }
        }
    }
}

/// The key of the agent that signed: the one it has, or the one that shall take over.
fn signing_key(
    stored: &StoredAgent,
    claim: &Claim,
    request: &Request<'_>,
) -> std::result::Result<[u8; 32], Refusal> {
    match claim.verify(&stored.agent.public_key, request) {
        Ok(()) => Ok(stored.agent.public_key),
        Err(Refusal::BadSignature) => {
            let next = stored.next_key.ok_or(Refusal::BadSignature)?;
            claim.verify(&next, request).map(|()| next)
        }
        Err(refusal) => Err(refusal),
    }
}
