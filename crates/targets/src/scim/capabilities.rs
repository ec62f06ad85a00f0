//! What the service says that it can do (RFC 7643 section 5), and what it turns out not to.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use domain::scim::{BooleanForm, MemberRemoval, PatchUse};
use reqwest::StatusCode;
use serde_json::Value as Json;

use super::client::{Call, Client, expect_json};
use super::failure::Failure;
use super::json;
use super::listing::Paging;

/// How the service is told that members leave. Some services answer "done" to a form that they do not know: the
/// first removal of a cycle is looked at afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    /// `members[value eq "id"]`, as RFC 7644 section 3.5.2.2 has it.
    Filter { proven: bool },
    /// `members` with the ids as value, as Microsoft Entra sends it and some services expect it.
    Values { proven: bool },
}

/// What the settings allow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub page_size: usize,
    pub most_pages: usize,
    pub members_per_patch: usize,
    pub patch: PatchUse,
    pub active_as: Option<BooleanForm>,
    pub remove_members_by: Option<MemberRemoval>,
}

/// How `active` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Boolean,
    Text,
    /// As a boolean, unless the service refuses that.
    Unsure,
}

#[derive(Debug)]
pub(super) struct Capabilities {
    limits: Limits,
    patch: AtomicBool,
    active_is_text: AtomicBool,
    removal: AtomicU8,
    /// Most members in one PATCH; halved when the service finds a request too large.
    members_per_patch: AtomicUsize,
    pub filter: bool,
    pub paging: Paging,
}

impl Capabilities {
    /// Reads the `ServiceProviderConfig`. A service without one gets GET and PUT, which every service must have (RFC
    /// 7644 section 3.2), not PATCH, which is optional.
    pub async fn read(client: &Client, limits: Limits) -> Result<Self, Failure> {
        let url = client.url(&["ServiceProviderConfig"], &[]);
        let answer = client.send(&Call::get(url.clone())).await?;
        let absent = [
            StatusCode::NOT_FOUND,
            StatusCode::GONE,
            StatusCode::METHOD_NOT_ALLOWED,
            StatusCode::NOT_IMPLEMENTED,
        ];
        let config = if absent.contains(&answer.status) {
            None
        } else {
            let config = unwrap_list(expect_json(answer, &url)?);
            if !["patch", "filter", "bulk", "schemas"].iter().any(|name| json::field(&config, name).is_some())
            {
                return Err(Failure::Protocol(format!("{} is not a ServiceProviderConfig", url.path())));
            }
            Some(config)
        };
        let supported = |name: &str| {
            let part = json::field(config.as_ref()?, name)?;
            json::field(part, "supported").and_then(json::boolean)
        };
        // The page size of RFC 9865 section 4, else the most results of a filter.
        let largest =
            [("pagination", "maxPageSize"), ("filter", "maxResults")].iter().find_map(|(part, name)| {
                json::count(json::field(config.as_ref()?, part)?, name).filter(|largest| *largest > 0)
            });
        let pagination = config.as_ref().and_then(|config| json::field(config, "pagination"));
        let pages_by = |name| pagination.and_then(|part| json::field(part, name)).and_then(json::boolean);
        Ok(Self {
            limits,
            patch: AtomicBool::new(match limits.patch {
                PatchUse::Auto => supported("patch").unwrap_or(false),
                PatchUse::Patch => true,
                PatchUse::Put => false,
            }),
            active_is_text: AtomicBool::new(false),
            // Without a config a filter is tried: an answer proves itself, and no answer is checked before it counts.
            filter: supported("filter").unwrap_or(config.is_none()),
            removal: AtomicU8::new(match limits.remove_members_by {
                None | Some(MemberRemoval::PathFilter) => 0,
                Some(MemberRemoval::ValueList) => 2,
            }),
            members_per_patch: AtomicUsize::new(limits.members_per_patch.max(1)),
            paging: Paging {
                count: largest.map_or(limits.page_size, |largest| largest.min(limits.page_size)).max(1),
                most_pages: limits.most_pages,
                cursor: pages_by("cursor") == Some(true) && pages_by("index") != Some(true),
            },
        })
    }

    pub fn patch(&self) -> bool {
        self.patch.load(Ordering::Relaxed)
    }

    pub fn set_patch(&self, supported: bool) {
        self.patch.store(supported, Ordering::Relaxed);
    }

    /// Whether the settings leave no choice between PATCH and PUT.
    pub fn patch_is_fixed(&self) -> bool {
        self.limits.patch != PatchUse::Auto
    }

    pub fn is_patch_only(&self) -> bool {
        self.limits.patch == PatchUse::Patch
    }

    pub fn active_as(&self) -> Form {
        match self.limits.active_as {
            Some(BooleanForm::Boolean) => Form::Boolean,
            Some(BooleanForm::Text) => Form::Text,
            None if self.active_is_text.load(Ordering::Relaxed) => Form::Text,
            None => Form::Unsure,
        }
    }

    /// The service takes it only as a text.
    pub fn active_is_text(&self) {
        self.active_is_text.store(true, Ordering::Relaxed);
    }

    /// Whether the settings say how members leave.
    pub fn removal_is_fixed(&self) -> bool {
        self.limits.remove_members_by.is_some()
    }

    pub fn removal(&self) -> Removal {
        match self.removal.load(Ordering::Relaxed) {
            0 => Removal::Filter { proven: false },
            1 => Removal::Filter { proven: true },
            2 => Removal::Values { proven: false },
            _ => Removal::Values { proven: true },
        }
    }

    pub fn set_removal(&self, removal: Removal) {
        let state = match removal {
            Removal::Filter { proven } => u8::from(proven),
            Removal::Values { proven } => 2 + u8::from(proven),
        };
        self.removal.store(state, Ordering::Relaxed);
    }

    pub fn members_per_patch(&self) -> usize {
        self.members_per_patch.load(Ordering::Relaxed)
    }

    /// A request with this many members was too large.
    pub fn too_many_members(&self, members: usize) {
        self.members_per_patch.fetch_min((members / 2).max(1), Ordering::Relaxed);
    }
}

/// Some services wrap their one config in a list.
fn unwrap_list(config: Json) -> Json {
    match json::field(&config, "Resources") {
        Some(Json::Array(resources)) if !resources.is_empty() => resources[0].clone(),
        _ => config,
    }
}
