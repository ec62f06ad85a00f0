//! Invented people, cycles and records.

use app::view::{
    AuditList, AuditQuery, Candidate, Candidates, Capped, ConfigurationDetail, ConfigurationSummary, Cycles,
    DirectoryDetail, DirectoryEntry, DirectoryFigures, DirectoryList, Errors, FailingList, Following,
    HourFigure, LogDetail, LogFacets, LogFilter, LogList, LogTab, MailList, Names, StagedView, TestView,
};
use chrono::TimeDelta;
use domain::{
    ChangeId, Configuration, ConfigurationId, Counts, Cycle, CycleId, CycleState, DomainId, ObjectKind,
    ProvisioningRecord, RecordId, TargetId, TargetKind, Time, Tracking,
    audit::{AuditEntry, AuditIntegrity, Checkpoint},
    configuration::Plan,
    cycle::{Phase, Problem, Trigger},
    document::MailEntry,
    mail::{Delivery, DeliveryState, MailEvent},
    mapping::Mapping,
    record::{Action, ErrorCategory, ErrorInfo, Identity, ModifiedProperty, Status, Step, StepKind},
    scope::ScopeContainer,
    status::{ConfigurationState, Quarantine, QuarantineReason, StatusCode},
};
use service::{Escrow, SavedSearch, Staged, StagedObject, StoredAudit, on_demand::OnDemandResult};
use uuid::Uuid;

pub fn now() -> Time {
    "2026-11-21T10:47:12Z".parse().expect("a time")
}

pub fn ago(seconds: i64) -> Time {
    now() - TimeDelta::seconds(seconds)
}

fn configuration_id(n: u128) -> ConfigurationId {
    ConfigurationId::new(Uuid::from_u128(0x0192_3a4b_0000_7000_8000_0000_0000_0000 + n))
}

fn cycle(n: u128, state: CycleState, started: i64, took: i64, counts: Counts) -> Cycle {
    Cycle {
        id: CycleId::new(Uuid::from_u128(0x0192_3a4c_0000_7000_8000_0000_0000_0000 + n)),
        configuration_id: configuration_id(1),
        state,
        trigger: Trigger::Schedule,
        due_at: ago(started),
        started_at: Some(ago(started)),
        ended_at: state.is_finished().then(|| ago(started - took)),
        phase: Phase::Users,
        done: counts.imported,
        expected: Some(342),
        counts,
        problem: None,
        notes: Vec::new(),
    }
}

fn steady() -> Counts {
    Counts { imported: 342, updated: 3, unchanged: 337, failed: 2, escrowed: 2, ..Counts::default() }
}

pub fn configurations() -> Vec<ConfigurationSummary> {
    let names = |domain: &str, target: &str, target_kind| Names {
        domain: domain.to_owned(),
        target: target.to_owned(),
        target_kind,
    };
    let linked = vec![(ObjectKind::User, 300), (ObjectKind::Group, 40), (ObjectKind::Contact, 2)];
    vec![
        ConfigurationSummary {
            id: configuration_id(1),
            name: "lab01 to directory".to_owned(),
            names: names("lab01.local", "directory", TargetKind::BuiltIn),
            status: StatusCode::Active,
            since: None,
            reason: None,
            running: None,
            last: Some(cycle(1, CycleState::EntryLevelErrors, 48, 2, steady())),
            next_due: Some(now() + TimeDelta::seconds(74)),
            linked: linked.clone(),
            failing: 2,
        },
        ConfigurationSummary {
            id: configuration_id(2),
            name: "lab02 to directory".to_owned(),
            names: names("lab02.local", "directory", TargetKind::BuiltIn),
            status: StatusCode::Active,
            since: None,
            reason: None,
            running: Some(cycle(
                2,
                CycleState::Running,
                9,
                0,
                Counts { imported: 187, created: 4, updated: 12, unchanged: 171, ..Counts::default() },
            )),
            last: Some(cycle(
                3,
                CycleState::Succeeded,
                140,
                3,
                Counts { imported: 341, unchanged: 341, ..Counts::default() },
            )),
            next_due: None,
            linked,
            failing: 0,
        },
        ConfigurationSummary {
            id: configuration_id(3),
            name: "lab03 to HR application".to_owned(),
            names: names("lab03.local", "hr-app", TargetKind::Scim),
            status: StatusCode::Quarantine,
            since: Some(ago(5_712)),
            reason: Some(
                "The target refused the credentials (401 Unauthorized from https://hr.example.org/scim/v2)."
                    .to_owned(),
            ),
            running: None,
            last: Some(Cycle {
                problem: Some(Problem {
                    code: "Unauthorized".to_owned(),
                    message: "The target refused the credentials.".to_owned(),
                }),
                ..cycle(4, CycleState::Failed, 130, 1, Counts::default())
            }),
            next_due: Some(now() + TimeDelta::minutes(22)),
            linked: vec![(ObjectKind::User, 298), (ObjectKind::Group, 40)],
            failing: 0,
        },
    ]
}

