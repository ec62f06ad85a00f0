//! Fills the provisioning log of a data folder with invented records, as cycles would have written them in the last
//! 29 days: people and groups of a company of 100,000, mostly updates of one to three attributes, some failures.
//!
//! `cargo run --release -p storage-sqlite --example fill_log -- DATABASE RECORDS`. The database has a configuration, and
//! no server runs on it.

use std::path::Path;
use std::time::{Instant, SystemTime};

use anyhow::Context as _;
use chrono::{SubsecRound as _, TimeDelta};
use domain::record::{Action, ErrorCategory, ErrorInfo, Identity, ModifiedProperty, Status, Step, StepKind};
use domain::{ChangeId, ConfigurationId, CycleId, ObjectKind, ProvisioningRecord, RecordId, Time};
use storage::link::PageCommit;
use storage::{ConfigurationStore as _, LinkStore as _, RecordStore as _};
use storage_sqlite::{OpenOptions, SqliteStorage};
use uuid::Uuid;

const OBJECTS: u64 = 100_000;
/// Records of one transaction.
const PAGE: u64 = 4_000;
/// Records of one cycle.
const CYCLE: u64 = 5_000;
const GIVEN: &[&str] = &[
    "Anna", "Jürgen", "Maria", "Wei", "Olu", "Priya", "Lars", "Zoë", "Ivan", "Chiara", "Mehmet", "Yuki",
    "Noah", "Fatima", "Pavel", "Sofía", "Amara", "Kofi", "Ingrid", "Mateus", "Aylin", "Tomasz", "Leïla",
    "Björn",
];
const FAMILY: &[&str] = &[
    "Berg",
    "Okafor",
    "Schneider",
    "Rossi",
    "Nakamura",
    "O'Neill",
    "Kowalski",
    "Haddad",
    "Silva",
    "Novak",
    "Lindqvist",
    "Müller",
    "Fernández",
    "Chukwu",
    "Yılmaz",
    "Petrov",
    "Dubois",
    "Andersen",
    "Tanaka",
    "Oyelaran",
    "van Dijk",
];
const UNITS: &[&str] =
    &["Sales", "Finance", "Research", "Production", "Services", "People", "Legal", "Logistics"];
const TITLES: &[&str] =
    &["Analyst", "Engineer", "Accountant", "Manager", "Clerk", "Consultant", "Buyer", "Planner"];
