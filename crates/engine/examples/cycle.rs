//! Cycles of one directory into the built-in directory, without the portal, for a profiler.
//!
//! `cargo run --release -p engine --example cycle -- DATABASE URL BIND_DN PASSWORD CYCLES...`, each cycle `full` or
//! `delta`, or `pause`, which waits for a line on standard input while the directory is changed; `unlogged` among them
//! leaves the provisioning log empty. For each cycle: wall and
//! processor time in all and an object, and the highest memory so far.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::SubsecRound as _;
use directory::{LdapSettings, LdapSource};
use domain::configuration::Plan;
use domain::cycle::Trigger;
use domain::{
    Clock, Configuration, ConfigurationId, Connection, CycleId, DirectoryKind, DomainId, SealedSecret,
    Secret, SourceDomain, TargetId, TargetSettings, TargetSystem, Time,
};
use engine::{Connectors, EngineHandle, TargetContext, Worker, WorkerOptions};
use ports::{Source, SourceError, Target, TargetError};
use storage::configuration::ConfigurationChange;
use storage::{ConfigurationStore as _, CycleStore as _, Storage};
use storage_sqlite::{OpenOptions, SqliteStorage};
use targets::builtin::BuiltInTarget;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug)]
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this program is its own composition root")]
    fn now(&self) -> Time {
        chrono::Utc::now().trunc_subsecs(6)
    }

    fn uuid(&self) -> Uuid {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let mut tail = [0_u8; 10];
        tail[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let millis = self.now().timestamp_millis().unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

#[derive(Debug)]
struct Wiring {
    source: LdapSource,
    storage: Arc<SqliteStorage>,
}

#[async_trait]
impl Connectors for Wiring {
    async fn source(&self, _: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(self.source.clone()))
    }

    async fn target(&self, _: &TargetSystem, context: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        let storage = Arc::clone(&self.storage) as _;
        Ok(Arc::new(BuiltInTarget::new(storage, Arc::new(SystemClock), context.configuration_id)))
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, url, bind_dn, password, cycles @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: cycle DATABASE URL BIND_DN PASSWORD full|delta|pause...")
    };
    let options = OpenOptions {
        without_records: cycles.iter().any(|word| word == "unlogged"),
        ..OpenOptions::default()
    };
    let storage = Arc::new(SqliteStorage::open(Path::new(database), options).await?);
    let settings = LdapSettings {
        bind_dn: bind_dn.clone(),
        bind_password: Secret::new(password),
        ..LdapSettings::new(url)
    };
    let wiring = Arc::new(Wiring { source: LdapSource::new(settings)?, storage: Arc::clone(&storage) });
    let configuration = configure(&storage).await?;
    for cycle in cycles {
        if cycle == "unlogged" {
            continue;
        }
        if cycle == "pause" {
            std::io::stdin().read_line(&mut String::new())?;
            continue;
        }
        run(&storage, &wiring, configuration, cycle).await?;
    }
    storage.close().await;
    Ok(())
}

async fn run(
    storage: &Arc<SqliteStorage>,
    wiring: &Arc<Wiring>,
    configuration: ConfigurationId,
    cycle: &str,
) -> anyhow::Result<()> {
    if cycle == "full" {
        let ask = |state: &mut domain::status::ConfigurationState| {
            state.memory.full_requested = Some("asked".into());
        };
        storage.change_configuration_state(configuration, Box::new(ask)).await?;
    }
    let (begun, spent) = (Instant::now(), processor_time()?);
    let id = CycleId::new(SystemClock.uuid());
    storage.enqueue_cycle(id, configuration, SystemClock.now(), Trigger::Manual).await?;
    let handle = EngineHandle::default();
    let mut hints = handle.hints();
    let options = WorkerOptions {
        owner: "example".to_owned(),
        concurrency: 1,
        lease: Duration::from_mins(1),
        exclusive: true,
    };
    let shutdown = CancellationToken::new();
    let worker = Worker::new(
        Arc::clone(storage) as Arc<dyn Storage>,
        Arc::clone(wiring) as _,
        Arc::new(SystemClock),
        handle,
        options,
    );
    let worker = tokio::spawn(worker.run(shutdown.clone()));
    let ended = loop {
        drop(hints.recv().await);
        let cycle = storage.cycle(id).await?.context("the cycle is gone")?;
        if cycle.state.is_finished() {
            break cycle;
        }
    };
    shutdown.cancel();
    worker.await?;
    storage.drop_queued_cycles(configuration).await?;
    let (wall, processor) = (begun.elapsed(), processor_time()?.saturating_sub(spent));
    let objects = ended.counts.imported.max(1);
    println!(
        "{cycle}: {:?} {} objects, {} changes, {:.3} s, processor {:.3} s, {:.1} us an object, {} MiB",
        ended.state,
        ended.counts.imported,
        ended.counts.changes(),
        wall.as_secs_f64(),
        processor.as_secs_f64(),
        processor.as_secs_f64() * 1e6 / objects as f64,
        peak_mib()?,
    );
    if let Some(problem) = ended.problem {
        println!("    {problem:?}");
    }
    Ok(())
}

async fn configure(storage: &SqliteStorage) -> anyhow::Result<ConfigurationId> {
    let now = SystemClock.now();
    let domain = SourceDomain {
        id: DomainId::new(SystemClock.uuid()),
        name: "source".to_owned(),
        kind: DirectoryKind::Auto,
        connection: Some(Connection {
            url: "ldap://127.0.0.1".to_owned(),
            start_tls: false,
            allow_plaintext: false,
            bind_dn: String::new(),
            bind_password: SealedSecret(String::new()),
            ca_pem: None,
            base_dn: None,
        }),
        created_at: now,
        updated_at: now,
    };
    let target = TargetSystem {
        id: TargetId::new(SystemClock.uuid()),
        name: "directory".to_owned(),
        settings: TargetSettings::BuiltIn,
        created_at: now,
        updated_at: now,
    };
    let configuration = Configuration {
        id: ConfigurationId::new(SystemClock.uuid()),
        name: "source to directory".to_owned(),
        domain_id: domain.id,
        target_id: target.id,
        plan: Plan { enabled: true, ..Plan::default() },
        created_at: now,
        updated_at: now,
    };
    let id = configuration.id;
    storage
        .change_configuration(vec![
            ConfigurationChange::PutDomain(domain),
            ConfigurationChange::PutTarget(target),
            ConfigurationChange::PutConfiguration(configuration),
        ])
        .await?;
    storage.drop_queued_cycles(id).await?;
    Ok(id)
}

/// User and system time of the process (proc(5), fields 14 and 15, in hundredths of a second) so far.
fn processor_time() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = text.rsplit_once(") ").context("no fields")?;
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn peak_mib() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}
