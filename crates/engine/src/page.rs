//! One page of source entries: map, match, plan, carry out.

use std::collections::HashMap;
use std::sync::Arc;

use domain::catalogue::{self, ErrorCode};
use domain::record::{Status, Step, StepKind};
use domain::value::{Attributes, Value};
use domain::{Entry, LinkId, ObjectKind};
use ports::source::SourceEntry;
use ports::{Operation, TargetObject, Verb};
use storage::link::{Escrow, Link, LinkState, LinkWrite, PageCommit};

use crate::anchor::anchor_of;
use crate::change::{Change, modified_properties};
use crate::digest::fingerprint;
use crate::escrow::next_attempt;
use crate::mapping::{CompiledMappings, Desired};
use crate::plan::{Known, Plan, plan};
use crate::records::step;
use crate::references::{DeferredMembers, DeferredReference};
use crate::resolver::NameKey;
use crate::run::{CycleError, Run, source_identity};
use crate::scope::exclusion;

/// An object on its way through the page.
struct Item {
    object_id: String,
    dn: String,
    anchor: String,
    display_name: String,
    link: Option<Link>,
    found: Option<TargetObject>,
    replaces: Vec<LinkId>,
    desired: Desired,
    /// Attributes with references resolved.
    attributes: Attributes,
    fingerprint: u64,
    members: Option<MemberPlan>,
}

/// What shall happen to a group's members.
#[derive(Default)]
struct MemberPlan {
    add: Vec<LinkId>,
    remove: Vec<LinkId>,
}

impl MemberPlan {
    fn differs(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }
}

impl Run {
    /// Takes a page of entries through the whole path, down to the commit.
    pub(crate) async fn process_page(
        &mut self,
        kind: ObjectKind,
        entries: Vec<SourceEntry>,
    ) -> Result<(), CycleError> {
        let Some(mappings) = self.mappings.get(&kind).map(Arc::clone) else { return Ok(()) };
        let entries: Vec<_> =
            entries.into_iter().filter(|read| exclusion(&read.entry, kind).is_none()).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = entries.iter().map(|read| read.object_id.clone()).collect();
        let mut links: HashMap<String, Link> = self
            .storage
            .links_of(self.configuration.id, kind, &ids)
            .await?
            .into_iter()
            .map(|link| (link.object_id.clone(), link))
            .collect();
        let escrows: HashMap<String, Escrow> = self
            .storage
            .escrows_of(self.configuration.id, kind, &ids)
            .await?
            .into_iter()
            .map(|escrow| (escrow.object_id.clone(), escrow))
            .collect();

        self.failed_here.extend(escrows.keys().map(|object_id| (kind, object_id.clone())));
        let mut page = PageCommit::default();
        let mut items = Vec::with_capacity(entries.len());
        for read in entries {
            let link = links.remove(&read.object_id);
            if let Some(link) = &link {
                // Directories may give an object twice when it is moved while it is being read.
                if self.resolver.has_seen(link.id) {
                    continue;
                }
                self.resolver.confirm(&read.entry.dn, link.id);
            }
            self.counts.imported += 1;
            self.done += 1;
            *self.met.entry(kind).or_default() += 1;
            let escrow = escrows.get(&read.object_id);
            match self.evaluate(kind, &mappings, read, link) {
                Ok(item) => items.push(item),
                Err(failure) => self.put_failure(&mut page, kind, *failure, escrow),
            }
        }

        let items = self.find_unlinked(kind, &mut page, items, &escrows).await?;
        let (items, references, members) = self.resolve_references(kind, items).await?;
        let changes = self.plan_items(kind, &mappings, &mut page, items, &escrows).await?;
        let written = self.carry_out(changes, page, &escrows).await?;
        for exported in written {
            self.resolver.confirm(&exported.source_dn, exported.link);
            self.resolver.confirm_anchor(kind, &exported.anchor, exported.link);
        }
        self.deferred.references.extend(references);
        self.deferred.members.extend(members);
        Ok(())
    }

