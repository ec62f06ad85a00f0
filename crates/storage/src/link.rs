//! Links between source and target objects, operations on their way, and the page commit that moves everything
//! together.

use std::pin::Pin;

use async_trait::async_trait;
use domain::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};
use domain::value::Attributes;
use domain::{ChangeId, ConfigurationId, Cursor, CycleId, LinkId, ObjectKind, ProvisioningRecord, Time};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::cycle::Progress;
use crate::{Page, PageRequest, Result};

domain::words!(
    LinkState {
        Active = "active",
        /// Left the source or the scope; its removal is decided but not carried out.
        Leaving = "leaving",
        /// Left the source or the scope; the target's account is disabled.
        Disabled = "disabled",
    }
);

/// What planning needs of a link. The exported attributes are fetched apart: most objects do not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub kind: ObjectKind,
    /// objectGUID or entryUUID as UUID text.
    pub object_id: String,
    pub anchor: String,
    pub source_dn: String,
    pub display_name: String,
    pub target_id: String,
    pub state: LinkState,
    /// Digest of what was last exported.
    pub fingerprint: u64,
}

/// A link to insert or, by (configuration, kind, object id), to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkWrite {
    pub kind: ObjectKind,
    pub object_id: String,
    pub anchor: String,
    pub source_dn: String,
    pub display_name: String,
    pub target_id: String,
    pub state: LinkState,
    pub fingerprint: u64,
    /// `None` keeps what is stored (a renamed object whose export did not change).
    pub exported: Option<Attributes>,
}

/// Membership changes of one group, by links. The group is named by its object id because its link may be part of
/// the same commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberWrite {
    pub group_object_id: String,
    pub add: Vec<LinkId>,
    pub remove: Vec<LinkId>,
    /// Members that left the group; the target still has them until the guard agreed. They count as members until
    /// they are removed; adding one takes the mark off.
    pub leaving: Vec<LinkId>,
}

/// A membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    pub group: LinkId,
    pub member: LinkId,
}

/// The names that an object refers to, replacing those that were kept for it: managers and the like, and members
/// that could not be resolved. An object whose name comes to mean something else is found through them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceWrite {
    pub kind: ObjectKind,
    pub object_id: String,
    /// [`name_key`] of each.
    pub names: Vec<u64>,
    /// The names are added to those that are kept, instead of replacing them: only a part of a group's members was
    /// looked at.
    pub keep: bool,
}

/// The digest under which a distinguished name is looked up, the same for every spelling.
pub fn name_key(dn: &str) -> u64 {
    xxh3_64(domain::dn::key(dn).as_bytes())
}

/// The digest under which an anchor is looked up.
pub fn anchor_key(kind: ObjectKind, anchor: &str) -> u64 {
    xxh3_64_with_seed(anchor.as_bytes(), kind as u64)
}

/// A failing object that waits for its next attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escrow {
    pub kind: ObjectKind,
    pub object_id: String,
    pub display_name: String,
    pub code: String,
    pub reason: String,
    /// Digest of what was attempted: a changed object is attempted at once.
    pub fingerprint: u64,
    pub attempts: u32,
    pub first_failed_at: Time,
    pub next_attempt_at: Time,
}

/// An operation written down before it is sent. `payload` is the engine's own JSON: the operation and what the
/// commit needs when the outcome becomes known after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub change_id: ChangeId,
    pub cycle_id: CycleId,
    pub payload: String,
    pub at: Time,
}

/// Everything that one page changes, in one transaction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageCommit {
    /// Intents whose outcome is known.
    pub settled: Vec<ChangeId>,
    pub links: Vec<LinkWrite>,
    /// Links whose target object is gone; their memberships go with them.
    pub unlinked: Vec<LinkId>,
    pub members: Vec<MemberWrite>,
    /// Active links whose object left: they are marked, and removed when the guard agreed. Others are passed over.
    pub leaving: Vec<LinkId>,
    /// Names of objects that are linked (also by this page).
    pub references: Vec<ReferenceWrite>,
    /// How far the directory's changes have been taken when this page is written down. Settles all names.
    pub cursor: Option<Cursor>,
    /// Names that came to mean something else with this page, by [`name_key`]. Kept until a cursor is written:
    /// those who refer to them are looked at before that, also after a crash.
    pub unsettled: Vec<u64>,
    pub escrows: Vec<Escrow>,
    /// Objects that no longer fail.
    pub released: Vec<(ObjectKind, String)>,
    pub records: Vec<ProvisioningRecord>,
    pub progress: Option<(CycleId, Progress)>,
}

