//! What a SCIM target needs to be reached, and what is refused before the first request.

use std::sync::Arc;
use std::time::Duration;

use domain::catalogue::{TARGET_CREDENTIALS, TARGET_PROTOCOL, TARGET_UNREACHABLE};
use domain::scim::{BooleanForm, MemberRemoval, PatchUse, ScimOptions};
use domain::{Clock, Secret};
use ports::TargetError;
use reqwest::Url;

use super::throttle::Throttle;
use super::timer::{SystemTimer, Timer};

/// Settings of a SCIM target. [`ScimSettings::new`] fills in what rarely needs another value.
#[derive(Debug, Clone)]
pub struct ScimSettings {
    /// Base address, such as `https://app.example/scim/v2`.
    pub url: String,
    /// Bearer token (RFC 6750).
    pub token: Secret,
    /// Trusted certificates as PEM text; absent: the system's trust store.
    pub ca_pem: Option<String>,
    /// Longest wait for one whole answer.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// Most requests under way at once.
    pub concurrency: usize,
    /// Objects a page, because many services walk over everything for every page. The service's own
    /// `filter.maxResults` lowers it.
    pub page_size: usize,
    /// Most pages of one list: a service that goes on for ever fails the cycle, and nothing is concluded from it.
    pub most_pages: usize,
    /// Most members in the body of a new group.
    pub members_per_create: usize,
    /// Most members in one PATCH request. Known services refuse more than 100.
    pub members_per_patch: usize,
    pub patch: PatchUse,
    /// Absent: a boolean, until the service refuses it.
    pub active_as: Option<BooleanForm>,
    /// Absent: by path, until the service does not understand it.
    pub remove_members_by: Option<MemberRemoval>,
    /// Absent: what the answers show that the service takes.
    pub requests_per_second: Option<u32>,
    /// Longest that one request waits because the service asks for it, all its turns together.
    pub longest_wait: Duration,
    /// Shared between the cycles of one target, so that a Retry-After outlives the cycle that received it.
    pub throttle: Throttle,
    pub timer: Arc<dyn Timer>,
}

impl ScimSettings {
    pub fn new(url: impl Into<String>, token: Secret, clock: Arc<dyn Clock>) -> Self {
        Self {
            url: url.into(),
            token,
            ca_pem: None,
            timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(10),
            concurrency: 8,
            page_size: 1000,
            most_pages: 100_000,
            members_per_create: 500,
            members_per_patch: 100,
            patch: PatchUse::Auto,
            active_as: None,
            remove_members_by: None,
            requests_per_second: None,
            longest_wait: Duration::from_mins(10),
            throttle: Throttle::default(),
            timer: Arc::new(SystemTimer::new(clock)),
        }
    }

    /// With what an administrator set for this service.
    #[must_use]
    pub fn with(mut self, options: &ScimOptions) -> Self {
        let members = options.members_per_request.max(1) as usize;
        if members != self.members_per_patch {
            (self.members_per_create, self.members_per_patch) = (members, members);
        }
        if let Some(page_size) = options.page_size {
            self.page_size = page_size.max(1) as usize;
        }
        self.patch = options.patch;
        self.active_as = options.active_as;
        self.remove_members_by = options.remove_members_by;
        self.requests_per_second = options.requests_per_second;
        self
    }

    pub(super) fn base(&self) -> Result<Url, SettingsError> {
        let invalid = || SettingsError::Address(self.url.chars().take(200).collect());
        let mut url = Url::parse(self.url.trim()).map_err(|_| invalid())?;
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "https" if !host.is_empty() => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(SettingsError::Plaintext(host.to_owned())),
            _ => return Err(invalid()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SettingsError::PasswordInAddress);
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Settings that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "`{0}` is not the address of a SCIM service: give its base address, such as https://app.example/scim/v2"
    )]
    Address(String),
    #[error("plain http to {0} would show the token to the network: give an https address")]
    Plaintext(String),
    #[error("the address carries a user name or password: give the bare address and a token")]
    PasswordInAddress,
    #[error("the token holds characters that no HTTP header may hold: paste it again without line breaks")]
    Token,
    #[error("the certificate authority's file cannot be used ({0}): give certificates as PEM text")]
    Authority(String),
    #[error(
        "this machine's trust store holds no certificate: install ca-certificates or give the certificate authority's file"
    )]
    NoTrustStore,
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

impl From<SettingsError> for TargetError {
    fn from(error: SettingsError) -> Self {
        let code = match &error {
            SettingsError::Address(_) | SettingsError::PasswordInAddress => &TARGET_PROTOCOL,
            SettingsError::Token => &TARGET_CREDENTIALS,
            SettingsError::Plaintext(_)
            | SettingsError::Authority(_)
            | SettingsError::NoTrustStore
            | SettingsError::Client(_) => &TARGET_UNREACHABLE,
        };
        Self::system(code, error.to_string())
    }
}
