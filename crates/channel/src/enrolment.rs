//! How an agent becomes known: an administrator's one-time token, and the request that spends it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::agent::Patience;
use domain::{AgentId, Secret, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::key::{AgentKey, verifies};

/// Where the request goes, on the portal's own port.
pub const PATH: &str = "/api/v1/agents/enroll";

const PREFIX: &str = "sbe_";
/// Characters that the name of a machine may have at most (a DNS name, RFC 1035 section 2.3.4).
const LONGEST_MACHINE: usize = 255;
/// Characters of the operating system's name and of a version.
const LONGEST_WORD: usize = 200;

/// A one-time token. Its text is `sbe_`, 32 random bytes in base64url and, where the portal speaks TLS itself, a dot and
/// the SHA-256 of its certificate (DER) in base64url, which the agent then insists on.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentToken {
    secret: [u8; 32],
    pub fingerprint: Option<[u8; 32]>,
}

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no enrolment token: one begins with sbe_ and is copied as a whole")]
pub struct NoToken;

impl EnrolmentToken {
    /// The token of these 32 random bytes.
    pub const fn new(secret: [u8; 32], fingerprint: Option<[u8; 32]>) -> Self {
        Self { secret, fingerprint }
    }

    /// What the portal keeps of it: SHA-256 of the random bytes.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// Its text, to be shown once.
    pub fn reveal(&self) -> Secret {
        let mut text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.secret));
        if let Some(fingerprint) = self.fingerprint {
            text.push('.');
            text.push_str(&URL_SAFE_NO_PAD.encode(fingerprint));
        }
        Secret::new(text)
    }
}

impl fmt::Debug for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentToken(…)")
    }
}

impl FromStr for EnrolmentToken {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        let rest = text.strip_prefix(PREFIX).ok_or(NoToken)?;
        let (secret, fingerprint) = match rest.split_once('.') {
            Some((secret, fingerprint)) => (secret, Some(fingerprint)),
            None => (rest, None),
        };
        Ok(Self {
            secret: thirty_two(&URL_SAFE_NO_PAD, secret).ok_or(NoToken)?,
            fingerprint: match fingerprint {
                Some(text) => Some(thirty_two(&URL_SAFE_NO_PAD, text).ok_or(NoToken)?),
                None => None,
            },
        })
    }
}

/// What an agent sends to [`PATH`]. Fields that a later version adds are passed over.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrolmentRequest {
    token: String,
    /// Ed25519 public key, 32 bytes in base64.
    public_key: String,
    /// Name of the machine.
    pub machine: String,
    /// Operating system and its version.
    pub system: String,
    /// Version of the program.
    pub version: String,
    /// Highest version of the channel's protocol that it speaks.
    pub protocol: u16,
    /// The agent's clock, seconds since 1970.
    pub created: i64,
    /// Signature of token, key and machine by the private half, 64 bytes in base64.
    proof: String,
}

impl fmt::Debug for EnrolmentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentRequest")
            .field("machine", &self.machine)
            .field("version", &self.version)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// What an agent says of its machine when it enrols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    pub name: String,
    pub system: String,
    pub version: String,
    pub protocol: u16,
}

/// What is wrong with an enrolment before anybody looks at whether its token is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentProblem {
    #[error(transparent)]
    Token(#[from] NoToken),
    #[error("the public key is not 32 bytes of base64")]
    Key,
    #[error("the proof is not a signature by the key's bearer")]
    Proof,
    #[error("the machine's name is empty, longer than 255 characters or has characters that no name has")]
    Machine,
    #[error("the operating system or the version is longer than 200 characters or has control characters")]
    Words,
}

impl EnrolmentRequest {
    /// The request of the bearer of this key. `created` is the agent's clock in seconds since 1970.
    pub fn new(key: &AgentKey, token: &EnrolmentToken, machine: Machine, created: i64) -> Self {
        let token = token.reveal().expose().to_owned();
        let public_key = STANDARD.encode(key.public());
        let proof = STANDARD.encode(key.sign(&proven(&token, &public_key, &machine.name)));
        let Machine { name, system, version, protocol } = machine;
        Self { token, public_key, machine: name, system, version, protocol, created, proof }
    }