impl PageCommit {
    /// Whether more than the log, the progress and the position changes.
    pub fn changes_links(&self) -> bool {
        let Self {
            settled,
            links,
            unlinked,
            members,
            leaving,
            references,
            unsettled,
            escrows,
            released,
            cursor: _,
            records: _,
            progress: _,
        } = self;
        !(settled.is_empty()
            && links.is_empty()
            && unlinked.is_empty()
            && members.is_empty()
            && leaving.is_empty()
            && references.is_empty()
            && unsettled.is_empty()
            && escrows.is_empty()
            && released.is_empty())
    }
}

/// What of a configuration waits besides what its source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How far the directory's changes have been taken.
    pub cursor: Option<Cursor>,
    /// There are intents whose outcome is not known.
    pub intents: bool,
    /// There are names that changed since the cursor was written.
    pub unsettled: bool,
    /// There are links whose removal is decided.
    pub leaving: bool,
    /// There are memberships whose removal is decided.
    pub leaving_members: bool,
    /// There are objects that wait for their next attempt.
    pub escrows: bool,
}

/// Makes the page that records writes, from what became of each of them. `None`: nothing of it shall have happened.
pub type PageOfWrites<'a> =
    Box<dyn FnOnce(Written) -> Pin<Box<dyn Future<Output = Option<PageCommit>> + Send + 'a>> + Send + 'a>;

/// What became of writes of the built-in directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Of each write, in order.
    pub outcomes: Vec<DirectoryWritten>,
    /// The objects that hold what others were refused for, as they are after the writes.
    pub holders: Vec<DirectoryObject>,
}

#[async_trait]
pub trait LinkStore: Send + Sync {
    /// The links of the given objects, in any order.
    async fn links_of(
        &self,
        configuration: ConfigurationId,
        kind: ObjectKind,
        object_ids: &[String],
    ) -> Result<Vec<Link>>;

    /// What was last exported to the given links, in any order.
    async fn exported(&self, links: &[LinkId]) -> Result<Vec<(LinkId, Attributes)>>;

