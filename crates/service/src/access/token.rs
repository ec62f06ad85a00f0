//! API tokens: random, shown once, kept as their SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use domain::access::{ApiToken, Principal, Role, Via};
use domain::{Secret, TokenId};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use storage::StorageError;

use crate::check::name_problem;
use crate::{Result, Service, ServiceError};

/// What every token begins with, so that scanners for leaked secrets find it.
pub const PREFIX: &str = "sky_";

/// 256 random bits as text.
pub(crate) fn random_text() -> Result<String> {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(ServiceError::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

pub(crate) fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

impl Service {
    /// Makes a token. It is in the answer and nowhere else.
    pub async fn create_token(
        &self,
        principal: &Principal,
        name: &str,
        role: Role,
    ) -> Result<(ApiToken, Secret)> {
        Self::require(principal, Role::Administrator)?;
        let name = name.trim();
        if let Some(problem) = name_problem(name) {
            return Err(ServiceError::invalid("name", problem));
        }
        let secret = format!("{PREFIX}{}", random_text()?);
        let token = ApiToken {
            id: TokenId::new(self.uuid()),
            name: name.to_owned(),
            role,
            hash: digest(&secret),
            created_at: self.now(),
            last_used_at: None,
        };
        let audit = self.audit_entry(principal, "token.create", name, json!({ "role": role }));
        self.storage().add_token(&token, audit).await?;
        Ok((token, Secret::new(secret)))
    }

    pub async fn tokens(&self, principal: &Principal) -> Result<Vec<ApiToken>> {
        Self::require(principal, Role::Administrator)?;
        Ok(self.storage().tokens().await?)
    }

    pub async fn delete_token(&self, principal: &Principal, id: TokenId) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let token = self.storage().tokens().await?.into_iter().find(|token| token.id == id);
        let token = token.ok_or_else(|| ServiceError::not_found(format!("token {id}")))?;
        let audit = self.audit_entry(principal, "token.delete", &token.name, json!({ "role": token.role }));
        match self.storage().delete_token(id, audit).await {
            Err(StorageError::Stale { .. }) => Err(ServiceError::not_found(format!("token {id}"))),
            other => Ok(other?),
        }
    }

    /// Whose token this is; `None` for one that nobody has.
    pub async fn authenticate_token(&self, token: &str) -> Result<Option<Principal>> {
        if !token.starts_with(PREFIX) {
            return Ok(None);
        }
        let Some(found) = self.storage().token_by_hash(&digest(token)).await? else {
            return Ok(None);
        };
        // A busy script must not cause a write a request.
        let now = self.now();
        if found.last_used_at.is_none_or(|last| now - last > TimeDelta::minutes(1)) {
            self.storage().touch_token(found.id, now).await?;
        }
        Ok(Some(Principal { name: found.name, role: found.role, via: Via::Token, from: None }))
    }
}
