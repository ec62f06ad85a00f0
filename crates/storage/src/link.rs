//! Links between source and target objects, operations on their way, and the page commit that moves everything
//! together.

use async_trait::async_trait;
use domain::value::Attributes;
use domain::{ChangeId, ConfigurationId, CycleId, LinkId, ObjectKind, ProvisioningRecord, Time};

use crate::Result;
use crate::cycle::Progress;

domain::words!(
    LinkState {
        Active = "active",
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
    pub escrows: Vec<Escrow>,
    /// Objects that no longer fail.
    pub released: Vec<(ObjectKind, String)>,
    pub records: Vec<ProvisioningRecord>,
    pub progress: Option<(CycleId, Progress)>,
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

    /// Drops the escrows of the given objects: they left the source or the scope.
    async fn clear_escrows(
        &self,
        configuration: ConfigurationId,
        gone: &[(ObjectKind, String)],
    ) -> Result<()>;

    /// All escrows of a configuration, by object id; there are few or the configuration is in quarantine.
    async fn escrows(&self, configuration: ConfigurationId) -> Result<Vec<Escrow>>;

    /// Writes intents down before their operations are sent. Durable when this returns.
    async fn add_intents(&self, configuration: ConfigurationId, intents: &[Intent]) -> Result<()>;

    /// Intents whose outcome is not known: what a crash left behind, oldest first.
    async fn intents(&self, configuration: ConfigurationId) -> Result<Vec<Intent>>;

    /// Carries out a page. Returns the ids of `links` in their order.
    async fn commit_page(&self, configuration: ConfigurationId, page: PageCommit) -> Result<Vec<LinkId>>;
}
