//! When alerts open and end: what administrators set.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::AlertKind;
use crate::document::FieldProblem;

/// The longest delay, minutes: a week.
const LONGEST: u32 = 10_080;
/// Minutes without the condition before an alert ends, unless somebody sets others.
const RESOLVE_AFTER: u32 = 5;
const REOPEN_WITHIN: u32 = 24;
/// A month.
const LONGEST_REOPEN: u32 = 744;

/// The rule of one kind of alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertRule {
    pub kind: AlertKind,
    pub enabled: bool,
    /// The condition must hold so long before the alert opens.
    pub open_after_minutes: u32,
    /// And must be gone so long before it ends.
    pub resolve_after_minutes: u32,
    /// Whether people are told by mail when it opens and ends.
    pub mail: bool,
    /// In the unit of [`AlertKind::measure`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
}

impl AlertRule {
    pub fn of(kind: AlertKind) -> Self {
        Self {
            kind,
            enabled: true,
            open_after_minutes: kind.opens_after(),
            resolve_after_minutes: RESOLVE_AFTER,
            mail: !kind.has_own_mail(),
            threshold: kind.measure().map(|measure| measure.default),
        }
    }

    pub fn open_after(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.open_after_minutes))
    }

    pub fn resolve_after(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.resolve_after_minutes))
    }
}

/// All rules, one for each kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertRules {
    /// An alert that comes back within so many hours of its end is opened again, with its history; later it is a new one.
    pub reopen_within_hours: u32,
    /// In the order of [`AlertKind::ALL`].
    pub rules: Vec<AlertRule>,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self {
            reopen_within_hours: REOPEN_WITHIN,
            rules: AlertKind::ALL.iter().copied().map(AlertRule::of).collect(),
        }
    }
}

impl AlertRules {
    pub fn of(&self, kind: AlertKind) -> AlertRule {
        self.rules.iter().find(|rule| rule.kind == kind).copied().unwrap_or_else(|| AlertRule::of(kind))
    }

    pub fn reopen_within(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.reopen_within_hours))
    }
}

/// One rule as it is given; what is left out keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertRuleEntry {
    pub kind: AlertKind,
    pub enabled: Option<bool>,
    pub open_after_minutes: Option<u32>,
    pub resolve_after_minutes: Option<u32>,
    pub mail: Option<bool>,
    pub threshold: Option<u32>,
}

/// Rules as they are given; kinds that are left out keep their defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AlertRulesEntry {
    pub reopen_within_hours: Option<u32>,
    pub rules: Vec<AlertRuleEntry>,
}

impl AlertRulesEntry {
    /// The rules, or everything that is wrong with them.
    pub fn settle(&self) -> Result<AlertRules, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut add = |path: String, message: String| problems.push(FieldProblem { path, message });
        let reopen_within_hours = self.reopen_within_hours.unwrap_or(REOPEN_WITHIN);
        if reopen_within_hours > LONGEST_REOPEN {
            add("reopenWithinHours".to_owned(), format!("must lie between 0 and {LONGEST_REOPEN}"));
        }
        let mut settled: BTreeMap<AlertKind, AlertRule> = BTreeMap::new();
        for (index, entry) in self.rules.iter().enumerate() {
            let (kind, at) = (entry.kind, |field: &str| format!("rules[{index}].{field}"));
            let defaults = AlertRule::of(kind);
            let rule = AlertRule {
                kind,
                enabled: entry.enabled.unwrap_or(defaults.enabled),
                open_after_minutes: entry.open_after_minutes.unwrap_or(defaults.open_after_minutes),
                resolve_after_minutes: entry.resolve_after_minutes.unwrap_or(defaults.resolve_after_minutes),
                mail: entry.mail.unwrap_or(defaults.mail),
                threshold: entry.threshold.or(defaults.threshold),
            };
            for (field, minutes) in [
                ("openAfterMinutes", rule.open_after_minutes),
                ("resolveAfterMinutes", rule.resolve_after_minutes),
            ] {
                if minutes > LONGEST {
                    add(at(field), format!("must lie between 0 and {LONGEST} minutes"));
                }
            }
            if rule.mail && kind.has_own_mail() {
                add(at("mail"), format!("must be false: messages about `{kind}` are sent anyway"));
            }
            match (kind.measure(), rule.threshold) {
                (None, Some(_)) => add(at("threshold"), format!("`{kind}` compares with no figure")),
                (Some(measure), Some(value)) if !(measure.least..=measure.most).contains(&value) => {
                    let range = format!("{} and {} {}", measure.least, measure.most, measure.unit);
                    add(at("threshold"), format!("must lie between {range}"));
                }
                _ => {}
            }
            if settled.insert(kind, rule).is_some() {
                add(at("kind"), format!("there is a rule for `{kind}` already"));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let rule = |kind: &AlertKind| settled.get(kind).copied().unwrap_or_else(|| AlertRule::of(*kind));
        Ok(AlertRules { reopen_within_hours, rules: AlertKind::ALL.iter().map(rule).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: AlertKind) -> AlertRuleEntry {
        AlertRuleEntry {
            kind,
            enabled: None,
            open_after_minutes: None,
            resolve_after_minutes: None,
            mail: None,
            threshold: None,
        }
    }

    #[test]
    fn what_is_left_out_keeps_its_default() {
        let given = AlertRulesEntry {
            reopen_within_hours: None,
            rules: vec![AlertRuleEntry { threshold: Some(50), ..entry(AlertKind::FailureRate) }],
        };
        let settled = given.settle().expect("are settled");
        assert_eq!(settled.of(AlertKind::FailureRate).threshold, Some(50));
        assert_eq!(settled.of(AlertKind::FailureRate).open_after_minutes, 5);
        assert_eq!(settled.of(AlertKind::FewAgents), AlertRule::of(AlertKind::FewAgents));
        let same: AlertRulesEntry =
            serde_json::from_value(serde_json::to_value(&settled).expect("json")).expect("reads back");
        assert_eq!(same.settle(), Ok(settled));
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let given = AlertRulesEntry {
            reopen_within_hours: Some(745),
            rules: vec![
                AlertRuleEntry {
                    open_after_minutes: Some(10_081),
                    threshold: Some(100),
                    ..entry(AlertKind::FailureRate)
                },
                AlertRuleEntry { mail: Some(true), threshold: Some(1), ..entry(AlertKind::Quarantine) },
                entry(AlertKind::FailureRate),
            ],
        };
        let problems = given.settle().expect_err("is refused");
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "reopenWithinHours",
                "rules[0].openAfterMinutes",
                "rules[0].threshold",
                "rules[1].mail",
                "rules[1].threshold",
                "rules[2].kind",
            ]
        );
    }
}
