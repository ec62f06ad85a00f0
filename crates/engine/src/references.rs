//! References that could not be settled while their page was worked on: a manager further down the list, a group
//! within a group, a name that changed hands. Looked at again when everything has been read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::record::{ModifiedProperty, Status, StepKind};
use domain::value::{Attributes, Value};
use domain::{LinkId, ObjectKind};
use ports::{Operation, Verb};
use storage::link::{Link, LinkState, MemberWrite, PageCommit};

use crate::change::{Change, modified_properties};
use crate::digest::fingerprint;
use crate::plan::differences;
use crate::records::step;
use crate::resolver::NameKey;
use crate::run::{CycleError, Run};

/// Everything to look at again.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    pub(crate) references: Vec<DeferredReference>,
    pub(crate) lists: Vec<DeferredList>,
    pub(crate) members: Vec<DeferredMembers>,
}

/// A reference and what it was taken for.
#[derive(Debug)]
pub(crate) struct DeferredReference {
    pub(crate) kind: ObjectKind,
    pub(crate) object_id: String,
    pub(crate) attribute: String,
    pub(crate) key: NameKey,
    pub(crate) used: Option<LinkId>,
}

/// An attribute that names several objects, and what they were taken for, ascending.
#[derive(Debug)]
pub(crate) struct DeferredList {
    pub(crate) kind: ObjectKind,
    pub(crate) object_id: String,
    pub(crate) attribute: String,
    pub(crate) names: Vec<NameKey>,
    pub(crate) used: Vec<LinkId>,
}

/// The members of a group that were not certain.
#[derive(Debug)]
pub(crate) struct DeferredMembers {
    pub(crate) object_id: String,
    /// Members by certain names; kept only where an uncertain one was taken for somebody.
    pub(crate) certain: Vec<LinkId>,
    pub(crate) uncertain: Vec<UncertainName>,
}

/// An attribute and the links that it shall refer to.
#[derive(Debug)]
struct Corrected {
    attribute: String,
    links: Vec<LinkId>,
    multivalued: bool,
}

impl Corrected {
    fn value(&self, target_ids: &HashMap<LinkId, String>) -> Option<Value> {
        let mut ids =
            self.links.iter().filter_map(|link| target_ids.get(link)).cloned().map(Value::Reference);
        if self.multivalued { Value::many(ids) } else { ids.next() }
    }
}

/// A name and the link that it was taken for.
pub(crate) type UncertainName = (NameKey, Option<LinkId>);

/// Objects looked at together.
const CHUNK: usize = 200;

/// Names looked up together.
const NAMES: usize = 10_000;

impl Run {
    /// Settles every deferred reference. Called when all kinds have been read.
    pub(crate) async fn settle_references(&mut self) -> Result<(), CycleError> {
        let deferred = std::mem::take(&mut self.deferred);
        self.settle_attributes(deferred.references, deferred.lists).await?;
        self.settle_members(deferred.members).await
    }

    async fn settle_attributes(
        &mut self,
        references: Vec<DeferredReference>,
        lists: Vec<DeferredList>,
    ) -> Result<(), CycleError> {
        let mut wrong: BTreeMap<(ObjectKind, String), Vec<Corrected>> = BTreeMap::new();
        let mut references = references.into_iter().peekable();
        while references.peek().is_some() {
            let chunk: Vec<_> = references.by_ref().take(NAMES).collect();
            self.know(chunk.iter().map(|reference| reference.key).collect()).await?;
            for DeferredReference { kind, object_id, attribute, key, used } in chunk {
                let now = self.resolver.resolve_finally(key);
                if now != used {
                    let corrected = Corrected { attribute, links: Vec::from_iter(now), multivalued: false };
                    wrong.entry((kind, object_id)).or_default().push(corrected);
                }
            }
        }
        for DeferredList { kind, object_id, attribute, names, used } in lists {
            self.know(names.clone()).await?;
            let mut links: Vec<LinkId> =
                names.iter().filter_map(|name| self.resolver.resolve_finally(*name)).collect();
            links.sort_unstable();
            links.dedup();
            if links != used {
                let corrected = Corrected { attribute, links, multivalued: true };
                wrong.entry((kind, object_id)).or_default().push(corrected);
            }
        }
        for kind in ObjectKind::ALL.iter().copied() {
            let of_kind: Vec<_> = wrong.iter().filter(|((other, _), _)| *other == kind).collect();
            for chunk in of_kind.chunks(CHUNK) {
                self.check_stop()?;
                let ids: Vec<String> = chunk.iter().map(|((_, id), _)| id.clone()).collect();
                let links = self.links_by_object(kind, &ids).await?;
                let link_ids: Vec<LinkId> = links.values().map(|link| link.id).collect();
                let mut exported: HashMap<LinkId, Attributes> =
                    self.links.exported(&link_ids).await?.into_iter().collect();
                let targets = chunk
                    .iter()
                    .flat_map(|(_, wanted)| {
                        wanted.iter().flat_map(|corrected| corrected.links.iter().copied())
                    })
                    .collect();
                let target_ids = self.target_ids(targets).await?;
                let mut changes = Vec::new();
                for ((_, object_id), wanted) in chunk {
                    let Some(link) = links.get(object_id) else { continue };
                    let Some(old) = exported.remove(&link.id) else { continue };
                    let mut attributes = old.clone();
                    for corrected in *wanted {
                        match corrected.value(&target_ids) {
                            Some(value) => attributes.insert(corrected.attribute.clone(), value),
                            None => attributes.remove(&corrected.attribute),
                        };
                    }
                    let changed = differences(&old, &attributes);
                    if !changed.is_empty() {
                        let modified = modified_properties(&changed, &old, &attributes, None);
                        changes.push(self.reference_change(link, attributes, changed, modified));
                    }
                }
                self.carry_out_references(changes).await?;
            }
        }
        Ok(())
    }

