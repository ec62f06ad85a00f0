//! Who an entry is: its anchor, its mapped attributes, and the target object that already carries its anchor.

use std::collections::HashMap;

use domain::catalogue::{self, ErrorCode};
use domain::record::StepKind;
use domain::value::Value;
use domain::{Entry, ObjectKind};
use ports::source::SourceEntry;
use ports::{Members, TargetObject};
use storage::link::{Escrow, Link, LinkState, PageCommit, anchor_key};

use super::Item;
use super::failure::Failure;
use crate::anchor::anchor_of;
use crate::change::Names;
use crate::mapping::CompiledMappings;
use crate::resolver::NameKey;
use crate::run::{CycleError, Run};

/// What the name of a deleted object has in it (MS-ADTS section 3.1.1.5.5).
const TOMBSTONE: &str = "\\0ADEL:";

impl Run {
    /// Anchor and mapping of one entry.
    pub(super) fn evaluate(
        &self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        read: SourceEntry,
        members: Members,
        link: Option<Link>,
        place: String,
    ) -> Result<Item, Box<Failure>> {
        let SourceEntry { object_id, entry } = read;
        let name = shown_name(&entry);
        let anchor = anchor_of(&entry, &object_id, self.directory).filter(|_| !object_id.is_empty());
        let Some(anchor) = anchor else {
            return Err(Failure::boxed(
                object_id,
                entry.dn,
                name,
                StepKind::Import,
                &catalogue::INVALID_ANCHOR,
                "The entry was read without an object id or anchor.".to_owned(),
            ));
        };
        // A linked object is only created when a comparison finds that the target has lost it.
        let creating = link.is_none() || self.reconcile;
        let mut desired = match mappings.evaluate(&entry, &self.parameters, creating) {
            Ok(desired) => desired,
            Err(failure) => {
                return Err(Failure::boxed(
                    object_id,
                    entry.dn,
                    name,
                    StepKind::Processing,
                    &catalogue::MAPPING_FAILED,
                    failure.reason,
                ));
            }
        };
        let display_name =
            desired.attributes.get("displayName").and_then(Value::as_text).map_or(name, ToOwned::to_owned);
        debug_assert!(desired.members.is_none() || kind == ObjectKind::Group);
        let delta = match members {
            Members::Delta { joined, left } if mappings.has_members() => {
                desired.members = None;
                Some((
                    joined.iter().map(|dn| NameKey::of(dn)).collect(),
                    // Those are told as gone by themselves.
                    left.iter().filter(|dn| !dn.contains(TOMBSTONE)).map(|dn| NameKey::of(dn)).collect(),
                ))
            }
            _ => None,
        };
        Ok(Item {
            object_id,
            dn: entry.dn,
            anchor,
            display_name,
            place,
            link,
            found: None,
            found_by: "anchor".into(),
            drift: None,
            delta,
            names: Names::default(),
            replaces: Vec::new(),
            reserved: None,
            attributes: std::mem::take(&mut desired.attributes),
            desired,
            fingerprint: 0,
            members: None,
        })
    }

