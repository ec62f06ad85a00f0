//! A service on a scratch database, a clock that a test moves, and a directory that answers a probe.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::access::Principal;
use domain::document::Document;
use domain::{Clock, SourceDomain, TargetSystem, Time};
use engine::{Connectors, EngineHandle, Hint, TargetContext};
use ports::{Source, SourceError, Target, TargetError};
use serde_json::{Value, json};
use service::{Parts, Sealer, Service};
use storage::Storage;
use storage_sqlite::{OpenOptions, SqliteStorage};
use tempfile::TempDir;
use tokio::sync::broadcast;
use uuid::Uuid;

#[derive(Debug)]
pub struct TestClock(Mutex<(Time, u128)>);

impl TestClock {
    pub fn at(began: Time) -> Self {
        Self(Mutex::new((began, 0)))
    }

    pub fn advance(&self, span: TimeDelta) {
        self.0.lock().expect("clock").0 += span;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        self.0.lock().expect("clock").0
    }

    fn uuid(&self) -> Uuid {
        let mut state = self.0.lock().expect("clock");
        state.1 += 1;
        Uuid::from_u128((7 << 76) | (2 << 62) | state.1)
    }
}

#[derive(Debug)]
pub struct Nowhere;

#[async_trait]
impl Connectors for Nowhere {
    async fn source(&self, _: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        Err(SourceError::NoConnection)
    }

    async fn target(&self, _: &TargetSystem, _: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        Err(TargetError::system(&domain::catalogue::TARGET_UNREACHABLE, "nowhere"))
    }
}

pub struct Bench {
    pub service: Service,
    pub storage: Arc<dyn Storage>,
    pub clock: Arc<TestClock>,
    pub hints: broadcast::Receiver<Hint>,
    pub system: Principal,
    _folder: TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let sqlite = SqliteStorage::open(folder.path().join("skybridge.db"), OpenOptions::default())
            .await
            .expect("database");
        let storage: Arc<dyn Storage> = Arc::new(sqlite);
        let began = Time::from_timestamp(1_800_000_000, 0).expect("time");
        let clock = Arc::new(TestClock::at(began));
        let engine = EngineHandle::default();
        let hints = engine.hints();
        let service = service(&storage, engine, &clock);
        Self { service, storage, clock, hints, system: Principal::system(), _folder: folder }
    }

    /// The same database with a new service, as after a restart.
    pub fn again(self) -> Self {
        let engine = EngineHandle::default();
        let hints = engine.hints();
        let service = service(&self.storage, engine, &self.clock);
        Self { service, hints, ..self }
    }

    /// With a domain, a target and an enabled configuration called `a to directory`.
    pub async fn configured() -> Self {
        let bench = Self::new().await;
        bench.service.apply(&bench.system, &document(&sample()), false).await.expect("applies");
        bench
    }
}

fn service(storage: &Arc<dyn Storage>, engine: EngineHandle, clock: &Arc<TestClock>) -> Service {
    Service::new(Parts {
        storage: Arc::clone(storage),
        connectors: Arc::new(Nowhere),
        engine,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        sealer: Sealer::with_key(&[7; 32]),
        checkpoints: None,
    })
    .expect("service")
}

pub fn sample() -> Value {
    json!({
        "domains": [{"name": "a.local", "kind": "activeDirectory", "connection": {
            "url": "ldaps://dc.a.local", "bindDn": "sync@a.local", "bindPassword": {"value": "secret"}}}],
        "targets": [{"name": "directory", "kind": "builtIn"}],
        "configurations": [
            {"name": "a to directory", "domain": "a.local", "target": "directory", "enabled": true, "schedule": "PT10M"}],
    })
}

pub fn document(value: &Value) -> Document {
    service::document::parse::document(value.clone())
        .and_then(service::document::parse::Reading::complete)
        .expect("a document")
}
