//! Agents: tokens, keys, counters, alarms, heartbeats.

use chrono::TimeDelta;
use domain::agent::{AgentState, Beat, BeatChannel, CheckOutcome, Heard, Patience, Reach, ReadinessCheck};
use domain::enrolment::{AgentAlarm, AgentAlarmKind, Enrolment, EnrolmentState};
use domain::timeline::BeatPoint;
use domain::{AgentId, DomainId, EnrolmentId, Time};

use super::sample::{audit, source_domain, time, uuid};
use crate::agent::{AgentFilter, BeatWrite, CounterOutcome, CounterStep, Enrolled, NewAgent};
use crate::audit::AuditFilter;
use crate::configuration::ConfigurationChange;
use crate::{Page, PageRequest, Storage, StorageError};

fn agent_id(number: u128) -> AgentId {
    AgentId::new(uuid(number))
}

fn domain_id(number: u128) -> DomainId {
    DomainId::new(uuid(number))
}

fn enrolment(number: u128, seconds: i64) -> Enrolment {
    Enrolment {
        id: EnrolmentId::new(uuid(number)),
        created_at: time(seconds),
        created_by: "ada".to_owned(),
        expires_at: time(seconds + 1800),
        domains: vec!["a.local".to_owned(), "b.local".to_owned()],
        used_at: None,
        agent_id: None,
        withdrawn_at: None,
    }
}

fn hash(number: u128) -> [u8; 32] {
    let mut hash = [9; 32];
    hash[..16].copy_from_slice(&number.to_be_bytes());
    hash
}

fn new_agent(number: u128, machine: &str, seconds: i64) -> NewAgent {
    NewAgent {
        id: agent_id(number),
        machine: machine.to_owned(),
        public_key: hash(number + 1000),
        at: time(seconds),
        address: "192.0.2.7".to_owned(),
        protocol: 1,
    }
}

pub(super) async fn domains(storage: &dyn Storage) {
    let changes = ["a.local", "b.local", "c.local"]
        .iter()
        .zip(1..)
        .map(|(name, number)| ConfigurationChange::PutDomain(source_domain(number, name)))
        .collect();
    storage.change_configuration(changes).await.expect("domains are put");
}

/// A token of this number, and its agent, for the domains 1 and 2.
pub(super) async fn enrolled(storage: &dyn Storage, number: u128, machine: &str) {
    let both = [domain_id(1), domain_id(2)];
    storage
        .add_enrolment(&enrolment(number, 0), &hash(number), &both, audit(number))
        .await
        .expect("is added");
    let done = storage.enrol(&hash(number), &new_agent(number, machine, 10), audit(number)).await;
    assert!(matches!(done, Ok(Enrolled::Done { .. })), "{done:?}");
}

fn beat(at: Time) -> Beat {
    Beat {
        at,
        version: "0.1.0".to_owned(),
        system: "Debian 13".to_owned(),
        started_at: time(0),
        load_centicores: 12,
        memory_bytes: 40 << 20,
        running: 1,
        domains: vec![Reach {
            domain: "a.local".to_owned(),
            reachable: true,
            latency_ms: Some(3),
            error: None,
        }],
        readiness: None,
    }
}

/// Beats at these seconds, over one port.
pub(super) fn beats(number: u128, channel: BeatChannel, seconds: impl IntoIterator<Item = i64>) -> BeatWrite {
    let points: Vec<BeatPoint> =
        seconds.into_iter().map(|second| BeatPoint::of(time(second), channel, &beat(time(second)))).collect();
    let last = points.last().map(|point| point.at);
    BeatWrite {
        agent: agent_id(number),
        main: last.filter(|_| channel == BeatChannel::Main),
        status: last.filter(|_| channel == BeatChannel::Status),
        points,
        beat: None,
        readiness: None,
        address: None,
        protocol: None,
    }
}

fn filter(seconds: i64) -> AgentFilter {
    AgentFilter {
        now: time(seconds),
        patience: Patience::default(),
        text: None,
        states: Vec::new(),
        domain: None,
        hidden: false,
    }
}

async fn machines(storage: &dyn Storage, filter: &AgentFilter) -> Vec<String> {
    let page = storage.agents(filter, PageRequest::first(10)).await.expect("is read");
    page.items.into_iter().map(|stored| stored.agent.machine).collect()
}

