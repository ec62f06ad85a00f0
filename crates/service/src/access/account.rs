//! Local accounts: sign-in with a password or with a one-time link.

use chrono::TimeDelta;
use domain::access::{Account, Principal, Role, Via};
use domain::{AccountId, Secret};
use serde_json::json;

use super::password;
use super::token::{digest, random_text};
use crate::{Result, Service, ServiceError};

/// How long a one-time link can be used.
pub const LINK_MINUTES: i64 = 10;

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// One sentence for an unknown user, a wrong password and an account without one.
    #[error("the user name or the password is wrong")]
    Refused,
    #[error("too many attempts; wait {seconds} s and try again")]
    Throttled { seconds: u32 },
    /// The provider knows them, and no list of the settings does.
    #[error("nothing in the claim `{claim}` of {username} gives a role here")]
    NoRole { username: String, claim: String },
    /// Somebody else's account has the name already.
    #[error("another account is called {username}")]
    NameTaken { username: String },
    /// What came back from the provider does not belong to what this browser began.
    #[error("this sign-in was not begun here, or too long ago")]
    Strayed,
    /// The provider, or somebody at it, said no.
    #[error("{0}")]
    Declined(String),
    /// The provider cannot be asked, or not be believed.
    #[error("{0}")]
    Provider(String),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<storage::StorageError> for SignInError {
    fn from(error: storage::StorageError) -> Self {
        Self::Service(error.into())
    }
}

/// Longest user name, in characters.
pub(super) const LONGEST_NAME: usize = 64;

fn principal_of(account: &Account) -> Principal {
    Principal { name: account.username.clone(), role: account.role, via: Via::Session, from: None }
}

pub(super) fn fits_a_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-' | '_' | '@')
}

fn username_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("the user name is empty")
    } else if name.chars().count() > LONGEST_NAME {
        Some("the user name is longer than 64 characters")
    } else if !name.chars().all(fits_a_name) {
        Some("the user name may contain letters, digits and . - _ @ only")
    } else {
        None
    }
}

/// Why something of an account cannot be changed here.
fn elsewhere(account: &Account, what: &str) -> ServiceError {
    ServiceError::Conflict(format!(
        "the account {} belongs to the sign-in provider: it {what}",
        account.username
    ))
}

/// The last local administrator is the way in when the provider is down.
fn spare_the_last(accounts: &[Account], account: &Account) -> Result<()> {
    let local = |account: &Account| account.role == Role::Administrator && account.identity.is_none();
    if local(account) && accounts.iter().filter(|account| local(account)).count() == 1 {
        return Err(ServiceError::Conflict("this is the last local administrator's account".to_owned()));
    }
    Ok(())
}

impl Service {
    pub async fn create_account(
        &self,
        principal: &Principal,
        username: &str,
        role: Role,
        password: Option<&Secret>,
    ) -> Result<Account> {
        Self::require(principal, Role::Administrator)?;
        let username = username.trim();
        if let Some(problem) = username_problem(username) {
            return Err(ServiceError::invalid("username", problem));
        }
        let password_hash = match password {
            Some(password) => Some(self.hash_checked(username, password).await?),
            None => None,
        };
        let account = Account {
            id: AccountId::new(self.uuid()),
            username: username.to_owned(),
            role,
            password_hash,
            identity: None,
            created_at: self.now(),
        };
        let audit = self.audit_entry(principal, "account.create", username, json!({ "role": role }));
        self.storage().add_account(&account, audit).await?;
        Ok(account)
    }

    pub async fn set_password(&self, principal: &Principal, username: &str, password: &Secret) -> Result<()> {
        let own = principal.via == Via::Session && principal.name.eq_ignore_ascii_case(username);
        if !own {
            Self::require(principal, Role::Administrator)?;
        }
        let account = self
            .storage()
            .account_by_name(username)
            .await?
            .ok_or_else(|| ServiceError::not_found(format!("account {username}")))?;
        if account.identity.is_some() {
            return Err(elsewhere(&account, "has no password here"));
        }
        let hash = self.hash_checked(&account.username, password).await?;
        let audit = self.audit_entry(principal, "account.setPassword", &account.username, json!({}));
        Ok(self.storage().set_password(account.id, &hash, audit).await?)
    }

    pub async fn accounts(&self, principal: &Principal) -> Result<Vec<Account>> {
        Self::require(principal, Role::Administrator)?;
        Ok(self.storage().accounts().await?)
    }

