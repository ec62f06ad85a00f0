//! Agents within the process: both ends of the channel and a wire between them that can be cut.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::AgentId;
use ports::{Source, SourceError};
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::link::Link;
use crate::message::PROTOCOL;
use crate::remote::{RemoteSource, Route, Routes};
use crate::serve::Serving;

/// The domain that these agents serve.
pub const DOMAIN: &str = "lab01.local";

/// An agent that serves a source, and the wire to it.
#[derive(Debug)]
pub struct LocalAgent {
    pub route: Route,
    wire: AbortHandle,
}

impl LocalAgent {
    /// Starts one. `number` tells it from others.
    pub fn start(number: u128, source: Arc<dyn Source>) -> Self {
        Self::start_watched(number, source, |_| true)
    }

    /// The same; `may_pass` sees each frame on its way to the portal, and cuts the wire by saying no.
    pub fn start_watched(
        number: u128,
        source: Arc<dyn Source>,
        may_pass: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) -> Self {
        Self::start_speaking(PROTOCOL, number, source, may_pass)
    }

    /// The same with an agent of another version.
    pub fn start_speaking(
        protocol: u16,
        number: u128,
        source: Arc<dyn Source>,
        mut may_pass: impl FnMut(&[u8]) -> bool + Send + 'static,
    ) -> Self {
        let (link, mut reception, mut to_agent) = Link::speaking(protocol);
        let sources = move |domain: &str| (domain == DOMAIN).then(|| Arc::clone(&source));
        let (mut serving, mut to_portal) = Serving::new(Arc::new(sources));
        let wire = tokio::spawn(async move {
            loop {
                let taken = tokio::select! {
                    Some(frame) = to_agent.recv() => serving.take(&frame).map(drop),
                    Some(frame) = to_portal.recv() => {
                        if !may_pass(&frame) {
                            return;
                        }
                        reception.take(&frame).map(drop)
                    }
                    else => return,
                };
                if taken.is_err() {
                    return;
                }
            }
        });
        let route =
            Route { agent: AgentId::new(Uuid::from_u128(number)), name: format!("agent{number}"), link };
        Self { route, wire: wire.abort_handle() }
    }

    /// Cuts the wire.
    pub fn cut(&self) {
        self.wire.abort();
    }
}

impl Drop for LocalAgent {
    fn drop(&mut self) {
        self.cut();
    }
}

/// Agents in the order in which they are chosen.
#[derive(Debug, Default)]
pub struct LocalRoutes {
    agents: Vec<LocalAgent>,
    out_of_reach: Mutex<Vec<AgentId>>,
}

impl LocalRoutes {
    pub fn new(agents: Vec<LocalAgent>) -> Self {
        Self { agents, out_of_reach: Mutex::default() }
    }

    /// Agents of which was said that their directory is out of reach.
    pub fn out_of_reach(&self) -> Vec<AgentId> {
        self.out_of_reach.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Routes for LocalRoutes {
    async fn choose(&self, tried: &[AgentId]) -> Result<Route, SourceError> {
        let open = self.agents.iter().map(|agent| &agent.route);
        let mut open = open.filter(|route| !route.link.is_over() && !tried.contains(&route.agent));
        open.next().cloned().ok_or(SourceError::NoConnection)
    }

    fn out_of_reach(&self, agent: AgentId, _: &SourceError) {
        self.out_of_reach.lock().unwrap_or_else(PoisonError::into_inner).push(agent);
    }
}

/// A source as the engine sees it through one agent.
pub fn through_an_agent(source: Arc<dyn Source>) -> RemoteSource {
    RemoteSource::new(DOMAIN, Arc::new(LocalRoutes::new(vec![LocalAgent::start(1, source)])))
}
