//! What a run for one object wrote down, with what the log would not say.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::ProvisioningRecord;
use domain::record::{Status, Step, StepKind};
use storage::StorageError;
use storage::cycle::Progress;
use storage::link::PageCommit;

use crate::observer::Observer;

/// Gathers records; and says in those of the wanted object why it is or is not in scope.
#[derive(Debug, Default)]
pub(super) struct Trace {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    object_id: String,
    scoping: Option<Step>,
    records: Vec<ProvisioningRecord>,
}

impl Trace {
    pub(super) fn follow(&self, object_id: &str, scoping: Step) {
        let mut inner = self.inner();
        object_id.clone_into(&mut inner.object_id);
        inner.scoping = Some(scoping);
    }

    /// Drops what was gathered so far.
    pub(super) fn forget(&self) {
        self.inner().records.clear();
    }

    /// The records of the wanted object as one: what its group lost belongs to what it got.
    pub(super) fn record(&self, object_id: &str) -> Option<ProvisioningRecord> {
        let inner = self.inner();
        let mut records = inner.records.iter().filter(|record| record.source.id == object_id).cloned();
        let mut whole = records.next()?;
        for next in records {
            if whole.status == Status::Success {
                whole.status = next.status;
            }
            whole.error = whole.error.or(next.error);
            whole.steps.extend(next.steps.into_iter().filter(|step| step.kind == StepKind::Export));
            whole.modified.extend(next.modified);
        }
        Some(whole)
    }

    pub(super) fn others(&self, object_id: &str) -> Vec<ProvisioningRecord> {
        self.inner().records.iter().filter(|record| record.source.id != object_id).cloned().collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Observer for Trace {
    async fn page(&self, page: &mut PageCommit, _: Progress) -> Result<(), StorageError> {
        let mut inner = self.inner();
        for record in &mut page.records {
            if record.source.id == inner.object_id
                && let Some(scoping) = &inner.scoping
            {
                explain(record, scoping);
            }
        }
        inner.records.extend(page.records.iter().cloned());
        Ok(())
    }
}

/// Puts the scoping step where it belongs: instead of the record's own, else after the import.
fn explain(record: &mut ProvisioningRecord, scoping: &Step) {
    if let Some(own) = record.steps.iter_mut().find(|step| step.kind == StepKind::Scoping) {
        own.clone_from(scoping);
        return;
    }
    let at = record.steps.iter().position(|step| step.kind != StepKind::Import);
    record.steps.insert(at.unwrap_or(record.steps.len()), scoping.clone());
}
