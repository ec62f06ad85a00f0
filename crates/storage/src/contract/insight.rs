//! Figures over time.

use chrono::TimeDelta;
use domain::agent::{BeatChannel, Patience};
use domain::cycle::CycleState;
use domain::record::{Action, Status};
use domain::{Counts, ObjectKind, ProvisioningRecord, Time};

use super::agent::{beats, domains, enrolled};
use super::sample::{
    configuration_id, configure, escrow, failed_record, link, put_records, record, running_cycle, time,
};
use crate::Storage;
use crate::cycle::CycleEnd;
use crate::insight::Period;
use crate::link::{LinkState, LinkWrite, PageCommit};

/// The full hour at which the clock of the samples stands, and so many hours.
fn hour(number: i64) -> Time {
    time(number * 3600) - TimeDelta::microseconds(123_456)
}

fn period(hours: i64, slot: i64) -> Period {
    Period { since: hour(0), until: hour(hours), slot: TimeDelta::hours(slot), configuration: None }
}

pub async fn operations_are_summed_by_slot_and_errors_by_code(storage: &dyn Storage) {
    configure(storage, 2).await;
    let at = |number: u128, seconds: i64| ProvisioningRecord { at: time(seconds), ..record(number) };
    let failed = |number, code| ProvisioningRecord { at: time(3700), ..failed_record(number, code, "x") };
    let mut elsewhere = at(5, 7200);
    elsewhere.configuration_id = configuration_id(2);
    put_records(storage, vec![at(1, 0), at(2, 3599), at(3, 3600), elsewhere, at(4, -10)]).await;
    put_records(storage, vec![failed(6, "TimeOut"), failed(7, "TooLong"), failed(8, "TooLong")]).await;

    let told = async |period: &Period| {
        let slots = storage.operations_over_time(period).await.expect("are summed");
        slots
            .iter()
            .map(|slot| ((slot.at - hour(0)).num_hours(), slot.action, slot.status, slot.count))
            .collect::<Vec<_>>()
    };
    let created = |at, count| (at, Action::Create, Status::Success, count);
    assert_eq!(
        told(&period(3, 1)).await,
        [created(0, 2), created(1, 1), (1, Action::Update, Status::Failure, 3), created(2, 1)]
    );
    // The samples' day began twelve hours ago.
    assert_eq!(told(&period(2, 24)).await, [created(-12, 3), (-12, Action::Update, Status::Failure, 3)]);
    let second = Period { configuration: Some(configuration_id(2)), ..period(3, 1) };
    assert_eq!(told(&second).await, [created(2, 1)]);

    let errors = storage.top_errors(&period(3, 1), 10).await.expect("are counted");
    assert_eq!(errors, [("TooLong".to_owned(), 2), ("TimeOut".to_owned(), 1)]);
    assert_eq!(storage.top_errors(&period(3, 1), 1).await.expect("are counted").len(), 1);
    assert!(storage.top_errors(&second, 10).await.expect("are counted").is_empty());
}

