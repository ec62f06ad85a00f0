//! A mail server as administrators write it down.

use std::net::IpAddr;

use domain::Secret;
use url::Url;

/// How the conversation is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314, section 3.3).
    Tls,
    /// STARTTLS (RFC 3207); without it nothing is sent.
    StartTls,
    /// STARTTLS where the server offers it: for this machine, and for networks that an administrator trusts.
    Opportunistic,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MailServerError {
    #[error("this is not a mail server, such as smtp://mail.example.org:587 or smtps://mail.example.org")]
    Address,
    #[error("write the user name and the password in their own fields, not into the address")]
    UserInfo,
}

/// A mail server, and who we are to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User name and password.
    pub credentials: Option<(String, Secret)>,
    /// Trusted certificates as PEM text; absent: the system's trust store.
    pub ca_pem: Option<String>,
}

impl MailServer {
    /// Reads `smtp://HOST[:PORT]` (port 587, STARTTLS) or `smtps://HOST[:PORT]` (port 465, TLS). On this machine, and
    /// with `allow_plaintext`, `smtp` goes on without STARTTLS when the server has none.
    pub fn parse(address: &str, allow_plaintext: bool) -> Result<Self, MailServerError> {
        let url = Url::parse(address).map_err(|_| MailServerError::Address)?;
        let host =
            url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let further = !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        if host.is_empty() || further {
            return Err(MailServerError::Address);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(MailServerError::UserInfo);
        }
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp" if allow_plaintext || here(&host) => (Security::Opportunistic, 587),
            "smtp" => (Security::StartTls, 587),
            _ => return Err(MailServerError::Address),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), security, credentials: None, ca_pem: None })
    }

    /// Whether the server is on this machine.
    pub fn is_here(&self) -> bool {
        here(&self.host)
    }
}

fn here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_the_conversation_is_protected() {
        let parse = |text: &str, plain| MailServer::parse(text, plain).map(|s| (s.host, s.port, s.security));
        let host = "mail.example.org".to_owned();
        assert_eq!(parse("smtp://mail.example.org", false), Ok((host.clone(), 587, Security::StartTls)));
        assert_eq!(parse("smtps://mail.example.org", false), Ok((host.clone(), 465, Security::Tls)));
        assert_eq!(parse("smtp://mail.example.org:25", true), Ok((host, 25, Security::Opportunistic)));
        assert_eq!(
            parse("smtp://127.0.0.1:25", false),
            Ok(("127.0.0.1".to_owned(), 25, Security::Opportunistic))
        );
        assert_eq!(parse("smtp://[::1]", false), Ok(("::1".to_owned(), 587, Security::Opportunistic)));
        for wrong in
            ["http://mail.example.org", "mail.example.org", "smtp://", "smtp://a/b", "smtp://a?tls=no"]
        {
            assert_eq!(parse(wrong, false), Err(MailServerError::Address), "{wrong}");
        }
        assert_eq!(parse("smtp://anna:secret@mail.example.org", false), Err(MailServerError::UserInfo));
    }
}
