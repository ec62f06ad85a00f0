//! Links between objects, in both directions: members and groups, managers and reports. Links to deleted objects are
//! gone, as in Active Directory.

use super::{
    attribute::Attr,
    object::{Kind, ObjectId},
    state::{State, Value},
};

impl State {
    /// Calls with every direct member of a group until told to stop.
    pub(crate) fn members(&self, group: ObjectId, each: &mut dyn FnMut(ObjectId) -> bool) {
        let changes = self.patch(group).and_then(|patch| patch.members.as_deref());
        let mut current = |member| {
            changes.is_some_and(|changes| changes.removed.contains_key(&member))
                || self.is_deleted(member)
                || !self.exists(member)
                || each(member)
        };
        let finished = match group.kind() {
            Kind::Group => self.blueprint.groups.members(&self.blueprint.people, group.index(), &mut current),
            Kind::Fixed => self.fixed.get(group.index() as usize).is_none_or(|object| {
                object.members.iter().all(|&at| current(ObjectId::new(Kind::Fixed, at)))
            }),
            Kind::Person | Kind::Contact => true,
        };
        if let (true, Some(changes)) = (finished, changes) {
            changes.added.keys().filter(|&&member| self.is_alive(member)).all(|&member| each(member));
        }
    }

    /// Groups that an object is a direct member of. The primary group is no link.
    pub(crate) fn groups_of(&self, member: ObjectId) -> Vec<ObjectId> {
        let changes = self.patch(member).map_or(&[][..], |patch| &patch.groups);
        let mut groups: Vec<ObjectId> = match member.kind() {
            Kind::Fixed => (0..self.fixed.len() as u32)
                .filter(|&at| self.fixed[at as usize].members.contains(&member.index()))
                .map(|at| ObjectId::new(Kind::Fixed, at))
                .collect(),
            _ => self
                .blueprint
                .groups
                .of_member(&self.blueprint.people, member)
                .into_iter()
                .map(|at| ObjectId::new(Kind::Group, at))
                .collect(),
        };
        groups.retain(|group| !changes.contains(&(*group, false)));
        groups.extend(changes.iter().filter(|(_, joined)| *joined).map(|&(group, _)| group));
        groups.retain(|&group| self.is_alive(group));
        groups
    }

    /// Whether an object is in a group, directly or through other groups.
    pub(crate) fn is_member_in_chain(&self, member: ObjectId, group: ObjectId) -> bool {
        let mut seen = Vec::new();
        let mut open = self.groups_of(member);
        while let Some(next) = open.pop() {
            if next == group {
                return true;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(self.groups_of(next));
            }
        }
        false
    }

    pub(crate) fn manager(&self, id: ObjectId) -> Option<ObjectId> {
        let manager = match self.patch(id).and_then(|patch| patch.value(Attr::Manager)) {
            Some(set) => match set.values.first()? {
                Value::Object(manager) => *manager,
                Value::Octets(_) => return None,
            },
            None if id.kind() == Kind::Person => {
                ObjectId::new(Kind::Person, self.blueprint.people.manager(id.index())?)
            }
            None => return None,
        };
        self.is_alive(manager).then_some(manager)
    }

    pub(crate) fn reports(&self, id: ObjectId) -> Vec<ObjectId> {
        let mut reports = Vec::new();
        if id.kind() == Kind::Person {
            reports.extend(
                self.blueprint
                    .people
                    .reports(id.index(), self.people())
                    .map(|report| ObjectId::new(Kind::Person, report))
                    .filter(|&report| {
                        self.patch(report).is_none_or(|patch| patch.value(Attr::Manager).is_none())
                    }),
            );
        }
        reports.extend(self.reports.get(&id).into_iter().flatten());
        reports.retain(|&report| self.is_alive(report));
        reports
    }
}
