//! Invented figures over time.

use app::view::{InsightsQuery, InsightsView, Span};
use chrono::TimeDelta;
use domain::{
    ObjectKind,
    record::{Action, Status},
};
use service::insights::{AgentSlot, CycleSlot, Insights, LinkState, ObjectStates, OperationSlot, Period};

use super::sample;

/// A month by the day.
pub fn insights(code: &str) -> InsightsView {
    let slot = TimeDelta::days(1);
    let until = sample::now();
    let slots: Vec<_> = (0..30).rev().map(|back| until - slot * back).collect();
    let operation = |(number, at): (u64, &domain::Time)| {
        let one = |action, status, count| OperationSlot { at: *at, action, status, count };
        [
            one(Action::Create, Status::Success, number % 7 * 3),
            one(Action::Update, Status::Success, 40 + number * 5 % 60),
            one(Action::Disable, Status::Success, number % 3),
            one(Action::Update, Status::Failure, number % 5),
            one(Action::StagedDelete, Status::Skipped, if number == 12 { 41 } else { 0 }),
        ]
    };
    let operations = (0..).zip(&slots).flat_map(operation).collect();
    let cycles = (0..)
        .zip(&slots)
        .filter(|(number, _)| number % 11 != 4)
        .map(|(number, at)| CycleSlot {
            at: *at,
            cycles: 720,
            failed: number % 4,
            total_ms: 720 * (1_400 + number % 6 * 300),
            longest_ms: 9_000 + number % 9 * 4_000,
        })
        .collect();
    let longest = sample::cycles().items.into_iter().take(5).collect();
    let agents = (0..)
        .zip(&slots)
        .skip(6)
        .map(|(number, at)| AgentSlot { at: *at, fewest: if number == 20 { 1 } else { 3 }, most: 4 })
        .collect();
    let states = ObjectStates {
        links: vec![
            (ObjectKind::User, LinkState::Active, 12_480),
            (ObjectKind::User, LinkState::Disabled, 61),
            (ObjectKind::User, LinkState::Leaving, 41),
            (ObjectKind::Group, LinkState::Active, 512),
        ],
        escrows: vec![(ObjectKind::User, 7)],
    };
    let period = Period { since: slots[0], until, slot, configuration: None };
    let errors =
        vec![("DuplicateValue".to_owned(), 91), (code.to_owned(), 12), ("SourceTimeout".to_owned(), 1)];
    InsightsView {
        query: InsightsQuery { span: Some(Span::Month), ..InsightsQuery::default() },
        configurations: vec![(sample::configurations()[0].id, code.to_owned())],
        insights: Ok(Insights { period, slots, operations, errors, cycles, longest, agents, states }),
    }
}

/// A day on which nothing was.
pub fn nothing() -> InsightsView {
    let mut view = insights("none");
    view.query.span = None;
    if let Ok(insights) = &mut view.insights {
        insights.period.slot = TimeDelta::hours(1);
        insights.slots.truncate(24);
        insights.operations.clear();
        insights.cycles.clear();
        insights.longest.clear();
        insights.agents.clear();
        insights.errors.clear();
        insights.states = ObjectStates::default();
    }
    view
}
