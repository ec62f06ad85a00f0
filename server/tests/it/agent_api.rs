//! Agents over the API: enrolling, signed requests, what people see and change.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use channel::enrolment::{EnrolmentAnswer, EnrolmentRequest, EnrolmentToken, KeyChange, Machine};
use channel::key::AgentKey;
use channel::signature::{self, Request};
use domain::access::Role;
use domain::agent::{Beat, BeatChannel};
use domain::{AgentId, Clock as _};
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

/// An enrolled machine.
pub struct Machinery {
    pub key: AgentKey,
    pub id: AgentId,
    pub counter: u64,
}

pub async fn enrolled(app: &TestApp, name: &str) -> Machinery {
    let admin = app.with_token(Role::Administrator).await;
    let made = admin.post("/api/v1/enrollmentTokens", &json!({ "domains": ["lab.local"] })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let (key, _) = AgentKey::generate().expect("a key");
    let answer = enroll(app, &key, made.json()["token"].as_str().expect("a token"), name).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let answer: EnrolmentAnswer = serde_json::from_value(answer.json()).expect("an answer");
    Machinery { key, id: answer.agent_id, counter: 0 }
}

async fn enroll(app: &TestApp, key: &AgentKey, token: &str, name: &str) -> Answer {
    let token: EnrolmentToken = token.parse().expect("a token");
    let machine = Machine {
        name: name.to_owned(),
        system: "Debian 13".to_owned(),
        version: "0.1.0".to_owned(),
        protocol: 1,
    };
    let request = EnrolmentRequest::new(key, &token, machine, app.clock.now().timestamp());
    app.anonymous().post("/api/v1/agents/enroll", &json!(request)).await
}

impl Machinery {
    /// Sends a signed request; `sent` is where it goes, `signed` what it was signed for.
    pub async fn send(&mut self, app: &TestApp, signed: &str, sent: &str, body: &Value) -> Answer {
        self.counter += 1;
        let text = body.to_string();
        let request = Request { method: "POST", path: signed, body: text.as_bytes() };
        let now = app.clock.now().timestamp();
        let mut caller = app.anonymous();
        for (name, value) in signature::sign(&self.key, self.id, &request, now, self.counter) {
            caller = caller.header(name, &value);
        }
        caller.request(Method::POST, sent, Some("application/json"), Body::from(text)).await
    }
}

pub fn beat(app: &TestApp) -> Beat {
    Beat {
        at: app.clock.now(),
        version: "0.1.0".to_owned(),
        system: "Debian 13".to_owned(),
        started_at: app.clock.now(),
        load_centicores: 10,
        memory_bytes: 30 << 20,
        running: 0,
        domains: Vec::new(),
        readiness: None,
    }
}

#[tokio::test]
async fn an_agent_enrols_with_a_token_once_and_is_listed() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let made =
        admin.post("/api/v1/enrollmentTokens", &json!({ "domains": ["lab.local"], "minutes": 5 })).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    let (key, _) = AgentKey::generate().expect("a key");
    let answer = enroll(&app, &key, &token, "ldap1").await;
    assert_eq!((answer.status, &answer.json()["domains"]), (StatusCode::CREATED, &json!(["lab.local"])));
    let again = enroll(&app, &AgentKey::generate().expect("a key").0, &token, "evil").await;
    assert_eq!(
        (again.status, &again.json()["code"]),
        (StatusCode::UNAUTHORIZED, &json!("EnrollmentRefused"))
    );
    let listed = admin.get("/api/v1/agents?status=neverConnected&q=LDAP").await.json();
    assert_eq!(listed["items"][0]["machineName"], "ldap1");
    assert_eq!(listed["items"][0]["alarms"][0]["kind"], "tokenReused");
    let tokens = admin.get("/api/v1/enrollmentTokens").await;
    assert_eq!(tokens.json()["items"][0]["state"], "used");
    assert!(!tokens.text.contains(&token[4..]), "a token is shown once");
    let reader = app.with_token(Role::Reader).await;
    assert_eq!(reader.get("/api/v1/agents").await.status, StatusCode::OK);
    assert_eq!(reader.get("/api/v1/enrollmentTokens").await.status, StatusCode::FORBIDDEN);
    let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    for path in ["retire", "clearAlarms", "rotateKey"] {
        let refused = reader.post(&format!("/api/v1/agents/{id}/{path}"), &json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn an_enrolment_that_makes_no_sense_is_named() {
    let app = TestApp::start().await;
    let nonsense = app.anonymous().post("/api/v1/agents/enroll", &json!({ "token": "sbe_x" })).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
    let request = json!({ "token": "sbe_x", "publicKey": "", "machine": "a", "system": "", "version": "",
        "protocol": 1, "created": 0, "proof": "" });
    let malformed = app.anonymous().post("/api/v1/agents/enroll", &request).await;
    assert_eq!(malformed.status, StatusCode::UNPROCESSABLE_ENTITY, "{malformed:?}");
    assert_eq!(malformed.json()["code"], "EnrollmentMalformed");
    let mut last = StatusCode::OK;
    for _ in 0..20 {
        last = app.anonymous().post("/api/v1/agents/enroll", &request).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_token_is_taken_back() {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let made = admin.post("/api/v1/enrollmentTokens", &json!({ "domains": ["lab.local"] })).await.json();
    let path = format!("/api/v1/enrollmentTokens/{}", made["id"].as_str().expect("an id"));
    assert_eq!(admin.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.delete(&path).await.status, StatusCode::CONFLICT);
    assert_eq!(admin.get(&path).await.json()["state"], "withdrawn");
    let (key, _) = AgentKey::generate().expect("a key");
    let refused = enroll(&app, &key, made["token"].as_str().expect("a token"), "ldap1").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let wrong = admin.post("/api/v1/enrollmentTokens", &json!({ "domains": ["nowhere"] })).await;
    assert_eq!(wrong.json()["problems"][0]["path"], "domains[0]");
}

#[tokio::test]
async fn signed_requests_are_believed_once_for_their_own_agent_and_address() {
    let app = TestApp::start().await;
    app.configured().await;
    let mut one = enrolled(&app, "ldap1").await;
    let other = enrolled(&app, "ldap2").await;
    let path = |id: AgentId, what: &str| format!("/api/v1/agents/{id}/{what}");
    let code =
        |answer: &Answer| (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned());
    let refused = |status, code: &str| (status, code.to_owned());

    // Signed for one address and sent to another.
    let (leave, key) = (path(one.id, "leave"), path(one.id, "key"));
    let answer = one.send(&app, &leave, &key, &json!({})).await;
    assert_eq!(code(&answer), refused(StatusCode::UNAUTHORIZED, "badSignature"));
    // Signed well, for another agent.
    let others = path(other.id, "leave");
    let answer = one.send(&app, &others, &others, &json!({})).await;
    assert_eq!(code(&answer), refused(StatusCode::FORBIDDEN, "anotherAgent"));
    // A key change, and the same one again.
    let (next, _) = AgentKey::generate().expect("a key");
    let change = json!(KeyChange::new(one.id, &next));
    assert_eq!(one.send(&app, &key, &key, &change).await.status, StatusCode::NO_CONTENT);
    one.counter -= 1;
    let answer = one.send(&app, &key, &key, &change).await;
    assert_eq!(code(&answer), refused(StatusCode::UNAUTHORIZED, "replayed"));
    one.counter -= 1;
    let answer = one.send(&app, &leave, &leave, &json!({})).await;
    assert_eq!(code(&answer), refused(StatusCode::UNAUTHORIZED, "clonedKey"));
    one.key = next;
    assert_eq!(one.send(&app, &leave, &leave, &json!({})).await.status, StatusCode::NO_CONTENT);
    let answer = one.send(&app, &leave, &leave, &json!({})).await;
    assert_eq!(code(&answer), refused(StatusCode::FORBIDDEN, "retired"));
}

#[tokio::test]
async fn people_see_an_agents_state_and_end_it() {
    let app = TestApp::start().await;
    app.configured().await;
    let agent = enrolled(&app, "ldap1").await;
    app.service.record_beat(agent.id, BeatChannel::Main, beat(&app), "192.0.2.7").expect("is taken");
    let admin = app.with_token(Role::Administrator).await;
    let path = format!("/api/v1/agents/{}", agent.id);
    let seen = admin.get(&path).await.json();
    assert_eq!((&seen["status"], &seen["externalIp"]), (&json!("active"), &json!("192.0.2.7")));
    assert_eq!(seen["lastDay"].as_array().map(Vec::len), Some(96));
    let summary = admin.get("/api/v1/agentSummary").await.json();
    assert_eq!(summary["statuses"], json!([{ "status": "active", "count": 1 }]));
    let wrong = admin.patch(&path, &json!({ "domains": [] })).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        admin.patch(&path, &json!({ "domains": ["LAB.local"] })).await.json()["domains"],
        json!(["lab.local"])
    );
    let away = admin.post(&format!("{path}/rotateKey"), &json!({})).await;
    assert_eq!(away.status, StatusCode::CONFLICT);
    assert!(
        away.json()["detail"].as_str().expect("a sentence").contains("skybridge-agent rotate"),
        "{away:?}"
    );
    assert_eq!(admin.post(&format!("{path}/retire"), &json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.get(&path).await.json()["status"], "retired");
    assert_eq!(admin.get("/api/v1/agents/agt_x").await.status, StatusCode::NOT_FOUND);
}