    /// The token and the key, if the request is sound and by the bearer of the key.
    pub fn check(&self) -> Result<(EnrolmentToken, [u8; 32]), EnrolmentProblem> {
        let token = self.token.parse()?;
        let key = thirty_two(&STANDARD, &self.public_key).ok_or(EnrolmentProblem::Key)?;
        if self.machine.trim().is_empty()
            || self.machine.chars().count() > LONGEST_MACHINE
            || self.machine.contains(|c: char| c.is_control() || c.is_whitespace())
        {
            return Err(EnrolmentProblem::Machine);
        }
        let wrong = |word: &str| word.chars().count() > LONGEST_WORD || word.contains(char::is_control);
        if wrong(&self.system) || wrong(&self.version) {
            return Err(EnrolmentProblem::Words);
        }
        let proof = STANDARD.decode(&self.proof).map_err(|_| EnrolmentProblem::Proof)?;
        if verifies(&key, &proven(&self.token, &self.public_key, &self.machine), &proof) {
            Ok((token, key))
        } else {
            Err(EnrolmentProblem::Proof)
        }
    }
}

/// What the portal answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrolmentAnswer {
    pub agent_id: AgentId,
    /// Names of the domains that it may serve.
    pub domains: Vec<String>,
    /// The portal's clock, for telling the offset of the agent's.
    pub server_time: Time,
    pub patience: Patience,
    /// Port of the status listener on the portal's host; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_port: Option<u16>,
}

/// An agent's wish to go on with another key, signed (as a request) with the one it has.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyChange {
    /// Ed25519 public key, 32 bytes in base64.
    public_key: String,
    /// Signature of the agent's id and the new key by the new private half, 64 bytes in base64.
    proof: String,
}

impl KeyChange {
    pub fn new(agent: AgentId, next: &AgentKey) -> Self {
        let public_key = STANDARD.encode(next.public());
        let proof = STANDARD.encode(next.sign(&changed(agent, &public_key)));
        Self { public_key, proof }
    }

    /// The new key, if its bearer asks for it.
    pub fn check(&self, agent: AgentId) -> Result<[u8; 32], EnrolmentProblem> {
        let key = thirty_two(&STANDARD, &self.public_key).ok_or(EnrolmentProblem::Key)?;
        let proof = STANDARD.decode(&self.proof).map_err(|_| EnrolmentProblem::Proof)?;
        if verifies(&key, &changed(agent, &self.public_key), &proof) {
            Ok(key)
        } else {
            Err(EnrolmentProblem::Proof)
        }
    }
}

fn proven(token: &str, public_key: &str, machine: &str) -> Vec<u8> {
    format!("skybridge enrol\n{token}\n{public_key}\n{machine}").into_bytes()
}

fn changed(agent: AgentId, public_key: &str) -> Vec<u8> {
    format!("skybridge key\n{agent}\n{public_key}").into_bytes()
}

