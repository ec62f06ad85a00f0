//! The status that an agent sends over the status port, in plain HTTP, while the portal's own port cannot be reached:
//! `POST /status` with a signed [`Beat`] as JSON. What is in it is no secret, and whoever alters it spoils the signature.

use domain::agent::Beat;

use crate::signature::{self, Claim, Refusal};

pub const METHOD: &str = "POST";
pub const PATH: &str = "/status";

/// Most bytes of a body: a beat with all its readiness checks.
pub const LARGEST: usize = 256 * 1024;

/// Reads a status request: what its headers claim and what its body says. Neither is true before
/// [`Claim::verify`] said so. `header` as in [`signature::read`].
pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>, body: &[u8]) -> Result<(Claim, Beat), Refusal> {
    let claim = signature::read(header)?;
    if body.len() > LARGEST {
        return Err(Refusal::Malformed);
    }
    let beat = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
    Ok((claim, beat))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::AgentId;

    use super::*;
    use crate::key::AgentKey;
    use crate::signature::Request;

    fn beat() -> Beat {
        let at = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
        Beat {
            at,
            version: "0.1.0".to_owned(),
            system: "Debian 13".to_owned(),
            started_at: at,
            load_centicores: 1,
            memory_bytes: 1,
            running: 0,
            domains: Vec::new(),
            readiness: None,
        }
    }

    #[test]
    fn a_status_is_read_with_its_signature() {
        let (key, _) = AgentKey::generate().expect("a key");
        let agent = AgentId::new(uuid::Uuid::from_u128(7));
        let body = serde_json::to_vec(&beat()).expect("JSON");
        let request = Request { method: METHOD, path: PATH, body: &body };
        let headers = signature::sign(&key, agent, &request, 1_790_000_000, 1);
        let find =
            |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let (claim, said) = read(find, &body).expect("a status");
        assert_eq!((claim.verify(&key.public(), &request), said), (Ok(()), beat()));
        assert_eq!(read(|_| None, &body).err(), Some(Refusal::Unsigned));
        assert_eq!(read(find, b"{}").err(), Some(Refusal::Malformed));
        assert_eq!(read(find, &vec![b' '; LARGEST + 1]).err(), Some(Refusal::Malformed));
    }
}
