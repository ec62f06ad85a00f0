//! What a forest contains: [`Blueprint`] at creation, [`State`] now.

mod attribute;
mod blueprint;
mod change;
mod churn;
mod contacts;
mod dn;
mod fixed;
mod groups;
mod history;
mod links;
mod mutate;
mod object;
mod people;
mod random;
mod resolve;
mod state;
mod time;
mod values;
mod view;

pub(crate) use attribute::{Attr, Syntax};
pub(crate) use blueprint::Blueprint;
pub use change::{Applied, Change};
pub(crate) use dn::parse as parse_dn;
pub(crate) use object::{Kind, ObjectId};
pub(crate) use resolve::Resolved;
pub(crate) use state::State;
pub(crate) use time::generalized;
pub(crate) use view::View;

/// Days that Active Directory keeps what was deleted.
pub(crate) const TOMBSTONE_DAYS: i64 = 180;
