//! What a configuration takes, in the model's own terms, and the plan that says so to the engine.

use std::collections::{BTreeMap, BTreeSet};

use domain::ObjectKind;
use domain::configuration::{AccidentalDeletes, Matching, OutOfScope, Plan};
use domain::filter::{Clause, Operator};
use domain::interval::Interval;
use domain::mapping::Mapping;
use domain::scope::{Nesting, Scope};

use super::dice::Dice;
use super::model::{BAD_TITLE, Model};

#[derive(Debug, Clone)]
pub struct Chosen {
    pub units: Vec<usize>,
    pub groups: Vec<usize>,
    pub nesting: Nesting,
    /// People pass who have a title, and not this one.
    pub without_title: Option<String>,
    pub kinds: BTreeSet<ObjectKind>,
    pub out_of_scope: OutOfScope,
    pub matching: Matching,
    pub guard: AccidentalDeletes,
    /// How often everything is read anyway.
    pub daily: bool,
}

impl Chosen {
    pub fn new(model: &Model, dice: &mut Dice) -> Self {
        let kinds = match dice.below(6) {
            0 => [ObjectKind::User].into(),
            1 => [ObjectKind::User, ObjectKind::Group].into(),
            _ => ObjectKind::ALL.iter().copied().collect(),
        };
        let guard = match dice.below(4) {
            0 => AccidentalDeletes {
                threshold: u32::try_from(dice.below(4)).expect("small"),
                ..AccidentalDeletes::default()
            },
            1 => {
                AccidentalDeletes { percent: Some(30), memberships: Some(3), ..AccidentalDeletes::default() }
            }
            _ => AccidentalDeletes::default(),
        };
        let mut chosen = Self {
            units: Vec::new(),
            groups: Vec::new(),
            nesting: Nesting::All,
            without_title: None,
            kinds,
            out_of_scope: OutOfScope::Disable,
            matching: Matching {
                hard_match: dice.chance(85),
                soft_match: dice.chance(40),
                ..Matching::default()
            },
            guard,
            daily: dice.chance(20),
        };
        chosen.choose_scope(model, dice);
        chosen.choose_leaving(dice);
        chosen
    }

    pub fn choose_leaving(&mut self, dice: &mut Dice) {
        self.out_of_scope = match dice.below(8) {
            0..2 => OutOfScope::Delete,
            2 => OutOfScope::Ignore,
            _ => OutOfScope::Disable,
        };
    }

    pub fn choose_scope(&mut self, model: &Model, dice: &mut Dice) {
        let living: Vec<usize> = (1..model.units.len()).filter(|unit| model.units[*unit].alive).collect();
        let groups = model.living(Some(ObjectKind::Group));
        let some = |from: &[usize], most: usize, dice: &mut Dice| {
            let picked: BTreeSet<usize> = (0..=dice.below(most)).filter_map(|_| dice.pick(from)).collect();
            picked.into_iter().collect::<Vec<_>>()
        };
        (self.units, self.groups) = match dice.below(10) {
            0 => (Vec::new(), Vec::new()),
            1..3 => (Vec::new(), some(&groups, 2, dice)),
            3 => (some(&living, 2, dice), some(&groups, 2, dice)),
            4 => (some(&living, 3, dice), Vec::new()),
            _ if model.units[1].alive => (vec![1], Vec::new()),
            _ => (some(&living, 2, dice), Vec::new()),
        };
        self.nesting = [Nesting::Off, Nesting::OneLevel, Nesting::All][dice.below(3)];
        self.without_title = dice.chance(15).then(|| "T3".to_owned());
    }

    pub fn plan(&self, model: &Model) -> Plan {
        let filter = self.without_title.as_ref().map(|title| {
            vec![Clause {
                attribute: "title".to_owned(),
                operator: Operator::NotEquals,
                value: title.clone(),
            }]
        });
        let scope = Scope {
            organizational_units: self.units.iter().map(|unit| model.unit_dn(*unit)).collect(),
            groups: self.groups.iter().map(|group| model.dn(*group)).collect(),
            nested_groups: self.nesting,
            filters: filter.into_iter().collect(),
        };
        let rarely = Interval::from_seconds(400 * 86_400).expect("400 days");
        Plan {
            enabled: true,
            scope,
            objects: self.kinds.clone(),
            mappings: mappings(),
            matching: self.matching,
            out_of_scope: self.out_of_scope,
            accidental_deletes: self.guard,
            full_schedule: if self.daily { Interval::daily() } else { rarely },
            ..Plan::default()
        }
    }

    pub fn takes(&self, model: &Model, at: usize) -> bool {
        let object = &model.objects[at];
        let passes = || match &self.without_title {
            Some(title) if object.kind == ObjectKind::User => {
                object.title.as_ref().is_some_and(|held| held != title)
            }
            _ => true,
        };
        object.alive && self.kinds.contains(&object.kind) && self.place(model, at) && passes()
    }

    fn place(&self, model: &Model, at: usize) -> bool {
        if self.units.is_empty() && self.groups.is_empty() {
            return true;
        }
        let unit = model.objects[at].unit;
        self.units.iter().any(|chosen| model.units[*chosen].alive && model.is_within(unit, *chosen))
            || self.belongs(model).contains(&at)
    }

    /// Everybody who belongs to a group of the scope, and these groups.
    fn belongs(&self, model: &Model) -> BTreeSet<usize> {
        let levels = match self.nesting {
            Nesting::Off => 0,
            Nesting::OneLevel => 1,
            Nesting::All => usize::MAX,
        };
        let mut depth: BTreeMap<usize, usize> = BTreeMap::new();
        let mut wave: Vec<usize> =
            self.groups.iter().copied().filter(|group| model.objects[*group].alive).collect();
        let mut belongs: BTreeSet<usize> = wave.iter().copied().collect();
        let mut level = 0;
        while !wave.is_empty() && level <= levels {
            let mut next = Vec::new();
            for group in wave {
                depth.insert(group, level);
                for member in &model.objects[group].members {
                    belongs.insert(*member);
                    if model.objects[*member].kind == ObjectKind::Group && !depth.contains_key(member) {
                        next.push(*member);
                    }
                }
            }
            level += 1;
            wave = next.into_iter().filter(|group| !depth.contains_key(group)).collect();
        }
        belongs
    }
}

fn mappings() -> domain::mapping::Mappings {
    let title = format!(r#"IIF([title]="{BAD_TITLE}", Error("nobody is called that"), [title])"#);
    let enabled = r#"IIF(BitAnd([userAccountControl], 2)="0", "True", "False")"#;
    let user = vec![
        Mapping::direct("displayName", "displayName"),
        Mapping::direct("userPrincipalName", "userPrincipalName"),
        Mapping::expression("accountEnabled", enabled),
        Mapping::expression("jobTitle", &title),
        Mapping::direct("manager", "manager"),
    ];
    let group = vec![Mapping::direct("displayName", "displayName"), Mapping::direct("members", "member")];
    let contact = vec![Mapping::direct("displayName", "displayName")];
    [(ObjectKind::User, user), (ObjectKind::Group, group), (ObjectKind::Contact, contact)].into()
}