pub const fn figures() -> DirectoryFigures {
    DirectoryFigures { users: 897, groups: 120, contacts: 6 }
}

pub fn hours() -> Vec<HourFigure> {
    let mut out = Vec::new();
    for back in 0..24 {
        let hour = ago(back * 3600 + 720);
        let wave = 18 + (back * 7 + 3) % 23;
        for (action, status, count) in [
            (Action::Create, Status::Success, if back == 20 { 140 } else { wave / 3 }),
            (Action::Update, Status::Success, wave),
            (Action::Disable, Status::Success, i64::from(back % 5 == 0) * 3),
            (Action::Delete, Status::Success, i64::from(back % 7 == 0) * 2),
            (Action::Create, Status::Failure, i64::from(back % 3 == 0)),
            (Action::Other, Status::Skipped, i64::from(back % 6 == 1) * 2),
        ] {
            out.push(HourFigure { hour, action, status, count: count.unsigned_abs() });
        }
    }
    out
}

const PEOPLE: [(&str, &str, &str); 10] = [
    ("Ingrid Solheim", "ingrid.solheim", "Finance"),
    ("Marek Wiśniewski", "marek.wisniewski", "Engineering"),
    ("Aoife Ní Bhriain", "aoife.nibhriain", "Research"),
    ("Jonas Böhm", "jonas.boehm", "Sales"),
    ("Priya Raghunathan", "priya.raghunathan", "Engineering"),
    ("Luca De Santis", "luca.desantis", "Operations"),
    ("Emeka Okonkwo", "emeka.okonkwo", "Human Resources"),
    ("Sofía Marín Castellanos", "sofia.marin", "Legal"),
    ("Yuki Tanabe", "yuki.tanabe", "Design"),
    ("Grp-Engineering-Platform", "grp-engineering-platform", ""),
];

