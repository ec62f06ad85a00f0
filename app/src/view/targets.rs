use std::collections::BTreeMap;

use domain::document::{SecretSource, TargetEntry};
use domain::scim::{PatchUse, ScimOptions};
use domain::{Secret, TargetKind, TargetSettings, TargetSystem};

use super::{
    Errors,
    query::{self, Pairs},
};

/// A target in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRow {
    pub target: TargetSystem,
    /// Configurations that write to it.
    pub configurations: Vec<String>,
}

pub fn target_href(id: domain::TargetId) -> String {
    format!("/settings/targets/{id}")
}

/// The form of a target, and what stands around it.
#[derive(Debug, Clone, Default)]
pub struct TargetPage {
    /// Absent: a new one.
    pub stored: Option<TargetRow>,
    pub draft: TargetDraft,
    pub errors: Errors,
}

/// A target as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetDraft {
    pub name: String,
    pub built_in: bool,
    pub url: String,
    pub token: String,
    pub ca_pem: String,
    pub patch: String,
    pub members_per_request: String,
    pub active_as: String,
    pub page_size: String,
    pub requests_per_second: String,
    pub remove_members_by: String,
}

impl TargetDraft {
    /// The names of the form's fields.
    pub const FIELDS: &[&str] = &[
        "name",
        "kind",
        "url",
        "token",
        "caPem",
        "patch",
        "membersPerRequest",
        "activeAs",
        "pageSize",
        "requestsPerSecond",
        "removeMembersBy",
    ];

    pub fn fresh() -> Self {
        Self::with_options(&ScimOptions::default())
    }

    fn with_options(options: &ScimOptions) -> Self {
        let number = |value: Option<u32>| value.map(|number| number.to_string()).unwrap_or_default();
        Self {
            patch: options.patch.to_string(),
            members_per_request: options.members_per_request.to_string(),
            active_as: options.active_as.map(|form| form.to_string()).unwrap_or_default(),
            page_size: number(options.page_size),
            requests_per_second: number(options.requests_per_second),
            remove_members_by: options.remove_members_by.map(|way| way.to_string()).unwrap_or_default(),
            ..Self::default()
        }
    }

    pub fn of(target: &TargetSystem) -> Self {
        let name = target.name.clone();
        match &target.settings {
            TargetSettings::BuiltIn => Self { name, built_in: true, ..Self::fresh() },
            TargetSettings::Scim { url, ca_pem, options, .. } => Self {
                name,
                url: url.clone(),
                ca_pem: ca_pem.clone().unwrap_or_default(),
                ..Self::with_options(options)
            },
        }
    }

    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name).unwrap_or_default().trim().to_owned();
        Self {
            name: one("name"),
            built_in: query::first(pairs, "kind") == Some(TargetKind::BuiltIn.as_str()),
            url: one("url"),
            token: one("token"),
            ca_pem: one("caPem"),
            patch: one("patch"),
            members_per_request: one("membersPerRequest"),
            active_as: one("activeAs"),
            page_size: one("pageSize"),
            requests_per_second: one("requestsPerSecond"),
            remove_members_by: one("removeMembersBy"),
        }
    }

    /// The target, or every figure that is none.
    pub fn entry(&self) -> Result<TargetEntry, Errors> {
        let name = self.name.clone();
        let empty = TargetEntry {
            name,
            kind: TargetKind::BuiltIn,
            url: None,
            token: None,
            ca_file: None,
            ca_pem: None,
            scim: None,
        };
        if self.built_in {
            return Ok(empty);
        }
        let mut wrong = BTreeMap::new();
        let mut number = |field: &str, text: &str| {
            let number = if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
            number.unwrap_or_else(|_| {
                wrong.insert(field.to_owned(), "Write a whole number, such as 100, or nothing.".to_owned());
                None
            })
        };
        let usual = ScimOptions::default();
        let options = ScimOptions {
            patch: self.patch.parse().unwrap_or(PatchUse::Auto),
            members_per_request: number("membersPerRequest", &self.members_per_request)
                .unwrap_or(usual.members_per_request),
            active_as: self.active_as.parse().ok(),
            page_size: number("pageSize", &self.page_size),
            requests_per_second: number("requestsPerSecond", &self.requests_per_second),
            remove_members_by: self.remove_members_by.parse().ok(),
        };
        if !wrong.is_empty() {
            return Err(Errors(wrong));
        }
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(TargetEntry {
            kind: TargetKind::Scim,
            url: Some(self.url.clone()),
            token: some(&self.token).map(|text| SecretSource::Value(Secret::new(text))),
            ca_pem: some(&self.ca_pem),
            scim: (!options.is_default()).then_some(options),
            ..empty
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_that_is_none_is_named_and_nothing_typed_means_the_usual() {
        let typed = "name=app&kind=scim&url=https://app.example&membersPerRequest=many&pageSize=x";
        let errors = TargetDraft::parse(&query::parse(typed)).entry().expect_err("two are wrong");
        assert_eq!(errors.0.keys().collect::<Vec<_>>(), ["membersPerRequest", "pageSize"]);
        let typed = "name=app&kind=scim&url=https://app.example&token=t&patch=auto&membersPerRequest=100";
        let entry = TargetDraft::parse(&query::parse(typed)).entry().expect("is understood");
        assert_eq!((entry.scim, entry.kind), (None, TargetKind::Scim));
        assert!(matches!(&entry.token, Some(SecretSource::Value(text)) if text.expose() == "t"));
    }
}
