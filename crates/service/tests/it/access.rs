//! Accounts, links and the brake on guessing.

use chrono::TimeDelta;
use domain::Secret;
use domain::access::{Principal, Role, Via};
use domain::document::{SecretSource, SettingsEntry, SignInEntry};
use service::{ServiceError, SignInError};

use crate::support::Bench;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_first_link_is_given_until_an_administrator_has_a_password() {
    let bench = Bench::new().await;
    let first = bench.service.first_sign_in().await.expect("asks").expect("a link");
    let (_, who) = bench.service.sign_in_with_link(first.expose(), "127.0.0.1").await.expect("signs in");
    assert_eq!((who.name.as_str(), who.role, who.via), ("admin", Role::Administrator, Via::Session));
    assert!(bench.service.first_sign_in().await.expect("asks").is_some(), "the account has no password yet");
    bench.service.set_password(&who, "admin", &Secret::new(PASSWORD)).await.expect("sets");
    assert!(bench.service.first_sign_in().await.expect("asks").is_none());
    assert_eq!(bench.service.accounts(&bench.system).await.expect("accounts").len(), 1);
}

#[tokio::test]
async fn a_weak_password_is_refused_at_its_field() {
    let bench = Bench::new().await;
    let made = bench
        .service
        .create_account(&bench.system, "alice", Role::Reader, Some(&Secret::new("alice-likes-cake")))
        .await;
    let Err(ServiceError::Invalid(problems)) = made else { panic!("{made:?}") };
    assert_eq!(problems[0].path, "password");
    assert!(!format!("{problems:?}").contains("cake"));
}

