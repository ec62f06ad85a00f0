//! One change on its way: the operation that the target gets and what is written down when its outcome is known.

use domain::record::{Identity, ModifiedProperty, Step};
use domain::value::{Attributes, Value};
use domain::{LinkId, ObjectKind};
use ports::Operation;
use serde::{Deserialize, Serialize};
use storage::link::ReferenceWrite;

use crate::mapping::CompiledMappings;

/// A change. Its JSON form is the payload of an intent, so that a restart knows everything that the cycle knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) operation: Operation,
    pub(crate) object_id: String,
    pub(crate) source_dn: String,
    pub(crate) display_name: String,
    pub(crate) fingerprint: u64,
    /// What the link remembers as exported, where that differs from the operation's attributes: values that are
    /// only given on creation are not compared later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exported: Option<Attributes>,
    /// The link, for objects that have one.
    pub(crate) link: Option<LinkId>,
    /// Links that give way to this one: their object left and came back under another id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replaces: Vec<LinkId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) add_links: Vec<LinkId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) remove_links: Vec<LinkId>,
    /// Members that left the group; they are removed when the guard agreed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) leaving_links: Vec<LinkId>,
    /// Digests of the names that the object refers to; absent when they were not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) names: Option<Names>,
    pub(crate) modified: Vec<ModifiedProperty>,
    pub(crate) steps: Vec<Step>,
    /// Only references or members change, whatever else of the object may wait: its failure is not over with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) partial: bool,
    /// The object was disabled when it left and is not back yet; this change does not bring it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dormant: bool,
    /// What people call the object in the target.
    pub(crate) target_name: String,
}

/// Names that an object refers to, by their digests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) keys: Vec<u64>,
    /// They are added to those that are known already.
    pub(crate) keep: bool,
}

impl Names {
    pub(crate) fn write(&self, kind: ObjectKind, object_id: &str) -> ReferenceWrite {
        ReferenceWrite { kind, object_id: object_id.to_owned(), names: self.keys.clone(), keep: self.keep }
    }
}

impl Change {
    pub(crate) const fn kind(&self) -> ObjectKind {
        self.operation.kind
    }

    pub(crate) fn source_identity(&self) -> Identity {
        Identity {
            id: self.object_id.clone(),
            display_name: self.display_name.clone(),
            name: self.source_dn.clone(),
        }
    }
}

/// Old and new values of the attributes that differ. Those that the mapping redacts are blanked here, before a record
/// exists.
pub(crate) fn modified_properties(
    changed: &[String],
    old: &Attributes,
    new: &Attributes,
    mappings: Option<&CompiledMappings>,
) -> Vec<ModifiedProperty> {
    let redacted: Vec<&str> = mappings.map(|mappings| mappings.redacted().collect()).unwrap_or_default();
    let shown = |name: &str, value: &Value| {
        if redacted.contains(&name) { "[Redact]".to_owned() } else { value.to_string() }
    };
    changed
        .iter()
        .map(|name| ModifiedProperty {
            display_name: name.clone(),
            old_value: old.get(name).map(|value| shown(name, value)),
            new_value: new.get(name).map(|value| shown(name, value)),
        })
        .collect()
}
