//! Simulations with their results and scratch copies; objects that match nothing.

use domain::cycle::{Counts, Phase, Problem};
use domain::record::{Action, Status};
use domain::scope::Scope;
use domain::simulation::{Movement, Simulation, SimulationState, Tally};
use domain::unmatched::{ScanState, UnmatchedObject, UnmatchedScan};
use domain::{LinkId, ObjectKind, SimulationId};
use uuid::Uuid;

use super::sample::{configuration_id, configure, failed_record, link, record, time};
use crate::cycle::Progress;
use crate::simulation::{SimulatedFilter, SimulatedRecord, SimulationEnd};
use crate::unmatched::UnmatchedFilter;
use crate::{PageRequest, Storage, StorageError};

fn id(number: u128) -> SimulationId {
    SimulationId::new(Uuid::from_u128(number))
}

fn simulation(number: u128, configuration: u128, seconds: i64) -> Simulation {
    Simulation {
        id: id(number),
        configuration_id: configuration_id(configuration),
        state: SimulationState::Running,
        requested_by: "ada".to_owned(),
        draft: true,
        scope: Some(Scope { groups: vec!["CN=G,DC=x".to_owned()], ..Scope::default() }),
        full: false,
        started_at: time(seconds),
        ended_at: None,
        phase: Phase::Starting,
        done: 0,
        expected: Some(7),
        counts: Counts::default(),
        tallies: Vec::new(),
        problem: None,
        notes: Vec::new(),
    }
}

fn end(seconds: i64) -> SimulationEnd {
    SimulationEnd {
        at: time(seconds),
        state: SimulationState::Succeeded,
        counts: Counts { created: 3, ..Counts::default() },
        done: 3,
        problem: None,
        notes: vec!["a note".to_owned()],
    }
}

async fn ended(storage: &dyn Storage, number: u128, configuration: u128, seconds: i64) {
    storage.begin_simulation(&simulation(number, configuration, seconds)).await.expect("begins");
    let progress = Progress { phase: Phase::Users, done: 3, counts: Counts::default() };
    let movement = Some(Movement::Enters);
    let tally =
        Tally { kind: ObjectKind::User, action: Action::Create, status: Status::Success, movement, count: 2 };
    let found = |record, movement| SimulatedRecord { record, movement };
    let records = [
        found(record(1), movement),
        found(record(2), None),
        found(failed_record(3, "TooLong", "displayName is too long"), Some(Movement::Leaves)),
    ];
    storage.add_simulated(id(number), progress, &[tally], &records[..2]).await.expect("is added");
    storage.add_simulated(id(number), progress, &[tally], &records[2..]).await.expect("is added");
    storage.end_simulation(id(number), end(seconds + 5)).await.expect("ends");
}

