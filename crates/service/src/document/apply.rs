//! `apply`: the whole document or nothing.

use std::collections::HashMap;

use domain::access::{Principal, Role};
use domain::document::{Document, FieldProblem};

use super::line::ChangeLine;
use super::parse::Reading;
use crate::check::{self, Known};
use crate::draft::Draft;
use crate::world::World;
use crate::{Result, Service, ServiceError};

impl Service {
    /// Creates or updates everything that the document names and says what that changed; a dry run changes nothing.
    /// What the document does not name stays.
    pub async fn apply(
        &self,
        principal: &Principal,
        document: &Document,
        dry_run: bool,
    ) -> Result<Vec<ChangeLine>> {
        self.apply_reading(principal, Reading::of(document.clone()), dry_run).await
    }

    /// Like [`Service::apply`], for a document of which some may not have been readable: then everything that is
    /// wrong with it is listed, the unreadable and the unusable together, and nothing is changed.
    pub async fn apply_reading(
        &self,
        principal: &Principal,
        reading: Reading,
        dry_run: bool,
    ) -> Result<Vec<ChangeLine>> {
        Self::require(principal, Role::Administrator)?;
        let changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let problems = check_reading(&reading, &world);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let document = reading.document;
        let mut draft = Draft::new(self, principal, world);
        for entry in &document.domains {
            let existing = draft.world().domain_named(&entry.name).cloned();
            draft.put_domain(existing.as_ref(), entry)?;
        }
        for entry in &document.targets {
            let existing = draft.world().target_named(&entry.name).cloned();
            draft.put_target(existing.as_ref(), entry)?;
        }
        for entry in &document.configurations {
            let existing = draft.world().configuration_named(&entry.name).cloned();
            draft.put_configuration(existing.as_ref(), entry)?;
        }
        let stored = self.stored_secrets().await?;
        draft.put_settings(&self.settings_entry().await?, &document.settings, &stored)?;
        if dry_run {
            return Ok(draft.into_lines());
        }
        let lines = draft.commit().await?;
        drop(changing);
        Ok(lines)
    }
}

fn check_reading(reading: &Reading, world: &World) -> Vec<FieldProblem> {
    let document = &reading.document;
    let known = Known::of(world, document, &reading.unread);
    let mut found = Vec::new();
    let mut names = |list: &str, places: &[usize], names: Vec<&str>| {
        duplicates(list, places.iter().copied().zip(names), &mut found);
    };
    names("domains", &reading.domain_places, document.domains.iter().map(|entry| &*entry.name).collect());
    names("targets", &reading.target_places, document.targets.iter().map(|entry| &*entry.name).collect());
    let configured = document.configurations.iter().map(|entry| &*entry.name).collect();
    names("configurations", &reading.configuration_places, configured);
    for (place, entry) in reading.domain_places.iter().zip(&document.domains) {
        let existing = world.domain_named(&entry.name);
        check::domain(&format!("domains[{place}]"), entry, existing, &mut found);
    }
    for (place, entry) in reading.target_places.iter().zip(&document.targets) {
        let existing = world.target_named(&entry.name);
        check::target(&format!("targets[{place}]"), entry, existing, world, &mut found);
    }
    for (place, entry) in reading.configuration_places.iter().zip(&document.configurations) {
        let existing = world.configuration_named(&entry.name);
        let path = format!("configurations[{place}]");
        check::configuration(&path, entry, existing, &known, &mut found);
    }
    check::settings("settings", &document.settings, &mut found);
    // What is missing or odd because a part could not be read has been reported with that part.
    let unreadable = &reading.problems;
    found.retain(|problem| !unreadable.iter().any(|earlier| touches(&earlier.path, &problem.path)));
    unreadable.iter().cloned().chain(found).collect()
}

/// Whether two paths name the same place or one lies within the other.
fn touches(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(one, other) || within(other, one)
}

fn duplicates<'a>(
    list: &str,
    names: impl Iterator<Item = (usize, &'a str)>,
    problems: &mut Vec<FieldProblem>,
) {
    let mut first: HashMap<String, usize> = HashMap::new();
    for (index, name) in names {
        let key = name.trim().to_lowercase();
        if let Some(earlier) = first.get(&key) {
            problems.push(FieldProblem {
                path: format!("{list}[{index}].name"),
                message: format!("{list}[{earlier}] has the same name; names must be different"),
            });
        } else {
            first.insert(key, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    #[test]
    fn what_cannot_be_read_does_not_hide_what_cannot_be_used() {
        let reading = parse::document(serde_json::json!({
            "domains": [{"name": 5}, {"name": "corp", "kind": "bogus", "colour": "red"}],
            "configurations": [{
                "name": "c", "domain": "corp", "target": "nowhere", "shade": 1,
                "scope": {"organizationalUnits": ["not a name"]},
                "mappings": {"user": [{"target": "displayName", "type": "expression", "expression": "Foo([a]"}]},
            }],
        }))
        .expect("a document");
        let paths: Vec<String> =
            check_reading(&reading, &World::default()).into_iter().map(|problem| problem.path).collect();
        for path in [
            "domains[0].name",
            "domains[1].kind",
            "domains[1].colour",
            "configurations[0].shade",
            "configurations[0].target",
            "configurations[0].scope.organizationalUnits[0]",
            "configurations[0].mappings.user[0].expression",
        ] {
            assert!(paths.iter().any(|found| found == path), "{path} is not in {paths:#?}");
        }
        assert!(
            !paths.iter().any(|path| path == "configurations[0].domain"),
            "corp is in the document: {paths:#?}"
        );
    }
}
