//! How fast, beside the plainest client there is. Ignored: a measurement, not a test.
//! `cargo test --release -p targets -- --ignored --nocapture speed`

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use domain::ObjectKind;
use futures::StreamExt as _;
use futures::stream;
use ports::Target;
use targets::scim::ScimTarget;

use crate::support::{settings, user};

const USERS: usize = 5_000;

/// A service that keeps nothing and works so long on each request.
async fn sink(work: Duration) -> String {
    let app = Router::new().fallback(move |request: axum::extract::Request| async move {
        let began = Instant::now();
        while began.elapsed() < work {
            std::hint::spin_loop();
        }
        let (status, body) = match request.uri().path() {
            "/ServiceProviderConfig" => (StatusCode::OK, r#"{"patch":{"supported":true}}"#),
            _ if request.method() == "GET" => (StatusCode::OK, r#"{"totalResults":0,"Resources":[]}"#),
            _ => {
                drop(axum::body::to_bytes(request.into_body(), 1 << 20).await);
                (StatusCode::CREATED, r#"{"id":"2819c223-7f76-453a-919d-413861904646","userName":"x"}"#)
            }
        };
        (status, [(CONTENT_TYPE, "application/scim+json")], body)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = listener.into_std().expect("a listener");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, app).await
        })
    });
    url
}

async fn raw(url: &str, bodies: Vec<String>) -> Duration {
    let began = Instant::now();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(
            rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
        )
        .build()
        .expect("a client");
    let posts = bodies.into_iter().map(|body| {
        let post =
            client.post(format!("{url}/Users")).header(CONTENT_TYPE, "application/scim+json").body(body);
        async move { post.send().await.expect("an answer").bytes().await.expect("a body") }
    });
    stream::iter(posts).buffer_unordered(8).for_each(|_| async {}).await;
    began.elapsed()
}

async fn ours(url: &str) -> Duration {
    let people: Vec<_> = (0..USERS).map(|number| user(number, "r")).collect();
    let target = ScimTarget::new(&settings(url)).expect("settings");
    let began = Instant::now();
    for people in people.chunks(256) {
        let anchors: Vec<_> = people.iter().map(|person| person.anchor.clone()).collect();
        target.find(ObjectKind::User, &anchors).await.expect("found");
        assert!(target.export(people).await.iter().all(Result::is_ok));
    }
    began.elapsed()
}

#[tokio::test]
#[ignore = "a measurement"]
async fn speed_beside_a_raw_loop() {
    let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"anchor-u1-r","userName":"user1.r@lab01.local","active":true,"displayName":"Ada Stone","name":{"givenName":"Ada","familyName":"Stone"},"title":"Engineer","preferredLanguage":"de-CH","emails":[{"type":"work","value":"user1.r@lab01.local"}],"phoneNumbers":[{"type":"mobile","value":"+41 79 1"},{"type":"work","value":"+41 31 1"}],"addresses":[{"type":"work","country":"CH","locality":"Bern"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Research","employeeNumber":"1"}}"#;
    // One that does nothing, and one as fast as the fastest public service.
    for work in [Duration::ZERO, Duration::from_micros(400)] {
        let url = sink(work).await;
        let mut ratios = Vec::new();
        for _ in 0..7 {
            let raw = raw(&url, vec![body.to_owned(); USERS]).await;
            let ours = ours(&url).await;
            let rate = |time: Duration| USERS as f64 / time.as_secs_f64();
            println!("{work:?} of work: raw {:.0}/s, ours {:.0}/s", rate(raw), rate(ours));
            ratios.push(raw.as_secs_f64() / ours.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        println!("{work:?} of work: median ratio {:.2}", ratios[3]);
    }
}
