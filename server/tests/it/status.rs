//! The status listener, over the network: what it takes, and that it says nothing to anybody else.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use channel::signature::{self, Request};
use chrono::TimeDelta;
use domain::Clock as _;
use domain::access::Principal;
use domain::agent::{AgentState, BeatChannel};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::agent_api::{Machinery, beat, enrolled};
use crate::app::TestApp;

struct Bench {
    app: TestApp,
    agent: Machinery,
    address: SocketAddr,
    _stop: DropGuard,
}

async fn bench() -> Bench {
    let app = TestApp::start().await;
    app.configured().await;
    let agent = enrolled(&app, "ldap1").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(server::status::serve(listener, app.service.clone(), stop.clone()));
    Bench { app, agent, address, _stop: stop.drop_guard() }
}

impl Bench {
    fn body(&self) -> Vec<u8> {
        serde_json::to_vec(&beat(&self.app)).expect("JSON")
    }

    /// A whole signed request. `Host` comes first, so that everything behind it matters.
    fn request(&self, counter: u64, body: &[u8]) -> (Vec<u8>, usize) {
        let signed = Request { method: "POST", path: "/status", body };
        let now = self.app.clock.now().timestamp();
        let mut text = "POST /status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".to_owned();
        let fixed = text.len();
        for (name, value) in signature::sign(&self.agent.key, self.agent.id, &signed, now, counter) {
            write!(text, "{name}: {value}\r\n").expect("text");
        }
        write!(text, "content-length: {}\r\n\r\n", body.len()).expect("text");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        (bytes, fixed)
    }

    /// The status of the answer and what follows its head; status 0 where none came.
    async fn send(&self, bytes: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        // The other side may end the connection before it has read everything.
        drop(stream.write_all(bytes).await);
        let mut answer = Vec::new();
        // A request that is not whole is waited for: nothing comes.
        drop(tokio::time::timeout(Duration::from_millis(500), stream.read_to_end(&mut answer)).await);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map(|(_, rest)| rest.to_owned()).unwrap_or_default())
    }

    async fn state(&self) -> AgentState {
        self.app.service.agent(&Principal::system(), self.agent.id).await.expect("an agent").view.state
    }
}

