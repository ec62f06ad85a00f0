use domain::alert::{AlertRule, Subject, SubjectKind, Wording};
use uuid::Uuid;

use super::*;

const KIND: AlertKind = AlertKind::AgentInactive;

fn at(second: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

fn fact(kind: AlertKind, name: &str) -> Fact {
    Fact {
        kind,
        subject: Subject { kind: SubjectKind::Agent, id: name.to_owned(), name: name.to_owned() },
        configuration: None,
        since: None,
        wording: Wording {
            title: format!("{name} is silent"),
            text: String::new(),
            advice: String::new(),
            path: "/agents".to_owned(),
        },
    }
}

/// Rules of one length: two minutes to open, three to end.
fn rules() -> AlertRules {
    let rule = |kind: &AlertKind| AlertRule {
        open_after_minutes: 2,
        resolve_after_minutes: 3,
        ..AlertRule::of(*kind)
    };
    AlertRules { rules: AlertKind::ALL.iter().map(rule).collect(), ..AlertRules::default() }
}

/// Alerts as a store would keep them, looked at every ten seconds.
struct World {
    rules: AlertRules,
    alerts: Vec<Alert>,
    memory: Memory,
    now: i64,
    /// What happened, with the second.
    log: Vec<(i64, &'static str, String)>,
}

impl World {
    fn new() -> Self {
        Self { rules: rules(), alerts: Vec::new(), memory: Memory::default(), now: 0, log: Vec::new() }
    }

    fn look(&mut self, seen: &Seen) {
        let memory = std::mem::take(&mut self.memory);
        let (steps, memory, _) = evaluate(at(self.now), seen, &self.alerts, &self.rules, memory);
        self.memory = memory;
        for step in steps {
            self.take(step);
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.now;
        let number = self.alerts.len() as u128;
        match step {
            Step::Open { fact, since } => {
                self.log.push((now, "open", fact.subject.id.clone()));
                self.alerts.push(Alert {
                    id: AlertId::new(Uuid::from_u128(number)),
                    kind: fact.kind,
                    severity: fact.kind.severity(),
                    state: AlertState::Open,
                    subject: fact.subject,
                    configuration: None,
                    since,
                    opened_at: at(now),
                    openings: 1,
                    acknowledged_at: None,
                    acknowledged_by: None,
                    resolved_at: None,
                    wording: fact.wording,
                });
            }
            Step::Reopen { alert, fact, .. } => {
                self.log.push((now, "reopen", fact.subject.id));
                let found = self.found(&alert);
                (found.state, found.resolved_at) = (AlertState::Open, None);
            }
            Step::Resolve { alert, note } => {
                self.log.push((
                    now,
                    if note.is_some() { "close" } else { "resolve" },
                    alert.subject.id.clone(),
                ));
                let found = self.found(&alert);
                (found.state, found.resolved_at) = (AlertState::Resolved, Some(at(now)));
            }
            Step::Reword { alert, fact } => {
                self.log.push((now, "reword", fact.subject.id));
                self.found(&alert).wording = fact.wording;
            }
        }
    }

    fn found(&mut self, alert: &Alert) -> &mut Alert {
        self.alerts.iter_mut().find(|known| known.id == alert.id).expect("a known alert")
    }

    /// Looks every ten seconds until a second, and sees these facts.
    fn until(&mut self, second: i64, facts: &[Fact]) {
        let seen = Seen { facts: facts.to_vec(), ..Seen::default() };
        while self.now < second {
            self.look(&seen);
            self.now += 10;
        }
    }

    fn logged(&mut self) -> Vec<(i64, &'static str, String)> {
        std::mem::take(&mut self.log)
    }
}

fn said(list: &[(i64, &'static str)]) -> Vec<(i64, &'static str, String)> {
    list.iter().map(|(second, what)| (*second, *what, "a".to_owned())).collect()
}

#[test]
fn an_alert_opens_when_its_condition_held_and_ends_when_it_was_gone_for_long_enough() {
    let mut world = World::new();
    world.until(300, &[fact(KIND, "a")]);
    world.until(900, &[]);
    assert_eq!(world.logged(), said(&[(120, "open"), (480, "resolve")]));
    assert_eq!(world.alerts[0].since, at(0), "it began before it was opened");
}

#[test]
fn what_comes_and_goes_in_less_than_the_delays_neither_opens_nor_ends_anything() {
    let mut world = World::new();
    let facts = [fact(KIND, "a")];
    for half in 0..20 {
        let end = world.now + 60;
        world.until(end, if half % 2 == 0 { &facts } else { &[] });
    }
    assert_eq!(world.logged(), [], "it never held for two minutes");
    let end = world.now + 200;
    world.until(end, &facts);
    let opened = world.logged();
    assert_eq!(opened.len(), 1);
    for half in 0..20 {
        let end = world.now + 120;
        world.until(end, if half % 2 == 0 { &[] } else { &facts });
    }
    assert_eq!(world.logged(), [], "it was never gone for three minutes");
}

#[test]
fn what_comes_back_soon_is_the_same_alert_and_what_comes_back_late_another_one() {
    let mut world = World::new();
    let facts = [fact(KIND, "a")];
    world.until(200, &facts);
    world.until(400, &[]);
    world.until(600, &facts);
    world.until(900, &[]);
    assert_eq!(world.logged(), said(&[(120, "open"), (380, "resolve"), (520, "reopen"), (780, "resolve")]));
    world.rules.reopen_within_hours = 0;
    world.until(1200, &facts);
    assert_eq!(world.logged(), said(&[(1020, "open")]));
    assert_eq!(world.alerts.len(), 2);
}

#[test]
fn time_in_which_nobody_looked_does_not_count() {
    let mut world = World::new();
    let facts = [fact(KIND, "a")];
    world.until(100, &facts);
    // The portal stands still for an hour and finds everybody silent.
    world.now += 3_600;
    world.until(3_700 + 110, &facts);
    assert_eq!(world.logged(), []);
    world.until(3_700 + 130, &facts);
    assert_eq!(world.logged().len(), 1);
    // It stands still again: that the condition is gone is new, too.
    world.until(3_900, &[]);
    world.now += 3_600;
    let back = world.now;
    world.until(back + 180, &[]);
    assert_eq!(world.logged(), []);
    world.until(back + 190, &[]);
    assert_eq!(world.logged(), said(&[(back + 180, "resolve")]));
}

#[test]
fn a_restart_loses_no_alert_and_opens_none_a_second_time() {
    let mut world = World::new();
    let facts = [fact(KIND, "a")];
    world.until(200, &facts);
    world.memory = Memory::default();
    world.until(900, &facts);
    assert_eq!(world.logged(), said(&[(120, "open")]));
}

#[test]
fn what_is_unknown_is_left_alone() {
    let mut world = World::new();
    world.until(200, &[fact(KIND, "a")]);
    let blind = Seen { unknown: HashSet::from([KIND]), ..Seen::default() };
    while world.now < 1_000 {
        world.look(&blind);
        world.now += 10;
    }
    assert_eq!(world.logged(), said(&[(120, "open")]));
}

#[test]
fn a_graver_alert_takes_the_place_of_the_milder_one_when_it_opens() {
    let mut world = World::new();
    world.until(200, &[fact(AlertKind::FewAgents, "a")]);
    world.until(400, &[fact(AlertKind::NoAgents, "a")]);
    assert_eq!(world.logged(), said(&[(120, "open"), (320, "open"), (320, "close")]));
    assert_eq!(world.alerts[1].kind, AlertKind::NoAgents);
}

#[test]
fn the_milder_alert_is_not_over_while_things_are_worse_even_if_nobody_wants_the_graver_one() {
    let mut world = World::new();
    world.rules.rules.iter_mut().find(|rule| rule.kind == AlertKind::NoAgents).expect("a rule").enabled =
        false;
    world.until(200, &[fact(AlertKind::FewAgents, "a")]);
    world.until(1_000, &[fact(AlertKind::NoAgents, "a")]);
    assert_eq!(world.logged(), said(&[(120, "open")]));
    world.until(1_400, &[]);
    assert_eq!(world.logged(), said(&[(1_180, "resolve")]));
}

#[test]
fn a_rule_that_is_switched_off_ends_its_alerts() {
    let mut world = World::new();
    let facts = [fact(KIND, "a")];
    world.until(200, &facts);
    for rule in &mut world.rules.rules {
        rule.enabled = false;
    }
    world.until(220, &facts);
    assert_eq!(world.logged(), said(&[(120, "open"), (200, "close")]));
}

#[test]
fn an_acknowledged_alert_is_not_opened_again_while_its_condition_holds_and_another_text_is_kept() {
    let mut world = World::new();
    world.until(200, &[fact(KIND, "a")]);
    world.alerts[0].state = AlertState::Acknowledged;
    let mut other = fact(KIND, "a");
    "a is still silent".clone_into(&mut other.wording.title);
    world.until(300, &[other]);
    assert_eq!(world.logged(), said(&[(120, "open"), (200, "reword")]));
    assert_eq!(world.alerts[0].state, AlertState::Acknowledged);
}

#[test]
fn without_delays_an_alert_opens_and_ends_at_the_first_look() {
    let mut world = World::new();
    for rule in &mut world.rules.rules {
        (rule.open_after_minutes, rule.resolve_after_minutes) = (0, 0);
    }
    world.until(10, &[fact(KIND, "a"), fact(KIND, "a")]);
    world.until(20, &[]);
    assert_eq!(world.logged(), said(&[(0, "open"), (10, "resolve")]));
}

#[test]
fn there_is_a_most_and_what_is_beyond_it_opens_when_there_is_room() {
    let mut world = World::new();
    let many: Vec<Fact> = (0..=MOST_LIVE).map(|number| fact(KIND, &number.to_string())).collect();
    world.until(130, &many);
    assert_eq!(world.alerts.len(), MOST_LIVE);
    world.until(400, &many[1..]);
    assert_eq!(world.alerts.len(), MOST_LIVE + 1);
}

#[test]
fn warnings_however_many_leave_room_for_what_is_critical() {
    let mut world = World::new();
    let many: Vec<Fact> = (0..MOST_LIVE).map(|number| fact(KIND, &number.to_string())).collect();
    world.until(130, &many);
    world.logged();
    world.until(400, &[many, vec![fact(AlertKind::NoAgents, "a")]].concat());
    assert_eq!(world.logged(), said(&[(250, "open")]));
}