pub fn record(n: usize) -> ProvisioningRecord {
    let (name, account, _) = PEOPLE[n % PEOPLE.len()];
    let kind = if n % PEOPLE.len() == 9 { ObjectKind::Group } else { ObjectKind::User };
    let (action, status) = match n % 7 {
        0 => (Action::Create, Status::Success),
        3 => (Action::Disable, Status::Success),
        4 => (Action::Create, Status::Failure),
        5 => (Action::Delete, Status::Success),
        6 => (Action::Other, Status::Skipped),
        _ => (Action::Update, Status::Success),
    };
    let failed = status == Status::Failure;
    let step = |name: &str, kind, status, description: &str, details: &[(&str, &str)]| Step {
        name: name.to_owned(),
        kind,
        status,
        description: description.to_owned(),
        duration_ms: Some(3),
        details: details.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
    };
    let dn = format!("CN={name},OU=People,OU=Headquarters,DC=lab01,DC=local");
    ProvisioningRecord {
        id: RecordId(4_200 - n as i64),
        change_id: ChangeId::new(Uuid::from_u128(0x0192_3a4d_0000_7000_8000_0000_0000_0000 + n as u128)),
        cycle_id: cycle(1, CycleState::Succeeded, 0, 0, Counts::default()).id,
        configuration_id: configuration_id(1 + n as u128 % 3),
        initiated_by: None,
        at: ago(40 + n as i64 * 613),
        duration_ms: 12 + n as u32 * 7,
        action,
        status,
        kind,
        source: Identity {
            id: Uuid::from_u128(0x3f2a_91c4_8b7d_4e10_9c55_0000_0000_0000 + n as u128).to_string(),
            display_name: name.to_owned(),
            name: dn.clone(),
        },
        target: Identity {
            id: if failed { String::new() } else { Uuid::from_u128(0x0192_3a4e_0000_7000_8000_0000_0000_0000 + n as u128).to_string() },
            display_name: name.to_owned(),
            name: format!("{account}@lab01.example.org"),
        },
        source_system: format!("lab0{}.local", 1 + n % 3),
        target_system: "directory".to_owned(),
        error: failed.then(|| ErrorInfo {
            error_code: "AttributeValueMustBeUnique".to_owned(),
            error_category: ErrorCategory::NonServiceFailure,
            reason: format!("`mail` has the value {account}@example.org, which Jonas Böhm (lab02.local) already has."),
            recommended_action: "Find the other object by the value named in the reason and change one of the two at the source; the next cycle tries again.".to_owned(),
        }),
        steps: vec![
            step("EntryImport", StepKind::Import, Status::Success, "Read from lab01.local: 38 attributes.", &[("distinguishedName", &dn), ("objectGUID", "3f2a91c4-8b7d-4e10-9c55-6f1d1a2b3c4d"), ("uSNChanged", "184467")]),
            step("EntrySynchronizationScoping", StepKind::Scoping, Status::Success, "In scope through OU=People,OU=Headquarters,DC=lab01,DC=local.", &[]),
            step("EntrySynchronization", StepKind::Matching, Status::Success, "Matched by anchor with the object of the target.", &[("anchor", "xJEqP32LEE6cVW8dGis8TQ==")]),
            step("EntryMapping", StepKind::Processing, Status::Success, "3 of 24 attributes differ.", &[]),
            if failed {
                step("EntryExportAdd", StepKind::Export, Status::Failure, "The target refused the change.", &[("answer", "409 Conflict: mail is not unique")])
            } else {
                step("EntryExportUpdate", StepKind::Export, Status::Success, "The target answered that the object was updated.", &[])
            },
        ],
        modified: vec![
            ModifiedProperty { display_name: "department".to_owned(), old_value: Some("Sales".to_owned()), new_value: Some("Business Development".to_owned()) },
            ModifiedProperty { display_name: "jobTitle".to_owned(), old_value: None, new_value: Some("Account Manager".to_owned()) },
            ModifiedProperty { display_name: "otherMails".to_owned(), old_value: Some("j.boehm@old.example.org".to_owned()), new_value: None },
        ],
    }
}

pub fn records(n: usize) -> Vec<ProvisioningRecord> {
    (0..n).map(record).collect()
}

pub fn detail(id: &str) -> ConfigurationDetail {
    let mut all = configurations();
    let index = all.iter().position(|c| c.id.to_string() == id).unwrap_or(0);
    let summary = all.swap_remove(index);
    let mut state = ConfigurationState::new(summary.id);
    let chosen = "OU=People,OU=Headquarters,DC=lab01,DC=local";
    state.containers = vec![
        ScopeContainer {
            chosen_dn: chosen.to_owned(),
            object_id: Uuid::from_u128(9).to_string(),
            current_dn: chosen.to_owned(),
        },
        ScopeContainer {
            chosen_dn: "OU=Lisbon,DC=lab01,DC=local".to_owned(),
            object_id: Uuid::from_u128(11).to_string(),
            current_dn: String::new(),
        },
        ScopeContainer {
            chosen_dn: "OU=Warsaw,DC=lab01,DC=local".to_owned(),
            object_id: Uuid::from_u128(10).to_string(),
            current_dn: "OU=Poland,DC=lab01,DC=local".to_owned(),
        },
    ];
    if summary.status == StatusCode::Quarantine {
        state.quarantine = Some(Quarantine {
            reason: QuarantineReason::EncounteredQuarantineException,
            current_began: ago(5_712),
            next_attempt: Some(now() + TimeDelta::minutes(22)),
            error: Problem {
                code: "Unauthorized".to_owned(),
                message: "https://hr.example.org/scim/v2/Users answered 401 Unauthorized.".to_owned(),
            },
        });
    }
    let mut plan = Plan { enabled: true, ..Plan::default() };
    plan.scope.organizational_units = vec![
        chosen.to_owned(),
        "OU=Warsaw,DC=lab01,DC=local".to_owned(),
        "OU=Lisbon,DC=lab01,DC=local".to_owned(),
    ];
    let configuration = Configuration {
        id: summary.id,
        name: summary.name.clone(),
        domain_id: DomainId::new(Uuid::from_u128(1)),
        target_id: TargetId::new(Uuid::from_u128(2)),
        plan,
        created_at: ago(864_000),
        updated_at: ago(90_000),
    };
    state.memory.last_full_at = Some(ago(40_000));
    state.memory.quarantine_count = 3;
    state.memory.quarantine_series_began = Some(ago(50_000));
    let held = state.quarantine.is_some();
    ConfigurationDetail {
        summary,
        configuration,
        state,
        following: Some(Following {
            tracking: Tracking::DirSync,
            server: Some("dc1.lab01.local".to_owned()),
        }),
        staged: held.then_some(Staged { objects: 812, memberships: 4_020 }),
        next_full_at: Some(now() + TimeDelta::hours(12)),
    }
}

