//! The agent gets another key, and nothing that it works on is interrupted: the connection that stands was signed for when
//! it was opened.
//!
//! The next key is written down before the portal hears of it, and the present one is forgotten only when the portal took
//! a request that the next one signed. Whatever breaks in between, the file has the key that the portal knows.

use std::sync::Arc;
use std::time::Duration;

use channel::enrolment::KeyChange;
use channel::key::AgentKey;
use channel::signature::Request;
use chrono::TimeDelta;

use crate::clock;
use crate::portal::{PortalError, post};
use crate::run::Agent;
use crate::settings::{Keys, Settings, SettingsError};

/// Between two looks at the key's age.
const LOOK: Duration = Duration::from_hours(1);

#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("a new key could not be made: {0}")]
    Key(#[from] channel::key::KeyError),
    #[error("{0}; the agent keeps its key, and goes on with the change when it reaches the portal again")]
    Portal(PortalError),
    #[error("the portal knows neither the agent's key nor its next one; leave and enrol again")]
    Unknown,
}

/// Changes the agent's key, or finishes a change that was broken off.
pub async fn rotate(agent: &Agent) -> Result<(), RotationError> {
    let (_, made) = AgentKey::generate()?;
    let settings = Settings::change(&agent.path, |settings| {
        settings.keys.next.get_or_insert(made);
    })?;
    let (Some(stored), Some(next)) = (settings.keys.next.clone(), settings.next_key()?) else {
        return Err(RotationError::Unknown);
    };
    let change = KeyChange::new(agent.id, &next);
    match tell(agent, &change, &settings.agent_key()?).await {
        // An earlier attempt may have come further than its last line in the file.
        Ok(()) | Err(PortalError::UnknownKey(_)) => {}
        Err(error) => return Err(RotationError::Portal(error)),
    }
    match tell(agent, &change, &next).await {
        Ok(()) => {}
        Err(PortalError::UnknownKey(_)) => return Err(RotationError::Unknown),
        Err(error) => return Err(RotationError::Portal(error)),
    }
    Settings::change(&agent.path, |settings| {
        if settings.keys.next.as_ref() == Some(&stored) {
            settings.keys = Keys { key: stored, next: None, since: Some(clock::now()), ..settings.keys };
        }
    })?;
    agent.use_key(next);
    Ok(())
}

/// Says which key shall be the agent's. Signed with that key, it is: the portal takes it with its first request.
async fn tell(agent: &Agent, change: &KeyChange, key: &AgentKey) -> Result<(), PortalError> {
    let address = agent.way.address.authority();
    let path = format!("/api/v1/agents/{}/key", agent.id);
    let body = serde_json::to_vec(change)
        .map_err(|error| PortalError::Strange { address: address.clone(), reason: error.to_string() })?;
    let headers = agent.sign_with(key, &Request { method: "POST", path: &path, body: &body })?;
    let answer = post(agent.way.connect().await?, &address, &path, &headers, body).await?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(answer.refusal()) }
}

/// Changes the key when it is old or the portal asks for it, and finishes what was broken off.
pub async fn keep(agent: Arc<Agent>) {
    loop {
        tokio::select! {
            () = agent.attend_to_key.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        let outcome = match is_due(&agent) {
            Ok(true) => rotate(&agent).await,
            Ok(false) => continue,
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(()) => tracing::info!("the agent has a new key"),
            Err(error) => tracing::warn!(error = %error, "the agent's key was not changed"),
        }
    }
}

fn is_due(agent: &Agent) -> Result<bool, SettingsError> {
    if agent.take_key_change_wanted() {
        return Ok(true);
    }
    let keys = Settings::load(&agent.path)?.keys;
    if keys.next.is_some() {
        return Ok(true);
    }
    let Some(since) = keys.since else {
        // A file of before keys had an age.
        Settings::change(&agent.path, |settings| settings.keys.since = Some(clock::now()))?;
        return Ok(false);
    };
    let age = TimeDelta::days(keys.rotate_after_days.into());
    Ok(keys.rotate_after_days > 0 && clock::now() - since >= age)
}
