//! Finding objects by anchor: by reading the list once, or by single filters where those cost less.

use std::time::Instant;

use futures::StreamExt as _;
use futures::stream;
use ports::{Operation, TargetError};
use serde_json::Value as Json;

use super::client::{Call, expect_json};
use super::compare;
use super::failure::Failure;
use super::index::{ANCHOR, Index, Known, Reading};
use super::json;
use super::listing::{Listed, Walk, Want};
use super::named::EMAIL;
use super::resource;
use super::target::ScimTarget;
use crate::text::fold;

/// What a filter gave.
#[derive(Debug)]
pub(super) enum Filtered {
    /// The objects whose attribute has the value.
    Found(Vec<Json>),
    /// The service does not filter by this attribute, or does it wrongly.
    NotSupported,
}

impl ScimTarget {
    /// Afterwards the index has every object that carries one of the anchors. Few anchors in a large service are
    /// looked up by filter; otherwise the list is read, once.
    pub(super) async fn resolve(&self, index: &Index, anchors: &[String]) -> Result<(), Failure> {
        let mut reading = index.reading.lock().await;
        if reading.is_complete() || anchors.is_empty() {
            return Ok(());
        }
        if reading.walk.is_none() {
            self.next_page(index, &mut reading).await?;
        }
        let missing: Vec<_> = anchors.iter().filter(|anchor| !index.contains(anchor)).collect();
        let pages_left = reading.walk.as_ref().map_or(0, Walk::pages_left);
        if !missing.is_empty()
            && reading.looked_up + missing.len() < pages_left
            && self.filter_is_proven(index, &mut reading).await?
        {
            reading.looked_up += missing.len();
            let lookups: Vec<_> =
                missing.into_iter().map(|anchor| self.filter(index, ANCHOR, anchor)).collect();
            let found: Vec<_> = stream::iter(lookups).buffer_unordered(self.concurrency()).collect().await;
            let mut supported = true;
            for result in found {
                match result? {
                    Filtered::Found(resources) => keep(index, &resources),
                    Filtered::NotSupported => supported = false,
                }
            }
            if supported {
                return Ok(());
            }
        }
        while !reading.is_complete() {
            self.next_page(index, &mut reading).await?;
        }
        Ok(())
    }

    async fn next_page(&self, index: &Index, reading: &mut Reading) -> Result<(), Failure> {
        let paging = self.capabilities().await?.paging;
        if reading.walk.is_none() {
            reading.began = Some(self.client.now());
        }
        let walk = reading.walk.get_or_insert_with(|| Walk::new(index.endpoint, Want::Anchors, paging));
        keep(index, &walk.step(&self.client).await?);
        Ok(())
    }

    /// Whether an empty answer to a filter on externalId means that there is no such object. Some services answer
    /// every filter that they do not know with an empty list: one known object must be found first.
    async fn filter_is_proven(&self, index: &Index, reading: &mut Reading) -> Result<bool, Failure> {
        if let Some(proven) = reading.filter_proven {
            return Ok(proven && index.can_filter(ANCHOR));
        }
        let Some((anchor, id)) = index.sample() else { return Ok(false) };
        let proven = match self.filter(index, ANCHOR, &anchor).await? {
            Filtered::Found(resources) => {
                resources.iter().any(|resource| json::text_of(resource, "id").as_deref() == Some(&*id))
            }
            Filtered::NotSupported => false,
        };
        reading.filter_proven = Some(proven);
        Ok(proven)
    }

    pub(super) async fn filter(
        &self,
        index: &Index,
        attribute: &str,
        value: &str,
    ) -> Result<Filtered, Failure> {
        if !self.capabilities().await?.filter || !index.can_filter(attribute) {
            return Ok(Filtered::NotSupported);
        }
        let filter = format!("{attribute} eq {}", Json::String(value.to_owned()));
        let url = self.client.url(&[index.endpoint], &[("filter", &filter)]);
        let answer = self.client.send(&Call::get(url.clone())).await?;
        if answer.status.is_client_error() || answer.status.as_u16() == 501 {
            index.cannot_filter(attribute);
            return Ok(Filtered::NotSupported);
        }
        let page = expect_json(answer, &url)?;
        let resources = match page {
            Json::Array(resources) => resources,
            page => match json::field(&page, "Resources") {
                Some(Json::Array(resources)) => resources.clone(),
                None if json::count(&page, "totalResults") == Some(0) => Vec::new(),
                _ => return Ok(Filtered::NotSupported),
            },
        };
        if resources.iter().all(|resource| holds(resource, attribute, value)) {
            return Ok(Filtered::Found(resources));
        }
        index.filters_are_ignored();
        Ok(Filtered::NotSupported)
    }