pub async fn a_token_lets_one_agent_in(storage: &dyn Storage) {
    domains(storage).await;
    let token = enrolment(1, 0);
    storage.add_enrolment(&token, &hash(1), &[domain_id(2), domain_id(1)], audit(1)).await.expect("is added");
    assert_eq!(storage.enrolment(token.id).await.expect("is read"), Some(token.clone()));
    let done =
        storage.enrol(&hash(1), &new_agent(7, "Ldap1.corp.example", 60), audit(2)).await.expect("enrols");
    assert_eq!(done, Enrolled::Done { domains: vec!["a.local".to_owned(), "b.local".to_owned()] });
    let again = storage.enrol(&hash(1), &new_agent(8, "ldap2", 61), audit(3)).await.expect("is asked");
    assert_eq!(again, Enrolled::UsedBefore { agent: agent_id(7) });
    let stored = storage.agent(agent_id(7)).await.expect("is read").expect("is there");
    let agent = &stored.agent;
    assert_eq!(agent.machine, "Ldap1.corp.example");
    assert_eq!((agent.public_key, agent.enrolled_at), (hash(1007), time(60)));
    assert_eq!(agent.domains, ["a.local", "b.local"]);
    assert_eq!((agent.heard, agent.beat.as_ref()), (Heard::default(), None));
    assert_eq!((agent.external_address.as_deref(), agent.protocol), (Some("192.0.2.7"), Some(1)));
    assert_eq!((stored.enrolment, stored.next_key, stored.alarms), (token.id, None, Vec::new()));
    let spent = storage.enrolment(token.id).await.expect("is read").expect("is there");
    assert_eq!((spent.used_at, spent.agent_id), (Some(time(60)), Some(agent_id(7))));
    assert_eq!(spent.state(time(99_999)), EnrolmentState::Used);
    assert_eq!(storage.agent(agent_id(8)).await.expect("is read"), None);
    let entries =
        storage.audit(&AuditFilter::default(), PageRequest::first(10)).await.expect("is read").items;
    assert_eq!(entries.len(), 2, "the refused enrolment has no entry of an agent");
}

pub async fn a_token_that_is_not_open_lets_nobody_in(storage: &dyn Storage) {
    domains(storage).await;
    let one = [domain_id(1)];
    for number in 1..=2 {
        storage
            .add_enrolment(&enrolment(number, 0), &hash(number), &one, audit(number))
            .await
            .expect("is added");
    }
    let refused = |number, seconds| async move {
        let agent = new_agent(number + 10, "ldap1", seconds);
        storage.enrol(&hash(number), &agent, audit(9)).await.expect("is asked")
    };
    assert_eq!(refused(3, 0).await, Enrolled::Refused, "unknown");
    assert_eq!(refused(1, 1800).await, Enrolled::Refused, "expired");
    storage.withdraw_enrolment(EnrolmentId::new(uuid(2)), time(5), audit(3)).await.expect("is withdrawn");
    assert_eq!(refused(2, 6).await, Enrolled::Refused, "withdrawn");
    let again = storage.withdraw_enrolment(EnrolmentId::new(uuid(2)), time(7), audit(4)).await;
    assert!(matches!(again, Err(StorageError::Stale { .. })), "{again:?}");
    let unknown = storage.add_enrolment(&enrolment(4, 0), &hash(4), &[domain_id(9)], audit(5)).await;
    assert!(matches!(unknown, Err(StorageError::Stale { what: "domain" })), "{unknown:?}");
    assert_eq!(
        storage.audit(&AuditFilter::default(), PageRequest::first(10)).await.expect("is read").items.len(),
        3
    );
    assert_eq!(storage.expire_enrolments(time(1801)).await.expect("is done"), 2);
    assert_eq!(storage.enrolments(PageRequest::first(10)).await.expect("is read").items, []);
}