pub fn failing() -> FailingList {
    let row = |n: usize| {
        let record = record(4 + 7 * n);
        let error = record.error.expect("a failure");
        Escrow {
            kind: record.kind,
            object_id: record.source.id,
            display_name: record.source.display_name,
            code: error.error_code,
            reason: error.reason,
            fingerprint: 0,
            attempts: 1 + n as u32,
            first_failed_at: ago(9_000 * (1 + n as i64)),
            next_attempt_at: now() + TimeDelta::minutes(2_i64.pow(1 + n as u32)),
        }
    };
    FailingList { rows: (0..6).map(row).collect(), next: Some("n".to_owned()), later: true }
}

pub fn test(written: bool) -> TestView {
    let record = record(1);
    TestView {
        typed: record.source.name.clone(),
        errors: Errors::default(),
        candidates: Some(Candidates { found: records(3).iter().map(Candidate::of).collect(), unasked: None }),
        record_href: written.then(|| "/logs/4199".to_owned()),
        result: Some(OnDemandResult {
            related: records(2),
            began: ago(2),
            ended: ago(1),
            dry_run: !written,
            notes: vec!["The container OU=Warsaw was renamed.".to_owned()],
            record,
        }),
    }
}

pub fn staged() -> StagedView {
    let object = |n: usize| {
        let record = record(n);
        StagedObject {
            kind: record.kind,
            object_id: record.source.id,
            display_name: record.source.display_name,
            source_dn: record.source.name,
        }
    };
    StagedView {
        staged: Staged { objects: 812, memberships: 4_020 },
        objects: (0..10).map(object).collect(),
        reason: String::new(),
        errors: Errors::default(),
    }
}

pub fn cycles() -> Cycles {
    let quiet = Counts { imported: 342, unchanged: 342, ..Counts::default() };
    let items = (0..9)
        .map(|n| {
            let (state, counts) = match n {
                0 => (CycleState::EntryLevelErrors, steady()),
                4 => (
                    CycleState::Interrupted,
                    Counts { imported: 120, updated: 7, unchanged: 113, ..Counts::default() },
                ),
                8 => (CycleState::Succeeded, Counts { imported: 342, created: 342, ..Counts::default() }),
                _ => (CycleState::Succeeded, quiet),
            };
            cycle(n, state, 48 + n as i64 * 122, 2 + n as i64 % 3, counts)
        })
        .collect();
    Cycles { items, next: Some("abc".to_owned()), later: false }
}

pub fn mappings() -> Vec<Mapping> {
    vec![
        Mapping::direct("onPremisesImmutableId", "mS-DS-ConsistencyGuid").matching(1),
        Mapping::expression("displayName", "IIF(IsPresent([displayName]), [displayName], [cn])"),
        Mapping::direct("givenName", "givenName"),
        Mapping::direct("surname", "sn"),
        Mapping::direct("mail", "mail"),
        Mapping::expression(
            "userPrincipalName",
            "IIF(IsPresent([userPrincipalName]), [userPrincipalName], Join(\"@\", [sAMAccountName], \"lab01.local\"))",
        ),
        Mapping::direct("department", "department"),
        Mapping::constant("usageLocation", "NO"),
    ]
}