pub async fn durations_of_cycles_are_told_by_the_slot_they_started_in(storage: &dyn Storage) {
    configure(storage, 2).await;
    let end =
        |state| CycleEnd { state, counts: Counts::default(), done: 0, problem: None, notes: Vec::new() };
    for (number, configuration, length, state) in [
        (10, 1, 4, CycleState::Succeeded),
        (20, 1, 10, CycleState::EntryLevelErrors),
        (3_700, 2, 2, CycleState::Failed),
    ] {
        let cycle = running_cycle(storage, number, configuration_id(configuration)).await;
        let at = cycle.started_at.expect("it started") + TimeDelta::seconds(length);
        storage.end_cycle(cycle.id, at, end(state), None).await.expect("ends");
    }
    running_cycle(storage, 3_800, configuration_id(1)).await;
    let slots = storage.cycles_over_time(&period(3, 1)).await.expect("are told");
    let told: Vec<_> = slots
        .iter()
        .map(|slot| {
            ((slot.at - hour(0)).num_hours(), slot.cycles, slot.failed, slot.total_ms, slot.longest_ms)
        })
        .collect();
    assert_eq!(told, [(0, 2, 0, 14_000, 10_000), (1, 1, 1, 2_000, 2_000)]);
    let second = Period { configuration: Some(configuration_id(2)), ..period(3, 1) };
    assert_eq!(storage.cycles_over_time(&second).await.expect("are told").len(), 1);

    let longest = async |period: &Period, most| {
        let cycles = storage.longest_cycles(period, most).await.expect("are found");
        let lasted = |cycle: &domain::Cycle| Some((cycle.ended_at? - cycle.started_at?).num_seconds());
        cycles.iter().map(|cycle| lasted(cycle).expect("it ended")).collect::<Vec<_>>()
    };
    assert_eq!(longest(&period(3, 1), 10).await, [10, 4, 2]);
    assert_eq!(longest(&period(3, 1), 1).await, [10]);
    assert_eq!(longest(&period(1, 1), 10).await, [10, 4]);
    assert_eq!(longest(&second, 10).await, [2]);
}

pub async fn agents_are_counted_once_an_hour_whether_their_beats_are_single_or_folded(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    enrolled(storage, 2, "ldap2").await;
    // Six hours of beats with a silent hour in the middle, and another agent's in the last two hours.
    let seconds: Vec<i64> =
        (0..360).map(|minute| minute * 60).filter(|second| !(7200..10_800).contains(second)).collect();
    for some in seconds.chunks(5) {
        storage.write_beats(&[beats(1, BeatChannel::Main, some.iter().copied())]).await.expect("is written");
    }
    let late: Vec<i64> = (240..360).map(|minute| minute * 60).collect();
    for some in late.chunks(5) {
        storage
            .write_beats(&[beats(2, BeatChannel::Status, some.iter().copied())])
            .await
            .expect("is written");
    }
    let heard = async || {
        let heard = storage.agents_heard(hour(0), hour(6)).await.expect("are counted");
        heard.iter().map(|(at, count)| ((*at - hour(0)).num_hours(), *count)).collect::<Vec<_>>()
    };
    let wanted = [(0, 1), (1, 1), (3, 1), (4, 2), (5, 2)];
    assert_eq!(heard().await, wanted);
    while storage.fold_beats(hour(3), Patience::default(), 1).await.expect("is done") > 0 {}
    assert_eq!(heard().await, wanted, "folding changes nothing");
    let some = storage.agents_heard(hour(4), hour(5)).await.expect("are counted");
    assert_eq!(some, [(hour(4), 2)]);
}

pub async fn objects_are_counted_by_state(storage: &dyn Storage) {
    configure(storage, 2).await;
    let disabled = LinkWrite { state: LinkState::Disabled, ..link(ObjectKind::User, 3) };
    let page = PageCommit {
        links: vec![
            link(ObjectKind::User, 1),
            link(ObjectKind::User, 2),
            disabled,
            link(ObjectKind::Group, 4),
        ],
        escrows: vec![escrow(9)],
        ..PageCommit::default()
    };
    storage.commit_page(configuration_id(1), page).await.expect("is committed");
    let mut found = storage.object_states(Some(configuration_id(1))).await.expect("are counted");
    found.links.sort_unstable();
    assert_eq!(
        found.links,
        [
            (ObjectKind::User, LinkState::Active, 2),
            (ObjectKind::User, LinkState::Disabled, 1),
            (ObjectKind::Group, LinkState::Active, 1),
        ]
    );
    assert_eq!(found.escrows.iter().map(|(_, count)| *count).sum::<u64>(), 1);
    assert_eq!(storage.object_states(None).await.expect("are counted").escrows, found.escrows);
    let other = storage.object_states(Some(configuration_id(2))).await.expect("are counted");
    assert!(other.links.is_empty() && other.escrows.is_empty());
}
