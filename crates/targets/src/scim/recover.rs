//! After a crash: what became of an operation whose answer nobody saw.

use domain::catalogue::TARGET_PROTOCOL;
use ports::{Operation, Outcome, OutcomeKind, TargetError, Verb};

use super::compare;
use super::failure::Failure;
use super::json;
use super::target::{ScimTarget, duplicates};
use super::update::id_of;

impl ScimTarget {
    pub(super) async fn recover(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        let index = self.index_of(operation)?;
        if operation.verb == Verb::Create {
            return self.recover_create(operation).await;
        }
        let id = id_of(operation)?;
        let url = self.client.url(&[index.endpoint, id], &[]);
        let held = self.client.read(url).await.map_err(Failure::of_system)?;
        let (kind, done) = match (&held, operation.verb) {
            (held, Verb::Delete) => (OutcomeKind::Deleted, held.is_none()),
            (None, _) => return Ok(None),
            (Some(held), verb) => {
                let done = compare::has_attributes(held, operation)? && compare::has_members(held, operation);
                (if verb == Verb::Disable { OutcomeKind::Disabled } else { OutcomeKind::Updated }, done)
            }
        };
        Ok(done.then(|| found(kind, id.to_owned())))
    }

    /// A create that made the object but not all its memberships counts as not done; creating again then finds the
    /// object in the index and completes it.
    async fn recover_create(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        let index = self.index_of(operation)?;
        let mut objects = self.created_before(index, operation).await?;
        if objects.len() > 1 {
            let ids: Vec<Box<str>> =
                objects.iter().filter_map(|object| json::text_of(object, "id")).map(Into::into).collect();
            return Err(duplicates(&operation.anchor, &ids));
        }
        let Some(held) = objects.pop() else { return Ok(None) };
        let Some(id) = json::text_of(&held, "id") else {
            return Err(TargetError::system(&TARGET_PROTOCOL, "the target lists an object without id"));
        };
        index.remember(&operation.anchor, &id, "");
        Ok(compare::has_members(&held, operation).then(|| found(OutcomeKind::Created, id)))
    }
}

fn found(kind: OutcomeKind, target_id: String) -> Outcome {
    Outcome { kind, target_id, answer: "found in the target after an interruption".to_owned() }
}
