//! How a directory is reached, checked before the first packet leaves.

use std::net::IpAddr;
use std::time::Duration;

use domain::{DirectoryKind, Dn, Secret};
use ports::SourceError;

use crate::changes::Pace;

/// How a directory is reached and read.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    /// `ldaps://host[:636]` or `ldap://host[:389]`.
    pub url: String,
    /// Upgrade `ldap://` to TLS before anything else is said.
    pub start_tls: bool,
    /// Allow `ldap://` without TLS to hosts other than this one. The password then crosses the network in the clear.
    pub allow_plaintext: bool,
    /// Empty for an anonymous reading.
    pub bind_dn: String,
    pub bind_password: Secret,
    /// Certificates that are trusted instead of the system's store.
    pub ca_pem: Option<String>,
    /// The naming context; told by the rootDSE when absent.
    pub base_dn: Option<String>,
    pub kind: DirectoryKind,
    /// For name resolution, connection and TLS handshake, together.
    pub connect_timeout: Duration,
    pub bind_timeout: Duration,
    /// For each wait for something from the directory.
    pub read_timeout: Duration,
    /// How a directory is followed that tells changes only by timestamps.
    pub pace: Pace,
}

impl LdapSettings {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            start_tls: false,
            allow_plaintext: false,
            bind_dn: String::new(),
            bind_password: Secret::new(""),
            ca_pem: None,
            base_dn: None,
            kind: DirectoryKind::Auto,
            connect_timeout: Duration::from_secs(10),
            bind_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(30),
            pace: Pace::default(),
        }
    }
}

/// How the bytes are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    StartTls,
    Tls,
}

/// Where the directory listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Without brackets.
    pub host: String,
    pub port: u16,
    pub protection: Protection,
}

impl Endpoint {
    /// Reads the address and refuses what would send a password in the clear without being told so.
    pub fn of(settings: &LdapSettings) -> Result<Self, SourceError> {
        let (protection, default_port, rest) = split_scheme(settings)?;
        let refuse = |problem: &str| {
            Err(SourceError::Settings(format!(
                "the address `{}` {problem}; write ldaps://host:636 or ldap://host:389",
                settings.url
            )))
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) || rest.contains(char::is_whitespace) {
            return refuse("has more than a host and a port");
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(literal) => match literal.split_once(']') {
                Some((host, "")) => (host, None),
                Some((host, tail)) if tail.starts_with(':') => (host, Some(&tail[1..])),
                _ => return refuse("has an unfinished IPv6 literal"),
            },
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        if host.is_empty() {
            return refuse("has no host");
        }
        let port = match port.map(str::parse::<u16>) {
            None => default_port,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return refuse("has a port that is no number from 1 to 65535"),
        };
        let endpoint = Self { host: host.to_owned(), port, protection };
        if protection == Protection::None && !settings.allow_plaintext && !endpoint.is_loopback() {
            return Err(SourceError::Settings(format!(
                "`{}` would send the password over the network in the clear; use ldaps:// or switch StartTLS on",
                settings.url
            )));
        }
        Ok(endpoint)
    }

    /// `host:port`, for messages and for connecting.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

fn split_scheme(settings: &LdapSettings) -> Result<(Protection, u16, &str), SourceError> {
    let url = settings.url.trim();
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(SourceError::Settings(format!(
            "the address `{url}` does not begin with ldaps:// or ldap://"
        )));
    };
    match (scheme.to_ascii_lowercase().as_str(), settings.start_tls) {
        ("ldaps", false) => Ok((Protection::Tls, 636, rest)),
        ("ldaps", true) => Err(SourceError::Settings(
            "StartTLS belongs to ldap:// addresses; ldaps:// is encrypted from the first byte".into(),
        )),
        ("ldap", true) => Ok((Protection::StartTls, 389, rest)),
        ("ldap", false) => Ok((Protection::None, 389, rest)),
        _ => {
            Err(SourceError::Settings(format!("the address `{url}` does not begin with ldaps:// or ldap://")))
        }
    }
}

/// Refuses names and passwords that a directory would take for something else.
pub(crate) fn check_sign_in(settings: &LdapSettings) -> Result<(), SourceError> {
    if let Some(base) = &settings.base_dn {
        Dn::parse(base).map_err(|error| SourceError::Settings(format!("the base DN is wrong: {error}")))?;
    }
    match (settings.bind_dn.is_empty(), settings.bind_password.is_empty()) {
        // RFC 4513 section 5.1.2: a name without a password is an anonymous bind that succeeds.
        (false, true) => Err(SourceError::Settings(format!("the password of {} is empty", settings.bind_dn))),
        (true, false) => Err(SourceError::Settings("there is a password but no bind DN".into())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, start_tls: bool, allow_plaintext: bool) -> Result<Endpoint, SourceError> {
        Endpoint::of(&LdapSettings { start_tls, allow_plaintext, ..LdapSettings::new(url) })
    }

    #[test]
    fn addresses_are_read_with_their_default_ports() {
        for (url, start_tls, address) in [
            ("ldaps://dc1.lab01.local", false, "dc1.lab01.local:636"),
            ("LDAPS://dc1.lab01.local:3269/", false, "dc1.lab01.local:3269"),
            ("ldap://dc1.lab01.local", true, "dc1.lab01.local:389"),
            ("ldaps://[2001:db8::1]", false, "[2001:db8::1]:636"),
            ("ldaps://[2001:db8::1]:6360", false, "[2001:db8::1]:6360"),
        ] {
            assert_eq!(endpoint(url, start_tls, false).expect(url).address(), address);
        }
    }

    #[test]
    fn an_unencrypted_address_is_refused_unless_it_is_local_or_allowed() {
        for url in ["ldap://localhost:3389", "ldap://127.0.0.1", "ldap://[::1]:389"] {
            assert!(endpoint(url, false, false).is_ok(), "{url}");
        }
        let error = endpoint("ldap://dc1.lab01.local", false, false).expect_err("in the clear").to_string();
        assert!(error.contains("in the clear"), "{error}");
        assert!(endpoint("ldap://localhost.example.org", false, false).is_err());
        assert!(endpoint("ldap://dc1.lab01.local", false, true).is_ok());
        assert!(endpoint("ldap://dc1.lab01.local", true, false).is_ok());
    }

    #[test]
    fn what_is_no_directory_address_is_refused() {
        for url in [
            "",
            "dc1",
            "http://dc1",
            "ldaps://",
            "ldaps://:636",
            "ldaps://dc1:0",
            "ldaps://dc1:x",
            "ldaps://dc1:66666",
            "ldaps://a@dc1",
            "ldaps://dc1/dc=x",
            "ldaps://dc1 dc2",
            "ldaps://[::1",
            "ldaps://[::1]x",
        ] {
            assert!(matches!(endpoint(url, false, false), Err(SourceError::Settings(_))), "{url}");
        }
        assert!(endpoint("ldaps://dc1", true, false).is_err());
    }

    #[test]
    fn a_name_without_a_password_is_refused_because_it_would_be_anonymous() {
        let mut settings = LdapSettings::new("ldaps://dc1");
        assert!(check_sign_in(&settings).is_ok());
        settings.bind_dn = "CN=sync,DC=x".into();
        assert!(check_sign_in(&settings).is_err());
        settings.bind_password = Secret::new("p");
        assert!(check_sign_in(&settings).is_ok());
        settings.base_dn = Some("lab01.local".into());
        assert!(check_sign_in(&settings).is_err());
    }
}
