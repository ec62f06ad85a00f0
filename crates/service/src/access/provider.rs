//! Sign-in at an OpenID Connect provider. The provider says who somebody is and what they belong to; the lists of the
//! settings say which role that is. Somebody's account follows the provider: it is made with the first sign-in, takes
//! on the role of each, and goes with the first one that has none.

use std::fmt;

use chrono::TimeDelta;
use domain::access::{Account, Identity, Principal, Role, Via};
use domain::document::SignInEntry;
use domain::{AccountId, SealedSecret, Secret, Time};
use openid::{Flow, OpenIdError, Person, Provider};
use serde::{Deserialize, Serialize};
use serde_json::json;
use storage::StorageError;
use url::Url;

use super::account::{LONGEST_NAME, SignInError, fits_a_name};
use crate::sealer::SIGN_IN_SECRET;
use crate::settings;
use crate::{Result, Service, ServiceError};

/// Where the provider sends people back to, below the portal's address.
pub const RETURN: &str = "/sign-in/openid/return";
/// How long somebody may take at the provider.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// A provider's description and keys are read again after so long; that they could not be read is known for less.
const FRESH: TimeDelta = TimeDelta::minutes(5);
const FAILED: TimeDelta = TimeDelta::seconds(5);
/// Longest address to go on to, in bytes: a cookie has 4096.
const LONGEST_WAY: usize = 1500;
/// Most characters of what a provider says.
const LONGEST_SAID: usize = 300;
/// Most values of a claim that the audit log notes.
const NOTED: usize = 20;
/// What is sealed for the way to the provider and back.
const PENDING: &str = "signInPending";

/// The provider's description, as it was read last.
#[derive(Debug, Default)]
pub(crate) struct Known(Option<Read>);

#[derive(Debug)]
struct Read {
    provider: Provider,
    at: Time,
    flow: std::result::Result<Flow, String>,
}

/// Somebody on their way to the provider.
pub struct Leaving {
    pub address: String,
    /// What the browser has to bring back, and nobody can read.
    pub pending: String,
}

impl fmt::Debug for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leaving(…)")
    }
}

/// Somebody who came back and is who they say.
#[derive(Debug)]
pub struct Arrived {
    pub account: AccountId,
    /// Where they wanted to go before they were asked to sign in.
    pub next: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    issuer: String,
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    until: Time,
}

impl Service {
    /// What the button for the provider says; `None` where nobody signs in at one.
    pub async fn provider_label(&self) -> Result<Option<String>> {
        let entry = self.sign_in_entry().await?.filter(|entry| entry.enabled);
        Ok(entry.map(|entry| {
            let host = || Url::parse(&entry.issuer).ok()?.host_str().map(str::to_owned);
            entry.label.clone().or_else(host).unwrap_or_else(|| entry.issuer.clone())
        }))
    }

    /// Where the provider has to send people back to: what an administrator enters there.
    pub fn provider_return(&self) -> String {
        format!("{}{RETURN}", self.portal_address())
    }

