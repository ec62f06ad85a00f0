//! Domains, targets and configurations through REST, and what an operator does with them.

use axum::http::StatusCode;
use domain::access::Role;
use serde_json::json;

use crate::app::TestApp;

const PATH: &str = "/api/v1/configurations/lab%20to%20directory";

#[tokio::test]
async fn an_enabled_configuration_is_queued_and_a_disabled_one_is_not() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let next = async || admin.get(PATH).await.json()["status"]["nextExecution"].clone();
    assert!(next().await.is_string());
    let answer = admin.patch(PATH, &json!({"enabled": false})).await;
    assert_eq!(answer.json()["status"]["code"], "Disabled");
    assert!(next().await.is_null());
    admin.patch(PATH, &json!({"enabled": true})).await;
    assert!(next().await.is_string());
}

#[tokio::test]
async fn pause_and_start_change_the_status_and_the_queue() {
    let app = TestApp::start().await;
    app.configured().await;
    let operator = app.with_token(Role::Operator).await;
    assert_eq!(operator.post(&format!("{PATH}/pause"), &json!({})).await.status, StatusCode::NO_CONTENT);
    let status = operator.get(PATH).await.json()["status"].clone();
    assert_eq!((&status["code"], &status["nextExecution"]), (&json!("Paused"), &json!(null)));
    let run = operator.post(&format!("{PATH}/cycles"), &json!({})).await;
    assert_eq!(run.status, StatusCode::CONFLICT, "a paused configuration is not run by accident");
    let started = operator.post(&format!("{PATH}/start"), &json!({})).await;
    assert_eq!((started.status, &started.json()["state"]), (StatusCode::ACCEPTED, &json!("queued")));
    assert_eq!(operator.get(PATH).await.json()["status"]["code"], "NotRun");
}

#[tokio::test]
async fn running_twice_queues_one_cycle() {
    let app = TestApp::start().await;
    app.configured().await;
    let operator = app.with_token(Role::Operator).await;
    let run =
        async || operator.post(&format!("{PATH}/cycles"), &json!({"full": true})).await.json()["id"].clone();
    assert_eq!(run().await, run().await);
}

#[tokio::test]
async fn restart_takes_graphs_words_and_refuses_others() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let path = format!("{PATH}/restart");
    for body in [
        json!({}),
        json!({"criteria": {"resetScope": "Escrows, QuarantineState"}}),
        json!({"resetScope": "Full"}),
    ] {
        assert_eq!(admin.post(&path, &body).await.status, StatusCode::ACCEPTED, "{body}");
    }
    let refused = admin.post(&path, &json!({"resetScope": "Everything"})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["problems"][0]["path"], "resetScope");
    let operator = app.with_token(Role::Operator).await;
    let forced = operator.post(&path, &json!({"resetScope": "ForceDeletes"})).await;
    assert_eq!(forced.status, StatusCode::FORBIDDEN, "deletes are for administrators to allow");
}

#[tokio::test]
async fn a_merge_patch_changes_one_thing_and_keeps_the_secret() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let before = app.storage.domains().await.expect("domains")[0].connection.clone().expect("connection");
    let body = json!({"connection": {"baseDn": "OU=A,DC=lab,DC=local"}});
    let answer = admin.patch("/api/v1/domains/lab.local", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let after = app.storage.domains().await.expect("domains")[0].connection.clone().expect("connection");
    assert_eq!(after.base_dn.as_deref(), Some("OU=A,DC=lab,DC=local"));
    assert_eq!(after.bind_password, before.bind_password);
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted_and_a_taken_name_is_refused() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    assert_eq!(admin.delete("/api/v1/domains/lab.local").await.status, StatusCode::CONFLICT);
    assert_eq!(admin.delete("/api/v1/targets/directory").await.status, StatusCode::CONFLICT);
    assert_eq!(admin.delete("/api/v1/targets/app").await.status, StatusCode::NO_CONTENT);
    let twice = admin.post("/api/v1/targets", &json!({"name": "Directory", "kind": "builtIn"})).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(admin.delete(PATH).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.get(PATH).await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.delete("/api/v1/domains/lab.local").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_configuration_stays_with_its_domain_and_target() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let moved = admin.patch(PATH, &json!({"target": "app"})).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(moved.json()["problems"][0]["path"], "target");
    let renamed = admin.patch(PATH, &json!({"name": "renamed"})).await;
    assert_eq!(renamed.json()["name"], "renamed");
}

#[tokio::test]
async fn an_unreachable_directory_is_named_with_its_code_and_advice() {
    let app = TestApp::start().await;
    app.configured().await;
    let operator = app.with_token(Role::Operator).await;
    let answer = operator.post("/api/v1/domains/lab.local/probe", &json!({})).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    let problem = answer.json();
    assert_eq!(problem["code"], "SourceUnreachable");
    assert!(problem["detail"].as_str().expect("detail").contains("firewall"), "{problem}");
}

#[tokio::test]
async fn a_probe_never_sends_the_stored_password_to_another_address() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let body =
        json!({"name": "lab.local", "connection": {"url": "ldaps://evil.example", "bindDn": "CN=a,DC=x"}});
    let answer = admin.post("/api/v1/domains/probe", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["problems"][0]["path"], "connection.bindPassword");
}

