//! An agent's key: Ed25519 (RFC 8032), made by the agent, its private half never leaves it.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// The private half.
pub struct AgentKey {
    pair: Ed25519KeyPair,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("the system gave no randomness")]
    NoRandomness,
    #[error("the stored key is damaged")]
    Damaged,
}

impl AgentKey {
    /// A new key, with its stored form (PKCS#8, RFC 5958, DER).
    pub fn generate() -> Result<(Self, Vec<u8>), KeyError> {
        let document =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::NoRandomness)?;
        let stored = document.as_ref().to_vec();
        Ok((Self::from_stored(&stored)?, stored))
    }

    /// The key from its stored form.
    pub fn from_stored(stored: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_pkcs8(stored).map(|pair| Self { pair }).map_err(|_| KeyError::Damaged)
    }

    pub fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair.public_key().as_ref());
        public
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(message).as_ref());
        signature
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentKey(…)")
    }
}

/// Whether a signature of a message is that of the key's bearer.
pub fn verifies(public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_message_and_its_key_alone() {
        let (key, stored) = AgentKey::generate().expect("a key");
        let again = AgentKey::from_stored(&stored).expect("the stored key");
        let signature = again.sign(b"status");
        assert!(verifies(&key.public(), b"status", &signature));
        assert!(!verifies(&key.public(), b"Status", &signature));
        let (other, _) = AgentKey::generate().expect("a key");
        assert!(!verifies(&other.public(), b"status", &signature));
        assert!(!verifies(&key.public(), b"status", &signature[..63]));
    }

    #[test]
    fn a_damaged_key_is_refused() {
        let (_, mut stored) = AgentKey::generate().expect("a key");
        stored.truncate(40);
        assert_eq!(AgentKey::from_stored(&stored).err(), Some(KeyError::Damaged));
    }
}