pub fn log_list(filter: LogFilter) -> LogList {
    let capped = |count| Capped { count, capped: false };
    let text = filter.text.to_lowercase();
    let rows: Vec<_> = records(25)
        .into_iter()
        .filter(|r| text.is_empty() || r.source.display_name.to_lowercase().contains(&text))
        .filter(|r| filter.actions.is_empty() || filter.actions.contains(&r.action))
        .filter(|r| filter.statuses.is_empty() || filter.statuses.contains(&r.status))
        .collect();
    LogList {
        next: (rows.len() > 20).then(|| "k2".to_owned()),
        rows,
        facets: LogFacets {
            actions: vec![
                (Action::Create, capped(912)),
                (Action::Update, Capped { count: 10_000, capped: true }),
                (Action::Disable, capped(41)),
                (Action::Delete, capped(7)),
            ],
            statuses: vec![
                (Status::Success, Capped { count: 10_000, capped: true }),
                (Status::Failure, capped(14)),
                (Status::Skipped, capped(3)),
            ],
            kinds: vec![
                (ObjectKind::User, capped(9_120)),
                (ObjectKind::Group, capped(408)),
                (ObjectKind::Contact, capped(6)),
            ],
            error_codes: vec![
                ("AttributeValueMustBeUnique".to_owned(), capped(9)),
                ("ExceededAllowedLength".to_owned(), capped(5)),
            ],
            other: capped(0),
        },
        configurations: configurations().into_iter().map(|c| (c.id, c.name)).collect(),
        previous: filter.after.as_ref().map(|_| "k1".to_owned()),
        saved: vec![SavedSearch {
            name: "Failures of today".to_owned(),
            query: "status=failure&since=24h".to_owned(),
        }],
        problem: None,
        filter,
    }
}

pub fn log_detail(id: i64, tab: LogTab) -> LogDetail {
    let n = usize::try_from(4_200 - id).unwrap_or(0);
    let record = record(n);
    let history = [0, 30, 60, 90]
        .map(|step| ProvisioningRecord { source: record.source.clone(), ..self::record(n + step) })
        .into_iter()
        .collect();
    LogDetail {
        configuration: Some("lab01 to directory".to_owned()),
        target_href: Some(format!("/users/{}", record.target.id)),
        history,
        tab,
        record,
    }
}

fn entry(n: usize, kind: ObjectKind) -> DirectoryEntry {
    let (name, account, department) = PEOPLE[n % 9];
    let upn = format!("{account}@lab01.example.org");
    let display_name = match kind {
        ObjectKind::Group => {
            format!("Grp-{}", ["Engineering", "Finance", "All staff Oslo", "VPN users"][n % 4])
        }
        _ => name.to_owned(),
    };
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    DirectoryEntry {
        id: Uuid::from_u128(0x0192_3a4e_0000_7000_8000_0000_0000_0000 + n as u128).to_string(),
        kind,
        anchor: "xJEqP32LEE6cVW8dGis8TQ==".to_owned(),
        display_name: display_name.clone(),
        user_principal_name: (kind == ObjectKind::User).then(|| upn.clone()),
        mail: Some(upn.clone()),
        account_enabled: (kind == ObjectKind::User).then_some(n % 5 != 3),
        attributes: vec![
            one("displayName", &display_name),
            one("givenName", name.split(' ').next().unwrap_or_default()),
            one("surname", name.split(' ').next_back().unwrap_or_default()),
            one("department", department),
            one("description", "Everyone who works on the platform, synchronised from the source forest"),
            one("mail", &upn),
            ("proxyAddresses".to_owned(), vec![format!("SMTP:{upn}"), format!("smtp:{account}@example.org")]),
            one("onPremisesDistinguishedName", &format!("CN={name},OU=People,DC=lab01,DC=local")),
        ],
        configuration_id: configuration_id(1 + n as u128 % 3),
        change_id: ChangeId::new(Uuid::from_u128(7)),
        created_at: ago(864_000),
        updated_at: ago(300 + n as i64 * 4_000),
    }
}

