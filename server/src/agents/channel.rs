//! The sockets: a signed request opens one, then frames go both ways until it breaks or is cut.

use std::time::Duration;

use ::channel::frame::LARGEST_FRAME;
use ::channel::link::{Link, LinkFrames, Reception};
use ::channel::message::{PATH, PROTOCOL_HEADER, Welcome, agreed};
use ::channel::signature::{self, Request as Signed};
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::agent::{Agent, BeatChannel};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use service::agents::AgentError;
use tokio::time::MissedTickBehavior;

use crate::http::signed;
use crate::http::{Edge, Peer, Problem, client_address};

/// Between two pings.
const PING: Duration = Duration::from_secs(20);
/// Silence after which a connection is taken for dead: an agent that lives answers pings.
const SILENCE: Duration = Duration::from_mins(1);
/// Longest wait of an agent for its place among those who are let in at once.
const AT_THE_DOOR: Duration = Duration::from_secs(20);
/// Bytes that each connection keeps for reading, and clears for each read: with the library's 128 KiB ten thousand idle
/// agents would hold 1.3 GB. It grows to the size of a frame while pages come.
const READ_BUFFER: usize = 16 * 1024;
/// Close code of a connection that was cut (RFC 6455 section 7.4.1: policy violation).
const CUT: u16 = 1008;
/// Close code of a server that stops (RFC 6455 section 7.4.1: going away).
const AWAY: u16 = 1001;

/// `GET /agents/channel`.
pub async fn open(
    State(edge): State<Edge>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let address = client_address(&peer, &headers, edge.options().behind_proxy);
    let offered = headers.get(PROTOCOL_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    let Some(protocol) = offered.and_then(agreed) else {
        return refused(
            StatusCode::UPGRADE_REQUIRED,
            "ProtocolTooOld",
            "this agent speaks a protocol that this portal does not; install the agent that belongs to the portal",
        );
    };
    let agent = match authenticate(&edge, &headers, &address).await {
        Ok(agent) => agent,
        Err(refusal) => return *refusal,
    };
    let upgrade = upgrade.max_message_size(LARGEST_FRAME).max_frame_size(LARGEST_FRAME);
    let upgrade = upgrade.read_buffer_size(READ_BUFFER);
    let mut response = upgrade.on_upgrade(move |socket| serve(edge, agent, protocol, address, socket));
    let name = HeaderName::from_static(PROTOCOL_HEADER);
    response.headers_mut().insert(name, HeaderValue::from(protocol));
    response
}

async fn authenticate(edge: &Edge, headers: &HeaderMap, address: &str) -> Result<Agent, Box<Response>> {
    let request = Signed { method: "GET", path: PATH, body: b"" };
    let claimed = match signature::read(signed::header(headers)) {
        Ok(claim) => {
            let Ok(_place) = tokio::time::timeout(AT_THE_DOOR, edge.options().agents.place()).await else {
                return Err(Box::new(full()));
            };
            edge.service().authenticate_agent(&claim, &request, address).await
        }
        Err(refusal) => Err(AgentError::Refused(refusal)),
    };
    claimed.map_err(|error| {
        Box::new(match error {
            AgentError::Refused(refusal) => {
                tracing::warn!(address, refusal = refusal.code(), "an agent's connection was refused");
                refused(StatusCode::UNAUTHORIZED, refusal.code(), &refusal.to_string())
            }
            AgentError::Failed(error) => Problem::from(error).into_response(),
        })
    })
}

fn full() -> Response {
    let busy = "too many agents wait at once; connect again later";
    let mut response = refused(StatusCode::SERVICE_UNAVAILABLE, "TooManyAgents", busy);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(AT_THE_DOOR.as_secs()));
    response
}

fn refused(status: StatusCode, code: &str, detail: &str) -> Response {
    Problem::new(status, code, detail).into_response()
}

/// Serves one connection from its first word to its end.
async fn serve(edge: Edge, mut agent: Agent, protocol: u16, address: String, socket: WebSocket) {
    agent.protocol = Some(protocol);
    let (link, reception, frames) = Link::speaking(protocol);
    let hub = edge.options().agents.clone();
    let cut = hub.add(&agent, link.clone());
    if !edge.service().agent_connected(agent.id, protocol, &address) {
        // Retired between its request and now.
        cut.cancel();
    }
    tracing::info!(agent = %agent.id, machine = agent.machine, address, "an agent connected");
    link.welcome(Welcome {
        domains: agent.domains.clone(),
        server_time: edge.service().now(),
        patience: edge.service().patience(),
        status_port: edge.service().agent_setup().status_port,
    });
    let (mut sink, mut stream) = socket.split();
    let (reason, code) = tokio::select! {
        reason = receive(&edge, &agent, &address, &link, &mut stream, reception) => (reason, AWAY),
        reason = send(&mut sink, frames) => (reason, AWAY),
        () = cut.cancelled() => ("it was cut: retired, or connected anew".to_owned(), CUT),
        () = edge.stop().cancelled() => ("the server stops".to_owned(), AWAY),
    };
    if hub.remove(agent.id, &link) || cut.is_cancelled() {
        edge.service().agent_disconnected(agent.id);
    }
    tracing::info!(agent = %agent.id, machine = agent.machine, reason, "an agent's connection ended");
    let farewell = Message::Close(Some(CloseFrame { code, reason: "".into() }));
    // Nobody waits long for an agent that does not listen any more.
    let _ = tokio::time::timeout(Duration::from_secs(2), sink.send(farewell)).await;
}

async fn receive(
    edge: &Edge,
    agent: &Agent,
    address: &str,
    link: &Link,
    stream: &mut SplitStream<WebSocket>,
    mut reception: Reception,
) -> String {
    loop {
        let message = match tokio::time::timeout(SILENCE, stream.next()).await {
            Err(_) => return format!("it was silent for {} s", SILENCE.as_secs()),
            Ok(None) => return "it was closed".to_owned(),
            Ok(Some(Err(error))) => return error.to_string(),
            Ok(Some(Ok(message))) => message,
        };
        let frame = match message {
            Message::Binary(frame) => frame,
            Message::Close(_) => return "the agent closed it".to_owned(),
            // Pings are answered by the library.
            _ => continue,
        };
        let beat = match reception.take(&frame) {
            Ok(Some(beat)) => beat,
            Ok(None) => continue,
            Err(error) => return error.to_string(),
        };
        edge.options().agents.heard(agent.id, &beat.domains);
        let with_readiness = beat.readiness.is_some();
        match edge.service().record_beat(agent.id, BeatChannel::Main, beat, address) {
            Ok(()) if with_readiness => link.beat_taken(),
            Ok(()) => {}
            Err(error) => tracing::warn!(agent = %agent.id, error = %error, "a beat was not recorded"),
        }
    }
}

async fn send(sink: &mut SplitSink<WebSocket, Message>, mut frames: LinkFrames) -> String {
    let mut pings = tokio::time::interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            Some(frame) = frames.recv() => Message::Binary(frame.into()),
            _ = pings.tick() => Message::Ping(Vec::new().into()),
        };
        if let Err(error) = sink.feed(message).await {
            return error.to_string();
        }
        // Frames that wait already go out together.
        if frames.is_empty()
            && let Err(error) = sink.flush().await
        {
            return error.to_string();
        }
    }
}
