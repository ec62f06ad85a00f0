//! Updating by PATCH. Services know more or less of it, and not all say so: what one refuses is sent apart, in
//! another form, or by PUT, before it counts as refused.

use std::collections::{HashSet, VecDeque};

use domain::catalogue::TARGET_REFUSED;
use ports::{Operation, Outcome, TargetError};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::answer::Answer;
use super::capabilities::{Capabilities, Removal};
use super::failure::Failure;
use super::index::ANCHOR;
use super::json;
use super::members::{self, Batch};
use super::patch;
use super::target::ScimTarget;
use super::update::{id_of, outcome};

impl ScimTarget {
    /// `None`: the service has no PATCH.
    pub(super) async fn patch(
        &self,
        operation: &Operation,
        capabilities: &Capabilities,
    ) -> Result<Option<Outcome>, TargetError> {
        let mut attributes = patch::attribute_operations(operation)?;
        if self.lacks_anchor(operation) {
            attributes.push(json!({"op": "replace", "path": ANCHOR, "value": operation.anchor}));
        }
        let mut batches = members::batches(
            attributes,
            &operation.add_members,
            &operation.remove_members,
            capabilities.members_per_patch(),
        );
        let mut done = None;
        while let Some(batch) = batches.pop_front() {
            let removal = capabilities.removal();
            // What a removal by values leaves standing is known only afterwards.
            let before = match removal {
                Removal::Values { proven: false } if !batch.remove.is_empty() => {
                    self.members(operation).await?
                }
                _ => HashSet::new(),
            };
            let answer = self.send_batch(operation, &batch, removal).await?;
            if answer.status == StatusCode::METHOD_NOT_ALLOWED {
                return Ok(None);
            }
            if !answer.status.is_success() {
                let put = Box::pin(self.refused(operation, batch, removal, &answer, &mut batches)).await?;
                done = put.or(done);
                continue;
            }
            let proven =
                matches!(removal, Removal::Filter { proven: true } | Removal::Values { proven: true });
            if !batch.remove.is_empty() && !proven {
                let after = self.members_after(operation, &answer).await?;
                if let Some(again) = Box::pin(self.prove(operation, &batch, before, &after)).await? {
                    batches.push_front(again);
                }
            }
            done = Some(outcome(operation, id_of(operation)?, Some(&answer)));
        }
        self.has_anchor(self.index_of(operation)?, operation);
        let unchanged = outcome(operation, id_of(operation)?, None);
        Ok(Some(done.unwrap_or(unchanged)))
    }

    async fn send_batch(
        &self,
        operation: &Operation,
        batch: &Batch,
        removal: Removal,
    ) -> Result<Answer, TargetError> {
        // Not even `excludedAttributes=members` is safe here: one service then drops the members.
        let url = self.client.url(&[self.index_of(operation)?.endpoint, id_of(operation)?], &[]);
        let body = batch.body(removal);
        self.write(Method::PATCH, url, &body, operation.change_id).await.map_err(Failure::of_object)
    }

