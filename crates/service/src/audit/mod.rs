//! The audit log: who may read what of it, and whether it is whole.
//!
//! Readers see who changed what is configured. What is about access, and where requests came from, concerns people and
//! is for administrators only.

mod checkpoints;

use domain::access::{Principal, Role};
use domain::audit::{ABOUT_ACCESS, AuditDamage, AuditIntegrity, Checkpoint};
use serde_json::json;
use storage::audit::{AuditFilter, AuditHead, AuditPlace, ChainCheck, StoredAudit};
use storage::{AuditKey, Page, PageRequest, StorageError};
use tokio::sync::Mutex;

use crate::{Result, Service, ServiceError};
use checkpoints::{CheckpointFile, Checkpoints, to_hex};

/// How often an end that moved meanwhile is looked for again.
const ATTEMPTS: usize = 5;

/// What is known of the audit log's integrity.
#[derive(Debug)]
pub(crate) struct AuditKeeper {
    file: Option<CheckpointFile>,
    /// One check at a time: each reads the whole log.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the last check of everything found.
    last: Option<AuditIntegrity>,
    /// The log was seen sealed, so that one without a seal has lost it.
    began: bool,
}

impl AuditKeeper {
    pub fn new(file: Option<std::path::PathBuf>, key: AuditKey) -> Self {
        Self { file: file.map(|path| CheckpointFile { path, key }), state: Mutex::default() }
    }

    async fn read(&self) -> Result<Checkpoints> {
        let Some(CheckpointFile { path, key }) = &self.file else { return Ok(Checkpoints::default()) };
        let file = CheckpointFile { path: path.clone(), key: key.clone() };
        let read = tokio::task::spawn_blocking(move || file.read()).await.map_err(ServiceError::internal)?;
        read.map_err(ServiceError::internal)
    }
}

