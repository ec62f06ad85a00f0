//! Agents: how they come in, which of their requests are believed, how they are shown, how they go.

mod refused;

use std::sync::{Arc, Mutex};

use channel::enrolment::{EnrolmentRequest, EnrolmentToken, KeyChange, Machine};
use channel::key::AgentKey;
use channel::signature::{self, Claim, Refusal, Request};
use chrono::TimeDelta;
use domain::access::{Principal, Role, Via};
use domain::agent::{AgentState, AgentWork, Beat, BeatChannel, Patience, Reach};
use domain::enrolment::{AgentAlarmKind, EnrolmentState};
use domain::{AgentId, Clock as _, Secret};
use engine::Hint;
use service::agents::{AgentError, AgentQuery, Connections, DomainVerdict, EnrolError, NewEnrolment};
use service::{PageRequest, ServiceError};
use storage::audit::AuditFilter;

use crate::support::Bench;

const UPGRADE: Request<'static> = Request { method: "GET", path: "/agents/channel", body: b"" };

/// A machine with its agent.
pub struct Machinery {
    pub key: AgentKey,
    pub id: AgentId,
    counter: u64,
}

impl Machinery {
    /// The claim of this request, signed now with the next counter.
    pub fn claim(&mut self, bench: &Bench, request: &Request<'_>) -> Claim {
        self.counter += 1;
        self.claim_at(bench, request, self.counter)
    }

    pub fn claim_at(&self, bench: &Bench, request: &Request<'_>, counter: u64) -> Claim {
        let created = bench.clock.now().timestamp();
        let headers = signature::sign(&self.key, self.id, request, created, counter);
        let find =
            |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        signature::read(find).expect("a claim")
    }
}

pub async fn ask(bench: &Bench, claim: &Claim) -> Result<AgentId, Option<Refusal>> {
    match bench.service.authenticate_agent(claim, &UPGRADE, "192.0.2.7").await {
        Ok(agent) => Ok(agent.id),
        Err(AgentError::Refused(refusal)) => Err(Some(refusal)),
        Err(AgentError::Failed(_)) => Err(None),
    }
}

async fn token(bench: &Bench) -> Secret {
    let wanted = NewEnrolment { domains: vec!["A.local".to_owned()], minutes: None };
    bench.service.create_enrolment(&bench.system, &wanted).await.expect("a token").1
}

fn request(bench: &Bench, key: &AgentKey, token: &Secret, name: &str) -> EnrolmentRequest {
    let token: EnrolmentToken = token.expose().parse().expect("a token");
    let machine = Machine {
        name: name.to_owned(),
        system: "Debian 13".to_owned(),
        version: "0.1.0".to_owned(),
        protocol: 1,
    };
    EnrolmentRequest::new(key, &token, machine, bench.clock.now().timestamp())
}

pub async fn enrolled(bench: &Bench, name: &str) -> Machinery {
    let (key, _) = AgentKey::generate().expect("a key");
    let token = token(bench).await;
    let request = request(bench, &key, &token, name);
    let answer = bench.service.enrol_agent(&request, "192.0.2.7").await.expect("enrols");
    Machinery { key, id: answer.agent_id, counter: 0 }
}

pub fn beat(bench: &Bench, reachable: bool) -> Beat {
    Beat {
        at: bench.clock.now(),
        version: "0.1.0".to_owned(),
        system: "Debian 13".to_owned(),
        started_at: bench.clock.now(),
        load_centicores: 10,
        memory_bytes: 30 << 20,
        running: 0,
        domains: vec![Reach {
            domain: "a.local".to_owned(),
            reachable,
            latency_ms: Some(4),
            error: (!reachable).then(|| "no route".to_owned()),
        }],
        readiness: None,
    }
}

async fn states(bench: &Bench) -> Vec<(String, AgentState)> {
    let page = bench.service.agents(&bench.system, &AgentQuery::default(), PageRequest::first(100)).await;
    page.expect("a list").items.into_iter().map(|view| (view.agent.machine, view.state)).collect()
}

