//! The built-in directory with faults at chosen calls, and a ledger of what it was made to do.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::{ObjectKind, catalogue};
use ports::{
    MatchProperty, Operation, Outcome, OutcomeKind, Target, TargetError, TargetInfo, TargetObject, TargetPage,
};
use targets::builtin::BuiltInTarget;
use tokio::sync::Notify;

/// What goes wrong with one call of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Carried out, and the answer is lost.
    LostAnswer,
    /// Not carried out: the system is away.
    Away,
    /// The process dies before the call reaches the target.
    DieBefore,
    /// The process dies after the target carried it out.
    DieAfter,
}

#[derive(Debug, Default)]
pub struct Ledger {
    /// Calls until the fault.
    pub fault: Option<(usize, Fault)>,
    /// Anchors of objects created, in order.
    pub created: Vec<String>,
    pub writes: usize,
}

#[derive(Clone)]
pub struct FaultyTarget {
    pub inner: Arc<BuiltInTarget>,
    pub ledger: Arc<Mutex<Ledger>>,
    /// Told when the process shall die.
    pub died: Arc<Notify>,
}

impl FaultyTarget {
    fn fault(&self) -> Option<Fault> {
        let mut ledger = self.ledger.lock().expect("the ledger");
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
        let away = || TargetError::system(&catalogue::TARGET_UNREACHABLE, "the target is away");
        let fault = self.fault();
        match fault {
            Some(Fault::DieBefore) => self.die().await,
            Some(Fault::Away) => return operations.iter().map(|_| Err(away())).collect(),
            _ => {}
        }
        let answers = self.inner.export(operations).await;
        {
            let mut ledger = self.ledger.lock().expect("the ledger");
            for (operation, answer) in operations.iter().zip(&answers) {
                if let Ok(outcome) = answer {
                    ledger.writes += 1;
                    if outcome.kind == OutcomeKind::Created {
                        ledger.created.push(operation.anchor.clone());
                    }
                }
            }
        }
        match fault {
            Some(Fault::DieAfter) => self.die().await,
            Some(Fault::LostAnswer) => operations.iter().map(|_| Err(away())).collect(),
            _ => answers,
        }
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.inner.outcome_of(operation).await
    }
}
