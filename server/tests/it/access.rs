//! Who is let in, and how far.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use domain::access::{Principal, Role};
use serde_json::json;
use server::http::EdgeOptions;
use server::http::api;

use crate::app::{PASSWORD, TestApp};

/// A path of an operation with something in place of its parameters.
fn concrete(path: &str) -> String {
    format!("/api/v1{}", path.replace("{id}", "lab%20to%20directory"))
}

fn method(name: &str) -> Method {
    name.to_uppercase().parse().expect("method")
}

#[tokio::test]
async fn every_operation_refuses_callers_without_a_token() {
    let app = TestApp::start().await;
    let (_, operations) = api::routes().split();
    for operation in operations {
        let answer = app
            .anonymous()
            .request(method(operation.method), &concrete(operation.path), None, Body::empty())
            .await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
        if operation.instead_of_role.is_some() {
            // Neither a signature nor an enrolment token.
            let told = (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned());
            let wanted = [
                (StatusCode::UNAUTHORIZED, "unsigned".into()),
                (StatusCode::BAD_REQUEST, "BadRequest".into()),
            ];
            assert!(wanted.contains(&told), "{} {}: {told:?}", operation.method, operation.path);
            continue;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} {}", operation.method, operation.path);
        assert_eq!(answer.json()["code"], "Unauthenticated");
    }
    let wrong = app.anonymous().header("authorization", "Bearer sky_nobody").get("/api/v1/users").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_operation_refuses_a_smaller_role_than_it_says() {
    let app = TestApp::start().await;
    app.configured().await;
    let (_, operations) = api::routes().split();
    let bodies = json!({
        "DomainEntry": {"name": "other.local"},
        "TargetEntry": {"name": "directory", "kind": "builtIn"},
        "ConfigurationEntry": {"name": "x", "domain": "lab.local", "target": "directory"},
        "TokenEntry": {"name": "x", "role": "reader"},
        "AgentPatch": {"domains": ["lab.local"]},
        "EnrollmentTokenEntry": {"domains": ["lab.local"]},
        "TestMail": {"to": "somebody@example.org"},
    });
    for operation in operations {
        let smaller = match operation.role {
            Role::Reader => continue,
            Role::Operator => Role::Reader,
            Role::Administrator => Role::Operator,
        };
        let caller = app.with_token(smaller).await;
        let path = match operation.tag {
            "domains" => operation.path.replace("{id}", "lab.local"),
            "targets" => operation.path.replace("{id}", "directory"),
            "tokens" => operation.path.replace("{id}", "tok_00000000000000000000000000000001"),
            "agents" if operation.path.starts_with("/agents") => {
                operation.path.replace("{id}", "agt_00000000000000000000000000000001")
            }
            "alerts" => operation.path.replace("{id}", "alr_00000000000000000000000000000001"),
            "agents" => operation.path.replace("{id}", "enr_00000000000000000000000000000001"),
            _ => operation.path.replace("{id}", "lab%20to%20directory"),
        };
        let path = path.replace("{simulation}", "sim_00000000000000000000000000000001");
        let body = operation.body.and_then(|name| bodies.get(name)).cloned().unwrap_or(json!({}));
        let body = if operation.method == "get" { Body::empty() } else { Body::from(body.to_string()) };
        let answer = caller.request(method(operation.method), &format!("/api/v1{path}"), None, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} {path}: {answer:?}", operation.method);
        assert!(answer.json()["detail"].as_str().expect("detail").contains(operation.role.as_str()));
    }
}

#[tokio::test]
async fn a_person_signs_in_with_a_password_and_out_again() {
    let app = TestApp::start().await;
    app.account("alice", Role::Reader).await;
    let page = app.anonymous().get("/logs?q=a").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/sign-in?next=%2Flogs%3Fq%3Da");

    let fields = [("username", "Alice"), ("password", PASSWORD), ("next", "/logs?q=a")];
    let signed_in = app.anonymous().on_our_page().form("/sign-in", &fields).await;
    assert_eq!(signed_in.header("location"), "/logs?q=a");
    let cookie = signed_in.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");

    let browser = app.anonymous().header("cookie", &signed_in.cookies());
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(browser.get("/api/v1/users").await.status, StatusCode::OK);
    let out = browser.clone().on_our_page().form("/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/sign-in");
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "the session is gone on the server");
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_get_the_same_answer() {
    let app = TestApp::start().await;
    app.account("alice", Role::Reader).await;
    let sign_in = async |name: &str| {
        app.anonymous().on_our_page().form("/sign-in", &[("username", name), ("password", "wrong")]).await
    };
    let (known, unknown) = (sign_in("alice").await, sign_in("bob").await);
    assert_eq!((known.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    let without_names = |text: &str| {
        let start = text.find("<main").expect("main");
        text[start..].replace("alice", "").replace("bob", "")
    };
    assert_eq!(without_names(&known.text), without_names(&unknown.text));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_a_pause_helps() {
    let app = TestApp::start().await;
    app.account("alice", Role::Reader).await;
    let guess = async |password: &str| {
        app.anonymous()
            .on_our_page()
            .form("/sign-in", &[("username", "alice"), ("password", password)])
            .await
            .status
    };
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(guess("wrong").await);
    }
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    assert_eq!(guess(PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "the right password waits as well");
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(guess(PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_one_time_link_works_once_and_for_ten_minutes() {
    let app = TestApp::start().await;
    let token = app.service.first_sign_in().await.expect("link").expect("first start");
    let path = format!("/sign-in/{}", token.expose());
    let ahead = app.anonymous().header("sec-purpose", "prefetch").get(&path).await;
    assert_eq!(ahead.status, StatusCode::SERVICE_UNAVAILABLE, "looking ahead does not use it up");
    let first = app.anonymous().get(&path).await;
    assert_eq!((first.status, first.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(app.anonymous().get(&path).await.status, StatusCode::UNAUTHORIZED);

    let late = app.service.first_sign_in().await.expect("link").expect("still without a password");
    app.clock.advance(TimeDelta::minutes(11));
    let answer = app.anonymous().get(&format!("/sign-in/{}", late.expose())).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sign_in_changes_the_session_id() {
    let app = TestApp::start().await;
    app.account("alice", Role::Reader).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let first = app.anonymous().on_our_page().form("/sign-in", &fields).await.cookies();
    let known = app.anonymous().on_our_page().header("cookie", &first);
    let second = known.form("/sign-in", &fields).await.cookies();
    assert_ne!(first, second);
    assert_eq!(app.anonymous().header("cookie", &first).get("/").await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.anonymous().header("cookie", &second).get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_after_a_week_in_any_case() {
    let app = TestApp::start().await;
    app.account("alice", Role::Reader).await;
    let busy = app.browser("alice").await;
    for _ in 0..27 {
        app.clock.advance(TimeDelta::hours(6));
        assert_eq!(busy.get("/").await.status, StatusCode::OK);
    }
    app.clock.advance(TimeDelta::hours(7));
    assert_eq!(busy.get("/").await.status, StatusCode::SEE_OTHER, "a week is over");
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let app = TestApp::start().await;
    app.configured().await;
    app.account("alice", Role::Administrator).await;
    let browser = app.browser("alice").await;
    let path = "/api/v1/configurations/lab%20to%20directory/pause";
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let answer = browser.clone().header(name, value).post(path, &json!({})).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(answer.json()["code"], "CrossSiteRequest");
    }
    assert_eq!(
        browser.post(path, &json!({})).await.status,
        StatusCode::FORBIDDEN,
        "no word about its origin"
    );
    assert_eq!(browser.clone().on_our_page().post(path, &json!({})).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn over_https_the_cookie_stays_on_https() {
    let options = EdgeOptions { https: true, behind_proxy: true, ..EdgeOptions::default() };
    let app = TestApp::start_with(options).await;
    app.account("alice", Role::Reader).await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let answer = app.anonymous().on_our_page().form("/sign-in", &fields).await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-skybridge=") && cookie.contains("Secure"), "{cookie}");
    assert!(answer.header("strict-transport-security").contains("max-age"));
}

#[tokio::test]
async fn a_changed_role_counts_from_the_next_request_on() {
    let app = TestApp::start().await;
    let (token, secret) =
        app.service.create_token(&Principal::system(), "short-lived", Role::Reader).await.expect("token");
    let caller = app.anonymous().header("authorization", &format!("Bearer {}", secret.expose()));
    assert_eq!(caller.get("/api/v1/users").await.status, StatusCode::OK);
    app.service.delete_token(&Principal::system(), token.id).await.expect("revokes");
    assert_eq!(caller.get("/api/v1/users").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_why_the_provider_cannot_be_asked() {
    let app = TestApp::start().await;
    let none = app.anonymous().get("/sign-in/openid").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert!(none.text.contains("Signing in did not work"), "a page, not a problem document");
    assert!(!app.anonymous().get("/sign-in").await.text.contains("Sign in with"));

    let sign_in = json!({ "issuer": "http://127.0.0.1:1", "clientId": "portal", "label": "Example", "readers": ["Staff"] });
    let set = app
        .with_token(Role::Administrator)
        .await
        .patch("/api/v1/settings", &json!({ "signIn": sign_in }))
        .await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert!(app.anonymous().get("/sign-in").await.text.contains("Sign in with Example"));
    let down = app.anonymous().get("/sign-in/openid?next=/logs").await;
    assert_eq!(down.status, StatusCode::BAD_GATEWAY);
    assert!(down.text.contains("The provider could not be asked"));
    for inside in ["127.0.0.1:1", "refused", "os error"] {
        assert!(!down.text.contains(inside), "{inside} in {}", down.text);
    }
    let strayed =
        app.anonymous().get("/sign-in/openid/return?error=x&error_description=Call+us&state=1").await;
    assert_eq!(strayed.status, StatusCode::BAD_REQUEST);
    assert!(!strayed.text.contains("Call us"));
}
