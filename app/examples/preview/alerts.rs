//! Invented alerts.

use app::view::{AlertGlance, AlertList, AlertsQuery};
use chrono::TimeDelta;
use domain::{
    AlertId,
    alert::{Alert, AlertEvent, AlertEventKind, AlertKind, AlertState, Subject, SubjectKind, Wording},
};
use service::{AlertCount, AlertHistory};
use uuid::Uuid;

use crate::sample::now;

pub fn alert(number: u32, kind: AlertKind, state: AlertState, name: &str) -> Alert {
    let opened_at = now() - TimeDelta::minutes(17 * i64::from(number));
    Alert {
        id: AlertId::new(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))),
        kind,
        severity: kind.severity(),
        state,
        subject: Subject { kind: SubjectKind::Domain, id: "dom_1".to_owned(), name: name.to_owned() },
        configuration: None,
        since: opened_at - TimeDelta::minutes(3),
        opened_at,
        openings: number,
        acknowledged_at: (state == AlertState::Acknowledged).then_some(opened_at),
        acknowledged_by: (state == AlertState::Acknowledged).then(|| "ada.lindqvist".to_owned()),
        resolved_at: (state == AlertState::Resolved).then(now),
        wording: Wording {
            title: format!("The directory of {name} cannot be read"),
            text: format!("No answer from ldaps://dc1.{name}:636 within 15 seconds."),
            advice: domain::catalogue::SOURCE_UNREACHABLE.advice.to_owned(),
            path: "/configurations/cfg_1".to_owned(),
        },
    }
}

pub fn list(name: &str) -> AlertList {
    let rows = vec![
        alert(1, AlertKind::DirectoryUnreachable, AlertState::Open, name),
        alert(2, AlertKind::FewAgents, AlertState::Acknowledged, name),
        alert(3, AlertKind::NoAgents, AlertState::Resolved, name),
    ];
    AlertList {
        filter: AlertsQuery { text: name.to_owned(), ..AlertsQuery::default() },
        rows,
        next: Some("7.a".to_owned()),
        counts: counts(),
    }
}

fn counts() -> Vec<AlertCount> {
    let count = |kind: AlertKind, state| AlertCount { kind, severity: kind.severity(), state, count: 1 };
    vec![
        count(AlertKind::DirectoryUnreachable, AlertState::Open),
        count(AlertKind::FewAgents, AlertState::Acknowledged),
    ]
}

pub fn glance(name: &str) -> AlertGlance {
    AlertGlance {
        rows: vec![alert(1, AlertKind::DirectoryUnreachable, AlertState::Open, name)],
        counts: counts(),
    }
}

pub fn history(name: &str) -> AlertHistory {
    let event = |kind| AlertEvent {
        at: now(),
        kind,
        by: Some(name.to_owned()),
        note: Some(name.to_owned()),
        told: vec!["operations@example.org".to_owned()],
    };
    AlertHistory {
        alert: alert(2, AlertKind::DirectoryUnreachable, AlertState::Open, name),
        events: AlertEventKind::ALL.iter().copied().map(event).collect(),
    }
}