async fn activities(bench: &Bench) -> Vec<String> {
    let page = bench
        .service
        .audit(&bench.system, &AuditFilter::default(), PageRequest::first(100))
        .await
        .expect("the audit log");
    page.items.into_iter().rev().map(|stored| stored.entry.activity).collect()
}

#[derive(Debug, Default)]
struct Wires {
    cut: Mutex<Vec<AgentId>>,
}

impl Connections for Wires {
    fn cut(&self, agent: AgentId) {
        self.cut.lock().expect("the wires").push(agent);
    }

    fn connected(&self, agent: AgentId) -> bool {
        !self.cut.lock().expect("the wires").contains(&agent)
    }

    fn change_key(&self, agent: AgentId) -> bool {
        self.connected(agent)
    }

    fn work(&self, _: AgentId) -> Vec<AgentWork> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_token_lets_an_agent_in_and_both_are_audited() {
    let bench = Bench::configured().await;
    let wanted = NewEnrolment { domains: vec!["A.LOCAL".to_owned(), "a.local".to_owned()], minutes: None };
    let (enrolment, secret) = bench.service.create_enrolment(&bench.system, &wanted).await.expect("a token");
    assert_eq!(enrolment.domains, ["a.local"]);
    assert_eq!(enrolment.expires_at - enrolment.created_at, TimeDelta::minutes(30));
    let (key, _) = AgentKey::generate().expect("a key");
    let answer = bench
        .service
        .enrol_agent(&request(&bench, &key, &secret, "ldap1.a.local"), "192.0.2.7")
        .await
        .expect("enrols");
    assert_eq!(
        (answer.domains.as_slice(), answer.patience),
        (&["a.local".to_owned()][..], Patience::default())
    );
    let detail = bench.service.agent(&bench.system, answer.agent_id).await.expect("an agent");
    assert_eq!(detail.view.state, AgentState::NeverConnected);
    assert_eq!(detail.view.agent.external_address.as_deref(), Some("192.0.2.7"));
    let spent = detail.enrolment.expect("its token");
    assert_eq!((spent.id, spent.state(bench.clock.now())), (enrolment.id, EnrolmentState::Used));
    assert!(
        activities(&bench).await.ends_with(&["enrollmentToken.create".to_owned(), "agent.enroll".to_owned()])
    );
}

#[tokio::test]
async fn a_token_is_bound_to_domains_that_are_there_and_to_a_time() {
    let bench = Bench::configured().await;
    let refused = |domains: &[&str], minutes| {
        let domains = domains.iter().map(ToString::to_string).collect();
        let wanted = NewEnrolment { domains, minutes };
        let bench = &bench;
        async move {
            match bench.service.create_enrolment(&bench.system, &wanted).await {
                Err(ServiceError::Invalid(problems)) => {
                    problems.into_iter().map(|problem| problem.path).collect::<Vec<_>>()
                }
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(refused(&[], None).await, ["domains"]);
    assert_eq!(refused(&["a.local", "b.local", "c.local"], None).await, ["domains[1]", "domains[2]"]);
    assert_eq!(refused(&["a.local"], Some(0)).await, ["minutes"]);
    assert_eq!(refused(&["a.local"], Some(10_081)).await, ["minutes"]);
    let reader = Principal { name: "r".to_owned(), role: Role::Operator, via: Via::Session, from: None };
    let wanted = NewEnrolment { domains: vec!["a.local".to_owned()], minutes: None };
    let forbidden = bench.service.create_enrolment(&reader, &wanted).await;
    assert!(matches!(forbidden, Err(ServiceError::Forbidden { .. })));
}

#[tokio::test]
async fn a_second_use_of_a_token_is_refused_audited_and_an_alarm_of_the_first_agent() {
    let bench = Bench::configured().await;
    let secret = token(&bench).await;
    let (first, second) = (AgentKey::generate().expect("a key").0, AgentKey::generate().expect("a key").0);
    let answer = bench
        .service
        .enrol_agent(&request(&bench, &first, &secret, "ldap1"), "192.0.2.7")
        .await
        .expect("enrols");
    let again = bench.service.enrol_agent(&request(&bench, &second, &secret, "evil"), "203.0.113.9").await;
    assert!(matches!(again, Err(EnrolError::Refused)), "{again:?}");
    let detail = bench.service.agent(&bench.system, answer.agent_id).await.expect("an agent");
    let alarm = &detail.view.alarms[0];
    assert_eq!((alarm.kind, alarm.address.as_str()), (AgentAlarmKind::TokenReused, "203.0.113.9"));
    assert_eq!(activities(&bench).await.last().map(String::as_str), Some("agent.alarm"));
    assert_eq!(bench.service.agent_summary(&bench.system).await.expect("a summary").alarmed, 1);
    bench.service.clear_agent_alarms(&bench.system, answer.agent_id).await.expect("is cleared");
    let detail = bench.service.agent(&bench.system, answer.agent_id).await.expect("an agent");
    assert_eq!(detail.view.alarms, []);
    assert_eq!(activities(&bench).await.last().map(String::as_str), Some("agent.clearAlarms"));
}

#[tokio::test]
async fn tokens_that_are_unknown_withdrawn_or_old_are_refused_with_one_sentence() {
    let bench = Bench::configured().await;
    let wanted = NewEnrolment { domains: vec!["a.local".to_owned()], minutes: Some(10) };
    let (old, old_secret) = bench.service.create_enrolment(&bench.system, &wanted).await.expect("a token");
    let (taken_back, back_secret) =
        bench.service.create_enrolment(&bench.system, &wanted).await.expect("a token");
    bench.service.withdraw_enrolment(&bench.system, taken_back.id).await.expect("is withdrawn");
    let again = bench.service.withdraw_enrolment(&bench.system, taken_back.id).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))));
    bench.clock.advance(TimeDelta::minutes(10));
    let unknown = EnrolmentToken::new([1; 32], None).reveal();
    let mut said = Vec::new();
    for secret in [&old_secret, &back_secret, &unknown] {
        let (key, _) = AgentKey::generate().expect("a key");
        let refused = bench.service.enrol_agent(&request(&bench, &key, secret, "ldap1"), "192.0.2.7").await;
        said.push(refused.expect_err("is refused").to_string());
    }
    assert!(said.iter().all(|sentence| *sentence == said[0]), "{said:?}");
    let stored = bench.service.enrolment(&bench.system, old.id).await.expect("a token");
    assert_eq!(stored.state(bench.clock.now()), EnrolmentState::Expired);
}

