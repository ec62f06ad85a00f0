//! The port: probe, find, export, outcome.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::ObjectKind;
use domain::catalogue::{DUPLICATE_TARGET, TARGET_PROTOCOL, TARGET_REFUSED};
use domain::value::Attributes;
use futures::StreamExt as _;
use futures::stream;
use ports::{Operation, Outcome, Target, TargetError, TargetInfo, TargetObject, Verb};
use tokio::sync::OnceCell;

use super::capabilities::Capabilities;
use super::client::{Call, Client, expect_json};
use super::failure::Failure;
use super::index::{Index, Known};
use super::json;
use super::settings::{ScimSettings, SettingsError};

/// Operations that one `export` should get: enough to keep all connections busy, few enough to be redone.
const BATCH: usize = 256;

/// A SCIM 2.0 service for one cycle.
#[derive(Debug)]
pub struct ScimTarget {
    pub(super) client: Client,
    pub(super) members_per_create: usize,
    capabilities: OnceCell<Capabilities>,
    users: Index,
    groups: Index,
    concurrency: usize,
    page_size: usize,
    members_per_patch: usize,
}

impl ScimTarget {
    pub fn new(settings: &ScimSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            client: Client::new(settings)?,
            members_per_create: settings.members_per_create,
            capabilities: OnceCell::new(),
            users: Index::new("Users"),
            groups: Index::new("Groups"),
            concurrency: settings.concurrency.max(1),
            page_size: settings.page_size,
            members_per_patch: settings.members_per_patch,
        })
    }

    pub(super) async fn capabilities(&self) -> Result<&Capabilities, Failure> {
        self.capabilities
            .get_or_try_init(|| Capabilities::read(&self.client, self.page_size, self.members_per_patch))
            .await
    }

    /// The index of a kind; `None` for contacts, which SCIM does not have.
    pub(super) fn index(&self, kind: ObjectKind) -> Option<&Index> {
        match kind {
            ObjectKind::User => Some(&self.users),
            ObjectKind::Group => Some(&self.groups),
            ObjectKind::Contact => None,
        }
    }

    pub(super) fn index_of(&self, operation: &Operation) -> Result<&Index, TargetError> {
        self.index(operation.kind).ok_or_else(|| {
            TargetError::object(
                &TARGET_REFUSED,
                "SCIM has no contacts: take them out of the configuration's objects",
            )
        })
    }

    pub(super) const fn concurrency(&self) -> usize {
        self.concurrency
    }

    async fn carry_out(&self, operation: &Operation) -> Result<Outcome, TargetError> {
        self.capabilities().await.map_err(Failure::of_system)?;
        match operation.verb {
            Verb::Create => self.create(operation).await,
            Verb::Update | Verb::Disable => Box::pin(self.update(operation)).await,
            Verb::Delete => self.delete(operation).await,
        }
    }

    /// The object as `find` shows it. A group's members are read, because an unlinked group that exists is rare and
    /// the engine must see whom to take out.
    async fn found(&self, kind: ObjectKind, anchor: &str) -> Result<Option<TargetObject>, TargetError> {
        let Some(index) = self.index(kind) else { return Ok(None) };
        let (id, display_name) = match index.get(anchor) {
            None => return Ok(None),
            Some(Known::One { id, display_name }) => (id.to_string(), display_name.to_string()),
            Some(Known::Many(ids)) => return Err(duplicates(anchor, &ids)),
        };
        let mut members = Vec::new();
        if kind == ObjectKind::Group {
            let url = self.client.url(&[index.endpoint, &id], &[]);
            let Some(group) = self.client.read(url).await.map_err(Failure::of_system)? else {
                index.forget(anchor, &id);
                return Ok(None);
            };
            members = json::members(&group);
        }
        let attributes = Attributes::new();
        Ok(Some(TargetObject { id, anchor: anchor.to_owned(), display_name, attributes, members }))
    }
}

pub(super) fn duplicates(anchor: &str, ids: &[Box<str>]) -> TargetError {
    let shown: Vec<_> = ids.iter().take(5).map(AsRef::as_ref).collect();
    let reason = format!("{} objects carry the externalId {anchor}: {}", ids.len(), shown.join(", "));
    TargetError::object(&DUPLICATE_TARGET, reason)
}

#[async_trait]
impl Target for ScimTarget {
    async fn probe(&self) -> Result<TargetInfo, TargetError> {
        self.capabilities().await.map_err(Failure::of_system)?;
        // The configuration may be public: only a list of users proves address and token.
        let url = self.client.url(&["Users"], &[("startIndex", "1"), ("count", "1")]);
        let answer = self.client.send(&Call::get(url.clone())).await.map_err(Failure::of_system)?;
        let users = expect_json(answer, &url).map_err(Failure::of_system)?;
        if !users.is_array() && json::count(&users, "totalResults").is_none() {
            return Err(TargetError::system(&TARGET_PROTOCOL, format!("{} is not a SCIM list", url.path())));
        }
        Ok(TargetInfo {
            description: format!("SCIM 2.0 service at {}", self.client.base()),
            kinds: vec![ObjectKind::User, ObjectKind::Group],
            batch: BATCH,
        })
    }

    async fn find(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.capabilities().await.map_err(Failure::of_system)?;
        if let Some(index) = self.index(kind) {
            self.resolve(index, anchors).await.map_err(Failure::of_system)?;
        }
        let found: Vec<_> = stream::iter(0..anchors.len())
            .map(|position| self.found(kind, &anchors[position]))
            .buffered(self.concurrency)
            .collect()
            .await;
        match found.iter().find_map(|result| result.as_ref().err().filter(|error| error.is_system())) {
            Some(error) => Err(error.clone()),
            None => Ok(found),
        }
    }

    async fn export(&self, operations: &[Operation]) -> Vec<Result<Outcome, TargetError>> {
        let stopped = Mutex::new(None);
        let stop = || stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let carry_out = |position: usize| async move {
            if let Some(error) = stop().clone() {
                return (position, Err(error));
            }
            let result = self.carry_out(&operations[position]).await;
            if let Some(error) = result.as_ref().err().filter(|error: &&TargetError| error.is_system()) {
                stop().get_or_insert_with(|| error.clone());
            }
            (position, result)
        };
        // Made one by one: the futures of a whole batch would be megabytes.
        let mut results: Vec<_> = stream::iter(0..operations.len())
            .map(carry_out)
            .buffer_unordered(self.concurrency)
            .collect()
            .await;
        results.sort_unstable_by_key(|(position, _)| *position);
        results.into_iter().map(|(_, result)| result).collect()
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.capabilities().await.map_err(Failure::of_system)?;
        self.recover(operation).await
    }
}
