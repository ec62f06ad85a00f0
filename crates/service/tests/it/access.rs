//! Accounts, links and the brake on guessing.

use chrono::TimeDelta;
use domain::Secret;
use domain::access::{Principal, Role, Via};
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
