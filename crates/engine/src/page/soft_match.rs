//! The soft match: an object of the target that nobody anchored, found by a value that only one object may have.
//!
//! It never takes over an object that carries another anchor, nor an administrator.

use std::collections::HashMap;

use domain::ObjectKind;
use domain::catalogue::{self, ErrorCode};
use domain::record::StepKind;
use domain::value::Value;
use ports::{MatchProperty, TargetObject};
use storage::link::{Escrow, PageCommit};

use super::Item;
use super::failure::Failure;
use super::matching::administrator;
use crate::mapping::CompiledMappings;
use crate::run::{CycleError, Run};

impl Run {
    /// Looks for objects that are neither linked nor found by their anchor.
    pub(super) async fn find_softly(
        &mut self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        page: &mut PageCommit,
        mut items: Vec<Item>,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Item>, CycleError> {
        let mut failed: Vec<(usize, &'static ErrorCode, String)> = Vec::new();
        for property in [MatchProperty::UserPrincipalName, MatchProperty::PrimaryMail] {
            if property == MatchProperty::UserPrincipalName && kind != ObjectKind::User {
                continue;
            }
            let asked: Vec<(usize, String)> = items
                .iter()
                .enumerate()
                .filter(|(index, item)| {
                    item.link.is_none()
                        && item.found.is_none()
                        && item.replaces.is_empty()
                        && !failed.iter().any(|(other, ..)| other == index)
                })
                .filter_map(|(index, item)| value_of(item, property, mappings).map(|value| (index, value)))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let values: Vec<String> = asked.iter().map(|(_, value)| value.clone()).collect();
            let answers = self.ends.target.find_by(kind, property, &values).await?;
            for ((index, value), answer) in asked.into_iter().zip(answers) {
                let Some(item) = items.get_mut(index) else { continue };
                match answer {
                    Ok(None) => {}
                    Ok(Some(object)) => match refusal(&object, &value) {
                        Some((code, reason)) => failed.push((index, code, reason)),
                        None => {
                            item.found = Some(object);
                            item.found_by = property.as_str();
                        }
                    },
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
}

fn refusal(object: &TargetObject, value: &str) -> Option<(&'static ErrorCode, String)> {
    if object.administrator {
        return Some((&catalogue::ADMIN_CONFLICT, administrator(object)));
    }
    (!object.anchor.is_empty()).then(|| {
        let reason = format!(
            "The target's object {} has the value {value} and already carries the anchor {}.",
            object.id, object.anchor
        );
        (&catalogue::INVALID_SOFT_MATCH, reason)
    })
}

/// The value that is compared, as the target shall have it.
fn value_of(item: &Item, property: MatchProperty, mappings: &CompiledMappings) -> Option<String> {
    let name = match property {
        MatchProperty::UserPrincipalName => mappings.schema().user_name,
        MatchProperty::PrimaryMail => mappings.schema().mail,
    };
    let value = item.attributes.get(name)?;
    let text = match value {
        Value::Many(values) => values.first().and_then(Value::as_text),
        one => one.as_text(),
    };
    text.map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}
