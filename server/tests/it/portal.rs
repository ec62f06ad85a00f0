//! A server on loopback with a domain that only its agents reach, agents with sockets, and a sample forest.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent::{DomainSettings, Keys, Settings};
use channel::enrolment::{EnrolmentRequest, Machine};
use channel::key::AgentKey;
use directory::{LdapSettings, LdapSource};
use domain::access::Principal;
use domain::document::Document;
use domain::{Clock, Cycle, CycleId, DirectoryKind, ObjectKind, Secret};
use engine::{EngineHandle, Worker, WorkerOptions};
use lab::{Forest, ForestOptions};
use ports::{ReadRequest, Source as _};
use serde_json::json;
use server::agents::Hub;
use server::http::{Edge, EdgeOptions, router};
use server::serve::clock::SystemClock;
use server::serve::connectors::Wiring;
use server::tls::{Identity, Shown, TlsListener, TlsPeer};
use service::agents::{AgentSetup, NewEnrolment};
use service::{Parts, Sealer, Service};
use storage::Storage;
use storage_sqlite::{OpenOptions, SqliteStorage};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const DOMAIN: &str = "lab01.local";
pub const CONFIGURATION: &str = "lab01 to directory";

/// A server, and a forest that it has no connection to.
pub struct Portal {
    pub service: Service,
    pub hub: Hub,
    pub address: SocketAddr,
    /// What its port shows, if it speaks TLS.
    pub shown: Option<Shown>,
    pub forest: Forest,
    /// Until the first cycle is asked for.
    worker: Mutex<Option<Worker>>,
    pub stop: CancellationToken,
    pub folder: TempDir,
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Portal {
    pub async fn start(people: u32) -> Self {
        Self::start_with(people, None).await
    }

    /// With an identity it speaks TLS.
    pub async fn start_with(people: u32, identity: Option<&Identity>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let options = ForestOptions { people, ..ForestOptions::new(DOMAIN, clock.now()) };
        let forest = Forest::start(options).await.expect("a forest");
        let path = folder.path().join("skybridge.db");
        let sqlite = SqliteStorage::open(path, OpenOptions::default()).await.expect("database");
        let storage: Arc<dyn Storage> = Arc::new(sqlite);
        let (hub, engine, sealer) = (Hub::default(), EngineHandle::default(), Sealer::with_key(&[7; 32]));
        let wiring = Wiring::new(Arc::clone(&storage), Arc::clone(&clock), sealer.clone(), hub.clone());
        let wiring = Arc::new(wiring);
        let service = Service::new(Parts {
            storage: Arc::clone(&storage),
            connectors: wiring.clone(),
            engine: engine.clone(),
            clock: Arc::clone(&clock),
            sealer,
            checkpoints: None,
        })
        .expect("service");
        service.attach_connections(Arc::new(hub.clone()));
        let stop = CancellationToken::new();
        let fingerprint = identity.map(|identity| identity.fingerprint);
        service.set_up_agents(AgentSetup { fingerprint, ..AgentSetup::default() });
        let options =
            EdgeOptions { agents: hub.clone(), https: identity.is_some(), ..EdgeOptions::default() };
        let edge = Edge::new(service.clone(), Arc::clone(&storage), options, stop.clone());
        let listener = TcpListener::bind("127.0.0.22:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = router(edge);
        let shown = match identity {
            None => {
                let app = app.into_make_service_with_connect_info::<SocketAddr>();
                tokio::spawn(axum::serve(listener, app).into_future());
                None
            }
            Some(identity) => {
                let listener = TlsListener::new(listener, identity).expect("listens");
                let shown = listener.shown();
                let app = app.into_make_service_with_connect_info::<TlsPeer>();
                tokio::spawn(axum::serve(listener, app).into_future());
                Some(shown)
            }
        };
        let options = WorkerOptions {
            owner: "test".into(),
            concurrency: 2,
            lease: Duration::from_mins(1),
            exclusive: true,
        };
        let worker = Mutex::new(Some(Worker::new(storage, wiring, clock, engine, options)));
        let portal = Self { service, hub, address, shown, forest, worker, stop, folder };
        portal.configure().await;
        portal
    }

    pub fn url(&self) -> String {
        let scheme = if self.shown.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    async fn configure(&self) {
        let document: Document = serde_json::from_value(json!({
            "domains": [{ "name": DOMAIN, "kind": "activeDirectory" }],
            "targets": [{ "name": "directory", "kind": "builtIn" }],
            "configurations": [{
                "name": CONFIGURATION, "domain": DOMAIN, "target": "directory", "enabled": true,
            }],
        }))
        .expect("a document");
        self.service.apply(&Principal::system(), &document, false).await.expect("applied");
    }

    /// A one-time token.
    pub async fn token(&self) -> Secret {
        let wanted = NewEnrolment { domains: vec![DOMAIN.to_owned()], minutes: None };
        let (_, token) = self.service.create_enrolment(&Principal::system(), &wanted).await.expect("a token");
        token
    }

    /// How an agent reaches the forest.
    pub fn domain(&self) -> DomainSettings {
        DomainSettings {
            url: self.forest.url(),
            start_tls: false,
            allow_plaintext: false,
            bind_dn: self.forest.bind_dn().to_owned(),
            bind_password: Secret::new(self.forest.bind_password()),
            ca_file: None,
            base_dn: None,
            kind: DirectoryKind::Auto,
        }
    }

    /// Enrols an agent as its command would, and gives what its file would hold.
    pub async fn enrol(&self, name: &str) -> Settings {
        let token = self.token().await.expose().parse().expect("a token");
        let (key, stored) = AgentKey::generate().expect("a key");
        let machine = Machine { name: name.into(), system: "test".into(), version: "0".into(), protocol: 1 };
        let request = EnrolmentRequest::new(&key, &token, machine, self.service.now().timestamp());
        let answer = self.service.enrol_agent(&request, "127.0.0.22").await.expect("enrolled");
        let settings = Settings {
            path: self.folder.path().join(name).join("agent.toml"),
            server: self.url(),
            agent: answer.agent_id,
            ca_file: None,
            pinned: None,
            proxy: None,
            status: None,
            keys: Keys::new(stored),
            domains: BTreeMap::from([(DOMAIN.to_owned(), self.domain())]),
        };
        settings.save().expect("writes");
        settings
    }

    /// Runs an agent; aborting it is as if it were killed.
    pub fn run(settings: Settings) -> JoinHandle<()> {
        tokio::spawn(async move { agent::run(settings, CancellationToken::new()).await.expect("settings") })
    }

    /// Waits until so many agents can be given work.
    pub async fn ready(&self, agents: usize) {
        while self.hub.ready(DOMAIN) != agents {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn begin(&self) -> CycleId {
        let id = self.service.run(&Principal::system(), CONFIGURATION, true).await.expect("a cycle");
        if let Some(worker) = self.worker.lock().expect("a worker").take() {
            tokio::spawn(worker.run(self.stop.clone()));
        }
        id
    }

    /// The cycle when this is true of it.
    pub async fn when(&self, id: CycleId, is_so: impl Fn(&Cycle) -> bool) -> Cycle {
        loop {
            let cycle = self.service.cycle(&Principal::system(), id).await.expect("the cycle");
            if is_so(&cycle) {
                return cycle;
            }
            assert!(!cycle.state.is_finished(), "{cycle:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Runs a full cycle to its end.
    pub async fn cycle(&self) -> Cycle {
        let id = self.begin().await;
        self.when(id, |cycle| cycle.state.is_finished()).await
    }

    /// What is in the forest, read without an agent.
    pub async fn people_in_forest(&self) -> usize {
        let settings = LdapSettings {
            bind_dn: self.forest.bind_dn().to_owned(),
            bind_password: Secret::new(self.forest.bind_password()),
            ..LdapSettings::new(self.forest.url())
        };
        let source = LdapSource::new(settings).expect("settings");
        let request =
            ReadRequest { kind: ObjectKind::User, bases: Vec::new(), attributes: Vec::new(), page_size: 500 };
        let mut pages = source.read(request).await.expect("a reading");
        let mut count = 0;
        while let Some(page) = pages.next_page().await.expect("a page") {
            count += page.entries.len();
        }
        count
    }
}

/// A way to a forest on which answers are held back after so many octets, until they are let go.
pub struct HeldBack {
    pub url: String,
    /// Told when answers are held.
    pub held: Arc<Notify>,
    go: watch::Sender<bool>,
}

impl HeldBack {
    pub async fn from(forest: &str, octets: usize) -> Self {
        let far = forest.trim_start_matches("ldap://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.22:0").await.expect("a port");
        let url = format!("ldap://{}", listener.local_addr().expect("an address"));
        let (held, (go, gate)) = (Arc::new(Notify::new()), watch::channel(false));
        let (left, at_the_end) = (Arc::new(AtomicUsize::new(octets)), Arc::clone(&held));
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.expect("a connection");
                let far = TcpStream::connect(&far).await.expect("the forest");
                tokio::spawn(answer(near, far, Arc::clone(&left), Arc::clone(&at_the_end), gate.clone()));
            }
        });
        Self { url, held, go }
    }

    pub fn let_go(&self) {
        self.go.send(true).expect("somebody waits");
    }
}

/// Passes questions on, and answers while there is something left; then nothing comes until the gate opens.
async fn answer(
    near: TcpStream,
    far: TcpStream,
    left: Arc<AtomicUsize>,
    held: Arc<Notify>,
    mut gate: watch::Receiver<bool>,
) {
    let ((mut questions, mut answers), (mut replies, mut asked)) = (near.into_split(), far.into_split());
    let asking = tokio::spawn(async move { tokio::io::copy(&mut questions, &mut asked).await });
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(size @ 1..) = replies.read(&mut buffer).await {
        let taken = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(size));
        if taken.is_err() {
            held.notify_one();
            if gate.wait_for(|open| *open).await.is_err() {
                break;
            }
        }
        if answers.write_all(&buffer[..size]).await.is_err() {
            break;
        }
    }
    asking.await.expect("ends").ok();
}
