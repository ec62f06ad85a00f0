//! Sign-in at a provider, as far as it needs nobody who signs in: what is kept, for how long, and for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use domain::Secret;
use domain::document::{SecretSource, SettingsEntry, SignInEntry};
use serde_json::json;
use service::SignInError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::Bench;

/// A provider's description and keys, and how often something of it was asked for.
async fn provider() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(AtomicUsize::new(0));
    let (counter, address) = (Arc::clone(&asked), issuer.clone());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = socket.read(&mut request).await.expect("a request");
            counter.fetch_add(1, Ordering::Relaxed);
            let body = if request[..read].starts_with(b"GET /keys ") {
                json!({ "keys": [] })
            } else {
                json!({
                    "issuer": address, "authorization_endpoint": format!("{address}/authorize"),
                    "token_endpoint": format!("{address}/token"), "jwks_uri": format!("{address}/keys"),
                    "response_types_supported": ["code"], "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                })
            }
            .to_string();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
            let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            socket.write_all(answer.as_bytes()).await.expect("is sent");
        }
    });
    (issuer, asked)
}

async fn set(bench: &Bench, issuer: &str, enabled: bool) {
    let entry =
        json!({ "issuer": issuer, "clientId": "portal", "administrators": ["Admins"], "enabled": enabled });
    let mut entry: SignInEntry = serde_json::from_value(entry).expect("an entry");
    entry.client_secret = Some(SecretSource::Value(Secret::new("hush")));
    let settings = SettingsEntry { sign_in: Some(entry), ..SettingsEntry::default() };
    bench.service.update_settings(&bench.system, settings).await.expect("is set");
}

fn state(address: &str) -> String {
    let state = address.split(['?', '&']).find_map(|part| part.strip_prefix("state="));
    state.expect("a state").to_owned()
}

#[tokio::test]
async fn a_sign_in_belongs_to_the_browser_that_began_it_and_for_ten_minutes() {
    let bench = Bench::new().await;
    let (issuer, _) = provider().await;
    set(&bench, &issuer, true).await;
    let begun = bench.service.begin_sign_in("/logs").await.expect("begins");
    let state = state(&begun.address);
    let said =
        async |pending: &str, state: &str| bench.service.refused_by_provider(pending, state, " no ").await;
    assert!(matches!(said(&begun.pending, &state).await, SignInError::Declined(told) if told == "no"));
    for (pending, state) in [(begun.pending.as_str(), "another"), ("", state.as_str()), ("v1.AAAA", &state)] {
        let answer = said(pending, state).await;
        assert!(matches!(answer, SignInError::Strayed), "{answer:?}");
        let code = Secret::new("code");
        let answer = bench.service.end_sign_in(pending, state, &code, "192.0.2.1").await;
        assert!(matches!(answer, Err(SignInError::Strayed)), "{answer:?}");
    }
    bench.clock.advance(TimeDelta::minutes(11));
    assert!(matches!(said(&begun.pending, &state).await, SignInError::Strayed), "it is too long ago");
    set(&bench, &issuer, false).await;
    let off = bench.service.begin_sign_in("/").await;
    assert!(matches!(off, Err(SignInError::Service(service::ServiceError::NotFound { .. }))), "{off:?}");
}

#[tokio::test]
async fn however_many_begin_the_provider_is_asked_every_five_minutes() {
    let bench = Bench::new().await;
    let (issuer, asked) = provider().await;
    set(&bench, &issuer, true).await;
    let begin = async || bench.service.begin_sign_in("/").await.expect("begins");
    for _ in 0..5 {
        begin().await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2, "its description and its keys");
    bench.clock.advance(TimeDelta::minutes(6));
    begin().await;
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_asked_every_few_seconds_only() {
    let bench = Bench::new().await;
    // Whoever listened there is gone: every question fails at once.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    set(&bench, &issuer, true).await;
    let begin = async || bench.service.begin_sign_in("/").await;
    assert!(matches!(begin().await, Err(SignInError::Provider(_))));
    let address = issuer.trim_start_matches("http://");
    let listener = TcpListener::bind(address).await.expect("the port is free");
    let waits = begin().await;
    assert!(matches!(waits, Err(SignInError::Provider(_))), "it is not asked again yet: {waits:?}");
    assert!(futures::FutureExt::now_or_never(listener.accept()).is_none(), "nobody came");
}
