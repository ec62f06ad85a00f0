//! Agents: the engine reads through whatever source it is given.

use async_trait::async_trait;
use domain::agent::Patience;
use domain::enrolment::{AgentAlarmKind, Enrolment};
use domain::timeline::{BeatHour, BeatPoint};
use domain::{AgentId, DomainId, EnrolmentId, Time};
use storage::agent::{
    AgentCounts, AgentFilter, BeatWrite, CounterOutcome, CounterStep, Enrolled, NewAgent, StoredAgent,
};
use storage::audit::NewAudit;
use storage::{AgentStore, Page, PageRequest, Result};

use super::MemoryStorage;
use super::unused::not_asked;

#[async_trait]
impl AgentStore for MemoryStorage {
    async fn add_enrolment(&self, _: &Enrolment, _: &[u8; 32], _: &[DomainId], _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn enrolments(&self, _: PageRequest) -> Result<Page<Enrolment>> {
        not_asked()
    }

    async fn enrolment(&self, _: EnrolmentId) -> Result<Option<Enrolment>> {
        not_asked()
    }

    async fn withdraw_enrolment(&self, _: EnrolmentId, _: Time, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn enrol(&self, _: &[u8; 32], _: &NewAgent, _: NewAudit) -> Result<Enrolled> {
        not_asked()
    }

    async fn expire_enrolments(&self, _: Time) -> Result<u64> {
        not_asked()
    }

    async fn agent(&self, _: AgentId) -> Result<Option<StoredAgent>> {
        not_asked()
    }

    async fn agents(&self, _: &AgentFilter, _: PageRequest) -> Result<Page<StoredAgent>> {
        not_asked()
    }

    async fn agent_counts(&self, _: Time, _: Patience) -> Result<AgentCounts> {
        not_asked()
    }

    async fn set_agent_domains(&self, _: AgentId, _: &[DomainId], _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn retire_agent(&self, _: AgentId, _: Time, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn offer_key(&self, _: AgentId, _: &[u8; 32], _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn advance_counters(&self, _: &[CounterStep]) -> Result<Vec<CounterOutcome>> {
        not_asked()
    }

    async fn raise_alarm(
        &self,
        _: AgentId,
        _: AgentAlarmKind,
        _: Time,
        _: &str,
        _: NewAudit,
    ) -> Result<bool> {
        not_asked()
    }

    async fn clear_alarms(&self, _: AgentId, _: NewAudit) -> Result<()> {
        not_asked()
    }

    async fn write_beats(&self, _: &[BeatWrite]) -> Result<()> {
        not_asked()
    }

    async fn beats(&self, _: AgentId, _: Time) -> Result<Vec<BeatPoint>> {
        not_asked()
    }

    async fn beat_hours(&self, _: AgentId, _: Time) -> Result<Vec<BeatHour>> {
        not_asked()
    }

    async fn fold_beats(&self, _: Time, _: Patience, _: u32) -> Result<u64> {
        not_asked()
    }

    async fn expire_beat_hours(&self, _: Time, _: u32) -> Result<u64> {
        not_asked()
    }
}
