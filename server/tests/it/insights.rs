//! Figures over time at the edge: the API, the page and its files, and what is refused.

use axum::http::StatusCode;
use domain::access::Role;
use domain::record::{Action, Identity, Status};
use domain::{ChangeId, Clock as _, CycleId, ObjectKind, ProvisioningRecord, RecordId};
use serde_json::json;
use storage::link::PageCommit;

use crate::app::TestApp;

/// A portal with three operations of now, one of them a failure.
async fn portal() -> TestApp {
    let app = TestApp::start().await;
    app.configured().await;
    let admin = app.with_token(Role::Administrator).await;
    let id = admin.get("/api/v1/configurations/lab%20to%20directory").await.json()["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    let record = |status: Status| ProvisioningRecord {
        id: RecordId(0),
        change_id: ChangeId::new(app.clock.uuid()),
        cycle_id: CycleId::new(app.clock.uuid()),
        configuration_id: id,
        initiated_by: None,
        at: app.clock.now(),
        duration_ms: 1,
        action: Action::Create,
        status,
        kind: ObjectKind::User,
        source: Identity::default(),
        target: Identity::default(),
        source_system: "lab.local".to_owned(),
        target_system: "directory".to_owned(),
        error: (status == Status::Failure).then(|| domain::catalogue::TOO_LONG.info("too long".to_owned())),
        steps: Vec::new(),
        modified: Vec::new(),
    };
    let records = vec![record(Status::Success), record(Status::Success), record(Status::Failure)];
    let page = PageCommit { records, ..PageCommit::default() };
    app.storage.commit_page(id, page).await.expect("is committed");
    app.clock.advance(chrono::TimeDelta::minutes(150));
    app
}

#[tokio::test]
async fn figures_are_told_for_a_range_and_a_configuration() {
    let app = portal().await;
    let reader = app.with_token(Role::Reader).await;
    let day = reader.get("/api/v1/insights").await.json();
    assert_eq!(day["slotHours"], 1);
    let counts: Vec<_> =
        day["operations"].as_array().expect("a list").iter().map(|one| one["count"].clone()).collect();
    assert_eq!(counts, [json!(1), json!(2)], "failures come before successes: {day}");
    assert_eq!(day["topErrors"], json!([{"code": domain::catalogue::TOO_LONG.code, "count": 1}]));
    let month = reader.get("/api/v1/insights?from=30d&configuration=lab%20to%20directory").await.json();
    assert_eq!(month["slotHours"], 24);
    assert_eq!(month["operations"].as_array().map(Vec::len), Some(2), "{month}");
    let hour = reader.get("/api/v1/insights?from=1h").await.json();
    assert_eq!(hour["operations"], json!([]), "an hour is told from its beginning: {hour}");
    for (query, status) in [
        ("from=93d", StatusCode::UNPROCESSABLE_ENTITY),
        ("from=2030-01-01T00:00:00Z", StatusCode::UNPROCESSABLE_ENTITY),
        ("from=whenever", StatusCode::UNPROCESSABLE_ENTITY),
        ("colour=red", StatusCode::UNPROCESSABLE_ENTITY),
        ("configuration=nobody", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(reader.get(&format!("/api/v1/insights?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn the_page_shows_charts_and_every_table_is_a_file() {
    let app = portal().await;
    app.account("alice", Role::Reader).await;
    let browser = app.browser("alice").await;
    let page = browser.get("/insights?range=7d").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("Operations by outcome") && page.text.contains(domain::catalogue::TOO_LONG.code)
    );
    assert!(page.text.contains("No agent was heard in this range"));
    let actions = browser.get("/insights/actions.csv?range=24h").await;
    let sum: u64 =
        actions.text.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse::<u64>().ok()).sum();
    assert!(actions.text.starts_with("from,create,") && sum == 3, "{}", actions.text);
    for table in ["outcomes", "cycles", "agents", "errors", "objects"] {
        let file = browser.get(&format!("/insights/{table}.csv")).await;
        assert_eq!((file.status, file.text.is_empty()), (StatusCode::OK, false), "{table}");
        assert!(file.header("content-disposition").contains("Insights"), "{file:?}");
    }
    assert_eq!(browser.get("/insights/passwords.csv").await.status, StatusCode::NOT_FOUND);
    let wrong = browser.get("/insights?from=2026-13-01").await;
    assert!(wrong.status == StatusCode::OK && wrong.text.contains("is no day"), "{}", wrong.status);
}
