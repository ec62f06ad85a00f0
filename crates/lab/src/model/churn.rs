//! What happens in a company by itself: people join, move, marry, leave; passwords and telephones change.
//!
//! A tick depends on the seed, its number and the state that the ticks before led to, and on nothing else. Replaying
//! the same number of ticks therefore ends in the same state.

use super::{
    attribute::Attr,
    fixed::{ACCOUNT_DISABLED, NORMAL_ACCOUNT},
    object::{Kind, ObjectId},
    random::{Dice, mix},
    state::{State, Value},
    time::Seconds,
    view::View,
};
use crate::vocabulary::{departments::DEPARTMENTS, names::FAMILY, places::OFFICES};

/// Draws for somebody who is still there before giving up.
const DRAWS: u32 = 400;
/// Most former employees whose accounts are still there.
const FORMER: usize = 12;

impl State {
    /// Lets one period pass.
    pub(crate) fn tick(&mut self, period: Seconds) {
        self.ticks += 1;
        self.now = self.blueprint.epoch + (self.ticks as i64).saturating_mul(period);
        let mut dice = Dice::new(mix(self.blueprint.seed, 0x7469_636b, self.ticks));
        for _ in 0..=dice.below(3) {
            self.happen(&mut dice);
        }
        self.purge();
    }

    fn happen(&mut self, dice: &mut Dice) {
        match dice.below(100) {
            0..30 => {
                if let Some(person) = self.somebody(dice) {
                    self.change_password(person);
                }
            }
            30..40 => self.promote(dice),
            40..50 => self.new_telephone(dice),
            50..70 => self.change_membership(dice),
            70..78 => {
                if let Some(person) = self.somebody(dice) {
                    let department = dice.below(DEPARTMENTS.len() as u32) as usize;
                    // A namesake in the new container keeps the person where they are.
                    let _ = self.move_department(person, department);
                }
            }
            78..90 => self.join_or_leave(dice),
            90..96 => self.clean_up(),
            96..98 => {
                if let (Some(person), Some(family)) = (self.somebody(dice), dice.pick(&FAMILY)) {
                    // A namesake has the new name already.
                    let _ = self.change_family_name(person, family);
                }
            }
            _ => self.relocate_office(dice),
        }
    }

    /// A person who works here: alive, enabled, and not the head of the company.
    fn somebody(&self, dice: &mut Dice) -> Option<ObjectId> {
        let people = self.people().saturating_sub(1);
        (0..DRAWS.min(people.saturating_mul(4))).find_map(|_| {
            let id = ObjectId::new(Kind::Person, 1 + dice.below(people));
            (self.is_alive(id) && !self.leavers.contains(&id)).then_some(id)
        })
    }

    fn promote(&mut self, dice: &mut Dice) {
        let Some(person) = self.somebody(dice) else { return };
        let department = View::new(self, person).text(Attr::Department);
        let department = DEPARTMENTS.iter().find(|known| Some(known.name) == department.as_deref());
        if let Some(title) = department.and_then(|department| dice.pick(department.titles)) {
            let level = if dice.below(3) == 0 { "Lead " } else { "" };
            self.set_text(person, Attr::Title, &format!("{level}{title}"));
        }
    }

    fn new_telephone(&mut self, dice: &mut Dice) {
        let Some(person) = self.somebody(dice) else { return };
        let prefix = self.blueprint.people.get(person.index()).office.phone_prefix;
        let number = format!("{prefix} {:04}", 1_000 + dice.below(9_000));
        let attr = if dice.below(3) == 0 { Attr::Mobile } else { Attr::TelephoneNumber };
        self.set_text(person, attr, &number);
    }

    fn relocate_office(&mut self, dice: &mut Dice) {
        let (Some(person), Some(office)) = (self.somebody(dice), dice.pick(&OFFICES)) else { return };
        for (attr, value) in [
            (Attr::PhysicalDeliveryOfficeName, office.name),
            (Attr::StreetAddress, office.street),
            (Attr::PostalCode, office.postal_code),
            (Attr::L, office.city),
            (Attr::Co, office.country),
            (Attr::C, office.country_code),
        ] {
            self.set_text(person, attr, value);
        }
    }

    fn change_membership(&mut self, dice: &mut Dice) {
        let groups = self.blueprint.groups.count();
        let (Some(person), Some(last)) = (self.somebody(dice), groups.checked_sub(1)) else { return };
        // Departments' and sites' groups follow people's departments and sites; the others are free to change.
        let group = (0..8)
            .map(|_| dice.below(last + 1))
            .find(|&group| self.blueprint.groups.purpose(group).is_some())
            .map(|group| ObjectId::new(Kind::Group, group));
        if let Some(group) = group.filter(|&group| self.is_alive(group)) {
            let joined = !self.groups_of(person).contains(&group);
            self.set_member(group, person, joined);
        }
    }

