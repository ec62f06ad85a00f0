//! Changes of single objects. Each takes the next sequence number and leaves its trace in the log, as a domain
//! controller's update sequence does.

use super::{
    attribute::Attr,
    fixed::Places,
    object::{Kind, ObjectId},
    state::{Deletion, Override, Patch, State, Value},
    time::filetime,
    view::View,
};
use crate::vocabulary::{departments::DEPARTMENTS, fold};

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another object has this name in the container.
    NameTaken(ObjectId),
}

impl State {
    /// Takes the next sequence number for an object.
    fn touch(&mut self, id: ObjectId) -> (u64, &mut Patch) {
        self.usn += 1;
        let (usn, now) = (self.usn, self.now);
        let patch = self.patches.entry(id).or_default();
        if patch.usn > 0 {
            self.log.remove(&patch.usn);
        }
        self.log.insert(usn, id);
        patch.usn = usn;
        patch.changed = now;
        (usn, patch)
    }

    pub(super) fn set(&mut self, id: ObjectId, attr: Attr, values: Vec<Value>) {
        if attr == Attr::Manager {
            self.index_report(id, &values);
        }
        if matches!(attr, Attr::SamAccountName | Attr::UserPrincipalName | Attr::Mail | Attr::MailNickname) {
            self.aliased.insert(id);
        }
        let (usn, patch) = self.touch(id);
        patch.overrides.retain(|set| set.attr != attr);
        patch.overrides.push(Override { attr, usn, values });
    }

    pub(super) fn set_text(&mut self, id: ObjectId, attr: Attr, value: &str) {
        self.set(id, attr, vec![Value::Octets(value.as_bytes().into())]);
    }

    fn index_report(&mut self, report: ObjectId, manager: &[Value]) {
        let before = self.patch(report).and_then(|patch| patch.value(Attr::Manager));
        if let Some(Value::Object(before)) = before.and_then(|set| set.values.first()) {
            let before = *before;
            if let Some(reports) = self.reports.get_mut(&before) {
                reports.remove(&report);
            }
        }
        if let Some(Value::Object(manager)) = manager.first() {
            self.reports.entry(*manager).or_default().insert(report);
        }
    }

    pub(super) fn change_password(&mut self, id: ObjectId) {
        self.set_text(id, Attr::PwdLastSet, &filetime(self.now).to_string());
    }

    /// Gives an object another container, another name, or both.
    pub(super) fn relocate(
        &mut self,
        id: ObjectId,
        to: Option<u32>,
        name: Option<&str>,
    ) -> Result<(), Refusal> {
        let from = self.parent(id).unwrap_or(Places::ROOT);
        let (to_container, old_name) = (to.unwrap_or(from), self.name(id).to_lowercase());
        let new_name = name.map_or_else(|| old_name.clone(), str::to_lowercase);
        if let Some(other) = self.name_holder(to_container, &new_name).filter(|&other| other != id) {
            return Err(Refusal::NameTaken(other));
        }
        if self.names.get(&(from, old_name.clone())) == Some(&id) {
            self.names.remove(&(from, old_name));
        }
        if id.kind() != Kind::Fixed {
            self.names.insert((to_container, new_name), id);
        }
        let (usn, patch) = self.touch(id);
        patch.name_usn = usn;
        if let Some(name) = name {
            patch.name = Some(name.into());
        }
        if to.is_some() {
            patch.parent = to;
        }
        if id.kind() == Kind::Fixed {
            self.index_fixed();
        }
        Ok(())
    }

    fn name_holder(&self, container: u32, name: &str) -> Option<ObjectId> {
        let rdn = super::dn::Rdn { kind: "cn".to_owned(), value: name.to_owned() };
        self.child(container, &rdn).or_else(|| {
            (0..self.fixed.len() as u32)
                .map(|at| ObjectId::new(Kind::Fixed, at))
                .find(|&at| self.parent(at) == Some(container) && self.name(at).to_lowercase() == name)
        })
    }

