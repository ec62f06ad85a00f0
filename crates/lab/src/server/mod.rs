//! The LDAP server in front of a forest.

mod answer;
mod connection;
mod dirsync;
mod filter;
mod message;
mod narrow;
mod paging;
mod root;
mod search;
mod searching;
mod selection;
mod write;

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicU32},
    time::Duration,
};

use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::model::State;

/// What all connections of a forest share.
pub(crate) struct Shared {
    pub state: RwLock<State>,
    pub bind_dn: String,
    pub bind_password: String,
    pub tls: Option<TlsAcceptor>,
    pub page_size_max: u32,
    pub max_val_range: u32,
    pub idle_timeout: Duration,
    /// What the bind account may do.
    pub may_replicate: bool,
    pub sees_deleted: bool,
    pub connections: Arc<Semaphore>,
    /// Entries after which a connection breaks off; 0: never.
    pub break_after: AtomicU32,
}

impl Shared {
    /// A panic elsewhere leaves the state readable: each change is applied as a whole or refused.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections until told to stop, then drops those still open.
pub(crate) async fn listen(
    shared: Arc<Shared>,
    listener: TcpListener,
    tls_from_start: bool,
    stop: CancellationToken,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = open.join_next(), if !open.is_empty() => {}
            accepted = listener.accept() => {
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a connection to the sample forest could not be accepted");
                        tokio::task::yield_now().await;
                        continue;
                    }
                };
                let Ok(permit) = shared.connections.clone().try_acquire_owned() else {
                    tracing::warn!("the sample forest has too many connections, one more was closed");
                    continue;
                };
                let shared = shared.clone();
                open.spawn(async move {
                    if let Err(error) = connection::serve(shared, stream, tls_from_start).await {
                        tracing::debug!(%error, "a connection to the sample forest ended");
                    }
                    drop(permit);
                });
            }
        }
    }
}
