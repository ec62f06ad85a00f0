//! The portal's end of one connection: any number of requests side by side.
//!
//! No socket and no task of its own. Who has the socket sends the frames that come out of `LinkFrames`, and gives those
//! that come in to [`Reception::take`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::agent::{AgentWork, Beat};
use ports::SourceError;
use tokio::sync::mpsc;

use crate::frame::{COMMON, Joiner, cut};
use crate::message::{Ask, Heading, PROTOCOL, Reply, ToAgent, Welcome, decode_reply};
use crate::wire::Malformed;
use crate::work::{Begun, Log};

/// Pages that an agent may send ahead of who reads them.
pub const PAGES_AHEAD: u32 = 2;
/// How long an agent may be silent about a request. Its directory's time-outs are much shorter; this is for an agent
/// that holds the connection and does nothing.
const PATIENCE: Duration = Duration::from_mins(10);

/// Frames for the agent. Their number is bounded by what is asked: a question and its end for each request, and a
/// word for each page that came.
pub type LinkFrames = mpsc::UnboundedReceiver<Vec<u8>>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The agent or the connection to it is gone, or it does not keep to the protocol. Another one may know.
    Lost(String),
    /// The directory's own word.
    Source(SourceError),
}

/// A connection to an agent, for who asks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    out: mpsc::UnboundedSender<Vec<u8>>,
    protocol: u16,
    requests: Mutex<Requests>,
    work: Mutex<Log>,
}

/// A message and where the part of the answer begins in it.
type Part = (Vec<u8>, usize);

#[derive(Debug, Default)]
struct Requests {
    last: u32,
    waiting: HashMap<u32, mpsc::Sender<Part>>,
    over: bool,
}

impl Link {
    /// Both halves of a connection that stands. Dropping the reception ends every request.
    pub fn new() -> (Self, Reception, LinkFrames) {
        Self::speaking(PROTOCOL)
    }

    /// The same with an agent that speaks a version of the protocol.
    pub fn speaking(protocol: u16) -> (Self, Reception, LinkFrames) {
        let (out, frames) = mpsc::unbounded_channel();
        let link = Self {
            inner: Arc::new(Inner { out, protocol, requests: Mutex::default(), work: Mutex::default() }),
        };
        (link.clone(), Reception { link, joiner: Joiner::default() }, frames)
    }

    pub fn welcome(&self, welcome: Welcome) {
        self.send(COMMON, &ToAgent::Welcome(welcome));
    }

    pub fn beat_taken(&self) {
        self.send(COMMON, &ToAgent::BeatTaken);
    }

    /// Asks the agent for another key. Only for one that speaks [`CHANGES_KEY`](crate::message::CHANGES_KEY).
    pub fn change_key(&self) {
        self.send(COMMON, &ToAgent::ChangeKey);
    }

    /// The version of the protocol that both ends speak.
    pub fn protocol(&self) -> u16 {
        self.inner.protocol
    }

    /// Requests under way.
    pub fn running(&self) -> usize {
        self.requests().waiting.len()
    }

    pub fn is_over(&self) -> bool {
        self.requests().over
    }

    /// What the agent read lately and what failed, oldest first.
    pub fn work(&self) -> Vec<AgentWork> {
        self.log().all()
    }