pub async fn results_come_back_as_they_were_found(storage: &dyn Storage) {
    configure(storage, 1).await;
    ended(storage, 1, 1, 10).await;
    let found = storage.simulation(id(1)).await.expect("is read").expect("is there");
    assert_eq!((found.state, found.done, found.counts.created), (SimulationState::Succeeded, 3, 3));
    assert_eq!((found.ended_at, found.tallies.len(), found.draft), (Some(time(15)), 1, true));
    assert_eq!(found.tallies[0].movement, Some(Movement::Enters));
    assert_eq!(found.scope.map(|scope| scope.groups), Some(vec!["CN=G,DC=x".to_owned()]));
    let all = SimulatedFilter::default();
    let first = storage.simulated_objects(id(1), &all, PageRequest::first(2)).await.expect("is read");
    assert_eq!(first.items.iter().map(|object| object.number).collect::<Vec<_>>(), [1, 2]);
    assert!(first.items[0].steps.is_empty());
    let rest = PageRequest { limit: 2, after: first.next };
    let rest = storage.simulated_objects(id(1), &all, rest).await.expect("is read");
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let whole = storage.simulated_object(id(1), 2).await.expect("is read").expect("is there");
    let written = record(2);
    assert_eq!((whole.source, whole.target), (written.source, written.target));
    assert_eq!((whole.steps, whole.modified), (written.steps, written.modified));
    let narrow = |filter: SimulatedFilter| async move {
        let page = storage.simulated_objects(id(1), &filter, PageRequest::first(10)).await.expect("is read");
        page.items.into_iter().map(|object| object.number).collect::<Vec<_>>()
    };
    assert_eq!(narrow(SimulatedFilter { statuses: vec![Status::Failure], ..all.clone() }).await, [3]);
    assert_eq!(
        narrow(SimulatedFilter { text: Some("PERSON2@NORTH person".to_owned()), ..all.clone() }).await,
        [2]
    );
    assert_eq!(narrow(SimulatedFilter { text: Some("toolong".to_owned()), ..all.clone() }).await, [3]);
    let moving = |movements: &[Movement]| SimulatedFilter { movements: movements.to_vec(), ..all.clone() };
    assert_eq!(narrow(moving(&[Movement::Leaves])).await, [3]);
    assert_eq!(narrow(moving(Movement::ALL)).await, [1, 3]);
    assert_eq!(first.items[0].movement, Some(Movement::Enters));
    let leaving = SimulatedFilter { text: Some("person1".to_owned()), ..moving(&[Movement::Leaves]) };
    assert!(narrow(leaving).await.is_empty());
    assert!(narrow(SimulatedFilter { kind: Some(ObjectKind::Group), ..all }).await.is_empty());
}

pub async fn a_configuration_has_one_running_simulation(storage: &dyn Storage) {
    configure(storage, 1).await;
    configure(storage, 2).await;
    storage.begin_simulation(&simulation(1, 1, 10)).await.expect("begins");
    let second = storage.begin_simulation(&simulation(2, 1, 11)).await;
    assert!(matches!(second, Err(StorageError::Duplicate { what: "simulation" })), "{second:?}");
    storage.begin_simulation(&simulation(3, 2, 12)).await.expect("another configuration's begins");
    assert_eq!(storage.interrupt_simulations(time(20)).await.expect("is done"), 2);
    let late = storage.end_simulation(id(1), end(30)).await;
    assert!(matches!(late, Err(StorageError::Stale { .. })), "{late:?}");
    storage.begin_simulation(&simulation(4, 1, 40)).await.expect("begins again");
    let listed = storage.simulations(configuration_id(1), PageRequest::first(1)).await.expect("is read");
    assert_eq!((listed.items[0].id, listed.next.is_some()), (id(4), true));
}

pub async fn superseded_and_old_simulations_go_bit_by_bit(storage: &dyn Storage) {
    configure(storage, 1).await;
    configure(storage, 2).await;
    for (number, configuration, seconds) in [(1, 1, 10), (2, 1, 100), (3, 2, 10)] {
        ended(storage, number, configuration, seconds).await;
    }
    storage.begin_simulation(&simulation(4, 1, 200)).await.expect("begins");
    let mut rounds = 0;
    while storage.expire_simulations(time(5), 2).await.expect("is done") > 0 {
        rounds += 1;
    }
    assert!(rounds > 1, "three objects do not go at once");
    let there = |number| async move { storage.simulation(id(number)).await.expect("is read").is_some() };
    assert!(!there(1).await && there(2).await && there(3).await && there(4).await);
    while storage.expire_simulations(time(50), 100).await.expect("is done") > 0 {}
    assert!(there(2).await && !there(3).await && there(4).await);
}

