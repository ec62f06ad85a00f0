//! What has to be settled before an object can be created: values that nobody else may have.

use std::collections::{BTreeMap, HashMap};

use domain::ObjectKind;
use domain::catalogue::{self, ErrorCode};
use domain::record::StepKind;
use domain::value::Value;
use storage::link::{Escrow, PageCommit};

use super::Item;
use super::failure::Failure;
use crate::run::{CycleError, Run};

/// A choice that is open: the item, which of its choices, and the value that is next.
struct Open {
    item: usize,
    choice: usize,
    next: usize,
}

impl Run {
    /// Chooses unique values for objects that nobody has yet; an object for which none is free, or whose attributes
    /// for the creation cannot be computed, fails here.
    pub(super) async fn prepare_creates(
        &mut self,
        kind: ObjectKind,
        page: &mut PageCommit,
        mut items: Vec<Item>,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Item>, CycleError> {
        let mut failed: BTreeMap<usize, (&'static ErrorCode, String)> = BTreeMap::new();
        let mut open = Vec::new();
        for (index, item) in items.iter().enumerate().filter(|(_, item)| is_new(item)) {
            if let Some(failure) = &item.desired.create_failure {
                failed.insert(index, (&catalogue::MAPPING_FAILED, failure.reason.clone()));
            } else {
                let choices = 0..item.desired.choices.len();
                open.extend(choices.map(|choice| Open { item: index, choice, next: 0 }));
            }
        }
        while !open.is_empty() {
            open = self.ask_for_values(kind, &mut items, open, &mut failed).await?;
        }
        if failed.is_empty() {
            return Ok(items);
        }
        let mut kept = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let Some((code, reason)) = failed.remove(&index) else {
                kept.push(item);
                continue;
            };
            let escrow = escrows.get(&item.object_id);
            let failure = Failure::boxed(
                item.object_id,
                item.dn,
                item.display_name,
                StepKind::Processing,
                code,
                reason,
            );
            self.put_failure(page, kind, *failure, escrow);
        }
        Ok(kept)
    }

    /// Asks the target for the next value of every choice, one request an attribute. Gives the choices that stay open.
    async fn ask_for_values(
        &mut self,
        kind: ObjectKind,
        items: &mut [Item],
        open: Vec<Open>,
        failed: &mut BTreeMap<usize, (&'static ErrorCode, String)>,
    ) -> Result<Vec<Open>, CycleError> {
        let mut by_attribute: BTreeMap<String, Vec<(Open, Value)>> = BTreeMap::new();
        for one in open {
            let Some((attribute, values)) =
                items.get(one.item).and_then(|item| item.desired.choices.get(one.choice))
            else {
                continue;
            };
            match values.get(one.next) {
                Some(value) => {
                    by_attribute.entry(attribute.clone()).or_default().push((one, value.clone()));
                }
                None => {
                    let tried: Vec<String> = values.iter().map(ToString::to_string).collect();
                    let reason = format!("{attribute}: none of {} is free in the target.", tried.join(", "));
                    failed.insert(one.item, (&catalogue::DUPLICATE_VALUE, reason));
                }
            }
        }
        let mut rest = Vec::new();
        for (attribute, asked) in by_attribute {
            let values: Vec<String> = asked.iter().map(|(_, value)| value.to_string()).collect();
            let answers = self.ends.target.find_by_attribute(kind, &attribute, &values).await?;
            for ((one, value), answer) in asked.into_iter().zip(answers) {
                let taken = match answer {
                    Ok(found) => found.is_some(),
                    Err(error) if error.is_system() => return Err(error.into()),
                    // Several objects have it.
                    Err(_) => true,
                };
                // Another object of this cycle may have been given it just now.
                if taken || !self.chosen.insert((attribute.clone(), value.to_string().to_lowercase())) {
                    rest.push(Open { next: one.next + 1, ..one });
                } else if let Some(item) = items.get_mut(one.item) {
                    item.desired.on_create.insert(attribute.clone(), value);
                }
            }
        }
        Ok(rest)
    }
}

fn is_new(item: &Item) -> bool {
    item.link.is_none() && item.found.is_none()
}
