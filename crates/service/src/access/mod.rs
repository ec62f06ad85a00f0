//! Who may come in: accounts with passwords or one-time links, people of an OpenID Connect provider, API tokens, and the
//! brake on guessing.

pub mod account;
pub mod password;
pub mod provider;
pub mod throttle;
pub mod token;