    /// Deletes an account; whoever is signed in with it is signed out. One's own and the last administrator's stay.
    pub async fn delete_account(&self, principal: &Principal, id: AccountId) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let accounts = self.storage().accounts().await?;
        let gone = || ServiceError::not_found(format!("account {id}"));
        let account = accounts.iter().find(|account| account.id == id).ok_or_else(gone)?;
        if principal.via == Via::Session && principal.name.eq_ignore_ascii_case(&account.username) {
            return Err(ServiceError::Conflict(
                "nobody deletes the account they are signed in with".to_owned(),
            ));
        }
        spare_the_last(&accounts, account)?;
        let audit =
            self.audit_entry(principal, "account.delete", &account.username, json!({ "role": account.role }));
        match self.storage().delete_account(id, audit).await {
            Err(storage::StorageError::Stale { .. }) => Err(gone()),
            other => Ok(other?),
        }
    }

    /// Gives a local account another role. It holds from the next request on, also for who is signed in.
    pub async fn set_role(&self, principal: &Principal, id: AccountId, role: Role) -> Result<Account> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let accounts = self.storage().accounts().await?;
        let gone = || ServiceError::not_found(format!("account {id}"));
        let account = accounts.iter().find(|account| account.id == id).ok_or_else(gone)?;
        if account.role == role {
            return Ok(account.clone());
        }
        if account.identity.is_some() {
            return Err(elsewhere(account, "gets its role there, with each sign-in"));
        }
        if principal.via == Via::Session && principal.name.eq_ignore_ascii_case(&account.username) {
            return Err(ServiceError::Conflict("nobody changes their own role".to_owned()));
        }
        spare_the_last(&accounts, account)?;
        let details = json!({ "before": account.role, "after": role });
        let audit = self.audit_entry(principal, "account.setRole", &account.username, details);
        match self.storage().set_role(id, role, audit).await {
            Err(storage::StorageError::Stale { .. }) => Err(gone()),
            other => other.map(|()| Account { role, ..account.clone() }).map_err(Into::into),
        }
    }

    async fn hash_checked(&self, username: &str, password: &Secret) -> Result<String> {
        match password::problem(username, password) {
            Some(problem) => Err(ServiceError::invalid("password", problem)),
            None => self.passwords().hash(password).await,
        }
    }

    /// Signs in with a password. `address` is where the request came from.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &Secret,
        address: &str,
    ) -> std::result::Result<(AccountId, Principal), SignInError> {
        let username: String = username.trim().chars().take(64).collect();
        let key = username.to_lowercase();
        let now = self.now();
        let throttled = |seconds| SignInError::Throttled { seconds };
        self.address_throttle().begin(address, now).map_err(throttled)?;
        self.account_throttle().begin(&key, now).map_err(throttled)?;
        let account = self.storage().account_by_name(&username).await?;
        let hash = account.as_ref().and_then(|account| account.password_hash.as_deref());
        let fits = self.passwords().verify(password, hash).await?;
        let Some(account) = account.filter(|_| fits) else {
            let nobody = Principal {
                name: username.clone(),
                role: Role::Reader,
                via: Via::Session,
                from: Some(address.to_owned()),
            };
            let entry = self.audit_entry(&nobody, "session.refused", &username, json!({}));
            self.storage().append_audit(entry).await?;
            return Err(SignInError::Refused);
        };
        self.account_throttle().succeeded(&key);
        self.address_throttle().succeeded(address);
        self.note_sign_in(&account, "password", address).await?;
        Ok((account.id, principal_of(&account)))
    }

    /// A one-time link's token for an account, for [`LINK_MINUTES`].
    pub async fn create_sign_in_link(&self, principal: &Principal, account: AccountId) -> Result<Secret> {
        Self::require(principal, Role::Administrator)?;
        let token = random_text()?;
        let expires_at = self.now() + TimeDelta::minutes(LINK_MINUTES);
        self.storage().add_sign_in_link(&digest(&token), account, expires_at).await?;
        Ok(Secret::new(token))
    }

    /// Signs in with a link's token and uses it up.
    pub async fn sign_in_with_link(
        &self,
        token: &str,
        address: &str,
    ) -> std::result::Result<(AccountId, Principal), SignInError> {
        let now = self.now();
        self.address_throttle().begin(address, now).map_err(|seconds| SignInError::Throttled { seconds })?;
        let account = self.storage().take_sign_in_link(&digest(token), now).await?;
        let account = account.ok_or(SignInError::Refused)?;
        self.address_throttle().succeeded(address);
        self.note_sign_in(&account, "link", address).await?;
        Ok((account.id, principal_of(&account)))
    }

    pub(super) async fn note_sign_in(&self, account: &Account, how: &str, address: &str) -> Result<()> {
        let who = principal_of(account).coming_from(address);
        let entry = self.audit_entry(&who, "session.create", &account.username, json!({ "with": how }));
        Ok(self.storage().append_audit(entry).await?)
    }

    /// Who an account is now: its role may have changed since the session began. `None` when it is gone.
    pub async fn session_principal(&self, account: AccountId) -> Result<Option<Principal>> {
        Ok(self.storage().account(account).await?.as_ref().map(principal_of))
    }

    /// A sign-in token for the first administrator, as long as no administrator has a password. The account is
    /// made when there is none.
    pub async fn first_sign_in(&self) -> Result<Option<Secret>> {
        let accounts = self.storage().accounts().await?;
        let local = |account: &&Account| account.role == Role::Administrator && account.identity.is_none();
        let administrators = || accounts.iter().filter(local);
        if administrators().any(|account| account.password_hash.is_some()) {
            return Ok(None);
        }
        let system = Principal::system();
        let id = match administrators().next() {
            Some(account) => account.id,
            None => self.create_account(&system, "admin", Role::Administrator, None).await?.id,
        };
        self.create_sign_in_link(&system, id).await.map(Some)
    }
}
