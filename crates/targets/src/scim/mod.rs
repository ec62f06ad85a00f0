//! SCIM 2.0 (RFC 7643, RFC 7644) as a target.
//!
//! What real services differ in decides the shape of this module:
//! - `client` sends one request until it is answered: Retry-After, back-off, bounded bodies, no redirects.
//! - `throttle` is the door that all concurrent requests pass; it closes for as long as the service asks.
//! - `capabilities` reads the `ServiceProviderConfig`, once, and unlearns what turns out not to be true.
//! - `listing` and `index` match by reading pages, never by one request an object.
//! - `named` matches by user name and mail address; `flatten` shows what the service holds.
//! - `path`, `resource`, `patch` and `merge` turn mapped attributes into bodies.
//! - `settle` asks once what became of all creates of a batch whose answers were lost.
//! - `state` sees to it that no account is left without one, or off by mistake.
//! - `create`, `update`, `recover` carry operations out and find out what became of them.

mod answer;
mod capabilities;
mod client;
mod compare;
mod create;
mod failure;
mod flatten;
mod index;
mod json;
mod listing;
mod lookup;
mod members;
mod merge;
mod named;
mod patch;
mod patching;
mod path;
mod quota;
mod recover;
mod resource;
mod settings;
mod settle;
mod state;
mod target;
mod throttle;
mod timer;
mod tls;
mod update;

pub use settings::{ScimSettings, SettingsError};
pub use target::ScimTarget;
pub use throttle::Throttle;
pub use timer::{SystemTimer, Timer};
