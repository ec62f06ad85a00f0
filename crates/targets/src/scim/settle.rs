//! Creates whose answers were lost, where the service cannot be asked for one object: the list is read once for all
//! those of a batch.

use domain::ObjectKind;
use domain::catalogue::TARGET_ERROR;
use ports::{Operation, Outcome, OutcomeKind, TargetError};

use super::failure::Failure;
use super::index::Known;
use super::state;
use super::target::{ScimTarget, duplicates};

impl ScimTarget {
    /// What became of creates, in the same order. They are of any kind; no other request for them is under way.
    pub(super) async fn settle(&self, creates: &[&Operation]) -> Vec<Result<Outcome, TargetError>> {
        let now = self.client.now();
        for kind in [ObjectKind::User, ObjectKind::Group] {
            if let Some(index) = self.index(kind).filter(|_| creates.iter().any(|create| create.kind == kind))
                && let Err(failure) = self.read_since(index, now).await
            {
                let error = failure.of_system();
                return creates.iter().map(|_| Err(error.clone())).collect();
            }
        }
        let mut outcomes = Vec::with_capacity(creates.len());
        for create in creates {
            outcomes.push(Box::pin(self.settle_one(&state::stated(create))).await);
        }
        outcomes
    }

    async fn settle_one(&self, create: &Operation) -> Result<Outcome, TargetError> {
        const ANSWER: &str = "no answer to the create; the object was found afterwards";
        let index = self.index_of(create)?;
        let found = match index.get(&create.anchor) {
            Some(Known::Many(ids)) => return Err(duplicates(&create.anchor, &ids)),
            // A user is there or not; nothing of it comes later.
            Some(Known::One { id, .. }) if create.kind == ObjectKind::User => {
                let (kind, answer) = (OutcomeKind::Created, ANSWER.to_owned());
                return Ok(Outcome { kind, target_id: id.into(), answer });
            }
            Some(Known::One { .. }) => {
                self.known_resource(index, &create.anchor).await?.into_iter().collect()
            }
            None => self.same_without_anchor(index, create).await?,
        };
        match self.adopt_found(create, found).await? {
            Some(outcome) => Ok(Outcome { kind: OutcomeKind::Created, answer: ANSWER.to_owned(), ..outcome }),
            None => {
                let reason = "no answer came to the create, and the target does not have the object";
                Err(TargetError::object(&TARGET_ERROR, reason))
            }
        }
    }

    /// Whether the service can say by itself that it has no such object.
    pub(super) async fn can_be_asked(&self, operation: &Operation) -> Result<bool, Failure> {
        let Some(index) = self.index(operation.kind) else { return Ok(false) };
        Ok(self.capabilities().await?.filter && !index.ignores_filters())
    }
}
