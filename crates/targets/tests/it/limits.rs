//! Services that say how fast they may be asked. Time is the client's own: a wait moves its clock and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use domain::Time;
use ports::Target;
use targets::scim::{ScimTarget, Timer};

use crate::fake::{Fake, Fault, config};
use crate::support::{group, settings, user};

/// A clock that moves only when somebody waits.
#[derive(Debug)]
struct VirtualTime {
    start: Instant,
    waited: Mutex<Duration>,
}

impl VirtualTime {
    fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), waited: Mutex::default() })
    }

    fn waited(&self) -> Duration {
        *self.waited.lock().expect("not poisoned")
    }
}

#[async_trait]
impl Timer for VirtualTime {
    fn now(&self) -> Instant {
        self.start + self.waited()
    }

    fn utc(&self) -> Time {
        "1994-11-06T08:49:30Z".parse().expect("a moment")
    }

    async fn sleep(&self, duration: Duration) {
        *self.waited.lock().expect("not poisoned") += duration;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// How long a client waits whose third request is answered with 429 and these headers.
async fn wait_of(headers: &'static [(&'static str, &'static str)]) -> Duration {
    let turned_away = AtomicUsize::new(0);
    let fake = Fake::new(config(true, true), move |_, number| {
        (number == 3 && turned_away.fetch_add(1, Ordering::SeqCst) == 0).then_some(Fault::Answer(
            StatusCode::TOO_MANY_REQUESTS,
            headers,
            "",
        ))
    })
    .await;
    let time = VirtualTime::new();
    let mut settings = settings(&fake.url);
    (settings.timer, settings.concurrency) = (time.clone(), 1);
    let people: Vec<_> = (0..3).map(|number| user(number, "r")).collect();
    let made = ScimTarget::new(&settings).expect("settings").export(&people).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(fake.seen().len(), 5, "the configuration, three creates, one of them twice");
    time.waited()
}

#[tokio::test]
async fn pain_11_retry_after_is_obeyed_to_the_second_in_both_its_forms() {
    assert_eq!(wait_of(&[("retry-after", "97")]).await, Duration::from_secs(97));
    let date = &[("date", "Sun, 06 Nov 1994 08:49:31 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:50:31 GMT")];
    assert_eq!(wait_of(date).await, Duration::from_mins(1));
    // A clock that the service does not show is taken to be ours.
    assert_eq!(
        wait_of(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), ("date", "?")]).await,
        Duration::from_secs(7)
    );
    // Without it the end of the window counts.
    assert_eq!(
        wait_of(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "42")]).await,
        Duration::from_secs(42)
    );
}

#[tokio::test]
async fn a_service_whose_last_request_is_spent_is_left_alone_until_its_window_ends() {
    let fake = Fake::new(config(true, true), |_, number| {
        Some(Fault::Headers(match number {
            4 => &[("ratelimit-remaining", "0"), ("ratelimit-reset", "23")],
            _ => &[("ratelimit-remaining", "100"), ("ratelimit-reset", "60")],
        }))
    })
    .await;
    let time = VirtualTime::new();
    let mut settings = settings(&fake.url);
    (settings.timer, settings.concurrency) = (time.clone(), 1);
    let people: Vec<_> = (0..3).map(|number| user(number, "r")).collect();
    let target = ScimTarget::new(&settings).expect("settings");
    assert!(target.export(&people[..]).await.iter().all(Result::is_ok));
    assert_eq!((fake.seen().len(), time.waited()), (4, Duration::ZERO));
    // The window that the earlier answers spoke of ends last.
    assert!(target.export(&[user(9, "r")]).await[0].is_ok());
    assert_eq!(time.waited(), Duration::from_mins(1));
}

#[tokio::test]
async fn a_limit_of_the_settings_spaces_the_requests() {
    let fake = Fake::good().await;
    let time = VirtualTime::new();
    let mut settings = settings(&fake.url);
    (settings.timer, settings.concurrency, settings.requests_per_second) = (time.clone(), 1, Some(2));
    let people: Vec<_> = (0..20).map(|number| user(number, "r")).collect();
    assert!(ScimTarget::new(&settings).expect("settings").export(&people).await.iter().all(Result::is_ok));
    // Twenty-one requests are twenty spaces.
    assert_eq!(time.waited(), Duration::from_secs(10));
}

#[tokio::test]
async fn pain_11_memberships_travel_in_pieces_of_the_size_that_is_set() {
    let fake = Fake::good().await;
    let options = domain::scim::ScimOptions { members_per_request: 30, ..Default::default() };
    let target = ScimTarget::new(&settings(&fake.url).with(&options)).expect("settings");
    let members: Vec<_> = (0..100).map(|id| format!("m{id}")).collect();
    target.export(&[group(1, "r", &members)]).await[0].as_ref().expect("created");
    let sizes: Vec<_> = fake
        .seen()
        .iter()
        .filter_map(|seen| match seen.method {
            Method::POST => seen.body["members"].as_array().map(Vec::len),
            Method::PATCH => seen.body["Operations"][0]["value"].as_array().map(Vec::len),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [30, 30, 30, 10]);
    assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 100);
}

#[tokio::test]
async fn pain_11_a_service_that_takes_fewer_members_than_are_sent_gets_fewer_and_loses_nobody() {
    for status in [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST] {
        let fake = Fake::new(config(true, true), move |seen, _| {
            let sent = |value: &serde_json::Value| value.as_array().map_or(0, Vec::len);
            let operations = seen.body["Operations"].as_array().cloned().unwrap_or_default();
            let members: usize = operations.iter().map(|one| sent(&one["value"]).max(1)).sum();
            let body = r#"{"status":"400","detail":"members: at most 15 values"}"#;
            (members > 15).then_some(Fault::Answer(status, &[], body))
        })
        .await;
        let id = fake.put("Groups", serde_json::json!({"displayName": "Team"}));
        let mut join = crate::support::operation(ports::Verb::Update, domain::ObjectKind::Group, "a");
        (join.target_id, join.add_members) = (Some(id), (0..300).map(|id| format!("m{id}")).collect());
        let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
        target.export(std::slice::from_ref(&join)).await.remove(0).expect("joined");
        assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 300, "{status}");
        (join.remove_members, join.add_members) = (join.add_members.split_off(50), Vec::new());
        let before = fake.seen().len();
        target.export(&[join]).await.remove(0).expect("left");
        assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 50, "{status}");
        // What was learnt is not learnt again: 250 members in pieces of 12, and a look at the first.
        assert!(fake.seen().len() - before <= 23, "{} requests", fake.seen().len() - before);
    }
}
