//! What heartbeats cost: so many agents at an even pace through `Service::record_beat` and the grouped writes, on a real
//! database file, and what pages of them cost meanwhile.
//!
//! `cargo run --release -p service --example heartbeats -- [AGENTS, 100000] [SECONDS BETWEEN BEATS, 30] [SECONDS, 60]`

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::access::Principal;
use domain::agent::{Beat, BeatChannel, Reach};
use domain::configuration::SourceDomain;
use domain::enrolment::Enrolment;
use domain::{AgentId, Clock, DirectoryKind, DomainId, EnrolmentId, TargetSystem, Time};
use engine::{Connectors, EngineHandle, TargetContext};
use ports::{Source, SourceError, Target, TargetError};
use service::agents::AgentQuery;
use service::{PageRequest, Parts, Sealer, Service};
use storage::agent::NewAgent;
use storage::configuration::ConfigurationChange;
use storage::{Storage, audit::NewAudit};
use storage_sqlite::{OpenOptions, SqliteStorage};
use uuid::Uuid;

#[derive(Debug)]
struct WallClock(Instant, Time);

impl Clock for WallClock {
    fn now(&self) -> Time {
        self.1 + self.0.elapsed()
    }

    fn uuid(&self) -> Uuid {
        Uuid::from_u128(self.0.elapsed().as_nanos())
    }
}

#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Connectors for Nowhere {
    async fn source(&self, _: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        Err(SourceError::NoConnection)
    }

    async fn target(&self, _: &TargetSystem, _: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        Err(TargetError::system(&domain::catalogue::TARGET_UNREACHABLE, "nowhere"))
    }
}

fn agent_id(number: u64) -> AgentId {
    AgentId::new(Uuid::from_u128(u128::from(number) | (7 << 76) | (2 << 62)))
}

fn beat(at: Time, number: u64) -> Beat {
    Beat {
        at,
        version: "0.1.0".to_owned(),
        system: "Debian GNU/Linux 13".to_owned(),
        started_at: Time::UNIX_EPOCH,
        load_centicores: u32::try_from(number % 90).unwrap_or(0),
        memory_bytes: (30 << 20) + number,
        running: 0,
        domains: vec![Reach {
            domain: "corp.example".to_owned(),
            reachable: true,
            latency_ms: Some(u32::try_from(number % 20).unwrap_or(0)),
            error: None,
        }],
        readiness: None,
    }
}

