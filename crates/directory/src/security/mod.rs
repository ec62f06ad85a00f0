//! What the account may do, read from security descriptors: nothing is tried, and nothing is changed.

pub(crate) mod descriptor;
mod rights;

pub(crate) use rights::rights;
pub use rights::{Granted, Permission, Right, Rights};
