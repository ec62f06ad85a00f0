//! A secret that was given once is never seen again: not in an answer, not in an export, not in a log line, and not in
//! the database in the clear.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use domain::access::Role;
use serde_json::{Value, json};
use server::http::api;
use tracing_subscriber::fmt::MakeWriter;

use crate::app::{TestApp, sample};

const CANARY: &str = "canary-7f3a9c";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lines").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What all tests of this binary log. A logger for one thread alone would miss lines: whether a place logs at all is
/// settled for the whole process.
fn log_lines() -> Lines {
    static LINES: LazyLock<Lines> = LazyLock::new(|| {
        let lines = Lines::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(lines.clone())
            .with_ansi(false)
            .init();
        lines
    });
    LINES.clone()
}

fn with_canaries() -> Value {
    let mut document = sample();
    document["domains"][0]["connection"]["bindPassword"] = json!({ "value": CANARY });
    document["targets"][1]["token"] = json!({ "value": CANARY });
    document
}

#[tokio::test]
async fn a_secret_is_in_no_answer_and_no_log_line() {
    let lines = log_lines();

    let app = TestApp::start().await;
    let admin = app.with_token(Role::Administrator).await;
    let mut answers = vec![admin.post("/api/v1/apply", &with_canaries()).await.text];
    // Every way in which a secret can be misplaced.
    for wrong in [json!(CANARY), json!({ "value": [CANARY] }), json!({ CANARY: 1 }), json!({ "env": CANARY })]
    {
        let mut document = sample();
        document["domains"][0]["connection"]["bindPassword"] = wrong.clone();
        document["targets"][1]["token"] = wrong;
        answers.push(admin.post("/api/v1/apply", &document).await.text);
    }
    for operation in api::routes().split().1.iter().filter(|operation| operation.method == "get") {
        for id in ["lab.local", "app", "lab%20to%20directory"] {
            let path = format!("/api/v1{}", operation.path.replace("{id}", id));
            answers.push(admin.get(&path).await.text);
        }
    }
    for path in ["/domains/lab.local/probe", "/targets/app/probe"] {
        answers.push(admin.post(&format!("/api/v1{path}"), &json!({})).await.text);
    }
    answers.push(app.anonymous().get("/metrics").await.text);
    for answer in &answers {
        assert!(!answer.contains(CANARY), "{answer}");
    }
    let log = String::from_utf8_lossy(&lines.0.lock().expect("lines")).into_owned();
    assert!(log.contains("request"), "the log was captured");
    assert!(!log.contains(CANARY), "the log shows the secret");
}

#[tokio::test]
async fn a_one_time_link_is_in_no_log_line() {
    let lines = log_lines();
    let app = TestApp::start().await;
    let token = app.service.first_sign_in().await.expect("link").expect("first start");
    app.anonymous().get(&format!("/sign-in/{}", token.expose())).await;
    let log = String::from_utf8_lossy(&lines.0.lock().expect("lines")).into_owned();
    assert!(log.contains("/sign-in/{token}"), "the route is logged");
    assert!(!log.contains(token.expose()));
}

#[tokio::test]
async fn the_database_holds_no_secret_in_the_clear() {
    let app = TestApp::start().await;
    app.with_token(Role::Administrator).await.post("/api/v1/apply", &with_canaries()).await;
    let stored = format!(
        "{:?} {:?}",
        app.storage.domains().await.expect("domains")[0]
            .connection
            .as_ref()
            .expect("connection")
            .bind_password
            .0,
        app.storage
            .target_systems()
            .await
            .expect("targets")
            .iter()
            .map(|target| format!("{target:?}"))
            .collect::<Vec<_>>(),
    );
    assert!(stored.contains("v1.") && !stored.contains(CANARY), "{stored}");
}
