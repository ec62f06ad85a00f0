//! `apply` and `export`.

use axum::http::StatusCode;
use domain::access::Role;
use serde_json::{Value, json};

use crate::app::{TestApp, sample};

#[tokio::test]
async fn applying_the_same_document_twice_changes_nothing_the_second_time() {
    let app = TestApp::start().await;
    let admin = app.with_token(Role::Administrator).await;
    let first = admin.post("/api/v1/apply", &sample()).await.json();
    assert_eq!(first["changes"].as_array().expect("changes").len(), 5, "{first}");
    let again = admin.post("/api/v1/apply", &sample()).await;
    assert_eq!(again.json(), json!({"changes": []}));
}

#[tokio::test]
async fn an_exported_document_applies_without_a_change() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let exported = admin.get("/api/v1/export").await.json();
    assert_eq!(exported["configurations"][0]["name"], "lab to directory");
    assert_eq!(admin.post("/api/v1/apply", &exported).await.json(), json!({"changes": []}));
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.with_token(Role::Administrator).await;
    let dry = admin.post("/api/v1/apply?dryRun=true", &sample()).await.json();
    assert_eq!(dry["changes"].as_array().expect("changes").len(), 5);
    assert_eq!(admin.get("/api/v1/domains").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_change_is_named_by_its_fields_and_a_new_secret_is_one() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let mut document = sample();
    document["domains"][0]["connection"]["bindPassword"]["value"] = json!("another password");
    document["configurations"][0]["schedule"] = json!("PT1H");
    let changes = admin.post("/api/v1/apply", &document).await.json();
    let fields = |index: usize| changes["changes"][index]["fields"].clone();
    assert_eq!(fields(0), json!(["connection.bindPassword"]));
    assert_eq!(fields(1), json!(["schedule"]));
}

#[tokio::test]
async fn every_problem_of_a_document_is_listed_by_its_path_and_nothing_is_changed() {
    let app = TestApp::start().await;
    let admin = app.with_token(Role::Administrator).await;
    let document = json!({
        "domains": [
            {"name": "a.local", "connection": {
                "url": "ldap://dc.a.local", "bindDn": "not a dn", "bindPassword": {"value": "p"}, "baseDn": "DC="}},
            {"name": "A.LOCAL"},
        ],
        "targets": [
            {"name": "app", "kind": "scim", "url": "ftp://x"},
            {"name": "directory", "kind": "builtIn", "url": "https://x"},
        ],
        "configurations": [{
            "name": "c", "domain": "nowhere.local", "target": "nothing", "objects": [],
            "scope": {"organizationalUnits": ["OU=A,DC=x", "ou=a, dc=X", "nonsense"], "groups": ["CN=g,DC=x", "nothing"],
                      "filters": [[{"attribute": "a", "operator": "REGEX MATCH", "value": "("}]]},
            "mappings": {"user": [
                {"target": "displayName", "type": "expression", "expression": "IIF("},
                {"target": "DISPLAYNAME", "type": "direct"},
                {"target": "city", "type": "constant", "source": "l", "value": "x"},
            ]},
            "matching": {"softMatch": true}, "passwordHashSync": true,
            "accidentalDeletes": {"threshold": 0, "percent": 101},
            "notification": {"emails": ["nobody"]},
        }],
        "settings": {"verifiedDomains": ["example"], "mail": {"smtpUrl": "http://x", "from": "x"}},
    });
    let answer = admin.post("/api/v1/apply", &document).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let found: Vec<_> = answer.json()["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|problem| problem["path"].as_str().expect("path").to_owned())
        .collect();
    let expected = [
        "domains[1].name",
        "domains[0].connection.url",
        "domains[0].connection.bindDn",
        "domains[0].connection.baseDn",
        "targets[0].url",
        "targets[0].token",
        "targets[1].url",
        "configurations[0].domain",
        "configurations[0].target",
        "configurations[0].scope.organizationalUnits[1]",
        "configurations[0].scope.organizationalUnits[2]",
        "configurations[0].scope.groups[1]",
        "configurations[0].scope.filters[0][0].value",
        "configurations[0].objects",
        "configurations[0].mappings.user[0].expression",
        "configurations[0].mappings.user[1].target",
        "configurations[0].mappings.user[1].source",
        "configurations[0].mappings.user[2].source",
        "configurations[0].passwordHashSync",
        "configurations[0].accidentalDeletes.threshold",
        "configurations[0].accidentalDeletes.percent",
        "configurations[0].notification.emails[0]",
        "settings.verifiedDomains[0]",
        "settings.mail.smtpUrl",
        "settings.mail.from",
    ];
    for path in expected {
        assert!(found.iter().any(|found| found == path), "{path} is not in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert_eq!(admin.get("/api/v1/domains").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_body_that_is_no_json_gets_one_sentence() {
    let app = TestApp::start().await;
    let admin = app.with_token(Role::Administrator).await;
    let answer = admin
        .request(axum::http::Method::POST, "/api/v1/apply", Some("application/json"), "{\"domains\": ".into())
        .await;
    insta::assert_snapshot!(answer.text, @r#"{"type":"about:blank","title":"Bad Request","status":400,"code":"BadRequest","detail":"the body is not JSON: EOF while parsing a value at line 1 column 12"}"#);
}

#[tokio::test]
async fn unknown_keys_are_refused_with_what_is_known() {
    let app = TestApp::start().await;
    let admin = app.with_token(Role::Administrator).await;
    let answer = admin.post("/api/v1/apply", &json!({"domains": [{"name": "a", "bindPasword": "x"}]})).await;
    let problem: Value = answer.json();
    assert_eq!(problem["problems"][0]["path"], "domains[0].bindPasword");
    insta::assert_snapshot!(problem["detail"].as_str().expect("detail"), @"domains[0].bindPasword: unknown field `bindPasword`, expected one of `name`, `kind`, `connection`");
}
