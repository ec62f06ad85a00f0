//! Health, headers, files, and addresses that lead nowhere.

use axum::http::StatusCode;
use domain::access::Role;
use server::http::EdgeOptions;

use crate::app::TestApp;

#[tokio::test]
async fn health_and_metrics_answer_without_a_token() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().get("/healthz").await.status, StatusCode::OK);
    let ready = app.anonymous().get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["status"]), (StatusCode::OK, &"ready".into()));
    let metrics = app.anonymous().get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    for line in metrics.text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("name and value");
        assert!(name.starts_with("skybridge_") || name.starts_with("process_"), "{line}");
        value.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_strict() {
    let app = TestApp::start().await;
    for path in ["/", "/sign-in", "/api/v1/users", "/healthz", "/nothing", "/pkg/nothing"] {
        let answer = app.anonymous().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    let page = app.anonymous().get("/sign-in").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("'strict-dynamic'") && !policy.contains("unsafe-inline"), "{policy}");
}

#[tokio::test]
async fn files_are_served_compressed_and_stay_in_caches_when_their_name_tells_their_content() {
    let site = tempfile::tempdir().expect("site");
    let folder = site.path().join("pkg/abc");
    std::fs::create_dir_all(&folder).expect("folder");
    std::fs::write(folder.join("app.css"), "body{}").expect("css");
    std::fs::write(folder.join("app.css.br"), "compressed").expect("css");
    std::fs::write(site.path().join("stamp.txt"), "build").expect("stamp");
    let options = EdgeOptions { site: site.path().to_owned(), ..EdgeOptions::default() };
    let app = TestApp::start_with(options).await;

    let plain = app.anonymous().get("/pkg/abc/app.css").await;
    assert_eq!((plain.status, plain.text.as_str()), (StatusCode::OK, "body{}"));
    assert!(plain.header("cache-control").contains("immutable"));
    let small = app.anonymous().header("accept-encoding", "br").get("/pkg/abc/app.css").await;
    assert_eq!((small.text.as_str(), small.header("content-encoding")), ("compressed", "br"));
    for path in
        ["/stamp.txt", "/pkg/abc/none.css", "/pkg", "/pkg/abc", "/../Cargo.toml", "/pkg/%2e%2e/stamp.txt"]
    {
        assert_eq!(app.anonymous().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_gets_a_page_or_a_problem() {
    let app = TestApp::start().await;
    let page = app.anonymous().header("accept", "text/html,*/*").get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").starts_with("text/html"));
    let problem = app.anonymous().get("/nothing").await;
    assert_eq!(problem.json()["code"], "NotFound");
    let reader = app.with_token(Role::Reader).await;
    assert_eq!(reader.get("/api/v1/nothing").await.json()["code"], "NotFound");
    let wrong = reader.delete("/api/v1/users").await;
    assert_eq!(
        (wrong.status, &wrong.json()["code"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"MethodNotAllowed".into())
    );
}
