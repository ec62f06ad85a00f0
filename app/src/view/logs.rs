use chrono::TimeDelta;
use domain::{
    ConfigurationId, CycleId, ObjectKind, ProvisioningRecord, Time,
    record::{Action, Status},
};

use service::SavedSearch;

use super::query::{self, Pairs};

domain::words!(
    /// How far back a search goes.
    Span { Hour = "1h", Day = "24h", Week = "7d", Month = "30d" }
);

impl Span {
    pub fn since(self, now: Time) -> Time {
        now - match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::hours(24),
            Self::Week => TimeDelta::days(7),
            Self::Month => TimeDelta::days(30),
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Hour => "Last hour",
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
        }
    }
}

/// What the address of the log page asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    pub text: String,
    pub actions: Vec<Action>,
    pub statuses: Vec<Status>,
    pub configuration: Option<ConfigurationId>,
    pub cycle: Option<CycleId>,
    pub kind: Option<ObjectKind>,
    pub error_code: Option<String>,
    pub span: Option<Span>,
    /// A period instead of a span, such as one hour of the chart.
    pub from: Option<Time>,
    pub until: Option<Time>,
    pub object: Option<String>,
    pub oldest_first: bool,
    pub after: Option<String>,
    /// Backwards: the page that ends before this record.
    pub before: Option<String>,
    /// New records do not come by themselves.
    pub paused: bool,
}

impl LogFilter {
    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name);
        Self {
            text: one("q").unwrap_or_default().trim().to_owned(),
            actions: query::all(pairs, "action"),
            statuses: query::all(pairs, "status"),
            configuration: one("configuration").and_then(|v| v.parse().ok()),
            cycle: one("cycle").and_then(|v| v.parse().ok()),
            kind: one("type").and_then(|v| v.parse().ok()),
            error_code: one("error").map(str::to_owned),
            span: one("since").and_then(|v| v.parse().ok()),
            from: one("from").and_then(|v| v.parse().ok()),
            until: one("until").and_then(|v| v.parse().ok()),
            object: one("object").map(str::to_owned),
            oldest_first: one("order") == Some("oldest"),
            after: one("after").map(str::to_owned),
            before: one("before").map(str::to_owned),
            paused: one("live") == Some("off"),
        }
    }

    /// The address of this search.
    pub fn href(&self) -> String {
        self.address("/logs")
    }

    /// The query of its address.
    pub fn query(&self) -> String {
        self.href().split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    /// The same search at another path.
    pub fn address(&self, path: &str) -> String {
        let mut pairs = vec![("q", self.text.clone())];
        pairs.extend(self.actions.iter().map(|a| ("action", a.to_string())));
        pairs.extend(self.statuses.iter().map(|s| ("status", s.to_string())));
        let mut one = |name, value: Option<String>| pairs.push((name, value.unwrap_or_default()));
        one("configuration", self.configuration.map(|id| id.to_string()));
        one("cycle", self.cycle.map(|id| id.to_string()));
        one("type", self.kind.map(|k| k.to_string()));
        one("error", self.error_code.clone());
        one("since", self.span.map(|s| s.to_string()));
        one("from", self.from.map(rfc3339));
        one("until", self.until.map(rfc3339));
        one("object", self.object.clone());
        one("order", self.oldest_first.then(|| "oldest".to_owned()));
        one("after", self.after.clone());
        one("before", self.before.clone());
        one("live", self.paused.then(|| "off".to_owned()));
        query::href(path, &pairs)
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, before: None, paused: false, ..self.clone() }
    }

    /// Whether it shows the beginning of the list, where new records arrive.
    pub const fn is_beginning(&self) -> bool {
        self.after.is_none() && self.before.is_none()
    }

    /// Whether it narrows at all.
    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self { oldest_first: self.oldest_first, ..Self::default() }
    }

    /// Whether nothing but its end narrows it.
    pub fn is_only_until(&self) -> bool {
        !Self { until: None, ..self.clone() }.is_narrow()
    }
}

fn rfc3339(at: Time) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A count that may stop early.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capped {
    pub count: u64,
    pub capped: bool,
}

impl std::fmt::Display for Capped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::format::number(self.count))?;
        if self.capped { f.write_str("+") } else { Ok(()) }
    }
}

/// How many rows each choice would give.
#[derive(Debug, Clone, Default)]
pub struct LogFacets {
    pub actions: Vec<(Action, Capped)>,
    pub statuses: Vec<(Status, Capped)>,
    pub kinds: Vec<(ObjectKind, Capped)>,
    pub error_codes: Vec<(String, Capped)>,
    /// What a choice without a count stands for.
    pub other: Capped,
}

impl LogFacets {
    pub fn of_action(&self, action: Action) -> Capped {
        self.actions.iter().find(|(known, _)| *known == action).map_or(self.other, |(_, count)| *count)
    }

    pub fn of_status(&self, status: Status) -> Capped {
        self.statuses.iter().find(|(known, _)| *known == status).map_or(self.other, |(_, count)| *count)
    }

    pub fn of_kind(&self, kind: ObjectKind) -> Capped {
        self.kinds.iter().find(|(known, _)| *known == kind).map_or(self.other, |(_, count)| *count)
    }
}

/// The log page.
#[derive(Debug, Clone)]
pub struct LogList {
    pub filter: LogFilter,
    pub rows: Vec<ProvisioningRecord>,
    pub next: Option<String>,
    pub previous: Option<String>,
    pub facets: LogFacets,
    pub configurations: Vec<(ConfigurationId, String)>,
    /// The reader's own searches.
    pub saved: Vec<SavedSearch>,
    /// Why a search was not saved.
    pub problem: Option<String>,
}

impl LogList {
    pub fn configuration_name(&self, id: ConfigurationId) -> &str {
        self.configurations.iter().find(|(other, _)| *other == id).map_or("deleted", |(_, name)| name)
    }
}

domain::words!(
    /// The parts of one record.
    LogTab { Steps = "steps", Modified = "modified", Troubleshooting = "troubleshooting", Summary = "summary" }
);

/// One record with what happened to its object before and after.
#[derive(Debug, Clone)]
pub struct LogDetail {
    pub record: ProvisioningRecord,
    pub configuration: Option<String>,
    /// The object in the built-in directory, when that is the target and it is there.
    pub target_href: Option<String>,
    /// Newest first, this record among them.
    pub history: Vec<ProvisioningRecord>,
    pub tab: LogTab,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let address =
            "q=anna+b&action=create&action=delete&status=failure&type=user&since=7d&order=oldest&after=x";
        let filter = LogFilter::parse(&query::parse(address));
        assert_eq!(filter.actions, [Action::Create, Action::Delete]);
        let again = filter.href();
        assert_eq!(LogFilter::parse(&query::parse(again.trim_start_matches("/logs?"))), filter);
    }

    #[test]
    fn an_order_alone_narrows_nothing() {
        assert!(!LogFilter { oldest_first: true, ..LogFilter::default() }.is_narrow());
        assert!(LogFilter { text: "a".to_owned(), ..LogFilter::default() }.is_narrow());
    }
}
