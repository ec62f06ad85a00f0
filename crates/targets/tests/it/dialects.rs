//! Services that speak SCIM in their own way, found out by their answers or told by the settings.

use axum::http::{Method, StatusCode};
use domain::scim::{BooleanForm, MemberRemoval, PatchUse, ScimOptions};
use domain::{ObjectKind, Value};
use ports::{Operation, Outcome, OutcomeKind, Target, TargetError, Verb};
use serde_json::json;
use targets::scim::ScimTarget;

use crate::fake::{Fake, Fault, Quirk, Seen, config};
use crate::support::{group, operation, settings, user};

fn target(fake: &Fake) -> ScimTarget {
    with(fake, ScimOptions::default())
}

fn with(fake: &Fake, options: ScimOptions) -> ScimTarget {
    ScimTarget::new(&settings(&fake.url).with(&options)).expect("settings")
}

async fn one(target: &ScimTarget, operation: Operation) -> Result<Outcome, TargetError> {
    target.export(&[operation]).await.remove(0)
}

fn change(verb: Verb, id: &str, attributes: &[(&str, &str)], changed: &[&str]) -> Operation {
    Operation {
        target_id: Some(id.to_owned()),
        attributes: attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::text(*value)))
            .collect(),
        changed: changed.iter().map(|name| (*name).to_owned()).collect(),
        ..operation(verb, ObjectKind::User, "anchor")
    }
}

/// Refuses `active` as a boolean, wherever it stands.
fn texts_only(seen: &Seen, _: usize) -> Option<Fault> {
    let in_patch = seen.body["Operations"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["path"] == "active" && one["value"].is_boolean()));
    let body = r#"{"status":"400","scimType":"invalidValue","detail":"active must be a string"}"#;
    (in_patch || seen.body["active"].is_boolean()).then_some(Fault::Answer(
        StatusCode::BAD_REQUEST,
        &[],
        body,
    ))
}

#[tokio::test]
async fn pain_12_active_as_a_string_is_understood() {
    let fake = Fake::good().await;
    let id = fake.put("Users", json!({"userName": "ada", "active": "True", "externalId": "anchor"}));
    let target = target(&fake);
    let off = change(Verb::Disable, &id, &[("userName", "ada")], &[]);
    assert_eq!(target.outcome_of(&off).await.expect("asked"), None, "\"True\" is on");
    let on = change(Verb::Update, &id, &[("active", "True")], &["active"]);
    assert!(target.outcome_of(&on).await.expect("asked").is_some());
    let second = fake.put("Users", json!({"userName": "bea", "active": "false"}));
    let off = change(Verb::Disable, &second, &[("userName", "bea")], &[]);
    assert!(target.outcome_of(&off).await.expect("asked").is_some(), "\"false\" is off");
}

#[tokio::test]
async fn pain_12_a_service_that_wants_active_as_a_string_gets_it_after_one_refusal() {
    let fake = Fake::new(config(true, true), texts_only).await;
    let target = target(&fake);
    for number in 0..5 {
        one(&target, user(number, "r")).await.expect("created");
    }
    assert_eq!(fake.count(&Method::POST), 6, "one refusal teaches it");
    assert!(fake.objects("Users").iter().all(|user| user["active"] == "True"));
    one(&target, change(Verb::Disable, "1", &[("userName", "x")], &[])).await.expect("off");
    assert_eq!(fake.objects("Users")[0]["active"], "False");
    assert_eq!(fake.count(&Method::PATCH), 1);
}

#[tokio::test]
async fn the_form_of_active_can_be_set() {
    let text = ScimOptions { active_as: Some(BooleanForm::Text), ..ScimOptions::default() };
    let fake = Fake::new(config(true, true), texts_only).await;
    one(&with(&fake, text), user(1, "r")).await.expect("created");
    assert_eq!(fake.count(&Method::POST), 1);
    // And a service that is to get booleans gets nothing else.
    let boolean = ScimOptions { active_as: Some(BooleanForm::Boolean), ..ScimOptions::default() };
    assert!(one(&with(&fake, boolean), user(2, "r")).await.is_err());
    assert_eq!(fake.count(&Method::POST), 2);
}

