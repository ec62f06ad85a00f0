//! A forest, a store, the built-in directory and a worker that runs one cycle when asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use directory::{LdapSettings, LdapSource};
use domain::configuration::Plan;
use domain::cycle::Trigger;
use domain::status::ConfigurationState;
use domain::{
    Clock, Configuration, ConfigurationId, Connection, Cycle, CycleId, DirectoryKind, DomainId, ObjectKind,
    SealedSecret, Secret, SourceDomain, TargetId, TargetSettings, TargetSystem, Time,
};
use engine::{Connectors, EngineHandle, Surroundings, TargetContext, Worker, WorkerOptions};
use lab::{Forest, ForestOptions};
use ports::{KindRequest, Source, SourceEntry, SourceError, Target, TargetError, Which};
use storage::configuration::ConfigurationChange;
use storage::directory::{DirectoryFilter, DirectoryObject};
use storage::link::LinkState;
use storage::record::RecordFilter;
use storage::{ConfigurationStore, CycleStore, DirectoryStore, LinkStore, PageRequest, RecordStore, Storage};
use storage_sqlite::{OpenOptions, SqliteStorage};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::faults::{Faults, FaultySource, FaultyTarget};

/// A clock that moves one millisecond with every look, and as far as a test wants.
#[derive(Debug)]
pub struct TestClock {
    micros: AtomicI64,
    ids: AtomicI64,
}

impl TestClock {
    fn new() -> Self {
        Self { micros: AtomicI64::new(1_790_000_000_000_000), ids: AtomicI64::new(1) }
    }

