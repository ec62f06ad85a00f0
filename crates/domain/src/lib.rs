//! The types and rules that every room of Skybridge speaks: ids, distinguished names, attributes,
//! configurations, cycles, provisioning records. No input or output, and it compiles for the browser.
//!
//! What belongs here: a thing that at least two rooms name. What does not: how it is stored (`storage`), read
//! (`directory`), written (`targets`) or shown (`app`).

pub mod access;
pub mod agent;
pub mod alert;
pub mod audit;
pub mod catalogue;
pub mod clock;
pub mod configuration;
pub mod csv;
pub mod cursor;
pub mod cycle;
pub mod defaults;
pub mod directory;
pub mod dn;
pub mod document;
pub mod enrolment;
pub mod entry;
pub mod filter;
pub mod id;
pub mod interval;
pub mod kind;
pub mod mail;
pub mod mapping;
pub mod readiness;
pub mod record;
pub mod schema;
pub mod scim;
pub mod scope;
pub mod secret;
pub mod simulation;
pub mod status;
pub mod timeline;
pub mod unmatched;
pub mod value;

pub use clock::Clock;
pub use configuration::{Configuration, Connection, SourceDomain, TargetSettings, TargetSystem};
pub use cursor::{Cursor, Tracking};
pub use cycle::{Counts, Cycle, CycleState};
pub use dn::Dn;
pub use entry::{Attribute, Entry};
pub use id::{
    AccountId, AgentId, AlertId, ChangeId, ConfigurationId, CycleId, DomainId, EnrolmentId, LinkId, RecordId,
    SimulationId, TargetId, TokenId,
};
pub use kind::{DirectoryKind, ObjectKind, TargetKind};
pub use record::ProvisioningRecord;
pub use secret::{SealedSecret, Secret};
pub use value::Value;

/// A moment, always UTC and cut to microseconds so that every database keeps the same one.
pub type Time = chrono::DateTime<chrono::Utc>;
