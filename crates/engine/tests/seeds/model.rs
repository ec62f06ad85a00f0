//! A small directory that remembers its changes: units, people and groups, renamed, moved, deleted, restored.

use std::collections::BTreeSet;

use domain::{Entry, ObjectKind};
use uuid::Uuid;

use super::dice::Dice;

/// The unit that the configuration takes; everything else is out of scope.
pub const SCOPE: usize = 1;
const UNITS: usize = 5;

#[derive(Debug, Clone)]
pub struct Unit {
    pub id: Uuid,
    pub name: String,
    /// `None`: beneath the domain itself.
    pub parent: Option<usize>,
    /// When it was renamed or moved.
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
    /// Number of the last change, and of the first.
    pub changed: u64,
    pub born: u64,
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
    pub seed: u64,
    pub usn: u64,
    pub units: Vec<Unit>,
    pub objects: Vec<Object>,
    pub memberships: Vec<Joined>,
    names: u64,
}

impl Model {
    pub fn new(seed: u64, dice: &mut Dice) -> Self {
        let mut model =
            Self { seed, usn: 1, units: Vec::new(), objects: Vec::new(), memberships: Vec::new(), names: 0 };
        for number in 0..UNITS {
            // 0 outside, 1 the scope, 2 and 3 within it, 4 outside.
            let parent = matches!(number, 2 | 3).then_some(SCOPE);
            let id = model.uuid(dice);
            model.units.push(Unit { id, name: format!("Unit {number}"), parent, moved: 0 });
        }
        for _ in 0..8 + dice.below(8) {
            model.add(dice);
        }
        for _ in 0..20 {
            model.change(dice);
        }
        model
    }

    fn uuid(&self, dice: &mut Dice) -> Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&dice.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.seed.to_le_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn tick(&mut self) -> u64 {
        self.usn += 1;
        self.usn
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("N{}", self.names)
    }

    fn add(&mut self, dice: &mut Dice) {
        let id = self.uuid(dice);
        let usn = self.tick();
        let name = self.new_name();
        let kind = if dice.chance(30) { ObjectKind::Group } else { ObjectKind::User };
        let unit = dice.below(UNITS);
        self.objects.push(Object {
            id,
            kind,
            login: format!("{}-{}", name.to_lowercase(), self.seed),
            name,
            unit,
            title: None,
            enabled: true,
            manager: None,
            members: BTreeSet::new(),
            alive: true,
            changed: usn,
            born: usn,
        });
    }

    fn of(&self, kind: Option<ObjectKind>, alive: bool) -> Vec<usize> {
        (0..self.objects.len())
            .filter(|at| {
                let object = &self.objects[*at];
                object.alive == alive && kind.is_none_or(|kind| object.kind == kind)
            })
            .collect()
    }

    /// One random change. What it did, for people who look at a seed.
    pub fn change(&mut self, dice: &mut Dice) -> String {
        let all = self.of(None, true);
        let people = self.of(Some(ObjectKind::User), true);
        let groups = self.of(Some(ObjectKind::Group), true);
        let (Some(any), person, group) = (dice.pick(&all), dice.pick(&people), dice.pick(&groups)) else {
            self.add(dice);
            return "add".to_owned();
        };
        match dice.below(12) {
            0 => {
                self.add(dice);
                "add".to_owned()
            }
            1 => {
                let name = self.new_name();
                self.touch(any).name = name;
                format!("rename {any}")
            }
            2 | 3 => {
                let unit = dice.below(UNITS);
                self.touch(any).unit = unit;
                format!("move {any} to {unit}")
            }
            4 => {
                self.delete(any);
                format!("delete {any}")
            }
            5 => {
                let Some(gone) = dice.pick(&self.of(None, false)) else { return "nothing".to_owned() };
                let usn = self.tick();
                let object = &mut self.objects[gone];
                (object.alive, object.changed, object.born) = (true, usn, usn);
                format!("restore {gone}")
            }
            6 => {
                let Some(person) = person else { return "nothing".to_owned() };
                let title = dice.chance(80).then(|| format!("T{}", dice.below(5)));
                self.touch(person).title.clone_from(&title);
                format!("title of {person}: {title:?}")
            }
            7 => {
                let Some(person) = person else { return "nothing".to_owned() };
                let object = self.touch(person);
                object.enabled = !object.enabled;
                format!("switch {person}")
            }
            8 => {
                let (Some(person), manager) = (person, dice.pick(&people)) else {
                    return "nothing".to_owned();
                };
                let manager = manager.filter(|manager| *manager != person && dice.chance(80));
                self.touch(person).manager = manager;
                format!("manager of {person}: {manager:?}")
            }
            9 if dice.chance(15) => {
                let unit = 2 + dice.below(2);
                let usn = self.tick();
                let name = self.new_name();
                (self.units[unit].name, self.units[unit].moved) = (name, usn);
                if dice.chance(40) {
                    self.units[unit].parent = dice.pick(&[Some(SCOPE), None]).flatten();
                }
                format!("rename or move unit {unit}")
            }
            _ => {
                let Some(group) = group.filter(|group| *group != any) else { return "nothing".to_owned() };
                let usn = self.tick();
                let held = &mut self.objects[group].members;
                let joins = held.insert(any);
                if !joins {
                    held.remove(&any);
                }
                self.objects[group].changed = usn;
                self.memberships.push(Joined { usn, group, member: any });
                format!("{} {any} of {group}", if joins { "join" } else { "leave" })
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
        for object in &mut self.objects {
            object.members.remove(&at);
            object.manager = object.manager.filter(|manager| *manager != at);
        }
        let object = &mut self.objects[at];
        (object.alive, object.changed) = (false, usn);
        object.members.clear();
        object.manager = None;
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

    pub fn in_scope(&self, at: usize) -> bool {
        let mut unit = self.objects[at].unit;
        self.objects[at].alive
            && loop {
                if unit == SCOPE {
                    break true;
                }
                match self.units[unit].parent {
                    Some(parent) => unit = parent,
                    None => break false,
                }
            }
    }

    /// The object as LDAP gives it.
    pub fn entry(&self, at: usize, with_members: bool) -> Entry {
        let object = &self.objects[at];
        let mut entry = Entry::new(self.dn(at))
            .with("objectGUID", [object.id.to_bytes_le()])
            .with("cn", [object.name.as_str()])
            .with("displayName", [object.name.as_str()]);
        if object.kind == ObjectKind::User {
            entry = entry
                .with("sAMAccountName", [object.login.as_str()])
                .with("userPrincipalName", [format!("{}@x.example", object.login)])
                .with("userAccountControl", [if object.enabled { "512" } else { "514" }]);
            if let Some(title) = &object.title {
                entry = entry.with("title", [title.as_str()]);
            }
            if let Some(manager) = object.manager {
                entry = entry.with("manager", [self.dn(manager)]);
            }
        } else {
            entry = entry.with("groupType", ["-2147483646"]).with("sAMAccountName", [object.login.as_str()]);
            if with_members {
                entry = entry.with("member", object.members.iter().map(|member| self.dn(*member)));
            }
        }
        entry
    }
}
