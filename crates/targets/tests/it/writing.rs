//! What is sent, and what is made of the answers.

use axum::http::{Method, StatusCode};
use domain::catalogue::{CONFLICT, TARGET_CREDENTIALS, TARGET_NOT_FOUND, TARGET_REFUSED};
use domain::{ObjectKind, Value};
use ports::{Operation, OutcomeKind, Target, TargetError, Verb};
use serde_json::{Value as Json, json};
use targets::scim::ScimTarget;

use crate::fake::{Fake, Fault, Quirk, config};
use crate::support::{ENTERPRISE, group, operation, settings, user};

fn target(fake: &Fake) -> ScimTarget {
    ScimTarget::new(&settings(&fake.url)).expect("settings")
}

async fn one(target: &ScimTarget, operation: Operation) -> Result<ports::Outcome, TargetError> {
    target.export(&[operation]).await.remove(0)
}

fn on(verb: Verb, kind: ObjectKind, id: &str) -> Operation {
    Operation { target_id: Some(id.to_owned()), ..operation(verb, kind, "anchor") }
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|id| format!("m{id}")).collect()
}

#[tokio::test]
async fn a_user_arrives_as_mapped() {
    let fake = Fake::good().await;
    let mut new = user(1, "r");
    new.attributes.insert(format!("{ENTERPRISE}:manager"), Value::Reference("42".into()));
    new.attributes.insert("title".into(), Value::text(""));
    let made = one(&target(&fake), new).await.expect("created");
    assert_eq!(
        (made.kind, made.target_id.as_str(), made.answer.as_str()),
        (OutcomeKind::Created, "1", "201 Created")
    );
    let held = &fake.objects("Users")[0];
    assert_eq!(held["active"], json!(true));
    assert_eq!(held["externalId"], "anchor-u1-r");
    assert_eq!(held["schemas"][1], ENTERPRISE);
    assert_eq!(held[ENTERPRISE]["manager"], json!({"value": "42"}));
    assert_eq!(held["emails"], json!([{"type": "work", "value": "user1.r@lab01.local"}]));
    assert!(held.get("title").is_none(), "an empty value is no value");
}

#[tokio::test]
async fn a_large_group_is_made_in_pieces_and_changed_in_pieces() {
    let fake = Fake::good().await;
    let target = target(&fake);
    let made = one(&target, group(1, "r", &ids(0..1234))).await.expect("created");
    let sizes: Vec<_> = fake
        .seen()
        .iter()
        .filter_map(|seen| match seen.method {
            Method::POST => seen.body["members"].as_array().map(Vec::len),
            Method::PATCH => seen.body["Operations"][0]["value"].as_array().map(Vec::len),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [500, 100, 100, 100, 100, 100, 100, 100, 34]);
    assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 1234);
    let mut change = on(Verb::Update, ObjectKind::Group, &made.target_id);
    (change.add_members, change.remove_members) = (ids(2000..2010), ids(0..1000));
    assert!(target.outcome_of(&change).await.expect("asked").is_none());
    assert_eq!(one(&target, change.clone()).await.expect("changed").kind, OutcomeKind::Updated);
    assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 244);
    assert!(target.outcome_of(&change).await.expect("asked").is_some());
}

#[tokio::test]
async fn a_service_that_ignores_members_or_removals_is_noticed_and_told_otherwise() {
    let fake = Fake::with_quirk(config(true, true), Quirk::OddMembers, |_, _| None).await;
    let target = target(&fake);
    let made = one(&target, group(1, "r", &ids(0..10))).await.expect("created");
    assert_eq!(fake.objects("Groups")[0]["members"].as_array().expect("members").len(), 10);
    let mut change = on(Verb::Update, ObjectKind::Group, &made.target_id);
    change.remove_members = ids(0..4);
    one(&target, change).await.expect("changed");
    let members = fake.objects("Groups")[0]["members"].clone();
    assert_eq!(members[0], json!({"value": "m4"}), "{members}");
    assert_eq!(members.as_array().expect("members").len(), 6);
}