    /// What the agent did over an earlier connection.
    pub fn remember(&self, before: Vec<AgentWork>) {
        self.log().prepend(before);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.inner.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether both are the same connection.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Asks a question that has one answer.
    pub async fn ask(&self, domain: &str, ask: &Ask) -> Result<Reply, Failure> {
        let mut exchange = self.start(domain, ask)?;
        let reply = exchange.next().await?;
        exchange.ended = true;
        Ok(reply)
    }

    /// Asks a question with an answer of many parts.
    pub fn start(&self, domain: &str, ask: &Ask) -> Result<Exchange, Failure> {
        // One answer before the pages and one after them.
        let (sender, replies) = mpsc::channel(PAGES_AHEAD as usize + 2);
        let id = {
            let mut requests = self.requests();
            if requests.over {
                return Err(gone());
            }
            let mut id = requests.last.wrapping_add(1);
            while id == COMMON || requests.waiting.contains_key(&id) {
                id = id.wrapping_add(1);
            }
            requests.last = id;
            requests.waiting.insert(id, sender);
            id
        };
        let begun = Begun::now(ask, domain);
        let exchange = Exchange { link: self.clone(), id, replies, ended: false, begun };
        let domain = domain.to_owned();
        self.send(id, &ToAgent::Ask { id, domain, pages: PAGES_AHEAD, ask: ask.clone() });
        Ok(exchange)
    }

    fn send(&self, stream: u32, message: &ToAgent) {
        for frame in cut(stream, &message.encode(), &mut Vec::new()) {
            // Nobody takes it: the connection is over, and whoever waits for the answer is told so by the reception's end.
            let _ = self.inner.out.send(frame);
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone() -> Failure {
    Failure::Lost("its connection ended".to_owned())
}

/// One request. Dropping it tells the agent that nobody waits any more.
#[derive(Debug)]
pub struct Exchange {
    link: Link,
    id: u32,
    replies: mpsc::Receiver<Part>,
    /// The agent sends nothing more.
    ended: bool,
    begun: Begun,
}

impl Exchange {
    /// The next part of the answer.
    pub async fn next(&mut self) -> Result<Reply, Failure> {
        let part = self.part().await;
        match &part {
            Ok(Reply::Page { .. } | Reply::ChangePage { .. }) => self.begun.pages += 1,
            Ok(_) => {}
            Err(Failure::Lost(why)) => self.begun.error = Some(why.clone()),
            Err(Failure::Source(error)) => self.begun.error = Some(error.to_string()),
        }
        part
    }

    async fn part(&mut self) -> Result<Reply, Failure> {
        if self.ended {
            return Err(gone());
        }
        let (message, start) = match tokio::time::timeout(PATIENCE, self.replies.recv()).await {
            Ok(Some(part)) => part,
            Ok(None) => return Err(gone()),
            Err(_) => return Err(Failure::Lost("it did not answer in time".to_owned())),
        };
        let reply = decode_reply(&message[start..]).map_err(|error| Failure::Lost(error.to_string()))?;
        match &reply {
            Reply::Page { .. } | Reply::ChangePage { .. } => {
                self.link.send(self.id, &ToAgent::Allow { id: self.id, pages: 1 });
            }
            Reply::End { .. } | Reply::Lost { .. } => self.ended = true,
            _ => {}
        }
        match reply {
            Reply::Failed { error } => {
                self.ended = true;
                Err(Failure::Source(error))
            }
            reply => Ok(reply),
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.link.requests().waiting.remove(&self.id);
        if let Some(work) = self.begun.over(self.ended) {
            self.link.log().add(work);
        }
        if !self.ended {
            self.link.send(self.id, &ToAgent::Cancel { id: self.id });
        }
    }
}

/// Where the agent's frames go in.
#[derive(Debug)]
pub struct Reception {
    link: Link,
    joiner: Joiner,
}

impl Reception {
    /// Takes a frame and gives what the agent said unasked. After an error the connection has to be closed.
    pub fn take(&mut self, frame: &[u8]) -> Result<Option<Beat>, Malformed> {
        let Some((_, message)) = self.joiner.take(frame)? else { return Ok(None) };
        match Heading::of(&message)? {
            Heading::Beat(beat) => Ok(Some(beat)),
            Heading::Reply { id, reply } => {
                let start = message.len() - reply.len();
                let sender = self.link.requests().waiting.get(&id).cloned();
                // An answer that nobody waits for any more was on its way when the request was cancelled.
                let Some(sender) = sender else { return Ok(None) };
                match sender.try_send((message, start)) {
                    Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(None),
                    Err(mpsc::error::TrySendError::Full(_)) => {
                        Err(Malformed("more pages than were asked for"))
                    }
                }
            }
        }
    }
}

impl Drop for Reception {
    fn drop(&mut self) {
        let mut requests = self.link.requests();
        requests.over = true;
        // Who waits sees the end of what they wait for.
        requests.waiting.clear();
    }
}
