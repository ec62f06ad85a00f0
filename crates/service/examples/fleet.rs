//! Ten thousand agents in one process: each holds a WebSocket of its own to a real server and beats. `benches/fleet.py`
//! starts the server and measures it.
//!
//! `fleet seed DATABASE KEYS COUNT` puts agents into a stopped server's database, as enrolments leave them (the brake
//! on enrolling would make ten thousand take hours), with a domain of their own, and their keys into a file.
//! `fleet hold ADDRESS KEYS SECONDS` connects them all, each beating once in so many seconds, and comes back after a
//! lost connection with the waits of `skybridge-agent`; prints how they are ten times a second.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel::frame::{COMMON, cut};
use channel::key::AgentKey;
use channel::message::{PATH, PROTOCOL, PROTOCOL_HEADER, ToPortal};
use channel::signature::{self, Request as Signed};
use domain::agent::{Beat, Reach};
use domain::configuration::SourceDomain;
use domain::enrolment::Enrolment;
use domain::{AgentId, DirectoryKind, DomainId, EnrolmentId, Time};
use futures::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use storage::agent::NewAgent;
use storage::audit::NewAudit;
use storage::configuration::ConfigurationChange;
use storage::{AgentStore as _, ConfigurationStore as _};
use storage_sqlite::{OpenOptions, SqliteStorage};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::{Request, generate_key};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use uuid::Uuid;

const DOMAIN: &str = "fleet.example";
/// The first wait of `skybridge-agent` after a lost connection, which doubles, and the longest one.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How long opening the channel may take, as there.
const OPENING: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["seed", database, keys, count] => seed(database, keys, count.parse()?).await,
        ["hold", address, keys, seconds] => hold(address, keys, seconds.parse()?).await,
        _ => Err("usage: fleet seed DATABASE KEYS COUNT | fleet hold HOST:PORT KEYS SECONDS".into()),
    }
}

fn now() -> Time {
    Time::from(SystemTime::now())
}

async fn seed(database: &str, keys: &str, count: u64) -> Result<(), Box<dyn Error>> {
    // Without a sync each: enrolments are not what is measured.
    let storage =
        SqliteStorage::open(database, OpenOptions { scratch: true, ..OpenOptions::default() }).await?;
    let at = now();
    let domain = SourceDomain {
        id: DomainId::new(Uuid::from_u128(0xf1ee7)),
        name: DOMAIN.to_owned(),
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
    let mut file = String::new();
    for number in 0..count {
        let (key, stored) = AgentKey::generate()?;
        let agent = AgentId::new(Uuid::from_u128(u128::from(number) | (7 << 76) | (2 << 62)));
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
        let new = NewAgent {
            id: agent,
            machine: format!("server{number:06}.{DOMAIN}"),
            public_key: key.public(),
            at,
            address: "127.0.0.1".to_owned(),
            protocol: PROTOCOL,
        };
        storage.enrol(&hash, &new, audit()).await?;
        writeln!(file, "{agent} {}", STANDARD.encode(stored))?;
    }
    storage.close().await;
    std::fs::write(keys, file)?;
    println!("{count} agents");
    Ok(())
}

/// How they all are.
#[derive(Debug, Default)]
struct Counts {
    connected: AtomicU64,
    beats: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
}

async fn hold(address: &str, keys: &str, seconds: u64) -> Result<(), Box<dyn Error>> {
    let counts = Arc::new(Counts::default());
    let address: Arc<str> = address.into();
    for line in std::fs::read_to_string(keys)?.lines() {
        let (agent, key) = line.split_once(' ').ok_or("a line without a key")?;
        let agent = Simulated {
            id: agent.parse()?,
            key: AgentKey::from_stored(&STANDARD.decode(key)?)?,
            address: Arc::clone(&address),
            every: Duration::from_secs(seconds),
            counts: Arc::clone(&counts),
        };
        tokio::spawn(agent.live());
    }
    let start = Instant::now();
    loop {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        println!(
            "{:.1} {} {} {} {}",
            start.elapsed().as_secs_f64(),
            read(&counts.connected),
            read(&counts.beats),
            read(&counts.failed),
            read(&counts.refused),
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Simulated {
    id: AgentId,
    key: AgentKey,
    address: Arc<str>,
    every: Duration,
    counts: Arc<Counts>,
}

impl Simulated {
    /// One session after the other.
    async fn live(self) {
        let mut wait = SHORTEST_WAIT;
        loop {
            let began = Instant::now();
            match self.session().await {
                Ok(()) => {}
                Err(error) => {
                    let counter = match error.downcast_ref::<tokio_tungstenite::tungstenite::Error>() {
                        Some(tokio_tungstenite::tungstenite::Error::Http(_)) => &self.counts.refused,
                        _ => &self.counts.failed,
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            }
            if began.elapsed() > LONGEST_WAIT {
                wait = SHORTEST_WAIT;
            }
            let share = rand::rng().random_range(0.5..1.0);
            tokio::time::sleep(wait.mul_f64(share)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn session(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let opening = async {
            let tcp = TcpStream::connect(&*self.address).await?;
            tcp.set_nodelay(true)?;
            let at = now();
            let counter = u64::try_from(at.timestamp_micros()).unwrap_or(1);
            let mut request = Request::get(format!("ws://{}{PATH}", self.address))
                .header("host", &*self.address)
                .header("connection", "Upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", generate_key())
                .header(PROTOCOL_HEADER, PROTOCOL.to_string());
            let signed = Signed { method: "GET", path: PATH, body: b"" };
            for (name, value) in signature::sign(&self.key, self.id, &signed, at.timestamp(), counter) {
                request = request.header(name, value);
            }
            // Small buffers: this is one process with all of them.
            let limits = WebSocketConfig::default().read_buffer_size(2048).write_buffer_size(0);
            let (socket, _) = client_async_with_config(request.body(())?, tcp, Some(limits)).await?;
            Ok::<_, Box<dyn Error + Send + Sync>>(socket)
        };
        let mut socket = tokio::time::timeout(OPENING, opening).await??;
        // The first word: only then is an agent connected.
        if !matches!(tokio::time::timeout(OPENING, socket.next()).await?, Some(Ok(Message::Binary(_)))) {
            return Err("it was closed before the first word".into());
        }
        self.counts.connected.fetch_add(1, Ordering::Relaxed);
        let ended = self.beat(&mut socket).await;
        self.counts.connected.fetch_sub(1, Ordering::Relaxed);
        ended
    }

    async fn beat(
        &self,
        socket: &mut tokio_tungstenite::WebSocketStream<TcpStream>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let started_at = now();
        // The first beat comes at once, as from a real agent.
        let mut beats = tokio::time::interval(self.every);
        loop {
            tokio::select! {
                _ = beats.tick() => {
                    for frame in cut(COMMON, &ToPortal::Beat(beat(now(), started_at)).encode(), &mut Vec::new()) {
                        socket.send(Message::Binary(frame.into())).await?;
                    }
                    self.counts.beats.fetch_add(1, Ordering::Relaxed);
                }
                message = socket.next() => match message {
                    None | Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(Err(error)) => return Err(error.into()),
                    Some(Ok(_)) => {}
                }
            }
        }
    }
}

fn beat(at: Time, started_at: Time) -> Beat {
    Beat {
        at,
        version: "0.1.0".to_owned(),
        system: "Debian GNU/Linux 13".to_owned(),
        started_at,
        load_centicores: 1,
        memory_bytes: 30 << 20,
        running: 0,
        domains: vec![Reach { domain: DOMAIN.to_owned(), reachable: true, latency_ms: Some(2), error: None }],
        readiness: None,
    }
}
