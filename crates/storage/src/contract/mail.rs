//! The queue of messages.

use domain::mail::{DeliveryState, MailEvent, Message};
use serde_json::json;

use super::sample::{drain, time, uuid};
use crate::mail::{AttemptEnd, DeliveryFilter, Told};
use crate::{Storage, StorageError};

fn message(number: u128, recipients: &[&str]) -> Message {
    Message {
        id: uuid(number),
        event: MailEvent::QuarantineStarted,
        configuration: None,
        created_at: time(i64::try_from(number).expect("small")),
        subject: format!("Subject {number}"),
        text: "text".to_owned(),
        html: "<p>text</p>".to_owned(),
        recipients: recipients.iter().map(|text| (*text).to_owned()).collect(),
    }
}

async fn queue(storage: &dyn Storage, messages: Vec<Message>) {
    storage.tell(Told { messages, marks: Vec::new() }).await.expect("is queued");
}

async fn due(storage: &dyn Storage, second: i64) -> Vec<(i64, String)> {
    let found = storage.due_deliveries(time(second), 10).await.expect("are read");
    found.into_iter().map(|delivery| (delivery.id, delivery.recipient)).collect()
}

fn end(state: DeliveryState, next: Option<i64>) -> AttemptEnd {
    AttemptEnd {
        state,
        at: time(50),
        next_attempt_at: next.map(time),
        answer: "250 ok".to_owned(),
        uncertain: false,
    }
}

pub async fn a_message_waits_for_each_of_its_recipients(storage: &dyn Storage) {
    let sent = message(3, &["a@x.example", "b@x.example"]);
    queue(storage, vec![sent.clone(), message(5, &["a@x.example"])]).await;
    assert_eq!(due(storage, 2).await, []);
    assert_eq!(due(storage, 3).await.len(), 2);
    assert_eq!(due(storage, 5).await.len(), 3);
    assert_eq!(storage.message(sent.id).await.expect("is read"), Some(sent));
    assert_eq!(storage.next_delivery().await.expect("is read"), Some(time(3)));
}

pub async fn a_delivery_is_begun_once_and_ended_once(storage: &dyn Storage) {
    queue(storage, vec![message(1, &["a@x.example"])]).await;
    let (id, _) = due(storage, 9).await.remove(0);
    assert!(storage.begin_delivery(id).await.expect("begins"));
    assert!(!storage.begin_delivery(id).await.expect("is looked at"));
    assert_eq!(due(storage, 9).await, []);
    storage.end_delivery(id, end(DeliveryState::Waiting, Some(20))).await.expect("ends");
    assert_eq!(due(storage, 19).await, []);
    assert!(storage.begin_delivery(id).await.expect("begins again"));
    let uncertain = AttemptEnd { uncertain: true, ..end(DeliveryState::Waiting, Some(30)) };
    storage.end_delivery(id, uncertain).await.expect("ends");
    assert!(storage.begin_delivery(id).await.expect("begins again"));
    storage.end_delivery(id, end(DeliveryState::Sent, None)).await.expect("ends");
    let again = storage.end_delivery(id, end(DeliveryState::Refused, None)).await;
    assert!(matches!(again, Err(StorageError::Stale { .. })), "{again:?}");
    let all =
        drain(5, |page| async move { storage.deliveries(&DeliveryFilter::default(), page).await }).await;
    let one = &all[0];
    assert_eq!((one.state, one.attempts, one.uncertain), (DeliveryState::Sent, 3, true), "doubt stays");
    assert_eq!((one.ended_at, one.answer.as_deref()), (Some(time(50)), Some("250 ok")));
    assert_eq!(storage.next_delivery().await.expect("is read"), None);
}

pub async fn what_was_being_sent_at_the_end_of_the_process_waits_again(storage: &dyn Storage) {
    queue(storage, vec![message(1, &["a@x.example", "b@x.example"])]).await;
    let (id, _) = due(storage, 9).await.remove(0);
    storage.begin_delivery(id).await.expect("begins");
    assert_eq!(storage.interrupt_deliveries(time(10), "stopped").await.expect("are interrupted"), 1);
    let found = storage.due_deliveries(time(10), 10).await.expect("are read");
    let doubts: Vec<_> = found.iter().map(|delivery| (delivery.id == id, delivery.uncertain)).collect();
    assert_eq!(doubts, [(false, false), (true, true)]);
}

pub async fn a_mark_and_its_message_are_one(storage: &dyn Storage) {
    let marks =
        |value| vec![("quarantine/a".to_owned(), Some(json!(value))), ("other".to_owned(), Some(json!(1)))];
    let told =
        |number, value| Told { messages: vec![message(number, &["a@x.example"])], marks: marks(value) };
    storage.tell(told(1, "x")).await.expect("is told");
    assert!(storage.tell(told(1, "y")).await.is_err(), "a message is queued once");
    let kept = storage.marks("quarantine/").await.expect("are read");
    assert_eq!(kept, [("quarantine/a".to_owned(), json!("x"))], "nor was its mark set");
    let away = Told { marks: vec![("quarantine/a".to_owned(), None)], ..Told::default() };
    storage.tell(away).await.expect("is taken away");
    assert_eq!(storage.marks("quarantine/").await.expect("are read"), []);
    assert_eq!(storage.marks("").await.expect("are read").len(), 1);
}

pub async fn deliveries_are_found_by_state_and_text(storage: &dyn Storage) {
    queue(storage, vec![message(1, &["Anna@x.example"]), message(2, &["b@x.example"])]).await;
    let (id, _) = due(storage, 9).await.remove(0);
    storage.begin_delivery(id).await.expect("begins");
    storage.end_delivery(id, end(DeliveryState::Sent, None)).await.expect("ends");
    let found = async |filter: DeliveryFilter| {
        drain(1, |page| async { storage.deliveries(&filter, page).await }).await.len()
    };
    assert_eq!(found(DeliveryFilter::default()).await, 2);
    assert_eq!(found(DeliveryFilter { state: Some(DeliveryState::Sent), text: None }).await, 1);
    assert_eq!(found(DeliveryFilter { state: None, text: Some("anna".to_owned()) }).await, 1);
    assert_eq!(found(DeliveryFilter { state: None, text: Some("SUBJECT 2".to_owned()) }).await, 1);
}

pub async fn only_mail_that_waits_for_nothing_expires(storage: &dyn Storage) {
    queue(
        storage,
        vec![message(1, &["a@x.example"]), message(2, &["b@x.example"]), message(3, &["c@x.example"])],
    )
    .await;
    for (id, _) in due(storage, 9).await.into_iter().skip(1) {
        storage.begin_delivery(id).await.expect("begins");
        storage.end_delivery(id, end(DeliveryState::Sent, None)).await.expect("ends");
    }
    assert_eq!(storage.expire_mail(time(3), 10).await.expect("expires"), 1);
    let left =
        drain(5, |page| async move { storage.deliveries(&DeliveryFilter::default(), page).await }).await;
    let left: Vec<_> = left.iter().map(|delivery| delivery.recipient.as_str()).collect();
    assert_eq!(left, ["c@x.example", "a@x.example"]);
}
