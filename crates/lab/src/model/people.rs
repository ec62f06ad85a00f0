//! People as they were created: number to name, department, office and manager, and back.

use std::collections::HashMap;

use super::random::{Shuffle, mix};
use crate::vocabulary::{
    departments::{DEPARTMENTS, Department},
    fold,
    names::{FAMILY, GIVEN},
    places::{OFFICES, Office},
};

const NAMES: u32 = (GIVEN.len() * FAMILY.len()) as u32;
/// Departments repeat with this period, offices with the other: coprime, so they mix.
const DEPARTMENT_PERIOD: usize = 64;
const OFFICE_PERIOD: usize = 31;
/// People who report to one manager.
const SPAN: u32 = 8;

#[derive(Debug)]
pub(crate) struct PeopleTable {
    seed: u64,
    count: u32,
    order: Shuffle,
    given: Vec<String>,
    family: Vec<String>,
    given_by_text: HashMap<String, u32>,
    family_by_text: HashMap<String, u32>,
    department_of: [u8; DEPARTMENT_PERIOD],
    rank_of: [u8; DEPARTMENT_PERIOD],
    residues: Vec<Vec<u32>>,
    office_of: [u8; OFFICE_PERIOD],
}

/// One person at creation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person<'a> {
    pub index: u32,
    pub given: &'static str,
    pub family: &'static str,
    given_folded: &'a str,
    family_folded: &'a str,
    /// How many times all names had been used before.
    round: u32,
    pub department: usize,
    pub office: &'static Office,
    /// Place in the department's hierarchy, 0 is its head.
    position: u32,
    seed: u64,
}

impl PeopleTable {
    pub(crate) fn new(seed: u64, count: u32) -> Self {
        let by_share: Vec<u8> = DEPARTMENTS
            .iter()
            .zip(0_u8..)
            .flat_map(|(department, number)| std::iter::repeat_n(number, department.share as usize))
            .collect();
        let mut department_of = [0; DEPARTMENT_PERIOD];
        let mut rank_of = [0; DEPARTMENT_PERIOD];
        let mut residues = vec![Vec::new(); DEPARTMENTS.len()];
        for residue in 0..DEPARTMENT_PERIOD {
            let department = by_share.get(residue * 37 % DEPARTMENT_PERIOD).copied().unwrap_or_default();
            department_of[residue] = department;
            rank_of[residue] = residues[usize::from(department)].len() as u8;
            residues[usize::from(department)].push(residue as u32);
        }
        let by_share: Vec<u8> = OFFICES
            .iter()
            .zip(0_u8..)
            .flat_map(|(office, number)| std::iter::repeat_n(number, office.share as usize))
            .collect();
        let office_of = std::array::from_fn(|residue| {
            by_share.get(residue * 12 % OFFICE_PERIOD).copied().unwrap_or_default()
        });
        let folded = |names: &[&str]| names.iter().map(|name| fold(name)).collect::<Vec<_>>();
        let (given, family) = (folded(&GIVEN), folded(&FAMILY));
        let index = |names: &[&str], folded: &[String]| {
            let spelled = names.iter().map(|name| name.to_lowercase()).zip(0..);
            let folded = folded.iter().cloned().zip(0..);
            folded.chain(spelled).collect::<HashMap<String, u32>>()
        };
        Self {
            seed,
            count,
            order: Shuffle::new(NAMES, mix(seed, 0x6e61_6d65, 0)),
            given_by_text: index(&GIVEN, &given),
            family_by_text: index(&FAMILY, &family),
            given,
            family,
            department_of,
            rank_of,
            residues,
            office_of,
        }
    }

