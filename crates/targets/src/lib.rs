//! The systems that Skybridge writes to: implementations of `ports::Target`.

pub mod scim;
