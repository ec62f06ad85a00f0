//! Domains that only their agents reach: a real server on loopback, agents with sockets, a sample forest.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent::{DomainSettings, Settings};
use channel::enrolment::{EnrolmentRequest, Machine};
use channel::key::AgentKey;
use directory::{LdapSettings, LdapSource};
use domain::access::Principal;
use domain::cycle::CycleState;
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
use service::agents::NewEnrolment;
use service::{Parts, Sealer, Service};
use storage::Storage;
use storage_sqlite::{OpenOptions, SqliteStorage};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const DOMAIN: &str = "lab01.local";
const CONFIGURATION: &str = "lab01 to directory";

/// A server, and a forest that it has no connection to.
struct Portal {
    service: Service,
    hub: Hub,
    address: SocketAddr,
    forest: Forest,
    /// Until the first cycle is asked for.
    worker: Mutex<Option<Worker>>,
    stop: CancellationToken,
    folder: TempDir,
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Portal {
    async fn start(people: u32) -> Self {
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
        let options = EdgeOptions { agents: hub.clone(), ..EdgeOptions::default() };
        let edge = Edge::new(service.clone(), Arc::clone(&storage), options, stop.clone());
        let listener = TcpListener::bind("127.0.0.22:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let app = router(edge).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener, app).into_future());
        let options = WorkerOptions {
            owner: "test".into(),
            concurrency: 2,
            lease: Duration::from_mins(1),
            exclusive: true,
        };
        let worker = Mutex::new(Some(Worker::new(storage, wiring, clock, engine, options)));
        let portal = Self { service, hub, address, forest, worker, stop, folder };
        portal.configure().await;
        portal
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

    /// Enrols an agent as its command would, and gives what its file would hold.
    async fn enrol(&self, name: &str) -> Settings {
        let wanted = NewEnrolment { domains: vec![DOMAIN.to_owned()], minutes: None };
        let (_, token) = self.service.create_enrolment(&Principal::system(), &wanted).await.expect("a token");
        let token = token.expose().parse().expect("a token");
        let (key, stored) = AgentKey::generate().expect("a key");
        let machine = Machine { name: name.into(), system: "test".into(), version: "0".into(), protocol: 1 };
        let request = EnrolmentRequest::new(&key, &token, machine, self.service.now().timestamp());
        let answer = self.service.enrol_agent(&request, "127.0.0.22").await.expect("enrolled");
        let domain = DomainSettings {
            url: self.forest.url(),
            start_tls: false,
            allow_plaintext: false,
            bind_dn: self.forest.bind_dn().to_owned(),
            bind_password: Secret::new(self.forest.bind_password()),
            ca_file: None,
            base_dn: None,
            kind: DirectoryKind::Auto,
        };
        let settings = Settings {
            path: self.folder.path().join(name).join("agent.toml"),
            server: format!("http://{}", self.address),
            agent: answer.agent_id,
            ca_file: None,
            pinned: None,
            proxy: None,
            status: None,
            key: stored,
            domains: BTreeMap::from([(DOMAIN.to_owned(), domain)]),
        };
        settings.save().expect("writes");
        settings
    }

    /// Runs an agent; aborting it is as if it were killed.
    fn run(settings: Settings) -> JoinHandle<()> {
        tokio::spawn(async move { agent::run(settings, CancellationToken::new()).await.expect("settings") })
    }

    /// Waits until so many agents can be given work.
    async fn ready(&self, agents: usize) {
        while self.hub.ready(DOMAIN) != agents {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn begin(&self) -> CycleId {
        let id = self.service.run(&Principal::system(), CONFIGURATION, true).await.expect("a cycle");
        if let Some(worker) = self.worker.lock().expect("a worker").take() {
            tokio::spawn(worker.run(self.stop.clone()));
        }
        id
    }

    /// The cycle when this is true of it.
    async fn when(&self, id: CycleId, is_so: impl Fn(&Cycle) -> bool) -> Cycle {
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
    async fn cycle(&self) -> Cycle {
        let id = self.begin().await;
        self.when(id, |cycle| cycle.state.is_finished()).await
    }

    /// What is in the forest, read without an agent.
    async fn people_in_forest(&self) -> usize {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_forest_that_only_its_agent_reaches_synchronises() {
    let portal = Portal::start(120).await;
    let agent = Portal::run(portal.enrol("agent1").await);
    portal.ready(1).await;
    let first = portal.cycle().await;
    assert_eq!(first.state, CycleState::Succeeded, "{first:?}");
    assert!(first.counts.created >= 120, "{first:?}");
    let second = portal.cycle().await;
    assert_eq!((second.counts.created, second.counts.updated, second.counts.deleted), (0, 0, 0));
    assert_eq!(second.counts.imported, first.counts.imported);
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_dies_in_the_middle_of_a_cycle_is_replaced_and_nothing_is_missed() {
    let portal = Portal::start(4_000).await;
    let worker = Portal::run(portal.enrol("agent1").await);
    portal.ready(1).await;
    let id = portal.begin().await;
    portal.when(id, |cycle| cycle.counts.imported > 0).await;
    let other = Portal::run(portal.enrol("agent2").await);
    portal.ready(2).await;
    worker.abort();
    let cycle = portal.when(id, |cycle| cycle.state.is_finished()).await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    assert!(cycle.notes.iter().any(|note| note.contains("agent1") && note.contains("agent2")), "{cycle:?}");
    let counts = portal.service.directory_counts(&Principal::system()).await.expect("counts");
    // Active Directory's own accounts are out of every default scope.
    let people = u64::try_from(portal.people_in_forest().await).expect("a count");
    assert!(counts.users >= 4_000 && counts.users <= people, "{counts:?} of {people}");
    let again = portal.cycle().await;
    assert_eq!((again.counts.created, again.counts.updated, again.counts.deleted), (0, 0, 0), "{again:?}");
    assert_eq!(again.counts.imported, cycle.counts.imported);
    other.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_agent_the_cycle_says_so_and_works_when_one_comes() {
    let portal = Portal::start(110).await;
    let waiting = portal.cycle().await;
    assert_eq!(waiting.state, CycleState::Failed);
    let error = format!("{waiting:?}");
    assert!(error.contains("none of its agents is connected"), "{error}");
    let settings = portal.enrol("agent1").await;
    let id = portal.begin().await;
    // It comes while the cycle waits for it.
    let agent = Portal::run(settings);
    let cycle = portal.when(id, |cycle| cycle.state.is_finished()).await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_agent_is_cut_off_at_once_and_does_not_come_back() {
    let portal = Portal::start(110).await;
    let settings = portal.enrol("agent1").await;
    let id = settings.agent;
    let agent = Portal::run(settings);
    portal.ready(1).await;
    portal.service.retire_agent(&Principal::system(), id).await.expect("retired");
    portal.ready(0).await;
    let failed = portal.cycle().await;
    assert_eq!(failed.state, CycleState::Failed);
    assert_eq!(portal.hub.count(), 0);
    agent.abort();
}
