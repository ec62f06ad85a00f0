//! The objects of the built-in directory, and how they are written. Both the target that the engine writes to and the
//! store that keeps them speak of these.

use crate::value::Attributes;
use crate::{ChangeId, ConfigurationId, ObjectKind, Time};

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

impl DirectoryWrite {
    /// The object that is written.
    pub fn id(&self) -> &str {
        match self {
            Self::Create { object, .. } | Self::Update { object, .. } => &object.id,
            Self::Delete { id } => id,
        }
    }
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
