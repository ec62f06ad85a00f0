use std::net::IpAddr;

use domain::Secret;
use url::{Host, Url};

use crate::OpenIdError;

/// A provider, as an administrator describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Below it lies `.well-known/openid-configuration`.
    pub issuer: String,
    pub client_id: String,
    /// Absent: a public client.
    pub client_secret: Option<Secret>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that names what somebody belongs to. Dots lead into objects, such as `realm_access.roles`.
    pub role_claim: String,
    /// Authorities to trust instead of the system's.
    pub ca_pem: Option<String>,
    /// The address of the portal to which the provider sends people back.
    pub callback: String,
}

impl Provider {
    /// Whether an address can be an issuer's (OpenID Connect Discovery 1.0 section 4.1): HTTPS, no query, no fragment.
    pub fn check_issuer(issuer: &str) -> Result<(), OpenIdError> {
        let invalid = || OpenIdError::Issuer(issuer.chars().take(200).collect());
        let url = Url::parse(issuer).map_err(|_| invalid())?;
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            None => return Err(invalid()),
        };
        let plain = url.scheme() == "http" && here;
        let bare = url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if (plain || url.scheme() == "https") && bare && anonymous { Ok(()) } else { Err(invalid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_reached_by_https_or_on_this_machine() {
        for good in [
            "https://login.example.org/tenant/v2.0",
            "https://id.example.org",
            "http://127.0.0.1:8820",
            "http://[::1]:80/realms/a",
            "http://localhost:1",
        ] {
            assert!(Provider::check_issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "http://id.example.org",
            "http://127.0.0.1.example.org",
            "id.example.org",
            "https://id.example.org/?a=b",
            "https://id.example.org/#a",
            "https://user@id.example.org",
            "file:///etc/passwd",
            "",
        ] {
            assert!(Provider::check_issuer(bad).is_err(), "{bad}");
        }
    }
}
