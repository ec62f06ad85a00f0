//! What the database costs: pages of an initial cycle, the built-in directory, and searches of a large log.
//!
//! `cargo run --release -p storage-sqlite --example measure -- [records in the log, 1000000]`

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::record::{Action, Status};
use domain::{ObjectKind, ProvisioningRecord, Value};
use storage::contract::sample;
use storage::directory::DirectoryWrite;
use storage::insight::Period;
use storage::link::{Intent, LinkWrite, MemberWrite, PageCommit};
use storage::record::RecordFilter;
use storage::{DirectoryStore as _, InsightStore as _, LinkStore as _, PageRequest, RecordStore as _};
use storage_sqlite::{OpenOptions, SqliteStorage};

const OBJECTS: u128 = 100_000;
const PAGE: u128 = 500;
const GIVEN: &[&str] = &["Anna", "Jürgen", "Maria", "Wei", "Olu", "Priya", "Lars", "Zoë", "Ivan", "Chiara"];
const FAMILY: &[&str] =
    &["Berg", "Okafor", "Schneider", "Rossi", "Nakamura", "O'Neill", "Kowalski", "Haddad", "Silva", "Novak"];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let records: u128 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 1_000_000,
    };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("skybridge.db");
    let storage = SqliteStorage::open(&path, OpenOptions::default()).await?;
    sample::configure(&storage, 1).await;

    pages(&storage).await?;
    lookups(&storage).await?;
    directory(&storage).await?;
    log(&storage, records).await?;
    let size = std::fs::metadata(&path)?.len();
    println!("database: {} MB", size / 1_000_000);
    searches(&storage, records).await?;
    Ok(())
}

