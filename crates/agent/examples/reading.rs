//! What a full reading through an agent costs beside the same reading direct: CPU seconds, both processes counted.
//!
//! The agent is a process of its own that holds a WebSocket to this one on loopback, as to a portal; this one reads
//! through `RemoteSource`, as the engine does, with the library that the portal's sockets are made of.
//!
//! `cargo run --release -p agent --example reading -- ldap://127.0.0.1:3389 cn=admin,dc=example,dc=org secret [ROUNDS, 5]`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use agent::{DomainSettings, Keys, Settings};
use async_trait::async_trait;
use channel::frame::LARGEST_FRAME;
use channel::key::AgentKey;
use channel::link::{Link, LinkFrames, Reception};
use channel::message::Welcome;
use channel::remote::{RemoteSource, Route, Routes};
use directory::LdapSource;
use domain::agent::Patience;
use domain::{AgentId, DirectoryKind, ObjectKind, Secret, Time};
use futures::{SinkExt as _, StreamExt as _};
use mimalloc::MiMalloc;
use ports::{ReadRequest, Source, SourceError};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const DOMAIN: &str = "bench";
/// Entries a page, as the engine asks.
const PAGE_SIZE: u32 = 500;

/// One connection is all there is.
struct Only(Route);

#[async_trait]
impl Routes for Only {
    async fn choose(&self, tried: &[AgentId]) -> Result<Route, SourceError> {
        if tried.is_empty() { Ok(self.0.clone()) } else { Err(SourceError::NoConnection) }
    }

    fn out_of_reach(&self, _: AgentId, error: &SourceError) {
        eprintln!("the agent does not reach the directory: {error}");
    }
}

/// What was read, and what it took.
#[derive(Debug, Default, Clone, Copy)]
struct Taken {
    entries: usize,
    bytes: usize,
    wall: f64,
    cpu: f64,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--agent", path] => {
            agent::memory::settle();
            agent::run(Settings::load(Path::new(path))?, CancellationToken::new()).await?;
            Ok(())
        }
        [url, bind_dn, password] => compare(url, bind_dn, password, 5).await,
        [url, bind_dn, password, rounds] => compare(url, bind_dn, password, rounds.parse()?).await,
        _ => Err("usage: reading URL BIND_DN PASSWORD [ROUNDS]".into()),
    }
}

/// The most memory that a process ever had, in bytes (`proc_pid_status(5)`, `VmHWM`).
fn peak_memory(process: u32) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

async fn compare(url: &str, bind_dn: &str, password: &str, rounds: u32) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let settings = DomainSettings {
        url: url.to_owned(),
        start_tls: false,
        allow_plaintext: true,
        bind_dn: bind_dn.to_owned(),
        bind_password: Secret::new(password),
        ca_file: None,
        base_dn: None,
        kind: DirectoryKind::Auto,
    };
    let direct = LdapSource::new(settings.ldap()?)?;
    let (mut agent, remote) = start_agent(folder.path(), settings).await?;
    let child = agent.id().ok_or("the agent ended")?;
    let own = std::process::id();
    // Both once for nothing: connections, allocators, the directory's own caches.
    read(&direct, &[own]).await?;
    read(&remote, &[own, child]).await?;
    let (mut straight, mut through) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        straight.push(read(&direct, &[own]).await?);
        through.push(read(&remote, &[own, child]).await?);
    }
    let peak = peak_memory(child)?;
    agent.kill().await?;
    let (straight, through) = (middle(straight), middle(through));
    for (name, taken) in [("direct", straight), ("through an agent", through)] {
        println!(
            "{name:<18} {} entries, {:.1} MB of names and values: {:.3} s wall, {:.4} s CPU, {:.2} us an entry",
            taken.entries,
            taken.bytes as f64 / 1e6,
            taken.wall,
            taken.cpu,
            taken.cpu * 1e6 / taken.entries.max(1) as f64,
        );
    }
    println!("ratio {:.3}", through.cpu / straight.cpu);
    println!("agent's memory at most {:.1} MB", peak as f64 / 1e6);
    if straight.entries != through.entries || straight.bytes != through.bytes {
        return Err("both did not read the same".into());
    }
    Ok(())
}