impl Service {
    /// The audit log, newest first, as far as the principal may see it.
    pub async fn audit(
        &self,
        principal: &Principal,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<Page<StoredAudit>> {
        Self::require(principal, Role::Reader)?;
        let everything = principal.may(Role::Administrator);
        let filter = AuditFilter { without_access: filter.without_access || !everything, ..filter.clone() };
        let page = self.storage().audit(&filter, page).await?;
        Ok(page.map(|stored| if everything { stored } else { without_origin(stored) }))
    }

    pub async fn audit_entry_with(&self, principal: &Principal, sequence: i64) -> Result<StoredAudit> {
        Self::require(principal, Role::Reader)?;
        let everything = principal.may(Role::Administrator);
        let about_access =
            |stored: &StoredAudit| ABOUT_ACCESS.iter().any(|start| stored.entry.activity.starts_with(start));
        let found = self.storage().audit_entry(sequence).await?;
        let found = found.filter(|stored| everything || !about_access(stored));
        let stored = found.ok_or_else(|| ServiceError::not_found(format!("audit entry {sequence}")))?;
        Ok(if everything { stored } else { without_origin(stored) })
    }

    /// Checks the whole audit log: chain, seal of its end, checkpoints.
    pub async fn check_audit(&self, principal: &Principal) -> Result<AuditIntegrity> {
        Self::require(principal, Role::Reader)?;
        let mut state = self.audit_keeper().state.lock().await;
        let integrity = self.look_through_audit(state.began).await?;
        state.last = Some(integrity.clone());
        Ok(integrity)
    }

    /// What the last check of the whole audit log found; absent before the first.
    pub async fn audit_integrity(&self, principal: &Principal) -> Result<Option<AuditIntegrity>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.audit_keeper().state.lock().await.last.clone())
    }

    async fn look_through_audit(&self, began: bool) -> Result<AuditIntegrity> {
        let known = self.audit_keeper().read().await?;
        let check = self.storage().check_audit(&AuditPlace::beginning(), &known.places).await?;
        let mut integrity = AuditIntegrity {
            checked_at: self.now(),
            entries: 0,
            hash: String::new(),
            checkpoints: known.count(),
            last_checkpoint: known.last.clone(),
            damage: None,
        };
        match check {
            ChainCheck::Broken { damage, sequence } => integrity.damage = Some((damage, sequence)),
            ChainCheck::Intact { head } => {
                integrity.entries = head.place.sequence.unsigned_abs();
                integrity.hash = to_hex(&head.place.hash);
                integrity.damage = damage_of(&known, &head, began);
            }
        }
        Ok(integrity)
    }

    /// Checks what came since the last checkpoint and writes a new one when there is anything. Gives the checkpoint
    /// that was written. A damaged log gets none: that would only make the damage look right.
    pub async fn checkpoint_audit(&self) -> Result<Option<Checkpoint>> {
        let keeper = self.audit_keeper();
        let Some(file) = &keeper.file else { return Ok(None) };
        let mut state = keeper.state.lock().await;
        let mut known = keeper.read().await?;
        for _ in 0..ATTEMPTS {
            let since = known.place();
            let head = match self.storage().check_audit(&since, &[]).await? {
                ChainCheck::Broken { damage, sequence } => return Err(damaged(&mut state, damage, sequence)),
                ChainCheck::Intact { head } => head,
            };
            if let Some((damage, place)) = damage_of(&known, &head, state.began) {
                return Err(damaged(&mut state, damage, place));
            }
            if head.sealed.is_none() {
                state.began = self.seal_for_the_first_time(&head).await?;
                continue;
            }
            state.began = true;
            if head.place == since && known.count() > 0 && head.checkpoints == known.count() {
                return Ok(None);
            }
            // The line first: a seal that counts more lines than there are is damage, a line too many is none.
            let mut written = None;
            if head.place != since || known.count() == 0 {
                let (sequence, hash) = (head.place.sequence, to_hex(&head.place.hash));
                let checkpoint = Checkpoint { sequence, hash, at: self.now() };
                file.append(&mut known, checkpoint.clone()).map_err(ServiceError::internal)?;
                written = Some(checkpoint);
            }
            match self.storage().seal_audit(&head.place, known.count()).await {
                Err(StorageError::Stale { .. }) => continue,
                other => other?,
            }
            if let Some(integrity) = &mut state.last {
                integrity.entries = head.place.sequence.unsigned_abs();
                integrity.hash = to_hex(&head.place.hash);
                integrity.checkpoints = known.count();
                integrity.last_checkpoint.clone_from(&known.last);
            }
            return Ok(written);
        }
        Ok(None)
    }

    /// Of a new log, or one that an older version wrote. That it happened is part of the log: a seal that was taken
    /// away to be renewed shows. `false` when something was added meanwhile.
    async fn seal_for_the_first_time(&self, head: &AuditHead) -> Result<bool> {
        match self.storage().seal_audit(&head.place, 0).await {
            Ok(()) => {}
            Err(StorageError::Stale { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if head.place.sequence > 0 {
            let details = json!({ "entries": head.place.sequence });
            let entry = self.audit_entry(&Principal::system(), "auditLog.seal", "audit log", details);
            self.storage().append_audit(entry).await?;
        }
        Ok(true)
    }
}

fn damaged(state: &mut State, damage: AuditDamage, place: i64) -> ServiceError {
    if let Some(integrity) = &mut state.last {
        integrity.damage = integrity.damage.or(Some((damage, place)));
    }
    let code = ServiceError::AUDIT_DAMAGED.to_owned();
    ServiceError::Unavailable { code, message: damage.sentence(place) }
}

/// What the file says of the end of the chain and the other way round. `began`: this process has sealed the log, or
/// seen it sealed.
fn damage_of(known: &Checkpoints, head: &AuditHead, began: bool) -> Option<(AuditDamage, i64)> {
    let lines = known.count();
    if let Some(line) = known.damaged {
        return Some((AuditDamage::Checkpoints, line));
    }
    if head.sealed.is_none() && (lines > 0 || began) {
        return Some((AuditDamage::Head, head.place.sequence));
    }
    if lines < head.checkpoints {
        return Some((AuditDamage::Checkpoints, i64::try_from(lines + 1).unwrap_or(i64::MAX)));
    }
    None
}

fn without_origin(mut stored: StoredAudit) -> StoredAudit {
    stored.entry.from = None;
    stored
}
