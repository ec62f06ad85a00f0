//! Made-up things for the contract tests. A number tells them apart.

use chrono::DateTime;
use domain::access::{Account, ApiToken, Role};
use domain::audit::AuditEntry;
use domain::configuration::Plan;
use domain::cycle::{Phase, Trigger};
use domain::record::{Action, ErrorCategory, ErrorInfo, Identity, ModifiedProperty, Status, Step, StepKind};
use domain::value::Attributes;
use domain::{
    AccountId, ChangeId, Configuration, ConfigurationId, Counts, Cycle, CycleId, DirectoryKind, DomainId,
    ObjectKind, ProvisioningRecord, RecordId, SourceDomain, TargetId, TargetSettings, TargetSystem, Time,
    TokenId, Value,
};
use std::time::Duration;
use uuid::Uuid;

use crate::configuration::ConfigurationChange;
use crate::cycle::Progress;
use crate::directory::DirectoryObject;
use crate::link::{Escrow, LinkState, LinkWrite, PageCommit};
use crate::{Page, PageRequest, Storage};

/// 2026-01-01 12:00:00 UTC and so many seconds.
pub fn time(seconds: i64) -> Time {
    DateTime::from_timestamp_micros((1_767_268_800 + seconds) * 1_000_000 + 123_456).expect("a time")
}

pub fn uuid(number: u128) -> Uuid {
    Uuid::from_u128((0x0190_u128 << 112) | number)
}