    /// Anchor and mapping of one entry.
    fn evaluate(
        &self,
        kind: ObjectKind,
        mappings: &CompiledMappings,
        read: SourceEntry,
        link: Option<Link>,
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
        let desired = match mappings.evaluate(&entry, &self.parameters) {
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
        Ok(Item {
            object_id,
            dn: entry.dn,
            anchor,
            display_name,
            link,
            found: None,
            replaces: Vec::new(),
            attributes: desired.attributes.clone(),
            desired,
            fingerprint: 0,
            members: None,
        })
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
        let mut found = self.ends.target.find(kind, &anchors).await?.into_iter();
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
                // A disabled account's person is back under a new object id.
                Some((link, LinkState::Disabled)) => item.replaces.push(link),
                Some((_, LinkState::Active)) => {
                    let reason =
                        format!("Another source object is already linked under the anchor {}.", item.anchor);
                    let escrow = escrows.get(&item.object_id);
                    self.put_failure(page, kind, fail(item, &catalogue::DUPLICATE_SOURCE, reason), escrow);
                    continue;
                }
                None => {}
            }
            match answer {
                Ok(None) => {}
                Ok(Some(object)) if self.configuration.plan.matching.hard_match => item.found = Some(object),
                Ok(Some(object)) => {
                    let reason = format!(
                        "The target's object {} carries this anchor, and hard match is off for this configuration.",
                        object.id
                    );
                    let escrow = escrows.get(&item.object_id);
                    self.put_failure(page, kind, fail(item, &catalogue::CONFLICT, reason), escrow);
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

    /// Turns names into target ids as far as they are known now, and notes what has to be looked at again.
    async fn resolve_references(
        &self,
        kind: ObjectKind,
        mut items: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<DeferredReference>, Vec<DeferredMembers>), CycleError> {
        let mut wanted: Vec<LinkId> = Vec::new();
        for item in &items {
            wanted.extend(
                item.desired.references.iter().filter_map(|(_, key)| self.resolver.resolve(*key).link),
            );
        }
        let target_ids = self.target_ids(wanted).await?;
        let (mut references, mut groups) = (Vec::new(), Vec::new());
        for item in &mut items {
            for (attribute, key) in &item.desired.references {
                let resolved = self.resolver.resolve(*key);
                if let Some(id) = resolved.link.and_then(|link| target_ids.get(&link)) {
                    item.attributes.insert(attribute.clone(), Value::Reference(id.clone()));
                }
                if !resolved.certain {
                    references.push(DeferredReference {
                        kind,
                        object_id: item.object_id.clone(),
                        attribute: attribute.clone(),
                        key: *key,
                        used: resolved.link,
                    });
                }
            }
            item.fingerprint = fingerprint(&item.attributes, &item.anchor);
            if let Some(names) = &item.desired.members {
                let (plan, uncertain) = self.plan_members(item.link.as_ref(), names).await?;
                if !uncertain.is_empty() {
                    groups.push(DeferredMembers { object_id: item.object_id.clone(), uncertain });
                }
                item.members = Some(plan);
            }
        }
        Ok((items, references, groups))
    }

    /// Compares a group's members with what was last exported.
    async fn plan_members(
        &self,
        link: Option<&Link>,
        names: &[NameKey],
    ) -> Result<(MemberPlan, Vec<(NameKey, Option<LinkId>)>), CycleError> {
        let mut uncertain = Vec::new();
        let mut wanted = Vec::with_capacity(names.len());
        for name in names {
            let resolved = self.resolver.resolve(*name);
            wanted.extend(resolved.link);
            if !resolved.certain {
                uncertain.push((*name, resolved.link));
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let held = match link {
            Some(link) => self.storage.link_members(link.id).await?,
            None => Vec::new(),
        };
        let plan = MemberPlan {
            add: wanted.iter().filter(|id| held.binary_search(id).is_err()).copied().collect(),
            remove: held.iter().filter(|id| wanted.binary_search(id).is_err()).copied().collect(),
        };
        Ok((plan, uncertain))
    }

    /// Target ids of links, for those that still exist.
    pub(crate) async fn target_ids(
        &self,
        mut links: Vec<LinkId>,
    ) -> Result<HashMap<LinkId, String>, CycleError> {
        links.sort_unstable();
        links.dedup();
        if links.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.storage.target_ids(&links).await?.into_iter().collect())
    }

    /// Plans every object of the page; what needs no change is settled here.
    async fn plan_items(
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
                continue;
            }
            let settled = item.link.as_ref().is_some_and(|link| {
                link.state == LinkState::Active
                    && link.fingerprint == item.fingerprint
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
            self.storage.exported(&ids).await?.into_iter().collect()
        };
        let mut member_links = Vec::new();
        for members in candidates.iter().filter_map(|item| item.members.as_ref()) {
            member_links.extend_from_slice(&members.add);
            member_links.extend_from_slice(&members.remove);
        }
        let member_ids = self.target_ids(member_links).await?;

        let mut changes = Vec::with_capacity(candidates.len());
        for mut item in candidates {
            let old = item.link.as_ref().and_then(|link| exported.remove(&link.id)).unwrap_or_default();
            for name in &item.desired.kept {
                if let Some(value) = old.get(name) {
                    item.attributes.insert(name.clone(), value.clone());
                }
            }
            let members_differ = item.members.as_ref().is_some_and(MemberPlan::differs);
            let known = match (&item.link, &item.found) {
                (Some(link), _) => Known::Linked { state: link.state, exported: &old },
                (None, Some(object)) => Known::Found { attributes: &object.attributes },
                (None, None) => Known::Nothing,
            };
            let planned = plan(&item.attributes, members_differ, &known);
            match planned.verb() {
                None => self.put_unchanged(page, kind, item, escrows),
                Some(verb) => {
                    changes.push(self.change(kind, mappings, item, verb, planned, &old, &member_ids));
                }
            }
        }
        Ok(changes)
    }

    /// The change that carries a plan out.
    #[expect(clippy::too_many_arguments, reason = "everything that is known of one object meets here, once")]
    fn change(
        &self,
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
        let changed = match planned {
            Plan::Update { changed } => changed,
            _ => attributes.keys().cloned().collect(),
        };
        let empty = Attributes::new();
        let before = item.found.as_ref().map_or(old, |object| &object.attributes);
        let before = if verb == Verb::Create { &empty } else { before };
        let mut modified = modified_properties(&changed, before, &attributes, Some(mappings));
        let members = item.members.unwrap_or_default();
        let ids = |links: &[LinkId]| -> Vec<String> {
            links.iter().filter_map(|link| member_ids.get(link)).cloned().collect()
        };
        let (mut add_members, mut remove_members) = (ids(&members.add), ids(&members.remove));
        if let Some(found) = &item.found {
            // An adopted group is compared with what the target holds.
            remove_members = found.members.iter().filter(|id| !add_members.contains(id)).cloned().collect();
            add_members.retain(|id| !found.members.contains(id));
        }
        if !add_members.is_empty() || !remove_members.is_empty() {
            modified.push(domain::record::ModifiedProperty {
                display_name: "members".to_owned(),
                old_value: (!remove_members.is_empty()).then(|| format!("{} removed", remove_members.len())),
                new_value: (!add_members.is_empty()).then(|| format!("{} added", add_members.len())),
            });
        }
        let target_id = item
            .link
            .as_ref()
            .map(|link| link.target_id.clone())
            .or_else(|| item.found.map(|object| object.id));
        let target_name = attributes
            .get(mappings.schema().user_name)
            .and_then(Value::as_text)
            .unwrap_or(&item.display_name)
            .to_owned();
        Change {
            steps: vec![
                import_step(&item.dn, &item.object_id, &item.anchor),
                step(
                    "EntrySynchronizationScoping",
                    StepKind::Scoping,
                    Status::Success,
                    "The object is in scope.",
                ),
                matching_step(target_id.as_deref(), item.link.is_some()),
                step(
                    "EntrySynchronizationMapping",
                    StepKind::Processing,
                    Status::Success,
                    format!("{} attributes evaluated, {} differ.", attributes.len(), changed.len()),
                ),
            ],
            operation: Operation {
                change_id: self.new_change_id(),
                verb,
                kind,
                anchor: item.anchor,
                target_id,
                attributes,
                changed,
                add_members,
                remove_members,
            },
            object_id: item.object_id,
            source_dn: item.dn,
            display_name: item.display_name,
            fingerprint: item.fingerprint,
            exported,
            link: item.link.map(|link| link.id),
            replaces: item.replaces,
            add_links: members.add,
            remove_links: members.remove,
            modified,
            target_name,
        }
    }

    /// An object that already is as it should be. Its link follows a renaming that the export does not show.
    fn put_unchanged(
        &mut self,
        page: &mut PageCommit,
        kind: ObjectKind,
        item: Item,
        escrows: &HashMap<String, Escrow>,
    ) {
        self.counts.unchanged += 1;
        if escrows.contains_key(&item.object_id) {
            page.released.push((kind, item.object_id.clone()));
        }
        let Some(link) = item.link else { return };
        if link.source_dn != item.dn
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
                state: link.state,
                fingerprint: item.fingerprint,
                exported: None,
            });
        }
    }

    /// An object that failed before anything could be sent: a record, unless it waits for its next attempt.
    fn put_failure(
        &mut self,
        page: &mut PageCommit,
        kind: ObjectKind,
        failure: Failure,
        earlier: Option<&Escrow>,
    ) {
        let now = self.clock.now();
        let digest = fingerprint(&Attributes::new(), &failure.reason);
        let waiting = earlier.is_some_and(|escrow| {
            !self.eager && escrow.fingerprint == digest && escrow.next_attempt_at > now
        });
        if waiting {
            self.counts.escrowed += 1;
            return;
        }
        self.counts.failed += 1;
        let attempts = earlier.map_or(0, |escrow| escrow.attempts) + 1;
        if !failure.object_id.is_empty() {
            self.failed_here.insert((kind, failure.object_id.clone()));
            page.escrows.push(Escrow {
                kind,
                object_id: failure.object_id.clone(),
                display_name: failure.display_name.clone(),
                code: failure.code.code.to_owned(),
                reason: failure.reason.clone(),
                fingerprint: digest,
                attempts,
                first_failed_at: earlier.map_or(now, |escrow| escrow.first_failed_at),
                next_attempt_at: next_attempt(now, attempts),
            });
        }
        let name = match failure.step {
            StepKind::Import => "EntryImport",
            StepKind::Matching => "EntrySynchronizationMatching",
            _ => "EntrySynchronizationMapping",
        };
        let steps = if failure.step == StepKind::Import {
            Vec::new()
        } else {
            vec![import_step(&failure.dn, &failure.object_id, "")]
        };
        let identity = source_identity(&failure.object_id, &failure.display_name, &failure.dn);
        page.records.push(self.records.failed(
            kind,
            identity,
            steps,
            (name, failure.step),
            failure.code.info(failure.reason),
        ));
    }
}

/// An object that failed before anything could be sent.
struct Failure {
    object_id: String,
    dn: String,
    display_name: String,
    step: StepKind,
    code: &'static ErrorCode,
    reason: String,
}

impl Failure {
    fn boxed(
        object_id: String,
        dn: String,
        display_name: String,
        step: StepKind,
        code: &'static ErrorCode,
        reason: String,
    ) -> Box<Self> {
        Box::new(Self { object_id, dn, display_name, step, code, reason })
    }
}

/// What to call an entry before its mapping is known to work.
fn shown_name(entry: &Entry) -> String {
    entry.text("displayName").or_else(|| entry.text("cn")).map_or_else(
        || domain::Dn::parse(&entry.dn).map_or_else(|_| entry.dn.clone(), |dn| dn.leaf()),
        ToOwned::to_owned,
    )
}

fn import_step(dn: &str, object_id: &str, anchor: &str) -> Step {
    let mut imported = step("EntryImport", StepKind::Import, Status::Success, format!("Read {dn}."));
    imported.details = vec![("objectId".to_owned(), object_id.to_owned())];
    if !anchor.is_empty() {
        imported.details.push(("anchor".to_owned(), anchor.to_owned()));
    }
    imported
}

fn matching_step(target_id: Option<&str>, linked: bool) -> Step {
    let text = match (target_id, linked) {
        (Some(id), true) => format!("Linked to the target's object {id}."),
        (Some(id), false) => format!("Matched the target's object {id} by its anchor."),
        (None, _) => "The target has no object with this anchor.".to_owned(),
    };
    step("EntrySynchronizationMatching", StepKind::Matching, Status::Success, text)
}
