//! After a crash: what became of an operation whose answer nobody saw.

use domain::ObjectKind;
use domain::catalogue::TARGET_PROTOCOL;
use ports::{Operation, Outcome, OutcomeKind, TargetError, Verb};

use super::compare;
use super::failure::Failure;
use super::index::Known;
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
        self.resolve(index, std::slice::from_ref(&operation.anchor)).await.map_err(Failure::of_system)?;
        let held = match index.get(&operation.anchor) {
            Some(Known::Many(ids)) => return Err(duplicates(&operation.anchor, &ids)),
            // A user is there or not; nothing of it comes later.
            Some(Known::One { id, .. }) if operation.kind == ObjectKind::User => {
                return Ok(Some(found(OutcomeKind::Created, id.into())));
            }
            Some(Known::One { .. }) => self.known_resource(index, &operation.anchor).await?,
            // Only a service that keeps no anchors at all is searched by name.
            None if index.sample().is_none() => self.same_without_anchor(index, operation).await?.pop(),
            None => None,
        };
        let Some(held) = held else { return Ok(None) };
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
