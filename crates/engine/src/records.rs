//! Provisioning records: built in one place, so that they all read the same.

use std::sync::Arc;

use domain::catalogue;
use domain::record::{Action, ErrorInfo, Identity, ProvisioningRecord, Status, Step, StepKind};
use domain::{ChangeId, Clock, ConfigurationId, CycleId, ObjectKind, RecordId};
use ports::{Outcome, OutcomeKind, TargetError, Verb};

use crate::change::Change;

/// What all records of a cycle share.
#[derive(Debug, Clone)]
pub(crate) struct RecordMaker {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cycle_id: CycleId,
    pub(crate) configuration_id: ConfigurationId,
    pub(crate) source_system: String,
    pub(crate) target_system: String,
    /// The person who asked for an object on demand.
    pub(crate) initiated_by: Option<String>,
}

impl RecordMaker {
    fn blank(&self, change_id: ChangeId, kind: ObjectKind, source: Identity) -> ProvisioningRecord {
        ProvisioningRecord {
            id: RecordId(0),
            change_id,
            cycle_id: self.cycle_id,
            configuration_id: self.configuration_id,
            initiated_by: self.initiated_by.clone(),
            at: self.clock.now(),
            duration_ms: 0,
            action: Action::Other,
            status: Status::Success,
            kind,
            source,
            target: Identity::default(),
            source_system: self.source_system.clone(),
            target_system: self.target_system.clone(),
            error: None,
            steps: Vec::new(),
            modified: Vec::new(),
        }
    }

    /// The record of a change that the target answered. It takes the steps and the values over.
    pub(crate) fn done(
        &self,
        change: &mut Change,
        outcome: &Outcome,
        duration_ms: u32,
    ) -> ProvisioningRecord {
        let (action, name) = match outcome.kind {
            OutcomeKind::Created => (Action::Create, "EntryExportAdd"),
            OutcomeKind::Updated => (Action::Update, "EntryExportUpdate"),
            OutcomeKind::Disabled => (Action::Disable, "EntryExportUpdate"),
            OutcomeKind::Deleted => (Action::Delete, "EntryExportDelete"),
            OutcomeKind::Unchanged => (Action::Other, "EntrySynchronizationLink"),
        };
        let mut record = self.blank(change.operation.change_id, change.kind(), change.source_identity());
        record.action = action;
        record.duration_ms = duration_ms;
        record.target = Identity {
            id: outcome.target_id.clone(),
            display_name: change.display_name.clone(),
            name: std::mem::take(&mut change.target_name),
        };
        record.steps = std::mem::take(&mut change.steps);
        record
            .steps
            .push(step(name, StepKind::Export, Status::Success, outcome.answer.clone()).took(duration_ms));
        record.modified = std::mem::take(&mut change.modified);
        record
    }

    /// The record of a change that the target refused.
    pub(crate) fn refused(
        &self,
        change: &Change,
        error: &TargetError,
        duration_ms: u32,
    ) -> ProvisioningRecord {
        let (action, name) = match change.operation.verb {
            Verb::Create => (Action::Create, "EntryExportAdd"),
            Verb::Update => (Action::Update, "EntryExportUpdate"),
            Verb::Disable => (Action::Disable, "EntryExportUpdate"),
            Verb::Delete => (Action::Delete, "EntryExportDelete"),
        };
        let mut record = self.blank(change.operation.change_id, change.kind(), change.source_identity());
        record.action = action;
        record.status = Status::Failure;
        record.duration_ms = duration_ms;
        record.target = Identity {
            // The id that was meant for an object which was never made is nobody's.
            id: match change.operation.verb {
                Verb::Create => String::new(),
                _ => change.operation.target_id.clone().unwrap_or_default(),
            },
            display_name: change.display_name.clone(),
            name: change.target_name.clone(),
        };
        record.error = Some(error.code().info(error.to_string()));
        record.steps.clone_from(&change.steps);
        record.steps.push(step(name, StepKind::Export, Status::Failure, error.to_string()).took(duration_ms));
        record.modified.clone_from(&change.modified);
        record
    }

    /// The record of an object that failed before anything could be sent.
    pub(crate) fn failed(
        &self,
        kind: ObjectKind,
        source: Identity,
        mut steps: Vec<Step>,
        (name, step_kind): (&str, StepKind),
        error: ErrorInfo,
    ) -> ProvisioningRecord {
        let mut record = self.blank(ChangeId::new(self.clock.uuid()), kind, source);
        record.status = Status::Failure;
        steps.push(step(name, step_kind, Status::Failure, error.reason.clone()));
        record.steps = steps;
        record.error = Some(error);
        record
    }

    /// The record of an object of which nothing had to be done, or nothing may be done: then with the reason.
    pub(crate) fn skipped(
        &self,
        kind: ObjectKind,
        (source, target): (Identity, Identity),
        steps: Vec<Step>,
        error: Option<ErrorInfo>,
    ) -> ProvisioningRecord {
        let mut record = self.blank(ChangeId::new(self.clock.uuid()), kind, source);
        record.status = Status::Skipped;
        record.target = target;
        record.steps = steps;
        record.error = error;
        record
    }

    /// The record of a removal that the guard held back.
    pub(crate) fn staged(
        &self,
        kind: ObjectKind,
        source: Identity,
        target: Identity,
        limit: &str,
    ) -> ProvisioningRecord {
        let mut record = self.blank(ChangeId::new(self.clock.uuid()), kind, source);
        record.action = Action::StagedDelete;
        record.status = Status::Skipped;
        record.target = target;
        record.steps = vec![step(
            "EntryExportStagedDelete",
            StepKind::Export,
            Status::Skipped,
            format!("Held back: {limit}."),
        )];
        record.error = Some(catalogue::TOO_MANY_DELETES.info(format!("Held back: {limit}.")));
        record
    }
}

/// A step without details.
pub(crate) fn step(name: &str, kind: StepKind, status: Status, description: impl Into<String>) -> Step {
    Step {
        name: name.to_owned(),
        kind,
        status,
        description: description.into(),
        duration_ms: None,
        details: Vec::new(),
    }
}
