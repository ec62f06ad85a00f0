//! Signatures of an agent's HTTP requests: HTTP Message Signatures (RFC 9421) with Ed25519 over the method, the path,
//! the digest of the body (RFC 9530) and a counter that grows with every request. One signer and one verifier, so there
//! is one form of each header and nothing to negotiate: whatever else a caller sends is malformed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::AgentId;
use sha2::{Digest as _, Sha256};

use crate::key::{AgentKey, verifies};

/// Seconds that `created` may lie off the portal's clock, in either direction.
pub const WINDOW_SECONDS: i64 = 300;

pub const CONTENT_DIGEST: &str = "content-digest";
pub const COUNTER: &str = "skybridge-counter";
pub const SIGNATURE_INPUT: &str = "signature-input";
pub const SIGNATURE: &str = "signature";

const COVERED: &str = r#"("@method" "@path" "content-digest" "skybridge-counter")"#;

/// What of a request is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In capitals, as it goes over the wire.
    pub method: &'a str,
    /// Absolute path without the query; requests of agents have none.
    pub path: &'a str,
    pub body: &'a [u8],
}

/// Why a request is not taken as an agent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("the request is not signed")]
    Unsigned,
    #[error("the signature's headers do not have the form that agents send")]
    Malformed,
    #[error("the agent is unknown")]
    UnknownAgent,
    #[error("the signature is not that of this agent's key over this request")]
    BadSignature,
    #[error("the body is not the one that was signed")]
    AlteredBody,
    #[error("the request was signed too long ago; check the agent's clock")]
    Expired,
    #[error("the request was signed in the future; check the agent's clock")]
    FromTheFuture,
    #[error("the request was sent before")]
    Replayed,
    #[error("the agent's key is used by more than one machine")]
    ClonedKey,
    #[error("the request concerns another agent than the one that signed it")]
    AnotherAgent,
    #[error("the agent is retired")]
    Retired,
}

impl Refusal {
    /// A stable word for log lines, metrics and answers.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Malformed => "malformed",
            Self::UnknownAgent => "unknownAgent",
            Self::BadSignature => "badSignature",
            Self::AlteredBody => "alteredBody",
            Self::Expired => "expired",
            Self::FromTheFuture => "fromTheFuture",
            Self::Replayed => "replayed",
            Self::ClonedKey => "clonedKey",
            Self::AnotherAgent => "anotherAgent",
            Self::Retired => "retired",
        }
    }
}

/// The headers that sign a request, names in lower case. `created` is in seconds since 1970; `counter` must be higher
/// than in any request that was signed with this key before, restarts included.
pub fn sign(
    key: &AgentKey,
    agent: AgentId,
    request: &Request<'_>,
    created: i64,
    counter: u64,
) -> Vec<(&'static str, String)> {
    let digest = content_digest(&Sha256::digest(request.body).into());
    let parameters = parameters(agent, created);
    let signature = key.sign(base(request, &digest, counter, &parameters).as_bytes());
    vec![
        (CONTENT_DIGEST, digest),
        (COUNTER, counter.to_string()),
        (SIGNATURE_INPUT, format!("sb={parameters}")),
        (SIGNATURE, format!("sb=:{}:", STANDARD.encode(signature))),
    ]
}

/// What the headers of a request claim. Nothing of it is true before [`Claim::verify`] said so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub agent: AgentId,
    /// When it was signed, seconds since 1970 by the agent's clock.
    pub created: i64,
    pub counter: u64,
    digest: [u8; 32],
    signature: [u8; 64],
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("agent", &self.agent)
            .field("created", &self.created)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// Reads the headers of a request. `header` gives the value of the header with this name (lower case), and nothing where
/// it is absent, there more than once, or not text.
pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Result<Claim, Refusal> {
    let (Some(input), Some(signature)) = (header(SIGNATURE_INPUT), header(SIGNATURE)) else {
        return Err(Refusal::Unsigned);
    };
    let (Some(digest), Some(counter)) = (header(CONTENT_DIGEST), header(COUNTER)) else {
        return Err(Refusal::Malformed);
    };
    parse(input, signature, digest, counter).ok_or(Refusal::Malformed)
}

fn parse(input: &str, signature: &str, digest: &str, counter: &str) -> Option<Claim> {
    let parameters = input.strip_prefix("sb=")?.strip_prefix(COVERED)?.strip_prefix(";created=")?;
    let (created, rest) = parameters.split_once(';')?;
    let agent = rest.strip_prefix("keyid=\"")?.strip_suffix("\";alg=\"ed25519\"")?;
    let created = i64::try_from(number(created)?).ok()?;
    let parsed: AgentId = agent.parse().ok()?;
    // An id has one form here: what is rebuilt for the check is what was sent.
    if parsed.to_string() != agent {
        return None;
    }
    Some(Claim {
        agent: parsed,
        created,
        counter: number(counter)?,
        digest: bytes(digest.strip_prefix("sha-256=")?)?,
        signature: bytes(signature.strip_prefix("sb=")?)?,
    })
}

