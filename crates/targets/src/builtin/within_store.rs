//! The built-in directory lies in our own store: its writes go with the page that records them.

use async_trait::async_trait;
use ports::{Operation, Outcome, TargetError, WithinStore};
use storage::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};

use super::{BuiltInTarget, absent, conflict, failed, outcome};

#[async_trait]
impl WithinStore for BuiltInTarget {
    fn new_id(&self) -> String {
        self.clock.uuid().to_string()
    }

    async fn prepare(
        &self,
        operations: &[&Operation],
    ) -> Result<Vec<Result<DirectoryWrite, TargetError>>, TargetError> {
        let now = self.clock.now();
        let held = self.held(operations).await.map_err(|error| failed(&error))?;
        Ok(operations.iter().map(|operation| self.write(operation, &held, now)).collect())
    }

    fn answer(
        &self,
        operation: &Operation,
        id: &str,
        written: &DirectoryWritten,
        holder: Option<&DirectoryObject>,
    ) -> Result<Outcome, TargetError> {
        match written {
            DirectoryWritten::Done => Ok(outcome(operation.verb, id)),
            DirectoryWritten::NotFound => absent(operation, id),
            DirectoryWritten::Conflict { attribute, other_id } => {
                Err(conflict(operation, attribute, other_id, holder))
            }
        }
    }
}
