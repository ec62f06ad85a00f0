//! Groups as they were created, and who was in them.
//!
//! Membership is arithmetic in both directions: a group lists its members and a person their groups without a stored
//! table. Beside departments and sites, every person falls on one group in each of three shuffled orders and is a
//! member there with that group's own likelihood.

use std::collections::HashMap;

use super::{
    object::{Kind, ObjectId},
    people::PeopleTable,
    random::{Shuffle, mix},
};
use crate::vocabulary::{
    departments::DEPARTMENTS,
    fold,
    groups::{PURPOSES, Purpose},
    places::OFFICES,
};

const ORDERS: usize = 3;

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Contains the departments' groups.
    AllStaff,
    Department(usize),
    Site(usize),
    /// Number among the groups of this kind.
    Purpose(u32),
    /// The first so many people.
    Large(u32),
}

#[derive(Debug)]
pub(crate) struct GroupTable {
    seed: u64,
    people: u32,
    contacts: u32,
    groups: Vec<(Box<str>, Role)>,
    by_name: HashMap<Box<str>, u32>,
    /// Index of the first group of [`Role::Purpose`], and how many there are.
    first_purpose: u32,
    purposes: u32,
    orders: [Shuffle; ORDERS],
}

impl GroupTable {
    pub(crate) fn new(seed: u64, count: u32, large: Option<u32>, people: u32, contacts: u32) -> Self {
        let departments = DEPARTMENTS.iter().enumerate();
        let sites = OFFICES.iter().enumerate();
        let mut groups: Vec<(Box<str>, Role)> = std::iter::once(("All Staff".into(), Role::AllStaff))
            .chain(
                departments.map(|(at, it)| (format!("Department {}", it.name).into(), Role::Department(at))),
            )
            .chain(sites.map(|(at, it)| (format!("Site {}", it.name).into(), Role::Site(at))))
            .take(count as usize)
            .collect();
        let first_purpose = groups.len() as u32;
        let purposes = count - first_purpose;
        groups.extend((0..purposes).map(|at| (purpose_name(at).into(), Role::Purpose(at))));
        if let Some(members) = large {
            groups.push(("Everyone in Company".into(), Role::Large(members.min(people))));
        }
        let by_name =
            groups.iter().zip(0..).map(|((name, _), at)| (name.to_lowercase().into(), at)).collect();
        let orders = std::array::from_fn(|at| Shuffle::new(purposes, mix(seed, 0x6f72, at as u64)));
        Self { seed, people, contacts, groups, by_name, first_purpose, purposes, orders }
    }

    pub(crate) fn count(&self) -> u32 {
        self.groups.len() as u32
    }

    pub(crate) fn name(&self, index: u32) -> &str {
        self.groups.get(index as usize).map_or("", |(name, _)| name)
    }

    pub(crate) fn role(&self, index: u32) -> Role {
        self.groups.get(index as usize).map_or(Role::Large(0), |&(_, role)| role)
    }

    /// Index of the group with a name, given in lower case.
    pub(crate) fn by_name(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn of_department(&self, department: usize) -> Option<u32> {
        self.with_role(1 + department as u32, Role::Department(department))
    }

    pub(crate) fn of_site(&self, office: usize) -> Option<u32> {
        self.with_role((1 + DEPARTMENTS.len() + office) as u32, Role::Site(office))
    }

    fn with_role(&self, index: u32, role: Role) -> Option<u32> {
        self.groups.get(index as usize).is_some_and(|group| group.1 == role).then_some(index)
    }

    pub(crate) fn purpose(&self, index: u32) -> Option<&'static Purpose> {
        match self.role(index) {
            Role::Purpose(at) => PURPOSES.get(at as usize % PURPOSES.len()),
            _ => None,
        }
    }

    /// Mail address of groups that have one, without its domain.
    pub(crate) fn mailbox(&self, index: u32) -> Option<String> {
        let has = match self.role(index) {
            Role::AllStaff | Role::Large(_) => true,
            Role::Department(_) | Role::Site(_) => false,
            Role::Purpose(_) => self.purpose(index).is_some_and(|purpose| purpose.distribution),
        };
        has.then(|| self.name(index).split(' ').map(fold).collect::<Vec<_>>().join("-"))
    }

    /// In hundredths: some groups have nobody, some nearly all whom they could have.
    fn likelihood(&self, at: u32) -> u64 {
        [0, 8, 30, 60, 60, 95][(mix(self.seed, 0x6c69, u64::from(at)) % 6) as usize]
    }

    fn falls_on(&self, person: u32, order: usize, at: u32) -> bool {
        let chance = mix(self.seed, 0x6d65 + order as u64, u64::from(person)) % 100;
        self.orders[order].forward(person % self.purposes) == at && chance < self.likelihood(at)
    }

    /// The next group in the list is a member too, for one in five.
    fn nests(&self, at: u32) -> bool {
        at + 1 < self.purposes
            && (mix(self.seed, 0x6e65, u64::from(at)).is_multiple_of(5) || self.closes_loop(at))
    }

