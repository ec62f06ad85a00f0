//! The description and the router say the same, and answers fit their schemas.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use domain::access::Role;
use serde_json::{Value, json};
use server::http::api::{self, openapi};

use crate::app::TestApp;

fn description() -> Value {
    openapi(&api::routes().split().1)
}

#[test]
fn every_mounted_operation_is_described_once() {
    let (_, operations) = api::routes().split();
    let description = description();
    let described: usize = description["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|item| item.as_object().expect("item").len())
        .sum();
    assert_eq!(described, operations.len());
    let ids: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), operations.len(), "operation ids are unique");
}

#[tokio::test]
async fn every_described_operation_is_mounted() {
    let app = TestApp::start().await;
    for operation in api::routes().split().1 {
        let path = format!("/api/v1{}", operation.path.replace("{id}", "x"));
        let method = operation.method.to_uppercase().parse().expect("method");
        let answer = app.anonymous().request(method, &path, None, axum::body::Body::empty()).await;
        // Who is let in by something in the body is told that there is none.
        let wanted =
            if path == "/api/v1/agents/enroll" { StatusCode::BAD_REQUEST } else { StatusCode::UNAUTHORIZED };
        assert_eq!(answer.status, wanted, "{} {path} is there", operation.method);
    }
}

#[test]
fn every_reference_leads_to_a_schema() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.insert(reference.clone());
                }
                members.values().for_each(|inner| references(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
            _ => {}
        }
    }
    let description = description();
    let mut found = BTreeSet::new();
    references(&description, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("local");
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_description_is_served_to_everybody() {
    let app = TestApp::start().await;
    let answer = app.anonymous().get("/api/v1/openapi.json").await;
    assert_eq!((answer.status, &answer.json()["openapi"]), (StatusCode::OK, &json!("3.1.0")));
}

#[tokio::test]
async fn answers_fit_their_schemas() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let description = description();
    let schema = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    for (path, name) in [
        ("/domains/lab.local", "Domain"),
        ("/targets/app", "Target"),
        ("/configurations/lab%20to%20directory", "Configuration"),
        ("/settings", "Settings"),
        ("/export", "Document"),
        ("/auditLogs/verification", "AuditVerification"),
        ("/provisioningLogs/facets", "Facets"),
        ("/insights", "Insights"),
    ] {
        let answer = admin.get(&format!("/api/v1{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        fits(&description, &schema(name), &answer.json(), path);
    }
    for (path, name) in [("/tokens", "Token"), ("/auditLogs", "AuditEntry"), ("/domains", "Domain")] {
        let answer = admin.get(&format!("/api/v1{path}")).await.json();
        for item in answer["items"].as_array().expect("items") {
            fits(&description, &schema(name), item, path);
        }
    }
    let cycle = admin.post("/api/v1/configurations/lab%20to%20directory/cycles", &json!({})).await;
    fits(&description, &schema("Cycle"), &cycle.json(), "cycle");
    let simulation = admin.post("/api/v1/configurations/lab%20to%20directory/simulations", &json!({})).await;
    fits(&description, &schema("Simulation"), &simulation.json(), "simulation");
    let search = admin.post("/api/v1/configurations/lab%20to%20directory/unmatched", &json!({})).await;
    fits(&description, &schema("UnmatchedScan"), &search.json(), "search");
    let look = admin.post("/api/v1/readiness", &json!({})).await;
    fits(&description, &schema("ReadinessScan"), &look.json(), "readiness");
    let agent = crate::agent_api::enrolled(&app, "ldap1").await;
    for (path, name) in
        [(format!("/agents/{}", agent.id), "AgentDetail"), ("/agentSummary".to_owned(), "AgentSummary")]
    {
        let answer = admin.get(&format!("/api/v1{path}")).await;
        fits(&description, &schema(name), &answer.json(), &path);
    }
    for (path, name) in [("/agents", "Agent"), ("/enrollmentTokens", "EnrollmentToken")] {
        let answer = admin.get(&format!("/api/v1{path}")).await.json();
        fits(&description, &schema(name), &answer["items"][0], path);
    }
    app.clock.advance(chrono::TimeDelta::days(1));
    for _ in 0..25 {
        app.clock.advance(chrono::TimeDelta::minutes(1));
        app.service.look_for_alerts().await.expect("looks");
    }
    let answer = admin.get("/api/v1/alerts").await.json();
    fits(&description, &schema("Alert"), &answer["items"][0], "alert");
    let id = answer["items"][0]["id"].as_str().expect("an alert").to_owned();
    let answer = admin.get(&format!("/api/v1/alerts/{id}")).await;
    fits(&description, &schema("AlertDetail"), &answer.json(), "alert");
    let answer = admin.get("/api/v1/alertRules").await;
    fits(&description, &schema("AlertRules"), &answer.json(), "rules");
    let problem = admin.get("/api/v1/users/nobody").await;
    fits(&description, &schema("Problem"), &problem.json(), "problem");
}

/// As much of JSON Schema as our schemas use.
fn fits(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(Value::String(reference)) = schema.get("$ref") {
        let inner = root.pointer(reference.strip_prefix('#').expect("local")).expect("schema");
        return fits(root, inner, value, at);
    }
    if let Some(Value::Array(choices)) = schema.get("anyOf") {
        if !value.is_null() {
            fits(root, &choices[0], value, at);
        }
        return;
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        assert!(words.contains(value), "{at}: {value} is none of {words:?}");
        return;
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{at}: no type in {schema}"),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(kinds.contains(&kind), "{at}: {value} is no {kinds:?}");
    if let Value::Array(items) = value {
        for item in items {
            fits(root, &schema["items"], item, at);
        }
    }
    if let (Value::Object(members), Some(Value::Object(properties))) = (value, schema.get("properties")) {
        for name in schema["required"].as_array().expect("required") {
            assert!(members.contains_key(name.as_str().expect("name")), "{at}: {name} is missing in {value}");
        }
        for (name, inner) in members {
            match properties.get(name) {
                Some(property) => fits(root, property, inner, &format!("{at}.{name}")),
                None => assert_eq!(schema["additionalProperties"], true, "{at}.{name} is not described"),
            }
        }
    }
}
