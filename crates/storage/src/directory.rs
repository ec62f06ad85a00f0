//! The built-in directory: what it holds, and how it is written.

use async_trait::async_trait;
use domain::{ConfigurationId, ObjectKind};

use crate::{Page, PageRequest, Result};

pub use domain::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};

/// Which objects a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryFilter {
    pub kind: Option<ObjectKind>,
    /// Found anywhere in display name, user principal name, mail or anchor, without regard to case.
    pub text: Option<String>,
    pub configuration: Option<ConfigurationId>,
    pub account_enabled: Option<bool>,
}

domain::words!(
    /// What objects can be found by without regard to case.
    DirectoryName { UserPrincipalName = "userPrincipalName", Mail = "mail" }
);

/// Objects by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectoryCounts {
    pub users: u64,
    pub groups: u64,
    pub contacts: u64,
}

#[async_trait]
pub trait DirectoryStore: Send + Sync {
    /// Carries out all writes in one transaction and says for each, in order, how it went. Durable when this
    /// returns.
    async fn write_directory(&self, writes: Vec<DirectoryWrite>) -> Result<Vec<DirectoryWritten>>;

    /// Says how [`Self::write_directory`] would go; nothing is kept.
    async fn try_directory(&self, writes: Vec<DirectoryWrite>) -> Result<Vec<DirectoryWritten>>;

    async fn directory_by_anchors(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<DirectoryObject>>;
    /// The objects of a kind that carry one of the values, without regard to case, in no order. Only users have a
    /// user principal name.
    async fn directory_by_names(
        &self,
        kind: ObjectKind,
        name: DirectoryName,
        values: &[String],
    ) -> Result<Vec<DirectoryObject>>;
    async fn directory_object(&self, id: &str) -> Result<Option<DirectoryObject>>;

    /// Every object of a kind in the order in which they were made: a change while the list is read moves none.
    async fn directory_walk(&self, kind: ObjectKind, page: PageRequest) -> Result<Page<DirectoryObject>>;

    /// By display name, then id.
    async fn directory_objects(
        &self,
        filter: &DirectoryFilter,
        page: PageRequest,
    ) -> Result<Page<DirectoryObject>>;

    /// Members of a group, by display name, then id.
    async fn directory_members(&self, group: &str, page: PageRequest) -> Result<Page<DirectoryObject>>;
    /// Groups that an object is a direct member of, by display name, then id.
    async fn directory_member_of(&self, object: &str, page: PageRequest) -> Result<Page<DirectoryObject>>;
    /// Ids of all members, for comparison after a crash.
    async fn directory_member_ids(&self, group: &str) -> Result<Vec<String>>;
    async fn directory_member_count(&self, group: &str) -> Result<u64>;
    async fn directory_counts(&self) -> Result<DirectoryCounts>;
}
