use domain::{
    readiness::{Check, ObjectFinding, ReadinessScan},
    unmatched::ScanState,
};
use service::readiness::{FindingCounts, FindingFilter};

use super::query::{self, Pairs};

/// Which findings the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadinessQuery {
    pub text: String,
    pub check: Option<Check>,
    pub attribute: Option<String>,
    pub domain: Option<String>,
    pub after: Option<String>,
}

impl ReadinessQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name).map(str::to_owned);
        Self {
            text: one("q").unwrap_or_default().trim().to_owned(),
            check: query::first(pairs, "check").and_then(|value| value.parse().ok()),
            attribute: one("attribute"),
            domain: one("domain"),
            after: one("after"),
        }
    }

    /// This search at an address.
    pub fn href(&self, path: &str) -> String {
        let check = self.check.map(|check| check.to_string()).unwrap_or_default();
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        query::href(
            path,
            &[
                ("q", self.text.clone()),
                ("check", check),
                ("attribute", or_empty(&self.attribute)),
                ("domain", or_empty(&self.domain)),
                ("after", or_empty(&self.after)),
            ],
        )
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self::default()
    }

    /// What the service is asked.
    pub fn filter(&self, suggested: bool) -> FindingFilter {
        FindingFilter {
            text: (!self.text.is_empty()).then(|| self.text.clone()),
            check: self.check,
            attribute: self.attribute.clone(),
            domain: self.domain.clone(),
            suggested,
        }
    }
}

/// The readiness page: the last look through the directories and a page of what it found.
#[derive(Debug, Clone, Default)]
pub struct ReadinessView {
    pub scan: Option<ReadinessScan>,
    pub counts: FindingCounts,
    pub filter: ReadinessQuery,
    pub rows: Vec<ObjectFinding>,
    pub next: Option<String>,
}

impl ReadinessView {
    pub fn is_running(&self) -> bool {
        self.scan.as_ref().is_some_and(|scan| scan.state == ScanState::Running)
    }
}