    pub fn advance(&self, by: TimeDelta) {
        self.micros.fetch_add(by.num_microseconds().expect("a short time"), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_timestamp_micros(self.micros.fetch_add(1000, Ordering::SeqCst)).expect("a valid time")
    }

    fn uuid(&self) -> Uuid {
        let id = self.ids.fetch_add(1, Ordering::SeqCst);
        let millis = u64::try_from(self.micros.load(Ordering::SeqCst) / 1000).expect("a time after 1970");
        let mut tail = [0_u8; 10];
        tail[2..].copy_from_slice(&id.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

pub struct World {
    pub storage: Arc<SqliteStorage>,
    pub clock: Arc<TestClock>,
    pub forest: Forest,
    pub faults: Arc<Faults>,
    pub handle: EngineHandle,
    pub configuration: ConfigurationId,
    connectors: Arc<TestConnectors>,
    /// Kept until the last world that uses it is gone.
    folder: Arc<tempfile::TempDir>,
}

impl World {
    /// A small forest and one configuration that takes all of it.
    pub async fn new(people: u32, groups: u32, change: impl FnOnce(&mut Plan)) -> Self {
        let size = |options: &mut ForestOptions| (options.people, options.groups) = (people, groups);
        Self::with_forest(size, change).await
    }

    /// A world whose forest is another than usual.
    pub async fn with_forest(
        forest: impl FnOnce(&mut ForestOptions),
        change: impl FnOnce(&mut Plan),
    ) -> Self {
        let clock = Arc::new(TestClock::new());
        let mut options = ForestOptions::new("lab01.local", clock.now());
        forest(&mut options);
        let forest = Forest::start(options).await.expect("the forest starts");
        let folder = tempfile::tempdir().expect("a scratch folder");
        let storage = SqliteStorage::open(folder.path().join("skybridge.db"), OpenOptions::default())
            .await
            .expect("the store opens");
        let storage = Arc::new(storage);
        let faults = Arc::new(Faults::default());
        let mut settings = LdapSettings::new(forest.url());
        settings.bind_dn = forest.bind_dn().to_owned();
        settings.bind_password = Secret::new(forest.bind_password());
        let connectors = Arc::new(TestConnectors {
            settings,
            storage: Arc::clone(&storage),
            clock: Arc::clone(&clock),
            faults: Arc::clone(&faults),
        });
        let mut plan = Plan { enabled: true, ..Plan::default() };
        change(&mut plan);
        let now = clock.now();
        let target = TargetSystem {
            id: TargetId::new(clock.uuid()),
            name: "directory".to_owned(),
            settings: TargetSettings::BuiltIn,
            created_at: now,
            updated_at: now,
        };
        let configuration = configure(&storage, clock.as_ref(), "lab01.local", target, plan).await;
        Self {
            storage,
            clock,
            forest,
            faults,
            handle: EngineHandle::default(),
            configuration,
            connectors,
            folder: Arc::new(folder),
        }
    }

    /// Another forest with its own configuration, into the same directory.
    pub async fn beside(&self, domain: &str, people: u32, change: impl FnOnce(&mut Plan)) -> Self {
        let mut options = ForestOptions::new(domain, self.clock.now());
        options.people = people;
        options.groups = 1;
        let forest = Forest::start(options).await.expect("the forest starts");
        let faults = Arc::new(Faults::default());
        let mut settings = LdapSettings::new(forest.url());
        settings.bind_dn = forest.bind_dn().to_owned();
        settings.bind_password = Secret::new(forest.bind_password());
        let connectors = Arc::new(TestConnectors {
            settings,
            storage: Arc::clone(&self.storage),
            clock: Arc::clone(&self.clock),
            faults: Arc::clone(&faults),
        });
        let mut plan = Plan { enabled: true, ..Plan::default() };
        change(&mut plan);
        let target = self.storage.target_systems().await.expect("targets").remove(0);
        let configuration = configure(&self.storage, self.clock.as_ref(), domain, target, plan).await;
        Self {
            storage: Arc::clone(&self.storage),
            clock: Arc::clone(&self.clock),
            forest,
            faults,
            handle: EngineHandle::default(),
            configuration,
            connectors,
            folder: Arc::clone(&self.folder),
        }
    }

    pub fn worker(&self) -> Worker {
        self.worker_with(Arc::clone(&self.connectors) as _)
    }

    /// One worker for the configurations of two worlds that share a store.
    pub fn worker_for_both(&self, domain: &str, other: &Self) -> Worker {
        self.worker_with(Arc::new(Either {
            domain: domain.to_owned(),
            of_domain: Arc::clone(&other.connectors),
            otherwise: Arc::clone(&self.connectors),
        }))
    }

    fn worker_with(&self, connectors: Arc<dyn Connectors>) -> Worker {
        let options = WorkerOptions {
            owner: "test".to_owned(),
            concurrency: 2,
            lease: std::time::Duration::from_mins(1),
            exclusive: true,
        };
        let storage: Arc<dyn Storage> = Arc::clone(&self.storage) as _;
        Worker::new(storage, connectors, Arc::clone(&self.clock) as _, self.handle.clone(), options)
    }

    pub fn surroundings(&self) -> Surroundings {
        Surroundings {
            storage: Arc::clone(&self.storage) as _,
            connectors: Arc::clone(&self.connectors) as _,
            clock: Arc::clone(&self.clock) as _,
            handle: self.handle.clone(),
        }
    }

    /// Runs one cycle as *Run now* does and gives how it ended.
    pub async fn run(&self) -> Cycle {
        self.run_triggered(Trigger::Manual).await
    }

    /// Runs a cycle that reads everything and compares it with the target.
    pub async fn run_full(&self) -> Cycle {
        let request = |state: &mut ConfigurationState| {
            state.memory.full_requested = Some("a test asked for it".to_owned());
        };
        self.storage
            .change_configuration_state(self.configuration, Box::new(request))
            .await
            .expect("the request is stored");
        self.run().await
    }

    /// The target as it is now must be what a full cycle would make of it.
    pub async fn assert_settled(&self) {
        let before = self.everything().await;
        let cycle = self.run_full().await;
        assert!(cycle.state.is_complete(), "{:?}", cycle.problem);
        let after = self.everything().await;
        assert_eq!(
            cycle.counts.changes(),
            0,
            "a full cycle after the changes found more to do: {:?}",
            cycle.counts
        );
        assert_eq!(before, after);
    }

    /// Every object of the target with its attributes and members.
    pub async fn everything(&self) -> Vec<(String, domain::value::Attributes, Vec<String>)> {
        let mut all = Vec::new();
        for kind in ObjectKind::ALL {
            for object in self.objects(*kind).await {
                let mut members = self.storage.directory_member_ids(&object.id).await.expect("members");
                members.sort_unstable();
                all.push((object.id, object.attributes, members));
            }
        }
        all
    }

    /// The target's object of a source name.
    pub async fn object_of(&self, dn: &str) -> Option<DirectoryObject> {
        let links = self
            .storage
            .links_by_name(self.configuration, &[storage::link::name_key(dn)])
            .await
            .expect("links");
        let (_, link) = links.into_iter().find(|(_, link)| link.state != LinkState::Leaving)?;
        self.storage.directory_object(&link.target_id).await.expect("the store answers")
    }

    /// The names of a group's members in the target, sorted.
    pub async fn members_of(&self, dn: &str) -> Vec<String> {
        let group = self.object_of(dn).await.expect("the group is there");
        let request = PageRequest::first(1000);
        let page = self.storage.directory_members(&group.id, request).await.expect("members");
        page.items.into_iter().map(|member| member.display_name).collect()
    }

    /// Writes into the target behind the engine's back.
    pub async fn write_target(&self, writes: Vec<storage::directory::DirectoryWrite>) {
        let written = self.storage.write_directory(writes).await.expect("written");
        assert!(written.iter().all(|one| *one == storage::directory::DirectoryWritten::Done), "{written:?}");
    }

    /// What *Allow deletes* does.
    pub async fn allow_deletes(&self) {
        let allow = |state: &mut ConfigurationState| state.deletes_allowed = true;
        self.storage
            .change_configuration_state(self.configuration, Box::new(allow))
            .await
            .expect("the state is stored");
    }

    pub fn change(&self, change: &lab::Change) {
        self.forest.apply(change).expect("the change is possible");
    }

    /// What the forest holds of an object, and the object's id.
    pub async fn entry(&self, dn: &str) -> SourceEntry {
        let source = LdapSource::new(self.connectors.settings.clone()).expect("settings");
        let names = ["userPrincipalName", "mail", "mS-DS-ConsistencyGuid", "employeeID"];
        let attributes = names.iter().map(|name| (*name).to_owned()).collect();
        let request = KindRequest { kind: ObjectKind::User, attributes };
        let found =
            source.objects(Which::Names(&[dn.to_owned()]), &[request]).await.expect("the forest answers");
        found.into_iter().next().expect("the object is there").1
    }

    pub async fn run_triggered(&self, trigger: Trigger) -> Cycle {
        let shutdown = CancellationToken::new();
        let mut hints = self.handle.hints();
        let id = self
            .storage
            .enqueue_cycle(CycleId::new(self.clock.uuid()), self.configuration, self.clock.now(), trigger)
            .await
            .expect("queued");
        let worker = tokio::spawn(self.worker().run(shutdown.clone()));
        let ended = loop {
            let cycle = self.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
            if cycle.state.is_finished() {
                break cycle;
            }
            // A missed hint is as good as one: the loop looks again.
            drop(hints.recv().await);
        };
        shutdown.cancel();
        worker.await.expect("the worker ends");
        self.storage.drop_queued_cycles(self.configuration).await.expect("the queue is emptied");
        ended
    }

    pub async fn objects(&self, kind: ObjectKind) -> Vec<DirectoryObject> {
        let filter = DirectoryFilter { kind: Some(kind), ..DirectoryFilter::default() };
        let mut all = Vec::new();
        let mut request = PageRequest::first(500);
        loop {
            let page = self.storage.directory_objects(&filter, request).await.expect("a page");
            all.extend(page.items);
            match page.next {
                Some(next) => request = PageRequest { limit: 500, after: Some(next) },
                None => return all,
            }
        }
    }

    pub async fn records(&self, filter: &RecordFilter) -> Vec<domain::ProvisioningRecord> {
        let mut all = Vec::new();
        let mut request = PageRequest::first(1000);
        loop {
            let page = self.storage.records(filter, request).await.expect("a page");
            all.extend(page.items);
            match page.next {
                Some(next) => request = PageRequest { limit: 1000, after: Some(next) },
                None => return all,
            }
        }
    }

    /// One record with its steps.
    pub async fn record(&self, id: domain::RecordId) -> domain::ProvisioningRecord {
        self.storage.record(id).await.expect("the store answers").expect("the record is there")
    }

    /// Names of the files in the store's folder.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder is there");
        entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect()
    }

    /// Changes what the configuration does.
    pub async fn reconfigure(&self, change: impl FnOnce(&mut Plan)) {
        let mut configuration = self
            .storage
            .configuration(self.configuration)
            .await
            .expect("the store answers")
            .expect("configured");
        change(&mut configuration.plan);
        self.storage
            .change_configuration(vec![ConfigurationChange::PutConfiguration(configuration)])
            .await
            .expect("changed");
    }
}

async fn configure(
    storage: &SqliteStorage,
    clock: &TestClock,
    domain_name: &str,
    target: TargetSystem,
    plan: Plan,
) -> ConfigurationId {
    let now = clock.now();
    let domain = SourceDomain {
        id: DomainId::new(clock.uuid()),
        name: domain_name.to_owned(),
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
    let configuration = Configuration {
        id: ConfigurationId::new(clock.uuid()),
        name: format!("{domain_name} to directory"),
        domain_id: domain.id,
        target_id: target.id,
        plan,
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
        .await
        .expect("configured");
    id
}

struct TestConnectors {
    settings: LdapSettings,
    storage: Arc<SqliteStorage>,
    clock: Arc<TestClock>,
    faults: Arc<Faults>,
}

#[async_trait]
impl Connectors for TestConnectors {
    async fn source(&self, _: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        if self.faults.refuse_sign_in.load(Ordering::SeqCst) {
            let bind_dn = self.settings.bind_dn.clone();
            return Err(SourceError::Credentials { bind_dn, reason: "the password is wrong".to_owned() });
        }
        let inner = LdapSource::new(self.settings.clone())?;
        Ok(Arc::new(FaultySource { inner, faults: Arc::clone(&self.faults) }))
    }

    async fn target(&self, _: &TargetSystem, context: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        let storage: Arc<dyn DirectoryStore> = Arc::clone(&self.storage) as _;
        let inner = targets::builtin::BuiltInTarget::new(
            storage,
            Arc::clone(&self.clock) as _,
            context.configuration_id,
        );
        Ok(Arc::new(FaultyTarget { inner, faults: Arc::clone(&self.faults) }))
    }

    async fn copied_target(
        &self,
        _: &TargetSystem,
        context: TargetContext,
        directory: Arc<dyn DirectoryStore>,
    ) -> Option<Arc<dyn Target>> {
        let clock = Arc::clone(&self.clock) as _;
        Some(Arc::new(targets::builtin::BuiltInTarget::new(directory, clock, context.configuration_id)))
    }
}

/// Connects one domain in one way and every other in another.
struct Either {
    domain: String,
    of_domain: Arc<TestConnectors>,
    otherwise: Arc<TestConnectors>,
}

#[async_trait]
impl Connectors for Either {
    async fn source(&self, domain: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        let which = if domain.name == self.domain { &self.of_domain } else { &self.otherwise };
        which.source(domain).await
    }

    async fn target(
        &self,
        target: &TargetSystem,
        context: TargetContext,
    ) -> Result<Arc<dyn Target>, TargetError> {
        self.otherwise.target(target, context).await
    }
}
