//! Which objects of a domain a configuration takes.

use serde::{Deserialize, Serialize};

use crate::filter::Clause;

/// The scope. Without containers and groups every object of the domain is taken; with both, what lies beneath a
/// container or belongs to a group. Filters narrow that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// Organisational units, each with everything beneath it.
    #[serde(default)]
    pub organizational_units: Vec<String>,
    /// Groups, each with its members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    #[serde(default = "followed", deserialize_with = "nesting", skip_serializing_if = "Nesting::is_default")]
    pub nested_groups: Nesting,
    /// One of the filters must pass; in each, every clause. None: everything passes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Vec<Clause>>,
}

crate::words!(
    /// How far members of a scope's group are followed into groups among them. Documents may say `true` for `all`
    /// and `false` for `off`.
    Nesting {
        Off = "off",
        OneLevel = "oneLevel",
        All = "all",
    }
);

impl Nesting {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
    const fn is_default(&self) -> bool {
        matches!(self, Self::All)
    }
}

const fn followed() -> Nesting {
    Nesting::All
}

fn nesting<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Nesting, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Flag(bool),
        Word(String),
    }
    match Given::deserialize(deserializer)? {
        Given::Flag(true) => Ok(Nesting::All),
        Given::Flag(false) => Ok(Nesting::Off),
        Given::Word(word) => word.parse().map_err(serde::de::Error::custom),
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            organizational_units: Vec::new(),
            groups: Vec::new(),
            nested_groups: Nesting::All,
            filters: Vec::new(),
        }
    }
}

impl Scope {
    /// Whether no container and no group narrows the scope.
    pub fn is_everything(&self) -> bool {
        self.organizational_units.is_empty() && self.groups.is_empty()
    }
}

/// A container or group of the scope as the directory showed it: held by its id, with the name it had when it was chosen,
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
