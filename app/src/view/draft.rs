use std::collections::BTreeMap;

use domain::{
    Configuration,
    configuration::{AccidentalDeletes, Matching},
    document::FieldProblem,
    mapping::Mapping,
};

use super::query::{self, Pairs};
use crate::format::capitalised;

/// What is wrong, by the name of the field. An empty name: with the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(pub BTreeMap<String, String>);

impl Errors {
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        Self(BTreeMap::from([(field.to_owned(), message.into())]))
    }

    /// What a service refused, where the form's fields have the names of its paths.
    pub fn of_problems(problems: Vec<FieldProblem>) -> Self {
        Self(
            problems.into_iter().map(|problem| (problem.path, capitalised(&problem.message) + ".")).collect(),
        )
    }

    pub fn of(&self, field: &str) -> Option<String> {
        self.0.get(field).cloned()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What belongs to none of the fields that a form shows.
    pub fn others<'a>(&'a self, shown: &'a [&str]) -> impl Iterator<Item = &'a String> + 'a {
        self.0.iter().filter(|(field, _)| !shown.contains(&field.as_str())).map(|(_, message)| message)
    }
}

/// A configuration as it was typed: everything is text until it is understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigurationDraft {
    pub name: String,
    pub domain: String,
    pub target: String,
    pub enabled: bool,
    pub organizational_units: String,
    pub objects: Vec<String>,
    pub out_of_scope: String,
    pub schedule: String,
    pub guard: bool,
    pub threshold: String,
    pub percent: String,
    pub memberships: String,
    pub hard_match: bool,
    pub soft_match: bool,
    pub soft_match_by_name: bool,
    pub soft_match_by_mail: bool,
    pub full_schedule: String,
    pub quarantine: QuarantineDraft,
    pub emails: String,
}

/// Thresholds of the quarantine as they were typed. Empty: as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineDraft {
    pub minimum: String,
    pub percent: String,
    pub base: String,
    pub total: String,
    pub disable_after_days: String,
}

impl ConfigurationDraft {
    pub const FIELDS: &'static [&'static str] = &[
        "name",
        "domain",
        "target",
        "organizationalUnits",
        "objects",
        "outOfScope",
        "schedule",
        "threshold",
        "percent",
        "memberships",
        "fullSchedule",
        "quarantine-minimum",
        "quarantine-percent",
        "quarantine-base",
        "quarantine-total",
        "quarantine-disableAfterDays",
        "emails",
    ];

    /// What an empty form starts with.
    pub fn fresh() -> Self {
        let guard = AccidentalDeletes::default();
        let matching = Matching::default();
        Self {
            hard_match: matching.hard_match,
            soft_match: matching.soft_match,
            soft_match_by_name: matching.soft_match_user_principal_name,
            soft_match_by_mail: matching.soft_match_mail,
            objects: domain::ObjectKind::ALL.iter().map(ToString::to_string).collect(),
            out_of_scope: "disable".to_owned(),
            schedule: domain::interval::Interval::DEFAULT.to_string(),
            guard: guard.enabled,
            threshold: guard.threshold.to_string(),
            ..Self::default()
        }
    }

    pub fn from_form(form: &Pairs) -> Self {
        let text = |name| query::first(form, name).unwrap_or_default().trim().to_owned();
        Self {
            name: text("name"),
            domain: text("domain"),
            target: text("target"),
            enabled: query::first(form, "enabled").is_some(),
            organizational_units: text("organizationalUnits"),
            objects: query::all(form, "objects"),
            out_of_scope: text("outOfScope"),
            schedule: text("schedule"),
            guard: query::first(form, "guard").is_some(),
            threshold: text("threshold"),
            percent: text("percent"),
            memberships: text("memberships"),
            hard_match: query::first(form, "hardMatch").is_some(),
            soft_match: query::first(form, "softMatch").is_some(),
            soft_match_by_name: query::first(form, "softMatchUserPrincipalName").is_some(),
            soft_match_by_mail: query::first(form, "softMatchMail").is_some(),
            full_schedule: text("fullSchedule"),
            quarantine: QuarantineDraft {
                minimum: text("quarantine-minimum"),
                percent: text("quarantine-percent"),
                base: text("quarantine-base"),
                total: text("quarantine-total"),
                disable_after_days: text("quarantine-disableAfterDays"),
            },
            emails: text("emails"),
        }
    }

    pub fn of(configuration: &Configuration, domain: &str, target: &str) -> Self {
        let plan = &configuration.plan;
        Self {
            name: configuration.name.clone(),
            domain: domain.to_owned(),
            target: target.to_owned(),
            enabled: plan.enabled,
            organizational_units: plan.scope.organizational_units.join("\n"),
            objects: plan.objects.iter().map(ToString::to_string).collect(),
            out_of_scope: plan.out_of_scope.to_string(),
            schedule: plan.schedule.to_string(),
            guard: plan.accidental_deletes.enabled,
            threshold: plan.accidental_deletes.threshold.to_string(),
            percent: plan.accidental_deletes.percent.map(|p| p.to_string()).unwrap_or_default(),
            memberships: plan.accidental_deletes.memberships.map(|m| m.to_string()).unwrap_or_default(),
            hard_match: plan.matching.hard_match,
            soft_match: plan.matching.soft_match,
            soft_match_by_name: plan.matching.soft_match_user_principal_name,
            soft_match_by_mail: plan.matching.soft_match_mail,
            full_schedule: plan.full_schedule.to_string(),
            quarantine: QuarantineDraft {
                minimum: plan.quarantine.minimum.to_string(),
                percent: plan.quarantine.percent.to_string(),
                base: plan.quarantine.base.to_string(),
                total: plan.quarantine.total.to_string(),
                disable_after_days: plan.quarantine.disable_after_days.to_string(),
            },
            emails: plan.notification.emails.join("\n"),
        }
    }

    /// Lines of a text that are not empty.
    pub fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

/// One mapping as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappingDraft {
    /// The target attribute of the mapping that is replaced; empty for a new one.
    pub original: String,
    pub target: String,
    pub kind: String,
    pub origin: String,
    pub default: String,
    pub apply: String,
    pub precedence: String,
}

impl MappingDraft {
    pub fn of(mapping: &Mapping) -> Self {
        Self {
            original: mapping.target.clone(),
            target: mapping.target.clone(),
            kind: mapping.kind.to_string(),
            origin: mapping.origin().to_owned(),
            default: mapping.default.clone().unwrap_or_default(),
            apply: mapping.apply.to_string(),
            precedence: mapping.matching_precedence.to_string(),
        }
    }

    pub fn fresh() -> Self {
        Self {
            kind: "direct".to_owned(),
            apply: "always".to_owned(),
            precedence: "0".to_owned(),
            ..Self::default()
        }
    }

    pub fn from_form(form: &Pairs) -> Self {
        let text = |name| query::first(form, name).unwrap_or_default().trim().to_owned();
        Self {
            original: text("original"),
            target: text("target"),
            kind: text("kind"),
            origin: text("origin"),
            default: text("default"),
            apply: text("apply"),
            precedence: text("precedence"),
        }
    }
}
