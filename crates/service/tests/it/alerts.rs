//! Alerts from what the store and the agents say, over their whole life, with the mail about them.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::CycleId;
use domain::access::{Principal, Role, Via};
use domain::agent::BeatChannel;
use domain::alert::{
    Alert, AlertEventKind, AlertKind, AlertRuleEntry, AlertRulesEntry, AlertState, SubjectKind,
};
use domain::cycle::{CycleState, Problem, Trigger};
use domain::document::{MailEntry, SettingsEntry};
use domain::scope::{Scope, ScopeContainer};
use domain::status::{Quarantine, QuarantineReason};
use serde_json::json;
use service::alerts::Volume;
use service::{AlertFilter, PageRequest, ServiceError};
use storage::audit::AuditFilter;
use storage::cycle::CycleEnd;
use uuid::Uuid;

use crate::agents::{beat, enrolled};
use crate::support::{Bench, document, sample};

const NAME: &str = "a to directory";

/// Looks once a minute for so long.
async fn watch(bench: &Bench, minutes: i64) {
    for _ in 0..minutes {
        bench.service.look_for_alerts().await.expect("looks");
        bench.clock.advance(TimeDelta::minutes(1));
    }
}

async fn alerts(bench: &Bench, state: Option<AlertState>) -> Vec<Alert> {
    let filter = AlertFilter { states: state.into_iter().collect(), ..AlertFilter::default() };
    bench.service.alerts(&bench.system, &filter, PageRequest::first(100)).await.expect("are read").items
}

async fn open(bench: &Bench) -> Vec<AlertKind> {
    let mut kinds: Vec<_> =
        alerts(bench, Some(AlertState::Open)).await.into_iter().map(|alert| alert.kind).collect();
    kinds.sort();
    kinds
}

async fn told(bench: &Bench) -> Vec<String> {
    let all = service::DeliveryFilter::default();
    let sent = bench.service.deliveries(&bench.system, &all, PageRequest::first(50)).await.expect("are read");
    sent.items.into_iter().rev().map(|one| format!("{}: {}", one.recipient, one.subject)).collect()
}

/// A mail server is set; nothing is ever sent to it here.
async fn with_mail(bench: &Bench) {
    let mail = MailEntry {
        smtp_url: "smtp://127.0.0.1:9".to_owned(),
        from: "skybridge@example.org".to_owned(),
        username: None,
        password: None,
        allow_plaintext: false,
        ca_file: None,
        ca_pem: None,
        recipients: vec!["ops@x.example".to_owned()],
        digest_hour: None,
    };
    let settings = SettingsEntry { mail: Some(mail), ..SettingsEntry::default() };
    bench.service.update_settings(&bench.system, settings).await.expect("sets");
    bench.service.tell().await.expect("looks");
}

async fn configuration(bench: &Bench) -> domain::Configuration {
    bench.service.configuration(&bench.system, NAME).await.expect("is there").configuration
}

async fn change(
    bench: &Bench,
    change: impl FnOnce(&mut domain::status::ConfigurationState) + Send + 'static,
) {
    let id = configuration(bench).await.id;
    bench.storage.change_configuration_state(id, Box::new(change)).await.expect("changes");
}

/// A cycle ran and ended so.
async fn cycle(bench: &Bench, number: u128, state: CycleState, problem: Option<(&str, &str)>) {
    let (id, now) = (configuration(bench).await.id, bench.service.now());
    let cycle = CycleId::new(Uuid::from_u128((7 << 76) | (2 << 62) | (number << 32)));
    bench.storage.drop_queued_cycles(id).await.expect("are dropped");
    bench.storage.enqueue_cycle(cycle, id, now, Trigger::Schedule).await.expect("is queued");
    let lease = std::time::Duration::from_mins(1);
    bench.storage.claim_cycle("test", now, lease).await.expect("is claimed").expect("is due");
    let problem =
        problem.map(|(code, message)| Problem { code: code.to_owned(), message: message.to_owned() });
    let end = CycleEnd { state, counts: domain::Counts::default(), done: 0, problem, notes: Vec::new() };
    bench.storage.end_cycle(cycle, now, end, None).await.expect("is ended");
}

/// No cycle is expected any more.
async fn idle(bench: &Bench) {
    let id = configuration(bench).await.id;
    bench.storage.drop_queued_cycles(id).await.expect("are dropped");
}