/// Digits without sign, spaces or leading zeros.
fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// A byte sequence of structured fields (RFC 9651 section 3.3.5) of exactly this length.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let inner = text.strip_prefix(':')?.strip_suffix(':')?;
    if inner.len() != N.div_ceil(3) * 4 {
        return None;
    }
    STANDARD.decode(inner).ok()?.try_into().ok()
}

impl Claim {
    /// Whether it was signed within [`WINDOW_SECONDS`] of `now`, in seconds since 1970 by the portal's clock.
    pub fn is_timely(&self, now: i64) -> Result<(), Refusal> {
        if self.created < now.saturating_sub(WINDOW_SECONDS) {
            Err(Refusal::Expired)
        } else if self.created > now.saturating_add(WINDOW_SECONDS) {
            Err(Refusal::FromTheFuture)
        } else {
            Ok(())
        }
    }

    /// Whether the bearer of this key signed this very request.
    pub fn verify(&self, public_key: &[u8; 32], request: &Request<'_>) -> Result<(), Refusal> {
        let found: [u8; 32] = Sha256::digest(request.body).into();
        if found != self.digest {
            return Err(Refusal::AlteredBody);
        }
        let parameters = parameters(self.agent, self.created);
        let base = base(request, &content_digest(&self.digest), self.counter, &parameters);
        if verifies(public_key, base.as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(Refusal::BadSignature)
        }
    }

    /// A short form of the signature, by which the same request is known again.
    pub fn mark(&self) -> [u8; 16] {
        let mut mark = [0; 16];
        mark.copy_from_slice(&Sha256::digest(self.signature)[..16]);
        mark
    }
}

fn content_digest(digest: &[u8; 32]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest))
}

