//! Creating, so that an answer that never came does not make a second object.

use std::time::Instant;

use domain::catalogue::{CONFLICT, TARGET_ERROR, TARGET_NOT_FOUND, TARGET_PROTOCOL};
use ports::{Operation, Outcome, OutcomeKind, TargetError, Verb};
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;

use super::answer::Answer;
use super::compare;
use super::failure::Failure;
use super::index::{Index, Known};
use super::json;
use super::resource;
use super::target::{ScimTarget, duplicates};

/// How often a create is sent that the service says it failed to carry out.
const TRIES: u32 = 3;

impl ScimTarget {
    /// `None`: the answer was lost, and only the whole list tells what became of it. What is rare is boxed: hundreds
    /// of these futures wait side by side.
    pub(super) async fn create(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        let index = self.index_of(operation)?;
        match index.get(&operation.anchor) {
            Some(Known::One { id, .. }) => return Box::pin(self.adopt(operation, &id, None)).await.map(Some),
            Some(Known::Many(ids)) => return Err(duplicates(&operation.anchor, &ids)),
            None => {}
        }
        let mut members = self.members_per_create;
        let mut body = resource::new_resource(operation, members)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let url = self.client.url(&[index.endpoint], &[]);
            match self.write(Method::POST, url, &body, operation.change_id).await {
                Ok(answer) if answer.status.is_success() => {
                    return self.created(index, operation, &answer).await.map(Some);
                }
                Ok(answer) if answer.status == StatusCode::CONFLICT => {
                    return Box::pin(self.conflict(index, operation, &answer)).await.map(Some);
                }
                Ok(answer) if answer.status.is_server_error() => {
                    if let Some(outcome) =
                        Box::pin(self.made_after_all(index, operation, self.client.now())).await?
                    {
                        return Ok(Some(outcome));
                    }
                    // A gateway's answer (502, 504) does not say that the service behind it has finished.
                    let finished = answer.status == StatusCode::INTERNAL_SERVER_ERROR;
                    if !finished || tries >= TRIES {
                        return Err(TargetError::object(&TARGET_ERROR, answer.reason()));
                    }
                    self.client.back_off(tries).await;
                }
                Ok(answer) if answer.status == StatusCode::NOT_FOUND => {
                    let reason = format!("/{}: {}", index.endpoint, answer.reason());
                    return Err(TargetError::system(&TARGET_PROTOCOL, reason));
                }
                Ok(answer) => {
                    let too_large = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST];
                    if too_large.contains(&answer.status) && members.min(operation.add_members.len()) > 100 {
                        members = 0;
                        body = resource::new_resource(operation, members)?;
                        continue;
                    }
                    return Err(answer.refusal());
                }
                Err(Failure::Lost(reason)) => return Box::pin(self.lost(index, operation, reason)).await,
                Err(failure) => return Err(failure.of_object()),
            }
        }
    }

    /// The service says that it created the object.
    async fn created(
        &self,
        index: &Index,
        operation: &Operation,
        answer: &Answer,
    ) -> Result<Outcome, TargetError> {
        let id = answer.json().and_then(|body| json::text_of(body, "id")).or_else(|| {
            let location = answer.location.as_deref()?.trim_end_matches('/');
            location.rsplit('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
        });
        let id = match id {
            Some(id) => id,
            None => Box::pin(self.created_before(index, operation, self.client.now()))
                .await?
                .iter()
                .find_map(|found| json::text_of(found, "id"))
                .ok_or_else(|| {
                    let reason = format!("{}, but did not say the object's id", answer.reason());
                    TargetError::system(&TARGET_PROTOCOL, reason)
                })?,
        };
        index.remember(&operation.anchor, &id, "");
        // Members that the answer does not show were not sent, or not taken: some services ignore those of a new group.
        let there = answer.json().map(json::members).unwrap_or_default();
        let missing = difference(&operation.add_members, &there);
        if !missing.is_empty() {
            let rest = Operation {
                verb: Verb::Update,
                target_id: Some(id.clone()),
                changed: Vec::new(),
                add_members: missing,
                ..operation.clone()
            };
            Box::pin(self.update(&rest)).await?;
        }
        Ok(Outcome { kind: OutcomeKind::Created, target_id: id, answer: answer.line() })
    }

    /// No answer came at all. Looked up at once where the service can be asked for one object.
    async fn lost(
        &self,
        index: &Index,
        operation: &Operation,
        reason: String,
    ) -> Result<Option<Outcome>, TargetError> {
        let lost = self.client.now();
        let found = self.by_anchor(index, operation).await.map_err(Failure::of_system)?;
        if found.is_none() && !self.can_be_asked(operation).await.map_err(Failure::of_system)? {
            return Ok(None);
        }
        let outcome = match found {
            Some(found) if !found.is_empty() => self.adopted(operation, found).await?,
            _ => self.made_after_all(index, operation, lost).await?,
        };
        outcome.map(Some).ok_or_else(|| Failure::Lost(reason).of_object())
    }

    /// After a create without a usable answer: what it made.
    async fn made_after_all(
        &self,
        index: &Index,
        operation: &Operation,
        lost: Instant,
    ) -> Result<Option<Outcome>, TargetError> {
        let found = self.created_before(index, operation, lost).await?;
        self.adopted(operation, found).await
    }

    async fn adopted(&self, operation: &Operation, found: Vec<Json>) -> Result<Option<Outcome>, TargetError> {
        let Some(outcome) = self.adopt_found(operation, found).await? else { return Ok(None) };
        let answer = "no answer to the create; the object was found afterwards".to_owned();
        Ok(Some(Outcome { kind: OutcomeKind::Created, answer, ..outcome }))
    }

    /// The service already has such an object: ours, or another one in the way.
    async fn conflict(
        &self,
        index: &Index,
        operation: &Operation,
        answer: &Answer,
    ) -> Result<Outcome, TargetError> {
        let found = match self.by_anchor(index, operation).await.map_err(Failure::of_object)? {
            Some(found) => found,
            None => {
                let anchor = std::slice::from_ref(&operation.anchor);
                self.resolve(index, anchor).await.map_err(Failure::of_object)?;
                self.known_resource(index, &operation.anchor).await?.into_iter().collect()
            }
        };
        if let Some(outcome) = self.adopt_found(operation, found).await? {
            return Ok(outcome);
        }
        let mut reason = answer.reason();
        let others = self.by_name(index, operation).await.unwrap_or_default();
        if let Some(id) = others.first().and_then(|other| json::text_of(other, "id")) {
            let name = resource::required(operation.kind);
            reason = format!("{reason}; object {id} of the target has the same {name}");
        }
        Err(TargetError::object(&CONFLICT, reason))
    }

    pub(super) async fn adopt_found(
        &self,
        operation: &Operation,
        mut found: Vec<Json>,
    ) -> Result<Option<Outcome>, TargetError> {
        if found.len() > 1 {
            let ids: Vec<Box<str>> =
                found.iter().filter_map(|found| json::text_of(found, "id")).map(Into::into).collect();
            return Err(duplicates(&operation.anchor, &ids));
        }
        let Some(held) = found.pop() else { return Ok(None) };
        let id = json::text_of(&held, "id").unwrap_or_default();
        self.adopt(operation, &id, Some(held)).await.map(Some)
    }

    /// Makes an object that carries the anchor as the operation wants it.
    async fn adopt(
        &self,
        operation: &Operation,
        id: &str,
        held: Option<Json>,
    ) -> Result<Outcome, TargetError> {
        let index = self.index_of(operation)?;
        if id.is_empty() {
            return Err(TargetError::system(&TARGET_PROTOCOL, "the target lists an object without id"));
        }
        let held = if held.is_some() {
            held
        } else {
            let url = self.client.url(&[index.endpoint, id], &[]);
            self.client.read(url).await.map_err(Failure::of_object)?
        };
        let Some(held) = held else {
            index.forget(&operation.anchor, id);
            let reason = format!("object {id} vanished while it was being matched");
            return Err(TargetError::object(&TARGET_NOT_FOUND, reason));
        };
        index.remember(&operation.anchor, id, "");
        let members = json::members(&held);
        let update = Operation {
            verb: Verb::Update,
            target_id: Some(id.to_owned()),
            changed: operation.attributes.keys().cloned().collect(),
            add_members: difference(&operation.add_members, &members),
            remove_members: difference(&members, &operation.add_members),
            ..operation.clone()
        };
        if compare::has_attributes(&held, &update)? && compare::has_members(&held, &update) {
            let answer = "the object was there already".to_owned();
            return Ok(Outcome { kind: OutcomeKind::Unchanged, target_id: id.to_owned(), answer });
        }
        self.update(&update).await
    }
}

/// What the first list has and the second has not.
fn difference(ids: &[String], without: &[String]) -> Vec<String> {
    let without: std::collections::HashSet<_> = without.iter().collect();
    ids.iter().filter(|id| !without.contains(id)).cloned().collect()
}
