//! The agent's end of one connection: questions are put to its directories, each in a task of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::agent::Beat;
use ports::{Changes, Source, SourceError};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;

use crate::frame::{COMMON, Joiner, cut};
use crate::message::page::{Spare, WrittenPage};
use crate::message::{Ask, Reply, ToAgent, ToPortal, Welcome};
use crate::wire::Malformed;

/// Requests that an agent works on at a time; more are refused.
const MOST_REQUESTS: usize = 256;
/// Frames that wait for the socket. Whoever makes more waits too.
const FRAMES_AHEAD: usize = 8;

/// The directories that an agent reads.
pub trait Sources: Send + Sync {
    /// The directory of a domain; `None` when this agent has none for it.
    fn source(&self, domain: &str) -> Option<Arc<dyn Source>>;
}

impl<F: Fn(&str) -> Option<Arc<dyn Source>> + Send + Sync> Sources for F {
    fn source(&self, domain: &str) -> Option<Arc<dyn Source>> {
        self(domain)
    }
}

/// What the portal said that is no question to a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Welcome(Welcome),
    BeatTaken,
    ChangeKey,
}

/// A connection to the portal. Dropping it ends every request.
pub struct Serving {
    sources: Arc<dyn Sources>,
    out: mpsc::Sender<Vec<u8>>,
    joiner: Joiner,
    running: Running,
}

type Running = Arc<Mutex<HashMap<u32, Work>>>;

struct Work {
    /// Pages that may be sent.
    allowed: Arc<Semaphore>,
    /// Absent until the task is there.
    task: Option<AbortHandle>,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("running", &self.running()).finish_non_exhaustive()
    }
}

impl Serving {
    /// The connection, and the frames that it sends.
    pub fn new(sources: Arc<dyn Sources>) -> (Self, mpsc::Receiver<Vec<u8>>) {
        let (out, frames) = mpsc::channel(FRAMES_AHEAD);
        (Self { sources, out, joiner: Joiner::default(), running: Arc::default() }, frames)
    }

    /// Takes a frame of the portal. After an error the connection has to be closed.
    pub fn take(&mut self, frame: &[u8]) -> Result<Option<Told>, Malformed> {
        let Some((_, message)) = self.joiner.take(frame)? else { return Ok(None) };
        match ToAgent::decode(&message)? {
            ToAgent::Welcome(welcome) => return Ok(Some(Told::Welcome(welcome))),
            ToAgent::BeatTaken => return Ok(Some(Told::BeatTaken)),
            ToAgent::ChangeKey => return Ok(Some(Told::ChangeKey)),
            ToAgent::Ask { id, domain, pages, ask } => self.start(id, &domain, pages, ask)?,
            ToAgent::Allow { id, pages } => {
                if let Some(work) = lock(&self.running).get(&id) {
                    allow(&work.allowed, pages)?;
                }
            }
            ToAgent::Cancel { id } => {
                if let Some(task) = lock(&self.running).remove(&id).and_then(|work| work.task) {
                    task.abort();
                }
            }
        }
        Ok(None)
    }

    /// Requests under way.
    pub fn running(&self) -> usize {
        lock(&self.running).len()
    }

    /// For who speaks unasked.
    pub fn voice(&self) -> Voice {
        Voice { out: self.out.clone(), running: Arc::clone(&self.running) }
    }

    fn start(&self, id: u32, domain: &str, pages: u32, ask: Ask) -> Result<(), Malformed> {
        let allowed = Arc::new(Semaphore::new(0));
        allow(&allowed, pages)?;
        let answer = Answer {
            id,
            out: self.out.clone(),
            allowed: Arc::clone(&allowed),
            running: Arc::clone(&self.running),
        };
        let source = self.sources.source(domain);
        let mut running = lock(&self.running);
        if running.contains_key(&id) {
            return Err(Malformed("two requests with one number"));
        }
        let refusal = if running.len() >= MOST_REQUESTS {
            Some(SourceError::Directory("the agent works on too many requests already".to_owned()))
        } else if source.is_none() {
            Some(SourceError::NoConnection)
        } else {
            None
        };
        let task = tokio::spawn(async move {
            match (refusal, source) {
                (Some(error), _) => answer.send(Reply::Failed { error }).await,
                (None, Some(source)) => answer.work(source.as_ref(), ask).await,
                (None, None) => {}
            }
        });
        running.insert(id, Work { allowed, task: Some(task.abort_handle()) });
        Ok(())
    }
}

/// Speaks over a connection, whoever holds its socket. Cheap to clone.
#[derive(Clone)]
pub struct Voice {
    out: mpsc::Sender<Vec<u8>>,
    running: Running,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Voice")
    }
}

