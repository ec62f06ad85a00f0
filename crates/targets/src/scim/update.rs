//! Updating, disabling, deleting.

use domain::catalogue::{INTERNAL, TARGET_PROTOCOL, TARGET_REFUSED};
use ports::{Operation, Outcome, OutcomeKind, TargetError, Verb};
use reqwest::{Method, StatusCode};

use super::answer::{Answer, Body};
use super::client::Call;
use super::compare;
use super::failure::Failure;
use super::json;
use super::merge;
use super::target::ScimTarget;

impl ScimTarget {
    /// By PATCH where the service has it, else by PUT of the whole. A service that answers "no such method" is
    /// believed more than its `ServiceProviderConfig`.
    pub(super) async fn update(&self, operation: &Operation) -> Result<Outcome, TargetError> {
        let capabilities = self.capabilities().await.map_err(Failure::of_system)?;
        let first = capabilities.patch();
        let ways = if capabilities.patch_is_fixed() { &[first][..] } else { &[first, !first] };
        for by_patch in ways.iter().copied() {
            let done = if by_patch {
                self.patch(operation, capabilities).await?
            } else {
                self.put(operation).await?
            };
            if let Some(outcome) = done {
                return Ok(outcome);
            }
            capabilities.set_patch(!by_patch);
        }
        capabilities.set_patch(first);
        let reason = match (capabilities.patch_is_fixed(), first) {
            (false, _) => "the target knows neither PATCH nor PUT",
            (true, true) => "the target knows no PATCH, but its settings allow nothing else (scim.patch)",
            (true, false) => "the target knows no PUT, but its settings allow nothing else (scim.patch)",
        };
        Err(TargetError::system(&TARGET_PROTOCOL, reason))
    }

    /// `None`: the service has no PUT.
    pub(super) async fn put(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        let (endpoint, id) = (self.index_of(operation)?.endpoint, id_of(operation)?);
        let url = self.client.url(&[endpoint, id], &[]);
        let current = self.client.send(&Call::get(url.clone())).await.map_err(Failure::of_object)?;
        let Some(held) = current.json().filter(|_| current.status.is_success()) else {
            return Err(current.refusal());
        };
        let same = compare::has_attributes(held, operation)? && compare::has_members(held, operation);
        if same && !self.lacks_anchor(operation) {
            return Ok(Some(outcome(operation, id, None)));
        }
        let body = merge::merged(held, operation)?;
        let answer =
            self.write(Method::PUT, url, &body, operation.change_id).await.map_err(Failure::of_object)?;
        if answer.status.is_success() {
            let shows_members = answer.json().is_some_and(|body| json::field(body, "members").is_some());
            if shows_members && answer.json().is_some_and(|body| !compare::has_members(body, operation)) {
                let reason = format!("{}, but the group's members are not as sent", answer.reason());
                return Err(TargetError::object(&TARGET_REFUSED, reason));
            }
            self.has_anchor(self.index_of(operation)?, operation);
            Ok(Some(outcome(operation, id, Some(&answer))))
        } else if is_no_method(&answer) {
            Ok(None)
        } else {
            Err(answer.refusal())
        }
    }

    pub(super) async fn delete(&self, operation: &Operation) -> Result<Outcome, TargetError> {
        let (index, id) = (self.index_of(operation)?, id_of(operation)?);
        let url = self.client.url(&[index.endpoint, id], &[]);
        let call = Call::write(Method::DELETE, url, None, operation.change_id);
        let answer = self.client.send(&call).await.map_err(Failure::of_object)?;
        let gone = [StatusCode::NOT_FOUND, StatusCode::GONE].contains(&answer.status)
            && matches!(answer.body, Body::Empty | Body::Json(_));
        if !answer.status.is_success() && !gone {
            return Err(answer.refusal());
        }
        index.forget(&operation.anchor, id);
        Ok(Outcome { kind: OutcomeKind::Deleted, target_id: id.to_owned(), answer: answer.line() })
    }
}

pub(super) fn id_of(operation: &Operation) -> Result<&str, TargetError> {
    operation.target_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
        TargetError::object(&INTERNAL, format!("the {} names no object of the target", operation.verb))
    })
}

/// What a change came to; without an answer nothing had to be sent.
pub(super) fn outcome(operation: &Operation, id: &str, answer: Option<&Answer>) -> Outcome {
    let kind = match (answer, operation.verb) {
        (None, _) => OutcomeKind::Unchanged,
        (Some(_), Verb::Disable) => OutcomeKind::Disabled,
        (Some(_), _) => OutcomeKind::Updated,
    };
    let answer = answer.map_or_else(|| "already as asked".to_owned(), Answer::line);
    Outcome { kind, target_id: id.to_owned(), answer }
}

pub(super) fn is_no_method(answer: &Answer) -> bool {
    [StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_IMPLEMENTED].contains(&answer.status)
}
