//! Source domains, target systems and the configurations that join them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::interval::Interval;
use crate::mapping::Mappings;
use crate::scim::ScimOptions;
use crate::scope::Scope;
use crate::{ConfigurationId, DirectoryKind, DomainId, ObjectKind, SealedSecret, TargetId, TargetKind, Time};

/// A directory that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDomain {
    pub id: DomainId,
    pub name: String,
    pub kind: DirectoryKind,
    /// Absent: served by enrolled agents only.
    pub connection: Option<Connection>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// How the server reaches a directory by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// `ldaps://host:port` or `ldap://host:port`.
    pub url: String,
    pub start_tls: bool,
    /// Consent to plain `ldap://` to a host that is not this machine.
    pub allow_plaintext: bool,
    pub bind_dn: String,
    pub bind_password: SealedSecret,
    /// Trusted certificates as PEM text; absent: the system's trust store.
    pub ca_pem: Option<String>,
    /// Absent: the rootDSE's default naming context.
    pub base_dn: Option<String>,
}

/// A directory that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSystem {
    pub id: TargetId,
    pub name: String,
    pub settings: TargetSettings,
    pub created_at: Time,
    pub updated_at: Time,
}

impl TargetSystem {
    pub const fn kind(&self) -> TargetKind {
        match self.settings {
            TargetSettings::BuiltIn => TargetKind::BuiltIn,
            TargetSettings::Scim { .. } => TargetKind::Scim,
        }
    }
}

/// What a target needs to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TargetSettings {
    BuiltIn,
    Scim {
        /// Base address, such as `https://app.example/scim/v2`.
        url: String,
        token: SealedSecret,
        ca_pem: Option<String>,
        #[serde(default)]
        options: ScimOptions,
    },
}

crate::words!(
    /// What happens in the target to an object that left the source or the scope. Groups and contacts have no
    /// account state: for them `Disable` deletes, as Microsoft Entra does.
    OutOfScope { Disable = "disable", Delete = "delete", Ignore = "ignore" }
);

/// How an unlinked source object finds an existing target object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Matching {
    /// Same anchor.
    pub hard_match: bool,
    /// Same user principal name or primary mail address. Never an administrator of the target.
    pub soft_match: bool,
    /// Of a soft match: by user principal name.
    #[serde(skip_serializing_if = "is_true")]
    pub soft_match_user_principal_name: bool,
    /// Of a soft match: by primary mail address.
    #[serde(skip_serializing_if = "is_true")]
    pub soft_match_mail: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_true(flag: &bool) -> bool {
    *flag
}

impl Default for Matching {
    fn default() -> Self {
        Self {
            hard_match: true,
            soft_match: false,
            soft_match_user_principal_name: true,
            soft_match_mail: true,
        }
    }
}

/// When removals of one cycle are too many to be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AccidentalDeletes {
    pub enabled: bool,
    /// A cycle may disable and delete at most this many objects.
    pub threshold: u32,
    /// And at most this share of the linked objects, in percent; absent: more than 20 objects are at most half of them.
    pub percent: Option<u8>,
    /// And remove at most this many memberships; absent: ten times the threshold.
    pub memberships: Option<u32>,
}

impl Default for AccidentalDeletes {
    fn default() -> Self {
        Self { enabled: true, threshold: 500, percent: None, memberships: None }
    }
}

/// When failing objects put the whole configuration into quarantine, and how long it may stay there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct QuarantineThresholds {
    /// Fewer failing objects than this never do.
    pub minimum: u32,
    /// From the minimum on: more than this share of the objects, in percent. References do not count.
    pub percent: u8,
    /// More failing objects than this always do. References do not count.
    pub base: u32,
    /// More failing objects than this always do, references included.
    pub total: u32,
    /// Days after which a configuration in quarantine is disabled.
    pub disable_after_days: u16,
}

impl Default for QuarantineThresholds {
    fn default() -> Self {
        Self { minimum: 5_000, percent: 40, base: 40_000, total: 60_000, disable_after_days: 28 }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Notification {
    pub emails: Vec<String>,
}

/// What a configuration does, without its identity: the part that an administrator edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub enabled: bool,
    pub scope: Scope,
    pub objects: BTreeSet<ObjectKind>,
    pub mappings: Mappings,
    pub matching: Matching,
    pub accidental_deletes: AccidentalDeletes,
    pub out_of_scope: OutOfScope,
    pub schedule: Interval,
    /// How often everything is read and compared with the target; changes made behind our back are mended then.
    #[serde(default = "Interval::daily")]
    pub full_schedule: Interval,
    #[serde(default)]
    pub quarantine: QuarantineThresholds,
    pub notification: Notification,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            enabled: false,
            scope: Scope::default(),
            objects: ObjectKind::ALL.iter().copied().collect(),
            mappings: Mappings::new(),
            matching: Matching::default(),
            accidental_deletes: AccidentalDeletes::default(),
            out_of_scope: OutOfScope::Disable,
            schedule: Interval::DEFAULT,
            full_schedule: Interval::daily(),
            quarantine: QuarantineThresholds::default(),
            notification: Notification::default(),
        }
    }
}

/// A source domain kept equal in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    pub id: ConfigurationId,
    pub name: String,
    pub domain_id: DomainId,
    pub target_id: TargetId,
    pub plan: Plan,
    pub created_at: Time,
    pub updated_at: Time,
}
