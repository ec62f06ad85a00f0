//! A store in memory: no threads and no files, so that a history plays the same every time and quickly, and so that
//! it can be made to fail or to lose the process at any commit. It keeps the contract of `storage`, as its tests show.

mod agents;
mod configurations;
mod contract;
mod cycles;
mod directory;
mod links;
mod page;
mod records;
mod unused;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use domain::status::ConfigurationState;
use domain::value::Attributes;
use domain::{
    Configuration, ConfigurationId, Cursor, Cycle, CycleId, DomainId, LinkId, ObjectKind, ProvisioningRecord,
    SourceDomain, TargetId, TargetSystem, Time,
};
use storage::directory::DirectoryObject;
use storage::link::{Escrow, Intent, Link};
use storage::{Result, Storage, StorageError};
use tokio::sync::Notify;

/// What goes wrong with one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// Nothing is written.
    Refused,
    /// Everything is written, and the caller is told that it is not.
    LostAnswer,
    /// The process dies before anything is written.
    DieBefore,
    /// The process dies as soon as everything is written.
    DieAfter,
}

/// Which write fails, and how.
#[derive(Debug, Default)]
pub struct Faults {
    /// Writes until the fault.
    next: Mutex<Option<(usize, StorageFault)>>,
    /// Told when a write was refused or its answer lost: the cycle cannot go on.
    pub hurt: Notify,
    /// Told when the process shall die.
    pub died: Arc<Notify>,
}

impl Faults {
    pub fn set(&self, fault: Option<(usize, StorageFault)>) {
        *self.next.lock().expect("the faults") = fault;
    }

    /// Takes the fault out, to be set again.
    pub fn hold(&self) -> Option<(usize, StorageFault)> {
        self.next.lock().expect("the faults").take()
    }

    fn take(&self) -> Option<StorageFault> {
        let mut next = self.next.lock().expect("the faults");
        match &mut *next {
            Some((0, fault)) => {
                let fault = *fault;
                *next = None;
                Some(fault)
            }
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }
}

/// The store.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    world: Arc<Mutex<World>>,
    pub faults: Arc<Faults>,
}

impl Storage for MemoryStorage {}

impl MemoryStorage {
    fn read(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("nobody panicked while holding the store")
    }

    /// One transaction: `work` changes all or nothing.
    async fn write<T: Send>(&self, work: impl FnOnce(&mut World) -> Result<T> + Send) -> Result<T> {
        let fault = self.begin().await?;
        let written = work(&mut self.read());
        self.end(fault, written).await
    }

    /// The fault of the write that begins, where it does not show yet.
    async fn begin(&self) -> Result<Option<StorageFault>> {
        match self.faults.take() {
            Some(StorageFault::Refused) => Err(self.lost()),
            Some(StorageFault::DieBefore) => self.die().await,
            later => Ok(later),
        }
    }

    async fn end<T>(&self, fault: Option<StorageFault>, written: Result<T>) -> Result<T> {
        match fault {
            Some(StorageFault::LostAnswer) => Err(self.lost()),
            Some(StorageFault::DieAfter) => self.die().await,
            _ => written,
        }
    }

    fn lost(&self) -> StorageError {
        self.faults.hurt.notify_one();
        StorageError::Database("the disk is away".into())
    }

    async fn die(&self) -> ! {
        self.faults.died.notify_one();
        std::future::pending::<std::convert::Infallible>().await;
        unreachable!("nobody wakes the dead")
    }
}

/// Everything that is stored.
#[derive(Debug, Default)]
struct World {
    domains: BTreeMap<DomainId, SourceDomain>,
    targets: BTreeMap<TargetId, TargetSystem>,
    configurations: BTreeMap<ConfigurationId, Configuration>,
    states: BTreeMap<ConfigurationId, ConfigurationState>,
    cycles: BTreeMap<CycleId, HeldCycle>,
    links: BTreeMap<LinkId, HeldLink>,
    last_link: i64,
    /// (group, member): whether it is marked as leaving.
    members: BTreeMap<(LinkId, LinkId), bool>,
    cursors: BTreeMap<ConfigurationId, Cursor>,
    unsettled: BTreeMap<ConfigurationId, BTreeSet<u64>>,
    escrows: BTreeMap<(ConfigurationId, String, ObjectKind), Escrow>,
    intents: Vec<(ConfigurationId, Intent)>,
    records: Vec<ProvisioningRecord>,
    directory: Directory,
}

/// The built-in directory.
#[derive(Debug, Clone, Default)]
struct Directory {
    objects: BTreeMap<String, HeldObject>,
    last_object: u64,
    /// (group, member).
    members: BTreeSet<(String, String)>,
}

#[derive(Debug)]
struct HeldCycle {
    cycle: Cycle,
    owner: String,
    until: Time,
}

#[derive(Debug)]
struct HeldLink {
    configuration: ConfigurationId,
    link: Link,
    exported: Option<Attributes>,
    names: BTreeSet<u64>,
}

#[derive(Debug, Clone)]
struct HeldObject {
    key: u64,
    object: DirectoryObject,
}

impl World {
    fn configured(&self, id: ConfigurationId) -> Result<()> {
        found(self.configurations.contains_key(&id), "configuration")
    }
}

/// `Stale` when a change met nothing.
fn found(there: bool, what: &'static str) -> Result<()> {
    if there { Ok(()) } else { Err(StorageError::Stale { what }) }
}