fn parameters(agent: AgentId, created: i64) -> String {
    format!(r#"{COVERED};created={created};keyid="{agent}";alg="ed25519""#)
}

/// The signature base (RFC 9421 section 2.5).
fn base(request: &Request<'_>, digest: &str, counter: u64, parameters: &str) -> String {
    let Request { method, path, .. } = request;
    format!(
        "\"@method\": {method}\n\"@path\": {path}\n\"content-digest\": {digest}\n\
         \"skybridge-counter\": {counter}\n\"@signature-params\": {parameters}"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const NOW: i64 = 1_790_000_000;
    const STATUS: Request<'static> =
        Request { method: "POST", path: "/status", body: b"{\"version\":\"1\"}" };

    fn agent(number: u128) -> AgentId {
        AgentId::new(uuid::Uuid::from_u128(number))
    }

    fn key() -> AgentKey {
        AgentKey::generate().expect("a key").0
    }

    fn signed(key: &AgentKey, request: &Request<'_>) -> BTreeMap<&'static str, String> {
        sign(key, agent(7), request, NOW, 41).into_iter().collect()
    }

    fn claim(headers: &BTreeMap<&'static str, String>) -> Result<Claim, Refusal> {
        read(|name| headers.get(name).map(String::as_str))
    }

    #[test]
    fn a_signed_request_is_known_as_its_agents() {
        let key = key();
        for request in [STATUS, Request { method: "GET", path: "/agents/channel", body: b"" }] {
            let claim = claim(&signed(&key, &request)).expect("a claim");
            assert_eq!((claim.agent, claim.created, claim.counter), (agent(7), NOW, 41));
            assert_eq!(claim.verify(&key.public(), &request), Ok(()));
        }
    }

    #[test]
    fn the_signature_base_is_the_one_of_the_standard() {
        let headers = signed(&key(), &STATUS);
        let parameters = headers[SIGNATURE_INPUT].strip_prefix("sb=").expect("a label");
        assert_eq!(
            base(&STATUS, &headers[CONTENT_DIGEST], 41, parameters),
            "\"@method\": POST\n\"@path\": /status\n\
             \"content-digest\": sha-256=:qlvGH0TV9jOTXQTLzPJlTFaAb8kksAg6bLa3VFNprWQ=:\n\"skybridge-counter\": 41\n\
             \"@signature-params\": (\"@method\" \"@path\" \"content-digest\" \"skybridge-counter\")\
             ;created=1790000000;keyid=\"agt_00000000000000000000000000000007\";alg=\"ed25519\""
        );
    }

    #[test]
    fn an_altered_request_is_refused() {
        let key = key();
        let claim = claim(&signed(&key, &STATUS)).expect("a claim");
        let refusal = |request: Request<'_>| claim.verify(&key.public(), &request);
        assert_eq!(refusal(Request { body: b"{\"version\":\"2\"}", ..STATUS }), Err(Refusal::AlteredBody));
        assert_eq!(refusal(Request { body: b"", ..STATUS }), Err(Refusal::AlteredBody));
        assert_eq!(refusal(Request { path: "/status/", ..STATUS }), Err(Refusal::BadSignature));
        assert_eq!(refusal(Request { method: "PUT", ..STATUS }), Err(Refusal::BadSignature));
    }

    #[test]
    fn altered_headers_are_refused() {
        let key = key();
        let good = signed(&key, &STATUS);
        for (name, from, to) in [
            (COUNTER, "41", "42"),
            (SIGNATURE_INPUT, "created=1790000000", "created=1790000001"),
            (SIGNATURE_INPUT, "agt_00000000000000000000000000000007", "agt_00000000000000000000000000000008"),
        ] {
            let mut headers = good.clone();
            let altered = headers[name].replace(from, to);
            assert_ne!(altered, headers[name]);
            headers.insert(name, altered);
            let claim = claim(&headers).expect("a claim");
            assert_eq!(claim.verify(&key.public(), &STATUS), Err(Refusal::BadSignature), "{name}");
        }
        // A digest that fits another body lets that body through to the signature, which does not cover it.
        let mut headers = good;
        let other = Request { body: b"other", ..STATUS };
        headers.insert(CONTENT_DIGEST, signed(&key, &other)[CONTENT_DIGEST].clone());
        let claim = claim(&headers).expect("a claim");
        assert_eq!(claim.verify(&key.public(), &other), Err(Refusal::BadSignature));
    }

    #[test]
    fn another_agents_key_is_refused() {
        let claim = claim(&signed(&key(), &STATUS)).expect("a claim");
        assert_eq!(claim.verify(&key().public(), &STATUS), Err(Refusal::BadSignature));
    }

    #[test]
    fn a_request_is_good_for_five_minutes_around_its_time() {
        let claim = claim(&signed(&key(), &STATUS)).expect("a claim");
        assert_eq!(claim.is_timely(NOW), Ok(()));
        assert_eq!(claim.is_timely(NOW + 300), Ok(()));
        assert_eq!(claim.is_timely(NOW + 301), Err(Refusal::Expired));
        assert_eq!(claim.is_timely(NOW - 300), Ok(()));
        assert_eq!(claim.is_timely(NOW - 301), Err(Refusal::FromTheFuture));
    }

    #[test]
    fn a_request_without_a_signature_is_unsigned() {
        let good = signed(&key(), &STATUS);
        assert_eq!(claim(&BTreeMap::new()), Err(Refusal::Unsigned));
        for (missing, refusal) in [
            (SIGNATURE, Refusal::Unsigned),
            (SIGNATURE_INPUT, Refusal::Unsigned),
            (CONTENT_DIGEST, Refusal::Malformed),
            (COUNTER, Refusal::Malformed),
        ] {
            let mut headers = good.clone();
            headers.remove(missing);
            assert_eq!(claim(&headers), Err(refusal), "{missing}");
        }
    }

    #[test]
    fn headers_of_any_other_form_are_malformed() {
        let good = signed(&key(), &STATUS);
        for (name, from, to) in [
            (SIGNATURE_INPUT, "sb=", "sig1="),
            (SIGNATURE_INPUT, " \"content-digest\"", ""),
            (SIGNATURE_INPUT, "\"@path\"", "\"@target-uri\""),
            (SIGNATURE_INPUT, ";alg=\"ed25519\"", ""),
            (SIGNATURE_INPUT, ";alg=\"ed25519\"", ";alg=\"hmac-sha256\""),
            (SIGNATURE_INPUT, ";alg=\"ed25519\"", ";alg=\"ed25519\";nonce=\"1\""),
            (SIGNATURE_INPUT, "created=", "created=-"),
            (SIGNATURE_INPUT, "created=1790000000", "created=99999999999999999999"),
            (SIGNATURE_INPUT, "agt_", ""),
            (SIGNATURE_INPUT, "agt_", "acc_"),
            (SIGNATURE_INPUT, "agt_0000", "agt_\"000"),
            (COUNTER, "41", "041"),
            (COUNTER, "41", "+41"),
            (COUNTER, "41", " 41"),
            (COUNTER, "41", ""),
            (COUNTER, "41", "18446744073709551616"),
            (CONTENT_DIGEST, "sha-256=", "sha-512="),
            (CONTENT_DIGEST, "sha-256=:", "sha-256=:AA"),
            (CONTENT_DIGEST, "=:", "="),
            (SIGNATURE, "sb=:", "sb=:AAAA"),
            (SIGNATURE, "sb=:", "sb=:!"),
            (SIGNATURE, "sb=", "sb2="),
        ] {
            let mut headers = good.clone();
            let altered = headers[name].replace(from, to);
            assert_ne!(altered, headers[name], "{name} {from}");
            headers.insert(name, altered);
            assert_eq!(claim(&headers), Err(Refusal::Malformed), "{name}: {from} as {to}");
        }
    }

    #[test]
    fn the_same_request_has_the_same_mark_and_another_has_not() {
        let key = key();
        let mark = |request| claim(&signed(&key, request)).expect("a claim").mark();
        assert_eq!(mark(&STATUS), mark(&STATUS));
        assert_ne!(mark(&STATUS), mark(&Request { path: "/other", ..STATUS }));
    }
}
