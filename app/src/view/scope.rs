use std::collections::BTreeMap;

use domain::{
    filter::{Clause, Operator},
    scope::{Nesting, Scope},
};

use super::{ConfigurationDraft, Errors, TreeView, query};

/// One condition as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClauseDraft {
    pub attribute: String,
    pub operator: String,
    pub value: String,
}

impl ClauseDraft {
    /// A row that nobody has written into. The operator does not count: the list always has a choice.
    fn is_blank(&self) -> bool {
        self.attribute.is_empty() && self.value.is_empty()
    }
}

/// A scope as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeDraft {
    pub everything: bool,
    pub organizational_units: String,
    pub groups: String,
    pub nested_groups: String,
    /// One must pass; in each, all conditions.
    pub filters: Vec<Vec<ClauseDraft>>,
}

/// The scope page: what is stored, or what was typed and refused.
#[derive(Debug, Clone, Default)]
pub struct ScopeView {
    pub draft: ScopeDraft,
    pub errors: Errors,
    pub tree: TreeView,
}

impl ScopeDraft {
    pub const FIELDS: &'static [&'static str] = &["organizationalUnits", "groups", "nestedGroups"];

    pub fn of(scope: &Scope) -> Self {
        let clause = |clause: &Clause| ClauseDraft {
            attribute: clause.attribute.clone(),
            operator: clause.operator.to_string(),
            value: clause.value.clone(),
        };
        Self {
            everything: scope.is_everything(),
            organizational_units: scope.organizational_units.join("\n"),
            groups: scope.groups.join("\n"),
            nested_groups: scope.nested_groups.to_string(),
            filters: scope.filters.iter().map(|filter| filter.iter().map(clause).collect()).collect(),
        }
    }

    /// Fields of conditions are named `clause.<filter>.<condition>.<part>`. Rows that are blank are left out.
    pub fn from_form(form: &query::Pairs) -> Self {
        let text = |name| query::first(form, name).unwrap_or_default().to_owned();
        let mut rows: BTreeMap<(u16, u16), ClauseDraft> = BTreeMap::new();
        for (name, value) in form {
            let mut parts = name.split('.');
            if parts.next() != Some("clause") {
                continue;
            }
            let mut number = || parts.next().and_then(|part| part.parse().ok());
            let (Some(filter), Some(clause)) = (number(), number()) else { continue };
            let row = rows.entry((filter, clause)).or_default();
            let value = value.trim().to_owned();
            match parts.next() {
                Some("attribute") => row.attribute = value,
                Some("operator") => row.operator = value,
                Some("value") => row.value = value,
                _ => {}
            }
        }
        let mut filters: BTreeMap<u16, Vec<ClauseDraft>> = BTreeMap::new();
        for ((filter, _), row) in rows.into_iter().filter(|(_, row)| !row.is_blank()) {
            filters.entry(filter).or_default().push(row);
        }
        Self {
            everything: query::first(form, "scope") == Some("all"),
            organizational_units: text("organizationalUnits"),
            groups: text("groups"),
            nested_groups: text("nestedGroups"),
            filters: filters.into_values().collect(),
        }
    }

    /// What a button of the filter editor asks for: `filter` another filter, `clause.N` another condition in one,
    /// `remove.N.M` without one of them. Indices count what is not blank.
    pub fn edit(&mut self, what: &str) {
        let numbers: Vec<usize> = what.split('.').skip(1).filter_map(|part| part.parse().ok()).collect();
        match (what.split('.').next(), numbers[..].first(), numbers.get(1)) {
            (Some("filter"), ..) => self.filters.push(vec![ClauseDraft::default()]),
            (Some("clause"), Some(filter), _) => match self.filters.get_mut(*filter) {
                Some(filter) => filter.push(ClauseDraft::default()),
                None => self.filters.push(vec![ClauseDraft::default()]),
            },
            (Some("remove"), Some(filter), Some(clause)) => {
                if let Some(clauses) = self.filters.get_mut(*filter)
                    && *clause < clauses.len()
                {
                    clauses.remove(*clause);
                }
                self.filters.retain(|clauses| !clauses.is_empty());
            }
            _ => {}
        }
    }

    /// Takes a container or group in, by its name. What was the whole domain is this from now on.
    pub fn take(&mut self, dn: &str, is_group: bool) {
        let lines = if is_group { &mut self.groups } else { &mut self.organizational_units };
        if !lines.is_empty() && !lines.ends_with('\n') {
            lines.push('\n');
        }
        lines.push_str(dn);
        self.everything = false;
    }

    /// Takes a line out again, whichever list it is in.
    pub fn drop_line(&mut self, line: &str) {
        let key = domain::dn::key(line);
        for lines in [&mut self.organizational_units, &mut self.groups] {
            let kept: Vec<&str> =
                lines.lines().filter(|known| domain::dn::key(known.trim()) != key).collect();
            *lines = kept.join("\n");
        }
    }

    /// Every name that is chosen.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let lines = self.organizational_units.lines().chain(self.groups.lines());
        lines.map(str::trim).filter(|line| !line.is_empty())
    }

    /// The scope, or what cannot be understood.
    pub fn understand(&self) -> Result<Scope, Errors> {
        let units = ConfigurationDraft::lines(&self.organizational_units);
        let groups = ConfigurationDraft::lines(&self.groups);
        let mut errors = Errors::default();
        if !self.everything && units.is_empty() && groups.is_empty() {
            let text = "Name at least one organisational unit or group, or take the whole domain.";
            errors.0.insert("organizationalUnits".to_owned(), text.to_owned());
        }
        let mut filters = Vec::new();
        for (index, drafts) in self.filters.iter().enumerate() {
            let mut clauses = Vec::new();
            for (number, draft) in drafts.iter().enumerate() {
                match draft.operator.parse::<Operator>() {
                    Ok(operator) => clauses.push(Clause {
                        attribute: draft.attribute.clone(),
                        operator,
                        value: draft.value.clone(),
                    }),
                    Err(_) => {
                        let text = "Choose how the attribute is compared.".to_owned();
                        errors.0.insert(format!("filters.{index}.{number}"), text);
                    }
                }
            }
            filters.push(clauses);
        }
        let nested_groups = self.nested_groups.parse::<Nesting>();
        if nested_groups.is_err() {
            errors.0.insert("nestedGroups".to_owned(), "Choose how far groups are followed.".to_owned());
        }
        match nested_groups {
            Ok(nested_groups) if errors.is_empty() => Ok(if self.everything {
                Scope { filters, nested_groups, ..Scope::default() }
            } else {
                Scope { organizational_units: units, groups, nested_groups, filters }
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(rows: &[(&str, &str)]) -> ScopeDraft {
        let fixed = [("scope", "ous"), ("organizationalUnits", "OU=A,DC=x"), ("nestedGroups", "oneLevel")];
        let pairs = fixed.iter().chain(rows).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        ScopeDraft::from_form(&pairs.collect())
    }

    #[test]
    fn a_scope_survives_its_form() {
        let draft = typed(&[
            ("clause.0.0.attribute", "employeeType"),
            ("clause.0.0.operator", "EQUALS"),
            ("clause.0.0.value", "staff"),
            ("clause.0.1.attribute", "mail"),
            ("clause.0.1.operator", "IS NOT NULL"),
            ("clause.0.1.value", ""),
            ("clause.2.0.attribute", "title"),
            ("clause.2.0.operator", "REGEX MATCH"),
            ("clause.2.0.value", "^Dr"),
        ]);
        let scope = draft.understand().expect("a scope");
        assert_eq!(scope.nested_groups, Nesting::OneLevel);
        assert_eq!(scope.filters.len(), 2);
        assert_eq!(scope.filters[0][1].operator, Operator::IsNotNull);
        assert_eq!(ScopeDraft::of(&scope), draft);
    }

    #[test]
    fn blank_rows_are_nothing_and_half_written_ones_are_refused_later() {
        let draft = typed(&[
            ("clause.0.0.attribute", " "),
            ("clause.0.0.operator", "EQUALS"),
            ("clause.0.0.value", ""),
            ("clause.1.0.attribute", ""),
            ("clause.1.0.operator", "EQUALS"),
            ("clause.1.0.value", "staff"),
            ("clause.x.0.value", "nonsense"),
        ]);
        assert_eq!(draft.filters.len(), 1);
        assert_eq!(draft.filters[0][0].value, "staff");
    }

    #[test]
    fn buttons_add_and_take_away_rows() {
        let mut draft = typed(&[]);
        draft.edit("filter");
        draft.edit("clause.0");
        assert_eq!(draft.filters, [vec![ClauseDraft::default(), ClauseDraft::default()]]);
        draft.edit("remove.0.1");
        draft.edit("remove.0.7");
        draft.edit("remove");
        assert_eq!(draft.filters.len(), 1);
        draft.edit("remove.0.0");
        assert!(draft.filters.is_empty());
    }

    #[test]
    fn what_is_chosen_in_the_tree_joins_the_lines_and_goes_from_them() {
        let mut draft = ScopeDraft { everything: true, ..ScopeDraft::default() };
        draft.take("OU=A,DC=x", false);
        draft.take("OU=B,DC=x", false);
        draft.take("CN=G,DC=x", true);
        assert!(!draft.everything);
        assert_eq!(draft.lines().collect::<Vec<_>>(), ["OU=A,DC=x", "OU=B,DC=x", "CN=G,DC=x"]);
        draft.drop_line("ou=a, dc=x");
        draft.drop_line("CN=G,DC=x");
        assert_eq!((draft.organizational_units.as_str(), draft.groups.as_str()), ("OU=B,DC=x", ""));
    }

    #[test]
    fn a_scope_without_anything_in_it_is_refused() {
        let draft = ScopeDraft { nested_groups: "off".to_owned(), ..ScopeDraft::default() };
        let errors = draft.understand().expect_err("nothing would be in scope");
        assert!(errors.of("organizationalUnits").is_some());
    }
}
