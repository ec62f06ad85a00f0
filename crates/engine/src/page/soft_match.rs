//! The soft match: an object of the target that nobody anchored, found by a value that only one object may have.
//!
//! It never takes over an object that carries another anchor, nor an administrator. A person of two forests is found
//! here by whoever comes second, and reported.

use std::collections::HashMap;

use domain::ObjectKind;
use domain::catalogue::{self, ErrorCode};
use domain::configuration::Matching;
use domain::record::StepKind;
use ports::{MatchProperty, TargetObject};
use storage::link::{Escrow, PageCommit};

use super::Item;
use super::failure::Failure;
use super::matching::administrator;
use crate::mapping::CompiledMappings;
use crate::run::{CycleError, Run};

/// What an object is looked for by.
enum Attempt<'a> {
    /// An attribute whose mapping matches.
    Attribute(&'a str),
    Property(MatchProperty),
}

impl Run {
    /// Looks for objects that are neither linked nor found by their anchor: by the attributes that match, the lowest
    /// precedence first, then by user name and mail address where that is allowed.
    pub(super) async fn find_softly(
        &mut self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        page: &mut PageCommit,
        mut items: Vec<Item>,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Item>, CycleError> {
        let mut failed: Vec<(usize, &'static ErrorCode, String)> = Vec::new();
        // Who takes over which object: two of one page may fit the same.
        let mut taken: HashMap<String, String> = HashMap::new();
        for attempt in attempts(kind, mappings, self.configuration.plan.matching) {
            let asked: Vec<(usize, String)> = items
                .iter()
                .enumerate()
                .filter(|(index, item)| {
                    item.link.is_none()
                        && item.found.is_none()
                        && item.replaces.is_empty()
                        && !failed.iter().any(|(other, ..)| other == index)
                })
                .filter_map(|(index, item)| attempt.value_of(item, mappings).map(|value| (index, value)))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let values: Vec<String> = asked.iter().map(|(_, value)| value.clone()).collect();
            let answers = match &attempt {
                Attempt::Attribute(name) => self.ends.target.find_by_attribute(kind, name, &values).await?,
                Attempt::Property(property) => self.ends.target.find_by(kind, *property, &values).await?,
            };
            for ((index, value), answer) in asked.into_iter().zip(answers) {
                let Some(item) = items.get_mut(index) else { continue };
                match answer {
                    Ok(None) => {}
                    Ok(Some(object)) => {
                        if let Some((code, reason)) = self.refusal(kind, &object, &value).await? {
                            failed.push((index, code, reason));
                        } else if let Some(other) = taken.get(&object.id) {
                            let reason = format!(
                                "The target's object {} ({}) has the value {value} and is taken over by {other}.",
                                object.id, object.display_name
                            );
                            failed.push((index, &catalogue::INVALID_SOFT_MATCH, reason));
                        } else {
                            taken.insert(object.id.clone(), item.dn.clone());
                            item.found = Some(object);
                            item.found_by = attempt.name().to_owned().into();
                        }
                    }
                    Err(error) if error.is_system() => return Err(error.into()),
                    Err(error) => failed.push((index, error.code(), error.to_string())),
                }
            }
        }
        let mut kept = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let Some((_, code, reason)) = failed.iter().find(|(other, ..)| *other == index) else {
                kept.push(item);
                continue;
            };
            let escrow = escrows.get(&item.object_id);
            let failure = Failure::boxed(
                item.object_id,
                item.dn,
                item.display_name,
                StepKind::Matching,
                code,
                reason.clone(),
            );
            self.put_failure(page, kind, *failure, escrow);
        }
        Ok(kept)
    }

    /// Why an object is not taken over.
    async fn refusal(
        &self,
        kind: ObjectKind,
        object: &TargetObject,
        value: &str,
    ) -> Result<Option<(&'static ErrorCode, String)>, CycleError> {
        if object.administrator {
            return Ok(Some((&catalogue::ADMIN_CONFLICT, administrator(object))));
        }
        if object.anchor.is_empty() {
            return Ok(None);
        }
        let reason = format!(
            "The target's object {} ({}) has the value {value} and already carries the anchor {}",
            object.id, object.display_name, object.anchor
        );
        let keepers = self.kept_elsewhere(kind, std::iter::once(object.anchor.as_str())).await?;
        Ok(Some(match keepers.get(&object.anchor) {
            Some(keeper) => (&catalogue::OTHER_CONFIGURATION, format!("{reason}; it is {keeper}.")),
            None => (&catalogue::INVALID_SOFT_MATCH, format!("{reason}.")),
        }))
    }
}

fn attempts(kind: ObjectKind, mappings: &CompiledMappings, matching: Matching) -> Vec<Attempt<'_>> {
    let mut attempts: Vec<Attempt<'_>> =
        mappings.matching().iter().map(|name| Attempt::Attribute(name.as_str())).collect();
    let by_user_name = matching.soft_match_user_principal_name && kind == ObjectKind::User;
    if matching.soft_match && by_user_name {
        attempts.push(Attempt::Property(MatchProperty::UserPrincipalName));
    }
    if matching.soft_match && matching.soft_match_mail {
        attempts.push(Attempt::Property(MatchProperty::PrimaryMail));
    }
    attempts
}

impl Attempt<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Attribute(name) => name,
            Self::Property(property) => property.as_str(),
        }
    }

    /// The value that is compared, as the target shall have it.
    fn value_of(&self, item: &Item, mappings: &CompiledMappings) -> Option<String> {
        let name = match self {
            Self::Attribute(name) => name,
            Self::Property(MatchProperty::UserPrincipalName) => mappings.schema().user_name,
            Self::Property(MatchProperty::PrimaryMail) => mappings.schema().mail,
        };
        let value = item.attributes.get(name).or_else(|| item.desired.on_create.get(name))?;
        let text = value.each().first().unwrap_or(value).to_string();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}