#[tokio::test]
async fn guessing_tokens_is_slowed_down_for_its_address_alone() {
    let bench = Bench::configured().await;
    let (key, _) = AgentKey::generate().expect("a key");
    let unknown = EnrolmentToken::new([1; 32], None).reveal();
    let mut throttled = 0;
    for _ in 0..20 {
        let refused =
            bench.service.enrol_agent(&request(&bench, &key, &unknown, "evil"), "203.0.113.9").await;
        throttled += u32::from(matches!(refused, Err(EnrolError::Throttled { .. })));
    }
    assert!(throttled >= 8, "{throttled}");
    enrolled(&bench, "ldap1").await;
}

#[tokio::test]
async fn all_addresses_together_have_a_limit() {
    let bench = Bench::configured().await;
    let (key, _) = AgentKey::generate().expect("a key");
    let unknown = EnrolmentToken::new([1; 32], None).reveal();
    let request = request(&bench, &key, &unknown, "evil");
    let mut throttled = 0;
    for number in 0..620 {
        let refused = bench.service.enrol_agent(&request, &format!("2001:db8::{number:x}")).await;
        throttled += u32::from(matches!(refused, Err(EnrolError::Throttled { .. })));
    }
    assert_eq!(throttled, 20);
    bench.clock.advance(TimeDelta::minutes(1));
    enrolled(&bench, "ldap1").await;
}

#[tokio::test]
async fn a_machine_whose_clock_is_off_is_told_before_its_token_is_spent() {
    let bench = Bench::configured().await;
    let secret = token(&bench).await;
    let (key, _) = AgentKey::generate().expect("a key");
    let early = request(&bench, &key, &secret, "ldap1");
    bench.clock.advance(TimeDelta::minutes(6));
    let refused = bench.service.enrol_agent(&early, "192.0.2.7").await;
    assert!(matches!(refused, Err(EnrolError::Clock { seconds: -360 })), "{refused:?}");
    bench
        .service
        .enrol_agent(&request(&bench, &key, &secret, "ldap1"), "192.0.2.7")
        .await
        .expect("the token is still good");
}

