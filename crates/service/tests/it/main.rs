//! The use cases over a real database, without HTTP and without a worker.

mod access;
mod agents;
mod alerts;
mod control;
mod drafting;
mod history;
mod logs;
mod mail;
mod provider;
mod schema;
mod scim_options;
mod support;
mod tampering;
