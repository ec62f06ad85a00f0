//! Finding users by user name or mail address, whoever made them.

use domain::catalogue::DUPLICATE_TARGET;
use domain::{ObjectKind, Value};
use ports::{MatchProperty, Target, TargetObject, Verb};
use serde_json::json;
use targets::scim::ScimTarget;

use crate::fake::{Fake, Quirk, config};
use crate::support::{operation, settings};

use MatchProperty::{PrimaryMail, UserPrincipalName};

fn fill(fake: &Fake, count: usize) {
    for number in 0..count {
        fake.put(
            "Users",
            json!({
                "userName": format!("U{number}@App.example"), "displayName": format!("User {number}"),
                "emails": [{"type": "home", "value": format!("home{number}@x.example")},
                    {"type": "work", "value": format!("Mail{number}@App.example"), "primary": true}],
            }),
        );
    }
}

async fn ids(target: &ScimTarget, property: MatchProperty, values: &[&str]) -> Vec<Option<String>> {
    found(target, property, values).await.into_iter().map(|found| found.map(|found| found.id)).collect()
}

async fn found(target: &ScimTarget, property: MatchProperty, values: &[&str]) -> Vec<Option<TargetObject>> {
    let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
    let found = target.find_by(ObjectKind::User, property, &values).await.expect("asked");
    found.into_iter().map(|found| found.expect("one or none")).collect()
}

fn id(number: usize) -> String {
    number.to_string()
}

#[tokio::test]
async fn a_few_names_in_a_large_service_are_asked_for_one_by_one() {
    for quirk in [Quirk::None, Quirk::ExactFilters] {
        let fake = Fake::with_quirk(config(true, true), quirk, |_, _| None).await;
        fill(&fake, 1000);
        let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
        assert_eq!(
            ids(&target, UserPrincipalName, &["u999@app.EXAMPLE", "nobody@app.example"]).await,
            [Some(id(1000)), None]
        );
        assert_eq!(
            ids(&target, PrimaryMail, &["mail998@app.example", "home998@x.example"]).await,
            [Some(id(999)), None]
        );
        if quirk == Quirk::None {
            // The config, the first page, two filters that must find what is known, four look-ups.
            assert_eq!(fake.seen().len(), 8);
        }
        let before = fake.seen().len();
        ids(&target, UserPrincipalName, &["u999@app.example", "NOBODY@app.example"]).await;
        assert_eq!(fake.seen().len(), before, "nobody is asked for twice");
    }
}

#[tokio::test]
async fn pain_12_where_addresses_cannot_be_filtered_the_list_is_read_once() {
    let fake = Fake::with_quirk(config(true, true), Quirk::NoMailFilter, |_, _| None).await;
    fill(&fake, 1000);
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    assert_eq!(ids(&target, PrimaryMail, &["mail999@app.example"]).await, [Some(id(1000))]);
    let before = fake.seen().len();
    assert_eq!(ids(&target, PrimaryMail, &["mail5@app.example", "x@y"]).await, [Some(id(6)), None]);
    assert_eq!(ids(&target, UserPrincipalName, &["u5@app.example"]).await, [Some(id(6))]);
    assert_eq!(fake.seen().len(), before);
}

#[tokio::test]
async fn who_administers_the_target_is_said_and_two_with_one_name_are_no_match() {
    let fake = Fake::good().await;
    fill(&fake, 3);
    fake.put(
        "Users",
        json!({"userName": "root@app.example", "externalId": "a9", "roles": [{"value": "Admin"}]}),
    );
    fake.put("Users", json!({"userName": "u1@app.example", "userType": "Owner"}));
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let root = found(&target, UserPrincipalName, &["ROOT@app.example"]).await.remove(0).expect("there");
    assert!(root.administrator && root.anchor == "a9");
    assert!(
        !found(&target, UserPrincipalName, &["u0@app.example"]).await[0]
            .as_ref()
            .expect("there")
            .administrator
    );
    let values = ["u1@app.example".to_owned(), "u2@app.example".to_owned()];
    let both = target.find_by(ObjectKind::User, UserPrincipalName, &values).await.expect("asked");
    let error = both[0].as_ref().expect_err("two of them");
    assert!(error.code() == &DUPLICATE_TARGET && error.to_string().contains("2, 5"), "{error}");
    assert!(matches!(&both[1], Ok(Some(user)) if user.id == "3"));
    // By anchor an administrator is one as well.
    let by_anchor = target.find(ObjectKind::User, &["a9".to_owned()]).await.expect("asked");
    assert!(by_anchor[0].as_ref().expect("found").as_ref().expect("there").administrator);
    // Groups have no such names.
    let none = target.find_by(ObjectKind::Group, PrimaryMail, &values).await.expect("asked");
    assert_eq!(none, [Ok(None), Ok(None)]);
}