#[tokio::test]
async fn a_beat_shows_at_once_and_silence_ages_it_without_anybody_writing() {
    let mut bench = Bench::configured().await;
    let agent = enrolled(&bench, "ldap1").await;
    while bench.hints.try_recv().is_ok() {}
    bench
        .service
        .record_beat(agent.id, BeatChannel::Main, beat(&bench, true), "192.0.2.8")
        .expect("is taken");
    assert_eq!(states(&bench).await, [("ldap1".to_owned(), AgentState::Active)]);
    assert_eq!(bench.hints.try_recv(), Ok(Hint::Agent(agent.id)));
    // Written and read back it is the same.
    bench.service.write_beats().await.expect("is written");
    let stored = bench.storage.agent(agent.id).await.expect("is read").expect("is there").agent;
    assert_eq!(stored.heard.main.map(|at| at.timestamp()), Some(bench.clock.now().timestamp()));
    assert_eq!(stored.external_address.as_deref(), Some("192.0.2.8"));
    for (minutes, state) in [(3, AgentState::Active), (1, AgentState::Degraded), (56, AgentState::Inactive)] {
        bench.clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(states(&bench).await, [("ldap1".to_owned(), state)]);
    }
    bench
        .service
        .record_beat(agent.id, BeatChannel::Status, beat(&bench, true), "192.0.2.8")
        .expect("is taken");
    assert_eq!(states(&bench).await, [("ldap1".to_owned(), AgentState::StatusOnly)]);
    bench.clock.advance(TimeDelta::days(11));
    assert_eq!(states(&bench).await, [], "hidden");
}

#[tokio::test]
async fn lists_are_filtered_by_the_state_of_this_very_moment() {
    let bench = Bench::configured().await;
    let one = enrolled(&bench, "ldap1").await;
    enrolled(&bench, "ldap2").await;
    bench.service.record_beat(one.id, BeatChannel::Main, beat(&bench, true), "192.0.2.8").expect("is taken");
    bench.service.write_beats().await.expect("is written");
    let count = |query: AgentQuery| {
        let bench = &bench;
        async move {
            let page = bench.service.agents(&bench.system, &query, PageRequest::first(10)).await;
            page.expect("a list").items.len()
        }
    };
    let of = |state| AgentQuery { states: vec![state], ..AgentQuery::default() };
    assert_eq!(count(of(AgentState::Active)).await, 1);
    assert_eq!(count(of(AgentState::NeverConnected)).await, 1);
    assert_eq!(count(AgentQuery { text: Some("DAP2".to_owned()), ..AgentQuery::default() }).await, 1);
    assert_eq!(count(AgentQuery { domain: Some("a.local".to_owned()), ..AgentQuery::default() }).await, 2);
}

#[tokio::test]
async fn a_domain_is_served_by_agents_that_reach_its_directory() {
    let bench = Bench::configured().await;
    let entry = service::document::parse::entry(serde_json::json!({"name": "b.local"})).expect("a domain");
    bench.service.create_domain(&bench.system, &entry).await.expect("is created");
    let verdict = || async {
        let summary = bench.service.agent_summary(&bench.system).await.expect("a summary");
        let of = |name: &str| {
            summary.domains.iter().find(|domain| domain.name == name).cloned().expect("a domain")
        };
        assert_eq!(of("a.local").verdict(), DomainVerdict::Direct);
        (of("b.local").healthy, of("b.local").verdict())
    };
    assert_eq!(verdict().await, (0, DomainVerdict::Unserved));
    let mut agents = Vec::new();
    for name in ["ldap1", "ldap2", "ldap3"] {
        let agent = enrolled(&bench, name).await;
        bench
            .service
            .set_agent_domains(&bench.system, agent.id, &["b.local".to_owned()])
            .await
            .expect("is set");
        agents.push(agent);
    }
    let say = |index: usize, reachable| {
        let mut said = beat(&bench, reachable);
        "b.local".clone_into(&mut said.domains[0].domain);
        bench.service.record_beat(agents[index].id, BeatChannel::Main, said, "192.0.2.8").expect("is taken");
    };
    say(0, true);
    say(1, false);
    bench.service.write_beats().await.expect("is written");
    assert_eq!(verdict().await, (1, DomainVerdict::Few));
    say(1, true);
    say(2, true);
    bench.service.write_beats().await.expect("is written");
    assert_eq!(verdict().await, (3, DomainVerdict::Fine));
    bench.clock.advance(TimeDelta::hours(2));
    assert_eq!(verdict().await, (0, DomainVerdict::Unserved));
}

