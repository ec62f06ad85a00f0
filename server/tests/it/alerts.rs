//! Alerts over the API and on the portal's pages.

use axum::http::StatusCode;
use domain::access::Role;
use domain::status::{Quarantine, QuarantineReason};
use domain::{Clock as _, cycle::Problem};
use serde_json::json;

use crate::app::TestApp;

/// The configuration of the sample is in quarantine, and somebody looked.
async fn alarmed() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.configured().await;
    let id = app.storage.configurations().await.expect("are read")[0].id;
    let now = app.clock.now();
    let change = Box::new(move |state: &mut domain::status::ConfigurationState| {
        state.quarantine = Some(Quarantine {
            reason: QuarantineReason::EncounteredQuarantineException,
            current_began: now,
            next_attempt: None,
            error: Problem { code: "InvalidCredentials".to_owned(), message: "Refused <us>.".to_owned() },
        });
    });
    app.storage.change_configuration_state(id, change).await.expect("is changed");
    assert_eq!(app.service.look_for_alerts().await.expect("looks"), 1);
    let reader = app.with_token(Role::Reader).await;
    let listed = reader.get("/api/v1/alerts").await.json();
    let alert = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    (app, alert)
}

#[tokio::test]
async fn alerts_are_listed_narrowed_and_acknowledged_by_operators() {
    let (app, id) = alarmed().await;
    let reader = app.with_token(Role::Reader).await;
    let found = reader.get("/api/v1/alerts?state=open&kind=quarantine&severity=critical&configuration=lab%20to%20directory&q=LAB").await;
    let item = &found.json()["items"][0];
    assert_eq!((&item["subject"]["name"], &item["state"]), (&json!("lab to directory"), &json!("open")));
    assert_eq!(reader.get("/api/v1/alerts?state=resolved").await.json()["items"], json!([]));
    for wrong in ["state=closed", "kind=x", "severity=high", "limit=0", "colour=red"] {
        let refused = reader.get(&format!("/api/v1/alerts?{wrong}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {refused:?}");
    }
    assert_eq!(reader.get("/api/v1/alerts/nothing").await.status, StatusCode::NOT_FOUND);
    let path = format!("/api/v1/alerts/{id}/acknowledge");
    assert_eq!(reader.post(&path, &json!({})).await.status, StatusCode::FORBIDDEN);
    let operator = app.with_token(Role::Operator).await;
    let done = operator.post(&path, &json!({ "note": "on it" })).await.json();
    assert_eq!((&done["state"], &done["history"][1]["note"]), (&json!("acknowledged"), &json!("on it")));
    assert_eq!(operator.post(&path, &json!({})).await.status, StatusCode::CONFLICT);
    let metrics = app.anonymous().get("/metrics").await.text;
    for line in [
        "skybridge_alerts{severity=\"critical\",state=\"acknowledged\"} 1",
        "skybridge_alerts{severity=\"warning\",state=\"open\"} 0",
        "skybridge_alerts_by_kind{kind=\"quarantine\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn rules_are_read_and_replaced_and_what_is_wrong_is_refused_whole() {
    let (app, _) = alarmed().await;
    let admin = app.with_token(Role::Administrator).await;
    let mut rules = admin.get("/api/v1/alertRules").await.json();
    let same = admin.put("/api/v1/alertRules", &rules).await;
    assert_eq!((same.status, same.json()), (StatusCode::OK, rules.clone()), "what is read can be written");
    rules["reopenWithinHours"] = json!(48);
    let entry = json!({ "reopenWithinHours": 9999, "rules": [{ "kind": "fewAgents", "threshold": 1 }] });
    let refused = admin.put("/api/v1/alertRules", &entry).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["problems"].as_array().map(Vec::len), Some(2), "{refused:?}");
    let done = admin.put("/api/v1/alertRules", &rules).await.json();
    assert_eq!(done["reopenWithinHours"], 48);
    let operator = app.with_token(Role::Operator).await;
    assert_eq!(operator.put("/api/v1/alertRules", &rules).await.status, StatusCode::FORBIDDEN);
    assert_eq!(operator.get("/api/v1/alertRules").await.json()["reopenWithinHours"], 48);
}

#[tokio::test]
async fn pages_show_alerts_and_forms_acknowledge_them_and_lead_back() {
    let (app, id) = alarmed().await;
    app.account("ada", Role::Administrator).await;
    let ada = app.browser("ada").await.on_our_page();
    for (path, text) in [
        ("/", "is in quarantine"),
        ("/alerts", "Refused &lt;us&gt;."),
        (&format!("/alerts/{id}"), "History"),
        ("/alerts/rules", "threshold-fewAgents"),
        ("/alerts?state=resolved", "No alert yet"),
        ("/alerts?q=nothing-is-called-this", "Nothing matches"),
    ] {
        let page = ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains(text), "{path}: {}", page.text);
    }
    let fields = [("return", "https://elsewhere.example/"), ("note", "seen")];
    let done = ada.form(&format!("/alerts/{id}/acknowledge"), &fields).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/alerts"), "never elsewhere");
    assert!(ada.get(&format!("/alerts/{id}")).await.text.contains("seen"));
    let refused = ada.form("/alerts/rules", &[("threshold-fewAgents", "many")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Write a whole number"), "{}", refused.text);
    let reset = ada.form("/alerts/rules", &[("defaults", "1")]).await;
    assert_eq!(reset.header("location"), "/alerts/rules");
}
