//! Agents: tokens, keys, heartbeats.

mod beats;
mod enrolment;
mod keys;
mod list;
pub(crate) mod packed;

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

use crate::error::database;
use crate::fields::micros;
use crate::open::SqliteStorage;
use crate::tx::Durability;

#[async_trait]
impl AgentStore for SqliteStorage {
    async fn add_enrolment(
        &self,
        enrolment: &Enrolment,
        hash: &[u8; 32],
        domains: &[DomainId],
        audit: NewAudit,
    ) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        enrolment::add(&mut tx, enrolment, hash, domains, &audit).await?;
        tx.commit().await
    }

    async fn enrolments(&self, page: PageRequest) -> Result<Page<Enrolment>> {
        enrolment::list(&self.readers, page).await
    }

    async fn enrolment(&self, id: EnrolmentId) -> Result<Option<Enrolment>> {
        enrolment::one(&self.readers, id).await
    }

    async fn withdraw_enrolment(&self, id: EnrolmentId, at: Time, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        enrolment::withdraw(&mut tx, id, at, &audit).await?;
        tx.commit().await
    }

    async fn enrol(&self, hash: &[u8; 32], agent: &NewAgent, audit: NewAudit) -> Result<Enrolled> {
        let mut tx = self.write(Durability::Full).await?;
        let enrolled = enrolment::enrol(&mut tx, hash, agent, &audit).await?;
        tx.commit().await?;
        Ok(enrolled)
    }

    async fn expire_enrolments(&self, before: Time) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let gone = sqlx::query(
            "DELETE FROM enrolments WHERE used_at IS NULL AND coalesce(withdrawn_at, expires_at) < ?",
        )
        .bind(micros(before))
        .execute(&mut *tx)
        .await
        .map_err(database)?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }

    async fn agent(&self, id: AgentId) -> Result<Option<StoredAgent>> {
        list::one(&self.readers, id).await
    }

    async fn agents(&self, filter: &AgentFilter, page: PageRequest) -> Result<Page<StoredAgent>> {
        list::list(&self.readers, filter, page).await
    }

    async fn agent_counts(&self, now: Time, patience: Patience) -> Result<AgentCounts> {
        list::counts(&self.readers, now, patience).await
    }

    async fn set_agent_domains(&self, id: AgentId, domains: &[DomainId], audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        keys::set_domains(&mut tx, id, domains, &audit).await?;
        tx.commit().await
    }

    async fn retire_agent(&self, id: AgentId, at: Time, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        keys::retire(&mut tx, id, at, &audit).await?;
        tx.commit().await
    }

    async fn offer_key(&self, id: AgentId, next: &[u8; 32], audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        keys::offer(&mut tx, id, next, &audit).await?;
        tx.commit().await
    }

    async fn advance_counters(&self, steps: &[CounterStep]) -> Result<Vec<CounterOutcome>> {
        let mut tx = self.write(Durability::Full).await?;
        let outcomes = keys::advance(&mut tx, steps).await?;
        tx.commit().await?;
        Ok(outcomes)
    }

    async fn raise_alarm(
        &self,
        id: AgentId,
        kind: AgentAlarmKind,
        at: Time,
        address: &str,
        audit: NewAudit,
    ) -> Result<bool> {
        let mut tx = self.write(Durability::Full).await?;
        let first = keys::raise(&mut tx, id, kind, at, address, &audit).await?;
        tx.commit().await?;
        Ok(first)
    }

    async fn clear_alarms(&self, id: AgentId, audit: NewAudit) -> Result<()> {
        let mut tx = self.write(Durability::Full).await?;
        keys::clear(&mut tx, id, &audit).await?;
        tx.commit().await
    }

    async fn write_beats(&self, beats: &[BeatWrite]) -> Result<()> {
        if beats.is_empty() {
            return Ok(());
        }
        let mut tx = self.write(Durability::Process).await?;
        beats::write(&mut tx, beats).await?;
        tx.commit().await
    }

    async fn beats(&self, id: AgentId, since: Time) -> Result<Vec<BeatPoint>> {
        beats::since(&self.readers, id, since).await
    }

    async fn beat_hours(&self, id: AgentId, since: Time) -> Result<Vec<BeatHour>> {
        beats::hours(&self.readers, id, since).await
    }

    async fn fold_beats(&self, before: Time, patience: Patience, agents: u32) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let folded = beats::fold(&mut tx, before, patience, agents).await?;
        tx.commit().await?;
        Ok(folded)
    }

    async fn expire_beat_hours(&self, before: Time, limit: u32) -> Result<u64> {
        let mut tx = self.write(Durability::Process).await?;
        let gone = beats::expire_hours(&mut tx, before, limit).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