#[tokio::test]
async fn a_beat_that_is_not_sane_is_refused_whole() {
    let bench = Bench::configured().await;
    let agent = enrolled(&bench, "ldap1").await;
    let mut wrong = beat(&bench, true);
    wrong.version = "1\n2".to_owned();
    wrong.domains[0].domain = "x".repeat(201);
    wrong.at = bench.clock.now() + TimeDelta::days(100_000);
    let refused = bench.service.record_beat(agent.id, BeatChannel::Main, wrong, "192.0.2.8");
    let Err(ServiceError::Invalid(problems)) = refused else { panic!("{refused:?}") };
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["at", "version", "domains[0].domain"]);
    assert_eq!(states(&bench).await, [("ldap1".to_owned(), AgentState::NeverConnected)]);
}

#[tokio::test]
async fn the_timeline_tells_the_ports_and_silence_apart() {
    let bench = Bench::configured().await;
    let agent = enrolled(&bench, "ldap1").await;
    for minute in 0..180 {
        match minute {
            0..60 => {
                let taken =
                    bench.service.record_beat(agent.id, BeatChannel::Main, beat(&bench, true), "192.0.2.8");
                taken.expect("is taken");
            }
            90..120 if minute % 10 == 0 => {
                let taken =
                    bench.service.record_beat(agent.id, BeatChannel::Status, beat(&bench, true), "192.0.2.8");
                taken.expect("is taken");
            }
            _ => {}
        }
        if minute % 7 == 0 {
            bench.service.write_beats().await.expect("is written");
        }
        bench.clock.advance(TimeDelta::minutes(1));
    }
    let detail = bench.service.agent(&bench.system, agent.id).await.expect("an agent");
    for buckets in [&detail.day, &detail.week] {
        let sum = |of: fn(&service::agents::Bucket) -> u32| buckets.iter().map(of).sum::<u32>();
        assert_eq!(sum(|bucket| bucket.main_seconds), 62 * 60);
        assert_eq!(sum(|bucket| bucket.status_seconds), 40 * 60);
        assert_eq!(sum(|bucket| bucket.silent_seconds), 78 * 60);
        assert_eq!(sum(|bucket| bucket.beats), 63);
    }
    assert_eq!((detail.day.len(), detail.week.len(), detail.latest.len()), (96, 168, 60));
    assert_eq!(detail.stretches.len(), 4);
}

