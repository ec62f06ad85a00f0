//! Alerts and what became of them.

use domain::alert::{
    Alert, AlertEventKind, AlertKind, AlertSeverity, AlertState, Subject, SubjectKind, Wording,
};
use domain::mail::{MailEvent, Message};
use domain::{AlertId, ConfigurationId};

use super::sample::{audit, configuration_id, drain, time, uuid};
use crate::alert::{AlertChanges, AlertFilter, AlertWrite};
use crate::audit::AuditFilter;
use crate::{PageRequest, Storage, StorageError};

fn wording(title: &str) -> Wording {
    Wording {
        title: title.to_owned(),
        text: "It was so.".to_owned(),
        advice: "Mend it.".to_owned(),
        path: "/agents".to_owned(),
    }
}

fn subject(name: &str) -> Subject {
    Subject { kind: SubjectKind::Agent, id: name.to_owned(), name: name.to_owned() }
}

fn alert(number: u128, kind: AlertKind, name: &str) -> Alert {
    let at = time(i64::try_from(number).expect("small"));
    Alert {
        id: AlertId::new(uuid(number)),
        kind,
        severity: kind.severity(),
        state: AlertState::Open,
        subject: subject(name),
        configuration: None,
        since: time(0),
        opened_at: at,
        openings: 1,
        acknowledged_at: None,
        acknowledged_by: None,
        resolved_at: None,
        wording: wording(&format!("{kind} of {name}")),
    }
}

fn message(number: u128) -> Message {
    Message {
        id: uuid(number),
        event: MailEvent::AlertOpened,
        configuration: None,
        created_at: time(1),
        subject: "Subject".to_owned(),
        text: "text".to_owned(),
        html: "<p>text</p>".to_owned(),
        recipients: vec!["a@x.example".to_owned()],
    }
}

async fn write(storage: &dyn Storage, second: i64, writes: Vec<AlertWrite>) {
    let writes = writes.into_iter().map(|write| (write, Vec::new())).collect();
    let changes = AlertChanges { at: time(second), writes, messages: Vec::new() };
    storage.change_alerts(changes).await.expect("is written");
}

async fn open(storage: &dyn Storage, alerts: &[Alert]) {
    write(storage, 1, alerts.iter().map(|alert| AlertWrite::Open(Box::new(alert.clone()))).collect()).await;
}

fn resolve(number: u128) -> AlertWrite {
    AlertWrite::Resolve { id: AlertId::new(uuid(number)), note: None }
}

pub async fn an_alert_lives_from_its_opening_to_its_end_and_may_come_back(storage: &dyn Storage) {
    let first = alert(1, AlertKind::AgentInactive, "a");
    open(storage, std::slice::from_ref(&first)).await;
    assert_eq!(storage.watched_alerts(time(100)).await.expect("are read"), std::slice::from_ref(&first));
    storage.acknowledge_alert(first.id, time(2), "ada", Some("on it"), audit(1)).await.expect("is noted");
    write(storage, 5, vec![resolve(1)]).await;
    write(storage, 6, vec![resolve(1)]).await;
    assert_eq!(storage.watched_alerts(time(5)).await.expect("are read"), []);
    let ended = storage.watched_alerts(time(4)).await.expect("are read");
    assert_eq!((ended[0].state, ended[0].resolved_at), (AlertState::Resolved, Some(time(5))));
    let again = AlertWrite::Reopen {
        id: first.id,
        subject: subject("a2"),
        since: time(7),
        wording: wording("again"),
    };
    write(storage, 8, vec![again]).await;
    let reword = AlertWrite::Reword { id: first.id, subject: subject("a3"), wording: wording("still") };
    write(storage, 9, vec![reword]).await;
    let history = storage.alert(first.id).await.expect("is read").expect("is there");
    let found = &history.alert;
    assert_eq!(
        (found.state, found.openings, found.since, found.opened_at),
        (AlertState::Open, 2, time(7), time(8))
    );
    assert_eq!((found.acknowledged_by.as_deref(), found.resolved_at), (None, None));
    assert_eq!((found.wording.title.as_str(), found.subject.name.as_str()), ("still", "a3"));
    let events: Vec<_> = history.events.iter().map(|event| (event.at, event.kind)).collect();
    assert_eq!(
        events,
        [
            (time(1), AlertEventKind::Opened),
            (time(2), AlertEventKind::Acknowledged),
            (time(5), AlertEventKind::Resolved),
            (time(8), AlertEventKind::Reopened),
        ]
    );
    assert_eq!(
        (history.events[1].by.as_deref(), history.events[1].note.as_deref()),
        (Some("ada"), Some("on it"))
    );
    assert!(storage.alert(AlertId::new(uuid(9))).await.expect("is looked for").is_none());
}

pub async fn of_one_thing_one_alert_of_a_kind_is_live(storage: &dyn Storage) {
    open(storage, &[alert(1, AlertKind::AgentInactive, "a"), alert(2, AlertKind::AgentAlarm, "a")]).await;
    let second = AlertChanges {
        at: time(3),
        writes: vec![(AlertWrite::Open(Box::new(alert(3, AlertKind::AgentInactive, "a"))), Vec::new())],
        messages: Vec::new(),
    };
    let refused = storage.change_alerts(second.clone()).await;
    assert!(matches!(refused, Err(StorageError::Duplicate { .. })), "{refused:?}");
    write(storage, 4, vec![resolve(1)]).await;
    storage.change_alerts(second).await.expect("is opened after the end of the first");
    assert_eq!(storage.watched_alerts(time(9)).await.expect("are read").len(), 2);
}

