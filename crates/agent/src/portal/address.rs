//! The portal's address.

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use url::{Host, Url};

use super::PortalError;

/// Where the portal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub tls: bool,
    /// Without brackets.
    pub host: String,
    pub port: u16,
}

impl Address {
    /// Reads `https://host[:port]`. Plain HTTP is for the same machine only: on any other way everything that is
    /// read in a directory would cross the network in the clear.
    pub fn parse(text: &str) -> Result<Self, PortalError> {
        let refuse = |problem: &str| PortalError::Address(format!("`{text}` {problem}; write https://host"));
        let url = Url::parse(text).map_err(|_| refuse("is no address of a portal"))?;
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(refuse("does not begin with https://")),
        };
        if !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
        {
            return Err(refuse("has more than a host and a port"));
        }
        let (host, is_loopback) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), name.eq_ignore_ascii_case("localhost")),
            Some(Host::Ipv4(address)) => (address.to_string(), address.is_loopback()),
            Some(Host::Ipv6(address)) => (address.to_string(), address.is_loopback()),
            None => return Err(refuse("has no host")),
        };
        if !tls && !is_loopback {
            return Err(refuse("would carry everything in the clear"));
        }
        let port = url.port_or_known_default().ok_or_else(|| refuse("has no port"))?;
        Ok(Self { tls, host, port })
    }

    /// `host:port`.
    pub fn authority(&self) -> String {
        self.with_port(self.port)
    }

    /// The same host with another port.
    pub fn with_port(&self, port: u16) -> String {
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }

    pub(super) fn server_name(&self) -> Result<ServerName<'static>, PortalError> {
        match self.host.parse::<IpAddr>() {
            Ok(address) => Ok(ServerName::from(address)),
            Err(_) => ServerName::try_from(self.host.clone())
                .map_err(|_| PortalError::Address(format!("`{}` is no host's name", self.host))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_their_default_ports() {
        for (text, tls, authority) in [
            ("https://skybridge.example.org", true, "skybridge.example.org:443"),
            ("https://skybridge.example.org:8443/", true, "skybridge.example.org:8443"),
            ("https://[2001:db8::1]", true, "[2001:db8::1]:443"),
            ("http://127.0.0.22:3000", false, "127.0.0.22:3000"),
            ("http://localhost:3000", false, "localhost:3000"),
        ] {
            let address = Address::parse(text).expect(text);
            assert_eq!((address.tls, address.authority().as_str()), (tls, authority));
        }
    }

    #[test]
    fn plain_http_to_another_machine_and_what_is_no_address_are_refused() {
        for text in [
            "http://skybridge.example.org",
            "http://192.0.2.1",
            "http://localhost.example.org",
            "skybridge.example.org",
            "https://",
            "ftp://host",
            "https://host/portal",
            "https://me@host",
            "https://host?x",
        ] {
            assert!(matches!(Address::parse(text), Err(PortalError::Address(_))), "{text}");
        }
    }
}
