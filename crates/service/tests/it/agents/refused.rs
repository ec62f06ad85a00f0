//! Requests of agents that are not believed.

use channel::signature::{Refusal, Request};
use chrono::TimeDelta;
use domain::AgentId;
use domain::enrolment::AgentAlarmKind;

use super::{Machinery, UPGRADE, activities, ask, enrolled};
use crate::support::Bench;

#[tokio::test]
async fn a_request_is_taken_once_and_only_in_its_order() {
    let bench = Bench::configured().await;
    let mut agent = enrolled(&bench, "ldap1").await;
    let (first, second) = (agent.claim(&bench, &UPGRADE), agent.claim(&bench, &UPGRADE));
    assert_eq!(ask(&bench, &second).await, Ok(agent.id));
    assert_eq!(ask(&bench, &second).await, Err(Some(Refusal::Replayed)));
    assert_eq!(ask(&bench, &first).await, Err(Some(Refusal::Replayed)), "overtaken by a later one");
    let third = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &third).await, Ok(agent.id));
    let detail = bench.service.agent(&bench.system, agent.id).await.expect("an agent");
    assert_eq!(detail.view.alarms, [], "a replay is no clone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_sent_many_times_at_once_is_taken_once() {
    let bench = Bench::configured().await;
    let mut agents = Vec::new();
    for number in 0..8 {
        let mut agent = enrolled(&bench, &format!("ldap{number}")).await;
        agents.push(agent.claim(&bench, &UPGRADE));
    }
    let claims: Vec<_> = agents.iter().flat_map(|claim| std::iter::repeat_n(*claim, 5)).collect();
    let asked = futures::future::join_all(claims.iter().map(|claim| ask(&bench, claim))).await;
    assert_eq!(asked.iter().filter(|answer| answer.is_ok()).count(), 8);
    assert!(asked.iter().all(|answer| answer.is_ok() || *answer == Err(Some(Refusal::Replayed))));
}

#[tokio::test]
async fn a_key_on_two_machines_is_found_out_and_alarmed() {
    let bench = Bench::configured().await;
    let mut agent = enrolled(&bench, "ldap1").await;
    for _ in 0..5 {
        let claim = agent.claim(&bench, &UPGRADE);
        assert_eq!(ask(&bench, &claim).await, Ok(agent.id));
    }
    bench.clock.advance(TimeDelta::minutes(1));
    // The copy was made when the counter stood at 2.
    let copy = agent.claim_at(&bench, &UPGRADE, 3);
    assert_eq!(ask(&bench, &copy).await, Err(Some(Refusal::ClonedKey)));
    let detail = bench.service.agent(&bench.system, agent.id).await.expect("an agent");
    assert_eq!((detail.view.alarms[0].kind, detail.view.alarms[0].count), (AgentAlarmKind::ClonedKey, 1));
    assert_eq!(activities(&bench).await.last().map(String::as_str), Some("agent.alarm"));
    // Who has the higher counter goes on.
    let next = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &next).await, Ok(agent.id));
    // The copy counts on and meets the original's counter with a request of its own.
    bench.clock.advance(TimeDelta::seconds(1));
    let other = agent.claim_at(&bench, &UPGRADE, 6);
    assert_eq!(ask(&bench, &other).await, Err(Some(Refusal::ClonedKey)));
}

#[tokio::test]
async fn a_request_out_of_its_time_is_refused_and_does_not_move_the_counter() {
    let bench = Bench::configured().await;
    let mut agent = enrolled(&bench, "ldap1").await;
    let old = agent.claim(&bench, &UPGRADE);
    bench.clock.advance(TimeDelta::minutes(5) + TimeDelta::seconds(1));
    assert_eq!(ask(&bench, &old).await, Err(Some(Refusal::Expired)));
    bench.clock.advance(TimeDelta::minutes(10));
    let early = agent.claim_at(&bench, &UPGRADE, 100);
    bench.clock.advance(-TimeDelta::minutes(6));
    assert_eq!(ask(&bench, &early).await, Err(Some(Refusal::FromTheFuture)));
    let good = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &good).await, Ok(agent.id));
}

#[tokio::test]
async fn another_agents_signature_is_refused() {
    let bench = Bench::configured().await;
    let one = enrolled(&bench, "ldap1").await;
    let other = enrolled(&bench, "ldap2").await;
    let forged = Machinery { id: other.id, ..one };
    let claim = forged.claim_at(&bench, &UPGRADE, 50);
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::BadSignature)));
    // The counter of the other one did not move.
    let good = other.claim_at(&bench, &UPGRADE, 1);
    assert_eq!(ask(&bench, &good).await, Ok(other.id));
}

#[tokio::test]
async fn an_unknown_agent_is_refused() {
    let bench = Bench::configured().await;
    let known = enrolled(&bench, "ldap1").await;
    let stranger = Machinery { id: AgentId::new(uuid::Uuid::from_u128(99)), ..known };
    let claim = stranger.claim_at(&bench, &UPGRADE, 1);
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::UnknownAgent)));
}

#[tokio::test]
async fn what_was_signed_for_one_address_is_not_good_for_another() {
    let bench = Bench::configured().await;
    let mut agent = enrolled(&bench, "ldap1").await;
    let status = Request { method: "POST", path: "/status", body: b"{}" };
    let claim = agent.claim(&bench, &status);
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::AlteredBody)));
    let empty = Request { body: b"", ..status };
    let claim = agent.claim(&bench, &empty);
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::BadSignature)));
}

#[tokio::test]
async fn a_counter_that_cannot_be_kept_is_malformed() {
    let bench = Bench::configured().await;
    let agent = enrolled(&bench, "ldap1").await;
    let claim = agent.claim_at(&bench, &UPGRADE, u64::MAX);
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::Malformed)));
}

#[tokio::test]
async fn counters_outlive_the_process() {
    let bench = Bench::configured().await;
    let mut agent = enrolled(&bench, "ldap1").await;
    let claim = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &claim).await, Ok(agent.id));
    let bench = bench.again();
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::Replayed)));
}
