//! What the product asks of its database: repository traits, filters and keyset pages. Each backend is a crate of
//! its own that implements these traits in its own SQL, and both run the contract tests in [`contract`].
//!
//! To add a repository: one file here with the trait and its input types, the same file name in each backend, one
//! migration with the same number and name in each folder under `migrations/`, and one contract test that fails on
//! an empty implementation.
//!
//! Rules. A look-up gives `Option`: absence is no error. Every method is one transaction; what must change together
//! is one method. Times and ids come from the caller.

pub mod access;
pub mod agent;
pub mod alert;
pub mod audit;
pub mod audit_key;
pub mod configuration;
pub mod contract;
pub mod cycle;
pub mod directory;
pub mod insight;
pub mod link;
pub mod mail;
pub mod page;
pub mod readiness;
pub mod record;
pub mod session;
pub mod settings;
pub mod simulation;
pub mod unmatched;

pub use access::AccessStore;
pub use agent::AgentStore;
pub use alert::AlertStore;
pub use audit::AuditStore;
pub use audit_key::AuditKey;
pub use configuration::ConfigurationStore;
pub use cycle::CycleStore;
pub use directory::DirectoryStore;
pub use insight::InsightStore;
pub use link::LinkStore;
pub use mail::MailStore;
pub use page::{Page, PageRequest};
pub use readiness::ReadinessStore;
pub use record::RecordStore;
pub use session::SessionStore;
pub use settings::SettingStore;
pub use simulation::SimulationStore;
pub use unmatched::UnmatchedStore;

/// Everything that a backend offers.
pub trait Storage:
    AccessStore
    + AgentStore
    + AlertStore
    + AuditStore
    + ConfigurationStore
    + CycleStore
    + DirectoryStore
    + InsightStore
    + LinkStore
    + MailStore
    + ReadinessStore
    + RecordStore
    + SessionStore
    + SettingStore
    + SimulationStore
    + UnmatchedStore
    + std::fmt::Debug
{
}

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A name or value that must be unique is taken. `what` says which, such as `configuration name`.
    #[error("the {what} is already in use")]
    Duplicate { what: &'static str },
    /// Something else still refers to it.
    #[error("the {what} is still in use")]
    InUse { what: &'static str },
    /// The row that a change was meant for is not there (any more), or is in another state.
    #[error("the {what} does not exist or is in another state")]
    Stale { what: &'static str },
    /// The volume is full.
    #[error("the disk of the data folder is full")]
    Full,
    /// A stored row cannot be understood.
    #[error("a stored {what} cannot be read: {problem}")]
    Corrupt { what: &'static str, problem: String },
    /// Anything else from the database.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T> = std::result::Result<T, StorageError>;
