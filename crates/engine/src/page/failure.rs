//! Objects that fail before anything could be sent.

use domain::ObjectKind;
use domain::catalogue::ErrorCode;
use domain::record::StepKind;
use domain::value::Attributes;
use storage::link::{Escrow, PageCommit};

use super::steps::import_step;
use crate::conflicts::may_end;
use crate::digest::fingerprint;
use crate::escrow::next_attempt;
use crate::exchanges::Refusal;
use crate::run::{Run, source_identity};

/// An object that failed before anything could be sent.
pub(super) struct Failure {
    pub(super) object_id: String,
    dn: String,
    display_name: String,
    step: StepKind,
    code: &'static ErrorCode,
    reason: String,
}

impl Failure {
    pub(super) fn boxed(
        object_id: String,
        dn: String,
        display_name: String,
        step: StepKind,
        code: &'static ErrorCode,
        reason: String,
    ) -> Box<Self> {
        Box::new(Self { object_id, dn, display_name, step, code, reason })
    }
}

impl Run {
    /// An object that failed before anything could be sent: a record, unless it waits for its next attempt.
    pub(super) fn put_failure(
        &mut self,
        page: &mut PageCommit,
        kind: ObjectKind,
        failure: Failure,
        earlier: Option<&Escrow>,
    ) {
        self.left_behind.push(failure.object_id.clone());
        let now = self.clock.now();
        let digest = fingerprint(&Attributes::new(), &failure.reason);
        let waiting = earlier.is_some_and(|escrow| {
            !self.eager && escrow.fingerprint == digest && escrow.next_attempt_at > now
        });
        if waiting {
            self.counts.escrowed += 1;
            return;
        }
        let attempts = earlier.map_or(0, |escrow| escrow.attempts) + 1;
        if !failure.object_id.is_empty() {
            self.failed_here.insert((kind, failure.object_id.clone()));
            page.escrows.push(Escrow {
                kind,
                object_id: failure.object_id.clone(),
                display_name: failure.display_name.clone(),
                code: failure.code.code.to_owned(),
                reason: failure.reason.clone(),
                fingerprint: digest,
                attempts,
                first_failed_at: earlier.map_or(now, |escrow| escrow.first_failed_at),
                next_attempt_at: next_attempt(now, attempts),
            });
        }
        let name = match failure.step {
            StepKind::Import => "EntryImport",
            StepKind::Matching => "EntrySynchronizationMatching",
            _ => "EntrySynchronizationMapping",
        };
        let steps = if failure.step == StepKind::Import {
            Vec::new()
        } else {
            vec![import_step(&failure.dn, &failure.object_id, "")]
        };
        let identity = source_identity(&failure.object_id, &failure.display_name, &failure.dn);
        let may_end = may_end(failure.code.code) && !failure.object_id.is_empty();
        let object = (kind, failure.object_id);
        let reason = failure.code.info(failure.reason);
        let record = self.records.failed(kind, identity, steps, (name, failure.step), reason);
        if may_end {
            self.hold_refusal_back(object, Refusal { record, wanted: Vec::new() });
        } else {
            self.counts.failed += 1;
            page.records.push(record);
        }
    }
}