    /// People at creation.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn get(&self, index: u32) -> Person<'_> {
        let name = self.order.forward(index % NAMES) as usize;
        let (given, family) = (name / FAMILY.len(), name % FAMILY.len());
        let residue = index as usize % DEPARTMENT_PERIOD;
        let department = usize::from(self.department_of[residue]);
        Person {
            index,
            given: GIVEN[given],
            family: FAMILY[family],
            given_folded: &self.given[given],
            family_folded: &self.family[family],
            round: index / NAMES,
            department,
            office: &OFFICES[self.office(index)],
            position: index / DEPARTMENT_PERIOD as u32 * DEPARTMENTS[department].share
                + u32::from(self.rank_of[residue]),
            seed: self.seed,
        }
    }

    pub(crate) fn department(&self, index: u32) -> usize {
        usize::from(self.department_of[index as usize % DEPARTMENT_PERIOD])
    }

    pub(crate) fn office(&self, index: u32) -> usize {
        usize::from(self.office_of[index as usize % OFFICE_PERIOD])
    }

    /// The person at a place of a department's hierarchy.
    fn at(&self, department: usize, position: u32) -> u32 {
        let residues = &self.residues[department];
        let count = residues.len() as u32;
        position / count * DEPARTMENT_PERIOD as u32 + residues[(position % count) as usize]
    }

    /// Numbers of all people of a department below `limit`.
    pub(crate) fn of_department(&self, department: usize, limit: u32) -> impl Iterator<Item = u32> + '_ {
        (0..).map(move |position| self.at(department, position)).take_while(move |&index| index < limit)
    }

    /// Numbers of all people of an office below `limit`.
    pub(crate) fn of_office(&self, office: usize, limit: u32) -> impl Iterator<Item = u32> + '_ {
        let residues = (0..OFFICE_PERIOD as u32).filter(move |&residue| self.office(residue) == office);
        let residues: Vec<u32> = residues.collect();
        (0..)
            .step_by(OFFICE_PERIOD)
            .take_while(move |&start| start < limit)
            .flat_map(move |start| residues.clone().into_iter().map(move |residue| start + residue))
            .filter(move |&index| index < limit)
    }

    /// Whom a person reports to; the first person reports to nobody.
    pub(crate) fn manager(&self, index: u32) -> Option<u32> {
        let person = self.get(index);
        match (index, person.position) {
            (0, _) => None,
            (_, 0) => Some(0),
            (_, position) => Some(self.at(person.department, (position - 1) / SPAN)),
        }
    }

    /// Who reports to a person, among the first `limit` people.
    pub(crate) fn reports(&self, index: u32, limit: u32) -> impl Iterator<Item = u32> + '_ {
        let Person { department, position, .. } = self.get(index);
        let first = position * SPAN + 1;
        let own = (first..first + SPAN).map(move |position| self.at(department, position));
        let heads = (0..if index == 0 { DEPARTMENTS.len() } else { 0 })
            .filter(move |&other| other != department)
            .map(|other| self.at(other, 0));
        own.chain(heads).filter(move |&report| report < limit)
    }

    /// Number of the person with a logon name (`given.family`, with a number when the name was used before).
    pub(crate) fn by_logon_name(&self, name: &str) -> Option<u32> {
        let (given, rest) = name.split_once('.')?;
        let family = rest.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let round = match &rest[family.len()..] {
            "" => 0,
            digits => digits.parse::<u32>().ok()?.checked_sub(1)?,
        };
        let index = self.by_names(given, family, round)?;
        (self.get(index).logon_name() == name).then_some(index)
    }

    /// Number of the person with a common name, given in lower case.
    pub(crate) fn by_common_name(&self, name: &str) -> Option<u32> {
        let words: Vec<&str> = name.split(' ').collect();
        let (given, family, letter, series) = match words[..] {
            [given, family] => (given, family, None, 1),
            [given, letter, family] => (given, family, Some(letter), 1),
            [given, letter, family, series] => (given, family, Some(letter), series.parse::<u32>().ok()?),
            _ => return None,
        };
        let round = match letter {
            None => 0,
            Some(letter) => {
                let letter = letter.strip_suffix('.')?.bytes().next()?.checked_sub(b'a')?;
                u32::from(letter) + 1 + series.checked_sub(1)?.checked_mul(26)?
            }
        };
        let index = self.by_names(given, family, round)?;
        (self.get(index).common_name().to_lowercase() == name).then_some(index)
    }

    fn by_names(&self, given: &str, family: &str, round: u32) -> Option<u32> {
        let name = self.given_by_text.get(given)? * FAMILY.len() as u32 + self.family_by_text.get(family)?;
        round.checked_mul(NAMES)?.checked_add(self.order.backward(name))
    }
}