#[tokio::test]
async fn old_beats_are_tidied_into_hours_and_still_drawn() {
    let bench = Bench::configured().await;
    let agent = enrolled(&bench, "ldap1").await;
    for minute in 0..240 {
        bench
            .service
            .record_beat(agent.id, BeatChannel::Main, beat(&bench, true), "192.0.2.8")
            .expect("is taken");
        if minute % 5 == 4 {
            bench.service.write_beats().await.expect("is written");
        }
        bench.clock.advance(TimeDelta::minutes(1));
    }
    let total = |detail: &service::agents::AgentDetail| {
        detail
            .week
            .iter()
            .map(|bucket| (bucket.main_seconds, bucket.beats))
            .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let before = total(&bench.service.agent(&bench.system, agent.id).await.expect("an agent"));
    bench.clock.advance(TimeDelta::hours(50));
    bench.service.tidy_agents().await.expect("is tidied");
    let after = bench.service.agent(&bench.system, agent.id).await.expect("an agent");
    assert!(
        !bench
            .storage
            .beat_hours(agent.id, bench.clock.now() - TimeDelta::days(7))
            .await
            .expect("hours")
            .is_empty()
    );
    // The last beat had spoken for less than patience allows when it was first asked.
    assert_eq!(total(&after), (before.0 + 120, before.1));
}

#[tokio::test]
async fn a_retired_agent_is_cut_and_may_not_say_any_more() {
    let bench = Bench::configured().await;
    let wires = Arc::new(Wires::default());
    bench.service.attach_connections(wires.clone());
    let mut agent = enrolled(&bench, "ldap1").await;
    let detail = bench.service.agent(&bench.system, agent.id).await.expect("an agent");
    assert!(detail.view.connected);
    let before = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &before).await, Ok(agent.id));
    bench.service.retire_agent(&bench.system, agent.id).await.expect("is retired");
    assert_eq!(*wires.cut.lock().expect("the wires"), [agent.id]);
    let claim = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &claim).await, Err(Some(Refusal::Retired)));
    assert!(!bench.service.agent_connected(agent.id, 1, "192.0.2.7"));
    let said = bench.service.record_beat(agent.id, BeatChannel::Main, beat(&bench, true), "192.0.2.8");
    assert!(matches!(said, Err(ServiceError::Conflict(_))));
    assert_eq!(states(&bench).await, [("ldap1".to_owned(), AgentState::Retired)]);
    let again = bench.service.retire_agent(&bench.system, agent.id).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))));
    assert_eq!(activities(&bench).await.last().map(String::as_str), Some("agent.retire"));
}

#[tokio::test]
async fn an_agent_leaves_by_itself_but_sends_no_other_one_away() {
    let bench = Bench::configured().await;
    let mut one = enrolled(&bench, "ldap1").await;
    let other = enrolled(&bench, "ldap2").await;
    let claim = one.claim(&bench, &UPGRADE);
    let agent = bench.service.authenticate_agent(&claim, &UPGRADE, "192.0.2.7").await.expect("is believed");
    let refused = bench.service.leave_agent(&agent, other.id).await;
    assert!(matches!(refused, Err(AgentError::Refused(Refusal::AnotherAgent))), "{refused:?}");
    bench.service.leave_agent(&agent, one.id).await.expect("leaves");
    let said = states(&bench).await;
    assert_eq!(
        said.iter().map(|(_, state)| *state).collect::<Vec<_>>(),
        [AgentState::Retired, AgentState::NeverConnected]
    );
    assert_eq!(activities(&bench).await.last().map(String::as_str), Some("agent.leave"));
}

#[tokio::test]
async fn a_key_is_changed_without_interruption() {
    let bench = Bench::configured().await;
    let mut agent = enrolled(&bench, "ldap1").await;
    let (next, _) = AgentKey::generate().expect("a key");
    let claim = agent.claim(&bench, &UPGRADE);
    let known = bench.service.authenticate_agent(&claim, &UPGRADE, "192.0.2.7").await.expect("is believed");
    let change = KeyChange::new(agent.id, &next);
    let other = enrolled(&bench, "ldap2").await;
    let refused = bench.service.change_agent_key(&known, other.id, &change).await;
    assert!(matches!(refused, Err(AgentError::Refused(Refusal::AnotherAgent))));
    bench.service.change_agent_key(&known, agent.id, &change).await.expect("is kept");
    assert!(bench.service.agent(&bench.system, agent.id).await.expect("an agent").view.key_change);
    // Both are good until the new one is used.
    let old = agent.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &old).await, Ok(agent.id));
    let last = agent.claim(&bench, &UPGRADE);
    let mut renewed = Machinery { key: next, id: agent.id, counter: 0 };
    let first = renewed.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &first).await, Ok(agent.id));
    assert_eq!(ask(&bench, &last).await, Err(Some(Refusal::BadSignature)));
    assert_eq!(ask(&bench, &first).await, Err(Some(Refusal::Replayed)));
    let second = renewed.claim(&bench, &UPGRADE);
    assert_eq!(ask(&bench, &second).await, Ok(agent.id));
    let done = activities(&bench).await;
    assert!(
        done.contains(&"agent.keyOffer".to_owned()) && done.contains(&"agent.keyChange".to_owned()),
        "{done:?}"
    );
}