    /// Links in the order of their ids, for whole walks.
    async fn links_after(
        &self,
        configuration: ConfigurationId,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<Link>>;

    /// How many links a configuration has in a state, of any kind.
    async fn link_count(&self, configuration: ConfigurationId, state: LinkState) -> Result<u64>;

    /// Links of a configuration counted by kind, active ones only.
    async fn link_counts(&self, configuration: ConfigurationId) -> Result<Vec<(ObjectKind, u64)>>;

    /// Members of a group as last exported, by their links, ascending.
    async fn link_members(&self, group: LinkId) -> Result<Vec<LinkId>>;

    /// Links whose object bears one of the names, by [`name_key`], with the key. Two different names may share a key:
    /// callers compare what matters.
    async fn links_by_name(&self, configuration: ConfigurationId, names: &[u64]) -> Result<Vec<(u64, Link)>>;

    /// Active links whose object bears one of the names, by [`name_key`], with the key.
    async fn active_by_name(
        &self,
        configuration: ConfigurationId,
        names: &[u64],
    ) -> Result<Vec<(u64, LinkId)>> {
        let links = self.links_by_name(configuration, names).await?.into_iter();
        Ok(links
            .filter(|(_, link)| link.state == LinkState::Active)
            .map(|(key, link)| (key, link.id))
            .collect())
    }

    /// Ids of active links in their order, for whole walks.
    async fn active_after(
        &self,
        configuration: ConfigurationId,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<LinkId>> {
        let links = self.links_in_state(configuration, LinkState::Active, after, limit).await?;
        Ok(links.into_iter().map(|link| link.id).collect())
    }

    /// Links that hold one of the anchors, by [`anchor_key`].
    async fn links_by_anchor(
        &self,
        configuration: ConfigurationId,
        anchors: &[u64],
    ) -> Result<Vec<(u64, Link)>>;

    /// Links by their ids, in any order.
    async fn links_by_id(&self, links: &[LinkId]) -> Result<Vec<Link>>;

    /// Links whose object refers to one of the names (see [`ReferenceWrite`]), each once.
    async fn referrers(&self, configuration: ConfigurationId, names: &[u64]) -> Result<Vec<Link>>;

    /// Memberships of the given members, ordered.
    async fn memberships_of(&self, members: &[LinkId]) -> Result<Vec<Membership>>;

    /// Which of the given members a group has, ascending.
    async fn members_among(&self, group: LinkId, members: &[LinkId]) -> Result<Vec<LinkId>>;

    /// Memberships marked as leaving, ordered, after one of them.
    async fn leaving_members(
        &self,
        configuration: ConfigurationId,
        after: Option<Membership>,
        limit: u32,
    ) -> Result<Vec<Membership>>;

    /// How many memberships a configuration has exported.
    async fn membership_count(&self, configuration: ConfigurationId) -> Result<u64>;

    /// How many memberships are marked as leaving whose group and member stay.
    async fn leaving_member_count(&self, configuration: ConfigurationId) -> Result<u64>;

    /// Links in a state, in the order of their ids.
    async fn links_in_state(
        &self,
        configuration: ConfigurationId,
        state: LinkState,
        after: LinkId,
        limit: u32,
    ) -> Result<Vec<Link>>;

    /// Escrows whose next attempt is due, oldest first.
    async fn due_escrows(&self, configuration: ConfigurationId, now: Time, limit: u32)
    -> Result<Vec<Escrow>>;

    /// What of a configuration waits, in one question: most cycles find nothing.
    async fn waiting(&self, configuration: ConfigurationId) -> Result<Waiting> {
        Ok(Waiting {
            cursor: self.cursor(configuration).await?,
            intents: !self.intents(configuration).await?.is_empty(),
            unsettled: !self.unsettled_names(configuration).await?.is_empty(),
            leaving: self.link_count(configuration, LinkState::Leaving).await? > 0,
            leaving_members: !self.leaving_members(configuration, None, 1).await?.is_empty(),
            escrows: self.escrow_count(configuration).await? > 0,
        })
    }

    /// How far the directory's changes have been taken.
    async fn cursor(&self, configuration: ConfigurationId) -> Result<Option<Cursor>>;

    /// Names that changed since the cursor was written, ascending (see [`PageCommit::unsettled`]).
    async fn unsettled_names(&self, configuration: ConfigurationId) -> Result<Vec<u64>>;

    /// Sets or forgets it outside a page. Settles all names.
    async fn put_cursor(&self, configuration: ConfigurationId, cursor: Option<Cursor>) -> Result<()>;

    /// Forgets every link, membership and export of a configuration; the target's objects are found again by their
    /// anchors.
    async fn forget_links(&self, configuration: ConfigurationId) -> Result<()>;

    /// Target ids of links, in any order.
    async fn target_ids(&self, links: &[LinkId]) -> Result<Vec<(LinkId, String)>>;

    /// Escrows of the given objects.
    async fn escrows_of(
        &self,
        configuration: ConfigurationId,
        kind: ObjectKind,
        object_ids: &[String],
    ) -> Result<Vec<Escrow>>;

    async fn escrow_count(&self, configuration: ConfigurationId) -> Result<u64>;
    /// How many escrows carry which code, by code.
    async fn escrow_codes(&self, configuration: ConfigurationId) -> Result<Vec<(String, u64)>>;

    /// Drops the escrows of the given objects: they left the source or the scope.
    async fn clear_escrows(
        &self,
        configuration: ConfigurationId,
        gone: &[(ObjectKind, String)],
    ) -> Result<()>;

    /// Escrows of a configuration by kind and object id, page by page.
    async fn escrow_page(&self, configuration: ConfigurationId, page: PageRequest) -> Result<Page<Escrow>>;

    /// Brings the next attempt of escrows forward to a time: of the given objects, or of all. Returns how many there
    /// are.
    async fn hasten_escrows(
        &self,
        configuration: ConfigurationId,
        objects: Option<&[(ObjectKind, String)]>,
        at: Time,
    ) -> Result<u64>;

    /// All escrows of a configuration, by object id; there are few or the configuration is in quarantine.
    async fn escrows(&self, configuration: ConfigurationId) -> Result<Vec<Escrow>>;

    /// Writes intents down before their operations are sent. Durable when this returns.
    async fn add_intents(&self, configuration: ConfigurationId, intents: &[Intent]) -> Result<()>;

    /// Intents whose outcome is not known: what a crash left behind, oldest first.
    async fn intents(&self, configuration: ConfigurationId) -> Result<Vec<Intent>>;

    /// Carries out a page. Returns the ids of `links` in their order.
    async fn commit_page(&self, configuration: ConfigurationId, page: PageCommit) -> Result<Vec<LinkId>>;

    /// Writes the built-in directory and carries out the page that follows from what became of each write, in one
    /// transaction. Returns the ids of the page's links in their order; `Stale` when there shall be no page.
    async fn commit_with_writes(
        &self,
        configuration: ConfigurationId,
        writes: Vec<DirectoryWrite>,
        page: PageOfWrites<'_>,
    ) -> Result<Vec<LinkId>>;
}
