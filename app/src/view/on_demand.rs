use domain::{ObjectKind, ProvisioningRecord};
use service::on_demand::OnDemandResult;

use super::Errors;

/// The test page: what was typed, who may be meant, and what would happen to one of them.
#[derive(Debug, Clone, Default)]
pub struct TestView {
    pub typed: String,
    pub errors: Errors,
    /// Present when a name was searched.
    pub candidates: Option<Candidates>,
    pub result: Option<OnDemandResult>,
    /// The record of `result`, when it was written down.
    pub record_href: Option<String>,
}

/// Objects that log or directory know under a typed name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    pub found: Vec<Candidate>,
    /// Why the directory could not be asked; then those are all whom the log knows.
    pub unasked: Option<String>,
}

/// An object that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub kind: ObjectKind,
    pub object_id: String,
    pub display_name: String,
    pub dn: String,
}

impl Candidate {
    pub fn of(record: &ProvisioningRecord) -> Self {
        Self {
            kind: record.kind,
            object_id: record.source.id.clone(),
            display_name: record.source.display_name.clone(),
            dn: record.source.name.clone(),
        }
    }
}
