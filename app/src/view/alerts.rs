use std::collections::HashMap;

use domain::alert::{
    Alert, AlertKind, AlertRule, AlertRuleEntry, AlertRules, AlertRulesEntry, AlertSeverity, AlertState,
};
use domain::document::FieldProblem;
use service::AlertCount;

use super::{
    Errors,
    query::{self, Pairs},
};
use crate::format::capitalised;

domain::words!(
    /// Which alerts a list shows.
    AlertsShown {
        /// Those that are not over.
        Live = "live",
        Resolved = "resolved",
        All = "all",
    }
);

impl AlertsShown {
    pub fn states(self) -> Vec<AlertState> {
        match self {
            Self::Live => vec![AlertState::Open, AlertState::Acknowledged],
            Self::Resolved => vec![AlertState::Resolved],
            Self::All => Vec::new(),
        }
    }
}

/// Which alerts the address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertsQuery {
    pub text: String,
    pub shown: AlertsShown,
    pub severity: Option<AlertSeverity>,
    pub kind: Option<AlertKind>,
    pub after: Option<String>,
}

impl Default for AlertsQuery {
    fn default() -> Self {
        Self { text: String::new(), shown: AlertsShown::Live, severity: None, kind: None, after: None }
    }
}

impl AlertsQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name);
        Self {
            text: one("q").unwrap_or_default().trim().to_owned(),
            shown: one("state").and_then(|value| value.parse().ok()).unwrap_or(AlertsShown::Live),
            severity: one("severity").and_then(|value| value.parse().ok()),
            kind: one("kind").and_then(|value| value.parse().ok()),
            after: one("after").map(str::to_owned),
        }
    }

    pub fn href(&self) -> String {
        let shown = if self.shown == AlertsShown::Live { String::new() } else { self.shown.to_string() };
        let pairs = [
            ("q", self.text.clone()),
            ("state", shown),
            ("severity", self.severity.map(|one| one.to_string()).unwrap_or_default()),
            ("kind", self.kind.map(|one| one.to_string()).unwrap_or_default()),
            ("after", self.after.clone().unwrap_or_default()),
        ];
        query::href("/alerts", &pairs)
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    /// Whether more narrows it than the choice of open or resolved ones.
    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self { shown: self.shown, ..Self::default() }
    }
}

pub fn alert_href(alert: &Alert) -> String {
    format!("/alerts/{}", alert.id)
}

/// The alerts page.
#[derive(Debug, Clone)]
pub struct AlertList {
    pub filter: AlertsQuery,
    pub rows: Vec<Alert>,
    pub next: Option<String>,
    pub counts: Vec<AlertCount>,
}

/// What the overview shows of alerts.
#[derive(Debug, Clone, Default)]
pub struct AlertGlance {
    /// Open ones, the gravest first.
    pub rows: Vec<Alert>,
    pub counts: Vec<AlertCount>,
}

/// How many alerts are in a state.
pub fn counted_alerts(counts: &[AlertCount], state: AlertState) -> u64 {
    counts.iter().filter(|count| count.state == state).map(|count| count.count).sum()
}

impl AlertGlance {
    /// Whether an alert of this kind is not over.
    pub fn has(&self, kind: AlertKind) -> bool {
        self.counts.iter().any(|count| count.kind == kind && count.count > 0)
    }
}

/// One rule as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDraft {
    pub kind: AlertKind,
    pub enabled: bool,
    pub open_after: String,
    pub resolve_after: String,
    pub mail: bool,
    pub threshold: String,
}

/// The rules as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRulesDraft {
    pub reopen_within: String,
    pub rules: Vec<RuleDraft>,
}

impl AlertRulesDraft {
    pub fn of(rules: &AlertRules) -> Self {
        let rule = |rule: &AlertRule| RuleDraft {
            kind: rule.kind,
            enabled: rule.enabled,
            open_after: rule.open_after_minutes.to_string(),
            resolve_after: rule.resolve_after_minutes.to_string(),
            mail: rule.mail,
            threshold: rule.threshold.map(|value| value.to_string()).unwrap_or_default(),
        };
        Self {
            reopen_within: rules.reopen_within_hours.to_string(),
            rules: rules.rules.iter().map(rule).collect(),
        }
    }

