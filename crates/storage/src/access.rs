//! Accounts, API tokens and one-time sign-in links.

use async_trait::async_trait;
use domain::access::{Account, ApiToken, Identity, Role};
use domain::{AccountId, Time, TokenId};

use crate::Result;
use crate::audit::NewAudit;

#[async_trait]
pub trait AccessStore: Send + Sync {
    /// A taken user name is `Duplicate` (`user name`, without regard to case), and so is a known identity (`identity`).
    async fn add_account(&self, account: &Account, audit: NewAudit) -> Result<()>;
    async fn account_by_name(&self, username: &str) -> Result<Option<Account>>;
    async fn account_by_identity(&self, identity: &Identity) -> Result<Option<Account>>;
    async fn account(&self, id: AccountId) -> Result<Option<Account>>;
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Deletes an account with its sign-in links.
    async fn delete_account(&self, id: AccountId, audit: NewAudit) -> Result<()>;
    async fn set_password(&self, id: AccountId, hash: &str, audit: NewAudit) -> Result<()>;
    async fn set_role(&self, id: AccountId, role: Role, audit: NewAudit) -> Result<()>;

    async fn add_token(&self, token: &ApiToken, audit: NewAudit) -> Result<()>;
    async fn token_by_hash(&self, hash: &[u8]) -> Result<Option<ApiToken>>;
    async fn tokens(&self) -> Result<Vec<ApiToken>>;
    async fn touch_token(&self, id: TokenId, at: Time) -> Result<()>;
    async fn delete_token(&self, id: TokenId, audit: NewAudit) -> Result<()>;

    /// Stores the SHA-256 of a one-time sign-in link for an account.
    async fn add_sign_in_link(&self, hash: &[u8], account: AccountId, expires_at: Time) -> Result<()>;
    /// Uses a link up: gives its account once, if it has not expired, and never again.
    async fn take_sign_in_link(&self, hash: &[u8], now: Time) -> Result<Option<Account>>;
}