    /// After a create whose answer was lost or said "conflict": the objects with the operation's anchor, as they are
    /// now. `None`: the service cannot say that there is none.
    pub(super) async fn by_anchor(
        &self,
        index: &Index,
        operation: &Operation,
    ) -> Result<Option<Vec<Json>>, Failure> {
        let proven = match self.filter(index, ANCHOR, &operation.anchor).await? {
            Filtered::Found(resources) if !resources.is_empty() => {
                keep(index, &resources);
                return Ok(Some(resources));
            }
            Filtered::Found(_) => {
                let mut reading = index.reading.lock().await;
                self.filter_is_proven(index, &mut reading).await?
            }
            Filtered::NotSupported => false,
        };
        if proven {
            return Ok(Some(Vec::new()));
        }
        // Services that filter by name only.
        let mut named = self.by_name(index, operation).await?;
        named.retain(|resource| json::text_of(resource, ANCHOR).as_ref() == Some(&operation.anchor));
        keep(index, &named);
        Ok((!named.is_empty()).then_some(named))
    }

    /// The object that a create made whose answer was lost at a known moment, if it made one. Where no filter helps
    /// the list is read, unless it has been read since then.
    pub(super) async fn created_before(
        &self,
        index: &Index,
        operation: &Operation,
        lost: Instant,
    ) -> Result<Vec<Json>, TargetError> {
        match self.by_anchor(index, operation).await.map_err(Failure::of_system)? {
            Some(found) if !found.is_empty() => return Ok(found),
            Some(_) => {}
            None => {
                self.read_since(index, lost).await.map_err(Failure::of_system)?;
                if let Some(found) = self.known_resource(index, &operation.anchor).await? {
                    return Ok(vec![found]);
                }
            }
        }
        self.same_without_anchor(index, operation).await
    }

    pub(super) async fn read_since(&self, index: &Index, moment: Instant) -> Result<(), Failure> {
        let mut reading = index.reading.lock().await;
        if reading.began.is_none_or(|began| began < moment) {
            reading.walk = None;
        }
        while !reading.is_complete() {
            self.next_page(index, &mut reading).await?;
        }
        Ok(())
    }

    pub(super) async fn known_resource(
        &self,
        index: &Index,
        anchor: &str,
    ) -> Result<Option<Json>, TargetError> {
        match index.get(anchor) {
            None => Ok(None),
            Some(Known::Many(ids)) => Err(super::target::duplicates(anchor, &ids)),
            Some(Known::One { id, .. }) => self
                .client
                .read(self.client.url(&[index.endpoint, &id], &[]))
                .await
                .map_err(Failure::of_system),
        }
    }

    /// For services that do not keep an externalId: the object with the same name, when it carries no externalId and
    /// everything else is as it was sent a moment ago.
    pub(super) async fn same_without_anchor(
        &self,
        index: &Index,
        operation: &Operation,
    ) -> Result<Vec<Json>, TargetError> {
        let mut same = Vec::new();
        for resource in self.by_name(index, operation).await.map_err(Failure::of_system)? {
            let mut asked = operation.clone();
            // Nor may it show that the account is on.
            asked.attributes.retain(|name, _| {
                !name.eq_ignore_ascii_case("active") || json::field(&resource, "active").is_some()
            });
            if json::field(&resource, ANCHOR).is_none() && compare::has_attributes(&resource, &asked)? {
                same.push(resource);
            }
        }
        Ok(same)
    }

    /// The objects with the same user or group name, as far as the service can be asked.
    pub(super) async fn by_name(&self, index: &Index, operation: &Operation) -> Result<Vec<Json>, Failure> {
        let attribute = resource::required(operation.kind);
        let Some(name) = operation.attributes.get(attribute).and_then(domain::Value::as_text) else {
            return Ok(Vec::new());
        };
        match self.filter(index, attribute, name).await? {
            Filtered::Found(resources) => Ok(resources),
            Filtered::NotSupported => Ok(Vec::new()),
        }
    }
}

fn keep(index: &Index, resources: &[Json]) {
    for listed in resources.iter().filter_map(Listed::of) {
        index.insert(listed);
    }
}

/// Whether a resource has the value that a filter asked for. User names and mail addresses know no case (RFC 7643
/// section 4.1.1).
fn holds(resource: &Json, attribute: &str, value: &str) -> bool {
    if attribute == EMAIL {
        return super::named::mails(resource).any(|mail| fold(&mail) == fold(value));
    }
    let held = json::text_of(resource, attribute);
    held.is_some_and(|held| held == value || attribute != ANCHOR && fold(&held) == fold(value))
}