/// An agent in a process of its own, and the source behind it.
async fn start_agent(folder: &Path, domain: DomainSettings) -> Result<(Child, RemoteSource), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (_, key) = AgentKey::generate()?;
    let path = folder.join("agent.toml");
    let id = AgentId::new(uuid::Uuid::from_u128(7));
    let settings = Settings {
        path: path.clone(),
        server: format!("http://{}", listener.local_addr()?),
        agent: id,
        ca_file: None,
        pinned: None,
        proxy: None,
        status: None,
        keys: Keys::new(key),
        domains: BTreeMap::from([(DOMAIN.to_owned(), domain)]),
    };
    settings.save()?;
    let agent = Command::new(std::env::current_exe()?)
        .arg("--agent")
        .arg(&path)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (tcp, _) = listener.accept().await?;
    tcp.set_nodelay(true)?;
    let limits = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_FRAME))
        .max_frame_size(Some(LARGEST_FRAME))
        .read_buffer_size(16 * 1024); // as the server has it
    let socket = tokio_tungstenite::accept_async_with_config(tcp, Some(limits)).await?;
    let (link, reception, frames) = Link::new();
    link.welcome(Welcome {
        domains: vec![DOMAIN.to_owned()],
        server_time: Time::UNIX_EPOCH,
        patience: Patience::default(),
        status_port: None,
    });
    tokio::spawn(serve(socket, reception, frames));
    let route = Route { agent: id, name: "agent".to_owned(), link };
    Ok((agent, RemoteSource::new(DOMAIN, Arc::new(Only(route)))))
}

/// The portal's end of the socket.
async fn serve(
    socket: WebSocketStream<tokio::net::TcpStream>,
    mut reception: Reception,
    mut frames: LinkFrames,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (mut sink, mut stream) = socket.split();
    tokio::spawn(async move {
        while let Some(frame) = frames.recv().await {
            if sink.send(Message::Binary(frame.into())).await.is_err() {
                return;
            }
        }
    });
    while let Some(message) = stream.next().await {
        if let Message::Binary(frame) = message? {
            reception.take(&frame)?;
        }
    }
    Ok(())
}

/// Reads every user and group with all attributes.
async fn read(source: &dyn Source, processes: &[u32]) -> Result<Taken, Box<dyn Error>> {
    let (start, before) = (Instant::now(), cpu(processes));
    let mut taken = Taken::default();
    for kind in [ObjectKind::User, ObjectKind::Group] {
        let request =
            ReadRequest { kind, bases: Vec::new(), attributes: vec!["*".to_owned()], page_size: PAGE_SIZE };
        let mut pages = source.read(request).await?;
        while let Some(page) = pages.next_page().await? {
            taken.entries += page.entries.len();
            for attribute in page.entries.iter().flat_map(|entry| &entry.entry.attributes) {
                taken.bytes += attribute.name.len() + attribute.values.iter().map(Vec::len).sum::<usize>();
            }
        }
    }
    taken.wall = start.elapsed().as_secs_f64();
    taken.cpu = cpu(processes) - before;
    Ok(taken)
}

/// CPU seconds of processes so far: the scheduler's nanoseconds of their threads, none of which end here.
fn cpu(processes: &[u32]) -> f64 {
    let threads = processes.iter().filter_map(|id| fs::read_dir(format!("/proc/{id}/task")).ok()).flatten();
    let times = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    times.sum::<u64>() as f64 / 1e9
}

fn middle(mut rounds: Vec<Taken>) -> Taken {
    rounds.sort_by(|one, other| one.cpu.total_cmp(&other.cpu));
    rounds.get(rounds.len() / 2).copied().unwrap_or_default()
}
