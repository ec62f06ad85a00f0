//! A group's members: who joins now, and who leaves when the guard agreed.

use std::collections::HashSet;

use domain::{LinkId, ObjectKind};

use super::{Item, MemberPlan};
use crate::references::DeferredMembers;
use crate::resolver::{NameKey, WhoLeft};
use crate::run::{CycleError, Run};

impl Run {
    /// Plans the members of one object, and gives what has to be looked at again.
    pub(super) async fn plan_members(
        &mut self,
        item: &mut Item,
    ) -> Result<Option<DeferredMembers>, CycleError> {
        if let Some((joined, left)) = item.delta.take() {
            item.members = Some(self.plan_joined_and_left(item, &joined, &left).await?);
            item.names.keep = true;
            return Ok(None);
        }
        let Some(names) = &item.desired.members else { return Ok(None) };
        let mut uncertain = Vec::new();
        let mut wanted = Vec::with_capacity(names.len());
        for name in names {
            let resolved = self.resolver.resolve(*name);
            if resolved.link.is_none() {
                item.names.keys.push(name.digest());
            }
            if resolved.certain {
                wanted.extend(resolved.link);
            } else {
                uncertain.push((*name, resolved.link));
            }
        }
        let guessed = uncertain.iter().filter_map(|(_, used)| *used);
        let certain = if guessed.clone().next().is_some() { wanted.clone() } else { Vec::new() };
        wanted.extend(guessed);
        wanted.sort_unstable();
        wanted.dedup();
        let Some(link) = &item.link else {
            item.members = Some(MemberPlan { add: wanted, ..MemberPlan::default() });
            return Ok(deferred(item, certain, uncertain));
        };
        let held = self.links.link_members(link.id).await?;
        let back = self.unmark(link.id, wanted.iter().copied());
        let leave: Vec<LinkId> =
            held.iter().filter(|id| wanted.binary_search(id).is_err()).copied().collect();
        self.mark(link.id, &leave);
        let mut add: Vec<LinkId> =
            wanted.iter().filter(|id| held.binary_search(id).is_err()).copied().collect();
        if let Some(drift) = &item.drift {
            let ids = self.target_ids(held.clone()).await?;
            let there: HashSet<&str> = drift.members.iter().map(String::as_str).collect();
            let lost = |id: &&LinkId| ids.get(id).is_some_and(|id| !there.contains(id.as_str()));
            add.extend(wanted.iter().filter(|id| held.binary_search(id).is_ok()).filter(lost));
            let ours: HashSet<&str> = ids.values().map(String::as_str).collect();
            let foreign: Vec<String> = there.difference(&ours).map(|id| (*id).to_owned()).collect();
            if !foreign.is_empty() {
                self.foreign.push((item.object_id.clone(), foreign));
            }
        }
        item.members = Some(MemberPlan { add, leave, back });
        Ok(deferred(item, certain, uncertain))
    }

    /// Only what changed is known. A name that the store does not know may be that of an object whose renaming is
    /// told further on: the directory is asked who bears it. A group which somebody left under a name that does not
    /// tell who it was is read again as a whole.
    async fn plan_joined_and_left(
        &mut self,
        item: &mut Item,
        joined: &[NameKey],
        left: &[NameKey],
    ) -> Result<MemberPlan, CycleError> {
        let Some(link) = item.link.as_ref().map(|link| link.id) else { return Ok(MemberPlan::default()) };
        let mut wanted: Vec<LinkId> =
            joined.iter().filter_map(|name| self.resolver.resolve(*name).link).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut unwanted = Vec::with_capacity(left.len());
        for name in left {
            match self.resolver.who_left(*name) {
                WhoLeft::Link(link) => unwanted.push(link),
                WhoLeft::Stranger => {}
                WhoLeft::Doubtful => {
                    self.rereads.insert((ObjectKind::Group, item.object_id.clone()));
                }
            }
        }
        unwanted.sort_unstable();
        unwanted.dedup();
        let unknown = joined.iter().filter(|name| self.resolver.resolve(**name).link.is_none());
        item.names.keys.extend(unknown.map(|name| name.digest()));
        let back = self.unmark(link, wanted.iter().copied());
        let held = self.links.members_among(link, &wanted).await?;
        let leave: Vec<LinkId> = self
            .links
            .members_among(link, &unwanted)
            .await?
            .into_iter()
            .filter(|id| wanted.binary_search(id).is_err())
            .collect();
        self.mark(link, &leave);
        let add = wanted.into_iter().filter(|id| held.binary_search(id).is_err()).collect();
        Ok(MemberPlan { add, leave, back })
    }
}

fn deferred(
    item: &Item,
    certain: Vec<LinkId>,
    uncertain: Vec<(NameKey, Option<LinkId>)>,
) -> Option<DeferredMembers> {
    debug_assert!(item.link.as_ref().is_none_or(|link| link.kind == ObjectKind::Group));
    (!uncertain.is_empty()).then(|| DeferredMembers { object_id: item.object_id.clone(), certain, uncertain })
}
