//! What the engine asks of a directory.

use std::borrow::Cow;

use async_trait::async_trait;
use domain::catalogue::{self, ErrorCode};
use domain::{Cursor, DirectoryKind, Entry, ObjectKind};

use crate::written::{PageWriter, Rewritten, WrittenPages};

/// A directory that can be read.
#[async_trait]
pub trait Source: Send + Sync {
    /// Connects, signs in and says what is there. Cheap: rootDSE and bind.
    async fn probe(&self) -> Result<SourceInfo, SourceError>;

    /// The container (or any entry) at a name; `None` when the directory says that it does not exist.
    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError>;

    /// The container with an id, wherever it is now; `None` when it is gone.
    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError>;

    /// What lies at a place of the tree, for a person who looks for a container or a group; `None` when the container to
    /// look into is gone. At most [`MOST_PLACES`].
    async fn browse(&self, what: Browse) -> Result<Option<Listing>, SourceError>;

    /// Starts reading every object of a kind beneath the bases.
    async fn read(&self, request: ReadRequest) -> Result<Box<dyn PageReader>, SourceError>;

    /// The same reading for who passes it on. A source that can write entries as they come in saves making them.
    async fn read_written(
        &self,
        request: ReadRequest,
        writer: Box<dyn PageWriter>,
    ) -> Result<Box<dyn WrittenPages>, SourceError> {
        Ok(Box::new(Rewritten { pages: self.read(request).await?, writer }))
    }

    /// One object by its name, with the given attributes; `None` when it does not exist.
    async fn object(&self, dn: &str, attributes: &[String]) -> Result<Option<Entry>, SourceError>;

    /// Objects by id or by name, in any order. What does not exist, or is of no wanted kind, is left out. Values are
    /// whole: ranges are joined. Asked for at most [`MOST_OBJECTS`] at a time.
    async fn objects(
        &self,
        which: Which<'_>,
        kinds: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError>;

    /// The present moment in the directory's history, taken before a full reading: changes since then are what the
    /// reading may have missed. `None` when the directory offers no way to track changes.
    async fn mark(&self) -> Result<Option<Cursor>, SourceError>;

    /// What changed since a cursor. One cheap request when nothing did.
    async fn changes(&self, request: ChangesRequest) -> Result<Changes, SourceError>;
}

/// The most objects that one call of [`Source::objects`] may ask for.
pub const MOST_OBJECTS: usize = 500;

/// The most that are found by a part of a name: who gets as many has to say more of it.
pub const MOST_CALLED: usize = 25;

/// The most that one call of [`Source::browse`] gives.
pub const MOST_PLACES: usize = 500;

/// What somebody looks at in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Browse {
    /// The containers directly beneath the container with this id; absent: beneath the base of what is read.
    Beneath { object_id: Option<String> },
    /// Containers and groups with this text in one of their names, anywhere.
    Named { text: String },
}

/// An answer to [`Browse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The container that was looked into, and the base for a search.
    pub at: Container,
    /// In the order of their names.
    pub places: Vec<Place>,
    /// There are more than are given.
    pub more: bool,
}

/// A container or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub container: Container,
    pub is_group: bool,
    /// Objects of any kind directly in it, where the directory tells that by itself; it may only be about right.
    pub subordinates: Option<u64>,
}

/// How objects are named in a look-up.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// objectGUID or entryUUID as lower-case UUID text.
    Ids(&'a [String]),
    /// Distinguished names.
    Names(&'a [String]),
    /// Whoever has one of these distinguished names in one of these attributes.
    Referring { names: &'a [String], attributes: &'a [String] },
    /// Whoever has this text in one of their names, for a person who looks for somebody: at most [`MOST_CALLED`].
    Called(&'a str),
}

/// A kind of object and what is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRequest {
    pub kind: ObjectKind,
    pub attributes: Vec<String>,
}

/// Which changes are wanted. Changes are told for the whole naming context: what left a container is as important as
/// what entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesRequest {
    pub cursor: Cursor,
    pub kinds: Vec<KindRequest>,
    /// Objects a page; the directory may give fewer.
    pub page_size: u32,
}

/// The answer to a request for changes.
pub enum Changes {
    Since(Box<dyn ChangeReader>),
    /// The cursor is of no use: another or a restored server, an expired history. Everything has to be read.
    Lost {
        reason: String,
    },
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Since(_) => f.write_str("Since"),
            Self::Lost { reason } => f.debug_struct("Lost").field("reason", reason).finish(),
        }
    }
}

/// Changes under way. Dropping it ends it.
#[async_trait]
pub trait ChangeReader: Send {
    /// The next page, or `None` after the directory confirmed that there is nothing more. An error leaves the last
    /// page's cursor good.
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError>;

    /// After the last page: whether the ids in `objects` and `present` of all pages are everything that exists, so
    /// that whatever else is known is gone. Otherwise only `gone` tells.
    fn is_sweep(&self) -> bool {
        false
    }
}