/// The domain of the sample without its connection: only agents reach it.
async fn behind_agents() -> Bench {
    let bench = Bench::new().await;
    let mut sample = sample();
    sample["domains"][0] = json!({"name": "a.local", "kind": "activeDirectory"});
    bench.service.apply(&bench.system, &document(&sample), false).await.expect("applies");
    bench
}

fn rule(kind: AlertKind) -> AlertRuleEntry {
    AlertRuleEntry {
        kind,
        enabled: None,
        open_after_minutes: None,
        resolve_after_minutes: None,
        mail: None,
        threshold: None,
    }
}

#[tokio::test]
async fn an_agent_that_falls_silent_is_told_and_told_again_when_it_is_back() {
    let bench = Bench::configured().await;
    with_mail(&bench).await;
    idle(&bench).await;
    let agent = enrolled(&bench, "ldap1").await;
    let hear = || {
        bench
            .service
            .record_beat(agent.id, BeatChannel::Main, beat(&bench, true), "192.0.2.8")
            .expect("is taken");
    };
    hear();
    let heard = bench.service.now();
    watch(&bench, 60).await;
    assert_eq!(open(&bench).await, []);
    watch(&bench, 3).await;
    assert_eq!(open(&bench).await, [AlertKind::AgentInactive]);
    let alert = alerts(&bench, None).await.remove(0);
    assert_eq!((alert.subject.name.as_str(), alert.since), ("ldap1", heard), "since it was heard last");
    assert_eq!(alert.wording.path, format!("/agents/{}", agent.id));
    for _ in 0..6 {
        hear();
        watch(&bench, 1).await;
    }
    assert_eq!(open(&bench).await, []);
    assert_eq!(
        told(&bench).await,
        [
            "ops@x.example: Skybridge: Agent ldap1 is inactive",
            "ops@x.example: Skybridge: Agent ldap1 is back"
        ]
    );
    let history = bench.service.alert(&bench.system, alert.id).await.expect("is read");
    assert_eq!(history.events[0].told, ["ops@x.example"]);
    let message = bench.storage.due_deliveries(bench.service.now(), 1).await.expect("are read").remove(0);
    let message = bench.storage.message(message.message).await.expect("is read").expect("is there");
    assert!(message.text.contains(&format!("/alerts/{}", alert.id)), "{}", message.text);
}

#[tokio::test]
async fn a_restart_after_a_night_finds_everybody_silent_and_says_nothing_until_they_had_their_time() {
    let bench = behind_agents().await;
    let agent = enrolled(&bench, "ldap1").await;
    let hear = |bench: &Bench| {
        bench
            .service
            .record_beat(agent.id, BeatChannel::Main, beat(bench, true), "192.0.2.8")
            .expect("is taken");
    };
    hear(&bench);
    bench.service.write_beats().await.expect("are written");
    let mut settings = AlertRulesEntry::default();
    // Whatever the rule says: what the portal did not listen to it does not hold against an agent.
    for kind in [AlertKind::AgentInactive, AlertKind::NoAgents] {
        settings.rules.push(AlertRuleEntry { open_after_minutes: Some(0), ..rule(kind) });
    }
    bench.service.put_alert_rules(&bench.system, &settings).await.expect("are set");
    bench.clock.advance(TimeDelta::hours(9));
    let bench = bench.again();
    watch(&bench, 2).await;
    hear(&bench);
    watch(&bench, 2).await;
    let told = open(&bench).await;
    assert!(!told.contains(&AlertKind::AgentInactive) && !told.contains(&AlertKind::NoAgents), "{told:?}");
    // One that stays silent is told then.
    bench.clock.advance(TimeDelta::hours(2));
    watch(&bench, 5).await;
    let told = open(&bench).await;
    assert!(told.contains(&AlertKind::AgentInactive) && told.contains(&AlertKind::NoAgents), "{told:?}");
}

