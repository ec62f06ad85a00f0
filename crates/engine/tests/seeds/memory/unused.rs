//! What neither the engine nor the built-in directory asks of a store.

use async_trait::async_trait;
use domain::access::{Account, ApiToken, Identity, Role};
use domain::alert::Alert;
use domain::cycle::Problem;
use domain::mail::{Delivery, Message};
use domain::readiness::{ObjectFinding, ReadinessScan};
use domain::simulation::{SimulatedObject, Simulation, Tally};
use domain::unmatched::{UnmatchedObject, UnmatchedScan};
use domain::{AccountId, AlertId, ConfigurationId, Cycle, SimulationId, Time, TokenId};
use storage::alert::{AlertChanges, AlertCount, AlertFilter, AlertHistory};
use storage::audit::{AuditFilter, AuditPlace, ChainCheck, NewAudit, StoredAudit};
use storage::cycle::Progress;
use storage::insight::{CycleSlot, ObjectStates, OperationSlot, Period};
use storage::mail::{AttemptEnd, DeliveryFilter, Told};
use storage::readiness::{FindingCounts, FindingFilter};
use storage::simulation::{Scratch, SimulatedFilter, SimulatedRecord, SimulationEnd};
use storage::unmatched::UnmatchedFilter;
use storage::{
    AccessStore, AlertStore, AuditStore, InsightStore, MailStore, Page, PageRequest, ReadinessStore, Result,
    SessionStore, SettingStore, SimulationStore, UnmatchedStore,
};

use super::MemoryStorage;

pub fn not_asked<T>() -> Result<T> {
    unreachable!("the engine does not ask for this")
}

