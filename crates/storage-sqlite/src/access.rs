//! Accounts, API tokens and one-time sign-in links.

use async_trait::async_trait;
use domain::access::{Account, ApiToken, Identity, Role};
use domain::{AccountId, Time, TokenId};
use sqlx::sqlite::SqliteRow;
use storage::audit::NewAudit;
use storage::{AccessStore, Result, StorageError};

use crate::audit;
use crate::configuration::found;
use crate::error::{database, referenced};
use crate::fields::{Fields, micros};
use crate::open::SqliteStorage;
use crate::text::fold;
use crate::tx::Durability;

#[async_trait]
impl AccessStore for SqliteStorage {
    async fn add_account(&self, account: &Account, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        sqlx::query(
            "INSERT INTO accounts (id, username, username_key, role, password_hash, created_at, issuer, subject)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(account.id.uuid())
        .bind(&account.username)
        .bind(fold(&account.username))
        .bind(account.role.as_str())
        .bind(&account.password_hash)
        .bind(micros(account.created_at))
        .bind(account.identity.as_ref().map(|identity| &identity.issuer))
        .bind(account.identity.as_ref().map(|identity| &identity.subject))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        audit::append(&mut tx, &audit).await?;
        tx.commit().await
    }

    async fn account_by_name(&self, username: &str) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT * FROM accounts WHERE username_key = ?")
            .bind(fold(username))
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_account).transpose()
    }

    async fn account_by_identity(&self, identity: &Identity) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT * FROM accounts WHERE issuer = ? AND subject = ?")
            .bind(&identity.issuer)
            .bind(&identity.subject)
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_account).transpose()
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT * FROM accounts WHERE id = ?")
            .bind(id.uuid())
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_account).transpose()
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query("SELECT * FROM accounts ORDER BY username_key")
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_account).collect()
    }

    async fn delete_account(&self, id: AccountId, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let deleted = sqlx::query("DELETE FROM accounts WHERE id = ?")
            .bind(id.uuid())
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        found(deleted.rows_affected(), "account")?;
        audit::append(&mut tx, &audit).await?;
        tx.commit().await
    }

    async fn set_password(&self, id: AccountId, hash: &str, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let set = sqlx::query("UPDATE accounts SET password_hash = ? WHERE id = ?")
            .bind(hash)
            .bind(id.uuid())
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        found(set.rows_affected(), "account")?;
        audit::append(&mut tx, &audit).await?;
        tx.commit().await
    }

    async fn set_role(&self, id: AccountId, role: Role, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let set = sqlx::query("UPDATE accounts SET role = ? WHERE id = ?")
            .bind(role.as_str())
            .bind(id.uuid())
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        found(set.rows_affected(), "account")?;
        audit::append(&mut tx, &audit).await?;
        tx.commit().await
    }

    async fn add_token(&self, token: &ApiToken, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        sqlx::query(
            "INSERT INTO api_tokens (id, name, role, hash, created_at, last_used_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(token.id.uuid())
        .bind(&token.name)
        .bind(token.role.as_str())
        .bind(&token.hash)
        .bind(micros(token.created_at))
        .bind(token.last_used_at.map(micros))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        audit::append(&mut tx, &audit).await?;
        tx.commit().await
    }

    async fn token_by_hash(&self, hash: &[u8]) -> Result<Option<ApiToken>> {
        let row = sqlx::query("SELECT * FROM api_tokens WHERE hash = ?")
            .bind(hash)
            .fetch_optional(&self.readers)
            .await
            .map_err(database)?;
        row.as_ref().map(to_token).transpose()
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>> {
        let rows = sqlx::query("SELECT * FROM api_tokens ORDER BY created_at, id")
            .fetch_all(&self.readers)
            .await
            .map_err(database)?;
        rows.iter().map(to_token).collect()
    }

    async fn touch_token(&self, id: TokenId, at: Time) -> Result<()> {
        let mut tx = self.write(Durability::Process).await?;
        let touched = sqlx::query("UPDATE api_tokens SET last_used_at = ? WHERE id = ?")
            .bind(micros(at))
            .bind(id.uuid())
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        found(touched.rows_affected(), "token")?;
        tx.commit().await
    }

    async fn delete_token(&self, id: TokenId, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        let deleted = sqlx::query("DELETE FROM api_tokens WHERE id = ?")
            .bind(id.uuid())
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        found(deleted.rows_affected(), "token")?;
        audit::append(&mut tx, &audit).await?;
        tx.commit().await
    }

    async fn add_sign_in_link(&self, hash: &[u8], account: AccountId, expires_at: Time) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        sqlx::query("INSERT INTO sign_in_links (hash, account_id, expires_at) VALUES (?, ?, ?)")
            .bind(hash)
            .bind(account.uuid())
            .bind(micros(expires_at))
            .execute(&mut *tx)
            .await
            .map_err(referenced(StorageError::Stale { what: "account" }))?;
        tx.commit().await
    }

    async fn take_sign_in_link(&self, hash: &[u8], now: Time) -> Result<Option<Account>> {
        let mut tx = self.write(Durability::Full).await?;
        let account = sqlx::query(
            "SELECT a.* FROM sign_in_links l
             JOIN accounts a ON a.id = l.account_id
             WHERE l.hash = ? AND l.expires_at > ?",
        )
        .bind(hash)
        .bind(micros(now))
        .fetch_optional(&mut *tx)
        .await
        .map_err(database)?
        .as_ref()
        .map(to_account)
        .transpose()?;
        // Used up or expired: either way none of them is good for anything any more.
        sqlx::query("DELETE FROM sign_in_links WHERE hash = ? OR expires_at <= ?")
            .bind(hash)
            .bind(micros(now))
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await?;
        Ok(account)
    }
}

fn to_account(row: &SqliteRow) -> Result<Account> {
    let row = Fields::new(row, "account");
    let (issuer, subject): (Option<String>, Option<String>) = (row.get("issuer")?, row.get("subject")?);
    Ok(Account {
        id: AccountId::new(row.uuid("id")?),
        username: row.text("username")?,
        role: row.word("role")?,
        password_hash: row.get("password_hash")?,
        identity: issuer.zip(subject).map(|(issuer, subject)| Identity { issuer, subject }),
        created_at: row.time("created_at")?,
    })
}

fn to_token(row: &SqliteRow) -> Result<ApiToken> {
    let row = Fields::new(row, "token");
    Ok(ApiToken {
        id: TokenId::new(row.uuid("id")?),
        name: row.text("name")?,
        role: row.word("role")?,
        hash: row.get("hash")?,
        created_at: row.time("created_at")?,
        last_used_at: row.time_or_null("last_used_at")?,
    })
}