    /// Real directories have groups that contain each other: the last two do.
    fn closes_loop(&self, at: u32) -> bool {
        self.purposes >= 2 && at == self.purposes - 2
    }

    fn contact_group(&self, contact: u32) -> Option<u32> {
        let with_mail = (self.purposes + 2) / PURPOSES.len() as u32;
        let at = (contact.checked_rem(with_mail)?) * PURPOSES.len() as u32 + 2;
        (at < self.purposes).then_some(self.first_purpose + at)
    }

    /// Calls with every member at creation until told to stop.
    pub(crate) fn members(
        &self,
        people: &PeopleTable,
        index: u32,
        each: &mut dyn FnMut(ObjectId) -> bool,
    ) -> bool {
        let person = |index| ObjectId::new(Kind::Person, index);
        let group = |index| ObjectId::new(Kind::Group, index);
        match self.role(index) {
            Role::AllStaff => {
                (0..DEPARTMENTS.len()).filter_map(|at| self.of_department(at)).all(|at| each(group(at)))
            }
            Role::Department(at) => people.of_department(at, self.people).all(|at| each(person(at))),
            Role::Site(at) => people.of_office(at, self.people).all(|at| each(person(at))),
            Role::Large(count) => (0..count).all(|at| each(person(at))),
            Role::Purpose(at) => {
                (0..ORDERS).all(|order| {
                    let first = self.orders[order].backward(at);
                    (first..self.people)
                        .step_by(self.purposes as usize)
                        .filter(|&it| self.falls_on(it, order, at))
                        .filter(|&it| !(0..order).any(|earlier| self.falls_on(it, earlier, at)))
                        .all(|it| each(person(it)))
                }) && (!self.nests(at) || each(group(index + 1)))
                    && (at == 0 || !self.closes_loop(at - 1) || each(group(index - 1)))
                    && (0..self.contacts)
                        .filter(|&it| self.contact_group(it) == Some(index))
                        .all(|it| each(ObjectId::new(Kind::Contact, it)))
            }
        }
    }

    /// Groups that an object was a direct member of at creation.
    pub(crate) fn of_member(&self, people: &PeopleTable, member: ObjectId) -> Vec<u32> {
        let index = member.index();
        match member.kind() {
            Kind::Person if index < self.people => {
                let mut groups: Vec<u32> = self.of_department(people.department(index)).into_iter().collect();
                groups.extend(self.of_site(people.office(index)));
                if self.purposes > 0 {
                    for order in 0..ORDERS {
                        let at = self.orders[order].forward(index % self.purposes);
                        let group = self.first_purpose + at;
                        if self.falls_on(index, order, at) && !groups.contains(&group) {
                            groups.push(group);
                        }
                    }
                }
                let large = self.count().wrapping_sub(1);
                groups
                    .extend(matches!(self.role(large), Role::Large(count) if index < count).then_some(large));
                groups
            }
            Kind::Group => match self.role(index) {
                Role::Department(_) => vec![0],
                Role::Purpose(at) => {
                    let before = (at > 0 && self.nests(at - 1)).then(|| index - 1);
                    before.into_iter().chain(self.closes_loop(at).then_some(index + 1)).collect()
                }
                _ => Vec::new(),
            },
            Kind::Contact => self.contact_group(index).into_iter().collect(),
            Kind::Person | Kind::Fixed => Vec::new(),
        }
    }
}

fn purpose_name(at: u32) -> String {
    let purpose = &PURPOSES[at as usize % PURPOSES.len()];
    let at = at as usize / PURPOSES.len();
    let word = purpose.words[at % purpose.words.len()];
    let at = at / purpose.words.len();
    let suffix = purpose.suffixes[at % purpose.suffixes.len()];
    match at / purpose.suffixes.len() {
        0 => format!("{} {word} {suffix}", purpose.prefix),
        number => format!("{} {word} {suffix} {}", purpose.prefix, number + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_directions_of_membership_agree() {
        for (count, large) in [(40, None), (500, Some(700)), (3, None), (28, None), (0, Some(5))] {
            let people = PeopleTable::new(5, 1_000);
            let table = GroupTable::new(5, count, large, 1_000, 20);
            let mut forward = BTreeSet::new();
            for group in 0..table.count() {
                table.members(&people, group, &mut |member| {
                    assert!(forward.insert((group, member)), "{member:?} twice in {group}");
                    true
                });
            }
            let members = (0..1_000)
                .map(|at| ObjectId::new(Kind::Person, at))
                .chain((0..table.count()).map(|at| ObjectId::new(Kind::Group, at)))
                .chain((0..20).map(|at| ObjectId::new(Kind::Contact, at)));
            let backward: BTreeSet<_> = members
                .flat_map(|member| {
                    table.of_member(&people, member).into_iter().map(move |group| (group, member))
                })
                .collect();
            assert_eq!(forward, backward);
        }
    }

    #[test]
    fn group_names_are_unique_and_found_again() {
        let table = GroupTable::new(5, 5_000, None, 100, 0);
        for index in 0..table.count() {
            assert_eq!(table.by_name(&table.name(index).to_lowercase()), Some(index));
        }
    }
}
