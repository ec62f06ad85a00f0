//! A small directory that remembers its changes: units, people, groups and contacts, renamed, moved, deleted,
//! restored.

use std::collections::BTreeSet;

use domain::{Entry, ObjectKind};
use uuid::Uuid;

use super::dice::Dice;

/// Units at the start: 0 and 4 beneath the domain, 2 and 3 within 1, 5 within 4. Unit 0 is never deleted.
const PARENTS: [Option<usize>; 6] = [None, None, Some(1), Some(1), None, Some(4)];

/// The title that no mapping takes.
pub const BAD_TITLE: &str = "T4";

#[derive(Debug, Clone)]
pub struct Unit {
    pub id: Uuid,
    pub name: String,
    /// `None`: beneath the domain itself.
    pub parent: Option<usize>,
    pub alive: bool,
    /// When it was renamed, moved or deleted.
    pub moved: u64,
}

#[derive(Debug, Clone)]
pub struct Object {
    pub id: Uuid,
    pub kind: ObjectKind,
    pub name: String,
    pub unit: usize,
    pub login: String,
    pub title: Option<String>,
    pub enabled: bool,
    pub manager: Option<usize>,
    pub members: BTreeSet<usize>,
    pub alive: bool,
    /// What it lost when it was deleted: its own references, and who referred to it.
    lost: Lost,
    /// Number of the last change, and of the first.
    pub changed: u64,
    pub born: u64,
}

/// References that come back when an object does, as Active Directory's recycle bin keeps them.
#[derive(Debug, Clone, Default)]
struct Lost {
    members: BTreeSet<usize>,
    manager: Option<usize>,
    groups: Vec<usize>,
    reports: Vec<usize>,
}

/// A membership that began or ended.
#[derive(Debug, Clone, Copy)]
pub struct Joined {
    pub usn: u64,
    pub group: usize,
    pub member: usize,
}

#[derive(Debug, Clone)]
pub struct Model {
    /// Told apart from the model of another domain.
    pub side: usize,
    pub usn: u64,
    pub units: Vec<Unit>,
    pub objects: Vec<Object>,
    pub memberships: Vec<Joined>,
    /// Parts of the scope that no cycle has met yet: were they renamed, nobody could tell them from misspelt ones.
    pub unmet_units: BTreeSet<usize>,
    pub unmet_groups: BTreeSet<usize>,
    names: u64,
}

impl Model {
    pub fn new(side: usize, dice: &mut Dice) -> Self {
        let mut model = Self {
            side,
            usn: 1,
            units: Vec::new(),
            objects: Vec::new(),
            memberships: Vec::new(),
            unmet_units: BTreeSet::new(),
            unmet_groups: BTreeSet::new(),
            names: 0,
        };
        for (number, parent) in PARENTS.into_iter().enumerate() {
            let (id, name) = (uuid(dice), format!("Unit {number}"));
            model.units.push(Unit { id, name, parent, alive: true, moved: 0 });
        }
        for _ in 0..6 + dice.below(6) {
            model.add(dice);
        }
        for _ in 0..15 {
            model.change(dice);
        }
        model
    }

    fn tick(&mut self) -> u64 {
        self.usn += 1;
        self.usn
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("N{}", self.names)
    }

    /// Mostly a login of its own; sometimes one that others want too, also in another domain.
    fn new_login(&mut self, dice: &mut Dice) -> String {
        if dice.chance(12) {
            return format!("shared-{}", dice.below(3));
        }
        self.names += 1;
        format!("u{}-{}", self.side, self.names)
    }

    fn add(&mut self, dice: &mut Dice) -> usize {
        let (id, usn) = (uuid(dice), self.tick());
        let (name, login) = (self.new_name(), self.new_login(dice));
        let kind = match dice.below(10) {
            0..3 => ObjectKind::Group,
            3 => ObjectKind::Contact,
            _ => ObjectKind::User,
        };
        let unit = self.living_unit(dice);
        self.objects.push(Object {
            id,
            kind,
            login,
            name,
            unit,
            title: dice.chance(60).then(|| format!("T{}", dice.below(5))),
            enabled: true,
            manager: None,
            members: BTreeSet::new(),
            alive: true,
            lost: Lost::default(),
            changed: usn,
            born: usn,
        });
        self.objects.len() - 1
    }

