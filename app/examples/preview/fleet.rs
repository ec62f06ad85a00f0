//! Invented agents.

use app::view::{AddAgent, AgentList, AgentPage, AgentsQuery, Errors, MadeToken, TimelineSpan};
use chrono::TimeDelta;
use domain::{
    AgentId, DomainId, EnrolmentId, ObjectKind, Secret,
    agent::{
        Agent, AgentState, AgentTask, AgentWork, Beat, CheckOutcome, Heard, Patience, Reach, ReadinessCheck,
    },
    enrolment::{AgentAlarm, AgentAlarmKind, Enrolment},
};
use service::agents::{AgentDetail, AgentSummary, AgentView, Bucket, DomainAgents};
use uuid::Uuid;

use super::sample;

/// An agent whose every text is the given one.
fn view(number: u128, text: &str, silence: TimeDelta) -> AgentView {
    let now = sample::now();
    let heard = Heard { main: Some(now - silence), ..Heard::default() };
    let check = |id: &str, outcome| ReadinessCheck {
        id: id.to_owned(),
        domain: Some(text.to_owned()),
        outcome,
        did: format!("Read the size of the memory of {text}."),
        found: "3.1 GiB".to_owned(),
        limit: "4 GiB".to_owned(),
        advice: "Give the machine more memory.".to_owned(),
    };
    let beat = Beat {
        at: now - silence,
        version: "0.1.0".to_owned(),
        system: "Debian GNU/Linux 12".to_owned(),
        started_at: now - TimeDelta::days(3),
        load_centicores: 7,
        memory_bytes: 31 << 20,
        running: 1,
        domains: vec![Reach {
            domain: text.to_owned(),
            reachable: number.is_multiple_of(2),
            latency_ms: Some(4),
            error: Some(format!("no route to {text}")),
        }],
        readiness: None,
    };
    AgentView {
        state: heard.state(now, Patience::default()),
        agent: Agent {
            id: AgentId::new(Uuid::from_u128(number)),
            machine: text.to_owned(),
            public_key: [7; 32],
            domains: vec![text.to_owned()],
            enrolled_at: now - TimeDelta::days(20),
            heard,
            external_address: Some("203.0.113.7".to_owned()),
            beat: Some(beat),
            readiness: vec![
                check("memory", CheckOutcome::Failed),
                check("clock", CheckOutcome::Passed),
                check("proxy", CheckOutcome::NotChecked),
            ],
            protocol: Some(1),
        },
        connected: true,
        alarms: vec![AgentAlarm {
            kind: AgentAlarmKind::ClonedKey,
            first_at: now - TimeDelta::hours(3),
            last_at: now - TimeDelta::hours(1),
            count: 4,
            address: text.to_owned(),
        }],
        enrolment: EnrolmentId::new(Uuid::from_u128(9)),
        key_change: true,
        observed_at: now,
    }
}

fn token(text: &str) -> Enrolment {
    let now = sample::now();
    Enrolment {
        id: EnrolmentId::new(Uuid::from_u128(9)),
        created_at: now,
        created_by: text.to_owned(),
        expires_at: now + TimeDelta::minutes(30),
        domains: vec![text.to_owned()],
        used_at: None,
        agent_id: None,
        withdrawn_at: None,
    }
}

pub fn summary(text: &str) -> AgentSummary {
    let domain = |number, direct, healthy| DomainAgents {
        id: DomainId::new(Uuid::from_u128(number)),
        name: text.to_owned(),
        direct,
        agents: 2,
        healthy,
    };
    AgentSummary {
        states: vec![(AgentState::Active, 2), (AgentState::StatusOnly, 1), (AgentState::Inactive, 1)],
        domains: vec![domain(1, true, 0), domain(2, false, 2), domain(3, false, 0)],
        alarmed: 1,
    }
}

pub fn list(text: &str) -> AgentList {
    AgentList {
        summary: summary(text),
        filter: AgentsQuery { text: text.to_owned(), domain: text.to_owned(), ..AgentsQuery::default() },
        rows: [(0, 20), (1, 400), (2, 9_000)]
            .map(|(number, silence)| view(number, text, TimeDelta::seconds(silence)))
            .into(),
        next: Some("7".to_owned()),
        tokens: vec![token(text)],
    }
}

pub fn detail(text: &str) -> AgentPage {
    let now = sample::now();
    let bucket = |place: i32| {
        let from = now - TimeDelta::minutes(15) * (96 - place);
        Bucket {
            from,
            until: from + TimeDelta::minutes(15),
            main_seconds: if place > 40 { 900 } else { 0 },
            status_seconds: if (30..=40).contains(&place) { 900 } else { 0 },
            silent_seconds: if place < 30 { 900 } else { 0 },
            beats: 15,
            unreachable: 0,
            latency_ms: Some(4),
        }
    };
    AgentPage {
        detail: AgentDetail {
            view: view(1, text, TimeDelta::seconds(400)),
            day: (0..96).map(bucket).collect(),
            week: Vec::new(),
            stretches: Vec::new(),
            latest: Vec::new(),
            work: work(text),
            enrolment: Some(token(text)),
        },
        span: TimelineSpan::Day,
        domains: vec![(text.to_owned(), true)],
    }
}

fn work(text: &str) -> Vec<AgentWork> {
    let one = |task, pages, error: Option<&str>| AgentWork {
        task,
        domain: text.to_owned(),
        at: sample::ago(i64::from(pages) * 60),
        took_ms: 1_400,
        pages,
        whole: error.is_none(),
        error: error.map(str::to_owned),
    };
    vec![
        one(AgentTask::Changes, 1, None),
        one(AgentTask::Read(ObjectKind::User), 40, None),
        one(AgentTask::Read(ObjectKind::Group), 3, Some(text)),
    ]
}

pub fn adding(text: &str, made: bool) -> AddAgent {
    let made = made.then(|| MadeToken {
        enrolment: token(text),
        token: Secret::new(text),
        server: "http://portal.example".to_owned(),
    });
    AddAgent {
        domains: vec![(text.to_owned(), true)],
        minutes: text.to_owned(),
        errors: Errors(["domains", "minutes"].map(|field| (field.to_owned(), text.to_owned())).into()),
        made,
    }
}
