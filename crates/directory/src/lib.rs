//! Directories as a source: Active Directory, OpenLDAP, 389-ds and their kin over LDAP.
//!
//! The crate speaks LDAP itself, and only the little of it that reading needs: StartTLS, simple bind, search. General
//! client crates build a tree of owned tags for every message before an entry is made of it, and pass each over a
//! channel; the same reading costs more than twice the processor time that way (`examples/read.rs` against
//! `examples/read_ldap3.rs`). Here a message is decoded straight from the receive buffer into `domain::Entry`, by
//! code that cannot panic on what a server sends.
//!
//! From the outside in: [`LdapSource`] is the port's implementation; `reader` pages through a subtree; `connection`
//! sends requests and settles what the directory is; `wire` frames messages; `message` and `ber` know the bytes.

mod attributes;
mod ber;
mod browse;
mod changes;
mod connection;
mod filter;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod identity;
mod lookup;
mod message;
mod profile;
mod ranges;
mod reader;
mod refusal;
pub mod security;
mod settings;
mod source;
mod sync;
mod tls;
mod transport;
mod wire;

pub use changes::Pace;
pub use settings::LdapSettings;
pub use source::LdapSource;
pub use transport::Handshake;