#[tokio::test]
async fn who_is_taken_over_by_name_is_found_by_anchor_from_then_on() {
    for patch in [true, false] {
        let fake = Fake::new(config(patch, true), |_, _| None).await;
        fill(&fake, 3);
        fake.put("Users", json!({"userName": "other@app.example", "externalId": "old"}));
        let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
        for (name, anchor) in [("u1@app.example", "new1"), ("other@app.example", "new2")] {
            let found = found(&target, UserPrincipalName, &[name]).await.remove(0).expect("there");
            let mut take_over = operation(Verb::Update, ObjectKind::User, anchor);
            take_over.target_id = Some(found.id.clone());
            take_over.attributes = [("displayName", "Taken"), ("userName", name)]
                .map(|(name, value)| (name.to_owned(), Value::text(value)))
                .into();
            take_over.changed = vec!["displayName".to_owned()];
            target.export(std::slice::from_ref(&take_over)).await.remove(0).expect("taken over");
            let next = ScimTarget::new(&settings(&fake.url)).expect("settings");
            let by_anchor = next.find(ObjectKind::User, &[anchor.to_owned()]).await.expect("asked");
            assert!(matches!(&by_anchor[0], Ok(Some(same)) if same.id == found.id), "{by_anchor:?}");
            // Once is enough.
            target.export(&[take_over]).await.remove(0).expect("again");
        }
        assert!(fake.objects("Users").iter().all(|user| user["externalId"] != "old"));
        let named = fake
            .seen()
            .iter()
            .filter(|seen| seen.body.to_string().contains("\"path\":\"externalId\""))
            .count();
        assert_eq!(named, if patch { 2 } else { 0 });
    }
}

#[tokio::test]
async fn any_attribute_is_found_by_reading_the_list_once() {
    const NUMBER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
    let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let fake = Fake::new(config(true, true), |_, _| None).await;
    for (number, title) in [("E1", "Baker"), ("E2", "Miller"), ("E3", "baker")] {
        fake.put("Users", json!({"userName": number, "title": title, extension: {"employeeNumber": number}}));
    }
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let by = async |attribute: &str, values: &[&str]| {
        let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
        target.find_by_attribute(ObjectKind::User, attribute, &values).await.expect("asked")
    };
    let found = by(NUMBER, &["e2", "E9"]).await;
    let holder = found[0].as_ref().expect("one").as_ref().expect("there");
    assert_eq!((holder.id.as_str(), holder.anchor.as_str()), ("2", ""));
    assert_eq!(found[1], Ok(None));
    let asked = fake.seen().len();
    assert_eq!(by(NUMBER, &["E3"]).await[0].as_ref().expect("one").as_ref().expect("there").id, "3");
    assert_eq!(fake.seen().len(), asked, "the list is read once");
    let error = by("title", &["BAKER"]).await.remove(0).expect_err("two of them");
    assert!(error.code() == &DUPLICATE_TARGET && error.to_string().contains("1, 3"), "{error}");
    assert_eq!(by("userName", &["e1"]).await[0].as_ref().expect("one").as_ref().expect("there").id, "1");
    assert_eq!(
        target.find_by_attribute(ObjectKind::Contact, "title", &["x".to_owned()]).await.expect("asked"),
        [Ok(None)]
    );
}