    pub fn parse(pairs: &Pairs) -> Self {
        let given: HashMap<&str, &str> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let one = |name: &str| given.get(name).copied().unwrap_or_default().trim().to_owned();
        let rule = |kind: &AlertKind| RuleDraft {
            kind: *kind,
            enabled: given.contains_key(field("enabled", *kind).as_str()),
            open_after: one(&field("openAfterMinutes", *kind)),
            resolve_after: one(&field("resolveAfterMinutes", *kind)),
            mail: given.contains_key(field("mail", *kind).as_str()),
            threshold: one(&field("threshold", *kind)),
        };
        Self { reopen_within: one("reopenWithinHours"), rules: AlertKind::ALL.iter().map(rule).collect() }
    }

    /// The rules, or what is no number among them.
    pub fn entry(&self) -> Result<AlertRulesEntry, Errors> {
        let mut errors = Errors::default();
        let mut number = |name: String, text: &str| match text.parse::<u32>() {
            Ok(value) => Some(value),
            Err(_) => {
                errors.0.insert(name, "Write a whole number.".to_owned());
                None
            }
        };
        let reopen_within_hours = number("reopenWithinHours".to_owned(), &self.reopen_within);
        let mut rules = Vec::new();
        for rule in &self.rules {
            let kind = rule.kind;
            rules.push(AlertRuleEntry {
                kind,
                enabled: Some(rule.enabled),
                open_after_minutes: number(field("openAfterMinutes", kind), &rule.open_after),
                resolve_after_minutes: number(field("resolveAfterMinutes", kind), &rule.resolve_after),
                mail: Some(rule.mail && !kind.has_own_mail()),
                threshold: kind.measure().and_then(|_| number(field("threshold", kind), &rule.threshold)),
            });
        }
        if errors.is_empty() { Ok(AlertRulesEntry { reopen_within_hours, rules }) } else { Err(errors) }
    }

    /// What was refused, at the fields of the form.
    pub fn refused(&self, problems: Vec<FieldProblem>) -> Errors {
        let name = |path: &str| {
            let (index, member) = path.strip_prefix("rules[")?.split_once("].")?;
            Some(field(member, self.rules.get(index.parse::<usize>().ok()?)?.kind))
        };
        let at = |problem: FieldProblem| {
            (name(&problem.path).unwrap_or(problem.path), capitalised(&problem.message) + ".")
        };
        Errors(problems.into_iter().map(at).collect())
    }
}

/// The name of a rule's field in the form.
pub fn field(member: &str, kind: AlertKind) -> String {
    format!("{member}-{kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let filter = AlertsQuery::parse(&query::parse(
            "q=ldap+1&state=resolved&kind=fewAgents&severity=warning&after=1.a",
        ));
        assert_eq!((filter.shown, filter.kind), (AlertsShown::Resolved, Some(AlertKind::FewAgents)));
        assert_eq!(AlertsQuery::parse(&query::parse(filter.href().trim_start_matches("/alerts?"))), filter);
        assert!(filter.is_narrow());
        let over = AlertsQuery::parse(&query::parse("state=all"));
        assert!(!over.is_narrow() && over.shown.states().is_empty());
    }

    #[test]
    fn rules_come_back_from_the_form_and_what_is_wrong_stands_at_its_field() {
        let rules = AlertRules::default();
        let mut draft = AlertRulesDraft::of(&rules);
        assert_eq!(draft.entry().expect("is understood").settle(), Ok(rules));
        let at = |kind| AlertKind::ALL.iter().position(|known| *known == kind).expect("is there");
        draft.rules[at(AlertKind::FewAgents)].threshold = "1".to_owned();
        let problems = draft.entry().expect("are numbers").settle().expect_err("is refused");
        assert!(draft.refused(problems).of("threshold-fewAgents").is_some());
        draft.rules[at(AlertKind::FewAgents)].open_after = "soon".to_owned();
        assert!(draft.entry().expect_err("is refused").of("openAfterMinutes-fewAgents").is_some());
    }

    #[test]
    fn a_box_that_is_not_ticked_is_off() {
        let draft = AlertRulesDraft::parse(&query::parse("enabled-fewAgents=1&threshold-fewAgents=4"));
        let rule = draft.rules.iter().find(|rule| rule.kind == AlertKind::FewAgents).expect("is there");
        assert!(rule.enabled && !rule.mail && rule.threshold == "4");
    }
}