/// Object ids as directories give them.
pub fn object_id(number: u128) -> String {
    uuid(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_string()
}

pub fn configuration_id(number: u128) -> ConfigurationId {
    ConfigurationId::new(uuid(number))
}

pub fn cycle_id(number: u128) -> CycleId {
    CycleId::new(uuid(number))
}

pub fn change_id(number: u128) -> ChangeId {
    ChangeId::new(uuid(number))
}

pub fn source_domain(number: u128, name: &str) -> SourceDomain {
    SourceDomain {
        id: DomainId::new(uuid(number)),
        name: name.to_owned(),
        kind: DirectoryKind::ActiveDirectory,
        connection: None,
        created_at: time(0),
        updated_at: time(1),
    }
}

pub fn target_system(number: u128, name: &str) -> TargetSystem {
    TargetSystem {
        id: TargetId::new(uuid(number)),
        name: name.to_owned(),
        settings: TargetSettings::BuiltIn,
        created_at: time(0),
        updated_at: time(1),
    }
}

/// A configuration of domain and target number 1.
pub fn configuration(number: u128, name: &str) -> Configuration {
    Configuration {
        id: configuration_id(number),
        name: name.to_owned(),
        domain_id: DomainId::new(uuid(1)),
        target_id: TargetId::new(uuid(1)),
        plan: Plan { enabled: true, ..Plan::default() },
        created_at: time(2),
        updated_at: time(3),
    }
}

/// Stores domain and target number 1 and so many configurations, numbered from 1.
pub async fn configure(storage: &dyn Storage, configurations: u128) {
    let mut changes = vec![
        ConfigurationChange::PutDomain(source_domain(1, "north.example")),
        ConfigurationChange::PutTarget(target_system(1, "Directory")),
    ];
    changes.extend(
        (1..=configurations)
            .map(|n| ConfigurationChange::PutConfiguration(configuration(n, &format!("Configuration {n}")))),
    );
    storage.change_configuration(changes).await.expect("is configured");
}

/// Queues a cycle and claims it.
pub async fn running_cycle(storage: &dyn Storage, number: u128, configuration: ConfigurationId) -> Cycle {
    let now = time(i64::try_from(number).expect("small"));
    storage.enqueue_cycle(cycle_id(number), configuration, now, Trigger::Schedule).await.expect("is queued");
    storage
        .claim_cycle("worker", now, Duration::from_mins(1))
        .await
        .expect("is asked")
        .expect("a cycle is due")
}

pub fn progress(done: u64) -> Progress {
    Progress { phase: Phase::Users, done, counts: Counts { created: done, ..Counts::default() } }
}

pub fn attributes(name: &str) -> Attributes {
    Attributes::from([
        ("displayName".to_owned(), Value::text(name)),
        ("accountEnabled".to_owned(), Value::Boolean(true)),
    ])
}

pub fn link(kind: ObjectKind, number: u128) -> LinkWrite {
    LinkWrite {
        kind,
        object_id: object_id(number),
        anchor: format!("anchor-{number}"),
        source_dn: format!("CN=Object {number},DC=north,DC=example"),
        display_name: format!("Object {number}"),
        target_id: format!("target-{number}"),
        state: LinkState::Active,
        // Above the largest signed number: databases keep signed ones.
        fingerprint: u64::MAX - u64::try_from(number).expect("small"),
        exported: Some(attributes(&format!("Object {number}"))),
    }
}

pub fn links(kind: ObjectKind, numbers: impl IntoIterator<Item = u128>) -> PageCommit {
    PageCommit { links: numbers.into_iter().map(|n| link(kind, n)).collect(), ..PageCommit::default() }
}

pub fn escrow(number: u128) -> Escrow {
    Escrow {
        kind: ObjectKind::User,
        object_id: object_id(number),
        display_name: format!("Object {number}"),
        code: "TimeOut".to_owned(),
        reason: "no answer".to_owned(),
        fingerprint: u64::MAX,
        attempts: 1,
        first_failed_at: time(1),
        next_attempt_at: time(2),
    }
}

/// A record with everything, of configuration 1 and cycle 1.
pub fn record(number: u128) -> ProvisioningRecord {
    ProvisioningRecord {
        id: RecordId(0),
        change_id: change_id(number),
        cycle_id: cycle_id(1),
        configuration_id: configuration_id(1),
        initiated_by: Some("ada".to_owned()),
        at: time(i64::try_from(number).expect("small")),
        duration_ms: 12,
        action: Action::Create,
        status: Status::Success,
        kind: ObjectKind::User,
        source: Identity {
            id: object_id(number),
            display_name: format!("Person {number}"),
            name: format!("CN=Person {number},OU=People,DC=north,DC=example"),
        },
        target: Identity {
            id: format!("target-{number}"),
            display_name: format!("Person {number}"),
            name: format!("person{number}@north.example"),
        },
        source_system: "north.example".to_owned(),
        target_system: "Directory".to_owned(),
        error: None,
        steps: vec![Step {
            duration_ms: Some(7),
            name: "EntryImport".to_owned(),
            kind: StepKind::Import,
            status: Status::Success,
            description: "Read".to_owned(),
            details: vec![("dn".to_owned(), "CN=…".to_owned())],
        }],
        modified: vec![ModifiedProperty {
            display_name: "displayName".to_owned(),
            old_value: None,
            new_value: Some(format!("Person {number}")),
        }],
    }
}

pub fn failed_record(number: u128, code: &str, reason: &str) -> ProvisioningRecord {
    ProvisioningRecord {
        status: Status::Failure,
        action: Action::Update,
        error: Some(ErrorInfo {
            error_code: code.to_owned(),
            error_category: ErrorCategory::NonServiceFailure,
            reason: reason.to_owned(),
            recommended_action: "Correct it.".to_owned(),
        }),
        ..record(number)
    }
}

/// Stores records for configuration 1, which must be there.
pub async fn put_records(storage: &dyn Storage, records: Vec<ProvisioningRecord>) {
    let page = PageCommit { records, ..PageCommit::default() };
    storage.commit_page(configuration_id(1), page).await.expect("is committed");
}

pub fn user(number: u128, name: &str) -> DirectoryObject {
    DirectoryObject {
        id: uuid(number).to_string(),
        kind: ObjectKind::User,
        anchor: format!("anchor-{number}"),
        display_name: name.to_owned(),
        user_principal_name: Some(format!("User{number}@north.example")),
        mail: Some(format!("mail{number}@north.example")),
        account_enabled: Some(true),
        attributes: attributes(name),
        configuration_id: configuration_id(1),
        change_id: change_id(number),
        created_at: time(1),
        updated_at: time(1),
    }
}

pub fn group(number: u128, name: &str) -> DirectoryObject {
    DirectoryObject {
        kind: ObjectKind::Group,
        user_principal_name: None,
        mail: None,
        account_enabled: None,
        ..user(number, name)
    }
}

pub fn account(number: u128, username: &str) -> Account {
    Account {
        id: AccountId::new(uuid(number)),
        username: username.to_owned(),
        role: Role::Operator,
        password_hash: None,
        identity: None,
        created_at: time(1),
    }
}

pub fn token(number: u128) -> ApiToken {
    ApiToken {
        id: TokenId::new(uuid(number)),
        name: format!("token {number}"),
        role: Role::Reader,
        hash: uuid(number).as_bytes().to_vec(),
        created_at: time(1),
        last_used_at: None,
    }
}

pub fn audit(number: u128) -> AuditEntry {
    AuditEntry {
        at: time(i64::try_from(number).expect("small")),
        actor: "anna".to_owned(),
        via: "session".to_owned(),
        from: (number.is_multiple_of(2)).then(|| "192.0.2.7".to_owned()),
        activity: "configuration.update".to_owned(),
        subject: format!("Configuration {number}"),
        reason: (number.is_multiple_of(3)).then(|| format!("ticket {number}")),
        details: serde_json::json!({ "before": null, "after": number.to_string() }),
    }
}

/// Reads a list to its end, page by page.
pub async fn drain<T, F>(limit: u32, mut read: impl FnMut(PageRequest) -> F) -> Vec<T>
where
    F: Future<Output = crate::Result<Page<T>>>,
{
    let mut all = Vec::new();
    let mut request = PageRequest::first(limit);
    loop {
        let page = read(request).await.expect("a page");
        assert!(page.items.len() <= limit as usize, "a page is longer than asked for");
        all.extend(page.items);
        match page.next {
            Some(next) => request = PageRequest { limit, after: Some(next) },
            None => return all,
        }
    }
}