#[tokio::test]
async fn a_service_without_patch_gets_the_whole_with_what_it_holds_besides() {
    let fake = Fake::new(config(false, true), |seen, _| {
        (seen.method == Method::PATCH).then_some(Fault::Answer(StatusCode::METHOD_NOT_ALLOWED, &[], ""))
    })
    .await;
    let id = fake.put("Users", json!({"userName": "ada", "active": "True", "nickName": "A", "title": "Dr"}));
    let target = target(&fake);
    let mut change = on(Verb::Disable, ObjectKind::User, &id);
    change.attributes =
        [("userName".to_owned(), Value::text("bea")), ("active".to_owned(), Value::text("False"))].into();
    change.changed = ["userName", "active", "title"].map(str::to_owned).into();
    assert_eq!(one(&target, change.clone()).await.expect("changed").kind, OutcomeKind::Disabled);
    let held = &fake.objects("Users")[0];
    let expected = json!({"userName": "bea", "active": false, "nickName": "A", "id": id, "externalId": "anchor",
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]});
    assert_eq!(*held, expected);
    assert_eq!(one(&target, change).await.expect("asked again").kind, OutcomeKind::Unchanged);
    assert_eq!((fake.count(&Method::PUT), fake.count(&Method::PATCH)), (1, 0));
}

