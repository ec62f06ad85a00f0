//! Passwords: what is accepted, and hashing with argon2id on a thread of its own, a few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::Secret;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use tokio::sync::Semaphore;

use crate::{Result, ServiceError};

/// Each hash takes 19 MiB and a few hundredths of a second: so many at once, the rest waits.
const AT_ONCE: usize = 2;
const SHORTEST: usize = 12;
/// Longer ones only cost time.
const LONGEST: usize = 256;

/// What is wrong with a password, as a sentence; `None` when it is accepted.
pub fn problem(username: &str, password: &Secret) -> Option<String> {
    let text = password.expose();
    let length = text.chars().count();
    if length < SHORTEST {
        Some(format!("the password has {length} characters; use at least {SHORTEST}"))
    } else if length > LONGEST {
        Some(format!("the password is longer than {LONGEST} characters"))
    } else if text.to_lowercase().contains(&username.to_lowercase()) {
        Some("the password contains the user name; choose one that does not".to_owned())
    } else if text.chars().all(|character| text.starts_with(character)) {
        Some("the password repeats one character; choose another one".to_owned())
    } else {
        None
    }
}

/// Hashes and verifies.
#[derive(Debug, Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// The hash of nobody's password: verified for unknown users, so that they take as long as known ones.
    dummy: Arc<str>,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        let mut random = [0; 32];
        OsRng.try_fill_bytes(&mut random).map_err(ServiceError::internal)?;
        Ok(Self { permits: Arc::new(Semaphore::new(AT_ONCE)), dummy: hash(&random)?.into() })
    }

    /// The password's hash as a PHC string.
    pub async fn hash(&self, password: &Secret) -> Result<String> {
        let password = password.clone();
        self.run(move || hash(password.expose().as_bytes())).await?
    }

    /// Whether the password fits. Without a hash it never does, and takes as long to say so.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.dummy.to_string(), str::to_owned);
        let password = password.clone();
        let fits = self
            .run(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    argon2().is_ok_and(|argon2| {
                        argon2.verify_password(password.expose().as_bytes(), &hash).is_ok()
                    })
                })
            })
            .await?;
        Ok(fits && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(ServiceError::internal)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(ServiceError::internal)
    }
}

/// argon2id with the parameters that OWASP's password storage sheet gives as its second choice.
fn argon2() -> Result<Argon2<'static>> {
    let params =
        Params::new(19 * 1024, 2, 1, None).map_err(|error| ServiceError::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &[u8]) -> Result<String> {
    let failed = |error: argon2::password_hash::Error| ServiceError::internal(error.to_string());
    let mut bytes = [0; 16];
    OsRng.try_fill_bytes(&mut bytes).map_err(ServiceError::internal)?;
    let salt = SaltString::encode_b64(&bytes).map_err(failed)?;
    Ok(argon2()?.hash_password(password, &salt).map_err(failed)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only_and_nobody_without_a_hash() {
        let passwords = Passwords::new().expect("passwords");
        let right = Secret::new("correct horse battery");
        let hash = passwords.hash(&right).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(&right, Some(&hash)).await.expect("verifies"));
        assert!(!passwords.verify(&Secret::new("wrong"), Some(&hash)).await.expect("verifies"));
        assert!(!passwords.verify(&right, None).await.expect("verifies"));
    }

    #[test]
    fn short_repeated_and_telling_passwords_are_refused() {
        for bad in ["short", "my-name-is-Alice-ok", "aaaaaaaaaaaaaaaa"] {
            assert!(problem("alice", &Secret::new(bad)).is_some(), "{bad}");
        }
        assert_eq!(problem("alice", &Secret::new("correct horse battery")), None);
    }
}
