//! Simulations and searches at the edge: who may, what is refused, and what is answered. The directory is out of reach
//! here; what a simulation finds is tried against real ones in the engine's tests.

use axum::http::StatusCode;
use domain::access::Role;
use serde_json::{Value, json};

use crate::app::TestApp;

pub const PATH: &str = "/api/v1/configurations/lab%20to%20directory";

/// The simulation when it has ended.
pub async fn ended(app: &TestApp, path: &str) -> Value {
    let reader = app.with_token(Role::Reader).await;
    let mut hints = app.service.hints();
    loop {
        let answer = reader.get(path).await.json();
        if answer["state"] != "running" {
            return answer;
        }
        drop(hints.recv().await);
    }
}

#[tokio::test]
async fn a_simulation_is_started_by_an_operator_and_says_why_it_failed() {
    let app = TestApp::start().await;
    app.configured().await;
    let path = format!("{PATH}/simulations");
    let refused = app.with_token(Role::Reader).await.post(&path, &json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let operator = app.with_token(Role::Operator).await;
    let begun = operator.post(&path, &json!({"full": true})).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
    let one = format!("{path}/{}", begun.json()["id"].as_str().expect("an id"));
    let failed = ended(&app, &one).await;
    assert_eq!(
        (&failed["state"], &failed["full"], &failed["draft"]),
        (&json!("Failed"), &json!(true), &json!(false))
    );
    assert_eq!(failed["problem"]["code"], domain::catalogue::SOURCE_UNREACHABLE.code);
    let objects = operator.get(&format!("{one}/objects?q=ann&action=create&status=success&kind=user")).await;
    assert_eq!(objects.json(), json!({"items": [], "next": null}));
    assert_eq!(
        operator.get(&format!("{one}/objects?colour=red")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(operator.delete(&one).await.status, StatusCode::CONFLICT, "it has ended");
    let listed = operator.get(&path).await.json();
    assert_eq!(listed["items"][0]["id"], failed["id"]);
}

#[tokio::test]
async fn a_plan_that_is_not_stored_is_checked_and_takes_an_administrator() {
    let app = TestApp::start().await;
    app.configured().await;
    let path = format!("{PATH}/simulations");
    let plan = json!({"plan": {"scope": {"organizationalUnits": ["OU=Staff,DC=lab,DC=local"]}}});
    let refused = app.with_token(Role::Operator).await.post(&path, &plan).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
    let admin = app.with_token(Role::Administrator).await;
    let wrong = json!({"plan": {"scope": {"organizationalUnits": ["not a name"]}}});
    assert_eq!(admin.post(&path, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let begun = admin.post(&path, &plan).await;
    assert_eq!((begun.status, &begun.json()["draft"]), (StatusCode::ACCEPTED, &json!(true)));
    let stored = admin.get(PATH).await.json();
    assert_eq!(
        stored["scope"]["organizationalUnits"],
        json!(["OU=People,DC=lab,DC=local"]),
        "it stays as it was"
    );
}

#[tokio::test]
async fn a_search_for_unmatched_objects_says_why_it_failed() {
    let app = TestApp::start().await;
    app.configured().await;
    let path = format!("{PATH}/unmatched");
    let operator = app.with_token(Role::Operator).await;
    assert_eq!(operator.get(&format!("{path}/search")).await.status, StatusCode::NOT_FOUND);
    let begun = operator.post(&path, &json!({})).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
    let failed = ended(&app, &format!("{path}/search")).await;
    assert_eq!(failed["state"], "Failed");
    assert_eq!(failed["problem"]["code"], domain::catalogue::TARGET_UNREACHABLE.code);
    assert_eq!(operator.get(&path).await.json(), json!({"items": [], "next": null}));
}

#[tokio::test]
async fn provisioning_on_demand_takes_graphs_form_and_names_what_is_out_of_reach() {
    let app = TestApp::start().await;
    app.configured().await;
    let path = format!("{PATH}/provisionOnDemand");
    let operator = app.with_token(Role::Operator).await;
    let empty = operator.post(&path, &json!({})).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{empty:?}");
    let graph = json!({"parameters": [{"subjects": [{"objectId": "CN=Ann,DC=lab,DC=local", "objectTypeName": "user"}]}]});
    let answer = operator.post(&path, &graph).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{answer:?}");
    assert_eq!(answer.json()["code"], domain::catalogue::SOURCE_UNREACHABLE.code);
}