#[tokio::test]
async fn pain_12_names_in_another_case_and_plain_json_are_understood() {
    for patch in [true, false] {
        let fake = Fake::with_quirk(config(patch, true), Quirk::LowerCase, |_, _| None).await;
        let target = target(&fake);
        let made = one(&target, user(1, "r")).await.expect("created");
        let off = change(
            Verb::Disable,
            &made.target_id,
            &[("userName", "ada"), ("active", "False")],
            &["active", "userName"],
        );
        assert_eq!(one(&target, off.clone()).await.expect("off").kind, OutcomeKind::Disabled);
        assert!(target.outcome_of(&off).await.expect("asked").is_some());
        let held = &fake.objects("Users")[0];
        let names = held.as_object().expect("an object").keys();
        let folded: std::collections::BTreeSet<_> = names.clone().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), names.count(), "nothing is held twice: {held}");
        let other = ScimTarget::new(&settings(&fake.url)).expect("settings");
        let anchor = if patch { "anchor-u1-r" } else { "anchor" };
        let found = other.find(ObjectKind::User, &[anchor.to_owned()]).await.expect("asked");
        assert!(matches!(&found[0], Ok(Some(found)) if found.id == made.target_id), "{found:?}");
    }
}

#[tokio::test]
async fn pain_12_whether_to_patch_can_be_set_against_what_the_service_says() {
    let put = ScimOptions { patch: PatchUse::Put, ..ScimOptions::default() };
    let patch = ScimOptions { patch: PatchUse::Patch, ..ScimOptions::default() };
    for (says, options, used, unused) in
        [(true, put, Method::PUT, Method::PATCH), (false, patch, Method::PATCH, Method::PUT)]
    {
        let fake = Fake::new(config(says, true), |_, _| None).await;
        let id = fake.put(
            "Users",
            json!({
                "userName": "ada", "nickName": "A", "x-own": {"kept": [1, 2]}, "urn:own:ext": {"kept": true},
            }),
        );
        let update = change(Verb::Update, &id, &[("userName", "bea"), ("active", "True")], &["userName"]);
        one(&with(&fake, options), update).await.expect("changed");
        let held = &fake.objects("Users")[0];
        assert_eq!((&held["userName"], &held["nickName"]), (&json!("bea"), &json!("A")));
        // What nobody maps survives.
        assert_eq!(
            (&held["x-own"], &held["urn:own:ext"]),
            (&json!({"kept": [1, 2]}), &json!({"kept": true}))
        );
        assert_eq!((fake.count(&used), fake.count(&unused)), (1, 0));
    }
    // What is set is not departed from.
    let fake = Fake::new(config(true, true), |seen, _| {
        (seen.method == Method::PUT).then_some(Fault::Answer(StatusCode::METHOD_NOT_ALLOWED, &[], ""))
    })
    .await;
    let id = fake.put("Users", json!({"userName": "ada"}));
    let error = one(&with(&fake, put), change(Verb::Disable, &id, &[], &[])).await.expect_err("no PUT");
    assert!(error.to_string().contains("scim.patch"), "{error}");
    assert_eq!(fake.count(&Method::PATCH), 0);
}

#[tokio::test]
async fn pain_12_how_members_leave_can_be_set() {
    for (form, by_value) in [(MemberRemoval::ValueList, true), (MemberRemoval::PathFilter, false)] {
        let fake = Fake::good().await;
        let options = ScimOptions { remove_members_by: Some(form), ..ScimOptions::default() };
        let target = with(&fake, options);
        let made =
            one(&target, group(1, "r", &["m0", "m1", "m2"].map(str::to_owned))).await.expect("created");
        let mut leave = operation(Verb::Update, ObjectKind::Group, "anchor-g1-r");
        (leave.target_id, leave.remove_members) = (Some(made.target_id), vec!["m1".to_owned()]);
        one(&target, leave).await.expect("changed");
        assert_eq!(fake.objects("Groups")[0]["members"], json!([{"value": "m0"}, {"value": "m2"}]));
        let patch = fake.seen().into_iter().find(|seen| seen.method == Method::PATCH).expect("a PATCH");
        assert_eq!(patch.body["Operations"][0]["path"] == "members", by_value, "{}", patch.body);
    }
    // A form that is set and does nothing is a failure of the object, not a success.
    let fake = Fake::with_quirk(config(true, true), Quirk::OddMembers, |_, _| None).await;
    let id = fake.put("Groups", json!({"displayName": "Team", "members": [{"value": "m0"}]}));
    let options =
        ScimOptions { remove_members_by: Some(MemberRemoval::PathFilter), ..ScimOptions::default() };
    let mut leave = operation(Verb::Update, ObjectKind::Group, "a");
    (leave.target_id, leave.remove_members) = (Some(id), vec!["m0".to_owned()]);
    let error = one(&with(&fake, options), leave).await.expect_err("still a member");
    assert!(error.to_string().contains("still has them"), "{error}");
}

