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

//!
//! What is promised, and where it is tried (`tests/it`):
//! - Retry-After, in seconds or as a date, is waited for to the end by every request; a service that limits the rate
//!   gets at least 97 % of what it takes and at most 1 % in vain (`throttle_tests`, `limits`).
//! - A create whose answer is lost is adopted by externalId, or by name, for one request more; where a service cannot
//!   be asked for one object, its list is read once for all lost creates of a batch (`lost`).
//! - Dialects are found out by the `ServiceProviderConfig` and by answers, or set ([`domain::scim::ScimOptions`]):
//!   PATCH or PUT of the whole with what nobody maps kept, `active` as a boolean or a text, members that leave by path
//!   or by value, paging by index, by cursor, by `.search`, with totals that are wrong (`dialects`, `lists`).
//! - A list that is not whole, or never ends, fails the run; nothing is concluded from it (`lists`).
//! - Users with a role or a `userType` of `admin`, `administrator` or `owner`, in any case, administer the service:
//!   the engine never takes them over (`soft`).

mod answer;
mod capabilities;
mod client;
mod compare;
mod create;
mod failure;
mod flatten;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod held;
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
