//! One history: rounds of changes and cycles with faults, then calm, then the examination.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::configuration::Plan;
use domain::cycle::Trigger;
use domain::scope::Scope;
use domain::status::ConfigurationState;
use domain::{
    Clock, Configuration, ConfigurationId, Cycle, CycleId, DirectoryKind, DomainId, ObjectKind, SourceDomain,
    TargetId, TargetSettings, TargetSystem, Time,
};
use engine::{Connectors, EngineHandle, TargetContext, Worker, WorkerOptions};
use ports::{Source, SourceError, Target, TargetError};
use storage::configuration::ConfigurationChange;
use storage::directory::{DirectoryFilter, DirectoryWrite};
use storage::record::RecordFilter;
use storage::{ConfigurationStore, CycleStore, DirectoryStore, PageRequest, RecordStore, Storage};
use storage_sqlite::{OpenOptions, SqliteStorage};
use targets::builtin::BuiltInTarget;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::check::{Held, anchor, differences};
use super::dice::Dice;
use super::model::{Model, SCOPE};
use super::source::{ModelSource, Shared, Style};
use super::target::{Fault, FaultyTarget, Ledger};

/// Plays histories one after another on one database.
pub struct Histories {
    storage: Arc<SqliteStorage>,
    _folder: tempfile::TempDir,
}

#[derive(Debug)]
struct SeedClock {
    micros: AtomicI64,
    ids: AtomicI64,
    seed: u64,
}

impl Clock for SeedClock {
    fn now(&self) -> Time {
        Time::from_timestamp_micros(self.micros.fetch_add(1000, Ordering::SeqCst)).expect("a valid time")
    }

    fn uuid(&self) -> Uuid {
        let id = self.ids.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&self.seed.to_be_bytes());
        bytes[8..].copy_from_slice(&id.to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

struct Ends {
    source: ModelSource,
    target: FaultyTarget,
}

#[async_trait]
impl Connectors for Ends {
    async fn source(&self, _: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        Ok(Arc::new(self.source.clone()))
    }

    async fn target(&self, _: &TargetSystem, _: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        Ok(Arc::new(self.target.clone()))
    }
}

/// One history under way.
struct History<'a> {
    storage: &'a Arc<SqliteStorage>,
    clock: Arc<SeedClock>,
    ends: Arc<Ends>,
    configuration: ConfigurationId,
    died: Arc<Notify>,
    tell: bool,
}

impl Histories {
    pub async fn new() -> Self {
        let shared_memory = std::path::Path::new("/dev/shm");
        let folder =
            if shared_memory.is_dir() { tempfile::tempdir_in(shared_memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a scratch folder");
        let options = OpenOptions { readers: 1, ..OpenOptions::default() };
        let storage =
            SqliteStorage::open(folder.path().join("skybridge.db"), options).await.expect("the store opens");
        Self { storage: Arc::new(storage), _folder: folder }
    }

    /// Plays one history. Gives what is wrong at its end, if anything.
    pub async fn play(&self, seed: u64, tell: bool) -> Option<String> {
        let mut dice = Dice::new(seed);
        let model = Model::new(seed, &mut dice);
        let style = if dice.chance(70) { Style::Tombstones } else { Style::Sweep };
        let history = self.begin(seed, model, style, tell).await;
        let problem = history.run(&mut dice).await;
        history.forget().await;
        problem
    }

    async fn begin(&self, seed: u64, model: Model, style: Style, tell: bool) -> History<'_> {
        let clock = Arc::new(SeedClock {
            micros: AtomicI64::new(1_790_000_000_000_000),
            ids: AtomicI64::new(1),
            seed,
        });
        let now = clock.now();
        let domain = SourceDomain {
            id: DomainId::new(clock.uuid()),
            name: format!("domain {seed}"),
            kind: DirectoryKind::Auto,
            connection: None,
            created_at: now,
            updated_at: now,
        };
        let target = TargetSystem {
            id: TargetId::new(clock.uuid()),
            name: format!("target {seed}"),
            settings: TargetSettings::BuiltIn,
            created_at: now,
            updated_at: now,
        };
        let scope = Scope { organizational_units: vec![model.unit_dn(SCOPE)], ..Scope::default() };
        let configuration = Configuration {
            id: ConfigurationId::new(clock.uuid()),
            name: format!("configuration {seed}"),
            domain_id: domain.id,
            target_id: target.id,
            plan: Plan { enabled: true, scope, ..Plan::default() },
            created_at: now,
            updated_at: now,
        };
        let id = configuration.id;
        self.storage
            .change_configuration(vec![
                ConfigurationChange::PutDomain(domain),
                ConfigurationChange::PutTarget(target),
                ConfigurationChange::PutConfiguration(configuration),
            ])
            .await
            .expect("configured");
        let inner = BuiltInTarget::new(
            Arc::clone(&self.storage) as Arc<dyn DirectoryStore>,
            Arc::clone(&clock) as _,
            id,
        );
        let died = Arc::new(Notify::new());
        let shared = Shared { model, style, pages_left: None, forget_cursor: false };
        let ends = Ends {
            source: ModelSource(Arc::new(Mutex::new(shared))),
            target: FaultyTarget { inner: Arc::new(inner), ledger: Arc::default(), died: Arc::clone(&died) },
        };
        History { storage: &self.storage, clock, ends: Arc::new(ends), configuration: id, died, tell }
    }
}

impl History<'_> {
    async fn run(&self, dice: &mut Dice) -> Option<String> {
        for round in 0..2 + dice.below(4) {
            let before = self.settled_in_scope().await;
            for _ in 0..dice.below(8) {
                let what = self.ends.source.lock().model.change(dice);
                self.say(|| format!("round {round}: {what}"));
            }
            self.choose_fault(dice);
            let ended = self.cycle(dice.chance(50)).await;
            self.say(|| format!("round {round}: {ended:?}"));
            self.calm();
            if let Some(problem) = self.nobody_was_removed(&before).await {
                return Some(format!("round {round}: {problem}"));
            }
        }
        for _ in 0..3 {
            self.clock.micros.fetch_add(3 * 86_400 * 1_000_000, Ordering::SeqCst);
            let ended = self.cycle(true).await;
            self.say(|| format!("calm: {ended:?}"));
        }
        let wrong = self.wrong().await;
        if !wrong.is_empty() {
            return Some(format!("after the changes: {}", wrong.join("; ")));
        }
        let writes = self.ledger(|ledger| ledger.writes);
        self.ask_for_everything().await;
        let ended = self.cycle(true).await;
        self.say(|| format!("full: {ended:?}"));
        let wrong = self.wrong().await;
        if !wrong.is_empty() {
            return Some(format!("after the full cycle: {}", wrong.join("; ")));
        }
        let more = self.ledger(|ledger| ledger.writes) - writes;
        if more > 0 {
            return Some(format!(
                "the full cycle had {more} things left to do: {:?}",
                ended.map(|cycle| cycle.counts)
            ));
        }
        self.records_fit().await
    }