#[tokio::test]
async fn pain_12_members_known_only_by_their_address_are_neither_lost_nor_doubled() {
    let fake = Fake::new(config(false, true), |_, _| None).await;
    let id = fake.put("Groups", json!({"displayName": "Team", "members": [
        {"$ref": "https://app.example/scim/v2/Users/7"}, {"$ref": "https://app.example/scim/v2/Users/8"}, {"display": "Guest"},
    ]}));
    let mut shuffle = operation(Verb::Update, ObjectKind::Group, "anchor");
    shuffle.target_id = Some(id);
    shuffle.attributes = [("displayName".to_owned(), Value::text("Team"))].into();
    (shuffle.add_members, shuffle.remove_members) = (vec!["8".into(), "9".into()], vec!["7".into()]);
    one(&target(&fake), shuffle).await.expect("changed");
    let members = &fake.objects("Groups")[0]["members"];
    let expected =
        json!([{"$ref": "https://app.example/scim/v2/Users/8"}, {"display": "Guest"}, {"value": "9"}]);
    assert_eq!(*members, expected);
}

#[tokio::test]
async fn pain_16_who_comes_back_is_switched_on_again() {
    for patch in [true, false] {
        let fake = Fake::new(config(patch, true), |_, _| None).await;
        let target = target(&fake);
        // No mapping decides the state.
        let mut new = user(1, "r");
        new.attributes.remove("active");
        let made = one(&target, new.clone()).await.expect("created");
        let mut off =
            Operation { verb: Verb::Disable, target_id: Some(made.target_id.clone()), ..new.clone() };
        one(&target, off.clone()).await.expect("off");
        assert_eq!(fake.objects("Users")[0]["active"], json!(false));
        // Back in scope, with nothing else to change.
        off.verb = Verb::Update;
        assert_eq!(target.outcome_of(&off).await.expect("asked"), None, "it is still off");
        one(&target, off.clone()).await.expect("on");
        assert_eq!(fake.objects("Users")[0]["active"], json!(true), "patch {patch}");
        // Unlinked and made anew while the target still has the disabled one.
        one(&target, Operation { verb: Verb::Disable, ..off }).await.expect("off");
        let other = ScimTarget::new(&settings(&fake.url)).expect("settings");
        let adopted = one(&other, new).await.expect("adopted");
        assert_eq!((adopted.target_id, fake.objects("Users").len()), (made.target_id, 1));
        assert_eq!(fake.objects("Users")[0]["active"], json!(true), "patch {patch}");
    }
}

#[tokio::test]
async fn pain_17_a_new_account_always_says_that_it_is_on() {
    let fake = Fake::good().await;
    let mut new = user(1, "r");
    new.attributes.remove("active");
    one(&target(&fake), new).await.expect("created");
    let post = fake.seen().into_iter().find(|seen| seen.method == Method::POST).expect("a POST");
    assert_eq!(post.body["active"], json!(true));
}

#[tokio::test]
async fn pain_12_an_answer_without_a_body_is_an_answer() {
    for headers in [&[("location", "/scim/v2/Users/1")][..], &[]] {
        let fake = Fake::new(config(true, true), move |seen, _| {
            (seen.method != Method::GET).then_some(Fault::NoBody(headers))
        })
        .await;
        let target = target(&fake);
        let made = one(&target, user(1, "r")).await.expect("created");
        assert_eq!((made.kind, made.target_id.as_str()), (OutcomeKind::Created, "1"), "{headers:?}");
        let update = change(Verb::Update, "1", &[("title", "Dr"), ("active", "True")], &["title"]);
        let changed = one(&target, update).await.expect("changed");
        assert_eq!((changed.kind, changed.answer.as_str()), (OutcomeKind::Updated, "204 No Content"));
        assert_eq!(fake.objects("Users")[0]["title"], "Dr");
        // The place that the service named spares the look-up.
        let looked_up = fake.seen().iter().filter(|seen| seen.query.contains_key("filter")).count();
        assert_eq!(looked_up, usize::from(headers.is_empty()));
    }
}