#[tokio::test]
async fn a_domain_with_few_agents_is_told_and_one_with_none_takes_its_place() {
    let bench = behind_agents().await;
    idle(&bench).await;
    let agent = enrolled(&bench, "ldap1").await;
    let hear = |reachable| {
        bench
            .service
            .record_beat(agent.id, BeatChannel::Main, beat(&bench, reachable), "192.0.2.8")
            .expect("is taken");
    };
    for _ in 0..12 {
        hear(true);
        bench.service.write_beats().await.expect("are written");
        watch(&bench, 1).await;
    }
    assert_eq!(open(&bench).await, [AlertKind::FewAgents]);
    for _ in 0..4 {
        hear(false);
        bench.service.write_beats().await.expect("are written");
        watch(&bench, 1).await;
    }
    assert_eq!(open(&bench).await, [AlertKind::NoAgents]);
    let alert = alerts(&bench, Some(AlertState::Open)).await.remove(0);
    assert_eq!((alert.subject.kind, alert.subject.name.as_str()), (SubjectKind::Domain, "a.local"));
    assert_eq!(alert.wording.path, "/agents?domain=a.local");
    // A domain that no enabled configuration reads may be without agents.
    bench.service.set_enabled(&bench.system, NAME, false).await.expect("disables");
    watch(&bench, 7).await;
    assert_eq!(open(&bench).await, []);
}

#[tokio::test]
async fn a_quarantine_is_an_alert_and_is_mailed_by_its_own_message_only() {
    let bench = Bench::configured().await;
    with_mail(&bench).await;
    let began = bench.service.now();
    let held = move |reason| Quarantine {
        reason,
        current_began: began,
        next_attempt: None,
        error: Problem {
            code: "InvalidCredentials".to_owned(),
            message: "The directory refused us.".to_owned(),
        },
    };
    change(&bench, move |state| {
        state.quarantine = Some(held(QuarantineReason::EncounteredQuarantineException));
    })
    .await;
    watch(&bench, 1).await;
    bench.service.tell().await.expect("tells");
    assert_eq!(open(&bench).await, [AlertKind::Quarantine]);
    change(&bench, move |state| state.quarantine = Some(held(QuarantineReason::TooManyDeletes))).await;
    watch(&bench, 7).await;
    assert_eq!(open(&bench).await, [AlertKind::DeletesWaiting]);
    let alert = alerts(&bench, Some(AlertState::Open)).await.remove(0);
    assert!(alert.wording.path.ends_with("/allow-deletes") && alert.since == began, "{alert:?}");
    assert_eq!(told(&bench).await, ["ops@x.example: Skybridge: “a to directory” is in quarantine"]);
}

#[tokio::test]
async fn a_directory_that_cannot_be_read_is_told_until_a_cycle_reads_it() {
    let bench = Bench::configured().await;
    let problem = ("SourceUnreachable", "No answer from dc.a.local.");
    cycle(&bench, 1, CycleState::Failed, Some(problem)).await;
    watch(&bench, 3).await;
    assert_eq!(open(&bench).await, [AlertKind::DirectoryUnreachable]);
    let alert = alerts(&bench, None).await.remove(0);
    assert_eq!((alert.subject.name.as_str(), alert.wording.text.as_str()), ("a.local", problem.1));
    assert!(alert.wording.advice.contains("firewall"), "{alert:?}");
    cycle(&bench, 2, CycleState::Failed, Some(("TargetUnreachable", "The service is away."))).await;
    watch(&bench, 7).await;
    assert_eq!(open(&bench).await, [AlertKind::TargetUnreachable]);
    cycle(&bench, 3, CycleState::Succeeded, None).await;
    watch(&bench, 6).await;
    assert_eq!(open(&bench).await, []);
}

#[tokio::test]
async fn a_cycle_that_nobody_begins_is_overdue_and_two_hours_without_success_are_graver() {
    let bench = Bench::configured().await;
    watch(&bench, 15).await;
    assert_eq!(open(&bench).await, []);
    watch(&bench, 10).await;
    assert_eq!(open(&bench).await, [AlertKind::CycleOverdue]);
    watch(&bench, 110).await;
    assert_eq!(open(&bench).await, [AlertKind::CycleOverdue, AlertKind::NoSuccessfulCycle]);
    cycle(&bench, 1, CycleState::EntryLevelErrors, None).await;
    watch(&bench, 6).await;
    assert_eq!(open(&bench).await, []);
    // A paused configuration is not expected to run.
    bench.service.pause(&bench.system, NAME).await.expect("pauses");
    watch(&bench, 150).await;
    assert_eq!(open(&bench).await, []);
}