    pub fn living_unit(&self, dice: &mut Dice) -> usize {
        let living: Vec<usize> = (0..self.units.len()).filter(|unit| self.units[*unit].alive).collect();
        dice.pick(&living).unwrap_or_default()
    }

    pub fn living(&self, kind: Option<ObjectKind>) -> Vec<usize> {
        let wanted = |at: &usize| {
            let object = &self.objects[*at];
            object.alive && kind.is_none_or(|kind| object.kind == kind)
        };
        (0..self.objects.len()).filter(wanted).collect()
    }

    /// One random change. What it did, for people who look at a seed.
    pub fn change(&mut self, dice: &mut Dice) -> String {
        let nothing = || "nothing".to_owned();
        let all = self.living(None);
        let people = self.living(Some(ObjectKind::User));
        let groups = self.living(Some(ObjectKind::Group));
        let (Some(any), person, group) = (dice.pick(&all), dice.pick(&people), dice.pick(&groups)) else {
            return format!("add {}", self.add(dice));
        };
        match dice.below(16) {
            0 => format!("add {}", self.add(dice)),
            1 if !self.unmet_groups.contains(&any) => {
                let name = self.new_name();
                self.touch(any).name = name;
                format!("rename {any}")
            }
            2 | 3 if !self.unmet_groups.contains(&any) => {
                let unit = self.living_unit(dice);
                self.touch(any).unit = unit;
                format!("move {any} to {unit}")
            }
            4 if !self.unmet_groups.contains(&any) => {
                self.delete(any);
                format!("delete {any}")
            }
            5 => {
                let gone: Vec<usize> =
                    (0..self.objects.len()).filter(|at| !self.objects[*at].alive).collect();
                let Some(gone) = dice.pick(&gone) else { return nothing() };
                let unit = self.living_unit(dice);
                self.restore(gone, unit);
                format!("restore {gone} to {unit}")
            }
            6 => {
                let Some(person) = person else { return nothing() };
                let title = dice.chance(80).then(|| format!("T{}", dice.below(5)));
                self.touch(person).title.clone_from(&title);
                format!("title of {person}: {title:?}")
            }
            7 => {
                let Some(person) = person else { return nothing() };
                let object = self.touch(person);
                object.enabled = !object.enabled;
                format!("switch {person}")
            }
            8 => {
                let (Some(person), manager) = (person, dice.pick(&people)) else { return nothing() };
                let manager = manager.filter(|manager| *manager != person && dice.chance(80));
                self.touch(person).manager = manager;
                format!("manager of {person}: {manager:?}")
            }
            9 => {
                let Some(person) = person else { return nothing() };
                let login = self.new_login(dice);
                self.touch(person).login.clone_from(&login);
                format!("login of {person}: {login}")
            }
            10 if dice.chance(25) => self.change_unit(dice),
            _ => {
                let Some(group) = group.filter(|group| *group != any) else { return nothing() };
                let joins = self.toggle_member(group, any);
                format!("{} {any} of {group}", if joins { "join" } else { "leave" })
            }
        }
    }

    pub fn toggle_member(&mut self, group: usize, member: usize) -> bool {
        let usn = self.tick();
        let held = &mut self.objects[group].members;
        let joins = held.insert(member);
        if !joins {
            held.remove(&member);
        }
        self.objects[group].changed = usn;
        self.memberships.push(Joined { usn, group, member });
        joins
    }

    fn change_unit(&mut self, dice: &mut Dice) -> String {
        let unit = self.living_unit(dice);
        let unmet = self.unmet_units.iter().any(|one| self.is_within(*one, unit))
            || self.unmet_groups.iter().any(|group| self.is_within(self.objects[*group].unit, unit));
        if unit == 0 || unmet {
            return "nothing".to_owned();
        }
        let usn = self.tick();
        match dice.below(3) {
            0 => {
                let beneath: Vec<usize> = (0..self.units.len())
                    .filter(|one| self.units[*one].alive && self.is_within(*one, unit))
                    .collect();
                for at in self.living(None) {
                    if beneath.contains(&self.objects[at].unit) {
                        self.delete(at);
                    }
                }
                for one in beneath {
                    let usn = self.tick();
                    (self.units[one].alive, self.units[one].moved) = (false, usn);
                }
                format!("delete unit {unit}")
            }
            1 => {
                let parents: Vec<Option<usize>> = (0..self.units.len())
                    .filter(|one| self.units[*one].alive && !self.is_within(*one, unit))
                    .map(Some)
                    .chain([None])
                    .collect();
                let parent = dice.pick(&parents).flatten();
                (self.units[unit].parent, self.units[unit].moved) = (parent, usn);
                format!("move unit {unit} to {parent:?}")
            }
            _ => {
                let name = self.new_name();
                (self.units[unit].name, self.units[unit].moved) = (name, usn);
                format!("rename unit {unit}")
            }
        }
    }

