//! How target attributes get their values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ObjectKind;

/// The mappings of a configuration. A kind that is absent uses the defaults of its source and target.
pub type Mappings = BTreeMap<ObjectKind, Vec<Mapping>>;

crate::words!(
    /// Where the value of a mapping comes from.
    MappingKind {
        Direct = "direct",
        Constant = "constant",
        Expression = "expression",
        /// The attribute is left as the target has it.
        None = "none",
    }
);

crate::words!(
    /// When a mapping is applied.
    Apply { Always = "always", OnCreate = "onCreate" }
);

/// One target attribute and where its value comes from. What a kind does not use is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mapping {
    /// Target attribute: Graph's name for the built-in directory, a SCIM path (RFC 7644 section 3.10) for SCIM.
    pub target: String,
    #[serde(rename = "type")]
    pub kind: MappingKind,
    /// Source attribute of a direct mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Value of a constant mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Used when the object is created and the mapping gives nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default = "always", skip_serializing_if = "is_always")]
    pub apply: Apply,
    /// Above 0: a matching attribute; the lowest is tried first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub matching_precedence: u32,
}

const fn always() -> Apply {
    Apply::Always
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_always(apply: &Apply) -> bool {
    matches!(apply, Apply::Always)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Mapping {
    fn new(target: &str, kind: MappingKind) -> Self {
        Self {
            target: target.to_owned(),
            kind,
            source: None,
            value: None,
            expression: None,
            default: None,
            apply: Apply::Always,
            matching_precedence: 0,
        }
    }

    pub fn direct(target: &str, source: &str) -> Self {
        Self { source: Some(source.to_owned()), ..Self::new(target, MappingKind::Direct) }
    }

    pub fn expression(target: &str, expression: &str) -> Self {
        Self { expression: Some(expression.to_owned()), ..Self::new(target, MappingKind::Expression) }
    }

    pub fn constant(target: &str, value: &str) -> Self {
        Self { value: Some(value.to_owned()), ..Self::new(target, MappingKind::Constant) }
    }

    /// Makes this a matching attribute.
    #[must_use]
    pub fn matching(mut self, precedence: u32) -> Self {
        self.matching_precedence = precedence;
        self
    }

    /// What the mapping takes its value from, for lists.
    pub fn origin(&self) -> &str {
        match self.kind {
            MappingKind::Direct => self.source.as_deref(),
            MappingKind::Constant => self.value.as_deref(),
            MappingKind::Expression => self.expression.as_deref(),
            MappingKind::None => None,
        }
        .unwrap_or_default()
    }
}
