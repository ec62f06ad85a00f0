//! The form of the configuration file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use domain::{AgentId, DirectoryKind, SealedSecret, Time};
use serde::{Deserialize, Serialize};

/// Days that a key is used unless the file says otherwise.
pub(super) const ROTATE_AFTER_DAYS: u32 = 90;

/// The configuration file's contents.
#[expect(clippy::struct_field_names, reason = "the names are the file's keys")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    /// Address of the portal.
    pub server: String,
    pub agent: AgentId,
    /// PEM file with the authority that issued the portal's certificate; absent: the system's store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// SHA-256 of the portal's certificate in hexadecimal, where no authority vouches for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// HTTP proxy on the way to the portal, `http://host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_password: Option<SealedSecret>,
    /// Address (`host:port`) that a status goes to when the portal cannot be reached; absent: the portal told none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    pub key: SealedSecret,
    /// A key that the portal may have taken in the other's place already; it is settled at the next opportunity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_key: Option<SealedSecret>,
    /// Since when the agent has its key, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_since: Option<Time>,
    /// Days until a running agent changes its key by itself; 0: never.
    #[serde(default = "ninety")]
    pub rotate_after_days: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub domains: BTreeMap<String, FileDomain>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct FileDomain {
    pub url: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub start_tls: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_plaintext: bool,
    pub bind_dn: String,
    pub bind_password: SealedSecret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_dn: Option<String>,
    #[serde(default = "auto")]
    pub kind: DirectoryKind,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_false(value: &bool) -> bool {
    !*value
}

const fn ninety() -> u32 {
    ROTATE_AFTER_DAYS
}

const fn auto() -> DirectoryKind {
    DirectoryKind::Auto
}

/// `host:port` of a proxy's address.
pub fn proxy_address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    match rest.rsplit_once(':') {
        Some((host, port))
            if !host.is_empty() && !rest.contains(['/', '@']) && port.parse::<u16>().is_ok() =>
        {
            Ok(rest.to_owned())
        }
        _ => Err(format!(
            "`{text}` is no address of a proxy; write http://host:port, and the user apart from it"
        )),
    }
}

pub(super) fn to_hex(hash: &[u8; 32]) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(hash)
}
