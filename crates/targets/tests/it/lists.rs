//! Reading everything that a service has, however it pages, and nothing from one that never ends.

use axum::http::Method;
use domain::catalogue::TARGET_PROTOCOL;
use domain::{ObjectKind, Value};
use ports::{Target, TargetError, TargetObject};
use serde_json::json;
use targets::scim::ScimTarget;

use crate::fake::{Fake, Quirk, config};
use crate::support::{settings, user};

async fn all(target: &ScimTarget, kind: ObjectKind) -> Result<Vec<TargetObject>, TargetError> {
    let (mut objects, mut after) = (Vec::new(), None);
    loop {
        let page = target.list(kind, after).await?;
        objects.extend(page.objects);
        after = page.next;
        if after.is_none() {
            return Ok(objects);
        }
    }
}

fn fill(fake: &Fake, count: usize) {
    for number in 0..count {
        fake.put("Users", json!({"userName": format!("u{number}"), "externalId": format!("a{number}")}));
    }
}

#[tokio::test]
async fn pain_12_every_way_of_paging_gives_everybody_once() {
    for quirk in [Quirk::None, Quirk::Cursors, Quirk::PageTotals, Quirk::IgnoresPaging, Quirk::LowerCase] {
        let mut config = config(true, false);
        config["pagination"] = json!({"cursor": quirk == Quirk::Cursors, "index": quirk != Quirk::Cursors});
        let fake = Fake::with_quirk(config, quirk, |_, _| None).await;
        // Full pages only: nothing tells the last one.
        fill(&fake, 200);
        let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
        let mut ids: Vec<usize> = all(&target, ObjectKind::User)
            .await
            .unwrap_or_else(|error| panic!("{quirk:?}: {error}"))
            .iter()
            .map(|object| object.id.parse().expect("a number"))
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=200).collect::<Vec<_>>(), "{quirk:?}");
        let anchors: Vec<_> = (0..200).map(|number| format!("a{number}")).collect();
        let found = target.find(ObjectKind::User, &anchors).await.expect("found");
        assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))), "{quirk:?}");
    }
}

#[tokio::test]
async fn linked_users_are_shown_whole_many_from_the_list_and_few_one_by_one() {
    let fake = Fake::good().await;
    let put = |number: usize| {
        let user =
            json!({"userName": format!("u{number}"), "externalId": format!("a{number}"), "title": "Baker"});
        (format!("a{number}"), fake.put("Users", user))
    };
    let mut links: Vec<(String, String)> = (0..120).map(put).collect();
    links.push(("gone".to_owned(), "99999".to_owned()));
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    target.probe().await.expect("answers");
    for (some, most) in [(&links[..], 20), (&links[118..], 3)] {
        let before = fake.count(&Method::GET);
        let held = target.held(ObjectKind::User, some).await.expect("answers");
        let asked = fake.count(&Method::GET) - before;
        assert!(asked <= most, "{asked} requests for {} users", some.len());
        let (gone, there) = held.split_last().expect("as many as were asked for");
        assert!(matches!(gone, Ok(None)), "{gone:?}");
        for (user, (anchor, id)) in there.iter().zip(some) {
            let Ok(Some(user)) = user else { panic!("{anchor}: {user:?}") };
            assert_eq!((&user.anchor, &user.id), (anchor, id));
            assert_eq!(user.attributes.get("title"), Some(&Value::text("Baker")));
        }
    }
}

#[tokio::test]
async fn pain_20_a_list_that_never_ends_fails_the_run_and_nothing_is_concluded_from_it() {
    let fake = Fake::with_quirk(config(true, false), Quirk::Endless, |_, _| None).await;
    let mut settings = settings(&fake.url);
    settings.most_pages = 30;
    let target = ScimTarget::new(&settings).expect("settings");
    for error in [
        target.find(ObjectKind::User, &["a".to_owned()]).await.map(|_| ()),
        target
            .list(ObjectKind::User, None)
            .await
            .map(|_| ())
            .and(all(&target, ObjectKind::User).await.map(|_| ())),
        target.outcome_of(&user(1, "r")).await.map(|_| ()),
    ] {
        let error = error.expect_err("no end");
        assert!(error.is_system() && error.code() == &TARGET_PROTOCOL, "{error:?}");
        assert!(error.to_string().contains("does not end: 30 pages"), "{error}");
    }
    assert!(fake.seen().iter().all(|seen| seen.method == Method::GET));
}

#[tokio::test]
async fn listed_objects_show_what_they_hold_under_the_names_of_the_mappings() {
    let fake = Fake::good().await;
    fake.put(
        "Users",
        json!({
            "userName": "ada", "active": "False", "displayName": "Ada", "roles": ["owner"],
            "emails": [{"type": "work", "value": "a@b"}],
        }),
    );
    fake.put(
        "Groups",
        json!({"displayName": "Team", "members": [
            {"$ref": "https://app.example/scim/v2/Users/7"}, {"value": "8"}, {"display": "nobody"},
        ]}),
    );
    let target = ScimTarget::new(&settings(&fake.url)).expect("settings");
    let users = all(&target, ObjectKind::User).await.expect("a list");
    let ada = &users[0];
    assert_eq!((ada.display_name.as_str(), ada.anchor.as_str(), ada.administrator), ("Ada", "", true));
    assert_eq!(ada.attributes["active"], Value::Boolean(false));
    assert_eq!(ada.attributes["emails[type eq \"work\"].value"], Value::text("a@b"));
    let groups = all(&target, ObjectKind::Group).await.expect("a list");
    assert_eq!(groups[0].members, ["7", "8"]);
    assert!(all(&target, ObjectKind::Contact).await.expect("nobody").is_empty());
    // A page of a list that nobody is reading is no empty page.
    assert!(target.list(ObjectKind::User, Some("17".into())).await.is_err());
}
