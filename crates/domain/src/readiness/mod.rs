//! What cloud targets refuse, found in the directory before they do: the rules of Microsoft's IdFix (multi-tenant set;
//! limits and patterns from its source, `src/IdFix/Rules`), and user name suffixes that nobody verified. Pure: an entry
//! goes in, findings with suggestions come out. Duplicates are told by whoever has seen the whole forest.
//!
//! One difference: IdFix ships a list of top-level domains, which changes every week. Here a top-level domain is wrong
//! when it can never be delegated (RFC 2606, RFC 6761, RFC 6762 appendix G) or is no name of letters.

mod address;
pub mod ldif;
mod rules;
mod skip;

use serde::{Deserialize, Serialize};

use crate::cycle::Problem;
use crate::unmatched::ScanState;
use crate::{ObjectKind, Time};

pub use rules::{ATTRIBUTES, Context, duplicate_key, examine, unique_values};
pub use skip::is_skipped;

crate::words!(
    /// What is wrong with a value; IdFix's names, and one of ours.
    Check {
        Character = "character",
        Format = "format",
        TopLevelDomain = "topLevelDomain",
        DomainPart = "domainPart",
        LocalPart = "localPart",
        Length = "length",
        Duplicate = "duplicate",
        Blank = "blank",
        /// The suffix of a user name is no verified domain.
        Suffix = "suffix",
    }
);

/// One value that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub attribute: String,
    /// Everything that is wrong with it, at least one.
    pub checks: Vec<Check>,
    /// Empty: the attribute is missing.
    pub value: String,
    /// What to write instead; empty: remove the value; absent: a person has to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// The last look through all directories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadinessScan {
    pub state: ScanState,
    /// The name of the person who asked for it.
    pub requested_by: String,
    #[serde(rename = "startedDateTime")]
    pub started_at: Time,
    #[serde(default, rename = "endedDateTime", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    pub domains: Vec<DomainScan>,
    /// Values that are wrong, those among them included that were not kept.
    pub findings: u64,
    /// The domains against which suffixes were held.
    pub verified_domains: Vec<String>,
}

impl ReadinessScan {
    /// Objects that a target would have to hold.
    pub fn objects(&self) -> u64 {
        self.domains.iter().map(|domain| domain.users + domain.groups + domain.contacts).sum()
    }
}

/// What a look found of one domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainScan {
    pub name: String,
    pub users: u64,
    pub groups: u64,
    pub contacts: u64,
    /// Objects that no rule applies to: built-in ones, groups without an address.
    pub skipped: u64,
    /// Why it was not read to its end: then duplicates in it may be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl DomainScan {
    pub const fn count(&mut self, kind: ObjectKind) {
        match kind {
            ObjectKind::User => self.users += 1,
            ObjectKind::Group => self.groups += 1,
            ObjectKind::Contact => self.contacts += 1,
        }
    }
}

/// A finding with the object that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectFinding {
    pub domain: String,
    /// objectGUID or entryUUID as lower-case UUID text.
    pub object_id: String,
    #[serde(rename = "objectType")]
    pub kind: ObjectKind,
    pub display_name: String,
    #[serde(rename = "distinguishedName")]
    pub dn: String,
    #[serde(flatten)]
    pub finding: Finding,
}

/// Objects that a tenant of Entra may hold: as it is made, with a verified domain, and on request.
pub const QUOTAS: [u64; 3] = [50_000, 300_000, 500_000];
