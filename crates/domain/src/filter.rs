//! Attribute filters of a scope. Clauses of one filter must all hold; of several filters one must.

use serde::{Deserialize, Serialize};

crate::words!(
    /// The operators of Cloud Sync's scoping filters.
    Operator {
        Equals = "EQUALS",
        NotEquals = "NOT EQUALS",
        EndsWith = "ENDS_WITH",
        Includes = "INCLUDES",
        GreaterThan = "GREATER_THAN",
        GreaterThanOrEquals = "GREATER_THAN_OR_EQUALS",
        IsTrue = "IS TRUE",
        IsFalse = "IS FALSE",
        IsNull = "IS NULL",
        IsNotNull = "IS NOT NULL",
        RegexMatch = "REGEX MATCH",
        NotRegexMatch = "NOT REGEX MATCH",
        /// Any of the value's bits is set in the attribute.
        BitsSet = "&",
        /// None of the value's bits is set in the attribute.
        BitsClear = "!&",
    }
);

impl Operator {
    /// Whether a clause with this operator has a value.
    pub const fn takes_value(self) -> bool {
        !matches!(self, Self::IsTrue | Self::IsFalse | Self::IsNull | Self::IsNotNull)
    }
}

/// One condition on one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Clause {
    pub attribute: String,
    pub operator: Operator,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}
