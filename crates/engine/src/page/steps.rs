//! The first steps of a record: import and matching.

use domain::record::{Status, Step, StepKind};

use crate::records::step;

pub(super) fn import_step(dn: &str, object_id: &str, anchor: &str) -> Step {
    let mut imported = step("EntryImport", StepKind::Import, Status::Success, format!("Read {dn}."));
    imported.details = vec![("objectId".to_owned(), object_id.to_owned())];
    if !anchor.is_empty() {
        imported.details.push(("anchor".to_owned(), anchor.to_owned()));
    }
    imported
}

pub(super) fn matching_step(target_id: Option<&str>, linked: bool) -> Step {
    let text = match (target_id, linked) {
        (Some(id), true) => format!("Linked to the target's object {id}."),
        (Some(id), false) => format!("Matched the target's object {id} by its anchor."),
        (None, _) => "The target has no object with this anchor.".to_owned(),
    };
    step("EntrySynchronizationMatching", StepKind::Matching, Status::Success, text)
}
