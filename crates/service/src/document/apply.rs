//! `apply`: the whole document or nothing.

use std::collections::HashMap;

use domain::access::{Principal, Role};
use domain::document::{Document, FieldProblem};

use super::line::ChangeLine;
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
        Self::require(principal, Role::Administrator)?;
        let changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let problems = check_document(document, &world);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
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
        draft.put_settings(&self.settings_entry().await?, &document.settings)?;
        if dry_run {
            return Ok(draft.into_lines());
        }
        let lines = draft.commit().await?;
        drop(changing);
        Ok(lines)
    }
}

fn check_document(document: &Document, world: &World) -> Vec<FieldProblem> {
    let known = Known::of(world, document);
    let mut problems = Vec::new();
    duplicates("domains", document.domains.iter().map(|entry| &entry.name), &mut problems);
    duplicates("targets", document.targets.iter().map(|entry| &entry.name), &mut problems);
    duplicates("configurations", document.configurations.iter().map(|entry| &entry.name), &mut problems);
    for (index, entry) in document.domains.iter().enumerate() {
        let existing = world.domain_named(&entry.name);
        check::domain(&format!("domains[{index}]"), entry, existing, &mut problems);
    }
    for (index, entry) in document.targets.iter().enumerate() {
        let existing = world.target_named(&entry.name);
        check::target(&format!("targets[{index}]"), entry, existing, world, &mut problems);
    }
    for (index, entry) in document.configurations.iter().enumerate() {
        let existing = world.configuration_named(&entry.name);
        let path = format!("configurations[{index}]");
        check::configuration(&path, entry, existing, &known, &mut problems);
    }
    check::settings("settings", &document.settings, &mut problems);
    problems
}

fn duplicates<'a>(list: &str, names: impl Iterator<Item = &'a String>, problems: &mut Vec<FieldProblem>) {
    let mut first: HashMap<String, usize> = HashMap::new();
    for (index, name) in names.enumerate() {
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