    fn say(&self, what: impl FnOnce() -> String) {
        if self.tell {
            println!("{}", what());
        }
    }

    fn ledger<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> T {
        look(&mut self.ends.target.ledger.lock().expect("the ledger"))
    }

    fn choose_fault(&self, dice: &mut Dice) {
        let mut shared = self.ends.source.lock();
        match dice.below(10) {
            0 => shared.pages_left = Some(dice.below(6)),
            1 => shared.forget_cursor = true,
            2..=6 => {
                let faults = [Fault::LostAnswer, Fault::Away, Fault::DieBefore, Fault::DieAfter];
                let fault = (dice.below(5), faults[dice.below(4)]);
                self.ledger(|ledger| ledger.fault = Some(fault));
            }
            _ => {}
        }
        if self.tell {
            println!("pages left {:?}, fault {:?}", shared.pages_left, self.ledger(|ledger| ledger.fault));
        }
    }

    fn calm(&self) {
        let mut shared = self.ends.source.lock();
        (shared.pages_left, shared.forget_cursor) = (None, false);
        self.ledger(|ledger| ledger.fault = None);
    }

    /// Runs one cycle; `None` when the process died in it.
    async fn cycle(&self, manual: bool) -> Option<Cycle> {
        let handle = EngineHandle::default();
        let mut hints = handle.hints();
        let trigger = if manual { Trigger::Manual } else { Trigger::Schedule };
        let new = CycleId::new(self.clock.uuid());
        let due = Time::from_timestamp_micros(0).expect("a time");
        self.storage.drop_queued_cycles(self.configuration).await.expect("dropped");
        let id = self.storage.enqueue_cycle(new, self.configuration, due, trigger).await.expect("queued");
        let options = WorkerOptions {
            owner: "seed".to_owned(),
            concurrency: 1,
            lease: std::time::Duration::from_mins(10),
            exclusive: true,
        };
        let shutdown = CancellationToken::new();
        let storage: Arc<dyn Storage> = Arc::clone(self.storage) as _;
        let worker =
            Worker::new(storage, Arc::clone(&self.ends) as _, Arc::clone(&self.clock) as _, handle, options);
        let running = tokio::spawn(worker.run(shutdown.clone()));
        let ended = loop {
            // A dead process leaves its cycle running; the worker's start queued another one in its place.
            let cycle = self.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
            if cycle.state.is_finished() {
                break Some(cycle);
            }
            tokio::select! {
                () = self.died.notified() => break None,
                hint = hints.recv() => drop(hint),
            }
        };
        if ended.is_none() {
            running.abort();
            drop(running.await);
            return None;
        }
        shutdown.cancel();
        running.await.expect("the worker ends");
        ended
    }