#[tokio::test]
async fn what_was_done_is_in_the_audit_log_and_its_chain_is_whole() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    admin.patch(PATH, &json!({"schedule": "PT5M"})).await;
    admin.post(&format!("{PATH}/pause"), &json!({})).await;
    let entries = admin.get("/api/v1/auditLogs").await.json()["items"].clone();
    let activity = |index: usize| entries[index]["activityDisplayName"].clone();
    assert_eq!((activity(0), activity(1)), (json!("configuration.pause"), json!("configuration.update")));
    assert_eq!(entries[1]["details"]["fields"], json!(["schedule"]));
    assert_eq!(entries[1]["details"]["before"]["schedule"], "PT2M");
    assert_eq!(entries[1]["initiatedBy"]["displayName"], "administrator of a test");
    assert_eq!(admin.get("/api/v1/auditLogs/verification").await.json()["intact"], true);
}

#[tokio::test]
async fn lists_refuse_parameters_that_nobody_knows() {
    let app = TestApp::start().await;
    let reader = app.with_token(Role::Reader).await;
    for query in ["statsu=failure", "status=failed", "limit=0", "since=yesterday", "cycle=7"] {
        let answer = reader.get(&format!("/api/v1/provisioningLogs?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    let fine =
        reader.get("/api/v1/provisioningLogs?status=failure&status=warning&since=1h&q=x&limit=5").await;
    assert_eq!(fine.json(), json!({"items": [], "next": null}));
}

#[tokio::test]
async fn a_schema_is_read_and_written_in_graphs_shape() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let path = format!("{PATH}/schema");
    let schema = admin.get(&path).await;
    assert_eq!(schema.status, StatusCode::OK);
    let mut schema = schema.json();
    let row = &mut schema["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"][0];
    assert_eq!(row["targetAttributeName"], "DisplayName");
    row["source"] = json!({"type": "Attribute", "name": "cn", "expression": "[cn]", "parameters": []});
    assert_eq!(admin.put(&path, &schema).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        admin.get(PATH).await.json()["mappings"]["user"][0],
        json!({"target": "displayName", "type": "direct", "source": "cn"})
    );
    let row = &mut schema["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"][0];
    row["source"]["type"] = json!("Magic");
    let refused = admin.put(&path, &schema).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.json()["problems"][0]["path"],
        "synchronizationRules[0].objectMappings[0].attributeMappings[0].source.type"
    );
    let reader = app.with_token(Role::Reader).await;
    assert_eq!(reader.get(&path).await.status, StatusCode::OK);
    assert_eq!(reader.put(&path, &schema).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_status_has_graphs_shape_and_tells_the_series_of_a_quarantine() {
    use domain::cycle::Problem;
    use domain::status::{Quarantine, QuarantineReason};

    let app = TestApp::start().await;
    app.configured().await;
    let reader = app.with_token(Role::Reader).await;
    let fresh = reader.get(PATH).await.json()["status"].clone();
    assert_eq!(fresh["changeTracking"], json!({"method": null, "server": null}));
    assert_eq!((&fresh["troubleshootingUrl"], &fresh["stagedDeletes"]), (&json!(null), &json!(null)));

    let configuration = app.storage.configurations().await.expect("configurations").remove(0);
    let now = app.service.now();
    let hours = |hours| now - chrono::TimeDelta::hours(hours);
    let mut state = app.storage.configuration_state(configuration.id).await.expect("state");
    state.quarantine = Some(Quarantine {
        reason: QuarantineReason::EncounteredQuarantineException,
        current_began: hours(30),
        next_attempt: Some(now),
        error: Problem { code: "InvalidCredentials".into(), message: "The password is wrong.".into() },
    });
    state.memory.quarantine_series_began = Some(hours(40));
    state.memory.quarantine_count = 5;
    state.memory.first_full_at = Some(hours(90));
    state.memory.last_full_at = Some(hours(50));
    app.storage.put_configuration_state(&state).await.expect("puts");
    let value = r#"{"server": "dc1.lab.local", "cookie": "AAAA"}"#.to_owned();
    let cursor = domain::Cursor { tracking: domain::Tracking::DirSync, value };
    app.storage.put_cursor(configuration.id, Some(cursor)).await.expect("puts");

    let status = reader.get(PATH).await.json()["status"].clone();
    assert_eq!(status["code"], "Quarantine");
    let held = &status["quarantine"];
    assert_eq!((&held["seriesCount"], &held["seriesBegan"]), (&json!(5), &json!(hours(40))));
    assert_eq!(
        held["error"],
        json!({"code": "InvalidCredentials", "message": "The password is wrong.", "tenantActionable": true})
    );
    assert_eq!(status["changeTracking"], json!({"method": "dirSync", "server": "dc1.lab.local"}));
    assert_eq!(status["nextFullReadDateTime"], json!(hours(26)));
    assert_eq!(status["troubleshootingUrl"], json!(format!("/configurations/{}", configuration.id)));
}

#[tokio::test]
async fn failing_objects_are_listed_with_advice_and_tried_again_by_name() {
    let app = TestApp::start().await;
    app.configured().await;
    let operator = app.with_token(Role::Operator).await;
    let configuration = app.storage.configurations().await.expect("configurations").remove(0);
    let now = app.service.now();
    let escrow = |number: u32| service::Escrow {
        kind: domain::ObjectKind::User,
        object_id: format!("id-{number}"),
        display_name: format!("Object {number}"),
        code: "AttributeValueMustBeUnique".into(),
        reason: "the mail address is taken".into(),
        fingerprint: 1,
        attempts: 3,
        first_failed_at: now,
        next_attempt_at: now + chrono::TimeDelta::hours(1),
    };
    let page = storage::link::PageCommit { escrows: vec![escrow(1), escrow(2)], ..Default::default() };
    app.storage.commit_page(configuration.id, page).await.expect("commits");

    let path = format!("{PATH}/escrows");
    let first = operator.get(&format!("{path}?limit=1")).await.json();
    let item = &first["items"][0];
    assert_eq!((&item["objectId"], &item["attempts"]), (&json!("id-1"), &json!(3)));
    assert!(item["recommendedAction"].as_str().expect("advice").contains("other object"), "{item}");
    let after = first["next"].as_str().expect("a second page");
    let second = operator.get(&format!("{path}?limit=1&after={after}")).await.json();
    assert_eq!((&second["items"][0]["objectId"], &second["next"]), (&json!("id-2"), &json!(null)));
    assert_eq!(operator.get(PATH).await.json()["status"]["escrowCount"], 2);

    let retry = format!("{path}/retry");
    let one = operator.post(&retry, &json!({"objects": ["user:id-2"]})).await;
    assert_eq!((one.status, &one.json()["count"]), (StatusCode::ACCEPTED, &json!(1)));
    assert_eq!(operator.post(&retry, &json!({})).await.json()["count"], 2);
    let refused = operator.post(&retry, &json!({"objects": ["id-2"]})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["problems"][0]["path"], "objects[0]");
    let reader = app.with_token(Role::Reader).await;
    assert_eq!(reader.post(&retry, &json!({})).await.status, StatusCode::FORBIDDEN);
}