pub async fn of_two_users_of_an_enrolment_token_one_gets_in(storage: &dyn Storage) {
    domains(storage).await;
    storage.add_enrolment(&enrolment(1, 0), &hash(1), &[domain_id(1)], audit(1)).await.expect("is added");
    let (first, second) = (new_agent(1, "ldap1", 5), new_agent(2, "ldap2", 5));
    let hash = hash(1);
    let (one, other) =
        futures::join!(storage.enrol(&hash, &first, audit(2)), storage.enrol(&hash, &second, audit(3)));
    let done = [one.expect("is asked"), other.expect("is asked")];
    assert_eq!(done.iter().filter(|done| matches!(done, Enrolled::Done { .. })).count(), 1);
    assert_eq!(machines(storage, &filter(10)).await.len(), 1);
}

pub async fn tokens_are_listed_newest_first(storage: &dyn Storage) {
    domains(storage).await;
    for (number, seconds) in [(1, 0), (2, 50), (3, 50)] {
        storage
            .add_enrolment(&enrolment(number, seconds), &hash(number), &[domain_id(1)], audit(number))
            .await
            .expect("is added");
    }
    let first = storage.enrolments(PageRequest::first(2)).await.expect("is read");
    let ids = |page: &Page<Enrolment>| page.items.iter().map(|token| token.id.uuid()).collect::<Vec<_>>();
    assert_eq!(ids(&first), [uuid(3), uuid(2)]);
    let rest = storage.enrolments(PageRequest { limit: 2, after: first.next }).await.expect("is read");
    assert_eq!((ids(&rest), rest.next), (vec![uuid(1)], None));
}

pub async fn an_agents_key_is_its_own(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    enrolled(storage, 2, "ldap2").await;
    storage.add_enrolment(&enrolment(3, 0), &hash(3), &[domain_id(1)], audit(3)).await.expect("is added");
    let copy = NewAgent { public_key: hash(1001), ..new_agent(3, "ldap3", 10) };
    let refused = storage.enrol(&hash(3), &copy, audit(4)).await;
    assert!(matches!(refused, Err(StorageError::Duplicate { what: "key" })), "{refused:?}");
    let refused = storage.offer_key(agent_id(1), &hash(1002), audit(5)).await;
    assert!(matches!(refused, Err(StorageError::Duplicate { what: "key" })), "{refused:?}");
    // The token is not spent by a refusal.
    let done = storage.enrol(&hash(3), &new_agent(3, "ldap3", 10), audit(6)).await.expect("enrols");
    assert!(matches!(done, Enrolled::Done { .. }));
}

fn step(number: u128, counter: u64, mark: u8) -> CounterStep {
    CounterStep {
        agent: agent_id(number),
        key: hash(number + 1000),
        counter,
        created: 1_767_268_800,
        mark: [mark; 16],
    }
}

pub async fn counters_only_grow(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    enrolled(storage, 2, "ldap2").await;
    let steps = [
        step(1, 5, 1),
        step(2, 1, 2),
        step(1, 5, 1),
        step(1, 5, 9),
        step(1, 4, 3),
        step(1, 6, 4),
        step(9, 1, 5),
        CounterStep { key: [0; 32], ..step(2, 7, 6) },
    ];
    use CounterOutcome::{Cloned, OtherKey, Replayed, Taken, Unknown};
    assert_eq!(
        storage.advance_counters(&steps).await.expect("is done"),
        [Taken, Taken, Replayed, Cloned, Replayed, Taken, Unknown, OtherKey]
    );
    assert_eq!(
        storage.advance_counters(&[step(1, 6, 4), step(1, 7, 5)]).await.expect("is done"),
        [Replayed, Taken]
    );
}

pub async fn a_key_takes_over_with_its_first_request(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    storage.advance_counters(&[step(1, 100, 1)]).await.expect("is done");
    storage.offer_key(agent_id(1), &hash(77), audit(5)).await.expect("is offered");
    let waiting = storage.agent(agent_id(1)).await.expect("is read").expect("is there");
    assert_eq!((waiting.agent.public_key, waiting.next_key), (hash(1001), Some(hash(77))));
    let next = |counter, mark| CounterStep { key: hash(77), ..step(1, counter, mark) };
    assert_eq!(
        storage
            .advance_counters(&[step(1, 101, 2), next(1, 3), step(1, 102, 4), next(1, 3), next(2, 5)])
            .await
            .expect("is done"),
        [
            CounterOutcome::Taken,
            CounterOutcome::TakenWithNextKey,
            CounterOutcome::OtherKey,
            CounterOutcome::Replayed,
            CounterOutcome::Taken
        ]
    );
    let stored = storage.agent(agent_id(1)).await.expect("is read").expect("is there");
    assert_eq!((stored.agent.public_key, stored.next_key), (hash(77), None));
}

