//! Choosing a scope over a sample forest: the tree, what would come and go, and the saving of what was looked at.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use directory::{LdapSettings, LdapSource};
use domain::access::Role;
use domain::{Clock, Secret, SourceDomain, TargetSystem, Time};
use engine::{Connectors, TargetContext};
use lab::{Forest, ForestOptions};
use ports::{Source, SourceError, Target, TargetError};
use serde_json::{Value, json};
use server::http::EdgeOptions;
use storage::{DirectoryStore, Storage};
use targets::builtin::BuiltInTarget;

use crate::app::{Caller, TestApp, TestClock, sample};
use crate::simulations::{PATH, ended};

#[derive(Debug)]
struct Outside {
    forest: Forest,
    storage: Arc<dyn Storage>,
    clock: Arc<TestClock>,
}

#[async_trait]
impl Connectors for Outside {
    async fn source(&self, _: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        let settings = LdapSettings {
            bind_dn: self.forest.bind_dn().to_owned(),
            bind_password: Secret::new(self.forest.bind_password()),
            ..LdapSettings::new(self.forest.url())
        };
        Ok(Arc::new(LdapSource::new(settings)?))
    }

    async fn target(&self, _: &TargetSystem, context: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        let (storage, clock) = (self.storage.clone(), Arc::clone(&self.clock) as Arc<dyn Clock>);
        Ok(Arc::new(BuiltInTarget::new(storage, clock, context.configuration_id)))
    }

    async fn copied_target(
        &self,
        _: &TargetSystem,
        context: TargetContext,
        directory: Arc<dyn DirectoryStore>,
    ) -> Option<Arc<dyn Target>> {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Some(Arc::new(BuiltInTarget::new(directory, clock, context.configuration_id)))
    }
}

/// A portal over a forest of forty people, with a disabled configuration that takes a container which is not there.
async fn portal() -> TestApp {
    portal_and_people().await.0
}

/// The same, with the names of a person and of a group.
pub async fn portal_and_people() -> (TestApp, String, String) {
    let epoch = Time::from_timestamp(1_800_000_000, 0).expect("time");
    let options = ForestOptions { people: 40, groups: 3, ..ForestOptions::new("lab.local", epoch) };
    let forest = Forest::start(options).await.expect("a forest");
    let (person, group) = (forest.person_dn(0).expect("a person"), forest.group_dn(0).expect("a group"));
    let app = TestApp::start_between(EdgeOptions::default(), |storage, clock| {
        Arc::new(Outside { forest, storage: Arc::clone(storage), clock: Arc::clone(clock) })
    })
    .await;
    let mut document = sample();
    document["configurations"][0]["enabled"] = json!(false);
    let answer = app.with_token(Role::Administrator).await.post("/api/v1/apply", &document).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    (app, person, group)
}

fn named<'a>(listing: &'a Value, name: &str) -> &'a Value {
    let places = listing["places"].as_array().expect("places");
    places.iter().find(|place| place["name"] == name).unwrap_or_else(|| panic!("no {name} in {listing}"))
}

/// A container of the forest with people somewhere beneath it.
async fn unit(caller: &Caller<'_>) -> Value {
    let root = caller.get(&format!("{PATH}/directoryPlaces")).await.json();
    let places = root["places"].as_array().expect("places").clone();
    let mut units = places
        .into_iter()
        .filter(|place| place["distinguishedName"].as_str().is_some_and(|dn| dn.starts_with("OU=")));
    units.next_back().unwrap_or_else(|| panic!("no unit in {root}"))
}

