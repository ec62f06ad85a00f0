//! The port: probe, find, export, outcome.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use domain::catalogue::{DUPLICATE_TARGET, INTERNAL, TARGET_ERROR, TARGET_PROTOCOL, TARGET_REFUSED};
use domain::value::Attributes;
use domain::{ChangeId, ObjectKind};
use futures::StreamExt as _;
use futures::stream;
use ports::{
    MatchProperty, Operation, Outcome, Target, TargetError, TargetInfo, TargetObject, TargetPage, Verb,
};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value as Json;
use tokio::sync::OnceCell;

use super::answer::Answer;
use super::capabilities::{Capabilities, Form, Limits};
use super::client::{Call, Client, expect_json};
use super::failure::Failure;
use super::held::Copies;
use super::index::{Index, Known};
use super::json;
use super::listing::{Walk, Want};
use super::named::{self, Names};
use super::resource;
use super::settings::{ScimSettings, SettingsError};
use super::state;
use crate::values::ValueIndexes;

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
    limits: Limits,
    pub(super) names: tokio::sync::Mutex<Names>,
    /// Anchors that objects carry which were found by name, by id.
    pub(super) loose: Mutex<HashMap<String, String>>,
    /// Objects by value, without their attributes.
    pub(super) values: tokio::sync::Mutex<ValueIndexes<TargetObject>>,
    pub(super) copies: tokio::sync::Mutex<Copies>,
    user_list: tokio::sync::Mutex<Option<List>>,
    group_list: tokio::sync::Mutex<Option<List>>,
}

