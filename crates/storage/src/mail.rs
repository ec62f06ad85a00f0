//! The queue of messages, and the marks of what people were told.

use async_trait::async_trait;
use domain::Time;
use domain::mail::{Delivery, DeliveryState, Message};
use serde_json::Value;
use uuid::Uuid;

use crate::{Page, PageRequest, Result};

/// What is written together: messages, and what is remembered of it so that nothing is told twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    pub messages: Vec<Message>,
    /// Marks to set; `None` takes a mark away.
    pub marks: Vec<(String, Option<Value>)>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptEnd {
    pub state: DeliveryState,
    pub at: Time,
    /// Of one that waits again.
    pub next_attempt_at: Option<Time>,
    pub answer: String,
    /// The mail server may have taken it.
    pub uncertain: bool,
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    /// Part of the recipient or the subject, without regard to ASCII case.
    pub text: Option<String>,
}

#[async_trait]
pub trait MailStore: Send + Sync {
    /// Queues messages and sets marks, both or neither.
    async fn tell(&self, told: Told) -> Result<()>;
    /// Marks whose names begin so, by name.
    async fn marks(&self, prefix: &str) -> Result<Vec<(String, Value)>>;
    /// Deliveries that wait and whose time has come, oldest first.
    async fn due_deliveries(&self, now: Time, limit: u32) -> Result<Vec<Delivery>>;
    /// When the next waiting delivery is due.
    async fn next_delivery(&self) -> Result<Option<Time>>;
    async fn message(&self, id: Uuid) -> Result<Option<Message>>;
    /// Notes that a conversation begins. `false` when the delivery does not wait.
    async fn begin_delivery(&self, id: i64) -> Result<bool>;
    async fn end_delivery(&self, id: i64, end: AttemptEnd) -> Result<()>;
    /// At the start of the process: what was being sent waits again. Whether the mail server took it is not known.
    async fn interrupt_deliveries(&self, at: Time, answer: &str) -> Result<u64>;
    /// Newest first.
    async fn deliveries(&self, filter: &DeliveryFilter, page: PageRequest) -> Result<Page<Delivery>>;
    /// Drops up to `limit` messages that were made before a time and wait for nothing. Gives how many.
    async fn expire_mail(&self, before: Time, limit: u32) -> Result<u64>;
}
