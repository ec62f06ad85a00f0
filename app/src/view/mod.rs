//! What pages show, read and ready. Nothing here reads or draws.

mod agents;
mod audit;
mod configuration;
mod directory;
mod draft;
mod logs;
mod mail;
mod object;
mod on_demand;
mod overview;
pub mod query;
mod scope;
mod simulation;
mod unmatched;

pub use agents::{AddAgent, AgentList, AgentPage, AgentsQuery, MadeToken, TimelineSpan, agent_href};
pub use audit::{AuditAbout, AuditDetail, AuditList, AuditQuery};
pub use configuration::{
    ConfigurationDetail, ConfigurationSummary, Cycles, FailingList, Following, MappingView, Names,
    RestartDraft, StagedView,
};
pub use directory::{DirectoryDetail, DirectoryEntry, DirectoryList, href as directory_href};
pub use draft::{ConfigurationDraft, Errors, MappingDraft, QuarantineDraft};
pub use logs::{Capped, LogDetail, LogFacets, LogFilter, LogList, LogTab, Span};
pub use mail::{MailDraft, MailList, MailQuery};
pub use object::{ObjectView, Shown, object_href};
pub use on_demand::{Candidate, TestView};
pub use overview::{ChartBy, DirectoryFigures, HourFigure, Overview};
pub use scope::{ClauseDraft, ScopeDraft, ScopeView};
pub use simulation::{SimulateView, SimulatedQuery, tallied};
pub use unmatched::{UnmatchedQuery, UnmatchedView};