    fn touch(&mut self, at: usize) -> &mut Object {
        let usn = self.tick();
        let object = &mut self.objects[at];
        object.changed = usn;
        object
    }

    /// A deleted object loses its links in both directions, and those who had it are not touched.
    fn delete(&mut self, at: usize) {
        let usn = self.tick();
        let mut lost = Lost::default();
        for (other, object) in self.objects.iter_mut().enumerate() {
            if object.members.remove(&at) {
                lost.groups.push(other);
            }
            if object.manager == Some(at) {
                object.manager = None;
                lost.reports.push(other);
            }
        }
        let object = &mut self.objects[at];
        (object.alive, object.changed) = (false, usn);
        (lost.members, lost.manager) = (std::mem::take(&mut object.members), object.manager.take());
        object.lost = lost;
    }

    /// A restored object has its references again, and those who refer to it are not touched either.
    fn restore(&mut self, at: usize, unit: usize) {
        let usn = self.tick();
        let lost = std::mem::take(&mut self.objects[at].lost);
        let members: BTreeSet<usize> =
            lost.members.into_iter().filter(|member| self.objects[*member].alive).collect();
        let manager = lost.manager.filter(|manager| self.objects[*manager].alive);
        let object = &mut self.objects[at];
        (object.alive, object.changed, object.born, object.unit) = (true, usn, usn, unit);
        (object.members, object.manager) = (members, manager);
        for group in lost.groups {
            if self.objects[group].alive {
                self.objects[group].members.insert(at);
            }
        }
        for report in lost.reports {
            if self.objects[report].alive && self.objects[report].manager.is_none() {
                self.objects[report].manager = Some(at);
            }
        }
    }

    /// Whether a unit is another one or lies beneath it.
    pub fn is_within(&self, mut unit: usize, above: usize) -> bool {
        loop {
            if unit == above {
                return true;
            }
            match self.units[unit].parent {
                Some(parent) => unit = parent,
                None => return false,
            }
        }
    }

    pub fn unit_dn(&self, unit: usize) -> String {
        let unit = &self.units[unit];
        match unit.parent {
            Some(parent) => format!("OU={},{}", unit.name, self.unit_dn(parent)),
            None => format!("OU={},DC=x", unit.name),
        }
    }

    pub fn dn(&self, at: usize) -> String {
        let object = &self.objects[at];
        format!("CN={},{}", object.name, self.unit_dn(object.unit))
    }

    pub fn object_id(&self, at: usize) -> String {
        self.objects[at].id.hyphenated().to_string()
    }

    /// The object as LDAP gives it.
    pub fn entry(&self, at: usize, with_members: bool) -> Entry {
        let object = &self.objects[at];
        let mut entry = Entry::new(self.dn(at))
            .with("objectGUID", [object.id.to_bytes_le()])
            .with("cn", [object.name.as_str()])
            .with("displayName", [object.name.as_str()]);
        match object.kind {
            ObjectKind::User => {
                entry = entry
                    .with("sAMAccountName", [object.login.as_str()])
                    .with("userPrincipalName", [principal_name(&object.login)])
                    .with("userAccountControl", [if object.enabled { "512" } else { "514" }]);
                if let Some(title) = &object.title {
                    entry = entry.with("title", [title.as_str()]);
                }
                if let Some(manager) = object.manager {
                    entry = entry.with("manager", [self.dn(manager)]);
                }
            }
            ObjectKind::Group => {
                entry =
                    entry.with("groupType", ["-2147483646"]).with("sAMAccountName", [object.login.as_str()]);
                if with_members {
                    entry = entry.with("member", object.members.iter().map(|member| self.dn(*member)));
                }
            }
            ObjectKind::Contact => {}
        }
        entry
    }
}

pub fn principal_name(login: &str) -> String {
    format!("{login}@x.example")
}

fn uuid(dice: &mut Dice) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&dice.next().to_le_bytes());
    bytes[8..].copy_from_slice(&dice.next().to_le_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
