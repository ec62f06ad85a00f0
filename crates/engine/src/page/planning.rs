//! What has to be done to each object of the page.

use std::collections::{HashMap, HashSet};

use domain::record::{ModifiedProperty, Status, StepKind};
use domain::value::{Attributes, Value};
use domain::{LinkId, ObjectKind};
use ports::{Operation, Verb};
use storage::link::{Escrow, LinkState, LinkWrite, MemberWrite, PageCommit};

use super::reconcile::{drifted, remainders};
use super::steps::{drift_step, import_step, matching_step, reference_step};
use super::{Item, MemberPlan};
use crate::change::{Change, modified_properties};
use crate::mapping::CompiledMappings;
use crate::plan::{Known, Plan, plan};
use crate::records::step;
use crate::run::{CycleError, Run};

impl Run {
    /// Plans every object of the page; what needs no change is settled here.
    pub(super) async fn plan_items(
        &mut self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        page: &mut PageCommit,
        items: Vec<Item>,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Change>, CycleError> {
        let now = self.clock.now();
        let mut candidates = Vec::new();
        for item in items {
            let waiting = escrows.get(&item.object_id).is_some_and(|escrow| {
                !self.eager && escrow.fingerprint == item.fingerprint && escrow.next_attempt_at > now
            });
            if waiting {
                self.counts.escrowed += 1;
                self.left_behind.push(item.object_id);
                continue;
            }
            let settled = item.link.as_ref().is_some_and(|link| {
                link.state != LinkState::Disabled
                    && link.fingerprint == item.fingerprint
                    && item.drift.is_none()
                    && !item.members.as_ref().is_some_and(MemberPlan::differs)
            });
            if settled {
                self.put_unchanged(page, kind, item, escrows);
            } else {
                candidates.push(item);
            }
        }
        let ids: Vec<LinkId> =
            candidates.iter().filter_map(|item| item.link.as_ref().map(|link| link.id)).collect();
        let mut exported: HashMap<LinkId, Attributes> = if ids.is_empty() {
            HashMap::new()
        } else {
            self.links.exported(&ids).await?.into_iter().collect()
        };
        let mut member_links = Vec::new();
        for members in candidates.iter().filter_map(|item| item.members.as_ref()) {
            member_links.extend_from_slice(&members.add);
        }
        let member_ids = self.target_ids(member_links).await?;

        let mut changes = Vec::with_capacity(candidates.len());
        for mut item in candidates {
            let mut old = item.link.as_ref().and_then(|link| exported.remove(&link.id)).unwrap_or_default();
            let drifted = item.drift.as_ref().map_or_else(Vec::new, |object| {
                let names = drifted(self.target_kind, mappings, &old, object);
                for name in &names {
                    match object.attributes.get(name) {
                        Some(held) => old.insert(name.clone(), held.clone()),
                        None => old.remove(name),
                    };
                }
                names
            });
            for name in &item.desired.kept {
                if let Some(value) = old.get(name) {
                    item.attributes.insert(name.clone(), value.clone());
                }
            }
            let members_differ = item.members.as_ref().is_some_and(MemberPlan::differs);
            let known = match (&item.link, &item.found) {
                (Some(link), _) => Known::Linked { state: link.state, exported: &old },
                (None, Some(object)) => Known::Found {
                    attributes: &object.attributes,
                    remainders: remainders(
                        mappings,
                        &object.attributes,
                        &item.attributes,
                        &item.desired.kept,
                    ),
                },
                (None, None) => Known::Nothing,
            };
            let planned = plan(&item.attributes, members_differ, &known);
            match planned.verb() {
                None => self.put_unchanged(page, kind, item, escrows),
                Some(verb) => {
                    let mut change = self.change(kind, mappings, item, verb, planned, &old, &member_ids);
                    if !drifted.is_empty() {
                        change.steps.insert(1, drift_step(&drifted));
                    }
                    changes.push(change);
                }
            }
        }
        Ok(changes)
    }

    /// The change that carries a plan out.
    #[expect(clippy::too_many_arguments, reason = "everything that is known of one object meets here, once")]
    pub(super) fn change(
        &mut self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        item: Item,
        verb: Verb,
        planned: Plan,
        old: &Attributes,
        member_ids: &HashMap<LinkId, String>,
    ) -> Change {
        let mut attributes = item.attributes;
        let mut exported = None;
        if verb == Verb::Create && !item.desired.on_create.is_empty() {
            exported = Some(attributes.clone());
            attributes.extend(item.desired.on_create);
        }
        let mut changed = match planned {
            Plan::Update { changed } => changed,
            _ => attributes.keys().cloned().collect(),
        };
        // Where the target does not show what it holds, nobody knows what is empty.
        if let Some(found) = item.found.as_ref().filter(|found| !found.attributes.is_empty()) {
            let mut empty = item.desired.if_empty;
            empty.retain(|name, _| !found.attributes.contains_key(name));
            if !empty.is_empty() {
                exported = Some(attributes.clone());
                changed.extend(empty.keys().cloned());
                attributes.extend(empty);
            }
        }
        let empty = Attributes::new();
        let before = item.found.as_ref().map_or(old, |object| &object.attributes);
        let before = if verb == Verb::Create { &empty } else { before };
        let mut modified = modified_properties(&changed, before, &attributes, Some(mappings));
        let members = item.members.unwrap_or_default();
        let ids = |links: &[LinkId]| -> Vec<String> {
            links.iter().filter_map(|link| member_ids.get(link)).cloned().collect()
        };
        let mut add_members = ids(&members.add);
        if let Some(found) = &item.found {
            // An adopted group is compared with what the target holds. Whom nobody linked leaves with the removals.
            let held: HashSet<&String> = found.members.iter().collect();
            let wanted: HashSet<&String> = add_members.iter().collect();
            let foreign: Vec<String> = held.difference(&wanted).map(|id| (*id).clone()).collect();
            if !foreign.is_empty() && mappings.has_members() {
                self.foreign.push((item.object_id.clone(), foreign));
            }
            add_members.retain(|id| !held.contains(id));
        }
        if !add_members.is_empty() {
            modified.push(ModifiedProperty {
                display_name: "members".to_owned(),
                old_value: None,
                new_value: Some(format!("{} added", add_members.len())),
            });
        }
        let target_id = item
            .link
            .as_ref()
            .map(|link| link.target_id.clone())
            .or_else(|| item.found.map(|object| object.id));
        let matching = matching_step(target_id.as_deref(), item.link.is_some(), &item.found_by);
        let target_id = target_id.or(item.reserved);
        let target_name = attributes
            .get(mappings.schema().user_name)
            .and_then(Value::as_text)
            .unwrap_or(&item.display_name)
            .to_owned();
        let took = self.took;
        let mut steps = Vec::with_capacity(6);
        steps.push(import_step(&item.dn, &item.object_id, &item.anchor));
        steps.push(step("EntrySynchronizationScoping", StepKind::Scoping, Status::Success, item.place));
        steps.push(matching.took(took.matching));
        let evaluated = format!("{} attributes evaluated, {} differ.", attributes.len(), changed.len());
        steps.push(
            step("EntrySynchronizationMapping", StepKind::Processing, Status::Success, evaluated)
                .took(took.mapping),
        );
        let references = &item.desired.references;
        let open: Vec<&str> = references
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !attributes.contains_key(*name))
            .collect();
        steps.extend(
            reference_step(references.len(), &open, members.add.len(), members.leave.len())
                .map(|resolution| resolution.took(took.references)),
        );
        Change {
            steps,
            operation: Operation {
                change_id: self.new_change_id(),
                verb,
                kind,
                anchor: item.anchor,
                target_id,
                attributes,
                changed,
                add_members,
                remove_members: Vec::new(),
            },
            object_id: item.object_id,
            source_dn: item.dn,
            display_name: item.display_name,
            fingerprint: item.fingerprint,
            exported,
            link: item.link.map(|link| link.id),
            replaces: item.replaces,
            // Adding one that is held only takes its mark off.
            add_links: [members.add, members.back].concat(),
            remove_links: Vec::new(),
            leaving_links: members.leave,
            names: Some(item.names),
            modified,
            partial: false,
            dormant: false,
            target_name,
        }
    }

