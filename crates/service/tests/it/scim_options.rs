//! What a target's document may say of its SCIM service.

use domain::TargetSettings;
use domain::scim::{BooleanForm, MemberRemoval, PatchUse, ScimOptions};
use serde_json::{Value, json};
use service::ServiceError;

use crate::support::Bench;

fn with(scim: &Value) -> Value {
    json!({"targets": [{
        "name": "apps", "kind": "scim", "url": "https://app.example/scim/v2", "token": {"value": "t"}, "scim": scim,
    }]})
}

/// Paths and messages of what is wrong.
async fn problems(bench: &Bench, document: Value) -> Vec<(String, String)> {
    let reading = service::document::parse::document(document).expect("a document");
    match bench.service.apply_reading(&bench.system, reading, true).await {
        Err(ServiceError::Invalid(problems)) => {
            problems.into_iter().map(|problem| (problem.path, problem.message)).collect()
        }
        other => panic!("expected problems, got {other:?}"),
    }
}

#[tokio::test]
async fn pain_12_a_dialect_that_is_set_is_kept_and_shown_again() {
    let bench = Bench::configured().await;
    let scim = json!({
        "patch": "put", "membersPerRequest": 50, "activeAs": "string", "pageSize": 20, "requestsPerSecond": null,
        "removeMembersBy": "valueList",
    });
    let reading = service::document::parse::document(with(&scim)).expect("a document");
    bench.service.apply_reading(&bench.system, reading, false).await.expect("applies");
    let target = bench.service.target(&bench.system, "apps").await.expect("target");
    let TargetSettings::Scim { options, .. } = &target.settings else { panic!("{target:?}") };
    let expected = ScimOptions {
        patch: PatchUse::Put,
        members_per_request: 50,
        active_as: Some(BooleanForm::Text),
        page_size: Some(20),
        requests_per_second: None,
        remove_members_by: Some(MemberRemoval::ValueList),
    };
    assert_eq!(*options, expected);
    let shown = serde_json::to_value(service::document::export::target_entry(&target)).expect("JSON");
    let mut without_null = scim;
    without_null.as_object_mut().expect("an object").remove("requestsPerSecond");
    assert_eq!(shown["scim"], without_null);
    // What is as it always was is not shown.
    let reading = service::document::parse::document(with(&json!({}))).expect("a document");
    bench.service.apply_reading(&bench.system, reading, false).await.expect("applies");
    let target = bench.service.target(&bench.system, "apps").await.expect("target");
    let shown = serde_json::to_value(service::document::export::target_entry(&target)).expect("JSON");
    assert!(shown.get("scim").is_none(), "{shown}");
}

#[tokio::test]
async fn what_cannot_be_is_named_where_it_stands() {
    let bench = Bench::configured().await;
    let numbers = json!({"membersPerRequest": 0, "pageSize": 10_001, "requestsPerSecond": 0});
    let found: Vec<_> = problems(&bench, with(&numbers)).await.into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        found,
        ["membersPerRequest", "pageSize", "requestsPerSecond"].map(|name| format!("targets[0].scim.{name}"))
    );
    let word = problems(&bench, with(&json!({"patch": "never"}))).await;
    assert_eq!(word[0].0, "targets[0].scim.patch", "{word:?}");
    let unknown = problems(&bench, with(&json!({"bulk": true}))).await;
    assert!(unknown[0].0.starts_with("targets[0].scim") && unknown[0].1.contains("bulk"), "{unknown:?}");
    let built_in = json!({"targets": [{"name": "directory", "kind": "builtIn", "scim": {}}]});
    assert_eq!(problems(&bench, built_in).await[0].0, "targets[0].scim");
}
