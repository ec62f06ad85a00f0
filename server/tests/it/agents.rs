//! Domains that only their agents reach: a real server on loopback, agents with sockets, a sample forest.

use domain::access::Principal;
use domain::cycle::CycleState;

use crate::portal::{DOMAIN, HeldBack, Portal};

#[tokio::test(flavor = "multi_thread")]
async fn a_forest_that_only_its_agent_reaches_synchronises() {
    let portal = Portal::start(120).await;
    let agent = Portal::run(portal.enrol("agent1").await);
    portal.ready(1).await;
    let first = portal.cycle().await;
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}");
    assert!(first.counts.created >= 120, "{first:?}");
    let second = portal.cycle().await;
    assert_eq!((second.counts.created, second.counts.updated, second.counts.deleted), (0, 0, 0));
    assert_eq!(second.counts.imported, first.counts.imported);
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn pain_18_of_agents_side_by_side_one_may_die_in_the_middle_of_a_cycle_and_nothing_is_missed() {
    let portal = Portal::start(2_000).await;
    let mut first = portal.enrol("agent1").await;
    let reached = first.domains.get_mut(DOMAIN).expect("the domain");
    let way = HeldBack::from(&reached.url, 1_500_000).await;
    reached.url.clone_from(&way.url);
    let worker = Portal::run(first);
    portal.ready(1).await;
    let id = portal.begin().await;
    way.held.notified().await;
    let other = Portal::run(portal.enrol("agent2").await);
    portal.ready(2).await;
    worker.abort();
    let cycle = portal.when(id, |cycle| cycle.state.is_finished()).await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    assert!(cycle.notes.iter().any(|note| note.contains("agent1") && note.contains("agent2")), "{cycle:?}");
    let counts = portal.service.directory_counts(&Principal::system()).await.expect("counts");
    // Active Directory's own accounts are out of every default scope.
    let people = u64::try_from(portal.people_in_forest().await).expect("a count");
    assert!(counts.users >= 2_000 && counts.users <= people, "{counts:?} of {people}");
    let again = portal.cycle().await;
    assert_eq!((again.counts.created, again.counts.updated, again.counts.deleted), (0, 0, 0), "{again:?}");
    assert_eq!(again.counts.imported, cycle.counts.imported);
    other.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_agent_the_cycle_says_so_and_works_when_one_comes() {
    let portal = Portal::start(110).await;
    let waiting = portal.cycle().await;
    assert_eq!(waiting.state, CycleState::Failed);
    let error = format!("{waiting:?}");
    assert!(error.contains("none of its agents is connected"), "{error}");
    let settings = portal.enrol("agent1").await;
    let id = portal.begin().await;
    // It comes while the cycle waits for it.
    let agent = Portal::run(settings);
    let cycle = portal.when(id, |cycle| cycle.state.is_finished()).await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_agent_is_cut_off_at_once_and_does_not_come_back() {
    let portal = Portal::start(110).await;
    let settings = portal.enrol("agent1").await;
    let id = settings.agent;
    let agent = Portal::run(settings);
    portal.ready(1).await;
    portal.service.retire_agent(&Principal::system(), id).await.expect("retired");
    portal.ready(0).await;
    let failed = portal.cycle().await;
    assert_eq!(failed.state, CycleState::Failed);
    assert_eq!(portal.hub.count(), 0);
    agent.abort();
}