/// Some changes, in the order in which they count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangePage {
    /// Objects that are new or changed, as they are now, wherever they are now.
    pub objects: Vec<ChangedObject>,
    /// Ids of objects that do not exist any more.
    pub gone: Vec<String>,
    /// Ids of objects that exist and did not change; only in a sweep.
    pub present: Vec<String>,
    /// Containers that were renamed or moved: everything beneath has another name now without being told.
    /// A directory that cannot tell a new container from a renamed one names both.
    pub containers: Vec<Container>,
    /// The position when this page has been worked off; absent: as before.
    pub cursor: Option<Cursor>,
    /// Why changes are not enough after all; only in the last page. What the pages tell is true and not everything, so
    /// everything has to be read. The page's cursor leads to `Changes::Lost`.
    pub lost: Option<String>,
    pub notes: Vec<String>,
}

/// A changed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedObject {
    pub kind: ObjectKind,
    /// The whole object, but for the members where `members` says so.
    pub object: SourceEntry,
    pub members: Members,
}

/// What is known of a changed group's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// All of them are among the object's attributes.
    Whole,
    /// Only what changed, by name; nothing when no member joined or left.
    Delta { joined: Vec<String>, left: Vec<String> },
}

/// What the rootDSE told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// Never `Auto`.
    pub kind: DirectoryKind,
    /// Vendor and version where the directory tells them, for people.
    pub product: String,
    /// The naming context that is read when no scope narrows it.
    pub base_dn: String,
    pub server_name: Option<String>,
}

/// An entry that holds others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    pub dn: String,
    /// objectGUID or entryUUID as lower-case UUID text.
    pub object_id: String,
}

/// A whole reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRequest {
    pub kind: ObjectKind,
    /// Subtrees to read, none within another; empty: the whole naming context.
    pub bases: Vec<String>,
    /// Attributes wanted; those that tell the object's identity come anyway.
    pub attributes: Vec<String>,
    /// Entries a page; the directory may give fewer.
    pub page_size: u32,
}

/// A reading under way. Dropping it ends it.
#[async_trait]
pub trait PageReader: Send {
    /// The next page, or `None` after the directory confirmed that there is nothing more. An error means that the
    /// reading is not complete and that nothing may be concluded from what is missing.
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError>;
}

/// Some entries, complete in themselves: ranges are already joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourcePage {
    pub entries: Vec<SourceEntry>,
    /// Remarks for the cycle, such as a skipped referral. Each is given once a reading.
    pub notes: Vec<String>,
}

/// An entry with its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEntry {
    /// objectGUID or entryUUID as lower-case UUID text: what stays when the object is renamed or moved. Empty when
    /// the directory did not give one.
    pub object_id: String,
    pub entry: Entry,
}

/// Why a directory could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No connection: address, port, name resolution.
    #[error("cannot reach the directory at {address}: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("the directory at {address} did not answer within {seconds} s while {doing}")]
    Timeout { address: String, seconds: u64, doing: Cow<'static, str> },
    #[error("the certificate of {address} is not trusted: {reason}")]
    Untrusted { address: String, reason: String },
    #[error("the directory refused to sign in {bind_dn}: {reason}")]
    Credentials { bind_dn: String, reason: String },
    #[error("the directory has no entry {dn}")]
    NoSuchBase { dn: String },
    #[error("the service account may not read {dn}")]
    NotAllowed { dn: String },
    #[error("the directory stopped before the end of the list: {reason}")]
    Incomplete { reason: String },
    #[error("the domain has neither a connection nor an agent")]
    NoConnection,
    #[error("{domain} has no connection of its own, and none of its agents is connected to the portal")]
    NoAgent { domain: String },
    #[error("the connection's settings are wrong: {0}")]
    Settings(String),
    #[error("the directory answered with an error: {0}")]
    Directory(String),
}

impl SourceError {
    /// The catalogue entry that portal, log and API show.
    pub const fn code(&self) -> &'static ErrorCode {
        match self {
            Self::Unreachable { .. } => &catalogue::SOURCE_UNREACHABLE,
            Self::Timeout { .. } => &catalogue::SOURCE_TIMEOUT,
            Self::Untrusted { .. } => &catalogue::SOURCE_TLS,
            Self::Credentials { .. } => &catalogue::SOURCE_CREDENTIALS,
            Self::NoSuchBase { .. } => &catalogue::SOURCE_BASE,
            Self::NotAllowed { .. } => &catalogue::SOURCE_RIGHTS,
            Self::Incomplete { .. } => &catalogue::SOURCE_LIMIT,
            Self::NoConnection => &catalogue::NO_CONNECTION,
            Self::NoAgent { .. } => &catalogue::NO_AGENT,
            Self::Settings(_) | Self::Directory(_) => &catalogue::SOURCE_ERROR,
        }
    }
}