#[tokio::test]
async fn parts_of_a_scope_that_were_renamed_or_deleted_are_named() {
    let bench = Bench::configured().await;
    let scope = Scope {
        organizational_units: vec!["OU=Old,DC=a,DC=local".to_owned(), "OU=Gone,DC=a,DC=local".to_owned()],
        ..Scope::default()
    };
    bench.service.update_scope(&bench.system, NAME, scope).await.expect("sets");
    let part = |chosen: &str, current: &str| ScopeContainer {
        chosen_dn: chosen.to_owned(),
        object_id: "6f9619ff-8b86-d011-b42d-00c04fc964ff".to_owned(),
        current_dn: current.to_owned(),
    };
    let parts = vec![
        part("ou=old,dc=a,dc=local", "OU=New,DC=a,DC=local"),
        part("OU=Gone,DC=a,DC=local", ""),
        part("OU=No longer chosen,DC=a,DC=local", ""),
    ];
    change(&bench, move |state| state.containers = parts).await;
    watch(&bench, 1).await;
    assert_eq!(open(&bench).await, [AlertKind::ScopeRenamed, AlertKind::ScopeMissing]);
    let texts: Vec<String> = alerts(&bench, None).await.into_iter().map(|alert| alert.wording.text).collect();
    assert!(
        texts.iter().any(|text| text.contains("ou=old,dc=a,dc=local is now OU=New,DC=a,DC=local")),
        "{texts:?}"
    );
    assert!(texts.iter().any(|text| text.contains("OU=Gone,DC=a,DC=local was deleted")), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains("No longer")), "{texts:?}");
}

#[tokio::test]
async fn a_disk_that_fills_is_told_above_the_share_that_is_set() {
    let bench = Bench::configured().await;
    bench.service.watch_volume(Arc::new(|| Some(Volume { total: 100 << 30, free: 30 << 30 })));
    watch(&bench, 7).await;
    assert_eq!(open(&bench).await, []);
    let settings = AlertRulesEntry {
        rules: vec![AlertRuleEntry {
            threshold: Some(60),
            open_after_minutes: Some(0),
            ..rule(AlertKind::DiskNearlyFull)
        }],
        ..AlertRulesEntry::default()
    };
    bench.service.put_alert_rules(&bench.system, &settings).await.expect("are set");
    watch(&bench, 1).await;
    assert_eq!(open(&bench).await, [AlertKind::DiskNearlyFull]);
    assert_eq!(alerts(&bench, None).await[0].wording.title, "The disk of the data folder is 70 % full");
}

