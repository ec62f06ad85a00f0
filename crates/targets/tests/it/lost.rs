//! Creates that the service carried out, and whose answers nobody ever saw.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use domain::ObjectKind;
use ports::{OutcomeKind, Target};
use targets::scim::ScimTarget;

use crate::fake::{Fake, Fault, config};
use crate::proxy::Proxy;
use crate::support::{group, settings, user};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_create_whose_answer_is_lost_is_adopted_for_one_request_more() {
    const USERS: usize = 200;
    let fake = Fake::good().await;
    let proxy = Proxy::before(&fake.url).await;
    let target = ScimTarget::new(&settings(&proxy.url)).expect("settings");
    let people: Vec<_> = (0..USERS).map(|number| user(number, "r")).collect();
    let made = target.export(&people).await;
    let ids: BTreeSet<_> = made
        .iter()
        .map(|made| made.as_ref().expect("adopted"))
        .inspect(|made| assert_eq!(made.kind, OutcomeKind::Created))
        .map(|made| made.target_id.clone())
        .collect();
    assert_eq!((ids.len(), fake.objects("Users").len(), proxy.cut()), (USERS, USERS, USERS));
    // The configuration and one look-up a create.
    assert_eq!(proxy.passed(), 1 + USERS);
    let members: Vec<_> = ids.into_iter().collect();
    let teams: Vec<_> = (0..20).map(|number| group(number, "r", &members[number..])).collect();
    let made = target.export(&teams).await;
    assert!(
        made.iter().all(|made| made.as_ref().is_ok_and(|made| made.kind == OutcomeKind::Created)),
        "{made:?}"
    );
    assert_eq!((fake.objects("Groups").len(), proxy.cut(), proxy.passed()), (20, USERS + 20, 1 + USERS + 20));
    // And nothing is stuck: a next cycle finds every one of them as it should be.
    let next = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let again = next.export(&people).await;
    assert!(again.iter().all(|again| again.as_ref().is_ok_and(|again| again.kind == OutcomeKind::Unchanged)));
    assert_eq!(fake.objects("Users").len(), USERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_externalid_cannot_be_asked_for_the_name_finds_what_was_made() {
    let fake = Fake::new(config(true, true), |seen, _| {
        let asked = seen.query.get("filter").is_some_and(|filter| filter.starts_with("externalId"));
        let body = r#"{"status":"400","scimType":"invalidFilter"}"#;
        asked.then_some(Fault::Answer(StatusCode::BAD_REQUEST, &[], body))
    })
    .await;
    let proxy = Proxy::before(&fake.url).await;
    let mut settings = settings(&proxy.url);
    settings.concurrency = 1;
    let target = ScimTarget::new(&settings).expect("settings");
    let people: Vec<_> = (0..50).map(|number| user(number, "r")).collect();
    let made = target.export(&people).await;
    assert!(
        made.iter().all(|made| made.as_ref().is_ok_and(|made| made.kind == OutcomeKind::Created)),
        "{made:?}"
    );
    assert_eq!((fake.objects("Users").len(), proxy.cut()), (50, 50));
    // The configuration, the refused filter once, one look-up by name a create.
    assert_eq!(proxy.passed(), 1 + 1 + 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_without_any_filter_is_read_once_for_all_lost_creates_of_a_batch() {
    let fake = Fake::new(config(true, false), |_, _| None).await;
    let proxy = Proxy::before(&fake.url).await;
    let target = ScimTarget::new(&settings(&proxy.url)).expect("settings");
    let people: Vec<_> = (0..30).map(|number| user(number, "r")).collect();
    let made = target.export(&people).await;
    assert!(
        made.iter().all(|made| made.as_ref().is_ok_and(|made| made.kind == OutcomeKind::Created)),
        "{made:?}"
    );
    assert_eq!((fake.objects("Users").len(), fake.count(&Method::POST)), (30, 30));
    // The configuration, the one page, and a look behind its end.
    assert_eq!(proxy.passed(), 3);
    let members: Vec<_> = made.iter().map(|made| made.as_ref().expect("made").target_id.clone()).collect();
    let made = target.export(&[group(1, "r", &members), user(99, "r")]).await;
    assert!(
        made.iter().all(|made| made.as_ref().is_ok_and(|made| made.kind == OutcomeKind::Created)),
        "{made:?}"
    );
    assert_eq!((fake.objects("Groups").len(), fake.objects("Users").len()), (1, 31));
    assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 30);
}

/// `SCIM_URL=http://127.0.0.1:8801/v2 cargo test -p targets -- --ignored lost`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a SCIM service"]
async fn a_real_service_whose_answers_are_lost_holds_everybody_once() {
    const USERS: usize = 150;
    let url = std::env::var("SCIM_URL").expect("SCIM_URL");
    let proxy = Proxy::before(&url).await;
    let target = ScimTarget::new(&settings(&proxy.url)).expect("settings");
    let run = format!("lost{}", std::process::id());
    let people: Vec<_> = (0..USERS).map(|number| user(number, &run)).collect();
    let made = target.export(&people).await;
    let ids: BTreeSet<_> =
        made.iter().map(|made| made.as_ref().expect("adopted").target_id.clone()).collect();
    println!("{} cut, {} passed", proxy.cut(), proxy.passed());
    assert_eq!((ids.len(), proxy.cut()), (USERS, USERS));
    assert!(proxy.passed() <= 2 + USERS, "{} requests besides the creates", proxy.passed());
    let direct = ScimTarget::new(&settings(&url)).expect("settings");
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = direct.list(ObjectKind::User, after).await.expect("a list");
        listed.extend(page.objects.into_iter().filter(|object| object.anchor.ends_with(&run)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed.len(), USERS, "everybody is there once");
}