pub async fn nothing_of_a_retired_agent_is_taken(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    storage.retire_agent(agent_id(1), time(100), audit(5)).await.expect("is retired");
    assert_eq!(storage.advance_counters(&[step(1, 5, 1)]).await.expect("is done"), [CounterOutcome::Retired]);
    let again = storage.retire_agent(agent_id(1), time(101), audit(6)).await;
    assert!(matches!(again, Err(StorageError::Stale { .. })), "{again:?}");
    let offered = storage.offer_key(agent_id(1), &hash(77), audit(7)).await;
    assert!(matches!(offered, Err(StorageError::Stale { .. })), "{offered:?}");
    let stored = storage.agent(agent_id(1)).await.expect("is read").expect("is there");
    assert_eq!(stored.agent.heard.retired, Some(time(100)));
}

pub async fn an_alarm_is_counted_until_it_is_cleared(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    let before =
        storage.audit(&AuditFilter::default(), PageRequest::first(100)).await.expect("is read").items.len();
    let raise = |seconds, address| async move {
        storage
            .raise_alarm(agent_id(1), AgentAlarmKind::ClonedKey, time(seconds), address, audit(9))
            .await
            .expect("is raised")
    };
    assert!(raise(0, "192.0.2.1").await);
    assert!(!raise(60, "192.0.2.2").await);
    assert!(raise(3660, "192.0.2.3").await, "an hour later it is written to the audit log again");
    let entries =
        storage.audit(&AuditFilter::default(), PageRequest::first(100)).await.expect("is read").items.len();
    assert_eq!(entries, before + 2);
    let stored = storage.agent(agent_id(1)).await.expect("is read").expect("is there");
    let alarm = AgentAlarm {
        kind: AgentAlarmKind::ClonedKey,
        first_at: time(0),
        last_at: time(3660),
        count: 3,
        address: "192.0.2.3".to_owned(),
    };
    assert_eq!(stored.alarms, [alarm]);
    let alarmed =
        || async { storage.agent_counts(time(0), Patience::default()).await.expect("is counted").alarmed };
    assert_eq!(alarmed().await, 1);
    storage.clear_alarms(agent_id(1), audit(10)).await.expect("is cleared");
    assert_eq!(alarmed().await, 0);
    assert_eq!(storage.agent(agent_id(1)).await.expect("is read").expect("is there").alarms, []);
    let nothing = storage.clear_alarms(agent_id(1), audit(11)).await;
    assert!(matches!(nothing, Err(StorageError::Stale { .. })), "{nothing:?}");
}

pub async fn what_an_agent_says_is_kept(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    enrolled(storage, 2, "ldap2").await;
    let check = ReadinessCheck {
        id: "memory".to_owned(),
        domain: None,
        outcome: CheckOutcome::Passed,
        did: "read /proc/meminfo".to_owned(),
        found: "8 GB".to_owned(),
        limit: "4 GB".to_owned(),
        advice: String::new(),
    };
    let first = BeatWrite {
        beat: Some(beat(time(100))),
        readiness: Some(vec![check.clone()]),
        address: Some("198.51.100.9".to_owned()),
        protocol: Some(2),
        ..beats(1, BeatChannel::Main, [100])
    };
    storage
        .write_beats(&[first, beats(9, BeatChannel::Main, [100]), beats(2, BeatChannel::Status, [101])])
        .await
        .expect("is written");
    // Later figures leave alone what they do not say.
    storage.write_beats(&[beats(1, BeatChannel::Status, [130])]).await.expect("is written");
    let agent = storage.agent(agent_id(1)).await.expect("is read").expect("is there").agent;
    let seconds = |time: Option<Time>| time.map(|time| time.timestamp());
    assert_eq!(seconds(agent.heard.main), seconds(Some(time(100))));
    assert_eq!(seconds(agent.heard.status), seconds(Some(time(130))));
    assert_eq!((agent.beat, agent.readiness), (Some(beat(time(100))), vec![check]));
    assert_eq!((agent.external_address.as_deref(), agent.protocol), (Some("198.51.100.9"), Some(2)));
    let other = storage.agent(agent_id(2)).await.expect("is read").expect("is there").agent;
    assert_eq!((other.heard.main, seconds(other.heard.status)), (None, seconds(Some(time(101)))));
}