impl Voice {
    /// Requests under way.
    pub fn running(&self) -> usize {
        lock(&self.running).len()
    }

    /// Says how the agent is. Waits for the socket like every frame.
    pub async fn beat(&self, beat: Beat) {
        for frame in cut(COMMON, &ToPortal::Beat(beat).encode(), &mut Vec::new()) {
            // The connection is over: the next one begins with a beat.
            let _ = self.out.send(frame).await;
        }
    }
}

fn allow(allowed: &Semaphore, pages: u32) -> Result<(), Malformed> {
    if allowed.available_permits() + pages as usize > MOST_REQUESTS {
        return Err(Malformed("more pages are allowed than there may be"));
    }
    allowed.add_permits(pages as usize);
    Ok(())
}

impl Drop for Serving {
    fn drop(&mut self) {
        for (_, work) in lock(&self.running).drain() {
            if let Some(task) = work.task {
                task.abort();
            }
        }
    }
}

fn lock(running: &Running) -> MutexGuard<'_, HashMap<u32, Work>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The answer to one request under way.
struct Answer {
    id: u32,
    out: mpsc::Sender<Vec<u8>>,
    allowed: Arc<Semaphore>,
    running: Running,
}

impl Drop for Answer {
    fn drop(&mut self) {
        lock(&self.running).remove(&self.id);
    }
}

impl Answer {
    async fn send(&self, reply: Reply) {
        self.send_message(&ToPortal::Reply { id: self.id, reply }.encode(), &mut Vec::new()).await;
    }

    async fn send_message(&self, message: &[u8], room: &mut Vec<u8>) {
        for frame in cut(self.id, message, room) {
            // The connection is over, and with it this task.
            let _ = self.out.send(frame).await;
        }
    }

    /// Waits until a page may be sent.
    async fn may_send_page(&self) {
        if let Ok(permit) = self.allowed.acquire().await {
            permit.forget();
        }
    }

    async fn work(&self, source: &dyn Source, ask: Ask) {
        let reply = match ask {
            Ask::Read { request } => return self.read(source, request).await,
            Ask::Changes { request } => return self.changes(source, request).await,
            Ask::Probe => source.probe().await.map(|info| Reply::Info { info }),
            Ask::Container { dn } => {
                source.container(&dn).await.map(|container| Reply::Container { container })
            }
            Ask::ContainerById { object_id } => {
                source.container_by_id(&object_id).await.map(|container| Reply::Container { container })
            }
            Ask::Object { dn, attributes } => {
                source.object(&dn, &attributes).await.map(|entry| Reply::Object { entry })
            }
            Ask::Objects { which, kinds } => {
                source.objects(which.which(), &kinds).await.map(|objects| Reply::Objects { objects })
            }
            Ask::Browse { what } => source.browse(what).await.map(|listing| Reply::Listing { listing }),
            Ask::Mark => source.mark().await.map(|cursor| Reply::Mark { cursor }),
        };
        self.send(reply.unwrap_or_else(|error| Reply::Failed { error })).await;
    }

    async fn read(&self, source: &dyn Source, request: ports::ReadRequest) {
        let (spare, mut room) = (Spare::default(), Vec::new());
        let writer = Box::new(WrittenPage::new(self.id, spare.clone()));
        let mut pages = match source.read_written(request, writer).await {
            Ok(pages) => pages,
            Err(error) => return self.send(Reply::Failed { error }).await,
        };
        self.send(Reply::Started).await;
        loop {
            match pages.next_page().await {
                Ok(Some(page)) => {
                    self.may_send_page().await;
                    self.send_message(&page, &mut room).await;
                    spare.give(page);
                }
                Ok(None) => return self.send(Reply::End { is_sweep: false }).await,
                Err(error) => return self.send(Reply::Failed { error }).await,
            }
        }
    }

    async fn changes(&self, source: &dyn Source, request: ports::ChangesRequest) {
        let mut reader = match source.changes(request).await {
            Ok(Changes::Since(reader)) => reader,
            Ok(Changes::Lost { reason }) => return self.send(Reply::Lost { reason }).await,
            Err(error) => return self.send(Reply::Failed { error }).await,
        };
        self.send(Reply::Started).await;
        loop {
            match reader.next_page().await {
                Ok(Some(page)) => {
                    self.may_send_page().await;
                    self.send(Reply::ChangePage { page }).await;
                }
                Ok(None) => return self.send(Reply::End { is_sweep: reader.is_sweep() }).await,
                Err(error) => return self.send(Reply::Failed { error }).await,
            }
        }
    }
}
