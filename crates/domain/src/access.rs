//! Who may do what.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Time, TokenId};

crate::words!(
    /// Roles, each including the ones before it.
    Role {
        /// Sees everything that is no secret.
        Reader = "reader",
        /// Also starts, pauses and restarts cycles.
        Operator = "operator",
        /// Also changes what is configured and who may come in.
        Administrator = "administrator",
    }
);

/// Who acts: known from a session or a token, never from the request's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// User name or token name.
    pub name: String,
    pub role: Role,
    pub via: Via,
    /// Address that the request came from; absent for the product itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

crate::words!(
    /// The door through which a principal came.
    Via { Session = "session", Token = "token", System = "system" }
);

impl Principal {
    /// The product itself: the scheduler, the first start.
    pub fn system() -> Self {
        Self { name: "system".to_owned(), role: Role::Administrator, via: Via::System, from: None }
    }

    /// The same one, coming from a place.
    #[must_use]
    pub fn coming_from(self, place: impl Into<String>) -> Self {
        Self { from: Some(place.into()), ..self }
    }

    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }
}

/// Who may sign in: a local account, or somebody whom an OpenID Connect provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub role: Role,
    /// PHC string (argon2id); absent for an account that signs in by one-time link or at a provider only.
    pub password_hash: Option<String>,
    /// Absent: a local account.
    pub identity: Option<Identity>,
    pub created_at: Time,
}

/// Who somebody is at an OpenID Connect provider, for ever (OpenID Connect Core 1.0 section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
}

/// An API token; the token itself is never kept, only its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    pub id: TokenId,
    pub name: String,
    pub role: Role,
    pub hash: Vec<u8>,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
}
