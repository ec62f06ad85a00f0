//! Services that throttle, fail, vanish or are no SCIM services at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::catalogue::{TARGET_BUSY, TARGET_CREDENTIALS, TARGET_ERROR, TARGET_PROTOCOL, TARGET_UNREACHABLE};
use domain::{ObjectKind, Secret};
use ports::{OutcomeKind, Target, Verb};
use serde_json::json;
use targets::scim::{ScimTarget, SettingsError};

use crate::fake::{Fake, Fault, config};
use crate::support::{operation, settings, user};

const THROTTLED: Fault = Fault::Answer(
    StatusCode::TOO_MANY_REQUESTS,
    &[("retry-after", "1"), ("content-type", "application/json")],
    "{}",
);

#[tokio::test]
async fn no_request_comes_before_retry_after_has_passed() {
    let turned_away = AtomicUsize::new(0);
    let fake = Fake::new(config(true, true), move |seen, number| {
        // The first answer closes the door; whoever comes while it is closed is turned away as well.
        (seen.method == Method::POST && number >= 4 && turned_away.fetch_add(1, Ordering::SeqCst) == 0)
            .then_some(THROTTLED)
    })
    .await;
    let mut settings = settings(&fake.url);
    settings.concurrency = 1;
    let people: Vec<_> = (0..6).map(|number| user(number, "r")).collect();
    let results = ScimTarget::new(&settings).expect("settings").export(&people).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let seen = fake.seen();
    assert_eq!(seen.len(), 8, "the config, six creates, one of them twice");
    let pause = seen[4].at - seen[3].at;
    assert!(pause >= Duration::from_secs(1) && pause < Duration::from_millis(1900), "{pause:?}");
}

#[tokio::test]
async fn the_door_is_closed_for_everybody() {
    let fake = Fake::new(config(true, true), |_, number| (number == 10).then_some(THROTTLED)).await;
    let people: Vec<_> = (0..200).map(|number| user(number, "r")).collect();
    let results = ScimTarget::new(&settings(&fake.url)).expect("settings").export(&people).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let seen = fake.seen();
    let closed = seen[9].at;
    // Those under way when the answer came cannot be called back: seven at most beside it.
    let early = seen[10..].iter().filter(|seen| seen.at < closed + Duration::from_secs(1)).count();
    assert!(early <= 7, "{early} requests came while the door was closed");
}

