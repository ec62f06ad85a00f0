//! The use cases: authorise, validate, act, audit. Portal and REST API call the same functions here, so that what
//! one may do, the other may do, and both leave the same traces.
//!
//! May depend on the domain, the expression language, the engine, its ports and the storage traits; never on axum,
//! leptos, sqlx or ldap3.
//!
//! To add a use case: a method of [`Service`] that takes `&Principal` first, calls [`Service::require`] in its first
//! line, lists everything that is wrong with its input as [`domain::document::FieldProblem`]s, and writes an audit
//! entry when it changes anything.

pub mod access;
pub mod agents;
pub mod alerts;
pub mod audit;
pub mod browse;
mod check;
pub mod configurations;
pub mod control;
pub mod document;
pub mod domains;
mod draft;
mod error;
pub mod failing;
pub mod graph;
pub mod history;
pub mod insights;
pub mod lists;
pub mod mail;
pub mod on_demand;
pub mod overview;
pub mod people;
pub mod probe;
pub mod readiness;
pub mod saved_searches;
mod schema;
pub mod sealer;
mod service;
pub mod settings;
pub mod simulation;
mod staged;
pub mod targets;
pub mod trial;
pub mod unmatched;
pub mod view;
mod world;

pub use access::account::SignInError;
pub use access::provider::{Arrived, Leaving, RETURN};
pub use document::line::ChangeLine;
pub use engine::Hint;
pub use error::{Result, ServiceError};
pub use notify::Patience;
pub use saved_searches::SavedSearch;
pub use sealer::Sealer;
pub use service::{Parts, Service};
pub use staged::StagedObject;
// What signatures here name, so that the portal needs no crate below this one.
pub use storage::alert::{AlertCount, AlertFilter, AlertHistory};
pub use storage::audit::{AuditFilter, StoredAudit};
pub use storage::directory::{DirectoryCounts, DirectoryFilter, DirectoryObject};
pub use storage::link::{Escrow, Link, LinkState};
pub use storage::mail::DeliveryFilter;
pub use storage::record::{CappedCount, Facets, RecordFilter};
pub use storage::{Page, PageRequest};
pub use view::{ConfigurationView, Staged};
