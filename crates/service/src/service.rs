//! What all use cases share.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use domain::access::{Principal, Role};
use domain::audit::AuditEntry;
use domain::{Clock, Time};
use engine::{Connectors, EngineHandle, Hint, Surroundings};
use storage::Storage;
use tokio::sync::{Mutex, Semaphore, broadcast};
use uuid::Uuid;

use crate::access::password::Passwords;
use crate::access::provider::Known;
use crate::access::throttle::{Limits, Throttle};
use crate::agents::Fleet;
use crate::alerts::{Memory, VolumeProbe};
use crate::audit::AuditKeeper;
use crate::simulation::Running;
use crate::{Result, Sealer, ServiceError};

/// What the composition root gives.
pub struct Parts {
    pub storage: Arc<dyn Storage>,
    pub connectors: Arc<dyn Connectors>,
    pub engine: EngineHandle,
    pub clock: Arc<dyn Clock>,
    pub sealer: Sealer,
    /// The file of the audit log's checkpoints; absent: none are written.
    pub checkpoints: Option<PathBuf>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    parts: Parts,
    passwords: Passwords,
    account_throttle: Throttle,
    address_throttle: Throttle,
    /// Changes of what is configured happen one after the other: each is checked against what it will meet.
    changing: Mutex<()>,
    /// Places for objects on demand: each asks the directory and the target.
    demands: Semaphore,
    /// Places for who looks through a directory.
    looks: Semaphore,
    simulations: Running,
    audit: AuditKeeper,
    fleet: Fleet,
    /// One turn of the mail queue at a time.
    mail: Mutex<()>,
    portal: OnceLock<String>,
    /// One look for alerts at a time, and what it remembers.
    watch: Mutex<Memory>,
    volume: OnceLock<VolumeProbe>,
    provider: Mutex<Known>,
}

/// Objects that are provisioned on demand at the same time.
const DEMANDS: usize = 4;

/// People who look through directories at the same time.
const LOOKS: usize = 8;

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    pub fn new(parts: Parts) -> Result<Self> {
        let audit = AuditKeeper::new(parts.checkpoints.clone(), parts.sealer.audit_key().clone());
        Ok(Self {
            inner: Arc::new(Inner {
                parts,
                passwords: Passwords::new()?,
                account_throttle: Throttle::new(Limits::ACCOUNT),
                address_throttle: Throttle::new(Limits::ADDRESS),
                changing: Mutex::default(),
                demands: Semaphore::new(DEMANDS),
                looks: Semaphore::new(LOOKS),
                simulations: Running::default(),
                audit,
                fleet: Fleet::default(),
                mail: Mutex::default(),
                portal: OnceLock::new(),
                watch: Mutex::default(),
                volume: OnceLock::new(),
                provider: Mutex::default(),
            }),
        })
    }

    /// Refuses a principal without the role.
    pub fn require(principal: &Principal, role: Role) -> Result<()> {
        if principal.may(role) { Ok(()) } else { Err(ServiceError::Forbidden { needed: role }) }
    }

    /// The current time, as everything in Skybridge sees it.
    pub fn now(&self) -> Time {
        self.inner.parts.clock.now()
    }

    /// Ids of what changed, for open pages.
    pub fn hints(&self) -> broadcast::Receiver<Hint> {
        self.inner.parts.engine.hints()
    }

    pub(crate) fn uuid(&self) -> Uuid {
        self.inner.parts.clock.uuid()
    }

    pub(crate) fn storage(&self) -> &dyn Storage {
        self.inner.parts.storage.as_ref()
    }

    pub(crate) fn connectors(&self) -> &dyn Connectors {
        self.inner.parts.connectors.as_ref()
    }

    pub(crate) fn engine(&self) -> &EngineHandle {
        &self.inner.parts.engine
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.inner.parts.sealer
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    pub(crate) fn account_throttle(&self) -> &Throttle {
        &self.inner.account_throttle
    }

    pub(crate) fn address_throttle(&self) -> &Throttle {
        &self.inner.address_throttle
    }

    pub(crate) fn demands(&self) -> &Semaphore {
        &self.inner.demands
    }

    pub(crate) fn looks(&self) -> &Semaphore {
        &self.inner.looks
    }

    pub(crate) fn mail_turn(&self) -> &Mutex<()> {
        &self.inner.mail
    }

    pub(crate) fn portal_cell(&self) -> &OnceLock<String> {
        &self.inner.portal
    }

    pub(crate) fn watch(&self) -> &Mutex<Memory> {
        &self.inner.watch
    }

    pub(crate) fn volume_cell(&self) -> &OnceLock<VolumeProbe> {
        &self.inner.volume
    }

    pub(crate) fn known_provider(&self) -> &Mutex<Known> {
        &self.inner.provider
    }

    pub(crate) fn audit_keeper(&self) -> &AuditKeeper {
        &self.inner.audit
    }

    pub(crate) fn simulations_here(&self) -> &Running {
        &self.inner.simulations
    }

    pub(crate) fn fleet(&self) -> &Fleet {
        &self.inner.fleet
    }

    /// What the engine needs to work for a use case.
    pub(crate) fn surroundings(&self) -> Surroundings {
        let parts = &self.inner.parts;
        Surroundings {
            storage: Arc::clone(&parts.storage),
            connectors: Arc::clone(&parts.connectors),
            clock: Arc::clone(&parts.clock),
            handle: parts.engine.clone(),
        }
    }

    pub(crate) fn changing(&self) -> &Mutex<()> {
        &self.inner.changing
    }

    pub(crate) fn audit_entry(
        &self,
        principal: &Principal,
        activity: &str,
        subject: &str,
        details: serde_json::Value,
    ) -> AuditEntry {
        AuditEntry {
            at: self.now(),
            actor: principal.name.clone(),
            via: principal.via.as_str().to_owned(),
            from: principal.from.clone(),
            activity: activity.to_owned(),
            subject: subject.to_owned(),
            reason: None,
            details,
        }
    }
}
