//! Readings through agents, and how they go on when one is lost.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use async_trait::async_trait;
use ports::{
    ChangePage, ChangeReader, Changes, ChangesRequest, PageReader, ReadRequest, SourceEntry, SourceError,
    SourcePage,
};
use uuid::Uuid;

use super::{RemoteSource, Route, Tried, beside_the_point};
use crate::link::{Exchange, Failure};
use crate::message::{Ask, Reply};

/// A reading under way through one of the agents.
struct Course {
    source: RemoteSource,
    route: Route,
    exchange: Exchange,
    /// Agents that failed since something new came.
    tried: Tried,
    /// What the next page tells of a change of agents.
    note: Option<String>,
}

/// How a reading began.
enum Beginning {
    Under(Route, Exchange),
    Lost(String),
}

async fn begin(source: &RemoteSource, ask: &Ask, tried: &mut Tried) -> Result<Beginning, SourceError> {
    loop {
        let route = source.choose(tried).await?;
        let answer = match route.link.start(&source.domain, ask) {
            Ok(mut exchange) => exchange.next().await.map(|reply| (reply, exchange)),
            Err(failure) => Err(failure),
        };
        match answer {
            Ok((Reply::Started, exchange)) => return Ok(Beginning::Under(route, exchange)),
            Ok((Reply::Lost { reason }, _)) => return Ok(Beginning::Lost(reason)),
            Ok(_) => return Err(beside_the_point()),
            Err(failure) => source.settle(&route, failure, tried)?,
        }
    }
}

impl Course {
    /// The next part of the answer, or `None` when another agent has to begin again.
    async fn next(&mut self) -> Result<Option<Reply>, SourceError> {
        match self.exchange.next().await {
            Ok(reply) => Ok(Some(reply)),
            // A directory that breaks off may do so because of this agent's way to it.
            Err(failure @ Failure::Source(SourceError::Incomplete { .. })) => {
                self.tried.add(&self.route, failure);
                Ok(None)
            }
            Err(failure) => {
                self.source.settle(&self.route, failure, &mut self.tried)?;
                Ok(None)
            }
        }
    }

    /// Something new came: agents that failed before may be asked again.
    fn progressed(&mut self) {
        self.tried = Tried::default();
    }

    /// Begins again with another agent. The reason when the directory says that it cannot be gone on from there.
    async fn again(&mut self, ask: &Ask) -> Result<Option<String>, SourceError> {
        let before = self.route.name.clone();
        match begin(&self.source, ask, &mut self.tried).await? {
            Beginning::Lost(reason) => Ok(Some(reason)),
            Beginning::Under(route, exchange) => {
                self.note = Some(format!(
                    "the agent {before} was lost in the middle of the reading; {} went on",
                    route.name
                ));
                (self.route, self.exchange) = (route, exchange);
                Ok(None)
            }
        }
    }
}

/// A full reading.
pub(super) struct RemotePages {
    course: Course,
    ask: Ask,
    /// Who was delivered.
    delivered: Vec<u128>,
    /// Who was delivered before the reading was begun again.
    before: HashSet<u128>,
    notes: HashSet<String>,
    ended: bool,
    failed: Option<SourceError>,
}

impl RemotePages {
    pub async fn start(source: RemoteSource, request: ReadRequest) -> Result<Self, SourceError> {
        let ask = Ask::Read { request };
        let mut tried = Tried::default();
        let Beginning::Under(route, exchange) = begin(&source, &ask, &mut tried).await? else {
            return Err(beside_the_point());
        };
        let course = Course { source, route, exchange, tried: Tried::default(), note: None };
        let (delivered, before, notes) = (Vec::new(), HashSet::new(), HashSet::new());
        Ok(Self { course, ask, delivered, before, notes, ended: false, failed: None })
    }

