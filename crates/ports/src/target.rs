//! What the engine asks of a target system.

use async_trait::async_trait;
use domain::catalogue::ErrorCode;
use domain::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};
use domain::value::Attributes;
use domain::{ChangeId, ObjectKind};
use serde::{Deserialize, Serialize};

/// A system that can be written.
///
/// One value serves one cycle: an implementation may keep what it has read (pages of a SCIM service, say) for as
/// long as it lives.
#[async_trait]
pub trait Target: Send + Sync {
    /// Connects, signs in and says what the target can do. Cheap.
    async fn probe(&self) -> Result<TargetInfo, TargetError>;

    /// The objects that carry the given anchors, in the same order. An anchor that more than one object carries is
    /// `TargetError::Object` with the code `DuplicateTargetEntries` in its place.
    async fn find(
        &self,
        kind: ObjectKind,
        anchors: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError>;

    /// Linked objects, each by its anchor and its id in the target, with all that the target shows of them, in the same
    /// order. One that is gone, or whose anchor another object carries, may come as the latter or as `None`.
    async fn held(
        &self,
        kind: ObjectKind,
        links: &[(String, String)],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError> {
        let anchors: Vec<String> = links.iter().map(|(anchor, _)| anchor.clone()).collect();
        self.find(kind, &anchors).await
    }

    /// The objects that carry the given values of a property that only one object may have, in the same order, for a
    /// soft match. More than one is `TargetError::Object` with the code `DuplicateTargetEntries` in its place.
    async fn find_by(
        &self,
        kind: ObjectKind,
        property: MatchProperty,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError>;

    /// The same for any attribute, under the name that mappings use, without regard to case. An object with several
    /// values has each of them.
    async fn find_by_attribute(
        &self,
        kind: ObjectKind,
        attribute: &str,
        values: &[String],
    ) -> Result<Vec<Result<Option<TargetObject>, TargetError>>, TargetError>;

    /// Every object of a kind, page by page, whoever made it. `after` is the `next` of the page before.
    async fn list(&self, kind: ObjectKind, after: Option<String>) -> Result<TargetPage, TargetError>;

    /// Carries out operations on different objects and says for each, in the same order, what the target answered.
    /// One failing operation does not stop the others; `TargetError::System` in one place means that the rest was
    /// not tried.
    async fn export(&self, operations: &[Operation]) -> Vec<Result<Outcome, TargetError>>;

    /// The refusal that an operation would meet, as far as it can be known without writing: values that the target does
    /// not accept, an object that is not there. What a service alone decides is not known, which is no error.
    async fn foresee(&self, operation: &Operation) -> Result<(), TargetError> {
        let _ = operation;
        Ok(())
    }

    /// After a crash: whether the target carried out an operation whose answer was never seen. `None`: it did not,
    /// or not wholly.
    async fn outcome_of(&self, operation: &Operation) -> Result<Option<Outcome>, TargetError>;

    /// This target as one whose objects lie in our own store, if it is one.
    fn within_store(&self) -> Option<&dyn WithinStore> {
        None
    }
}

/// A target whose objects lie in our own store: what an operation writes there becomes part of the transaction that
/// records it. No crash comes between the two, so there is nothing to write down beforehand and nothing to find out
/// afterwards.
#[async_trait]
pub trait WithinStore: Send + Sync {
    /// An id for an object that is going to be created, so that others may refer to it before it exists.
    fn new_id(&self) -> String;

    /// The writes that carry the operations out, in the same order.
    async fn prepare(
        &self,
        operations: &[&Operation],
    ) -> Result<Vec<Result<DirectoryWrite, TargetError>>, TargetError>;

    /// What the write of the object with an id came to. `holder`: who has the value that it was refused for.
    fn answer(
        &self,
        operation: &Operation,
        id: &str,
        written: &DirectoryWritten,
        holder: Option<&DirectoryObject>,
    ) -> Result<Outcome, TargetError>;
}

/// What a target can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetInfo {
    /// For people: product and address.
    pub description: String,
    pub kinds: Vec<ObjectKind>,
    /// Largest batch that one `export` should get.
    pub batch: usize,
}

/// An object as the target holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetObject {
    pub id: String,
    pub anchor: String,
    pub display_name: String,
    /// Attributes under the names of the mapping, as far as the target returns them; absent when not asked.
    pub attributes: Attributes,
    /// Ids of the members, for groups.
    pub members: Vec<String>,
    /// Whether the object has an administrative role in the target: such a one is never taken over.
    pub administrator: bool,
}

domain::words!(
    /// What a soft match compares, without regard to case.
    MatchProperty { UserPrincipalName = "userPrincipalName", PrimaryMail = "mail" }
);

/// Some of the target's objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetPage {
    pub objects: Vec<TargetObject>,
    /// Absent on the last page.
    pub next: Option<String>,
}

domain::words!(
    /// What is asked for.
    Verb { Create = "create", Update = "update", Disable = "disable", Delete = "delete" }
);

/// One change of one object. Kept in the store from before it is sent until its record is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    pub change_id: ChangeId,
    pub verb: Verb,
    pub kind: ObjectKind,
    /// What the target keeps of the source object's identity (`externalId`, `onPremisesImmutableId`).
    pub anchor: String,
    /// Present for everything but a create; there only where the target lets the caller choose it.
    pub target_id: Option<String>,
    /// The whole object as it shall be, references resolved to target ids. `Disable`: the object with its account
    /// state off.
    pub attributes: Attributes,
    /// Names of the attributes that differ from what was last exported, including those that vanished.
    pub changed: Vec<String>,
    /// Target ids of members that join, of members that leave. A create has joining members only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_members: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_members: Vec<String>,
}

domain::words!(
    /// What the target answered that it did.
    OutcomeKind {
        Created = "created",
        Updated = "updated",
        Disabled = "disabled",
        Deleted = "deleted",
        /// The target already was as asked.
        Unchanged = "unchanged",
    }
);

/// The target's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub kind: OutcomeKind,
    pub target_id: String,
    /// What the target said, for the export step: such as `201 Created`.
    pub answer: String,
}

/// Why the target did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// This object's failure; others may go on.
    #[error("{reason}")]
    Object {
        code: &'static ErrorCode,
        reason: String,
        /// The anchor of the object that has the value which this one wants, where that is known.
        holder: Option<String>,
    },
    /// The system's failure: nothing further can be done in this cycle.
    #[error("{reason}")]
    System { code: &'static ErrorCode, reason: String },
}

impl TargetError {
    pub fn object(code: &'static ErrorCode, reason: impl Into<String>) -> Self {
        Self::Object { code, reason: reason.into(), holder: None }
    }

    /// Another object, with the given anchor, has a value that only one may have.
    pub fn conflict(code: &'static ErrorCode, reason: impl Into<String>, holder: Option<String>) -> Self {
        Self::Object { code, reason: reason.into(), holder }
    }

    pub fn system(code: &'static ErrorCode, reason: impl Into<String>) -> Self {
        Self::System { code, reason: reason.into() }
    }

    pub const fn code(&self) -> &'static ErrorCode {
        match self {
            Self::Object { code, .. } | Self::System { code, .. } => code,
        }
    }

    pub const fn is_system(&self) -> bool {
        matches!(self, Self::System { .. })
    }
}
