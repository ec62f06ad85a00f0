//! What pages show, read and ready. Nothing here reads or draws.

mod access;
mod agents;
mod alerts;
mod audit;
mod configuration;
mod directory;
mod domains;
mod draft;
mod insights;
mod logs;
mod mail;
mod object;
mod on_demand;
mod overview;
mod provider;
pub mod query;
mod readiness;
mod scope;
mod settings;
mod simulation;
mod targets;
mod tree;
mod unmatched;

pub use access::AccessView;
pub use agents::{AddAgent, AgentList, AgentPage, AgentsQuery, MadeToken, TimelineSpan, agent_href};
pub use alerts::{
    AlertGlance, AlertList, AlertRulesDraft, AlertsQuery, AlertsShown, RuleDraft, alert_href, counted_alerts,
    field as alert_field,
};
pub use audit::{AuditAbout, AuditDetail, AuditList, AuditQuery};
pub use configuration::{
    ConfigurationDetail, ConfigurationSummary, Cycles, FailingList, Following, MappingEditor, MappingTrial,
    MappingView, Names, RestartDraft, StagedView,
};
pub use directory::{DirectoryDetail, DirectoryEntry, DirectoryList, href as directory_href};
pub use domains::{DomainDraft, DomainPage, DomainRow, domain_href};
pub use draft::{ConfigurationDraft, Errors, MappingDraft, QuarantineDraft};
pub use insights::{InsightTable, InsightsQuery, InsightsView, sums};
pub use logs::{Capped, LogDetail, LogFacets, LogFilter, LogList, LogTab, Span};
pub use mail::{MailDraft, MailList, MailQuery};
pub use object::{ObjectView, object_href};
pub use on_demand::{Candidate, Candidates, TestView};
pub use overview::{ChartBy, DirectoryFigures, HourFigure, Overview};
pub use provider::ProviderDraft;
pub use readiness::{ReadinessQuery, ReadinessView};
pub use scope::{ClauseDraft, ScopeDraft, ScopeView};
pub use settings::SettingsDraft;
pub use simulation::{SimulateView, SimulatedQuery, moving, tallied};
pub use targets::{TargetDraft, TargetPage, TargetRow, target_href};
pub use tree::{Chosen, TreeDraft, TreeEdit, TreeView};
pub use unmatched::{UnmatchedQuery, UnmatchedView};
