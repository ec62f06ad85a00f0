//! The built-in directory with faults at chosen calls, and a ledger of what it was made to do.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::{ChangeId, ObjectKind, catalogue};
use ports::{
    MatchProperty, Operation, Outcome, OutcomeKind, Target, TargetError, TargetInfo, TargetObject,
    TargetPage, Verb, WithinStore,
};
use storage::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};
use targets::builtin::BuiltInTarget;
use tokio::sync::Notify;

/// What goes wrong with one call of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Carried out, and the answer is lost.
    LostAnswer,
    /// Not carried out: the system is away.
    Away,
    /// Not carried out: the system does not like these objects.
    Refused,
    /// The process dies before the call reaches the target.
    DieBefore,
    /// The process dies after the target carried it out.
    DieAfter,
}

#[derive(Debug, Default)]
pub struct Ledger {
    /// Calls until the fault.
    pub fault: Option<(usize, Fault)>,
    /// What was answered, and with what.
    pub answered: Vec<(ChangeId, OutcomeKind)>,
    /// Sent, with an answer that nobody saw.
    pub unanswered: HashSet<ChangeId>,
    pub writes: usize,
    /// Of the cycle under way: objects and members that were asked to go.
    pub removals: usize,
    pub members_removed: usize,
    /// Ids of objects that were asked to be deleted, by whomever.
    pub gone: BTreeSet<String>,
    /// Somebody else wrote into the target: what became of an unanswered change cannot always be told.
    pub meddled: bool,
}

#[derive(Clone)]
pub struct FaultyTarget {
    pub inner: Arc<BuiltInTarget>,
    /// Written in the transaction that records it, as the product does it; else it stands for a service elsewhere.
    pub within_store: bool,
    pub ledger: Arc<Mutex<Ledger>>,
    /// Told when the process shall die.
    pub died: Arc<Notify>,
}

impl FaultyTarget {
    fn lock(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("the ledger")
    }

    fn fault(&self) -> Option<Fault> {
        let mut ledger = self.lock();
        match &mut ledger.fault {
            Some((0, fault)) => {
                let fault = *fault;
                ledger.fault = None;
                Some(fault)
            }
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }

    async fn die(&self) -> ! {
        self.died.notify_one();
        std::future::pending::<std::convert::Infallible>().await;
        unreachable!("nobody wakes the dead")
    }

    fn ask<'o>(&self, operations: impl IntoIterator<Item = &'o Operation>) {
        let mut ledger = self.lock();
        for operation in operations {
            ledger.unanswered.insert(operation.change_id);
            ledger.members_removed += operation.remove_members.len();
            if matches!(operation.verb, Verb::Disable | Verb::Delete) {
                ledger.removals += 1;
            }
            if operation.verb == Verb::Delete {
                ledger.gone.extend(operation.target_id.clone());
            }
        }
    }

    fn answer(&self, operations: &[Operation], answers: &[Result<Outcome, TargetError>]) {
        let mut ledger = self.lock();
        for (operation, answer) in operations.iter().zip(answers) {
            match answer {
                Ok(outcome) => {
                    ledger.writes += 1;
                    ledger.unanswered.remove(&operation.change_id);
                    ledger.answered.push((operation.change_id, outcome.kind));
                }
                Err(error) if !error.is_system() => {
                    ledger.unanswered.remove(&operation.change_id);
                }
                Err(_) => {}
            }
        }
    }
}

#[async_trait]
impl Target for FaultyTarget {
    async fn probe(&self) -> Result<TargetInfo, TargetError> {
        Ok(TargetInfo { batch: 4, ..self.inner.probe().await? })
    }

    async fn find(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.inner.find(kind, anchors).await
    }

    async fn find_by(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.inner.find_by(kind, property, values).await
    }

    async fn find_by_attribute(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.inner.find_by_attribute(kind, attribute, values).await
    }

    async fn list(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError> {
        self.inner.list(kind, after).await
    }

    async fn export(&self, operations: &[Operation]) -> Vec<Result<Outcome, TargetError>> {
        let fault = self.fault();
        match fault {
            Some(Fault::DieBefore) => self.die().await,
            Some(Fault::Away) => return operations.iter().map(|_| Err(away())).collect(),
            Some(Fault::Refused) => return operations.iter().map(|_| Err(refused())).collect(),
            _ => {}
        }
        self.ask(operations);
        let answers = self.inner.export(operations).await;
        match fault {
            Some(Fault::DieAfter) => self.die().await,
            Some(Fault::LostAnswer) => operations.iter().map(|_| Err(away())).collect(),
            _ => {
                self.answer(operations, &answers);
                answers
            }
        }
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.inner.outcome_of(operation).await
    }

    fn within_store(&self) -> Option<&dyn WithinStore> {
        self.within_store.then_some(self)
    }
}

/// No answer gets lost here; what can go wrong between writing and recording goes wrong in the store.
#[async_trait]
impl WithinStore for FaultyTarget {
    fn new_id(&self) -> String {
        self.inner.new_id()
    }

    async fn prepare(
        &self,
        operations: &[&Operation],
    ) -> Result<Vec<Result<DirectoryWrite, TargetError>>, TargetError> {
        match self.fault() {
            Some(Fault::DieBefore | Fault::DieAfter) => self.die().await,
            Some(Fault::Away | Fault::LostAnswer) => return Err(away()),
            Some(Fault::Refused) => return Ok(operations.iter().map(|_| Err(refused())).collect()),
            None => {}
        }
        self.ask(operations.iter().copied());
        self.inner.prepare(operations).await
    }

    fn answer(
        &self,
        operation: &Operation,
        id: &str,
        written: &DirectoryWritten,
        holder: Option<&DirectoryObject>,
    ) -> Result<Outcome, TargetError> {
        let answer = self.inner.answer(operation, id, written, holder);
        // Whether it was is known when the transaction is over.
        if answer.is_ok() {
            self.lock().writes += 1;
        }
        answer
    }
}

fn away() -> TargetError {
    TargetError::system(&catalogue::TARGET_UNREACHABLE, "the target is away")
}

fn refused() -> TargetError {
    TargetError::object(&catalogue::TARGET_REFUSED, "the target does not like it")
}