    pub(super) fn set_member(&mut self, group: ObjectId, member: ObjectId, joined: bool) {
        if self.groups_of(member).contains(&group) == joined {
            return;
        }
        let created_with =
            self.blueprint.groups.of_member(&self.blueprint.people, member).contains(&group.index());
        let (usn, patch) = self.touch(group);
        let changes = patch.members.get_or_insert_default();
        if joined {
            changes.removed.remove(&member);
            changes.added.insert(member, usn);
        } else {
            changes.added.remove(&member);
            changes.removed.insert(member, usn);
        }
        // A member as created that comes back stays out of the listing at creation, or it would be listed twice.
        if joined && created_with {
            changes.removed.insert(member, 0);
        }
        let groups = &mut self.untouched(member).groups;
        groups.retain(|(known, _)| *known != group);
        if joined && created_with {
            groups.push((group, false));
        }
        groups.push((group, joined));
    }

    /// An object's patch for notes that are no change of the object itself.
    fn untouched(&mut self, id: ObjectId) -> &mut Patch {
        let (usn, changed) = (self.usn_changed(id), self.when_changed(id));
        self.patches.entry(id).or_insert_with(|| Patch { usn, changed, ..Patch::default() })
    }

    pub(super) fn join(&mut self) -> ObjectId {
        let index = self.people();
        self.joined += 1;
        let id = ObjectId::new(Kind::Person, index);
        let now = self.now;
        let (usn, patch) = self.touch(id);
        patch.created = Some((usn, now));
        let people = &self.blueprint.people;
        let department = self.blueprint.groups.of_department(people.department(index));
        let site = self.blueprint.groups.of_site(people.office(index));
        let mut manager = people.manager(index);
        while let Some(above) = manager.filter(|&above| !self.is_alive(ObjectId::new(Kind::Person, above))) {
            manager = self.blueprint.people.manager(above);
        }
        if manager != self.blueprint.people.manager(index) {
            let manager = manager.map(|index| Value::Object(ObjectId::new(Kind::Person, index)));
            self.set(id, Attr::Manager, manager.into_iter().collect());
        }
        for group in department.into_iter().chain(site) {
            let group = ObjectId::new(Kind::Group, group);
            if self.is_alive(group) {
                self.set_member(group, id, true);
            }
        }
        id
    }

    pub(super) fn new_group(&mut self, name: &str) -> Result<ObjectId, Refusal> {
        let id = ObjectId::new(Kind::Group, self.groups());
        if let Some(other) = self.name_holder(self.places.groups, &name.to_lowercase()) {
            return Err(Refusal::NameTaken(other));
        }
        self.new_groups += 1;
        self.names.insert((self.places.groups, name.to_lowercase()), id);
        self.aliased.insert(id);
        let now = self.now;
        let (usn, patch) = self.touch(id);
        patch.created = Some((usn, now));
        patch.name = Some(name.into());
        Ok(id)
    }

    pub(super) fn move_department(&mut self, id: ObjectId, department: usize) -> Result<(), Refusal> {
        let to = self.places.department(department);
        let Some(new) = DEPARTMENTS.get(department).filter(|_| self.parent(id) != Some(to)) else {
            return Ok(());
        };
        self.relocate(id, Some(to), None)?;
        self.set_text(id, Attr::Department, new.name);
        let title = new.titles[id.index() as usize % new.titles.len()];
        self.set_text(id, Attr::Title, title);
        let head = self.blueprint.people.of_department(department, u32::MAX).next();
        let head = head.map(|index| ObjectId::new(Kind::Person, index)).filter(|&head| self.is_alive(head));
        let manager = head.unwrap_or(ObjectId::new(Kind::Person, 0));
        if manager != id {
            self.set(id, Attr::Manager, vec![Value::Object(manager)]);
        }
        for other in 0..DEPARTMENTS.len() {
            let group = self.blueprint.groups.of_department(other).map(|at| ObjectId::new(Kind::Group, at));
            if let Some(group) = group.filter(|&group| self.is_alive(group)) {
                self.set_member(group, id, other == department);
            }
        }
        Ok(())
    }