/// CPU seconds of this process, user and system.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn argument(place: usize, otherwise: u64) -> u64 {
    std::env::args().nth(place).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (agents, every, seconds) = (argument(1, 100_000), argument(2, 30), argument(3, 60));
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("skybridge.db");
    let began = Time::from_timestamp(1_800_000_000, 0).ok_or("no time")?;
    let clock = Arc::new(WallClock(Instant::now(), began));
    // Enrolments are not what is measured: they go without a sync each.
    let unsynced =
        SqliteStorage::open(&path, OpenOptions { scratch: true, ..OpenOptions::default() }).await?;
    enrol(&unsynced, agents, began).await?;
    unsynced.close().await;
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&path, OpenOptions::default()).await?);
    let service = Service::new(Parts {
        storage: Arc::clone(&storage),
        connectors: Arc::new(Nowhere),
        engine: EngineHandle::default(),
        clock: clock.clone(),
        sealer: Sealer::with_key(&[7; 32]),
        checkpoints: None,
    })?;
    // The first beat of everybody writes more than figures: it is not what the pace is about.
    for number in 0..agents {
        service.record_beat(agent_id(number), BeatChannel::Main, beat(clock.now(), number), "192.0.2.7")?;
    }
    let first = Instant::now();
    service.write_beats().await?;
    println!("first beats of {agents} agents written in {:.1} s", first.elapsed().as_secs_f64());

    let keeper = tokio::spawn({
        let service = service.clone();
        async move { service.keep_agents().await }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (before, start) = (cpu(), Instant::now());
    let reader = tokio::spawn(pages(service.clone(), Duration::from_secs(seconds)));
    let (mut sent, mut slowest) = (0_u64, Duration::ZERO);
    while start.elapsed() < Duration::from_secs(seconds) {
        let due = (start.elapsed().as_secs_f64() * agents as f64 / every as f64) as u64;
        while sent < due {
            let number = sent.wrapping_mul(7919) % agents;
            let asked = Instant::now();
            service.record_beat(agent_id(number), BeatChannel::Main, beat(clock.now(), sent), "192.0.2.7")?;
            slowest = slowest.max(asked.elapsed());
            sent += 1;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (used, wall) = (cpu() - before, start.elapsed().as_secs_f64());
    let slowest_pages = reader.await??;
    keeper.abort();
    println!(
        "{sent} beats in {wall:.1} s ({:.0}/s): {used:.2} CPU s, {:.1} % of a core, {:.1} µs a beat; slowest beat {:.1} ms",
        sent as f64 / wall,
        100.0 * used / wall,
        1e6 * used / sent as f64,
        slowest.as_secs_f64() * 1e3,
    );
    println!("slowest pages meanwhile: {slowest_pages}");
    println!("database: {} MB", std::fs::metadata(&path)?.len() / 1_000_000);
    Ok(())
}

/// Agents as enrolment would leave them, without the price of their enrolments.
async fn enrol(storage: &dyn Storage, agents: u64, at: Time) -> Result<(), Box<dyn std::error::Error>> {
    let domain = SourceDomain {
        id: DomainId::new(Uuid::from_u128(1)),
        name: "corp.example".to_owned(),
        kind: DirectoryKind::ActiveDirectory,
        connection: None,
        created_at: at,
        updated_at: at,
    };
    let id = domain.id;
    storage.change_configuration(vec![ConfigurationChange::PutDomain(domain)]).await?;
    let audit = || NewAudit {
        at,
        actor: "bench".to_owned(),
        via: "system".to_owned(),
        from: None,
        activity: "agent.enroll".to_owned(),
        subject: "bench".to_owned(),
        reason: None,
        details: serde_json::Value::Null,
    };
    let mut began = Instant::now();
    for number in 0..agents {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        let enrolment = Enrolment {
            id: EnrolmentId::new(Uuid::from_u128(u128::from(number))),
            created_at: at,
            created_by: "bench".to_owned(),
            expires_at: at + Duration::from_hours(1),
            domains: Vec::new(),
            used_at: None,
            agent_id: None,
            withdrawn_at: None,
        };
        storage.add_enrolment(&enrolment, &hash, &[id], audit()).await?;
        let agent = NewAgent {
            id: agent_id(number),
            machine: format!("server{number:06}.corp.example"),
            public_key: hash,
            at,
            address: "192.0.2.7".to_owned(),
            protocol: 1,
        };
        storage.enrol(&hash, &agent, audit()).await?;
        if number % 10_000 == 9_999 {
            println!(
                "{} agents enrolled ({:.1} s for the last ten thousand)",
                number + 1,
                began.elapsed().as_secs_f64()
            );
            began = Instant::now();
        }
    }
    Ok(())
}

/// Asks for what a page of agents needs, once a second.
async fn pages(service: Service, span: Duration) -> Result<String, service::ServiceError> {
    let me = Principal::system();
    let start = Instant::now();
    let (mut list, mut summary, mut detail) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut round = 0;
    while start.elapsed() < span {
        let asked = Instant::now();
        service.agents(&me, &AgentQuery::default(), PageRequest::first(50)).await?;
        list = list.max(asked.elapsed());
        let asked = Instant::now();
        service.agent(&me, agent_id(round)).await?;
        detail = detail.max(asked.elapsed());
        if round % 10 == 0 {
            let asked = Instant::now();
            service.agent_summary(&me).await?;
            summary = summary.max(asked.elapsed());
        }
        round += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let ms = |span: Duration| span.as_secs_f64() * 1e3;
    Ok(format!("list {:.0} ms, agent {:.0} ms, summary {:.0} ms", ms(list), ms(detail), ms(summary)))
}