#[tokio::test]
async fn who_may_acknowledges_with_a_note_once_and_it_is_in_the_audit_log() {
    let bench = Bench::configured().await;
    cycle(&bench, 1, CycleState::Failed, Some(("SourceUnreachable", "Away."))).await;
    watch(&bench, 3).await;
    let id = alerts(&bench, None).await[0].id;
    let by = |role| Principal { name: "ada".to_owned(), role, via: Via::Session, from: None };
    let refused = bench.service.acknowledge_alert(&by(Role::Reader), id, None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
    let long = "x".repeat(1_001);
    let refused = bench.service.acknowledge_alert(&by(Role::Operator), id, Some(&long)).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    let done =
        bench.service.acknowledge_alert(&by(Role::Operator), id, Some(" on it ")).await.expect("is noted");
    assert_eq!(
        (done.alert.state, done.alert.acknowledged_by.as_deref()),
        (AlertState::Acknowledged, Some("ada"))
    );
    let again = bench.service.acknowledge_alert(&by(Role::Operator), id, None).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    watch(&bench, 3).await;
    assert_eq!(alerts(&bench, None).await.len(), 1, "nothing is opened beside it");
    cycle(&bench, 2, CycleState::Succeeded, None).await;
    watch(&bench, 6).await;
    cycle(&bench, 3, CycleState::Failed, Some(("SourceUnreachable", "Away again."))).await;
    watch(&bench, 3).await;
    let history = bench.service.alert(&bench.system, id).await.expect("is read");
    assert_eq!((history.alert.state, history.alert.openings), (AlertState::Open, 2));
    let kinds: Vec<_> = history.events.iter().map(|event| event.kind).collect();
    let (opened, reopened) = (AlertEventKind::Opened, AlertEventKind::Reopened);
    assert_eq!(kinds, [opened, AlertEventKind::Acknowledged, AlertEventKind::Resolved, reopened]);
    let filter = AuditFilter { activity: Some("alert.".to_owned()), ..AuditFilter::default() };
    let logged =
        bench.service.audit(&bench.system, &filter, PageRequest::first(9)).await.expect("is read").items;
    assert_eq!(logged.len(), 1);
    let entry = &logged[0].entry;
    assert_eq!((entry.activity.as_str(), entry.actor.as_str()), ("alert.acknowledge", "ada"));
    assert_eq!(entry.reason.as_deref(), Some("on it"));
}

#[tokio::test]
async fn rules_are_changed_by_administrators_and_the_audit_log_says_what_changed() {
    let bench = Bench::configured().await;
    let entry = |threshold| AlertRulesEntry {
        rules: vec![AlertRuleEntry { threshold: Some(threshold), ..rule(AlertKind::FewAgents) }],
        ..AlertRulesEntry::default()
    };
    let operator = Principal { name: "ada".to_owned(), role: Role::Operator, via: Via::Session, from: None };
    let refused = bench.service.put_alert_rules(&operator, &entry(2)).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
    let refused = bench.service.put_alert_rules(&bench.system, &entry(1)).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    bench.service.put_alert_rules(&bench.system, &entry(2)).await.expect("are set");
    bench.service.put_alert_rules(&bench.system, &entry(2)).await.expect("are the same");
    let bench = bench.again();
    let rules = bench.service.alert_rules(&operator).await.expect("are read");
    assert_eq!(rules.of(AlertKind::FewAgents).threshold, Some(2));
    let filter = AuditFilter { activity: Some("alert.rules".to_owned()), ..AuditFilter::default() };
    let logged =
        bench.service.audit(&bench.system, &filter, PageRequest::first(9)).await.expect("is read").items;
    assert_eq!(logged.len(), 1, "what changes nothing is not logged");
    let details = &logged[0].entry.details;
    assert_eq!(
        (&details["before"]["fewAgents"]["threshold"], &details["after"]["fewAgents"]["threshold"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(details["after"].as_object().map(serde_json::Map::len), Some(1));
}

#[tokio::test]
async fn after_a_night_without_the_portal_cycles_have_their_time_and_what_was_told_before_is_not_over() {
    let bench = Bench::configured().await;
    watch(&bench, 5).await;
    bench.clock.advance(TimeDelta::hours(9));
    let bench = bench.again();
    watch(&bench, 12).await;
    assert_eq!(open(&bench).await, [], "nobody had the time to begin it");
    watch(&bench, 120).await;
    let late = [AlertKind::CycleOverdue, AlertKind::NoSuccessfulCycle];
    assert_eq!(open(&bench).await, late);
    bench.clock.advance(TimeDelta::hours(9));
    let bench = bench.again();
    watch(&bench, 60).await;
    assert_eq!(open(&bench).await, late, "nothing got better");
}

#[tokio::test]
async fn what_nobody_watches_any_more_ends_with_a_reason_and_without_good_news_by_mail() {
    let bench = behind_agents().await;
    with_mail(&bench).await;
    let agent = enrolled(&bench, "ldap1").await;
    let hear = || {
        let beat = beat(&bench, true);
        bench.service.record_beat(agent.id, BeatChannel::Main, beat, "192.0.2.8").expect("is taken");
    };
    hear();
    watch(&bench, 70).await;
    let before = told(&bench).await;
    assert!(before.iter().any(|mail| mail.contains("ldap1 is inactive")), "{before:?}");
    bench.service.retire_agent(&bench.system, agent.id).await.expect("retires");
    bench.service.set_enabled(&bench.system, NAME, false).await.expect("disables");
    watch(&bench, 10).await;
    assert_eq!(open(&bench).await, []);
    assert_eq!(told(&bench).await, before);
    let filter = AlertFilter { kind: Some(AlertKind::AgentInactive), ..AlertFilter::default() };
    let ended = bench.service.alerts(&bench.system, &filter, PageRequest::first(5)).await.expect("are read");
    let history = bench.service.alert(&bench.system, ended.items[0].id).await.expect("is read");
    let last = history.events.last().expect("an event");
    assert_eq!((last.kind, last.note.as_deref()), (AlertEventKind::Resolved, Some("The agent was retired.")));
}