fn thirty_two(engine: &impl base64::Engine, text: &str) -> Option<[u8; 32]> {
    // Padded or not, 32 bytes have no more characters than this.
    if text.len() > 44 {
        return None;
    }
    engine.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(name: &str) -> Machine {
        Machine {
            name: name.to_owned(),
            system: "Debian 13".to_owned(),
            version: "0.1.0".to_owned(),
            protocol: 1,
        }
    }

    fn request(name: &str) -> (EnrolmentRequest, EnrolmentToken, AgentKey) {
        let (key, _) = AgentKey::generate().expect("a key");
        let token = EnrolmentToken::new([3; 32], None);
        (EnrolmentRequest::new(&key, &token, machine(name), 1_790_000_000), token, key)
    }

    #[test]
    fn a_token_survives_its_text_with_and_without_a_fingerprint() {
        for fingerprint in [None, Some([9; 32])] {
            let token = EnrolmentToken::new([5; 32], fingerprint);
            let text = token.reveal();
            assert!(text.expose().starts_with("sbe_"));
            assert_eq!(text.expose().parse(), Ok(token));
        }
    }

    #[test]
    fn what_the_portal_keeps_of_a_token_does_not_depend_on_its_certificate() {
        let plain = EnrolmentToken::new([5; 32], None);
        assert_eq!(plain.hash(), EnrolmentToken::new([5; 32], Some([1; 32])).hash());
        assert_ne!(plain.hash(), EnrolmentToken::new([6; 32], None).hash());
    }

    #[test]
    fn half_a_token_is_no_token() {
        let text = EnrolmentToken::new([5; 32], Some([9; 32])).reveal().expose().to_owned();
        for wrong in [
            "",
            "sbe_",
            &text[4..],
            &text[..20],
            &text[..text.len() - 1],
            &format!("{text}.AA"),
            &format!("{text}="),
        ] {
            assert_eq!(wrong.parse::<EnrolmentToken>(), Err(NoToken), "{wrong}");
        }
    }

    #[test]
    fn a_token_shows_itself_only_when_asked() {
        let (request, token, _) = request("ldap1");
        let text = token.reveal().expose()[4..20].to_owned();
        assert!(!format!("{token:?} {request:?}").contains(&text));
    }

    #[test]
    fn a_request_carries_token_and_key_over_the_wire() {
        let (request, token, key) = request("ldap1.corp.example");
        let wire = serde_json::to_string(&request).expect("JSON");
        let read: EnrolmentRequest = serde_json::from_str(&wire).expect("a request");
        assert_eq!(read.check(), Ok((token, key.public())));
    }

    #[test]
    fn an_altered_request_is_not_by_the_keys_bearer() {
        let (good, ..) = request("ldap1");
        let other = EnrolmentToken::new([4; 32], None).reveal().expose().to_owned();
        let (stranger, ..) = request("ldap1");
        for wrong in [
            EnrolmentRequest { machine: "ldap2".to_owned(), ..good.clone() },
            EnrolmentRequest { token: other, ..good.clone() },
            EnrolmentRequest { public_key: stranger.public_key, ..good.clone() },
            EnrolmentRequest { proof: String::new(), ..good.clone() },
            EnrolmentRequest { proof: "!".to_owned(), ..good.clone() },
        ] {
            assert_eq!(wrong.check().err(), Some(EnrolmentProblem::Proof));
        }
        let short = EnrolmentRequest { public_key: STANDARD.encode([1; 31]), ..good.clone() };
        assert_eq!(short.check().err(), Some(EnrolmentProblem::Key));
        let foreign = EnrolmentRequest { token: "sbt_other".to_owned(), ..good };
        assert_eq!(foreign.check().err(), Some(EnrolmentProblem::Token(NoToken)));
    }

    #[test]
    fn a_machine_has_a_name_that_machines_have() {
        for name in ["", " ", "a b", "a\nb", &"a".repeat(256)] {
            assert_eq!(request(name).0.check().err(), Some(EnrolmentProblem::Machine), "{name:?}");
        }
        let (good, ..) = request("ldap1");
        for word in ["a\u{7}", &"a".repeat(201)] {
            let system = EnrolmentRequest { system: word.to_owned(), ..good.clone() };
            assert_eq!(system.check().err(), Some(EnrolmentProblem::Words));
            let version = EnrolmentRequest { version: word.to_owned(), ..good.clone() };
            assert_eq!(version.check().err(), Some(EnrolmentProblem::Words));
        }
    }

    #[test]
    fn a_key_change_is_good_for_its_agent_alone() {
        let (next, _) = AgentKey::generate().expect("a key");
        let agent = AgentId::new(uuid::Uuid::from_u128(1));
        let change = KeyChange::new(agent, &next);
        assert_eq!(change.check(agent), Ok(next.public()));
        assert_eq!(change.check(AgentId::new(uuid::Uuid::from_u128(2))).err(), Some(EnrolmentProblem::Proof));
    }
}
