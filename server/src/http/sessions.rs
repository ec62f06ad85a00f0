//! Browser sessions over our own session repository. The cookie holds a random id; the store keeps its hash, so that
//! whoever reads the database cannot take a session over.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use domain::access::Principal;
use domain::{AccountId, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use storage::{Storage, StorageError};
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use super::{Edge, Problem};

/// A session that nobody uses ends.
const IDLE_HOURS: i64 = 12;
/// A session ends after this long however much it is used.
const LONGEST_DAYS: i64 = 7;
/// Use is written down at most this often.
const TOUCH_MINUTES: i64 = 5;
const KEY: &str = "signedIn";

/// Who signed in, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SignedIn {
    account: AccountId,
    since: Time,
    seen: Time,
}

/// The layer that loads and saves sessions.
pub fn layer(edge: &Edge) -> SessionManagerLayer<Store> {
    let https = edge.options().https;
    SessionManagerLayer::new(Store { storage: edge.storage(), edge: edge.clone() })
        .with_name(if https { "__Host-skybridge" } else { "skybridge" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::hours(IDLE_HOURS)))
}

/// Begins a session. The id changes, so that an id that was known before is worth nothing.
pub async fn begin(edge: &Edge, session: &Session, account: AccountId) -> std::result::Result<(), Problem> {
    let now = edge.service().now();
    session.cycle_id().await.map_err(failed)?;
    session.insert(KEY, SignedIn { account, since: now, seen: now }).await.map_err(failed)
}

pub async fn end(session: &Session) -> std::result::Result<(), Problem> {
    session.flush().await.map_err(failed)
}

/// Who the session belongs to, as that account is now.
pub async fn principal(edge: &Edge, session: &Session) -> std::result::Result<Option<Principal>, Problem> {
    let Some(mut signed_in) = session.get::<SignedIn>(KEY).await.map_err(failed)? else {
        return Ok(None);
    };
    let now = edge.service().now();
    if now - signed_in.since > TimeDelta::days(LONGEST_DAYS) {
        end(session).await?;
        return Ok(None);
    }
    let principal = edge.service().session_principal(signed_in.account).await?;
    if principal.is_none() {
        end(session).await?;
    } else if now - signed_in.seen > TimeDelta::minutes(TOUCH_MINUTES) {
        signed_in.seen = now;
        session.insert(KEY, signed_in).await.map_err(failed)?;
    }
    Ok(principal)
}

fn failed(error: tower_sessions::session::Error) -> Problem {
    service::ServiceError::Internal(Box::new(error)).into()
}

/// tower-sessions' store over ours.
#[derive(Debug, Clone)]
pub struct Store {
    storage: Arc<dyn Storage>,
    edge: Edge,
}

impl Store {
    /// When a session that is used now ends: by the clock of the process, like everything else.
    fn end(&self) -> Time {
        self.edge.service().now() + TimeDelta::hours(IDLE_HOURS)
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let end = self.end();
        while !self.storage.add_session(&key(record.id), &encode(record, end)?, end).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let end = self.end();
        self.storage.put_session(&key(record.id), &encode(record, end)?, end).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.edge.service().now();
        let Some(text) = self.storage.session(&key(*id), now).await.map_err(backend)? else {
            return Ok(None);
        };
        let stored: Stored = serde_json::from_str(&text).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(stored.expires)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data: stored.data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.storage.delete_session(&key(*id)).await.map_err(backend)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    data: HashMap<String, serde_json::Value>,
    /// Seconds since 1970.
    expires: i64,
}

fn key(id: Id) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(id.to_string()))
}

fn encode(record: &Record, end: Time) -> Result<String> {
    let stored = Stored { data: record.data.clone(), expires: end.timestamp() };
    serde_json::to_string(&stored).map_err(|error| Error::Encode(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn backend(error: StorageError) -> Error {
    Error::Backend(super::problem::chain(&error))
}