#[tokio::test]
async fn a_pause_that_is_longer_than_a_cycle_waits_is_an_error_and_outlives_the_cycle() {
    let busy = Fault::Answer;
    let fake = Fake::new(config(true, true), move |_, _| {
        Some(busy(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", "3600")], ""))
    })
    .await;
    let settings = settings(&fake.url);
    for _ in 0..2 {
        let error = ScimTarget::new(&settings).expect("settings").probe().await.expect_err("busy");
        assert_eq!(error.code(), &TARGET_BUSY);
        assert!(error.is_system());
    }
    assert_eq!(fake.seen().len(), 1, "the second cycle asks nothing");
}

#[tokio::test]
async fn every_lost_answer_to_a_create_is_looked_up_and_nothing_is_made_twice() {
    let fake =
        Fake::new(config(true, true), |seen, _| (seen.method == Method::POST).then_some(Fault::LoseAnswer))
            .await;
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let people: Vec<_> = (0..40).map(|number| user(number, "r")).collect();
    let results = target.export(&people).await;
    assert!(results.iter().all(|result| result.as_ref().is_ok_and(|made| made.kind == OutcomeKind::Created)));
    assert_eq!((fake.objects("Users").len(), fake.count(&Method::POST)), (40, 40));
    assert_eq!(fake.seen().len(), 81, "one look-up a lost answer");
}

#[tokio::test]
async fn without_filters_the_list_says_whether_a_lost_create_was_done() {
    let fake =
        Fake::new(config(true, false), |seen, _| match (&seen.method, seen.body["externalId"].as_str()) {
            (&Method::POST, Some("anchor-u0-r")) => Some(Fault::LoseAnswer),
            (&Method::POST, Some("anchor-u1-r")) => Some(Fault::Hang),
            _ => None,
        })
        .await;
    for number in 0..120 {
        fake.put("Users", json!({"userName": number.to_string(), "externalId": number.to_string()}));
    }
    let mut settings = settings(&fake.url);
    settings.timeout = Duration::from_millis(500);
    let target = ScimTarget::new(&settings).expect("settings");
    let results = target.export(&[user(0, "r"), user(1, "r"), user(2, "r")]).await;
    assert_eq!(results[0].as_ref().expect("found again").kind, OutcomeKind::Created);
    let error = results[1].as_ref().expect_err("no answer");
    assert_eq!((error.code(), error.is_system()), (&TARGET_ERROR, false));
    assert!(results[2].is_ok());
    assert_eq!(fake.count(&Method::POST), 3, "no create is sent a second time on suspicion");
    assert_eq!(fake.objects("Users").len(), 122);
}

#[tokio::test]
async fn an_object_that_is_there_without_its_anchor_is_recognised_after_a_lost_answer() {
    // A service that does not keep externalId: the fake loses it with the answer.
    let fake = Fake::new(config(true, true), |seen, _| {
        (seen.method == Method::POST).then_some(Fault::Answer(StatusCode::BAD_GATEWAY, &[], ""))
    })
    .await;
    let new = user(1, "r");
    let mut held = json!({"userName": new.attributes["userName"].to_json(), "active": true});
    for (name, value) in
        [("displayName", "Ada \"1\" Stöne"), ("title", "Engineer"), ("preferredLanguage", "de-CH")]
    {
        held[name] = json!(value);
    }
    let only: Vec<_> = ["userName", "active", "displayName", "title", "preferredLanguage"].into();
    let mut new = new;
    new.attributes.retain(|name, _| only.contains(&name.as_str()));
    let id = fake.put("Users", held);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let made = target.export(std::slice::from_ref(&new)).await.remove(0).expect("recognised");
    assert_eq!((made.kind, made.target_id), (OutcomeKind::Created, id));
    assert_eq!(fake.count(&Method::POST), 1);
}

#[tokio::test]
async fn a_failing_change_is_sent_again_and_a_failing_create_only_after_a_look() {
    let fake = Fake::new(config(true, true), |seen, number| {
        (number % 2 == 0 && seen.method != Method::GET).then_some(Fault::Answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            &[],
            "oops",
        ))
    })
    .await;
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let made = target.export(&[user(1, "r")]).await.remove(0).expect("created");
    assert_eq!(fake.objects("Users").len(), 1);
    let mut off = operation(Verb::Disable, ObjectKind::User, "anchor-u1-r");
    off.target_id = Some(made.target_id);
    assert_eq!(target.export(&[off]).await.remove(0).expect("off").kind, OutcomeKind::Disabled);
    assert_eq!(fake.objects("Users")[0]["active"], json!(false));
}

#[tokio::test]
async fn a_sign_in_page_is_not_taken_for_an_answer() {
    const PAGE: &str = "<!doctype html><title>Sign in</title><p>Please sign in";
    let html = |status| {
        move |_: &crate::fake::Seen, _: usize| {
            Some(Fault::Answer(status, &[("content-type", "text/html; charset=utf-8")], PAGE))
        }
    };
    let fake = Fake::new(config(true, true), html(StatusCode::OK)).await;
    let error = ScimTarget::new(&settings(&fake.url)).expect("settings").probe().await.expect_err("HTML");
    assert_eq!((error.code(), error.is_system()), (&TARGET_PROTOCOL, true));
    assert_eq!(
        error.to_string(),
        "/scim/v2/ServiceProviderConfig answered 200 OK with text/html; charset=utf-8, \"Sign in Please sign in\"",
    );
    // A wrong address: everything is missing, the configuration too.
    let fake = Fake::new(config(true, true), html(StatusCode::NOT_FOUND)).await;
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    assert_eq!(target.probe().await.expect_err("HTML").code(), &TARGET_PROTOCOL);
    let mut delete = operation(Verb::Delete, ObjectKind::User, "a");
    delete.target_id = Some("1".into());
    let error = target.export(&[delete]).await.remove(0).expect_err("no proof that the object is gone");
    assert_eq!(error.code(), &TARGET_PROTOCOL);
}

#[tokio::test]
async fn a_redirection_is_named_and_not_followed() {
    let fake = Fake::new(config(true, true), |_, _| {
        Some(Fault::Answer(StatusCode::FOUND, &[("location", "https://elsewhere.example/login")], ""))
    })
    .await;
    let error =
        ScimTarget::new(&settings(&fake.url)).expect("settings").probe().await.expect_err("redirected");
    assert_eq!(error.code(), &TARGET_PROTOCOL);
    assert!(error.to_string().contains("https://elsewhere.example/login"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_and_a_token_that_is_wrong_have_their_own_errors() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/scim/v2", listener.local_addr().expect("an address"));
    drop(listener);
    let error = ScimTarget::new(&settings(&url)).expect("settings").probe().await.expect_err("nobody there");
    assert_eq!((error.code(), error.is_system()), (&TARGET_UNREACHABLE, true));
    let fake = Fake::new(config(true, true), |seen, _| {
        (seen.path == "Users").then_some(Fault::Answer(StatusCode::UNAUTHORIZED, &[], ""))
    })
    .await;
    let error =
        ScimTarget::new(&settings(&fake.url)).expect("settings").probe().await.expect_err("wrong token");
    assert_eq!(error.code(), &TARGET_CREDENTIALS);
}

#[tokio::test]
async fn settings_that_would_leak_the_token_are_refused_and_it_is_never_shown() {
    let refused = |url: &str| ScimTarget::new(&settings(url)).map(|_| ()).expect_err("refused");
    assert_eq!(refused("http://app.example/scim/v2"), SettingsError::Plaintext("app.example".into()));
    assert!(matches!(refused("app.example/scim"), SettingsError::Address(_)));
    assert!(matches!(refused("ftp://app.example/"), SettingsError::Address(_)));
    assert_eq!(refused("https://u:p@app.example/"), SettingsError::PasswordInAddress);
    let mut settings = settings("http://[::1]:1/scim");
    settings.token = Secret::new("hunter2");
    let target = ScimTarget::new(&settings).expect("loopback is this machine");
    assert!(!format!("{settings:?} {target:?}").contains("hunter2"));
    settings.token = Secret::new("two\nlines");
    assert_eq!(ScimTarget::new(&settings).map(|_| ()), Err(SettingsError::Token));
}

#[tokio::test]
async fn many_interrupted_creates_cost_one_reading_of_the_list() {
    let fake = Fake::new(config(true, false), |_, _| None).await;
    let people: Vec<_> = (0..60).map(|number| user(number, "r")).collect();
    ScimTarget::new(&settings(&fake.url)).expect("settings").export(&people[..30]).await;
    let before = fake.seen().len();
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    for (number, person) in people.iter().enumerate() {
        assert_eq!(target.outcome_of(person).await.expect("asked").is_some(), number < 30);
    }
    assert_eq!(fake.seen().len() - before, 3, "the configuration, one page, and a look behind its end");
}