    /// Puts what may be taken in the place of what was not, or says why nothing can.
    async fn refused(
        &self,
        operation: &Operation,
        batch: Batch,
        removal: Removal,
        answer: &Answer,
        batches: &mut VecDeque<Batch>,
    ) -> Result<Option<Outcome>, TargetError> {
        let capabilities = self.capabilities().await.map_err(Failure::of_system)?;
        if batch.members() > 1 && is_too_much(answer) {
            capabilities.too_many_members(batch.members());
            batch.split().into_iter().flatten().rev().for_each(|half| batches.push_front(half));
            return Ok(None);
        }
        let scim_type = answer.scim_type().to_ascii_lowercase();
        let not_known = answer.status == StatusCode::NOT_IMPLEMENTED
            || answer.status == StatusCode::BAD_REQUEST
                && ["invalidpath", "invalidfilter"].contains(&&*scim_type);
        let no_target = answer.status == StatusCode::BAD_REQUEST && scim_type == "notarget";
        if no_target && !batch.remove.is_empty() {
            // Some services refuse to remove a member that is not there.
            let members = self.members(operation).await?;
            let mut rest = batch.clone();
            rest.remove.retain(|id| members.contains(id));
            if rest.remove.len() < batch.remove.len() {
                batches.push_front(rest);
                return Ok(None);
            }
        }
        if no_target {
            // Nor can what the service never kept be taken away.
            let mut rest = batch.clone();
            rest.attributes.retain(|operation| operation["op"] != "remove");
            if rest.attributes.len() < batch.attributes.len() {
                if !rest.is_empty() {
                    batches.push_front(rest);
                }
                return Ok(None);
            }
        }
        if !not_known && !no_target {
            return Err(answer.refusal());
        }
        if let Some(parts) = batch.clone().apart() {
            parts.into_iter().rev().for_each(|part| batches.push_front(part));
            return Ok(None);
        }
        let other_form = removal == (Removal::Filter { proven: false }) && !capabilities.removal_is_fixed();
        if !batch.remove.is_empty() && other_form {
            capabilities.set_removal(Removal::Values { proven: false });
            batches.push_front(batch);
            return Ok(None);
        }
        if !batch.attributes.is_empty() {
            let attributes =
                Operation { add_members: Vec::new(), remove_members: Vec::new(), ..operation.clone() };
            if !capabilities.is_patch_only()
                && let Some(outcome) = self.put(&attributes).await?
            {
                return Ok(Some(outcome));
            }
        }
        Err(answer.refusal())
    }

    /// Looks at the first removal. Gives what must be sent again.
    async fn prove(
        &self,
        operation: &Operation,
        batch: &Batch,
        before: HashSet<String>,
        after: &HashSet<String>,
    ) -> Result<Option<Batch>, TargetError> {
        let capabilities = self.capabilities().await.map_err(Failure::of_system)?;
        let removal = capabilities.removal();
        let stayed = batch.remove.iter().any(|id| after.contains(id));
        let lost: Vec<_> =
            before.into_iter().filter(|id| !after.contains(id) && !batch.remove.contains(id)).collect();
        if !lost.is_empty() {
            let repair = Batch { add: lost, ..Batch::default() };
            self.send_batch(operation, &repair, removal).await?;
            let reason = "the target removes all members when one is to be removed; they were put back";
            return Err(TargetError::object(&TARGET_REFUSED, reason));
        }
        match removal {
            Removal::Filter { .. } if stayed && !capabilities.removal_is_fixed() => {
                capabilities.set_removal(Removal::Values { proven: false });
                Ok(Some(Batch { remove: batch.remove.clone(), ..Batch::default() }))
            }
            _ if stayed => {
                let reason = "the target says that it removed members, but still has them";
                Err(TargetError::object(&TARGET_REFUSED, reason))
            }
            Removal::Filter { .. } => {
                capabilities.set_removal(Removal::Filter { proven: true });
                Ok(None)
            }
            Removal::Values { .. } => {
                capabilities.set_removal(Removal::Values { proven: true });
                Ok(None)
            }
        }
    }

    /// The members that an answer shows, or that the group is read to have.
    async fn members_after(
        &self,
        operation: &Operation,
        answer: &Answer,
    ) -> Result<HashSet<String>, TargetError> {
        match answer.json().filter(|body| json::field(body, "members").is_some()) {
            Some(group) => Ok(json::members(group).into_iter().collect()),
            None => self.members(operation).await,
        }
    }

    async fn members(&self, operation: &Operation) -> Result<HashSet<String>, TargetError> {
        let url = self.client.url(&[self.index_of(operation)?.endpoint, id_of(operation)?], &[]);
        let group = self.client.read(url).await.map_err(Failure::of_object)?;
        Ok(group.as_ref().map(json::members).unwrap_or_default().into_iter().collect())
    }
}

/// 413, or a 400 that says so in words.
fn is_too_much(answer: &Answer) -> bool {
    let says_so = || {
        let reason = answer.reason().to_ascii_lowercase();
        ["too many", "toomany", "at most", "maximum", "exceed", "limit"]
            .iter()
            .any(|word| reason.contains(word))
    };
    answer.status == StatusCode::PAYLOAD_TOO_LARGE || answer.status == StatusCode::BAD_REQUEST && says_so()
}
