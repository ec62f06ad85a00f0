use domain::access::Via;
use domain::audit::AuditIntegrity;
use domain::{Time, record::ModifiedProperty};
use service::StoredAudit;

use super::{
    logs::Span,
    query::{self, Pairs},
};

domain::words!(
    /// What an activity is about: the word that it begins with.
    AuditAbout {
        Configuration = "configuration",
        Domain = "domain",
        Target = "target",
        Settings = "settings",
        Agent = "agent",
        Alert = "alert",
        Session = "session",
        Account = "account",
        Token = "token",
    }
);

impl AuditAbout {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Configuration => "Configurations",
            Self::Domain => "Source domains",
            Self::Target => "Targets",
            Self::Settings => "Settings",
            Self::Agent => "Agents",
            Self::Alert => "Alerts",
            Self::Session => "Sign-ins",
            Self::Account => "Accounts",
            Self::Token => "API tokens",
        }
    }

    /// Whether only administrators see such entries.
    pub fn is_access(self) -> bool {
        domain::audit::ABOUT_ACCESS.contains(&format!("{self}.").as_str())
    }
}

/// Which entries the address of the audit page asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    pub text: String,
    pub about: Option<AuditAbout>,
    pub via: Option<Via>,
    pub span: Option<Span>,
    pub after: Option<String>,
}

impl AuditQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name);
        Self {
            text: one("q").unwrap_or_default().trim().to_owned(),
            about: one("about").and_then(|value| value.parse().ok()),
            via: one("via").and_then(|value| value.parse().ok()),
            span: one("since").and_then(|value| value.parse().ok()),
            after: one("after").map(str::to_owned),
        }
    }

    /// This search below an address.
    pub fn href(&self, base: &str) -> String {
        let pairs = [
            ("q", self.text.clone()),
            ("about", self.about.map(|about| about.to_string()).unwrap_or_default()),
            ("via", self.via.map(|via| via.to_string()).unwrap_or_default()),
            ("since", self.span.map(|span| span.to_string()).unwrap_or_default()),
            ("after", self.after.clone().unwrap_or_default()),
        ];
        query::href(base, &pairs)
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self::default()
    }

    pub fn since(&self, now: Time) -> Option<Time> {
        self.span.map(|span| span.since(now))
    }
}

/// The audit page.
#[derive(Debug, Clone)]
pub struct AuditList {
    pub filter: AuditQuery,
    pub rows: Vec<StoredAudit>,
    pub next: Option<String>,
    /// What the last check of the whole log found.
    pub integrity: Option<AuditIntegrity>,
}

/// One entry with what it changed.
#[derive(Debug, Clone)]
pub struct AuditDetail {
    pub stored: StoredAudit,
    pub changes: Vec<ModifiedProperty>,
    /// What else the entry says, by name.
    pub others: Vec<(String, String)>,
}

impl AuditDetail {
    /// Takes the details of an entry apart: `before` and `after` field by field, the rest as it is.
    pub fn new(stored: StoredAudit) -> Self {
        let mut detail = Self { changes: Vec::new(), others: Vec::new(), stored };
        let Some(members) = detail.stored.entry.details.as_object() else { return detail };
        let null = serde_json::Value::Null;
        let side = |name| members.get(name).unwrap_or(&null);
        compare("", side("before"), side("after"), &mut detail.changes);
        let noted: Vec<String> = side("fields")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|f| f.as_str().map(str::to_owned))
            .collect();
        // Secrets are changed without being shown.
        for field in noted {
            if !detail.changes.iter().any(|change| change.display_name == field) {
                let hidden = Some("(not shown)".to_owned());
                detail.changes.push(ModifiedProperty {
                    display_name: field,
                    old_value: hidden.clone(),
                    new_value: hidden,
                });
            }
        }
        for (name, value) in members {
            if !matches!(name.as_str(), "before" | "after" | "fields") {
                detail.others.push((name.clone(), plain(value).unwrap_or_default()));
            }
        }
        detail
    }
}

fn compare(
    path: &str,
    before: &serde_json::Value,
    after: &serde_json::Value,
    changes: &mut Vec<ModifiedProperty>,
) {
    use serde_json::Value;
    let empty = serde_json::Map::new();
    let members = |value: &'_ Value| value.as_object().is_some();
    let absent = |value: &Value| value.is_null();
    if (members(before) || absent(before))
        && (members(after) || absent(after))
        && !(absent(before) && absent(after))
    {
        let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
        let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let null = &Value::Null;
            compare(&inner, old.get(key).unwrap_or(null), new.get(key).unwrap_or(null), changes);
        }
    } else if before != after {
        changes.push(ModifiedProperty {
            display_name: path.to_owned(),
            old_value: plain(before),
            new_value: plain(after),
        });
    }
}

fn plain(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use domain::audit::AuditEntry;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let filter = AuditQuery::parse(&query::parse("q=anna+b&about=target&via=token&since=7d&after=9"));
        assert_eq!(filter.about, Some(AuditAbout::Target));
        let again = filter.href("/audit");
        assert_eq!(AuditQuery::parse(&query::parse(again.trim_start_matches("/audit?"))), filter);
        assert!(!AuditQuery { after: Some("9".to_owned()), ..AuditQuery::default() }.is_narrow());
    }

    #[test]
    fn an_entry_is_taken_apart_into_fields() {
        let details = json!({
            "before": {"schedule": "PT2M", "scope": {"all": true}, "gone": 1},
            "after": {"schedule": "PT5M", "scope": {"all": true}, "tags": ["a"]},
            "fields": ["schedule", "connection.bindPassword"],
            "resetScope": "Full",
        });
        let entry = AuditEntry {
            at: Time::default(),
            actor: String::new(),
            via: String::new(),
            from: None,
            activity: String::new(),
            subject: String::new(),
            reason: None,
            details,
        };
        let detail = AuditDetail::new(StoredAudit { sequence: 1, entry });
        let fields: Vec<_> = detail.changes.iter().map(|c| c.display_name.as_str()).collect();
        assert_eq!(fields, ["gone", "schedule", "tags", "connection.bindPassword"]);
        assert_eq!(detail.changes[2].new_value.as_deref(), Some("[\"a\"]"));
        assert_eq!(detail.others, [("resetScope".to_owned(), "Full".to_owned())]);
    }
}