fn code(body: &str) -> String {
    let problem: serde_json::Value = serde_json::from_str(body).expect("a problem");
    problem["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_signed_status_is_taken_once() {
    let bench = bench().await;
    let body = bench.body();
    let (request, _) = bench.request(1, &body);
    assert_eq!(bench.send(&request).await, (204, String::new()));
    assert_eq!(bench.state().await, AgentState::StatusOnly);
    let (status, said) = bench.send(&request).await;
    assert_eq!((status, code(&said).as_str()), (401, "replayed"));
    let (other, _) = bench.request(1, &[body.as_slice(), b" "].concat());
    let (status, said) = bench.send(&other).await;
    assert_eq!((status, code(&said).as_str()), (401, "clonedKey"));
    let (next, _) = bench.request(2, &body);
    assert_eq!(bench.send(&next).await.0, 204);
}

#[tokio::test]
async fn a_status_out_of_its_time_is_refused() {
    let bench = bench().await;
    let body = bench.body();
    let (request, _) = bench.request(1, &body);
    bench.app.clock.advance(TimeDelta::seconds(301));
    let (status, said) = bench.send(&request).await;
    assert_eq!((status, code(&said).as_str()), (401, "expired"));
    bench.app.clock.advance(-TimeDelta::seconds(602));
    let (status, said) = bench.send(&request).await;
    assert_eq!((status, code(&said).as_str()), (401, "fromTheFuture"));
    assert_eq!(bench.state().await, AgentState::NeverConnected);
}

#[tokio::test]
async fn no_byte_of_a_status_can_be_altered() {
    let bench = bench().await;
    let body = bench.body();
    let (request, fixed) = bench.request(1, &body);
    let target = "POST /status".len();
    for place in (0..target).chain(fixed..request.len()) {
        let mut altered = request.clone();
        altered[place] ^= 1;
        let (status, said) = bench.send(&altered).await;
        assert_ne!(status, 204, "byte {place} of {:?}", String::from_utf8_lossy(&request));
        assert!(matches!(status, 0 | 400..=499), "{status} for byte {place}");
        assert!(status != 404 || said.is_empty(), "{said}");
    }
    for length in [0, 1, fixed, request.len() / 2, request.len() - 1] {
        assert_ne!(bench.send(&request[..length]).await.0, 204, "cut to {length}");
    }
    assert_eq!(bench.state().await, AgentState::NeverConnected);
    assert_eq!(bench.send(&request).await.0, 204);
}

#[tokio::test]
async fn strangers_are_told_nothing() {
    let mut bench = bench().await;
    let nothing = (404, String::new());
    for request in [
        "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "POST /status HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}",
        "GET /api/v1/agents HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "POST /status/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    ] {
        assert_eq!(bench.send(request.as_bytes()).await, nothing, "{request}");
    }
    // Signed by one agent in the name of another.
    let other = enrolled(&bench.app, "ldap2").await;
    let own = std::mem::replace(&mut bench.agent.id, other.id);
    let body = bench.body();
    let (request, _) = bench.request(1, &body);
    assert_eq!(bench.send(&request).await, nothing);
    // A body that is no beat, well signed.
    bench.agent.id = own;
    let (request, _) = bench.request(1, b"{}");
    assert_eq!(bench.send(&request).await, nothing);
    // One that is too large.
    let (request, _) = bench.request(1, &vec![b' '; channel::status::LARGEST + 1]);
    let (status, said) = bench.send(&request).await;
    assert!(matches!(status, 0 | 404) && said.is_empty(), "{status} {said}");
    assert_eq!(bench.state().await, AgentState::NeverConnected);
}

#[tokio::test]
async fn what_was_signed_for_one_port_is_not_good_on_the_other() {
    let mut bench = bench().await;
    let id = bench.agent.id;
    let leave = format!("/api/v1/agents/{id}/leave");
    let Bench { app, agent, .. } = &mut bench;
    let refused = agent.send(app, "/status", &leave, &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (401, &json!("badSignature")));
    // And a request for the main port, sent to this one.
    let body = bench.body();
    let signed = Request { method: "GET", path: "/agents/channel", body: &body };
    let now = bench.app.clock.now().timestamp();
    let mut text = "POST /status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".to_owned();
    for (name, value) in signature::sign(&bench.agent.key, id, &signed, now, 9) {
        write!(text, "{name}: {value}\r\n").expect("text");
    }
    write!(text, "content-length: {}\r\n\r\n{}", body.len(), String::from_utf8_lossy(&body)).expect("text");
    assert_eq!(bench.send(text.as_bytes()).await, (404, String::new()));
}

#[tokio::test]
async fn a_retired_agent_is_told_so() {
    let bench = bench().await;
    bench.app.service.retire_agent(&Principal::system(), bench.agent.id).await.expect("is retired");
    let (request, _) = bench.request(1, &bench.body());
    let (status, said) = bench.send(&request).await;
    assert_eq!((status, code(&said).as_str()), (403, "retired"));
}

#[tokio::test]
async fn statuses_and_beats_show_where_the_agent_was_heard_last() {
    let bench = bench().await;
    let take = |channel| {
        bench
            .app
            .service
            .record_beat(bench.agent.id, channel, beat(&bench.app), "192.0.2.7")
            .expect("is taken");
    };
    take(BeatChannel::Main);
    bench.app.clock.advance(TimeDelta::minutes(10));
    let (request, _) = bench.request(1, &bench.body());
    assert_eq!(bench.send(&request).await.0, 204);
    assert_eq!(bench.state().await, AgentState::StatusOnly);
    bench.app.clock.advance(TimeDelta::minutes(1));
    take(BeatChannel::Main);
    assert_eq!(bench.state().await, AgentState::Active);
}