    /// Finds each object's counterpart: by its link, by its anchor, by a value that only one may have.
    pub(super) async fn match_items(
        &mut self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        page: &mut PageCommit,
        items: Vec<Item>,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Item>, CycleError> {
        let items = if self.reconcile { self.compare_with_target(kind, items).await? } else { items };
        let items = self.find_unlinked(kind, page, items, escrows).await?;
        let items = self.find_softly(kind, mappings, page, items, escrows).await?;
        self.prepare_creates(kind, page, items, escrows).await
    }

    /// Looks unlinked objects up in the target by their anchor. Objects that cannot be told apart fail here.
    async fn find_unlinked(
        &mut self,
        kind: ObjectKind,
        page: &mut PageCommit,
        items: Vec<Item>,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Item>, CycleError> {
        let anchors: Vec<String> =
            items.iter().filter(|item| item.link.is_none()).map(|item| item.anchor.clone()).collect();
        if anchors.is_empty() {
            return Ok(items);
        }
        if self.resolver.is_partial() {
            let keys: Vec<u64> = anchors.iter().map(|anchor| anchor_key(kind, anchor)).collect();
            for (_, link) in self.links.links_by_anchor(self.configuration.id, &keys).await? {
                self.resolver.remember_anchor(link.kind, &link.anchor, link.id, link.state);
            }
        }
        let answers = self.ends.target.find(kind, &anchors).await?;
        let there = anchors.iter().zip(&answers).filter(|(_, answer)| matches!(answer, Ok(Some(_))));
        let elsewhere = self.kept_elsewhere(kind, there.map(|(anchor, _)| anchor.as_str())).await?;
        let mut found = answers.into_iter();
        let mut met_here: HashMap<String, String> = HashMap::new();
        let mut kept = Vec::with_capacity(items.len());
        for mut item in items {
            if item.link.is_some() {
                kept.push(item);
                continue;
            }
            let fail = |item: Item, code: &'static ErrorCode, reason: String| {
                *Failure::boxed(item.object_id, item.dn, item.display_name, StepKind::Matching, code, reason)
            };
            let answer = found.next().unwrap_or(Ok(None));
            if let Some(other) = met_here.insert(item.anchor.clone(), item.dn.clone()) {
                let reason = format!("{other} carries the same anchor {}.", item.anchor);
                let escrow = escrows.get(&item.object_id);
                self.put_failure(page, kind, fail(item, &catalogue::DUPLICATE_SOURCE, reason), escrow);
                continue;
            }
            match self.resolver.anchor_holder(kind, &item.anchor) {
                // Its person left, and is back under a new object id.
                Some((link, LinkState::Disabled | LinkState::Leaving)) => item.replaces.push(link),
                Some((link, LinkState::Active)) if !item.replaces.contains(&link) => {
                    let reason =
                        format!("Another source object is already linked under the anchor {}.", item.anchor);
                    let escrow = escrows.get(&item.object_id);
                    self.put_failure(page, kind, fail(item, &catalogue::DUPLICATE_SOURCE, reason), escrow);
                    continue;
                }
                Some(_) | None => {}
            }
            match answer {
                Ok(None) => {}
                Ok(Some(object)) if elsewhere.contains_key(&item.anchor) => {
                    let keeper = elsewhere.get(&item.anchor).map(ToString::to_string).unwrap_or_default();
                    let reason = format!(
                        "The target's object {} ({}) carries the anchor {} and is {keeper}.",
                        object.id, object.display_name, item.anchor
                    );
                    let escrow = escrows.get(&item.object_id);
                    let failure = fail(item, &catalogue::OTHER_CONFIGURATION, reason);
                    self.put_failure(page, kind, failure, escrow);
                    continue;
                }
                Ok(Some(object)) if object.administrator && item.replaces.is_empty() => {
                    let reason = administrator(&object);
                    let escrow = escrows.get(&item.object_id);
                    self.put_failure(page, kind, fail(item, &catalogue::ADMIN_CONFLICT, reason), escrow);
                    continue;
                }
                Ok(Some(object))
                    if self.configuration.plan.matching.hard_match || !item.replaces.is_empty() =>
                {
                    item.found = Some(object);
                }
                Ok(Some(object)) => {
                    let reason = format!(
                        "The target's object {} carries this anchor, and hard match is off for this configuration.",
                        object.id
                    );
                    let escrow = escrows.get(&item.object_id);
                    self.put_failure(page, kind, fail(item, &catalogue::INVALID_HARD_MATCH, reason), escrow);
                    continue;
                }
                Err(error) if error.is_system() => return Err(error.into()),
                Err(error) => {
                    let escrow = escrows.get(&item.object_id);
                    self.put_failure(page, kind, fail(item, error.code(), error.to_string()), escrow);
                    continue;
                }
            }
            kept.push(item);
        }
        Ok(kept)
    }
}

/// Why an administrator is left alone.
pub(super) fn administrator(object: &TargetObject) -> String {
    format!("The target's object {} ({}) has an administrative role.", object.id, object.display_name)
}

/// What to call an entry before its mapping is known to work.
fn shown_name(entry: &Entry) -> String {
    entry.text("displayName").or_else(|| entry.text("cn")).map_or_else(
        || domain::Dn::parse(&entry.dn).map_or_else(|_| entry.dn.clone(), |dn| dn.leaf()),
        ToOwned::to_owned,
    )
}