    pub(super) fn change_family_name(&mut self, id: ObjectId, family: &str) -> Result<(), Refusal> {
        let view = View::new(self, id);
        let given = view.text(Attr::GivenName).unwrap_or_default();
        let mut addresses = Vec::new();
        view.each(Attr::ProxyAddresses, &mut |value| {
            let address = String::from_utf8_lossy(value);
            addresses.push(address.replacen("SMTP:", "smtp:", 1));
        });
        let name = format!("{given} {family}");
        let local = format!("{}.{}", fold(&given), fold(family));
        let taken = self.by_account_name(&local).into_iter().any(|other| {
            let mail = View::new(self, other).text(Attr::Mail);
            mail.is_some_and(|mail| mail.split('@').next() == Some(local.as_str()))
        });
        let local = if taken { format!("{local}{}", id.index()) } else { local };
        let mail = format!("{local}@{}", self.blueprint.mail_domain);
        self.relocate(id, None, Some(&name))?;
        self.set_text(id, Attr::Sn, family);
        self.set_text(id, Attr::DisplayName, &name);
        self.set_text(id, Attr::Mail, &mail);
        self.set_text(id, Attr::UserPrincipalName, &mail);
        let values = std::iter::once(format!("SMTP:{mail}"))
            .chain(addresses.into_iter().filter(|address| *address != format!("smtp:{mail}")))
            .map(|address| Value::Octets(address.into_bytes().into()));
        self.set(id, Attr::ProxyAddresses, values.collect());
        Ok(())
    }

    pub(super) fn delete(&mut self, id: ObjectId) {
        let last_parent = self.parent(id).unwrap_or(Places::ROOT);
        let key = (last_parent, self.name(id).to_lowercase());
        if self.names.get(&key) == Some(&id) {
            self.names.remove(&key);
        }
        let time = self.now;
        let (usn, patch) = self.touch(id);
        patch.deleted = Some(Deletion { last_parent, usn, time });
        self.tombstones.push_back(id);
        self.gone += u32::from(id.kind() == Kind::Person);
    }

    pub(super) fn restore(&mut self, id: ObjectId) -> Result<(), Refusal> {
        let deletion = self.patch(id).and_then(|patch| patch.deleted.as_ref());
        let Some(parent) = deletion.map(|deletion| deletion.last_parent) else { return Ok(()) };
        let name = self.name(id).to_lowercase();
        if let Some(other) = self.name_holder(parent, &name) {
            return Err(Refusal::NameTaken(other));
        }
        let (usn, patch) = self.touch(id);
        patch.name_usn = usn;
        patch.restored_usn = usn;
        patch.deleted = None;
        patch.parent = Some(parent);
        self.tombstones.retain(|&other| other != id);
        self.gone -= u32::from(id.kind() == Kind::Person);
        self.names.insert((parent, name), id);
        Ok(())
    }

    /// Forgets what was deleted longer ago than tombstones live.
    pub(super) fn purge(&mut self) {
        let horizon = self.now - super::TOMBSTONE_DAYS * super::time::DAY;
        while let Some(&oldest) = self.tombstones.front() {
            let expired = self.patch(oldest).and_then(|patch| patch.deleted.as_ref());
            if expired.is_some_and(|deletion| deletion.time >= horizon) {
                return;
            }
            self.tombstones.pop_front();
            if let Some(patch) = self.patches.remove(&oldest) {
                self.log.remove(&patch.usn);
            }
            self.aliased.remove(&oldest);
            self.reports.remove(&oldest);
            self.purged.insert(oldest);
        }
    }
}
