//! The systems that Skybridge writes to: implementations of `ports::Target`.

pub mod builtin;
pub mod scim;
mod text;
mod values;