    /// An object that already is as it should be. Its link follows a renaming that the export does not show.
    pub(super) fn put_unchanged(
        &mut self,
        page: &mut PageCommit,
        kind: ObjectKind,
        item: Item,
        escrows: &HashMap<String, Escrow>,
    ) {
        self.counts.unchanged += 1;
        if escrows.contains_key(&item.object_id) {
            page.released.push((kind, item.object_id.clone()));
            page.records.push(self.recovered(kind, &item));
        }
        let Some(link) = item.link else { return };
        page.references.push(item.names.write(kind, &item.object_id));
        if let Some(MemberPlan { leave, back, .. }) = item.members
            && !(leave.is_empty() && back.is_empty())
        {
            page.members.push(MemberWrite {
                group_object_id: item.object_id.clone(),
                add: back,
                leaving: leave,
                ..MemberWrite::default()
            });
        }
        if link.state != LinkState::Active
            || link.source_dn != item.dn
            || link.fingerprint != item.fingerprint
            || link.display_name != item.display_name
        {
            page.links.push(LinkWrite {
                kind,
                object_id: item.object_id,
                anchor: item.anchor,
                source_dn: item.dn,
                display_name: item.display_name,
                target_id: link.target_id,
                state: LinkState::Active,
                fingerprint: item.fingerprint,
                exported: None,
            });
        }
    }
}
