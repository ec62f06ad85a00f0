//! Which objects are found, and at what cost.

use axum::http::Method;
use domain::ObjectKind;
use domain::catalogue::{DUPLICATE_TARGET, TARGET_PROTOCOL};
use ports::{OutcomeKind, Target};
use serde_json::json;
use targets::scim::ScimTarget;

use crate::fake::{Fake, Quirk, config};
use crate::support::{group, settings, user};

fn anchors(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("a{number}")).collect()
}

fn fill(fake: &Fake, count: usize) {
    for number in 0..count {
        fake.put("Users", json!({"userName": format!("u{number}"), "externalId": format!("a{number}")}));
    }
}

#[tokio::test]
async fn a_thousand_new_users_cost_hardly_more_than_a_thousand_requests() {
    let fake = Fake::good().await;
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let people: Vec<_> = (0..1000).map(|number| user(number, "r")).collect();
    let wanted: Vec<_> = people.iter().map(|person| person.anchor.clone()).collect();
    for (wanted, people) in wanted.chunks(250).zip(people.chunks(250)) {
        assert!(
            target
                .find(ObjectKind::User, wanted)
                .await
                .expect("found")
                .iter()
                .all(|found| *found == Ok(None))
        );
        let made = target.export(people).await;
        assert!(made.iter().all(|made| made.as_ref().is_ok_and(|made| made.kind == OutcomeKind::Created)));
    }
    assert_eq!(fake.count(&Method::POST), 1000);
    assert!(fake.seen().len() <= 1020, "{} requests", fake.seen().len());
}

#[tokio::test]
async fn many_anchors_are_matched_by_reading_pages() {
    let fake = Fake::good().await;
    fill(&fake, 230);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let found = target.find(ObjectKind::User, &anchors(0..240)).await.expect("found");
    assert_eq!(found.iter().filter(|found| matches!(found, Ok(Some(_)))).count(), 230);
    assert_eq!(found[229].clone().expect("found").expect("there").id, "230");
    // The config, five pages of fifty.
    assert_eq!(fake.seen().len(), 6);
    target.find(ObjectKind::User, &anchors(0..240)).await.expect("found");
    assert_eq!(fake.seen().len(), 6, "a list is read once");
}

#[tokio::test]
async fn one_newcomer_does_not_make_a_large_service_be_read_whole() {
    let fake = Fake::good().await;
    fill(&fake, 1000);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let found = target.find(ObjectKind::User, &["new".into(), "a999".into()]).await.expect("found");
    assert_eq!(found[0], Ok(None));
    assert!(matches!(&found[1], Ok(Some(object)) if object.id == "1000"));
    // The config, the first page, a filter that must find what is known, two look-ups.
    assert_eq!(fake.seen().len(), 5);
}

#[tokio::test]
async fn a_service_whose_filter_finds_nothing_is_not_believed() {
    let fake = Fake::with_quirk(config(true, true), Quirk::FindsNothing, |_, _| None).await;
    fill(&fake, 1000);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let found = target.find(ObjectKind::User, &["a999".into()]).await.expect("found");
    assert!(matches!(&found[0], Ok(Some(object)) if object.id == "1000"));
}

#[tokio::test]
async fn a_service_that_ignores_paging_parameters_is_asked_with_a_search_request() {
    let fake = Fake::with_quirk(config(true, false), Quirk::IgnoresPaging, |_, _| None).await;
    fill(&fake, 120);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let found = target.find(ObjectKind::User, &anchors(0..120)).await.expect("found");
    assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))));
}

#[tokio::test]
async fn an_incomplete_list_is_an_error_and_no_answer() {
    let fake = Fake::with_quirk(config(true, false), Quirk::IgnoresPaging, |seen, _| {
        let search = seen.path.ends_with(".search");
        search.then_some(crate::fake::Fault::Answer(axum::http::StatusCode::NOT_FOUND, &[], ""))
    })
    .await;
    fill(&fake, 120);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let error = target.find(ObjectKind::User, &["new".into()]).await.expect_err("no answer");
    assert_eq!(error.code(), &TARGET_PROTOCOL);
    assert!(error.to_string().contains("repeats its first page"), "{error}");
}

#[tokio::test]
async fn an_anchor_that_two_objects_carry_is_the_failure_of_that_object_only() {
    let fake = Fake::good().await;
    fill(&fake, 3);
    fake.put("Users", json!({"userName": "copy", "externalId": "a1"}));
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let found = target.find(ObjectKind::User, &anchors(0..3)).await.expect("found");
    assert!(matches!(found[0], Ok(Some(_))) && matches!(found[2], Ok(Some(_))));
    let error = found[1].as_ref().expect_err("ambiguous");
    assert_eq!(error.code(), &DUPLICATE_TARGET);
    assert!(!error.is_system() && error.to_string().contains("2, 4"), "{error}");
}

#[tokio::test]
async fn a_group_is_found_with_its_members() {
    let fake = Fake::good().await;
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let new = group(1, "r", &["7".into(), "8".into()]);
    target.export(std::slice::from_ref(&new)).await[0].as_ref().expect("created");
    let other = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let found = other.find(ObjectKind::Group, &[new.anchor]).await.expect("found");
    let found = found[0].clone().expect("found").expect("there");
    assert_eq!(
        (found.members, found.display_name),
        (vec!["7".to_owned(), "8".to_owned()], "Group 1 r".to_owned())
    );
}