    async fn settle_members(&mut self, deferred: Vec<DeferredMembers>) -> Result<(), CycleError> {
        for chunk in deferred.chunks(CHUNK) {
            self.check_stop()?;
            let ids: Vec<String> = chunk.iter().map(|group| group.object_id.clone()).collect();
            let links = self.links_by_object(ObjectKind::Group, &ids).await?;
            let link_ids: Vec<LinkId> = links.values().map(|link| link.id).collect();
            let mut exported: HashMap<LinkId, Attributes> =
                self.links.exported(&link_ids).await?.into_iter().collect();
            let mut changes = Vec::new();
            for group in chunk {
                let Some(link) = links.get(&group.object_id) else { continue };
                self.know(group.uncertain.iter().map(|(key, _)| *key).collect()).await?;
                let held: BTreeSet<LinkId> = self.links.link_members(link.id).await?.into_iter().collect();
                let finals: BTreeSet<LinkId> = group
                    .uncertain
                    .iter()
                    .filter_map(|(key, _)| self.resolver.resolve_finally(*key))
                    .collect();
                let certain: BTreeSet<LinkId> = group.certain.iter().copied().collect();
                let add: Vec<LinkId> = finals.difference(&held).copied().collect();
                let remove: Vec<LinkId> = group
                    .uncertain
                    .iter()
                    .filter_map(|(_, used)| *used)
                    .filter(|used| held.contains(used) && !finals.contains(used) && !certain.contains(used))
                    .collect();
                // Members whose new name was not known yet when the group was read are members after all.
                let back = self.unmark(link.id, finals.iter().filter(|id| held.contains(id)).copied());
                self.mark(link.id, &remove);
                if !remove.is_empty() || !back.is_empty() {
                    let write = MemberWrite {
                        group_object_id: link.object_id.clone(),
                        add: back,
                        leaving: remove,
                        ..MemberWrite::default()
                    };
                    self.commit(PageCommit { members: vec![write], ..PageCommit::default() }).await?;
                }
                if add.is_empty() {
                    continue;
                }
                let target_ids = self.target_ids(add.clone()).await?;
                let of = |links: &[LinkId]| -> Vec<String> {
                    links.iter().filter_map(|link| target_ids.get(link)).cloned().collect()
                };
                let modified = vec![ModifiedProperty {
                    display_name: "members".to_owned(),
                    old_value: None,
                    new_value: Some(format!("{} added", add.len())),
                }];
                let attributes = exported.remove(&link.id).unwrap_or_default();
                let mut change = self.reference_change(link, attributes, Vec::new(), modified);
                change.operation.add_members = of(&add);
                change.add_links = add;
                changes.push(change);
            }
            self.carry_out_references(changes).await?;
        }
        Ok(())
    }

    /// Makes sure that names which the store knows are known here.
    async fn know(&mut self, names: Vec<NameKey>) -> Result<(), CycleError> {
        self.resolver.trim();
        if self.resolver.is_partial() { self.load_keys(names).await } else { Ok(()) }
    }

    async fn carry_out_references(&mut self, changes: Vec<Change>) -> Result<(), CycleError> {
        if !changes.is_empty() {
            self.carry_out(changes, PageCommit::default(), &HashMap::new()).await?;
        }
        Ok(())
    }

    async fn links_by_object(
        &self,
        kind: ObjectKind,
        ids: &[String],
    ) -> Result<HashMap<String, Link>, CycleError> {
        let links = self.links.links_of(self.configuration.id, kind, ids).await?;
        Ok(links.into_iter().map(|link| (link.object_id.clone(), link)).collect())
    }

    pub(crate) fn reference_change(
        &self,
        link: &Link,
        attributes: Attributes,
        changed: Vec<String>,
        modified: Vec<ModifiedProperty>,
    ) -> Change {
        let target_name = self
            .mappings
            .get(&link.kind)
            .and_then(|mappings| attributes.get(mappings.schema().user_name))
            .and_then(Value::as_text)
            .unwrap_or(&link.display_name)
            .to_owned();
        Change {
            fingerprint: fingerprint(&attributes, &link.anchor),
            operation: Operation {
                change_id: self.new_change_id(),
                verb: Verb::Update,
                kind: link.kind,
                anchor: link.anchor.clone(),
                target_id: Some(link.target_id.clone()),
                attributes,
                changed,
                add_members: Vec::new(),
                remove_members: Vec::new(),
            },
            object_id: link.object_id.clone(),
            source_dn: link.source_dn.clone(),
            display_name: link.display_name.clone(),
            exported: None,
            link: Some(link.id),
            replaces: Vec::new(),
            add_links: Vec::new(),
            remove_links: Vec::new(),
            leaving_links: Vec::new(),
            names: None,
            modified,
            steps: vec![step(
                "EntryReferenceResolution",
                StepKind::ReferenceResolution,
                Status::Success,
                "The objects that this one refers to are all read; its references are settled.",
            )],
            partial: true,
            dormant: link.state == LinkState::Disabled,
            target_name,
        }
    }
}
