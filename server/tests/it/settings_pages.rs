//! The portal's pages of domains, targets, accounts and tokens.

use axum::http::StatusCode;
use domain::access::{Principal, Role};

use crate::app::TestApp;

/// What the next page would say of what was done.
async fn told(caller: &crate::app::Caller<'_>, answer: &crate::app::Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    let cookies = answer.cookies();
    let page = caller.clone().header("cookie", &cookies).get(answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page.text
}

const DOMAIN: [(&str, &str); 6] = [
    ("name", "corp.local"),
    ("kind", "activeDirectory"),
    ("reached", "server"),
    ("url", "ldaps://dc1.corp.local"),
    ("bindDn", "sync@corp.local"),
    ("bindPassword", "a bind password"),
];

#[tokio::test]
async fn a_domain_is_made_changed_and_deleted_by_forms_and_its_password_never_comes_back() {
    let app = TestApp::start().await;
    app.account("alice", Role::Administrator).await;
    let browser = app.browser("alice").await.on_our_page();
    let wrong =
        browser.form("/settings/domains/new", &[("name", ""), ("url", "http://x"), ("bindDn", "a b")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["name-error", "url-error", "bindDn-error", "bindPassword-error"] {
        assert!(wrong.text.contains(id), "{id} is marked");
    }
    let made = browser.form("/settings/domains/new", &DOMAIN).await;
    let page = told(&browser, &made).await;
    assert!(page.contains("was created, but the connection failed"), "nothing can be reached here: {page}");
    assert!(!page.contains("a bind password"));
    let domain = app.service.domain(&Principal::system(), "corp.local").await.expect("is there");
    let path = format!("/settings/domains/{}", domain.id);
    // The same address keeps the password; another one must not be given it.
    let mut fields: Vec<_> = DOMAIN.into_iter().filter(|(name, _)| *name != "bindPassword").collect();
    fields.push(("baseDn", "OU=People,DC=corp,DC=local"));
    assert_eq!(browser.form(&path, &fields).await.status, StatusCode::SEE_OTHER);
    for field in &mut fields {
        if field.0 == "url" {
            field.1 = "ldaps://elsewhere.example";
        }
    }
    let moved = browser.form(&path, &fields).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        moved.text.contains("bindPassword-error") && moved.text.contains("elsewhere.example"),
        "{}",
        moved.text
    );
    let by_agents = browser.form(&path, &[("name", "corp.local"), ("reached", "agents")]).await;
    assert!(told(&browser, &by_agents).await.contains("By agents; none is enrolled yet"));
    let domain = app.service.domain(&Principal::system(), "corp.local").await.expect("is there");
    assert_eq!(domain.connection, None);
    let gone = browser.form(&format!("{path}/delete"), &[]).await;
    assert_eq!(gone.header("location"), "/settings/domains");
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_configuration_uses_is_shown_with_it_and_is_not_deleted() {
    let app = TestApp::start().await;
    app.configured().await;
    app.account("alice", Role::Administrator).await;
    let browser = app.browser("alice").await.on_our_page();
    let system = Principal::system();
    let domain = app.service.domain(&system, "lab.local").await.expect("is there");
    let target = app.service.target(&system, "directory").await.expect("is there");
    for (list, path) in [
        ("/settings/domains", format!("/settings/domains/{}", domain.id)),
        ("/settings/targets", format!("/settings/targets/{}", target.id)),
    ] {
        assert!(browser.get(list).await.text.contains("lab to directory"));
        let page = browser.get(&path).await.text;
        assert!(page.contains("lab to directory") && !page.contains("/delete\""), "{page}");
        let refused = browser.form(&format!("{path}/delete"), &[]).await;
        assert_eq!(refused.header("location"), path, "{refused:?}");
    }
    assert!(app.service.target(&system, "directory").await.is_ok());
}

#[tokio::test]
async fn a_target_is_made_by_a_form_with_every_wrong_figure_marked() {
    let app = TestApp::start().await;
    app.account("alice", Role::Administrator).await;
    let browser = app.browser("alice").await.on_our_page();
    let wrong = [
        ("name", "app"),
        ("kind", "scim"),
        ("url", "https://app.example/scim"),
        ("token", "t"),
        ("pageSize", "many"),
    ];
    let answer = browser.form("/settings/targets/new", &wrong).await;
    assert!(
        answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.text.contains("pageSize-error"),
        "{answer:?}"
    );
    let right = [
        ("name", "app"),
        ("kind", "scim"),
        ("url", "https://app.example/scim"),
        ("token", "a secret token"),
        ("patch", "put"),
    ];
    let made = browser.form("/settings/targets/new", &right).await;
    assert!(!told(&browser, &made).await.contains("a secret token"));
    let target = app.service.target(&Principal::system(), "app").await.expect("is there");
    assert!(format!("{:?}", target.settings).contains("Put"), "{target:?}");
}

#[tokio::test]
async fn an_api_token_is_shown_once_and_stops_working_when_it_is_deleted() {
    let app = TestApp::start().await;
    app.account("alice", Role::Administrator).await;
    let browser = app.browser("alice").await.on_our_page();
    let made =
        browser.form("/settings/access/tokens", &[("name", "monitoring"), ("token-role", "reader")]).await;
    let start = made.text.find("sky_").expect("the token is shown");
    let token: String =
        made.text[start..].chars().take_while(|c| c.is_alphanumeric() || "_-".contains(*c)).collect();
    let bearer = format!("Bearer {token}");
    let call =
        async || app.anonymous().header("authorization", &bearer).get("/api/v1/configurations").await.status;
    assert_eq!(call().await, StatusCode::OK);
    let page = browser.get("/settings/access").await.text;
    assert!(page.contains("monitoring") && !page.contains(&token), "it is shown once");
    let id = app.service.tokens(&Principal::system()).await.expect("are read")[0].id;
    let gone = browser.form(&format!("/settings/access/tokens/{id}/delete"), &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(call().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn accounts_are_added_and_deleted_and_everybody_sets_their_own_password() {
    let app = TestApp::start().await;
    app.account("alice", Role::Administrator).await;
    let browser = app.browser("alice").await.on_our_page();
    let short =
        browser.form("/settings/access/accounts", &[("username", "bob"), ("password", "short")]).await;
    assert!(
        short.status == StatusCode::UNPROCESSABLE_ENTITY && short.text.contains("password-error"),
        "{short:?}"
    );
    let fields = [("username", "bob"), ("account-role", "reader"), ("password", crate::app::PASSWORD)];
    assert_eq!(browser.form("/settings/access/accounts", &fields).await.status, StatusCode::SEE_OTHER);
    let bob = app.browser("bob").await.on_our_page();
    let other = [("password", "quite another long one"), ("again", "a different one")];
    let differs = bob.form("/settings/password", &other).await;
    assert!(
        differs.status == StatusCode::UNPROCESSABLE_ENTITY && differs.text.contains("again-error"),
        "{differs:?}"
    );
    let same = [("password", "quite another long one"), ("again", "quite another long one")];
    assert_eq!(bob.form("/settings/password", &same).await.status, StatusCode::SEE_OTHER);
    let id = |name: &'static str| {
        let service = &app.service;
        async move {
            let all = service.accounts(&Principal::system()).await.expect("are read");
            all.into_iter().find(|account| account.username == name).expect("is there").id
        }
    };
    for path in
        ["/settings/access".to_owned(), format!("/settings/access/accounts/{}/password", id("alice").await)]
    {
        assert_eq!(bob.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let stolen = format!("/settings/access/accounts/{}/password", id("alice").await);
    assert_eq!(bob.form(&stolen, &same).await.status, StatusCode::FORBIDDEN);
    for (path, fields) in [
        ("/settings/domains/new", &DOMAIN[..]),
        ("/settings/targets/new", &[("name", "x"), ("kind", "builtIn")][..]),
        ("/settings/access/tokens", &[("name", "x")][..]),
        ("/settings/access/accounts", &[("username", "x"), ("password", "quite another long one")][..]),
    ] {
        assert_eq!(bob.form(path, fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let deleted = browser.form(&format!("/settings/access/accounts/{}/delete", id("bob").await), &[]).await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    assert_eq!(bob.get("/").await.status, StatusCode::SEE_OTHER, "the session is gone with the account");
}
