//! Browser sessions. What a session holds is the web layer's own JSON.

use async_trait::async_trait;
use domain::Time;

use crate::Result;

#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Inserts under a new id; `false` when the id is taken.
    async fn add_session(&self, id: &str, data: &str, expires_at: Time) -> Result<bool>;
    async fn put_session(&self, id: &str, data: &str, expires_at: Time) -> Result<()>;
    /// `None` for an unknown or expired one.
    async fn session(&self, id: &str, now: Time) -> Result<Option<String>>;
    async fn delete_session(&self, id: &str) -> Result<()>;
    async fn expire_sessions(&self, now: Time) -> Result<u64>;
}
