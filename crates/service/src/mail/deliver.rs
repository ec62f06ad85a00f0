//! The queue's turns: each waiting delivery is tried, and what the mail server said is noted.
//!
//! What is being sent when the process ends, and what got no answer after the whole message was given, may have been
//! taken. It is sent again with the same Message-ID (`adr/0014`): nobody goes without a message.

use chrono::TimeDelta;
use domain::mail::{Delivery, DeliveryState, Message};
use notify::{Conversation, MailServer, Outcome, Patience};
use storage::StorageError;
use storage::mail::AttemptEnd;
use tokio::sync::MutexGuard;

use crate::{Result, Service};

/// Minutes to the next attempt after the first, the second, ...; the last one holds from then on.
pub const RETRIES: &[i64] = &[1, 5, 15, 30, 60, 120];
/// How long a message is worth it (RFC 5321, section 4.5.4.1: at least 4 to 5 days).
const GIVE_UP: TimeDelta = TimeDelta::days(5);
/// Deliveries of one conversation.
const BATCH: u32 = 50;

impl Service {
    /// At the start of the process: what was being sent at the end of the last one waits again.
    pub async fn resume_mail(&self) -> Result<()> {
        let answer = "the server was stopped while the mail server had the message";
        self.storage().interrupt_deliveries(self.now(), answer).await?;
        Ok(())
    }

    /// Tries every delivery whose time has come. Gives how many were tried.
    pub async fn deliver_mail(&self, patience: Patience) -> Result<usize> {
        let turn = self.mail_turn().lock().await;
        let due = self.storage().due_deliveries(self.now(), BATCH).await?;
        let count = due.len();
        if count > 0 {
            self.attempt_with(&turn, due, true, patience).await?;
        }
        Ok(count)
    }

    pub(super) async fn attempt(
        &self,
        turn: &MutexGuard<'_, ()>,
        due: Vec<Delivery>,
        again: bool,
    ) -> Result<()> {
        self.attempt_with(turn, due, again, Patience::default()).await
    }

    /// Tries some deliveries, one after the other. `again`: what fails for now waits for another attempt.
    async fn attempt_with(
        &self,
        _turn: &MutexGuard<'_, ()>,
        due: Vec<Delivery>,
        again: bool,
        patience: Patience,
    ) -> Result<()> {
        let Some((server, from)) = self.mail_server().await? else { return Ok(()) };
        let mut conversation = None;
        let mut unreachable = None;
        for delivery in due {
            let Some(message) = self.storage().message(delivery.message).await? else { continue };
            if !self.storage().begin_delivery(delivery.id).await? {
                continue;
            }
            let outcome = match &unreachable {
                // One failed connection speaks for all of this turn.
                Some(reason) => Outcome::Later(String::clone(reason)),
                None => {
                    let way = (&server, from.as_str(), patience);
                    converse(&mut conversation, way, &message, &delivery.recipient).await.unwrap_or_else(
                        |reason| {
                            unreachable = Some(reason.clone());
                            Outcome::Later(reason)
                        },
                    )
                }
            };
            let end = self.end_of(&delivery, outcome, again);
            log(&delivery, &end);
            match self.storage().end_delivery(delivery.id, end).await {
                Ok(()) | Err(StorageError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(conversation) = conversation {
            conversation.close().await;
        }
        Ok(())
    }

    fn end_of(&self, delivery: &Delivery, outcome: Outcome, again: bool) -> AttemptEnd {
        let at = self.now();
        let (wanted, answer, uncertain) = match outcome {
            Outcome::Taken(answer) => (DeliveryState::Sent, answer, false),
            Outcome::Refused(answer) => (DeliveryState::Refused, answer, false),
            Outcome::Later(answer) => (DeliveryState::Waiting, answer, false),
            Outcome::Unknown(answer) => (DeliveryState::Waiting, answer, true),
        };
        let tried = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
        let minutes = RETRIES.get(tried).or(RETRIES.last()).copied().unwrap_or(120);
        let next = at + TimeDelta::minutes(minutes);
        let state = if wanted == DeliveryState::Waiting && (!again || next - delivery.created_at > GIVE_UP) {
            DeliveryState::GivenUp
        } else {
            wanted
        };
        let next_attempt_at = (state == DeliveryState::Waiting).then_some(next);
        AttemptEnd { state, at, next_attempt_at, answer, uncertain }
    }
}

/// Gives a message in the open conversation, or in a new one. The error says why there is none.
async fn converse(
    open: &mut Option<Conversation>,
    (server, from, patience): (&MailServer, &str, Patience),
    message: &Message,
    recipient: &str,
) -> std::result::Result<Outcome, String> {
    let conversation = match open.take().filter(Conversation::usable) {
        Some(conversation) => open.insert(conversation),
        None => open.insert(Conversation::open(server, patience).await?),
    };
    Ok(conversation.give(message, from, recipient).await)
}

fn log(delivery: &Delivery, end: &AttemptEnd) {
    let (mail, event, state) = (delivery.message.as_simple(), delivery.event.as_str(), end.state.as_str());
    if end.state == DeliveryState::Sent {
        tracing::info!(%mail, event, state, answer = end.answer, "mail was sent");
    } else {
        tracing::warn!(%mail, event, state, answer = end.answer, uncertain = end.uncertain, "mail was not sent");
    }
}
