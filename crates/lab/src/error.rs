//! What can go wrong with a sample forest.

use std::{io, net::SocketAddr};

/// Why a sample forest could not be started or changed.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The address is taken or not ours.
    #[error("the sample forest cannot listen on {address}; choose another address or port 0")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system answered.
        source: io::Error,
    },
    /// No certificate could be made for `ldaps`.
    #[error("the sample forest's certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// The certificate was refused by the TLS library.
    #[error("the sample forest's TLS could not be set up")]
    Tls(#[from] rustls::Error),
    /// The forest's name is not a DNS name.
    #[error("`{0}` is not a forest name; use a DNS name such as lab01.local")]
    Name(String),
    /// More objects than the numbering has room for.
    #[error("a sample forest holds at most {limit} {what}, {asked} were asked for")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many fit.
        limit: u32,
        /// How many were asked for.
        asked: u32,
    },
    /// A change names an object that does not exist (any more).
    #[error("there is no object `{0}` in the sample forest")]
    NoSuchObject(String),
    /// A change names an attribute that cannot be set.
    #[error("attribute `{0}` cannot be set in the sample forest")]
    Attribute(String),
    /// A change does not fit the object it names.
    #[error("`{object}` is no {expected}")]
    WrongKind {
        /// The object that was named.
        object: String,
        /// What the change needs.
        expected: &'static str,
    },
    /// Another object has the name already.
    #[error("an object `{0}` exists already")]
    Exists(String),
}
