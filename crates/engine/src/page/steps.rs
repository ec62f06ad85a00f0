//! The first steps of a record: import and matching.

use domain::record::{Status, Step, StepKind};

use crate::records::step;

pub(crate) fn import_step(dn: &str, object_id: &str, anchor: &str) -> Step {
    let mut imported = step("EntryImport", StepKind::Import, Status::Success, format!("Read {dn}."));
    imported.details = vec![("objectId".to_owned(), object_id.to_owned())];
    if !anchor.is_empty() {
        imported.details.push(("anchor".to_owned(), anchor.to_owned()));
    }
    imported
}

pub(crate) fn matching_step(target_id: Option<&str>, linked: bool, found_by: &str) -> Step {
    let text = match (target_id, linked) {
        (Some(id), true) => format!("Linked to the target's object {id}."),
        (Some(id), false) => format!("Matched the target's object {id} by its {found_by}."),
        (None, _) if found_by == LINK_LOST => {
            "The object was linked, but the target no longer has it; it was removed there.".to_owned()
        }
        (None, _) => "The target has no object with this anchor.".to_owned(),
    };
    step("EntrySynchronizationMatching", StepKind::Matching, Status::Success, text)
}

/// Instead of a way in which an object was found: its link led nowhere.
pub(super) const LINK_LOST: &str = "lost link";

/// That somebody changed the object in the target.
pub(super) fn drift_step(attributes: &[String]) -> Step {
    let text = format!(
        "The target's object was changed there since it was exported; its {} will be as the source says again.",
        attributes.join(", ")
    );
    step("EntryReconciliation", StepKind::Matching, Status::Warning, text)
}

/// What became of the names that an object refers to: those of the `open` attributes lead nowhere. Nothing where it refers
/// to nobody.
pub(super) fn reference_step(wanted: usize, open: &[&str], joining: usize, leaving: usize) -> Option<Step> {
    let mut parts = Vec::new();
    if wanted > 0 {
        let resolved = wanted - open.len();
        parts.push(format!("{resolved} of {wanted} references lead to an object of the target"));
    }
    if !open.is_empty() {
        let (lead, filled) = match open {
            [_] => ("leads", "it is filled when whoever it names"),
            _ => ("lead", "they are filled when whoever they name"),
        };
        let names = open.join(", ");
        parts.push(format!("{names} {lead} to nobody in scope; {filled} comes into scope"));
    }
    if joining + leaving > 0 {
        parts.push(format!("{joining} members join, {leaving} leave"));
    }
    if parts.is_empty() {
        return None;
    }
    let status = if open.is_empty() { Status::Success } else { Status::Warning };
    let text = format!("{}.", parts.join(". "));
    Some(step("EntrySynchronizationReferenceResolution", StepKind::ReferenceResolution, status, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_lead_nowhere_are_told() {
        assert_eq!(reference_step(0, &[], 0, 0), None);
        let step = reference_step(2, &["manager"], 0, 0).expect("a step");
        assert_eq!(step.status, Status::Warning);
        assert_eq!(
            step.description,
            "1 of 2 references lead to an object of the target. manager leads to nobody in scope; it is filled when \
             whoever it names comes into scope."
        );
        let step = reference_step(2, &["manager", "secretary"], 0, 0).expect("a step");
        assert!(
            step.description.ends_with(
                "manager, secretary lead to nobody in scope; they are filled when whoever they name comes into scope."
            ),
            "{}",
            step.description
        );
        let step = reference_step(1, &[], 4, 3).expect("a step");
        assert_eq!(step.status, Status::Success);
        assert!(step.description.ends_with("4 members join, 3 leave."), "{}", step.description);
    }
}