#[tokio::test]
async fn a_service_that_promises_patch_and_has_none_is_written_by_put_from_then_on() {
    let fake = Fake::new(config(true, true), |seen, _| {
        (seen.method == Method::PATCH).then_some(Fault::Answer(StatusCode::METHOD_NOT_ALLOWED, &[], ""))
    })
    .await;
    let target = target(&fake);
    for number in 0..3 {
        let id = fake.put("Users", json!({"userName": format!("u{number}")}));
        let mut change = on(Verb::Update, ObjectKind::User, &id);
        change.attributes = [("userName".to_owned(), Value::text(format!("v{number}")))].into();
        change.changed = vec!["userName".into()];
        assert_eq!(one(&target, change).await.expect("changed").kind, OutcomeKind::Updated);
    }
    assert_eq!((fake.count(&Method::PUT), fake.count(&Method::PATCH)), (3, 1));
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict_that_names_the_other_object() {
    let fake = Fake::good().await;
    let new = user(1, "r");
    let name = new.attributes["userName"].to_json();
    let id = fake.put("Users", json!({"userName": name, "externalId": "somebody else"}));
    let error = one(&target(&fake), new).await.expect_err("a conflict");
    assert_eq!(error.code(), &CONFLICT);
    assert!(
        error.to_string().contains(&format!("object {id} of the target has the same userName")),
        "{error}"
    );
}

#[tokio::test]
async fn an_object_with_the_same_anchor_is_adopted() {
    let fake = Fake::good().await;
    let new = user(1, "r");
    let name = new.attributes["userName"].to_json();
    let id = fake.put("Users", json!({"userName": name, "externalId": new.anchor, "title": "old"}));
    let adopted = one(&target(&fake), new.clone()).await.expect("adopted");
    assert_eq!((adopted.kind, adopted.target_id), (OutcomeKind::Updated, id));
    assert_eq!(fake.objects("Users")[0]["title"], "Engineer");
}

#[tokio::test]
async fn what_is_gone_is_deleted_and_cannot_be_changed() {
    let fake = Fake::good().await;
    let target = target(&fake);
    let gone = one(&target, on(Verb::Delete, ObjectKind::User, "77")).await.expect("gone");
    assert_eq!((gone.kind, gone.answer.as_str()), (OutcomeKind::Deleted, "404 Not Found"));
    let error = one(&target, on(Verb::Disable, ObjectKind::User, "77")).await.expect_err("gone");
    assert_eq!(error.code(), &TARGET_NOT_FOUND);
}

#[tokio::test]
async fn one_refused_object_does_not_stop_the_others() {
    let fake = Fake::new(config(true, true), |seen, _| {
        let bad = seen.body["externalId"] == "anchor-u1-r";
        let body = r#"{"status":"400","detail":"no such language"}"#;
        bad.then_some(Fault::Answer(StatusCode::BAD_REQUEST, &[], body))
    })
    .await;
    let results = target(&fake).export(&[user(0, "r"), user(1, "r"), user(2, "r")]).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    let error = results[1].as_ref().expect_err("refused");
    assert_eq!(error.code(), &TARGET_REFUSED);
    assert_eq!(error.to_string(), "the target answered 400 Bad Request: no such language");
}

#[tokio::test]
async fn a_refused_token_stops_the_rest() {
    let fake = Fake::new(config(true, true), |seen, _| {
        (seen.method == Method::POST).then_some(Fault::Answer(StatusCode::UNAUTHORIZED, &[], ""))
    })
    .await;
    let mut settings = settings(&fake.url);
    settings.concurrency = 2;
    let people: Vec<_> = (0..50).map(|number| user(number, "r")).collect();
    let results = ScimTarget::new(&settings).expect("settings").export(&people).await;
    assert!(results.iter().all(|result| {
        result.as_ref().is_err_and(|error| error.is_system() && error.code() == &TARGET_CREDENTIALS)
    }));
    assert!(fake.count(&Method::POST) <= 2);
}

#[tokio::test]
async fn one_forbidden_object_is_its_own_failure_but_five_in_a_row_are_the_tokens() {
    let forbidden = |seen: &crate::fake::Seen, _| {
        let body = r#"{"status":"403","detail":"protected"}"#;
        (seen.method == Method::PATCH && seen.path != "Users/9").then_some(Fault::Answer(
            StatusCode::FORBIDDEN,
            &[],
            body,
        ))
    };
    let fake = Fake::new(config(true, true), forbidden).await;
    for number in 0..9 {
        fake.put("Users", json!({ "userName": number.to_string() }));
    }
    let target = target(&fake);
    let disable = |id: usize| on(Verb::Disable, ObjectKind::User, &id.to_string());
    for id in 1..=4 {
        assert!(!one(&target, disable(id)).await.expect_err("forbidden").is_system());
    }
    one(&target, disable(9)).await.expect("allowed");
    for id in 1..=4 {
        assert!(!one(&target, disable(id)).await.expect_err("forbidden").is_system());
    }
    assert!(one(&target, disable(5)).await.expect_err("forbidden").is_system());
}

#[tokio::test]
async fn after_an_interruption_the_target_is_asked_what_became_of_it() {
    let fake = Fake::good().await;
    let target = target(&fake);
    let new = user(1, "r");
    assert_eq!(target.outcome_of(&new).await.expect("asked"), None);
    let made = one(&target, new.clone()).await.expect("created");
    let other = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let outcome = other.outcome_of(&new).await.expect("asked").expect("done");
    assert_eq!((outcome.kind, &outcome.target_id), (OutcomeKind::Created, &made.target_id));
    // A group without all its members is not done; doing it again completes it.
    let team = group(1, "r", &ids(0..3));
    fake.put(
        "Groups",
        json!({"displayName": "Group 1 r", "externalId": team.anchor, "members": [{"value": "m0"}]}),
    );
    assert_eq!(other.outcome_of(&team).await.expect("asked"), None);
    assert_eq!(one(&other, team.clone()).await.expect("completed").kind, OutcomeKind::Updated);
    assert_eq!(fake.objects("Groups").len(), 1);
    assert!(other.outcome_of(&team).await.expect("asked").is_some());
    let delete = on(Verb::Delete, ObjectKind::User, &made.target_id);
    assert_eq!(other.outcome_of(&delete).await.expect("asked"), None);
    one(&other, delete.clone()).await.expect("deleted");
    assert!(other.outcome_of(&delete).await.expect("asked").is_some());
}

#[tokio::test]
async fn a_service_that_knows_plain_json_only_is_spoken_to_in_plain_json() {
    let fake = Fake::new(config(true, true), |seen, number| {
        (seen.method == Method::POST && number < 3).then_some(Fault::Answer(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &[],
            "",
        ))
    })
    .await;
    assert!(one(&target(&fake), user(1, "r")).await.is_ok());
    assert_eq!(fake.count(&Method::POST), 2);
    assert_eq!(fake.objects("Users").len(), 1);
    assert_ne!(fake.objects("Users")[0], Json::Null);
}

#[tokio::test]
async fn what_a_service_never_kept_need_not_be_taken_away() {
    let fake = Fake::new(config(true, true), |seen, _| {
        let removes = seen.body["Operations"].as_array()?.iter().any(|operation| operation["op"] == "remove");
        let body = r#"{"status":"400","scimType":"noTarget"}"#;
        removes.then_some(Fault::Answer(StatusCode::BAD_REQUEST, &[], body))
    })
    .await;
    let id = fake.put("Users", json!({"userName": "ada"}));
    let mut change = on(Verb::Update, ObjectKind::User, &id);
    change.attributes = [("userName".to_owned(), Value::text("bea"))].into();
    change.changed = ["userName", "title"].map(str::to_owned).into();
    assert_eq!(one(&target(&fake), change).await.expect("changed").kind, OutcomeKind::Updated);
    assert_eq!(fake.objects("Users")[0]["userName"], "bea");
}
