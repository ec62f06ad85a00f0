//! Signing people in at an OpenID Connect provider: the authorization code flow with PKCE (OpenID Connect Core 1.0
//! section 3.1, RFC 7636), from the provider's own description (OpenID Connect Discovery 1.0). What comes back is who
//! somebody is; what they may do here is for others to decide.

mod error;
mod flow;
mod http;
mod person;
mod provider;

pub use error::OpenIdError;
pub use flow::{Begun, Flow};
pub use person::Person;
pub use provider::Provider;
