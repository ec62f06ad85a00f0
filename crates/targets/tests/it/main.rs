//! The SCIM target against a real service, and against faults that no real one shows on demand.

mod dialects;
mod fake;
mod faults;
mod limits;
mod lists;
mod lost;
mod matching;
mod proxy;
mod real;
mod soft;
mod speed;
mod support;
mod tls;
mod writing;
