//! Which objects of a domain a configuration takes.

use serde::{Deserialize, Serialize};

/// The scope. Without containers every object of the domain is taken. Groups and attribute filters are part of the
/// document's shape; this version refuses them with a sentence instead of ignoring them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// Organisational units, each with everything beneath it.
    #[serde(default)]
    pub organizational_units: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(default = "yes", skip_serializing)]
    pub nested_groups: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<serde_json::Value>,
}

const fn yes() -> bool {
    true
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            organizational_units: Vec::new(),
            groups: Vec::new(),
            nested_groups: true,
            filters: Vec::new(),
        }
    }
}

impl Scope {
    pub fn is_everything(&self) -> bool {
        self.organizational_units.is_empty()
    }
}

/// A container of the scope as the directory showed it: held by its id, with the name it had when it was chosen,
/// so that a renamed or moved container is still the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeContainer {
    /// The name in the configuration.
    pub chosen_dn: String,
    /// objectGUID or entryUUID as a UUID text.
    pub object_id: String,
    /// Where it is now.
    pub current_dn: String,
}