#[tokio::test]
async fn only_administrators_and_oneself_set_a_password() {
    let bench = Bench::new().await;
    for name in ["alice", "bob"] {
        bench
            .service
            .create_account(&bench.system, name, Role::Operator, Some(&Secret::new(PASSWORD)))
            .await
            .expect("account");
    }
    let alice = Principal { name: "alice".into(), role: Role::Operator, via: Via::Session, from: None };
    let token_named_bob = Principal { name: "bob".into(), role: Role::Operator, via: Via::Token, from: None };
    let new = Secret::new("another long secret");
    assert!(bench.service.set_password(&alice, "alice", &new).await.is_ok());
    for who in [&alice, &token_named_bob] {
        let refused = bench.service.set_password(who, "bob", &new).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn guesses_at_many_accounts_from_one_address_are_slowed_down() {
    let bench = Bench::new().await;
    let guess = async |name: String| bench.service.sign_in(&name, &Secret::new("x"), "192.0.2.1").await;
    let mut throttled = 0;
    for number in 0..30 {
        throttled +=
            usize::from(matches!(guess(format!("user{number}")).await, Err(SignInError::Throttled { .. })));
    }
    assert!(throttled > 0);
    let elsewhere = bench.service.sign_in("user1", &Secret::new("x"), "192.0.2.2").await;
    assert!(matches!(elsewhere, Err(SignInError::Refused)), "{elsewhere:?}");
    bench.clock.advance(TimeDelta::hours(2));
    assert!(matches!(guess("user1".into()).await, Err(SignInError::Refused)));
}

#[tokio::test]
async fn a_token_is_stored_as_its_hash_and_its_use_is_noted() {
    let bench = Bench::new().await;
    let (token, secret) =
        bench.service.create_token(&bench.system, "script", Role::Reader).await.expect("token");
    assert!(secret.expose().len() >= 40 && !token.hash.is_empty());
    assert!(!format!("{token:?}").contains(secret.expose()));
    let who = bench.service.authenticate_token(secret.expose()).await.expect("asks").expect("known");
    assert_eq!((who.name.as_str(), who.role, who.via), ("script", Role::Reader, Via::Token));
    let stored = bench.service.tokens(&bench.system).await.expect("tokens");
    assert_eq!(stored[0].last_used_at, Some(bench.service.now()));
    assert!(bench.service.authenticate_token("sky_guess").await.expect("asks").is_none());
}

#[tokio::test]
async fn an_account_is_deleted_and_its_session_with_it_but_not_ones_own_nor_the_last_administrators() {
    let bench = Bench::new().await;
    let make = async |name: &str, role| {
        let password = Secret::new(PASSWORD);
        bench.service.create_account(&bench.system, name, role, Some(&password)).await.expect("account")
    };
    let (root, operator) = (make("root", Role::Administrator).await, make("olga", Role::Operator).await);
    let session = |name: &str, role| Principal { name: name.into(), role, via: Via::Session, from: None };
    let (by_root, by_olga) = (session("ROOT", Role::Administrator), session("olga", Role::Operator));
    let refused = bench.service.delete_account(&by_olga, root.id).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
    for who in [&by_root, &bench.system] {
        let refused = bench.service.delete_account(who, root.id).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    }
    assert!(bench.service.session_principal(operator.id).await.expect("asks").is_some());
    bench.service.delete_account(&by_root, operator.id).await.expect("deletes");
    assert_eq!(bench.service.session_principal(operator.id).await.expect("asks"), None);
    let again = bench.service.delete_account(&by_root, operator.id).await;
    assert!(matches!(again, Err(ServiceError::NotFound { .. })), "{again:?}");
}

#[tokio::test]
async fn a_role_is_changed_at_once_but_not_ones_own_nor_the_last_local_administrators() {
    let bench = Bench::new().await;
    let make = async |name: &str, role| {
        let password = Secret::new(PASSWORD);
        bench.service.create_account(&bench.system, name, role, Some(&password)).await.expect("account")
    };
    let (root, olga) = (make("root", Role::Administrator).await, make("olga", Role::Operator).await);
    let by_root = Principal { name: "root".into(), role: Role::Administrator, via: Via::Session, from: None };
    let changed = bench.service.set_role(&by_root, olga.id, Role::Reader).await.expect("changes");
    assert_eq!(changed.role, Role::Reader);
    let session = bench.service.session_principal(olga.id).await.expect("asks").expect("is there");
    assert_eq!(session.role, Role::Reader, "also for who is signed in");
    for (who, why) in [(&by_root, "their own"), (&bench.system, "last local administrator")] {
        match bench.service.set_role(who, root.id, Role::Reader).await {
            Err(ServiceError::Conflict(told)) => assert!(told.contains(why), "{told}"),
            other => panic!("{other:?}"),
        }
    }
    let refused = bench.service.set_role(&session, root.id, Role::Reader).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
    bench.service.set_role(&by_root, olga.id, Role::Administrator).await.expect("changes");
    bench.service.set_role(&bench.system, root.id, Role::Operator).await.expect("there is another one");
}

#[tokio::test]
async fn a_provider_that_cannot_work_is_refused_with_every_problem_and_its_secret_stays_its_own() {
    let bench = Bench::new().await;
    let entry = |issuer: &str, secret: Option<&str>| SignInEntry {
        enabled: true,
        issuer: issuer.to_owned(),
        client_id: "portal".to_owned(),
        client_secret: secret.map(|secret| SecretSource::Value(Secret::new(secret))),
        label: None,
        scopes: SignInEntry::usual_scopes(),
        role_claim: SignInEntry::usual_claim(),
        administrators: vec!["Admins".to_owned()],
        operators: Vec::new(),
        readers: Vec::new(),
        ca_file: None,
        ca_pem: None,
    };
    let save = async |entry: SignInEntry| {
        let settings = SettingsEntry { sign_in: Some(entry), ..SettingsEntry::default() };
        bench.service.update_settings(&bench.system, settings).await
    };
    let bad = SignInEntry {
        administrators: Vec::new(),
        scopes: vec!["a b".to_owned()],
        ..entry("http://id.example", None)
    };
    let Err(ServiceError::Invalid(problems)) = save(bad).await else { panic!("is accepted") };
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    let wanted = ["settings.signIn.issuer", "settings.signIn.scopes[0]", "settings.signIn.administrators"];
    assert_eq!(paths, wanted);
    assert_eq!(bench.service.provider_label().await.expect("asks"), None);

    let told = |lines: &[service::ChangeLine]| format!("{lines:?}");
    let lines = save(entry("https://id.example/a", Some("hush"))).await.expect("is set");
    assert!(told(&lines).contains("signIn.clientSecret") && !told(&lines).contains("hush"), "{lines:?}");
    assert_eq!(bench.service.provider_label().await.expect("asks").as_deref(), Some("id.example"));
    assert!(save(entry("https://id.example/a", Some("hush"))).await.expect("is set").is_empty(), "the same");
    assert!(save(entry("https://id.example/a", None)).await.expect("is set").is_empty(), "it is kept");
    let lines = save(entry("https://other.example", None)).await.expect("is set");
    assert!(told(&lines).contains("signIn.clientSecret"), "another issuer does not get it: {lines:?}");
    let exported = bench.service.export(&bench.system).await.expect("is exported").settings.sign_in;
    assert_eq!(exported.map(|entry| entry.client_secret), Some(None));
}

#[test]
fn the_highest_role_of_the_claim_counts_and_none_is_none() {
    let entry: SignInEntry = serde_json::from_value(serde_json::json!({
        "issuer": "https://id.example", "clientId": "a", "administrators": ["Admins"], "readers": ["Staff", "Guests"],
    }))
    .expect("an entry");
    let role = |values: &[&str]| entry.role(&values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
    assert_eq!(role(&["Staff", "Admins"]), Some(Role::Administrator));
    assert_eq!(role(&["Guests"]), Some(Role::Reader));
    for nobody in [&[][..], &["admins"], &["Admin"], &[""]] {
        assert_eq!(role(nobody), None, "{nobody:?}");
    }
}
