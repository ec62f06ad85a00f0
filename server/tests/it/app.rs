//! A whole edge without a network: requests go straight into the router.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::TimeDelta;
use domain::access::{Principal, Role};
use domain::{Clock, Secret, SourceDomain, TargetSystem, Time};
use engine::{Connectors, EngineHandle, TargetContext};
use ports::{Source, SourceError, Target, TargetError};
use serde_json::{Value, json};
use server::http::{Edge, EdgeOptions, router};
use service::{Parts, Sealer, Service};
use storage::Storage;
use storage_sqlite::{OpenOptions, SqliteStorage};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse battery";
pub const HOST: &str = "skybridge.test";

/// A clock that only moves when a test says so.
#[derive(Debug)]
pub struct TestClock(Mutex<(Time, u128)>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new((Time::from_timestamp(1_800_000_000, 0).expect("time"), 0)))
    }
}

impl TestClock {
    pub fn advance(&self, span: TimeDelta) {
        self.0.lock().expect("clock").0 += span;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        self.0.lock().expect("clock").0
    }

    fn uuid(&self) -> Uuid {
        let mut state = self.0.lock().expect("clock");
        state.1 += 1;
        Uuid::from_u128((7 << 76) | (2 << 62) | state.1)
    }
}

/// Nothing outside can be reached; the settings that would be used are what a test looks at.
#[derive(Debug)]
struct NoOutside;

#[async_trait]
impl Connectors for NoOutside {
    async fn source(&self, domain: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        let address = domain.connection.as_ref().map(|connection| connection.url.clone()).unwrap_or_default();
        Err(SourceError::Unreachable { address, reason: "no route to host".into() })
    }

    async fn target(&self, _: &TargetSystem, _: TargetContext) -> Result<Arc<dyn Target>, TargetError> {
        Err(TargetError::system(&domain::catalogue::TARGET_UNREACHABLE, "no route to host"))
    }
}

pub struct TestApp {
    pub service: Service,
    pub storage: Arc<dyn Storage>,
    pub clock: Arc<TestClock>,
    router: Router,
    _folder: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The cookies that were set, as a browser sends them back.
    pub fn cookies(&self) -> String {
        let pairs = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs = pairs.filter_map(|value| value.to_str().ok()?.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(EdgeOptions::default()).await
    }

    pub async fn start_with(options: EdgeOptions) -> Self {
        Self::start_between(options, |_, _| Arc::new(NoOutside)).await
    }

    /// With directories and targets of the test's own, which are made from the database and the clock.
    pub async fn start_between(
        options: EdgeOptions,
        outside: impl FnOnce(&Arc<dyn Storage>, &Arc<TestClock>) -> Arc<dyn Connectors>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("skybridge.db");
        let sqlite = SqliteStorage::open(path, OpenOptions::default()).await.expect("database");
        let storage: Arc<dyn Storage> = Arc::new(sqlite);
        let clock = Arc::new(TestClock::default());
        let service = Service::new(Parts {
            storage: Arc::clone(&storage),
            connectors: outside(&storage, &clock),
            engine: EngineHandle::default(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            sealer: Sealer::with_key(&[7; 32]),
            checkpoints: None,
        })
        .expect("service");
        let edge = Edge::new(service.clone(), Arc::clone(&storage), options, CancellationToken::new());
        Self { service, storage, clock, router: router(edge), _folder: folder }
    }

    pub async fn token(&self, role: Role) -> String {
        let name = format!("{role} of a test");
        let made = self.service.create_token(&Principal::system(), &name, role).await.expect("token");
        made.1.expose().to_owned()
    }

    pub async fn account(&self, username: &str, role: Role) {
        let password = Secret::new(PASSWORD);
        self.service
            .create_account(&Principal::system(), username, role, Some(&password))
            .await
            .expect("account");
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("body");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub fn anonymous(&self) -> Caller<'_> {
        Caller { app: self, headers: Vec::new() }
    }

    pub async fn with_token(&self, role: Role) -> Caller<'_> {
        let token = self.token(role).await;
        Caller { app: self, headers: vec![("authorization", format!("Bearer {token}"))] }
    }

    /// A browser that signed in with a password.
    pub async fn browser(&self, username: &str) -> Caller<'_> {
        let fields = [("username", username), ("password", PASSWORD)];
        let answer = self.anonymous().on_our_page().form("/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        Caller { app: self, headers: vec![("cookie", answer.cookies())] }
    }

    /// A domain, a target and a configuration called `lab to directory`.
    pub async fn configured(&self) -> &Self {
        let answer = self.with_token(Role::Administrator).await.post("/api/v1/apply", &sample()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        self
    }
}

/// A small document.
pub fn sample() -> Value {
    json!({
        "domains": [{
            "name": "lab.local", "kind": "activeDirectory",
            "connection": {
                "url": "ldaps://dc1.lab.local", "bindDn": "CN=sync,DC=lab,DC=local",
                "bindPassword": {"value": "the bind password"},
            },
        }],
        "targets": [
            {"name": "directory", "kind": "builtIn"},
            {"name": "app", "kind": "scim", "url": "https://app.example/scim/v2", "token": {"value": "the token"}},
        ],
        "configurations": [{
            "name": "lab to directory", "domain": "lab.local", "target": "directory", "enabled": true,
            "scope": {"organizationalUnits": ["OU=People,DC=lab,DC=local"]},
        }],
        "settings": {"verifiedDomains": ["example.org"]},
    })
}

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Caller<'a> {
    app: &'a TestApp,
    headers: Vec<(&'static str, String)>,
}

impl Caller<'_> {
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// As a browser on a page of ours says.
    #[must_use]
    pub fn on_our_page(self) -> Self {
        self.header("origin", &format!("http://{HOST}")).header("sec-fetch-site", "same-origin")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None, Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::POST, path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PATCH, path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.request(Method::PUT, path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, None, Body::empty()).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        self.request(Method::POST, path, Some(kind), Body::from(body)).await
    }

    pub async fn request(&self, method: Method, path: &str, kind: Option<&str>, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", HOST);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.app.send(request.body(body).expect("request")).await
    }
}
