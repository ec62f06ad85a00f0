use domain::{
    ObjectKind,
    unmatched::{ScanState, UnmatchedObject, UnmatchedScan},
};

use super::query::{self, Pairs};

/// Which unmatched objects the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnmatchedQuery {
    pub text: String,
    pub kind: Option<ObjectKind>,
    pub after: Option<String>,
}

impl UnmatchedQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        Self {
            text: query::first(pairs, "q").unwrap_or_default().trim().to_owned(),
            kind: query::first(pairs, "type").and_then(|value| value.parse().ok()),
            after: query::first(pairs, "after").map(str::to_owned),
        }
    }

    /// This search below an address.
    pub fn href(&self, base: &str) -> String {
        let kind = self.kind.map(|kind| kind.to_string()).unwrap_or_default();
        let after = self.after.clone().unwrap_or_default();
        query::href(base, &[("q", self.text.clone()), ("type", kind), ("after", after)])
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self::default()
    }
}

/// The unmatched page: the last look through the target and a page of what it found.
#[derive(Debug, Clone, Default)]
pub struct UnmatchedView {
    pub scan: Option<UnmatchedScan>,
    pub filter: UnmatchedQuery,
    pub rows: Vec<UnmatchedObject>,
    pub next: Option<String>,
}

impl UnmatchedView {
    pub fn is_running(&self) -> bool {
        self.scan.as_ref().is_some_and(|scan| scan.state == ScanState::Running)
    }
}
