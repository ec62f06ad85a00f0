//! What is recorded although nothing was sent. Objects that never were in scope and objects that already are as they
//! should be leave no record: they would fill the log without end. What somebody waits to hear of leaves one.

use domain::record::{Identity, Status, Step, StepKind};
use domain::{ObjectKind, ProvisioningRecord};
use storage::link::Link;

use super::Item;
use super::steps::{import_step, matching_step};
use crate::records::step;
use crate::run::{Run, source_identity};

/// The detail of a step that says why nothing was done, and its value where the configuration leaves the object as it is.
pub(crate) const SKIP_REASON: &str = "SkipReason";
pub(crate) const LEFT_ALONE: &str = "SkipOutOfScopeDeletions";

impl Run {
    /// An object failed and is as it should be without another export: its last record would stay a failure.
    pub(super) fn recovered(&self, kind: ObjectKind, item: &Item) -> ProvisioningRecord {
        let mut steps = vec![import_step(&item.dn, &item.object_id, &item.anchor)];
        let target = item.link.as_ref().map(target_of).unwrap_or_default();
        if let Some(link) = &item.link {
            steps.push(matching_step(Some(&link.target_id), true, ""));
        }
        let sentence = "The object fails no more: the target's object already is as it should be.";
        steps.push(skip_step(StepKind::Export, sentence, "RedundantExport"));
        let source = source_identity(&item.object_id, &item.display_name, &item.dn);
        self.records.skipped(kind, (source, target), steps, None)
    }

    /// An object left the source or the scope of a configuration that leaves such objects as they are.
    pub(super) fn left_alone(&self, link: &Link) -> ProvisioningRecord {
        let sentence = "The source no longer has the object within the scope; the configuration leaves such objects as they are.";
        let steps = vec![skip_step(StepKind::Scoping, sentence, LEFT_ALONE)];
        let source = source_identity(&link.object_id, &link.display_name, &link.source_dn);
        self.records.skipped(link.kind, (source, target_of(link)), steps, None)
    }
}

fn skip_step(kind: StepKind, sentence: &str, reason: &str) -> Step {
    let mut skipped = step("EntrySynchronizationSkip", kind, Status::Skipped, sentence);
    skipped.details.push((SKIP_REASON.to_owned(), reason.to_owned()));
    skipped
}

fn target_of(link: &Link) -> Identity {
    Identity {
        id: link.target_id.clone(),
        display_name: link.display_name.clone(),
        name: link.display_name.clone(),
    }
}
