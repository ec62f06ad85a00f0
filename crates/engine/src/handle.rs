//! How the rest of the process speaks with the worker: wake it, ask it to stop a cycle, listen to its hints.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{AgentId, ConfigurationId, CycleId};
use tokio::sync::{Notify, broadcast};

/// That something changed. Carries ids only: whoever listens reads the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// A configuration's state or its running cycle changed.
    Configuration(ConfigurationId),
    /// A cycle began, moved or ended.
    Cycle(ConfigurationId, CycleId),
    /// An agent was heard again, fell silent, or said something new of itself.
    Agent(AgentId),
    /// A look through the directories moved or ended.
    Readiness,
    /// An alert was opened, acknowledged or is over, or a rule changed.
    Alerts,
}

/// A cheap handle on the worker.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    wake: Notify,
    hints: broadcast::Sender<Hint>,
    stops: Mutex<HashSet<ConfigurationId>>,
}

impl Default for EngineHandle {
    fn default() -> Self {
        let (hints, _) = broadcast::channel(256);
        Self { shared: Arc::new(Shared { wake: Notify::new(), hints, stops: Mutex::default() }) }
    }
}

impl EngineHandle {
    /// Makes the worker look at the queue now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Waits until somebody calls [`Self::wake`].
    pub(crate) async fn woken(&self) {
        self.shared.wake.notified().await;
    }

    /// Asks the configuration's running cycle to stop after the page it is working on.
    pub fn request_stop(&self, configuration: ConfigurationId) {
        self.stops().insert(configuration);
    }

    pub(crate) fn stop_requested(&self, configuration: ConfigurationId) -> bool {
        self.stops().contains(&configuration)
    }

    pub(crate) fn clear_stop(&self, configuration: ConfigurationId) {
        self.stops().remove(&configuration);
    }

    /// A stream of hints from now on. A listener that falls behind misses some and should refresh everything.
    pub fn hints(&self) -> broadcast::Receiver<Hint> {
        self.shared.hints.subscribe()
    }

    /// Tells listeners; nobody listening is no error.
    pub fn hint(&self, hint: Hint) {
        drop(self.shared.hints.send(hint));
    }

    fn stops(&self) -> std::sync::MutexGuard<'_, HashSet<ConfigurationId>> {
        self.shared.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