#[async_trait]
impl AccessStore for MemoryStorage {
    async fn add_account(&self, _: &Account, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn account_by_name(&self, _: &str) -> Result<Option<Account>> {
        not_asked()
    }

    async fn account_by_identity(&self, _: &Identity) -> Result<Option<Account>> {
        not_asked()
    }

    async fn account(&self, _: AccountId) -> Result<Option<Account>> {
        not_asked()
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        not_asked()
    }

    async fn delete_account(&self, _: AccountId, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn set_password(&self, _: AccountId, _: &str, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn set_role(&self, _: AccountId, _: Role, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn add_token(&self, _: &ApiToken, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn token_by_hash(&self, _: &[u8]) -> Result<Option<ApiToken>> {
        not_asked()
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>> {
        not_asked()
    }

    async fn touch_token(&self, _: TokenId, _: Time) -> Result<()> {
        not_asked()
    }

    async fn delete_token(&self, _: TokenId, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn add_sign_in_link(&self, _: &[u8], _: AccountId, _: Time) -> Result<()> {
        not_asked()
    }

    async fn take_sign_in_link(&self, _: &[u8], _: Time) -> Result<Option<Account>> {
        not_asked()
    }
}

#[async_trait]
impl AuditStore for MemoryStorage {
    async fn append_audit(&self, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn audit(&self, _: &AuditFilter, _: PageRequest) -> Result<Page<StoredAudit>> {
        not_asked()
    }

    async fn audit_entry(&self, _: i64) -> Result<Option<StoredAudit>> {
        not_asked()
    }

    async fn check_audit(&self, _: &AuditPlace, _: &[AuditPlace]) -> Result<ChainCheck> {
        not_asked()
    }

    async fn seal_audit(&self, _: &AuditPlace, _: u64) -> Result<()> {
        not_asked()
    }
}

#[async_trait]
impl SessionStore for MemoryStorage {
    async fn add_session(&self, _: &str, _: &str, _: Time) -> Result<bool> {
        not_asked()
    }

    async fn put_session(&self, _: &str, _: &str, _: Time) -> Result<()> {
        not_asked()
    }

    async fn session(&self, _: &str, _: Time) -> Result<Option<String>> {
        not_asked()
    }

    async fn delete_session(&self, _: &str) -> Result<()> {
        not_asked()
    }

    async fn expire_sessions(&self, _: Time) -> Result<u64> {
        not_asked()
    }
}

#[async_trait]
impl SettingStore for MemoryStorage {
    async fn setting(&self, _: &str) -> Result<Option<serde_json::Value>> {
        not_asked()
    }

    async fn put_setting(&self, _: &str, _: &serde_json::Value) -> Result<()> {
        not_asked()
    }

    async fn check_storage(&self) -> Result<()> {
        not_asked()
    }
}

#[async_trait]
impl SimulationStore for MemoryStorage {
    async fn begin_simulation(&self, _: &Simulation) -> Result<()> {
        not_asked()
    }

    async fn add_simulated(
        &self,
        _: SimulationId,
        _: Progress,
        _: &[Tally],
        _: &[SimulatedRecord],
    ) -> Result<()> {
        not_asked()
    }

    async fn end_simulation(&self, _: SimulationId, _: SimulationEnd) -> Result<()> {
        not_asked()
    }

    async fn simulations(&self, _: ConfigurationId, _: PageRequest) -> Result<Page<Simulation>> {
        not_asked()
    }

    async fn simulation(&self, _: SimulationId) -> Result<Option<Simulation>> {
        not_asked()
    }

    async fn simulated_objects(
        &self,
        _: SimulationId,
        _: &SimulatedFilter,
        _: PageRequest,
    ) -> Result<Page<SimulatedObject>> {
        not_asked()
    }

    async fn simulated_object(&self, _: SimulationId, _: i64) -> Result<Option<SimulatedObject>> {
        not_asked()
    }

    async fn interrupt_simulations(&self, _: Time) -> Result<u64> {
        not_asked()
    }

    async fn expire_simulations(&self, _: Time, _: u32) -> Result<u64> {
        not_asked()
    }

    async fn scratch(&self, _: ConfigurationId, _: bool) -> Result<Box<dyn Scratch>> {
        not_asked()
    }
}

#[async_trait]
impl InsightStore for MemoryStorage {
    async fn operations_over_time(&self, _: &Period) -> Result<Vec<OperationSlot>> {
        not_asked()
    }

    async fn top_errors(&self, _: &Period, _: u32) -> Result<Vec<(String, u64)>> {
        not_asked()
    }

    async fn cycles_over_time(&self, _: &Period) -> Result<Vec<CycleSlot>> {
        not_asked()
    }

    async fn longest_cycles(&self, _: &Period, _: u32) -> Result<Vec<Cycle>> {
        not_asked()
    }

    async fn agents_heard(&self, _: Time, _: Time) -> Result<Vec<(Time, u64)>> {
        not_asked()
    }

    async fn object_states(&self, _: Option<ConfigurationId>) -> Result<ObjectStates> {
        not_asked()
    }
}

#[async_trait]
impl UnmatchedStore for MemoryStorage {
    async fn begin_unmatched(&self, _: &UnmatchedScan) -> Result<()> {
        not_asked()
    }

    async fn add_unmatched(&self, _: ConfigurationId, _: u64, _: &[UnmatchedObject]) -> Result<()> {
        not_asked()
    }

    async fn drop_unmatched(&self, _: ConfigurationId, _: &[String]) -> Result<()> {
        not_asked()
    }

    async fn end_unmatched(&self, _: ConfigurationId, _: Time, _: Option<Problem>) -> Result<()> {
        not_asked()
    }

    async fn unmatched_scan(&self, _: ConfigurationId) -> Result<Option<UnmatchedScan>> {
        not_asked()
    }

    async fn unmatched(
        &self,
        _: ConfigurationId,
        _: &UnmatchedFilter,
        _: PageRequest,
    ) -> Result<Page<UnmatchedObject>> {
        not_asked()
    }

    async fn interrupt_unmatched(&self, _: Time) -> Result<()> {
        not_asked()
    }
}

#[async_trait]
impl MailStore for MemoryStorage {
    async fn tell(&self, _: Told) -> Result<()> {
        not_asked()
    }

    async fn marks(&self, _: &str) -> Result<Vec<(String, serde_json::Value)>> {
        not_asked()
    }

    async fn due_deliveries(&self, _: Time, _: u32) -> Result<Vec<Delivery>> {
        not_asked()
    }

    async fn next_delivery(&self) -> Result<Option<Time>> {
        not_asked()
    }

    async fn message(&self, _: uuid::Uuid) -> Result<Option<Message>> {
        not_asked()
    }

    async fn begin_delivery(&self, _: i64) -> Result<bool> {
        not_asked()
    }

    async fn end_delivery(&self, _: i64, _: AttemptEnd) -> Result<()> {
        not_asked()
    }

    async fn interrupt_deliveries(&self, _: Time, _: &str) -> Result<u64> {
        not_asked()
    }

    async fn deliveries(&self, _: &DeliveryFilter, _: PageRequest) -> Result<Page<Delivery>> {
        not_asked()
    }

    async fn expire_mail(&self, _: Time, _: u32) -> Result<u64> {
        not_asked()
    }
}

#[async_trait]
impl ReadinessStore for MemoryStorage {
    async fn begin_readiness(&self, _: &ReadinessScan) -> Result<()> {
        not_asked()
    }

    async fn advance_readiness(&self, _: &ReadinessScan, _: &[ObjectFinding]) -> Result<()> {
        not_asked()
    }

    async fn readiness_scan(&self) -> Result<Option<ReadinessScan>> {
        not_asked()
    }

    async fn findings(&self, _: &FindingFilter, _: bool, _: PageRequest) -> Result<Page<ObjectFinding>> {
        not_asked()
    }

    async fn interrupt_readiness(&self) -> Result<()> {
        not_asked()
    }

    async fn finding_counts(&self) -> Result<FindingCounts> {
        not_asked()
    }
}

#[async_trait]
impl AlertStore for MemoryStorage {
    async fn watched_alerts(&self, _: Time) -> Result<Vec<Alert>> {
        not_asked()
    }

    async fn change_alerts(&self, _: AlertChanges) -> Result<()> {
        not_asked()
    }

    async fn alerts(&self, _: &AlertFilter, _: PageRequest) -> Result<Page<Alert>> {
        not_asked()
    }

    async fn alert(&self, _: AlertId) -> Result<Option<AlertHistory>> {
        not_asked()
    }

    async fn acknowledge_alert(
        &self,
        _: AlertId,
        _: Time,
        _: &str,
        _: Option<&str>,
        _: NewAudit,
    ) -> Result<()> {
        not_asked()
    }

    async fn alert_counts(&self) -> Result<Vec<AlertCount>> {
        not_asked()
    }

    async fn expire_alerts(&self, _: Time, _: u32) -> Result<u64> {
        not_asked()
    }
}
