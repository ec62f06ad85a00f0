//! A directory behind agents, as the source that the engine asks.
//!
//! A question that an agent does not come to answer is put to another one. So is a reading that breaks: a full one is begun
//! again and what was delivered is left out; changes go on from the last page's position. The cycle is told.

mod pages;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AgentId, Cursor, Entry, ObjectKind};
use ports::{
    Browse, Changes, ChangesRequest, Container, KindRequest, Listing, PageReader, ReadRequest, Source,
    SourceEntry, SourceError, SourceInfo, Which,
};

use crate::link::{Failure, Link};
use crate::message::{Ask, BROWSES, FINDS, Named, OLDEST_PROTOCOL, Reply};
use pages::{RemoteChanges, RemotePages};

/// A way to a directory.
#[derive(Debug, Clone)]
pub struct Route {
    pub agent: AgentId,
    /// The agent's name for people.
    pub name: String,
    pub link: Link,
}

/// The agents of one domain.
#[async_trait]
pub trait Routes: Send + Sync {
    /// The agent to ask next, none of those that were tried. `NoConnection` when there is none.
    async fn choose(&self, tried: &[AgentId]) -> Result<Route, SourceError>;

    /// An agent could not reach the directory: it gets no work until it says that it can.
    fn out_of_reach(&self, agent: AgentId, error: &SourceError);
}

/// A directory that its agents read. Cheap to clone.
#[derive(Clone)]
pub struct RemoteSource {
    domain: Arc<str>,
    routes: Arc<dyn Routes>,
}

impl std::fmt::Debug for RemoteSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteSource").field("domain", &self.domain).finish_non_exhaustive()
    }
}

/// Agents that were tried for one question, and why the last one failed.
#[derive(Debug, Default)]
struct Tried {
    agents: Vec<AgentId>,
    /// Name of the last one and what was wrong.
    last: Option<(String, Failure)>,
}

impl Tried {
    fn add(&mut self, route: &Route, why: Failure) {
        self.agents.push(route.agent);
        self.last = Some((route.name.clone(), why));
    }

    /// What the question came to when no agent is left.
    fn outcome(&mut self, none_left: SourceError) -> SourceError {
        match self.last.take() {
            None => none_left,
            Some((_, Failure::Source(error))) => error,
            Some((name, Failure::Lost(why))) => SourceError::Incomplete {
                reason: format!("the agent {name} broke off: {why}; no other one is left"),
            },
        }
    }
}

impl RemoteSource {
    pub fn new(domain: &str, routes: Arc<dyn Routes>) -> Self {
        Self { domain: domain.into(), routes }
    }

    async fn choose(&self, tried: &mut Tried) -> Result<Route, SourceError> {
        self.routes.choose(&tried.agents).await.map_err(|none_left| tried.outcome(none_left))
    }

    /// Whether another agent shall be tried after this failure; otherwise what it came to.
    fn settle(&self, route: &Route, failure: Failure, tried: &mut Tried) -> Result<(), SourceError> {
        match &failure {
            Failure::Source(error) if is_local(error) => {
                self.routes.out_of_reach(route.agent, error);
                tracing::warn!(agent = %route.agent, domain = %self.domain, error = %error, "an agent does not reach its directory");
            }
            Failure::Source(error) => return Err(error.clone()),
            Failure::Lost(why) => {
                tracing::warn!(agent = %route.agent, domain = %self.domain, why, "an agent was lost while it was asked");
            }
        }
        tried.add(route, failure);
        Ok(())
    }

    async fn ask(&self, ask: Ask) -> Result<Reply, SourceError> {
        self.ask_speaking(OLDEST_PROTOCOL, ask).await
    }

    /// Asks an agent that speaks a version of the protocol or a later one.
    async fn ask_speaking(&self, protocol: u16, ask: Ask) -> Result<Reply, SourceError> {
        let mut tried = Tried::default();
        loop {
            let route = self.choose(&mut tried).await?;
            if route.link.protocol() < protocol {
                let error = format!("the agent {} is too old to be asked this; update it", route.name);
                tried.add(&route, Failure::Source(SourceError::Directory(error)));
                continue;
            }
            match route.link.ask(&self.domain, &ask).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => self.settle(&route, failure, &mut tried)?,
            }
        }
    }
}

/// Whether an error is about how this agent stands to the directory, so that another one may fare better.
const fn is_local(error: &SourceError) -> bool {
    matches!(
        error,
        SourceError::Unreachable { .. }
            | SourceError::Timeout { .. }
            | SourceError::Untrusted { .. }
            | SourceError::Credentials { .. }
            | SourceError::Settings(_)
            | SourceError::NoConnection
    )
}

/// An answer to another question: the agent does not keep to the protocol.
fn beside_the_point() -> SourceError {
    SourceError::Directory("the agent answered something else than it was asked".to_owned())
}

#[async_trait]
impl Source for RemoteSource {
    async fn probe(&self) -> Result<SourceInfo, SourceError> {
        match self.ask(Ask::Probe).await? {
            Reply::Info { info } => Ok(info),
            _ => Err(beside_the_point()),
        }
    }

    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError> {
        match self.ask(Ask::Container { dn: dn.to_owned() }).await? {
            Reply::Container { container } => Ok(container),
            _ => Err(beside_the_point()),
        }
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        match self.ask(Ask::ContainerById { object_id: object_id.to_owned() }).await? {
            Reply::Container { container } => Ok(container),
            _ => Err(beside_the_point()),
        }
    }

    async fn browse(&self, what: Browse) -> Result<Option<Listing>, SourceError> {
        match self.ask_speaking(BROWSES, Ask::Browse { what }).await? {
            Reply::Listing { listing } => Ok(listing),
            _ => Err(beside_the_point()),
        }
    }

    async fn read(&self, request: ReadRequest) -> Result<Box<dyn PageReader>, SourceError> {
        Ok(Box::new(RemotePages::start(self.clone(), request).await?))
    }

    async fn object(&self, dn: &str, attributes: &[String]) -> Result<Option<Entry>, SourceError> {
        match self.ask(Ask::Object { dn: dn.to_owned(), attributes: attributes.to_vec() }).await? {
            Reply::Object { entry } => Ok(entry),
            _ => Err(beside_the_point()),
        }
    }

    async fn objects(
        &self,
        which: Which<'_>,
        kinds: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
        let since = if matches!(which, Which::Called(_)) { FINDS } else { OLDEST_PROTOCOL };
        match self
            .ask_speaking(since, Ask::Objects { which: Named::of(which), kinds: kinds.to_vec() })
            .await?
        {
            Reply::Objects { objects } => Ok(objects),
            _ => Err(beside_the_point()),
        }
    }

    async fn mark(&self) -> Result<Option<Cursor>, SourceError> {
        match self.ask(Ask::Mark).await? {
            Reply::Mark { cursor } => Ok(cursor),
            _ => Err(beside_the_point()),
        }
    }

    async fn changes(&self, request: ChangesRequest) -> Result<Changes, SourceError> {
        RemoteChanges::start(self.clone(), request).await
    }
}
