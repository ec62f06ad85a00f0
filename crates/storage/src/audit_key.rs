//! The key of the audit log's seals: HMAC-SHA-256 (RFC 2104), so that whoever can write into the database alone cannot
//! make a chain that passes for the real one.

use std::fmt;

use ring::hmac;

/// Bytes of a key.
pub const LENGTH: usize = 32;

/// The key. It lies beside the database, never in it, and prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditKey([u8; LENGTH]);

impl AuditKey {
    pub const fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// The seal of some parts for a purpose, 32 bytes. Every part goes in with its length in front.
    pub fn seal(&self, purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
        hmac::sign(&self.key(), &message(purpose, parts)).as_ref().to_vec()
    }

    /// Whether a seal is the one of these parts; takes as long for a wrong one as for the right one.
    pub fn fits(&self, purpose: &str, parts: &[&[u8]], seal: &[u8]) -> bool {
        hmac::verify(&self.key(), &message(purpose, parts), seal).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey(…)")
    }
}

fn message(purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut message = Vec::new();
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(*part);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_fits_its_own_parts_purpose_and_key_only() {
        let key = AuditKey::new([7; LENGTH]);
        let seal = key.seal("a", &[b"x", b"yz"]);
        assert!(key.fits("a", &[b"x", b"yz"], &seal));
        assert!(!key.fits("b", &[b"x", b"yz"], &seal));
        assert!(!key.fits("a", &[b"xy", b"z"], &seal), "letters moved from one part into the next");
        assert!(!AuditKey::new([8; LENGTH]).fits("a", &[b"x", b"yz"], &seal));
        assert_eq!(format!("{key:?}"), "AuditKey(…)");
    }
}
