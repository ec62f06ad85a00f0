//! Who may come in: accounts with passwords or one-time links, API tokens, and the brake on guessing.

pub mod account;
pub mod password;
pub mod throttle;
pub mod token;