pub fn directory(kind: ObjectKind) -> DirectoryList {
    DirectoryList {
        kind,
        text: String::new(),
        configuration: None,
        enabled: None,
        rows: (0..18).map(|n| entry(n, kind)).collect(),
        next: Some("n".to_owned()),
        later: false,
        configurations: configurations().into_iter().map(|c| (c.id, c.name, c.names.domain)).collect(),
        total: if kind == ObjectKind::Group { 120 } else { 897 },
    }
}

pub fn directory_detail(kind: ObjectKind) -> DirectoryDetail {
    DirectoryDetail {
        source_object: Some("3f2a91c4-8b7d-4e10-9c55-6f1d1a2b3c4d".to_owned()),
        entry: entry(4, kind),
        configuration: "lab01 to directory".to_owned(),
        domain: "lab01.local".to_owned(),
        manager: (kind == ObjectKind::User).then(|| ("Ingrid Solheim".to_owned(), "/users/x".to_owned())),
        member_of: (0..3).map(|n| entry(n, ObjectKind::Group)).collect(),
        members: (0..8).map(|n| entry(n, ObjectKind::User)).collect(),
        members_next: Some("x".to_owned()),
        member_count: 214,
    }
}

/// A page of the audit log.
pub fn audit(filter: AuditQuery) -> AuditList {
    let entry = |number: i64| {
        let update = number % 3 == 0;
        AuditEntry {
            at: now() - TimeDelta::minutes(7 * number),
            actor: ["ada.lindqvist", "deployment", "system"][usize::try_from(number % 3).unwrap_or_default()]
                .to_owned(),
            via: ["session", "token", "system"][usize::try_from(number % 3).unwrap_or_default()].to_owned(),
            from: (number % 3 != 2).then(|| format!("192.0.2.{number}")),
            activity: if update { "configuration.update" } else { "configuration.restart" }.to_owned(),
            subject: "lab02 to directory".to_owned(),
            reason: (number == 1).then(|| "CHG-4711: the new office joins".to_owned()),
            details: serde_json::json!({ "before": {"schedule": "PT2M"}, "after": {"schedule": "PT5M"}, "fields": ["schedule"] }),
        }
    };
    let rows = (0..12).map(|number| StoredAudit { sequence: 412 - number, entry: entry(number) }).collect();
    let checkpoint = Checkpoint { sequence: 411, hash: "5f".repeat(32), at: now() - TimeDelta::minutes(8) };
    let integrity = AuditIntegrity {
        checked_at: now() - TimeDelta::hours(3),
        entries: 412,
        hash: "a7".repeat(32),
        checkpoints: 230,
        last_checkpoint: Some(checkpoint),
        damage: None,
    };
    AuditList { filter, rows, next: Some("401".to_owned()), integrity: Some(integrity) }
}

/// The mail page; `answer` is what the mail server said last.
pub fn mail(answer: &str) -> MailList {
    let delivery = |id: i64| {
        let state =
            [DeliveryState::Sent, DeliveryState::Waiting, DeliveryState::Sent, DeliveryState::Refused]
                [usize::try_from(id % 4).unwrap_or_default()];
        Delivery {
            id,
            message: Uuid::from_u128(1),
            event: MailEvent::QuarantineStarted,
            subject: "Skybridge: “lab02 to directory” is in quarantine".to_owned(),
            recipient: format!("administrators.of.place.{id}@mail.example.org"),
            created_at: now() - TimeDelta::minutes(11 * (20 - id)),
            state,
            attempts: u32::try_from(1 + id % 3).unwrap_or(1),
            next_attempt_at: (state == DeliveryState::Waiting).then(|| now() + TimeDelta::minutes(4)),
            ended_at: None,
            answer: Some(answer.to_owned()),
            uncertain: id == 9,
        }
    };
    let server = MailEntry {
        smtp_url: "smtp://mail.example.org:587".to_owned(),
        from: "skybridge@example.org".to_owned(),
        username: Some("skybridge".to_owned()),
        password: None,
        allow_plaintext: false,
        ca_file: None,
        ca_pem: None,
        recipients: vec!["ops@example.org".to_owned()],
        digest_hour: None,
    };
    let rows = (0..9).map(|n| delivery(12 - n)).collect();
    MailList { server: Some(server), rows, next: Some("3".to_owned()), ..MailList::default() }
}
