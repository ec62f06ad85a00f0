//! A provider that does wrong what a real one cannot be made to do wrong.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{RawForm, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Secret;
use openid::Provider;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

/// A key of a provider.
pub struct Key {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self { id, pair: Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key") }
    }

    fn public(&self) -> Value {
        let x = BASE64.encode(self.pair.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": x })
    }

    /// A token of these claims, signed (RFC 7515).
    pub fn sign(&self, claims: &Value) -> String {
        let head = json!({ "alg": "EdDSA", "kid": self.id });
        let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let signature = BASE64.encode(self.pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }
}

/// What the provider answers.
#[derive(Default)]
pub struct Answers {
    pub keys: Vec<Value>,
    pub token: Value,
    pub token_status: u16,
    pub user_info: Value,
    /// What the token endpoint was sent.
    pub asked: Vec<String>,
    /// Instead of the address that it has.
    pub issuer: Option<String>,
}

#[derive(Clone)]
pub struct Fake {
    pub address: String,
    pub answers: Arc<Mutex<Answers>>,
}

impl Fake {
    pub async fn start(key: &Key) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let answers = Answers { keys: vec![key.public()], token_status: 200, ..Answers::default() };
        let fake = Self { address, answers: Arc::new(Mutex::new(answers)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route(
                "/keys",
                get(async |State(fake): State<Self>| Json(json!({ "keys": fake.told(|a| a.keys.clone()) }))),
            )
            .route("/token", post(token))
            .route("/me", get(async |State(fake): State<Self>| Json(fake.told(|a| a.user_info.clone()))))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub fn told<T>(&self, ask: impl FnOnce(&mut Answers) -> T) -> T {
        ask(&mut self.answers.lock().expect("nobody panicked"))
    }

    pub fn knows(&self, key: &Key) {
        self.told(|answers| answers.keys = vec![key.public()]);
    }

    /// The next sign-in gets this ID token.
    pub fn gives(&self, token: &str) {
        let answer =
            json!({ "access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": token });
        self.told(|answers| answers.token = answer);
    }

    /// Claims that are in order.
    pub fn claims(&self, nonce: &Secret) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
        json!({
            "iss": self.address, "sub": "17", "aud": "portal", "iat": now, "exp": now + 60, "nonce": nonce.expose(),
            "preferred_username": "anna", "groups": ["Admins", "Staff"],
        })
    }

    pub fn provider(&self) -> Provider {
        Provider {
            issuer: self.address.clone(),
            client_id: "portal".to_owned(),
            client_secret: Some(Secret::new("hush")),
            scopes: vec!["profile".to_owned()],
            role_claim: "groups".to_owned(),
            ca_pem: None,
            callback: "https://sky.example/back".to_owned(),
        }
    }
}

async fn describe(State(fake): State<Fake>) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", fake.address);
    let issuer = fake.told(|answers| answers.issuer.clone());
    Json(json!({
        "issuer": issuer.unwrap_or_else(|| fake.address.clone()),
        "authorization_endpoint": at("authorize"), "token_endpoint": at("token"), "userinfo_endpoint": at("me"),
        "jwks_uri": at("keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }))
}

async fn token(State(fake): State<Fake>, RawForm(form): RawForm) -> (StatusCode, Json<Value>) {
    fake.told(|answers| {
        answers.asked.push(String::from_utf8_lossy(&form).into_owned());
        (StatusCode::from_u16(answers.token_status).expect("a status"), Json(answers.token.clone()))
    })
}