pub async fn an_alert_and_its_message_are_one(storage: &dyn Storage) {
    let changes = |number, message_number| AlertChanges {
        at: time(1),
        writes: vec![(
            AlertWrite::Open(Box::new(alert(number, AlertKind::AgentInactive, &number.to_string()))),
            vec!["a@x.example".to_owned()],
        )],
        messages: vec![message(message_number)],
    };
    storage.change_alerts(changes(1, 7)).await.expect("is written");
    assert!(storage.change_alerts(changes(2, 7)).await.is_err(), "a message is queued once");
    assert!(storage.alert(AlertId::new(uuid(2))).await.expect("is looked for").is_none());
    assert_eq!(storage.due_deliveries(time(9), 9).await.expect("are read").len(), 1);
    let history = storage.alert(AlertId::new(uuid(1))).await.expect("is read").expect("is there");
    assert_eq!(history.events[0].told, ["a@x.example"]);
}

pub async fn only_an_open_alert_is_acknowledged(storage: &dyn Storage) {
    open(storage, &[alert(1, AlertKind::AgentInactive, "a")]).await;
    let id = AlertId::new(uuid(1));
    storage.acknowledge_alert(id, time(2), "ada", None, audit(1)).await.expect("is noted");
    for alert in [id, AlertId::new(uuid(5))] {
        let again = storage.acknowledge_alert(alert, time(3), "bob", None, audit(2)).await;
        assert!(matches!(again, Err(StorageError::Stale { .. })), "{again:?}");
    }
    let entries = storage.audit(&AuditFilter::default(), PageRequest::first(9)).await.expect("are read");
    assert_eq!(entries.items.len(), 1, "what is refused is not in the audit log");
    let found = storage.alert(id).await.expect("is read").expect("is there").alert;
    assert_eq!((found.acknowledged_at, found.acknowledged_by.as_deref()), (Some(time(2)), Some("ada")));
}

pub async fn every_alert_filter_narrows_and_pages_lose_nothing(storage: &dyn Storage) {
    let of_configuration =
        Alert { configuration: Some(configuration_id(1)), ..alert(3, AlertKind::Quarantine, "Payroll") };
    open(
        storage,
        &[alert(1, AlertKind::AgentInactive, "a"), alert(2, AlertKind::AgentInactive, "b"), of_configuration],
    )
    .await;
    write(storage, 5, vec![resolve(2)]).await;
    let found = async |filter: AlertFilter| {
        let all = drain(1, |page| async { storage.alerts(&filter, page).await }).await;
        all.iter().map(|alert| alert.id.uuid().as_u128() & 0xff).collect::<Vec<_>>()
    };
    let any = AlertFilter::default;
    let number = |number: u128| uuid(number).as_u128() & 0xff;
    let (one, two, three) = (number(1), number(2), number(3));
    assert_eq!(found(any()).await, [three, two, one], "the last opened first");
    assert_eq!(found(AlertFilter { states: vec![AlertState::Open], ..any() }).await, [three, one]);
    assert_eq!(found(AlertFilter { states: AlertState::ALL.to_vec(), ..any() }).await, [three, two, one]);
    assert_eq!(found(AlertFilter { kind: Some(AlertKind::AgentInactive), ..any() }).await, [two, one]);
    assert_eq!(found(AlertFilter { severity: Some(AlertSeverity::Critical), ..any() }).await, [three]);
    let configuration: ConfigurationId = configuration_id(1);
    assert_eq!(found(AlertFilter { configuration: Some(configuration), ..any() }).await, [three]);
    assert_eq!(found(AlertFilter { text: Some("PAYROLL".to_owned()), ..any() }).await, [three]);
    let senseless = PageRequest { limit: 2, after: Some("x".to_owned()) };
    assert!(matches!(storage.alerts(&any(), senseless).await, Err(StorageError::Stale { .. })));
}

pub async fn live_alerts_are_counted(storage: &dyn Storage) {
    let alerts = [
        alert(1, AlertKind::AgentInactive, "a"),
        alert(2, AlertKind::AgentInactive, "b"),
        alert(3, AlertKind::AgentInactive, "c"),
        alert(4, AlertKind::NoAgents, "d"),
    ];
    open(storage, &alerts).await;
    write(storage, 5, vec![resolve(2)]).await;
    storage.acknowledge_alert(alerts[2].id, time(6), "ada", None, audit(1)).await.expect("is noted");
    let mut counts: Vec<_> = storage.alert_counts().await.expect("are counted");
    counts.sort_by_key(|count| (count.kind, count.state));
    let counts: Vec<_> =
        counts.iter().map(|count| (count.kind, count.severity, count.state, count.count)).collect();
    let warning = AlertSeverity::Warning;
    assert_eq!(
        counts,
        [
            (AlertKind::AgentInactive, warning, AlertState::Open, 1),
            (AlertKind::AgentInactive, warning, AlertState::Acknowledged, 1),
            (AlertKind::NoAgents, AlertSeverity::Critical, AlertState::Open, 1),
        ]
    );
}

pub async fn only_alerts_that_ended_expire(storage: &dyn Storage) {
    open(
        storage,
        &["a", "b", "c"].map(|name| alert(name.as_bytes()[0].into(), AlertKind::AgentInactive, name)),
    )
    .await;
    write(storage, 5, vec![resolve(u128::from(b'a'))]).await;
    write(storage, 50, vec![resolve(u128::from(b'b'))]).await;
    assert_eq!(storage.expire_alerts(time(20), 9).await.expect("expire"), 1);
    assert_eq!(storage.expire_alerts(time(20), 9).await.expect("expire"), 0);
    let left = storage.alerts(&AlertFilter::default(), PageRequest::first(9)).await.expect("are read");
    assert_eq!(left.items.len(), 2);
}
