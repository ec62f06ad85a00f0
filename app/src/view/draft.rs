use std::collections::BTreeMap;

use domain::{Configuration, configuration::AccidentalDeletes, mapping::Mapping};

use super::query::{self, Pairs};

/// What is wrong, by the name of the field. An empty name: with the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(pub BTreeMap<String, String>);

impl Errors {
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        Self(BTreeMap::from([(field.to_owned(), message.into())]))
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
    pub emails: String,
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
        "emails",
    ];

    /// What an empty form starts with.
    pub fn fresh() -> Self {
        let guard = AccidentalDeletes::default();
        Self {
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