pub async fn a_scratch_copy_is_apart_from_what_it_was_made_of(storage: &dyn Storage) {
    configure(storage, 1).await;
    let page = crate::link::PageCommit {
        links: vec![link(ObjectKind::User, 1), link(ObjectKind::User, 2)],
        ..crate::link::PageCommit::default()
    };
    storage.commit_page(configuration_id(1), page).await.expect("is written");
    let before = storage.links_after(configuration_id(1), LinkId(0), 10).await.expect("is read");
    let scratch = storage.scratch(configuration_id(1), true).await.expect("is copied");
    let links = scratch.links();
    assert_eq!(links.links_after(configuration_id(1), LinkId(0), 10).await.expect("is read"), before);
    let page = crate::link::PageCommit {
        unlinked: vec![before[0].id],
        links: vec![link(ObjectKind::User, 3)],
        ..crate::link::PageCommit::default()
    };
    links.commit_page(configuration_id(1), page).await.expect("is written");
    assert_eq!(storage.links_after(configuration_id(1), LinkId(0), 10).await.expect("is read"), before);
    assert_eq!(links.links_after(configuration_id(1), LinkId(0), 10).await.expect("is read").len(), 2);
    let missing = storage.scratch(configuration_id(9), false).await;
    assert!(matches!(missing.err(), Some(StorageError::Stale { .. })));
}

pub async fn unmatched_objects_are_those_of_the_last_search(storage: &dyn Storage) {
    configure(storage, 1).await;
    let scan = UnmatchedScan {
        configuration_id: configuration_id(1),
        state: ScanState::Running,
        requested_by: "ada".to_owned(),
        started_at: time(1),
        ended_at: None,
        listed: 0,
        unmatched: 0,
        problem: None,
    };
    let object = |number: u32| UnmatchedObject {
        kind: if number == 3 { ObjectKind::Group } else { ObjectKind::User },
        id: format!("target-{number}"),
        anchor: String::new(),
        display_name: format!("Person {number}"),
        name: if number == 2 { "renée@example.org".to_owned() } else { String::new() },
        administrator: number == 2,
    };
    let configuration = configuration_id(1);
    assert_eq!(storage.unmatched_scan(configuration).await.expect("is read"), None);
    storage.begin_unmatched(&scan).await.expect("begins");
    let second = storage.begin_unmatched(&scan).await;
    assert!(matches!(second, Err(StorageError::Duplicate { .. })), "{second:?}");
    let found = [object(1), object(2), object(3)];
    storage.add_unmatched(configuration, 10, &found).await.expect("is added");
    storage.drop_unmatched(configuration, &["target-1".to_owned()]).await.expect("is dropped");
    storage.end_unmatched(configuration, time(9), None).await.expect("ends");
    let all = UnmatchedFilter::default();
    let page = storage.unmatched(configuration, &all, PageRequest::first(1)).await.expect("is read");
    assert_eq!(page.items, [object(2)]);
    let rest = PageRequest { limit: 5, after: page.next };
    let rest = storage.unmatched(configuration, &all, rest).await.expect("is read");
    assert_eq!(rest.items, [object(3)]);
    let of = |text: &str, kind| UnmatchedFilter { text: Some(text.to_owned()), kind };
    for (filter, found) in [
        (UnmatchedFilter { text: None, kind: Some(ObjectKind::Group) }, vec![object(3)]),
        (of("PÄRSON 2", None), Vec::new()),
        (of(" 3 person", None), vec![object(3)]),
        (of("RENÉE TARGET", None), vec![object(2)]),
        (of("person", Some(ObjectKind::User)), vec![object(2)]),
    ] {
        let page = storage.unmatched(configuration, &filter, PageRequest::first(5)).await;
        assert_eq!(page.expect("is read").items, found, "{filter:?}");
    }
    let last = storage.unmatched_scan(configuration).await.expect("is read").expect("is there");
    assert_eq!((last.state, last.listed, last.unmatched), (ScanState::Succeeded, 10, 2));
    storage.begin_unmatched(&scan).await.expect("begins again");
    let problem = Problem { code: "TargetUnreachable".to_owned(), message: "No route.".to_owned() };
    storage.end_unmatched(configuration, time(10), Some(problem.clone())).await.expect("ends");
    let last = storage.unmatched_scan(configuration).await.expect("is read").expect("is there");
    assert_eq!((last.state, last.unmatched, last.problem), (ScanState::Failed, 0, Some(problem)));
}
