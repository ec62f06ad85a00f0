//! The built-in directory: what it holds, and how it is written.

use async_trait::async_trait;
use domain::value::Attributes;
use domain::{ChangeId, ConfigurationId, ObjectKind, Time};

use crate::{Page, PageRequest, Result};

/// An object of the built-in directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryObject {
    /// UUID text.
    pub id: String,
    pub kind: ObjectKind,
    /// `onPremisesImmutableId`.
    pub anchor: String,
    pub display_name: String,
    /// Users only, lower-cased form is unique among users.
    pub user_principal_name: Option<String>,
    pub mail: Option<String>,
    /// Users only.
    pub account_enabled: Option<bool>,
    /// Everything that the mapping gave, under Graph's names.
    pub attributes: Attributes,
    /// The configuration that last wrote it.
    pub configuration_id: ConfigurationId,
    /// The change that last wrote it.
    pub change_id: ChangeId,
    pub created_at: Time,
    pub updated_at: Time,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum DirectoryWrite {
    /// Refused with `Conflict` when an object with this anchor, user principal name or one of the addresses is there.
    Create {
        object: DirectoryObject,
        members: Vec<String>,
    },
    /// Replaces the attributes and adjusts the members. `created_at` is kept.
    Update {
        object: DirectoryObject,
        add_members: Vec<String>,
        remove_members: Vec<String>,
    },
    Delete {
        id: String,
    },
}

/// How one write went. A refused write changes nothing; the others go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryWritten {
    Done,
    /// There is no such object.
    NotFound,
    /// Another object has the value. `attribute` is `onPremisesImmutableId`, `userPrincipalName`, `proxyAddresses` or
    /// `mail`. An address belongs to one object of whatever kind: `mail` counts as an SMTP address.
    Conflict {
        attribute: &'static str,
        other_id: String,
    },
}

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
