//! Sample forests: an in-process LDAP server on loopback that answers like an Active Directory domain controller.
//!
//! `make run --lab` shows the portal on them, tests and load tests read from them. The crate knows nothing of the
//! rest of the workspace, so a mistake there cannot hide behind the same mistake here.
//!
//! Entries are not stored. Every attribute of the person with number *n* follows from the forest's seed and *n*
//! (the model's blueprint), names and identifiers can be turned back into numbers, and only what changed since the
//! forest's creation is kept. That is why a forest of 600,000 objects starts at once and stays small.

mod certificate;
mod error;
mod forest;
mod model;
mod options;
mod sample;
mod server;
mod vocabulary;

pub use error::LabError;
pub use forest::Forest;
pub use model::{Applied, Change};
pub use options::{Churn, ForestOptions, Tls};
pub use sample::Lab;
