//! The SCIM target against a real service, and against faults that no real one shows on demand.

mod real;
mod support;