/// A list that the engine reads page by page.
#[derive(Debug)]
struct List {
    walk: Walk,
    /// Pages given: the `next` of the last one.
    given: usize,
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
            limits: Limits {
                page_size: settings.page_size,
                most_pages: settings.most_pages,
                members_per_patch: settings.members_per_patch,
                patch: settings.patch,
                active_as: settings.active_as,
                remove_members_by: settings.remove_members_by,
            },
            names: tokio::sync::Mutex::default(),
            loose: Mutex::default(),
            values: tokio::sync::Mutex::default(),
            copies: tokio::sync::Mutex::default(),
            user_list: tokio::sync::Mutex::default(),
            group_list: tokio::sync::Mutex::default(),
        })
    }

    pub(super) async fn capabilities(&self) -> Result<&Capabilities, Failure> {
        self.capabilities.get_or_try_init(|| Capabilities::read(&self.client, self.limits)).await
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

    /// Sends a body. A service that refuses `active` as a boolean gets it as a text from then on.
    pub(super) async fn write(
        &self,
        method: Method,
        url: Url,
        body: &Json,
        change: ChangeId,
    ) -> Result<Answer, Failure> {
        let capabilities = self.capabilities().await?;
        let form = capabilities.active_as();
        let call = |body: &Json| Call::write(method.clone(), url.clone(), Some(body), change);
        if form == Form::Text {
            return self.client.send(&call(state::as_text(body).as_ref().unwrap_or(body))).await;
        }
        let answer = self.client.send(&call(body)).await?;
        let doubted = form == Form::Unsure
            && answer.status == StatusCode::BAD_REQUEST
            && answer.reason().to_ascii_lowercase().contains("active");
        let Some(text) = doubted.then(|| state::as_text(body)).flatten() else { return Ok(answer) };
        let again = self.client.send(&call(&text)).await?;
        if !again.status.is_success() {
            return Ok(answer);
        }
        capabilities.active_is_text();
        Ok(again)
    }

    /// `None`: see `create`.
    async fn carry_out(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.capabilities().await.map_err(Failure::of_system)?;
        let operation = &*state::stated(operation);
        match operation.verb {
            Verb::Create => self.create(operation).await,
            Verb::Update | Verb::Disable => Box::pin(self.update(operation)).await.map(Some),
            Verb::Delete => self.delete(operation).await.map(Some),
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
        if kind == ObjectKind::Group {
            let url = self.client.url(&[index.endpoint, &id], &[]);
            let Some(group) = self.client.read(url).await.map_err(Failure::of_system)? else {
                index.forget(anchor, &id);
                return Ok(None);
            };
            let found = named::object(kind, &group, Attributes::new());
            return Ok(found.map(|found| TargetObject { id, anchor: anchor.to_owned(), ..found }));
        }
        let administrator = index.is_administrator(&id);
        let (attributes, members) = (Attributes::new(), Vec::new());
        let anchor = anchor.to_owned();
        Ok(Some(TargetObject { id, anchor, display_name, attributes, members, administrator }))
    }

    async fn next_of(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError> {
        let list = match kind {
            ObjectKind::User => &self.user_list,
            ObjectKind::Group => &self.group_list,
            ObjectKind::Contact => return Ok(TargetPage::default()),
        };
        let mut list = list.lock().await;
        let paging = self.capabilities().await.map_err(Failure::of_system)?.paging;
        if after.is_none() {
            let endpoint = if kind == ObjectKind::User { "Users" } else { "Groups" };
            *list = Some(List { walk: Walk::new(endpoint, Want::Everything, paging), given: 0 });
        }
        let stale = || TargetError::system(&INTERNAL, "the page of the target's list is not the next one");
        let list = list.as_mut().ok_or_else(stale)?;
        if after.is_some_and(|after| after != list.given.to_string()) {
            return Err(stale());
        }
        let mut objects = Vec::new();
        while objects.is_empty() && !list.walk.is_done() {
            let resources = list.walk.step(&self.client).await.map_err(Failure::of_system)?;
            objects.extend(resources.iter().filter_map(|resource| named::whole_object(kind, resource)));
        }
        list.given += 1;
        let next = (!list.walk.is_done()).then(|| list.given.to_string());
        Ok(TargetPage { objects, next })
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

    async fn held(
        &self,
        kind: ObjectKind,
        links: &[(String, String)],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        self.copy(kind, links.iter().map(|(_, id)| id)).await.map_err(Failure::of_system)?;
        let held: Vec<_> = stream::iter(0..links.len())
            .map(|position| self.held_object(kind, &links[position].0, &links[position].1))
            .buffered(self.concurrency)
            .collect()
            .await;
        match held.iter().find_map(|result| result.as_ref().err().filter(|error| error.is_system())) {
            Some(error) => Err(error.clone()),
            None => Ok(held),
        }
    }

    async fn find_by(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        // SCIM groups have neither a user name nor an address.
        if kind != ObjectKind::User {
            return Ok(values.iter().map(|_| Ok(None)).collect());
        }
        self.named(property, values).await.map_err(Failure::of_system)
    }

    async fn find_by_attribute(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        if kind == ObjectKind::User && attribute.eq_ignore_ascii_case("userName") {
            return self.find_by(kind, MatchProperty::UserPrincipalName, values).await;
        }
        self.with_value(kind, attribute, values).await.map_err(Failure::of_system)
    }

    async fn list(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError> {
        self.next_of(kind, after).await
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
        let open: Vec<_> = results
            .iter()
            .filter(|(_, result)| matches!(result, Ok(None)))
            .map(|(position, _)| &operations[*position])
            .collect();
        let mut settled = if open.is_empty() { Vec::new() } else { self.settle(&open).await }.into_iter();
        let unknown = || Err(TargetError::object(&TARGET_ERROR, "no answer came to the create"));
        let outcome = |result: Result<Option<Outcome>, TargetError>| match result.transpose() {
            Some(result) => result,
            None => settled.next().unwrap_or_else(unknown),
        };
        results.into_iter().map(|(_, result)| result).map(outcome).collect()
    }

    async fn foresee(&self, operation: &Operation) -> Result<(), TargetError> {
        self.index_of(operation)?;
        if operation.verb == Verb::Create {
            resource::new_resource(&state::stated(operation), self.members_per_create)?;
        }
        Ok(())
    }

    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError> {
        self.capabilities().await.map_err(Failure::of_system)?;
        self.recover(&state::stated(operation)).await
    }
}