pub async fn beats_come_back_in_their_order_with_the_one_before(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    enrolled(storage, 2, "ldap2").await;
    let all: Vec<i64> = (0..100).map(|number| number * 60).collect();
    for some in all.chunks(3) {
        let written = [
            beats(1, BeatChannel::Main, some.iter().copied()),
            beats(2, BeatChannel::Status, some.iter().copied()),
        ];
        storage.write_beats(&written).await.expect("is written");
    }
    let at = |number, seconds| async move {
        let found = storage.beats(agent_id(number), time(seconds)).await.expect("is read");
        found.iter().map(|point| point.at.timestamp() - time(0).timestamp()).collect::<Vec<_>>()
    };
    assert_eq!(at(1, -1000).await, all);
    assert_eq!(at(2, 3000).await, all[50..]);
    assert_eq!(at(1, 3001).await, all[50..]);
    assert_eq!(at(1, 3060).await, all[51..], "the one at the beginning is the one before");
    assert_eq!(at(1, 100_000).await, all[99..], "the last one, for how long it is ago");
    let found = storage.beats(agent_id(2), time(5900)).await.expect("is read");
    assert_eq!(found[0].channel, BeatChannel::Status);
    assert_eq!(found[0].latency_ms, Some(3));
    assert_eq!(storage.beats(agent_id(9), time(0)).await.expect("is read"), []);
}

pub async fn old_beats_become_hours_that_add_up(storage: &dyn Storage) {
    domains(storage).await;
    enrolled(storage, 1, "ldap1").await;
    enrolled(storage, 2, "ldap2").await;
    // The clock of the samples stands at a full hour: six hours of beats, a silent hour in the middle.
    let seconds = (0..360).map(|minute| minute * 60).filter(|second| !(7200..10_800).contains(second));
    let seconds: Vec<i64> = seconds.collect();
    for some in seconds.chunks(5) {
        storage.write_beats(&[beats(1, BeatChannel::Main, some.iter().copied())]).await.expect("is written");
    }
    let patience = Patience::default();
    let mut folded = 0;
    for until in [5, 6] {
        while storage.fold_beats(time(until * 3600 + 1800), patience, 1).await.expect("is done") > 0 {
            folded += 1;
        }
    }
    assert!(folded >= 2, "an hour can be folded in two parts");
    let raw = storage.beats(agent_id(1), time(0)).await.expect("is read");
    assert!(raw.len() < 60, "{} beats are left", raw.len());
    let hours = storage.beat_hours(agent_id(1), time(-10)).await.expect("is read");
    let covered: u32 = hours.iter().map(|hour| hour.main_seconds).sum();
    let counted: u32 = hours.iter().map(|hour| hour.beats).sum();
    let first_raw = raw.first().expect("some beats stay").at;
    let wanted = (first_raw - time(0)).num_seconds() - 3600 + 120;
    // Whole seconds of beats against microseconds of the clock.
    assert!((i64::from(covered) - wanted).abs() <= 2, "{covered} of {wanted}");
    assert_eq!(counted as usize + raw.len(), seconds.len());
    assert!(hours.iter().all(|hour| hour.main_seconds <= 3600 && hour.status_seconds == 0));
    assert_eq!(hours[0].latency_ms, Some(3));
    assert_eq!(hours[2].main_seconds, 120, "the last beat before the silence speaks for three minutes");
    let mut gone = 0;
    loop {
        match storage.expire_beat_hours(time(7000), 1).await.expect("is done") {
            0 => break,
            count => gone += count,
        }
    }
    assert_eq!(gone, 2);
    assert_eq!(storage.beat_hours(agent_id(1), time(-10)).await.expect("is read").len(), hours.len() - 2);
}