    /// A company that grew or shrank by a twentieth turns back.
    fn join_or_leave(&mut self, dice: &mut Dice) {
        let before = i64::from(self.blueprint.people.count());
        let now = i64::from(self.people()) - i64::from(self.gone) - self.leavers.len() as i64;
        let joins = match (now - before) * 20 / before.max(20) {
            ..0 => true,
            0 => dice.below(2) == 0,
            1.. => false,
        };
        if joins {
            self.join();
        } else {
            self.leave(dice);
        }
    }

    /// The account is disabled first; it is deleted when it has been forgotten long enough.
    fn leave(&mut self, dice: &mut Dice) {
        let Some(person) = self.somebody(dice) else { return };
        self.set_text(person, Attr::UserAccountControl, &(NORMAL_ACCOUNT | ACCOUNT_DISABLED).to_string());
        self.leavers.push_back(person);
        if self.leavers.len() > FORMER {
            self.clean_up();
        }
    }

    /// The account that has been disabled for longest goes; its reports get the next manager up.
    fn clean_up(&mut self) {
        let Some(person) = self.leavers.pop_front() else { return };
        if !self.is_alive(person) {
            return;
        }
        let successor = self.manager(person).unwrap_or(ObjectId::new(Kind::Person, 0));
        for report in self.reports(person) {
            self.set(report, Attr::Manager, vec![Value::Object(successor)]);
        }
        self.delete(person);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        ForestOptions,
        model::{Attr, Blueprint},
    };

    fn run(ticks: u64) -> State {
        let options =
            ForestOptions::new("lab01.local", DateTime::from_timestamp(1_750_000_000, 0).expect("a time"));
        let mut state = State::new(Blueprint::new(&options));
        for _ in 0..ticks {
            state.tick(20);
        }
        state
    }

    fn print(state: &State) -> Vec<String> {
        let mut lines = Vec::new();
        let mut next = Some(ObjectId::new(Kind::Fixed, 0));
        while let Some(id) = next.and_then(|id| state.at_or_after(id, |_| true)) {
            for attr in Attr::all() {
                View::new(state, id).each(attr, &mut |value| {
                    lines.push(format!("{id:?} {} {}", attr.name(), String::from_utf8_lossy(value)));
                });
            }
            next = Some(ObjectId::from_number(id.number() + 1));
        }
        lines
    }

    #[test]
    fn replaying_ticks_ends_in_the_same_state() {
        let (one, other) = (run(700), run(700));
        assert_eq!(print(&one), print(&other));
        assert_ne!(print(&one), print(&run(699)));
    }

    #[test]
    fn a_company_keeps_its_size_over_a_week_and_names_stay_findable() {
        let state = run(30_000);
        let people = (0..state.people()).map(|index| ObjectId::new(Kind::Person, index));
        let alive: Vec<ObjectId> = people.filter(|&id| state.is_alive(id)).collect();
        assert!((280..=335).contains(&alive.len()), "{} people", alive.len());
        for &id in &alive {
            assert_eq!(state.find(&state.dn(id)), Some(id), "{}", state.dn(id));
        }
        for &id in &state.tombstones {
            assert_eq!(state.find(&state.dn(id)), Some(id), "{}", state.dn(id));
        }
    }

    #[test]
    fn links_agree_in_both_directions_after_many_changes() {
        let state = run(5_000);
        let mut members = 0;
        for index in 0..state.groups() {
            let group = ObjectId::new(Kind::Group, index);
            state.members(group, &mut |member| {
                members += 1;
                assert!(state.groups_of(member).contains(&group), "{member:?} of {group:?}");
                true
            });
        }
        let mut groups = 0;
        for id in (0..state.people())
            .map(|index| ObjectId::new(Kind::Person, index))
            .filter(|&id| state.is_alive(id))
        {
            groups += state.groups_of(id).len();
            if let Some(manager) = state.manager(id) {
                assert!(state.reports(manager).contains(&id), "{manager:?} lists {id:?}");
            }
        }
        groups += (0..state.groups())
            .map(|it| state.groups_of(ObjectId::new(Kind::Group, it)).len())
            .sum::<usize>();
        groups += (0..8).map(|it| state.groups_of(ObjectId::new(Kind::Contact, it)).len()).sum::<usize>();
        assert_eq!(members, groups);
    }
}
