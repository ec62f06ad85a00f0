//! Comparing linked objects with what the target really holds: somebody may have changed or deleted them there.

use domain::value::{Attributes, Value};
use domain::{ObjectKind, TargetKind};
use ports::TargetObject;
use storage::link::LinkState;

use super::Item;
use super::steps::LINK_LOST;
use crate::mapping::CompiledMappings;
use crate::run::{CycleError, Run};

impl Run {
    /// Looks linked objects up in the target. One that is gone there is treated as new; one that was changed keeps
    /// what the target holds, for the plan.
    pub(super) async fn compare_with_target(
        &mut self,
        kind: ObjectKind,
        mut items: Vec<Item>,
    ) -> Result<Vec<Item>, CycleError> {
        let linked: Vec<usize> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.link.as_ref().is_some_and(|link| link.state != LinkState::Disabled))
            .map(|(index, _)| index)
            .collect();
        if linked.is_empty() {
            return Ok(items);
        }
        let links: Vec<(String, String)> = linked
            .iter()
            .filter_map(|index| items.get(*index)?.link.as_ref())
            .map(|link| (link.anchor.clone(), link.target_id.clone()))
            .collect();
        let answers = self.ends.target.held(kind, &links).await?;
        for (index, answer) in linked.into_iter().zip(answers) {
            let Some(item) = items.get_mut(index) else { continue };
            let Some(link) = &item.link else { continue };
            match answer {
                Err(error) if error.is_system() => return Err(error.into()),
                // Two of them: what the link says counts.
                Err(_) => {}
                Ok(Some(object)) if object.id == link.target_id => item.drift = Some(object),
                Ok(_) => {
                    item.replaces.push(link.id);
                    item.link = None;
                    self.resolver.lose(&item.dn);
                    item.found_by = LINK_LOST.into();
                }
            }
        }
        Ok(items)
    }
}

/// Names of attributes in which the target differs from what was exported to it. What a foreign service does not show
/// is taken to be as it was exported: many keep some attributes to themselves.
pub(super) fn drifted(
    target: TargetKind,
    mappings: &CompiledMappings,
    exported: &Attributes,
    object: &TargetObject,
) -> Vec<String> {
    let mut names: Vec<String> = exported
        .iter()
        .filter(|(name, value)| {
            let held = object.attributes.get(*name);
            held.map_or(target == TargetKind::BuiltIn, |held| {
                held != *value && !is_alike(target, held, value)
            })
        })
        .map(|(name, _)| name.clone())
        .collect();
    // A foreign service may fill in what it was not given.
    if target == TargetKind::BuiltIn {
        names.extend(remainders(mappings, &object.attributes, exported, &[]));
    }
    names
}

/// Foreign services write some values in their own way: addresses in small letters, numbers and booleans as texts, lists in
/// another order. To set such a value again would only have it written that way again.
fn is_alike(target: TargetKind, held: &Value, exported: &Value) -> bool {
    let (held, exported) = (held.each(), exported.each());
    let plain = |value: &Value| value.to_string().trim().to_lowercase();
    target != TargetKind::BuiltIn
        && held.len() == exported.len()
        && exported.iter().all(|one| held.iter().any(|other| plain(other) == plain(one)))
}

/// Attributes that follow the source, have a value in the target and none in the source.
pub(super) fn remainders(
    mappings: &CompiledMappings,
    held: &Attributes,
    wanted: &Attributes,
    kept: &[String],
) -> Vec<String> {
    held.keys()
        .filter(|name| !wanted.contains_key(*name) && !kept.contains(name) && mappings.flows(name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_may_write_a_value_in_its_own_way_but_not_another_value() {
        let scim = TargetKind::Scim;
        let list = |values: [&str; 2]| Value::Many(values.map(Value::text).into());
        for (held, exported) in [
            (Value::text("ada@corp.example"), Value::text("Ada@Corp.Example")),
            (Value::text("true"), Value::Boolean(true)),
            (Value::text("7"), Value::Reference("7".into())),
            (list(["b", "a"]), list(["a", "b"])),
        ] {
            assert!(is_alike(scim, &held, &exported), "{held:?} {exported:?}");
            assert!(!is_alike(TargetKind::BuiltIn, &held, &exported), "we keep what we are given");
        }
        assert!(!is_alike(scim, &Value::text("Ada B."), &Value::text("Ada Berg")));
        assert!(!is_alike(scim, &list(["a", "b"]), &Value::text("a")));
    }
}
