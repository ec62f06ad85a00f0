//! The SCIM target against a real service, and against faults that no real one shows on demand.

mod fake;
mod faults;
mod matching;
mod real;
mod speed;
mod support;
mod tls;
mod writing;