#[tokio::test]
async fn the_live_directory_is_looked_through_by_id_and_by_name() {
    let app = portal().await;
    let places = format!("{PATH}/directoryPlaces");
    assert_eq!(app.with_token(Role::Reader).await.get(&places).await.status, StatusCode::FORBIDDEN);
    let operator = app.with_token(Role::Operator).await;
    let unit = unit(&operator).await;
    let id = unit["objectId"].as_str().expect("an id");
    let level = operator.get(&format!("{places}?beneath={id}")).await.json();
    assert_eq!(level["at"]["distinguishedName"], unit["distinguishedName"]);
    let name = unit["name"].as_str().expect("a name");
    let found = operator.get(&format!("{places}?q={}", name.replace(' ', "%20"))).await.json();
    assert_eq!(named(&found, name)["objectId"], unit["objectId"]);
    for (query, status) in [
        ("q=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("q=sales&beneath=1", StatusCode::UNPROCESSABLE_ENTITY),
        ("colour=red", StatusCode::UNPROCESSABLE_ENTITY),
        ("beneath=00000000-0000-4000-8000-000000000000", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(operator.get(&format!("{places}?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn somebody_is_found_in_the_live_directory_by_name() {
    let app = portal().await;
    let objects = format!("{PATH}/directoryObjects");
    let wanted = format!("{objects}?q=anna");
    assert_eq!(app.with_token(Role::Reader).await.get(&wanted).await.status, StatusCode::FORBIDDEN);
    let operator = app.with_token(Role::Operator).await;
    let mut seen = std::collections::BTreeSet::new();
    for letter in ["an", "ma", "ch", "le", "jo"] {
        let found = operator.get(&format!("{objects}?q={letter}")).await.json();
        for one in found["objects"].as_array().expect("objects") {
            seen.insert(one["distinguishedName"].as_str().expect("a name").to_owned());
            assert_eq!(one["objectId"].as_str().map(str::len), Some(36), "{one}");
            let text = one.to_string().to_lowercase();
            assert!(text.contains(letter), "{letter} in {one}");
        }
    }
    assert!(!seen.is_empty(), "people of a forest have such names");
    for (query, status) in [
        ("", StatusCode::UNPROCESSABLE_ENTITY),
        ("?q=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("?q=anna&colour=red", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(operator.get(&format!("{objects}{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn a_scope_that_is_not_stored_says_who_would_come() {
    let app = portal().await;
    let admin = app.with_token(Role::Administrator).await;
    let unit = unit(&admin).await;
    let body = json!({"scope": {"organizationalUnits": [unit["distinguishedName"]]}});
    let path = format!("{PATH}/simulations");
    let refused = app.with_token(Role::Operator).await.post(&path, &body).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let wrong = admin.post(&path, &json!({"scope": {"groups": ["not a name"]}})).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    let begun = admin.post(&path, &body).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
    assert_eq!(begun.json()["full"], true, "a preview reads everything");
    let one = format!("{path}/{}", begun.json()["id"].as_str().expect("an id"));
    let done = ended(&app, &one).await;
    assert_eq!((&done["state"], &done["problem"]), (&json!("Succeeded"), &Value::Null), "{done}");
    assert_eq!(done["scope"]["organizationalUnits"], json!([unit["distinguishedName"]]));
    let entering = admin.get(&format!("{one}/objects?movement=enters&limit=100")).await.json();
    let entering = entering["items"].as_array().expect("items").len() as u64;
    let tallied: u64 = done["tallies"]
        .as_array()
        .expect("tallies")
        .iter()
        .filter(|tally| tally["movement"] == "enters")
        .map(|tally| tally["count"].as_u64().expect("a count"))
        .sum();
    assert!(entering > 0 && entering == tallied, "{entering} of {done}");
    let leaving = admin.get(&format!("{one}/objects?movement=leaves")).await.json();
    assert_eq!(leaving["items"], json!([]), "nobody is provisioned yet");
}

#[tokio::test]
async fn in_the_portal_a_scope_is_chosen_in_the_tree_previewed_and_saved() {
    let app = portal().await;
    app.account("alice", Role::Administrator).await;
    let page = app.browser("alice").await.on_our_page();
    let admin = app.with_token(Role::Administrator).await;
    let unit = unit(&admin).await;
    let (dn, id) =
        (unit["distinguishedName"].as_str().expect("a name"), unit["objectId"].as_str().expect("id"));
    let configuration = admin.get(PATH).await.json()["id"].as_str().expect("an id").to_owned();
    let scope = format!("/configurations/{configuration}/scope");
    let typed = [("scope", "all"), ("nestedGroups", "all"), ("tree", "1")];
    let with = |more: &[(&'static str, &str)]| {
        typed.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let send = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        page.form(&scope, &fields).await
    };
    let open = send(with(&[("edit", &format!("open.{id}"))])).await;
    assert_eq!(open.status, StatusCode::OK);
    assert!(open.text.contains(&format!("value=\"close.{id}\"")), "it is open");
    let found = send(with(&[("edit", "enter"), ("find", unit["name"].as_str().expect("a name"))])).await;
    assert!(found.text.contains("in their name"), "Enter in the search field searches");
    let short = send(with(&[("edit", "search"), ("find", "x")])).await;
    assert!(short.text.contains("This cannot be searched for") && short.text.contains(&format!("open.{id}")));
    let beneath = send(with(&[("edit", "tree"), ("open", "00000000-0000-4000-8000-000000000000")])).await;
    assert!(
        !beneath.text.contains("00000000-0000-4000-8000-000000000000"),
        "what is not seen is not asked for"
    );
    let taken = send(with(&[("edit", &format!("unit.{id}"))])).await;
    assert!(taken.text.contains("In scope") && taken.text.contains(&format!("drop.{id}")), "it was taken in");
    let stored = admin.get(PATH).await.json()["scope"].clone();
    assert_ne!(stored["organizationalUnits"], json!([dn]), "nothing is saved by looking");

    let chosen = [
        ("scope", "ous".to_owned()),
        ("nestedGroups", "all".to_owned()),
        ("organizationalUnits", dn.to_owned()),
        ("edit", "preview".to_owned()),
    ];
    let begun = send(chosen.to_vec()).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{begun:?}");
    let preview = begun.header("location").to_owned();
    let simulation = preview.rsplit('/').next().expect("an id");
    ended(&app, &format!("{PATH}/simulations/{simulation}")).await;
    let shown = page.get(&preview).await;
    assert_eq!(shown.status, StatusCode::OK, "{shown:?}");
    assert!(shown.text.contains("Save this scope") && shown.text.contains("Who enters and who leaves"));
    let file = page.get(&format!("/configurations/{configuration}/simulate/{simulation}/moving")).await;
    assert!(file.text.lines().count() > 1 && file.text.lines().skip(1).all(|line| line.ends_with("enters")));
    let further = page.get(&format!("{scope}?from={simulation}")).await;
    assert!(further.text.contains(dn), "what was tried can be changed further");

    let saved = page.form(&format!("{preview}/save"), &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{saved:?}");
    assert_eq!(admin.get(PATH).await.json()["scope"]["organizationalUnits"], json!([dn]));
    let audit = admin.get("/api/v1/auditLogs").await.json();
    assert_eq!(audit["items"][0]["activityDisplayName"], "configuration.update", "{audit}");
    let other = page.get(&format!("{scope}/preview/sim_00000000000000000000000000000001")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn while_the_directory_is_away_what_was_typed_is_kept_and_a_preview_that_failed_is_not_saved() {
    let app = TestApp::start().await;
    app.configured().await;
    app.account("alice", Role::Administrator).await;
    let page = app.browser("alice").await.on_our_page();
    let configuration = app.storage.configurations().await.expect("are read")[0].id;
    let scope = format!("/configurations/{configuration}/scope");
    let typed = "OU=Typed,DC=lab,DC=local";
    let send = async |edit: &str| {
        let fields = [
            ("scope", "ous"),
            ("nestedGroups", "all"),
            ("tree", "1"),
            ("organizationalUnits", typed),
            ("edit", edit),
        ];
        page.form(&scope, &fields).await
    };
    for edit in ["tree", "unit.00000000-0000-4000-8000-000000000000"] {
        let kept = send(edit).await;
        assert_eq!(kept.status, StatusCode::OK, "{edit}: {kept:?}");
        assert!(kept.text.contains(typed) && kept.text.contains("The directory does not answer"), "{edit}");
    }
    let begun = send("preview").await;
    let preview = begun.header("location").to_owned();
    let simulation = preview.rsplit('/').next().expect("an id");
    let failed = ended(&app, &format!("{PATH}/simulations/{simulation}")).await;
    assert_eq!(failed["state"], "Failed", "{failed}");
    let shown = page.get(&preview).await.text;
    assert!(
        shown.contains("It did not come to its end") && !shown.contains("Nobody enters or leaves"),
        "{shown}"
    );
    assert!(!shown.contains(&format!("{preview}/save")), "{shown}");
    let refused = page.form(&format!("{preview}/save"), &[]).await;
    assert_eq!(refused.header("location"), preview);
    let stored = app.storage.configurations().await.expect("are read")[0].plan.scope.clone();
    assert!(!stored.organizational_units.contains(&typed.to_owned()), "{stored:?}");
}