const ERRORS: &[(&str, &str, &str)] = &[
    (
        "AttributeValueMustBeUnique",
        "The value of proxyAddresses belongs to another object.",
        "Give one of the two objects another address.",
    ),
    ("TimeOut", "The target did not answer within 60 seconds.", "It is tried again with the next cycle."),
    (
        "InvalidUserPrincipalName",
        "The user name has characters that the target refuses.",
        "Correct the user name.",
    ),
    ("ReferenceNotResolved", "The manager is not in scope.", "Take the manager into the scope."),
    ("TargetRefused", "The target answered 400: title is too long.", "Shorten the title."),
];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, records] = arguments.as_slice() else { anyhow::bail!("usage: fill_log DATABASE RECORDS") };
    let records: u64 = records.parse().context("the number of records")?;
    let storage = SqliteStorage::open(Path::new(database), OpenOptions::default()).await?;
    let configuration =
        storage.configurations().await?.first().context("the database has no configuration")?.id;
    let now = Time::from(SystemTime::now()).trunc_subsecs(6);
    let company = Company { configuration, begun: now - TimeDelta::days(29), records };
    let begun = Instant::now();
    for first in (0..records).step_by(usize::try_from(PAGE)?) {
        let numbers = first..(first + PAGE).min(records);
        let records = numbers.map(|number| company.record(number)).collect();
        storage.commit_page(configuration, PageCommit { records, ..PageCommit::default() }).await?;
        if (first / PAGE).is_multiple_of(100) {
            eprintln!("{first} records after {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
    let filled = begun.elapsed();
    let begun = Instant::now();
    // As housekeeping does every hour.
    while storage.tidy_search().await? {}
    storage.close().await;
    println!("tidied {:.1}", begun.elapsed().as_secs_f64());
    println!("records {records}");
    println!("wall {:.1}", filled.as_secs_f64());
    println!("bytes {}", std::fs::metadata(database)?.len());
    Ok(())
}

struct Company {
    configuration: ConfigurationId,
    begun: Time,
    records: u64,
}

/// A number that looks like chance and is always the same (splitmix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn pick<'t>(list: &[&'t str], chance: u64) -> &'t str {
    list[usize::try_from(chance % list.len() as u64).unwrap_or_default()]
}

/// A random-looking identifier of one sort.
fn uuid(sort: u64, number: u64) -> Uuid {
    Uuid::from_u64_pair(mix(sort << 40 | number), mix(sort << 40 | number | 1 << 63))
}

impl Company {
    fn record(&self, number: u64) -> ProvisioningRecord {
        let chance = mix(number);
        let object = mix(chance) % OBJECTS;
        let kind = if object.is_multiple_of(20) { ObjectKind::Group } else { ObjectKind::User };
        let failed = chance % 100 < 3;
        let action = match chance / 100 % 100 {
            0..10 => Action::Create,
            10..92 => Action::Update,
            92..96 => Action::Disable,
            96..98 => Action::Delete,
            98 => Action::Other,
            _ => Action::StagedDelete,
        };
        let status = match chance / 10_000 % 100 {
            _ if failed => Status::Failure,
            0 => Status::Warning,
            1 => Status::Skipped,
            _ => Status::Success,
        };
        let fraction = number as f64 / self.records as f64;
        let (source, target) = identities(kind, object);
        ProvisioningRecord {
            id: RecordId(0),
            change_id: ChangeId::new(uuid(1, number)),
            cycle_id: CycleId::new(uuid(2, number / CYCLE)),
            configuration_id: self.configuration,
            initiated_by: None,
            at: self.begun + TimeDelta::milliseconds((fraction * 29.0 * 86_400_000.0) as i64),
            duration_ms: 4 + u32::try_from(chance % 40).unwrap_or_default(),
            action,
            status,
            kind,
            steps: steps(&source, action, status),
            modified: modified(action, chance, &source),
            source,
            target,
            source_system: "bench".to_owned(),
            target_system: "directory".to_owned(),
            error: failed.then(|| {
                let place = usize::try_from(chance / 7 % ERRORS.len() as u64).unwrap_or_default();
                let (code, reason, advice) = ERRORS[place];
                ErrorInfo {
                    error_code: code.to_owned(),
                    error_category: ErrorCategory::NonServiceFailure,
                    reason: reason.to_owned(),
                    recommended_action: advice.to_owned(),
                }
            }),
        }
    }
}

fn identities(kind: ObjectKind, object: u64) -> (Identity, Identity) {
    let chance = mix(object << 20);
    let (given, family) = (pick(GIVEN, chance), pick(FAMILY, chance / 31));
    let unit = pick(UNITS, chance / 977);
    let (name, user_name) = match kind {
        ObjectKind::Group => {
            let name = format!("{unit} {} {object}", pick(TITLES, chance));
            (name.clone(), name)
        }
        _ => {
            let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            let user = format!("{}.{}{object}@corp.example", plain(given), plain(family)).to_lowercase();
            (format!("{given} {family} {object}"), user)
        }
    };
    let source = Identity {
        id: uuid(3, object).to_string(),
        display_name: name.clone(),
        name: format!("CN={name},OU={unit},OU=People,DC=corp,DC=example"),
    };
    (source, Identity { id: uuid(4, object).to_string(), display_name: name, name: user_name })
}

fn steps(source: &Identity, action: Action, status: Status) -> Vec<Step> {
    let step = |name: &str, kind, description: String| Step {
        name: name.to_owned(),
        kind,
        status: Status::Success,
        description,
        duration_ms: Some(3),
        details: Vec::new(),
    };
    let (export, done) = match action {
        Action::Create => ("EntryExportAdd", "created"),
        Action::Delete => ("EntryExportDelete", "deleted"),
        _ => ("EntryExportUpdate", "updated"),
    };
    let mut import = step("EntryImport", StepKind::Import, format!("Read {}.", source.name));
    import.details =
        vec![("objectId".to_owned(), source.id.clone()), ("anchor".to_owned(), source.id[..22].to_owned())];
    let mut export = step(export, StepKind::Export, done.to_owned());
    export.status = status;
    vec![
        import,
        step(
            "EntrySynchronizationScoping",
            StepKind::Scoping,
            "Every object of the domain is in scope.".to_owned(),
        ),
        export,
    ]
}

fn modified(action: Action, chance: u64, source: &Identity) -> Vec<ModifiedProperty> {
    let change = |name: &str, old: Option<&str>, new: &str| ModifiedProperty {
        display_name: name.to_owned(),
        old_value: old.map(str::to_owned),
        new_value: Some(new.to_owned()),
    };
    let (unit, title) = (pick(UNITS, chance / 3), pick(TITLES, chance / 5));
    let all = [
        change("title", Some("Trainee"), title),
        change("department", Some("Services"), unit),
        change("telephoneNumber", None, &format!("+49 30 {}", chance % 1_000_000)),
    ];
    match action {
        Action::Create => {
            ["displayName", "givenName", "surname", "mail", "userPrincipalName", "companyName", "city"]
                .iter()
                .map(|name| change(name, None, &source.display_name))
                .chain(all)
                .collect()
        }
        Action::Update => {
            let count = 1 + usize::try_from(chance % 3).unwrap_or_default();
            all.into_iter().take(count).collect()
        }
        Action::Disable => vec![change("accountEnabled", Some("True"), "False")],
        _ => Vec::new(),
    }
}
