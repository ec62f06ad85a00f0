//! What every handler can reach.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use app::assets::Assets;
use app::routes::Portal;
use service::Service;
use storage::Storage;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use crate::agents::Hub;

use super::events::Listeners;
use super::metrics::Metrics;

/// How the edge behaves.
#[derive(Debug, Clone, Default)]
pub struct EdgeOptions {
    /// Folder with the portal's files.
    pub site: PathBuf,
    /// People come over HTTPS: cookies are for HTTPS only, and browsers are told to stay there.
    pub https: bool,
    /// `X-Forwarded-For` is the proxy's word.
    pub behind_proxy: bool,
    /// Who holds the agents' connections.
    pub agents: Hub,
}

/// The state of the HTTP edge. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Edge {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    portal: Portal,
    /// For sessions only; everything else goes through the service.
    storage: Arc<dyn Storage>,
    options: EdgeOptions,
    metrics: Metrics,
    listeners: Listeners,
    stop: CancellationToken,
    worker: Mutex<Option<AbortHandle>>,
    status: Mutex<Option<AbortHandle>>,
}

impl Edge {
    /// `stop` ends streams that would last for ever.
    pub fn new(
        service: Service,
        storage: Arc<dyn Storage>,
        options: EdgeOptions,
        stop: CancellationToken,
    ) -> Self {
        let metrics = Metrics::new(service.now());
        let assets = Assets::find(&options.site).unwrap_or_else(Assets::missing);
        let portal = Portal { service, assets };
        Self {
            inner: Arc::new(Inner {
                portal,
                storage,
                options,
                metrics,
                listeners: Listeners::default(),
                stop,
                worker: Mutex::default(),
                status: Mutex::default(),
            }),
        }
    }

    pub fn service(&self) -> &Service {
        &self.inner.portal.service
    }

    /// What the portal's pages share.
    pub fn portal(&self) -> &Portal {
        &self.inner.portal
    }

    pub fn options(&self) -> &EdgeOptions {
        &self.inner.options
    }

    pub(crate) fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.inner.storage)
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn listeners(&self) -> &Listeners {
        &self.inner.listeners
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.inner.stop
    }

    /// Readiness depends on this task from now on.
    pub fn watch_worker(&self, worker: AbortHandle) {
        *self.inner.worker.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker);
    }

    /// Whether the worker runs; an edge without one (in tests) has none to miss.
    pub(crate) fn worker_alive(&self) -> bool {
        let worker = self.inner.worker.lock().unwrap_or_else(PoisonError::into_inner);
        worker.as_ref().is_none_or(|worker| !worker.is_finished())
    }

    /// Readiness depends on the status listener from now on.
    pub fn watch_status(&self, listener: AbortHandle) {
        *self.inner.status.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    /// Whether the status listener runs; `None` where there is none.
    pub(crate) fn status_alive(&self) -> Option<bool> {
        let listener = self.inner.status.lock().unwrap_or_else(PoisonError::into_inner);
        listener.as_ref().map(|listener| !listener.is_finished())
    }
}
