//! One connection to the portal: opened with a signed request, then frames in both directions until it breaks.

use std::sync::Arc;
use std::time::Duration;

use channel::frame::LARGEST_FRAME;
use channel::message::{PATH, PROTOCOL, PROTOCOL_HEADER, Welcome};
use channel::serve::{Serving, Told, Voice};
use channel::signature::Request as Signed;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use hyper::Request;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::portal::{Answer, PortalError, Stream};
use crate::run::Agent;

/// Between two pings.
const PING: Duration = Duration::from_secs(20);
/// Silence after which the connection is taken for dead: a portal that lives answers pings.
const SILENCE: Duration = Duration::from_mins(1);
/// For the upgrade and for the portal's first word.
const OPENING: Duration = Duration::from_secs(30);
/// Between two beats while a directory is out of reach, at most: the portal shall soon hear that it is back.
const IMPATIENT: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<Box<dyn Stream>>;

/// A connection that stands.
pub struct Session {
    socket: Socket,
    serving: Serving,
    frames: mpsc::Receiver<Vec<u8>>,
    pub welcome: Welcome,
}

impl Session {
    /// Connects and waits for the portal's first word.
    pub async fn open(agent: &Agent) -> Result<Self, PortalError> {
        let stream = agent.way.connect().await?;
        let address = agent.way.address.authority();
        let opening = async {
            let mut socket = upgrade(agent, stream).await?;
            let (mut serving, frames) = Serving::new(Arc::clone(&agent.directories) as _);
            let welcome = first_word(&mut socket, &mut serving, &address).await?;
            Ok(Self { socket, serving, frames, welcome })
        };
        let limit = PortalError::Timeout { address: address.clone(), seconds: OPENING.as_secs() };
        tokio::time::timeout(OPENING, opening).await.map_err(|_| limit)?
    }

    /// Serves until the connection ends, and says why it did.
    pub async fn serve(self, agent: &Agent) -> String {
        let Self { socket, mut serving, frames, welcome } = self;
        let voice = serving.voice();
        let (mut sink, mut stream) = socket.split();
        let reason = tokio::select! {
            reason = receive(&mut stream, &mut serving, agent) => reason,
            reason = send(&mut sink, frames) => reason,
            () = beat(agent, &voice, Duration::from_secs(welcome.patience.beat_seconds.max(1).into())) => {
                "there is nobody to tell".to_owned()
            }
            () = agent.stop.cancelled() => "the agent stops".to_owned(),
        };
        // A word of farewell, for which nobody waits long.
        let _ = tokio::time::timeout(Duration::from_secs(2), sink.send(Message::Close(None))).await;
        reason
    }
}

/// Opens the WebSocket (RFC 6455) with a signed request.
async fn upgrade(agent: &Agent, stream: Box<dyn Stream>) -> Result<Socket, PortalError> {
    let address = agent.way.address.authority();
    let strange = |reason: String| PortalError::Strange { address: address.clone(), reason };
    let scheme = if agent.way.address.tls { "wss" } else { "ws" };
    let mut request = Request::get(format!("{scheme}://{address}{PATH}"))
        .header("host", &address)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", generate_key())
        .header(PROTOCOL_HEADER, PROTOCOL.to_string());
    for (name, value) in agent.sign(&Signed { method: "GET", path: PATH, body: b"" })? {
        request = request.header(name, value);
    }
    let request = request.body(()).map_err(|error| strange(error.to_string()))?;
    let limits =
        WebSocketConfig::default().max_message_size(Some(LARGEST_FRAME)).max_frame_size(Some(LARGEST_FRAME));
    match tokio_tungstenite::client_async_with_config(request, stream, Some(limits)).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => {
            let (parts, body) = response.into_parts();
            let status = parts.status.as_u16();
            let answer = Answer { status, date: None, body: body.unwrap_or_default() };
            match answer.status {
                401 | 403 | 426 => Err(answer.refusal()),
                _ => Err(strange(answer.sentence())),
            }
        }
        Err(error) => Err(strange(error.to_string())),
    }
}

async fn first_word(
    socket: &mut Socket,
    serving: &mut Serving,
    address: &str,
) -> Result<Welcome, PortalError> {
    let strange = |reason: String| PortalError::Strange { address: address.to_owned(), reason };
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(frame))) => match serving.take(&frame) {
                Ok(Some(Told::Welcome(welcome))) => return Ok(welcome),
                Ok(_) => {}
                Err(error) => return Err(strange(error.to_string())),
            },
            Some(Ok(Message::Close(_))) | None => {
                return Err(strange("it closed the channel at once".into()));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(strange(error.to_string())),
        }
    }
}

async fn receive(stream: &mut SplitStream<Socket>, serving: &mut Serving, agent: &Agent) -> String {
    loop {
        let message = match tokio::time::timeout(SILENCE, stream.next()).await {
            Err(_) => return format!("the portal was silent for {} s", SILENCE.as_secs()),
            Ok(None) => return "the connection was closed".to_owned(),
            Ok(Some(Err(error))) => return error.to_string(),
            Ok(Some(Ok(message))) => message,
        };
        match message {
            Message::Binary(frame) => match serving.take(&frame) {
                Ok(Some(Told::BeatTaken)) => agent.readiness_taken(),
                Ok(Some(Told::ChangeKey)) => agent.change_key(),
                Ok(_) => {}
                Err(error) => return error.to_string(),
            },
            Message::Close(reason) => {
                let reason = reason.map(|reason| reason.reason.to_string()).unwrap_or_default();
                return format!("the portal closed the channel {reason}").trim_end().to_owned();
            }
            // Pings are answered by the library.
            _ => {}
        }
    }
}

async fn send(sink: &mut SplitSink<Socket, Message>, mut frames: mpsc::Receiver<Vec<u8>>) -> String {
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

async fn beat(agent: &Agent, voice: &Voice, interval: Duration) {
    loop {
        let reach = agent.directories.look().await;
        let all_there = reach.iter().all(|one| one.reachable);
        voice.beat(agent.beat(u32::try_from(voice.running()).unwrap_or(u32::MAX), reach)).await;
        tokio::time::sleep(if all_there { interval } else { interval.min(IMPATIENT) }).await;
    }
}