    /// Leaves out what was delivered, and remembers the rest.
    fn deliver(&mut self, mut page: SourcePage) -> SourcePage {
        if !self.before.is_empty() {
            page.entries.retain(|entry| !self.before.contains(&mark(entry)));
        }
        if !page.entries.is_empty() {
            self.course.progressed();
        }
        self.delivered.extend(page.entries.iter().map(mark));
        page.notes.extend(self.course.note.take());
        page.notes.retain(|note| self.notes.insert(note.clone()));
        page
    }
}

/// What an object is known by: its id, or its name where the directory gives none.
fn mark(entry: &SourceEntry) -> u128 {
    Uuid::try_parse(&entry.object_id).map_or_else(
        |_| {
            let hasher = BuildHasherDefault::<DefaultHasher>::default();
            let name = (entry.object_id.as_str(), entry.entry.dn.as_str());
            u128::from(hasher.hash_one(name)) << 64 | u128::from(hasher.hash_one((name, "again")))
        },
        |id| id.as_u128(),
    )
}

#[async_trait]
impl PageReader for RemotePages {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let page = self.next().await;
        self.failed = page.as_ref().err().cloned();
        page
    }
}

impl RemotePages {
    async fn next(&mut self) -> Result<Option<SourcePage>, SourceError> {
        while !self.ended {
            match self.course.next().await? {
                Some(Reply::Page { page }) => {
                    let page = self.deliver(page);
                    if !page.entries.is_empty() || !page.notes.is_empty() {
                        return Ok(Some(page));
                    }
                }
                Some(Reply::End { .. }) => self.ended = true,
                Some(_) => return Err(beside_the_point()),
                None => {
                    self.before.extend(self.delivered.drain(..));
                    if self.course.again(&self.ask).await?.is_some() {
                        return Err(beside_the_point());
                    }
                }
            }
        }
        // The reading went on, and there was nothing left to read.
        Ok(self.course.note.take().map(|note| SourcePage { entries: Vec::new(), notes: vec![note] }))
    }
}

/// Changes under way.
pub(super) struct RemoteChanges {
    course: Course,
    /// Its cursor is that of the last page.
    request: ChangesRequest,
    ended: bool,
    is_sweep: bool,
    failed: Option<SourceError>,
}

impl RemoteChanges {
    pub async fn start(source: RemoteSource, request: ChangesRequest) -> Result<Changes, SourceError> {
        let ask = Ask::Changes { request: request.clone() };
        let mut tried = Tried::default();
        Ok(match begin(&source, &ask, &mut tried).await? {
            Beginning::Lost(reason) => Changes::Lost { reason },
            Beginning::Under(route, exchange) => {
                let course = Course { source, route, exchange, tried: Tried::default(), note: None };
                Changes::Since(Box::new(Self {
                    course,
                    request,
                    ended: false,
                    is_sweep: false,
                    failed: None,
                }))
            }
        })
    }
}

#[async_trait]
impl ChangeReader for RemoteChanges {
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let page = self.next().await;
        self.failed = page.as_ref().err().cloned();
        page
    }

    fn is_sweep(&self) -> bool {
        self.is_sweep
    }
}

impl RemoteChanges {
    async fn next(&mut self) -> Result<Option<ChangePage>, SourceError> {
        while !self.ended {
            match self.course.next().await? {
                Some(Reply::ChangePage { mut page }) => {
                    if let Some(cursor) = &page.cursor {
                        self.course.progressed();
                        self.request.cursor = cursor.clone();
                    }
                    page.notes.extend(self.course.note.take());
                    return Ok(Some(page));
                }
                Some(Reply::End { is_sweep }) => {
                    self.ended = true;
                    self.is_sweep = is_sweep;
                }
                Some(_) => return Err(beside_the_point()),
                None => {
                    let ask = Ask::Changes { request: self.request.clone() };
                    if let Some(reason) = self.course.again(&ask).await? {
                        // The next agent's directory server does not know this position.
                        self.ended = true;
                        return Ok(Some(ChangePage { lost: Some(reason), ..ChangePage::default() }));
                    }
                }
            }
        }
        let note = self.course.note.take();
        Ok(note.map(|note| ChangePage { notes: vec![note], ..ChangePage::default() }))
    }
}