pub async fn lists_tell_states_as_the_domain_does(storage: &dyn Storage) {
    domains(storage).await;
    let patience = Patience::default();
    let heard =
        [(None, None), (Some(0), None), (None, Some(0)), (Some(100), Some(50)), (Some(50), Some(100))];
    for (number, (main, status)) in (1..).zip(heard) {
        enrolled(storage, number, &format!("ldap{number}")).await;
        let written = [beats(number, BeatChannel::Main, main), beats(number, BeatChannel::Status, status)];
        storage.write_beats(&written).await.expect("is written");
    }
    enrolled(storage, 6, "ldap6").await;
    storage.retire_agent(agent_id(6), time(20), audit(60)).await.expect("is retired");
    for seconds in [110, 179, 181, 281, 3599, 3601, 3699, 3701, 863_999, 864_101] {
        let now = time(seconds);
        let everybody = AgentFilter { hidden: true, ..filter(seconds) };
        let known = storage.agents(&everybody, PageRequest::first(10)).await.expect("is read").items;
        assert_eq!(known.len(), 6);
        let shown = known.iter().filter(|stored| !stored.agent.heard.is_hidden(now, patience)).count();
        assert_eq!(machines(storage, &filter(seconds)).await.len(), shown, "{seconds}");
        let counts = storage.agent_counts(now, patience).await.expect("is counted");
        for state in AgentState::ALL {
            let wanted: Vec<String> = known
                .iter()
                .filter(|stored| stored.agent.heard.state(now, patience) == *state)
                .map(|stored| stored.agent.machine.clone())
                .collect();
            let of_state = AgentFilter { states: vec![*state], ..everybody.clone() };
            assert_eq!(machines(storage, &of_state).await, wanted, "{state} after {seconds} s");
            let wanted = known
                .iter()
                .filter(|stored| !stored.agent.heard.is_hidden(now, patience))
                .filter(|stored| stored.agent.heard.state(now, patience) == *state)
                .count() as u64;
            let of = |counted: Option<u64>| counted.unwrap_or(0);
            assert_eq!(of(counts.states.iter().find(|(s, _)| s == state).map(|(_, n)| *n)), wanted);
            for domain in [domain_id(1), domain_id(2)] {
                let found = counts.domains.iter().find(|(d, s, _)| *d == domain && s == state);
                assert_eq!(of(found.map(|(.., n)| *n)), wanted);
            }
        }
        assert!(counts.domains.iter().all(|(domain, ..)| *domain != domain_id(3)));
    }
}

pub async fn agents_are_listed_by_machine_and_narrowed(storage: &dyn Storage) {
    domains(storage).await;
    for (number, machine) in [(1, "Zürich"), (2, "alpha"), (3, "ALPHA"), (4, "beta")] {
        enrolled(storage, number, machine).await;
    }
    let all = filter(100);
    let first = storage.agents(&all, PageRequest::first(3)).await.expect("is read");
    let names = |page: &Page<crate::agent::StoredAgent>| {
        page.items.iter().map(|stored| stored.agent.machine.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["alpha", "ALPHA", "beta"]);
    let rest = storage.agents(&all, PageRequest { limit: 3, after: first.next }).await.expect("is read");
    assert_eq!((names(&rest), rest.next), (vec!["Zürich".to_owned()], None));
    assert_eq!(
        machines(storage, &AgentFilter { text: Some("ÜRI".to_owned()), ..all.clone() }).await,
        ["Zürich"]
    );
    storage.set_agent_domains(agent_id(4), &[domain_id(3)], audit(50)).await.expect("is set");
    assert_eq!(machines(storage, &AgentFilter { domain: Some(domain_id(3)), ..all.clone() }).await, ["beta"]);
    let unknown = storage.set_agent_domains(agent_id(4), &[domain_id(9)], audit(51)).await;
    assert!(matches!(unknown, Err(StorageError::Stale { .. })), "{unknown:?}");
    let stored = storage.agent(agent_id(4)).await.expect("is read").expect("is there");
    assert_eq!(stored.agent.domains, ["c.local"], "a refused change leaves nothing");
    // A domain that is deleted is served by nobody.
    storage
        .change_configuration(vec![ConfigurationChange::DeleteDomain(domain_id(3))])
        .await
        .expect("is deleted");
    let stored = storage.agent(agent_id(4)).await.expect("is read").expect("is there");
    assert_eq!(stored.agent.domains, Vec::<String>::new());
    let late = time(0) + TimeDelta::days(30);
    assert_eq!(machines(storage, &AgentFilter { now: late, ..all }).await.len(), 4, "nobody was ever heard");
}