    /// Reads the provider's description and its keys, as a sign-in would.
    pub async fn test_provider(&self, principal: &Principal) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let Some(entry) = self.sign_in_entry().await? else {
            return Err(ServiceError::Conflict("no provider is set; set one first".to_owned()));
        };
        let provider = self.provider(&entry).await?;
        let flow = Flow::discover(provider.clone()).await;
        let result = flow.as_ref().map(drop).map_err(unavailable);
        let flow = flow.map_err(|error| error.to_string());
        self.known_provider().lock().await.0 = Some(Read { provider, at: self.now(), flow });
        result
    }

    /// Begins a sign-in at the provider. `next` is where to go afterwards.
    pub async fn begin_sign_in(&self, next: &str) -> std::result::Result<Leaving, SignInError> {
        let entry = self.enabled_entry().await?;
        let begun = self.flow(&entry).await?.begin();
        let pending = Pending {
            issuer: entry.issuer,
            state: begun.state.expose().to_owned(),
            nonce: begun.nonce.expose().to_owned(),
            verifier: begun.verifier.expose().to_owned(),
            next: if next.len() <= LONGEST_WAY { next.to_owned() } else { "/".to_owned() },
            until: self.now() + PATIENCE,
        };
        let text = serde_json::to_string(&pending).map_err(ServiceError::internal)?;
        let sealed = self.sealer().seal(PENDING, &Secret::new(text)).map_err(ServiceError::internal)?;
        Ok(Leaving { address: begun.address, pending: sealed.0 })
    }

    /// Ends a sign-in: `pending` is what the browser was given, `state` and `code` are what the provider sent along.
    pub async fn end_sign_in(
        &self,
        pending: &str,
        state: &str,
        code: &Secret,
        address: &str,
    ) -> std::result::Result<Arrived, SignInError> {
        let entry = self.enabled_entry().await?;
        let pending = self.opened(pending, state, &entry).ok_or(SignInError::Strayed)?;
        let throttled = |seconds| SignInError::Throttled { seconds };
        self.address_throttle().begin(address, self.now()).map_err(throttled)?;
        let (nonce, verifier) = (Secret::new(pending.nonce), Secret::new(pending.verifier));
        let person = match self.flow(&entry).await?.finish(code, &nonce, &verifier).await {
            Ok(person) => person,
            Err(error) => {
                tracing::warn!(issuer = entry.issuer, address, error = %error, "a sign-in at the provider failed");
                return Err(SignInError::Provider(error.to_string()));
            }
        };
        let account = self.account_of(&entry, &person, address).await?;
        self.address_throttle().succeeded(address);
        self.note_sign_in(&account, "openid", address).await?;
        Ok(Arrived { account: account.id, next: pending.next })
    }

    /// What the provider says instead of a code (OpenID Connect Core 1.0 section 3.1.2.6). It is passed on only to a browser
    /// that began this sign-in: anybody can send somebody an address with words of their own.
    pub async fn refused_by_provider(&self, pending: &str, state: &str, said: &str) -> SignInError {
        match self.enabled_entry().await {
            Ok(entry) if self.opened(pending, state, &entry).is_some() => {
                SignInError::Declined(said.trim().chars().take(LONGEST_SAID).collect())
            }
            Ok(_) => SignInError::Strayed,
            Err(error) => error,
        }
    }

    /// What was sealed when this browser left, if it belongs to what comes back.
    fn opened(&self, pending: &str, state: &str, entry: &SignInEntry) -> Option<Pending> {
        let text = self.sealer().unseal(PENDING, &SealedSecret(pending.to_owned())).ok()?;
        let pending: Pending = serde_json::from_str(text.expose()).ok()?;
        let fits = pending.state == state && pending.issuer == entry.issuer && pending.until > self.now();
        fits.then_some(pending)
    }

    /// The account of somebody, as the provider wants it now.
    async fn account_of(
        &self,
        entry: &SignInEntry,
        person: &Person,
        address: &str,
    ) -> std::result::Result<Account, SignInError> {
        let identity = Identity { issuer: person.issuer.clone(), subject: person.subject.clone() };
        let username = name_of(&person.username);
        let role = entry.role(&person.roles);
        let known = self.storage().account_by_identity(&identity).await?;
        let who = |role: Option<Role>| Principal {
            name: known.as_ref().map_or_else(|| username.clone(), |account| account.username.clone()),
            role: role.unwrap_or(Role::Reader),
            via: Via::Session,
            from: Some(address.to_owned()),
        };
        let Some(role) = role else {
            let values = &person.roles[..person.roles.len().min(NOTED)];
            let details = json!({ "with": "openid", "claim": entry.role_claim, "values": values });
            let refused = self.audit_entry(&who(None), "session.refused", &username, details);
            self.storage().append_audit(refused).await?;
            if let Some(known) = &known {
                let details = json!({ "role": known.role, "because": "the provider gives no role any more" });
                let entry =
                    self.audit_entry(&Principal::system(), "account.delete", &known.username, details);
                self.storage().delete_account(known.id, entry).await?;
            }
            return Err(SignInError::NoRole { username, claim: entry.role_claim.clone() });
        };
        match known {
            Some(ref known) if known.role == role => Ok(known.clone()),
            Some(ref known) => {
                let details = json!({ "before": known.role, "after": role, "issuer": person.issuer });
                let entry = self.audit_entry(&who(Some(role)), "account.setRole", &known.username, details);
                self.storage().set_role(known.id, role, entry).await?;
                Ok(Account { role, ..known.clone() })
            }
            None => {
                let account = Account {
                    id: AccountId::new(self.uuid()),
                    username: username.clone(),
                    role,
                    password_hash: None,
                    identity: Some(identity.clone()),
                    created_at: self.now(),
                };
                let details = json!({ "role": role, "issuer": person.issuer, "subject": person.subject });
                let entry = self.audit_entry(&who(Some(role)), "account.create", &username, details);
                match self.storage().add_account(&account, entry).await {
                    Ok(()) => Ok(account),
                    // Another window of theirs was faster.
                    Err(StorageError::Duplicate { what: "identity" }) => {
                        let known = self.storage().account_by_identity(&identity).await?;
                        known.filter(|known| known.role == role).ok_or(SignInError::Strayed)
                    }
                    Err(StorageError::Duplicate { .. }) => Err(SignInError::NameTaken { username }),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    pub(crate) async fn sign_in_entry(&self) -> Result<Option<SignInEntry>> {
        self.stored_setting(settings::SIGN_IN).await
    }

    async fn enabled_entry(&self) -> std::result::Result<SignInEntry, SignInError> {
        let entry = self.sign_in_entry().await?.filter(|entry| entry.enabled);
        entry.ok_or_else(|| ServiceError::not_found("sign-in at a provider").into())
    }

    async fn provider(&self, entry: &SignInEntry) -> Result<Provider> {
        let sealed: Option<SealedSecret> = self.stored_setting(settings::SIGN_IN_SECRET).await?;
        let client_secret = sealed
            .map(|sealed| self.sealer().unseal(SIGN_IN_SECRET, &sealed).map_err(ServiceError::internal))
            .transpose()?
            .filter(|secret| !secret.is_empty());
        Ok(Provider {
            issuer: entry.issuer.clone(),
            client_id: entry.client_id.clone(),
            client_secret,
            scopes: entry.scopes.clone(),
            role_claim: entry.role_claim.clone(),
            ca_pem: entry.ca_pem.clone(),
            callback: self.provider_return(),
        })
    }

    /// The provider, described. Whoever comes while it is read waits for that one reading.
    async fn flow(&self, entry: &SignInEntry) -> std::result::Result<Flow, SignInError> {
        let provider = self.provider(entry).await?;
        let mut known = self.known_provider().lock().await;
        let now = self.now();
        if let Some(read) = &known.0 {
            let lasts = if read.flow.is_ok() { FRESH } else { FAILED };
            if read.provider == provider && now - read.at < lasts {
                return read.flow.clone().map_err(SignInError::Provider);
            }
        }
        let flow = Flow::discover(provider.clone()).await.map_err(|error| {
            tracing::warn!(issuer = provider.issuer, error = %error, "the provider of sign-ins cannot be used");
            error.to_string()
        });
        known.0 = Some(Read { provider, at: now, flow: flow.clone() });
        flow.map_err(SignInError::Provider)
    }
}

fn unavailable(error: &OpenIdError) -> ServiceError {
    let code = match error {
        OpenIdError::Issuer(_) => "ProviderAddress",
        OpenIdError::Authority(_) | OpenIdError::NoTrustStore => "ProviderCertificate",
        OpenIdError::Unreachable(_) => "ProviderUnreachable",
        OpenIdError::Description(_) => "ProviderDescription",
        OpenIdError::Refused(_) | OpenIdError::Token(_) => "ProviderRefused",
    };
    ServiceError::Unavailable { code: code.to_owned(), message: error.to_string() }
}

/// What a provider calls somebody, as a user name here.
fn name_of(text: &str) -> String {
    let name = text.trim().chars().take(LONGEST_NAME);
    name.map(|character| if fits_a_name(character) { character } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_provider_becomes_one_of_ours() {
        assert_eq!(name_of(" anna.berg@example.org "), "anna.berg@example.org");
        assert_eq!(name_of("a b#EXT#@x"), "a_b_EXT_@x");
        assert_eq!(name_of(&"x".repeat(200)).len(), LONGEST_NAME);
    }
}