impl Person<'_> {
    fn chance(&self, salt: u64) -> u64 {
        mix(self.seed, salt, u64::from(self.index))
    }

    /// Given and family name, with a middle initial once all names have been used.
    pub(crate) fn common_name(&self) -> String {
        match self.round {
            0 => format!("{} {}", self.given, self.family),
            round => {
                let series = (round - 1) / 26;
                let series = if series == 0 { String::new() } else { format!(" {}", series + 1) };
                format!("{} {}. {}{series}", self.given, self.initial().unwrap_or('X'), self.family)
            }
        }
    }

    pub(crate) fn initial(&self) -> Option<char> {
        self.round.checked_sub(1).map(|round| char::from(b'A' + (round % 26) as u8))
    }

    pub(crate) fn logon_name(&self) -> String {
        let number = if self.round == 0 { String::new() } else { (self.round + 1).to_string() };
        format!("{}.{}{number}", self.given_folded, self.family_folded)
    }

    /// Initials as some address lists carry them beside the logon name.
    pub(crate) fn alias(&self) -> String {
        format!("{}{}{}", &self.given_folded[..1], self.family_folded, self.index + 1)
    }

    pub(crate) const fn department(&self) -> &'static Department {
        &DEPARTMENTS[self.department]
    }

    pub(crate) fn title(&self) -> &'static str {
        let department = self.department();
        match (self.index, self.position) {
            (0, _) => "Chief Executive Officer",
            (_, 0) => department.head,
            (_, 1..=SPAN) => department.lead,
            _ => department.titles[(self.chance(1) % department.titles.len() as u64) as usize],
        }
    }

    pub(crate) fn employee_type(&self) -> &'static str {
        match self.chance(2) % 100 {
            _ if self.position <= SPAN => "staff",
            0..88 => "staff",
            88..97 => "contractor",
            _ => "intern",
        }
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.position > SPAN && self.chance(3).is_multiple_of(25)
    }

    pub(crate) fn telephone(&self) -> String {
        format!("{} {:04}", self.office.phone_prefix, 1_000 + self.index % 9_000)
    }

    /// A third of the people have a company mobile.
    pub(crate) fn mobile(&self) -> Option<String> {
        let chance = self.chance(4);
        let prefix = self.office.phone_prefix.split(' ').next().unwrap_or_default();
        chance.is_multiple_of(3).then(|| format!("{prefix} 700 555 {:04}", chance / 3 % 10_000))
    }

    /// Days between joining and the forest's creation.
    pub(crate) fn tenure_days(&self) -> i64 {
        60 + (self.chance(5) % 2_400) as i64
    }

    /// Seconds between the last change of the password and the forest's creation.
    pub(crate) fn password_age(&self) -> i64 {
        (self.chance(6) % (50 * 86_400)) as i64
    }

    pub(crate) fn logons(&self) -> u64 {
        self.chance(7) % 900
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_lead_back_to_their_person_and_no_two_people_share_one() {
        let table = PeopleTable::new(11, 90_000);
        let mut logon_names = HashSet::new();
        let mut common_names = HashSet::new();
        for index in (0..90_000).chain([599_999, 700_000, 1_400_000]) {
            let person = table.get(index);
            assert!(person.logon_name().len() <= 20, "{}", person.logon_name());
            assert_eq!(table.by_logon_name(&person.logon_name()), Some(index));
            assert_eq!(table.by_common_name(&person.common_name().to_lowercase()), Some(index));
            assert!(logon_names.insert(person.logon_name()));
            assert!(common_names.insert(person.common_name().to_lowercase()));
        }
        assert_eq!(table.by_logon_name("nobody.here"), None);
        assert_eq!(table.by_common_name("anna"), None);
    }

    #[test]
    fn shares_fill_their_periods() {
        assert_eq!(DEPARTMENTS.iter().map(|department| department.share).sum::<u32>(), 64);
        assert_eq!(OFFICES.iter().map(|office| office.share).sum::<u32>(), 31);
    }

    #[test]
    fn departments_and_offices_list_exactly_their_people() {
        let table = PeopleTable::new(3, 1_000);
        for department in 0..DEPARTMENTS.len() {
            let listed: HashSet<u32> = table.of_department(department, 1_000).collect();
            let expected = (0..1_000).filter(|&index| table.department(index) == department).collect();
            assert_eq!(listed, expected);
        }
        for office in 0..OFFICES.len() {
            let listed: HashSet<u32> = table.of_office(office, 1_000).collect();
            let expected = (0..1_000).filter(|&index| table.office(index) == office).collect();
            assert_eq!(listed, expected);
        }
    }

    #[test]
    fn everybody_but_the_first_reports_to_somebody_who_lists_them() {
        let table = PeopleTable::new(3, 2_000);
        assert_eq!(table.manager(0), None);
        for index in 1..2_000 {
            let manager = table.manager(index).expect("a manager");
            assert!(manager < index || manager == 0, "{manager} manages {index}");
            assert!(table.reports(manager, 2_000).any(|report| report == index), "{manager} lists {index}");
        }
        let listed: usize = (0..2_000).map(|index| table.reports(index, 2_000).count()).sum();
        assert_eq!(listed, 1_999);
    }
}