fn person(number: u128) -> String {
    let pick = |list: &[&'static str], by: u128| list[usize::try_from(by % 10).unwrap_or(0)];
    format!("{} {} {number}", pick(GIVEN, number / 7), pick(FAMILY, number / 3))
}

/// A link with the attributes of a usual user.
fn link(number: u128) -> LinkWrite {
    let mut link = sample::link(ObjectKind::User, number);
    link.display_name = person(number);
    let exported = link.exported.get_or_insert_default();
    for name in ["givenName", "surname", "mail", "jobTitle", "city", "department", "companyName", "country"] {
        exported.insert(name.to_owned(), Value::text(format!("{name} of {number}")));
    }
    link
}

fn record(number: u128) -> ProvisioningRecord {
    let mut record = match number % 50 {
        0 => sample::failed_record(
            number,
            "AttributeValueMustBeUnique",
            "proxyAddresses belongs to another object",
        ),
        _ => sample::record(number),
    };
    record.action = if number % 10 < 7 { Action::Update } else { Action::Create };
    record.kind = if number.is_multiple_of(20) { ObjectKind::Group } else { ObjectKind::User };
    record.source.display_name = person(number % OBJECTS);
    record.target.display_name = person(number % OBJECTS);
    record.source.id = sample::object_id(number % OBJECTS);
    record.target.id = sample::object_id(number % OBJECTS + 7_000_000);
    record.cycle_id = sample::cycle_id(number / 5_000);
    record
}

fn page(first: u128, records: bool) -> PageCommit {
    let numbers = first..first + PAGE;
    PageCommit {
        settled: numbers.clone().map(sample::change_id).collect(),
        links: numbers.clone().map(link).collect(),
        records: if records { numbers.map(record).collect() } else { Vec::new() },
        ..PageCommit::default()
    }
}

/// An initial cycle as the engine runs it: intents, target, commit, page after page.
async fn pages(storage: &SqliteStorage) -> anyhow::Result<()> {
    let (mut announced, mut written, mut committed) = (Meter::default(), Meter::default(), Meter::default());
    for first in (1..=OBJECTS).step_by(500) {
        let intents: Vec<_> = (first..first + PAGE)
            .map(|number| Intent {
                change_id: sample::change_id(number),
                cycle_id: sample::cycle_id(1),
                payload: "x".repeat(1200),
                at: sample::time(1),
            })
            .collect();
        let writes = (first..first + PAGE)
            .map(|number| {
                let mut object = sample::user(number, &person(number));
                object.attributes = link(number).exported.unwrap_or_default();
                DirectoryWrite::Create { object, members: Vec::new() }
            })
            .collect();
        let page = page(first, true);
        announced.run(storage.add_intents(sample::configuration_id(1), &intents)).await?;
        written.run(storage.write_directory(writes)).await?;
        committed.run(storage.commit_page(sample::configuration_id(1), page)).await?;
    }
    announced.show("add_intents, 500 of 1200 bytes");
    written.show("write_directory, 500 creates");
    committed.show("commit_page, 500 new links and records");

    let mut times = Meter::default();
    for first in (1..=OBJECTS / 4).step_by(500) {
        let page = page(first, false);
        times.run(storage.commit_page(sample::configuration_id(1), page)).await?;
    }
    times.show("commit_page, 500 changed links");

    let group = LinkWrite { exported: None, ..sample::link(ObjectKind::Group, 9_000_000) };
    let add: Vec<_> = (1..=50_000).map(domain::LinkId).collect();
    let page = PageCommit {
        members: vec![MemberWrite {
            group_object_id: group.object_id.clone(),
            add,
            remove: Vec::new(),
            ..MemberWrite::default()
        }],
        links: vec![group],
        ..PageCommit::default()
    };
    let mut times = Meter::default();
    times.run(storage.commit_page(sample::configuration_id(1), page)).await?;
    times.show("commit_page, 50000 members of one group");
    Ok(())
}

async fn lookups(storage: &SqliteStorage) -> anyhow::Result<()> {
    let (mut links, mut exports) = (Meter::default(), Meter::default());
    for first in (1..=OBJECTS).step_by(500) {
        let ids: Vec<_> = (first..first + PAGE).map(sample::object_id).collect();
        let found = links.run(storage.links_of(sample::configuration_id(1), ObjectKind::User, &ids)).await?;
        let ids: Vec<_> = found.iter().map(|link| link.id).collect();
        exports.run(storage.exported(&ids)).await?;
    }
    links.show("links_of 500");
    exports.show("exported 500");
    Ok(())
}

async fn directory(storage: &SqliteStorage) -> anyhow::Result<()> {
    let filter = storage::directory::DirectoryFilter::default();
    measure("directory_objects, first 50", 50, || storage.directory_objects(&filter, PageRequest::first(50)))
        .await?;
    for text in ["berg", "mail99999@", "nowhere"] {
        let filter = storage::directory::DirectoryFilter { text: Some(text.to_owned()), ..filter.clone() };
        measure(&format!("directory_objects, {text}"), 5, || {
            storage.directory_objects(&filter, PageRequest::first(50))
        })
        .await?;
    }
    Ok(())
}

async fn log(storage: &SqliteStorage, records: u128) -> anyhow::Result<()> {
    let mut times = Meter::default();
    for first in (OBJECTS + 1..=records).step_by(500) {
        let page =
            PageCommit { records: (first..first + PAGE).map(record).collect(), ..PageCommit::default() };
        times.run(storage.commit_page(sample::configuration_id(1), page)).await?;
    }
    times.show("commit_page, 500 records");
    let mut times = Meter::default();
    while times.run(storage.tidy_search()).await? {}
    times.show("tidy_search");
    Ok(())
}

async fn searches(storage: &SqliteStorage, records: u128) -> anyhow::Result<()> {
    let middle = records / 2;
    let text = |text: &str| RecordFilter { text: Some(text.to_owned()), ..RecordFilter::default() };
    let object = sample::object_id(middle % OBJECTS);
    let filters = [
        ("no filter", RecordFilter::default()),
        ("12 characters of a user name", text(&format!("erson{middle}@nor"))),
        ("10 digits of an object id", text(&object[..12])),
        ("a whole object id", text(&object)),
        (
            "an object id as filter",
            RecordFilter { object_id: Some(object.clone()), ..RecordFilter::default() },
        ),
        ("a whole change id", text(&sample::change_id(middle).to_string())),
        ("no hit", text("qqqxyzzy")),
        ("a common word", text("schneider")),
        ("two common words", text("schneider anna")),
        ("a common word and failure", RecordFilter { statuses: vec![Status::Failure], ..text("schneider") }),
        (
            "a common word and three facets",
            RecordFilter {
                statuses: vec![Status::Failure],
                actions: vec![Action::Create],
                kind: Some(ObjectKind::Group),
                ..text("schneider")
            },
        ),
        ("failures", RecordFilter { statuses: vec![Status::Failure], ..RecordFilter::default() }),
        (
            "one cycle",
            RecordFilter { cycle: Some(sample::cycle_id(middle / 5000)), ..RecordFilter::default() },
        ),
        ("two characters", text("qz")),
    ];
    for (name, filter) in &filters {
        measure(&format!("search: {name}"), 20, || storage.records(filter, PageRequest::first(50))).await?;
    }
    for (name, filter) in &filters {
        measure(&format!("facets: {name}"), 5, || storage.record_facets(filter)).await?;
    }
    measure("record by change", 20, || storage.record_by_change(sample::change_id(middle))).await?;
    let week = Period {
        since: sample::time(0) - TimeDelta::hours(1),
        until: sample::time(0) + TimeDelta::weeks(1),
        slot: TimeDelta::hours(1),
        configuration: None,
    };
    measure("hours of a week", 20, || storage.operations_over_time(&week)).await?;
    measure("expire 1000", 1, || storage.expire_records(sample::time(1000), 1000)).await?;
    Ok(())
}

async fn measure<T, F: Future<Output = storage::Result<T>>>(
    name: &str,
    times: usize,
    mut run: impl FnMut() -> F,
) -> anyhow::Result<()> {
    let mut meter = Meter::default();
    for _ in 0..times {
        meter.run(run()).await?;
    }
    meter.show(name);
    Ok(())
}

/// Wall times, and the processor time of all threads where the system tells it.
#[derive(Default)]
struct Meter {
    times: Vec<Duration>,
    processor: Duration,
}

impl Meter {
    async fn run<T>(&mut self, work: impl Future<Output = storage::Result<T>>) -> anyhow::Result<T> {
        let (begun, spent) = (Instant::now(), processor_time());
        let result = work.await?;
        self.times.push(begun.elapsed());
        self.processor += processor_time().saturating_sub(spent);
        Ok(result)
    }

    fn show(mut self, name: &str) {
        if self.times.is_empty() {
            return;
        }
        self.times.sort_unstable();
        let runs = self.times.len();
        let wall: Duration = self.times.iter().sum();
        println!(
            "{name}: median {:.2} ms, slowest {:.2} ms, processor {:.2} ms each; {:.2} s in all",
            self.times[runs / 2].as_secs_f64() * 1000.0,
            self.times[runs - 1].as_secs_f64() * 1000.0,
            self.processor.as_secs_f64() * 1000.0 / runs as f64,
            wall.as_secs_f64(),
        );
    }
}

/// Linux only; zero elsewhere.
fn processor_time() -> Duration {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let nanoseconds = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanoseconds)
}
