//! Settings of the whole installation, by key, and the check that the database is alive.

use async_trait::async_trait;

use crate::Result;

#[async_trait]
pub trait SettingStore: Send + Sync {
    async fn setting(&self, key: &str) -> Result<Option<serde_json::Value>>;
    async fn put_setting(&self, key: &str, value: &serde_json::Value) -> Result<()>;
    /// Reads and writes a trivial thing: the database answers and its disk takes data.
    async fn check_storage(&self) -> Result<()>;
}