    fn in_scope(&self) -> BTreeSet<usize> {
        let shared = self.ends.source.lock();
        (0..shared.model.objects.len())
            .filter(|at| shared.model.in_scope(*at) && shared.model.objects[*at].enabled)
            .collect()
    }

    /// Who is in scope and enabled, here and in the target.
    async fn settled_in_scope(&self) -> BTreeSet<usize> {
        let held = self.held().await;
        let in_scope = self.in_scope();
        let shared = self.ends.source.lock();
        in_scope.into_iter().filter(|at| is_well(&held, &anchor(&shared.model, *at))).collect()
    }

    /// Whoever was in scope and well before the round's changes, and is in scope after them, is still well: neither
    /// disabled nor removed, whatever happened to the cycle.
    async fn nobody_was_removed(&self, before: &BTreeSet<usize>) -> Option<String> {
        let stayed: Vec<usize> = self.in_scope().intersection(before).copied().collect();
        let held = self.held().await;
        let shared = self.ends.source.lock();
        stayed.into_iter().find(|at| !is_well(&held, &anchor(&shared.model, *at))).map(|at| {
            format!("{} ({at}) was in scope all the time and was removed", shared.model.objects[at].name)
        })
    }

    async fn held(&self) -> Vec<Held> {
        let filter =
            DirectoryFilter { configuration: Some(self.configuration), ..DirectoryFilter::default() };
        let mut held = Vec::new();
        let mut request = PageRequest::first(500);
        loop {
            let page = self.storage.directory_objects(&filter, request).await.expect("a page");
            for object in page.items {
                let members = self.storage.directory_member_ids(&object.id).await.expect("members");
                held.push((object, members));
            }
            match page.next {
                Some(next) => request = PageRequest { limit: 500, after: Some(next) },
                None => return held,
            }
        }
    }

    async fn wrong(&self) -> Vec<String> {
        let held = self.held().await;
        let shared = self.ends.source.lock();
        let mut wrong = differences(&shared.model, &held);
        if self.tell && !wrong.is_empty() {
            for at in 0..shared.model.objects.len() {
                println!(
                    "{at} {} in scope {} {:?}",
                    shared.model.dn(at),
                    shared.model.in_scope(at),
                    shared.model.objects[at]
                );
            }
        }
        // Groups are deleted when they leave the scope, and made again; people are only ever made once.
        let mut once = BTreeSet::new();
        for anchor in self.ledger(|ledger| ledger.created.clone()) {
            let user = held.iter().any(|(held, _)| held.anchor == anchor && held.kind == ObjectKind::User);
            if !once.insert(anchor.clone()) && user {
                wrong.push(format!("{anchor} was created twice"));
            }
        }
        wrong
    }

    async fn ask_for_everything(&self) {
        let ask = |state: &mut ConfigurationState| state.memory.full_requested = Some("the end".to_owned());
        self.storage.change_configuration_state(self.configuration, Box::new(ask)).await.expect("asked");
    }

    /// Everything that was created has exactly one record that says so.
    async fn records_fit(&self) -> Option<String> {
        let filter = RecordFilter {
            configuration: Some(self.configuration),
            actions: vec![domain::record::Action::Create],
            statuses: vec![domain::record::Status::Success],
            ..RecordFilter::default()
        };
        let mut records = 0;
        let mut request = PageRequest::first(1000);
        loop {
            let page = self.storage.records(&filter, request).await.expect("a page");
            records += page.items.len();
            match page.next {
                Some(next) => request = PageRequest { limit: 1000, after: Some(next) },
                None => break,
            }
        }
        let created = self.ledger(|ledger| ledger.created.len());
        (records != created).then(|| format!("{created} objects were created and {records} records say so"))
    }

    /// Leaves nothing behind for the next history.
    async fn forget(&self) {
        let deletes = self
            .held()
            .await
            .into_iter()
            .map(|(object, _)| DirectoryWrite::Delete { id: object.id })
            .collect();
        self.storage.write_directory(deletes).await.expect("emptied");
        self.storage
            .change_configuration(vec![ConfigurationChange::DeleteConfiguration(self.configuration)])
            .await
            .expect("forgotten");
    }
}

fn is_well(held: &[Held], anchor: &str) -> bool {
    held.iter().any(|(object, _)| object.anchor == anchor && object.account_enabled != Some(false))
}
