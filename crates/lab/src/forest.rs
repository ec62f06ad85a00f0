//! One running forest.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rand::{Rng, distr::Alphanumeric};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Applied, Change, Churn, ForestOptions, LabError, Tls,
    certificate::Certificate,
    model::{Blueprint, Kind, ObjectId, State},
    server::{self, Shared},
};

/// An Active Directory look-alike that answers on loopback until it is stopped or dropped.
pub struct Forest {
    name: String,
    base_dn: String,
    shared: Arc<Shared>,
    address: SocketAddr,
    address_tls: Option<SocketAddr>,
    ca_pem: Option<String>,
    stop: CancellationToken,
    ticks: watch::Receiver<u64>,
    tasks: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Forest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forest")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Forest {
    /// Builds the forest, makes its initial changes, replays the ticks an earlier run has done, and listens.
    pub async fn start(options: ForestOptions) -> Result<Self, LabError> {
        options.check()?;
        let mut state = State::new(Blueprint::new(&options));
        for change in &options.initial {
            state.apply(change)?;
        }
        if let Some(Churn { period, ticks_done }) = options.churn {
            for _ in 0..ticks_done {
                state.tick(seconds(period));
            }
        }
        let account = ObjectId::new(Kind::Fixed, state.places.bind_account);
        let certificate = match options.tls {
            Tls::None => None,
            Tls::SelfSigned => Some(Certificate::new(&options.name)?),
        };
        let (listener, address) = bind(options.listen).await?;
        let mut listeners = vec![(listener, false)];
        let mut address_tls = None;
        if certificate.is_some() {
            let (listener, address) = bind(options.listen_tls).await?;
            listeners.push((listener, true));
            address_tls = Some(address);
        }
        let base_dn = state.blueprint.base_dn.clone();
        let bind_password = options.bind_password.unwrap_or_else(random_password);
        let (ca_pem, tls) = certificate.map(|it| (it.ca_pem, it.acceptor)).unzip();
        let (ticks_sender, ticks) = watch::channel(state.ticks());
        let shared = Arc::new(Shared {
            bind_dn: state.dn(account),
            state: state.into(),
            bind_password,
            tls,
            page_size_max: options.page_size_max.max(1),
            max_val_range: options.max_val_range.max(1),
            idle_timeout: options.idle_timeout,
            may_replicate: options.may_replicate,
            sees_deleted: options.sees_deleted,
            connections: Arc::new(Semaphore::new(options.max_connections)),
            break_after: AtomicU32::new(0),
        });
        let stop = CancellationToken::new();
        let mut tasks: Vec<JoinHandle<()>> = listeners
            .into_iter()
            .map(|(listener, tls)| tokio::spawn(server::listen(shared.clone(), listener, tls, stop.clone())))
            .collect();
        if let Some(Churn { period, .. }) = options.churn {
            tasks.push(tokio::spawn(live(shared.clone(), period, ticks_sender, stop.clone())));
        }
        Ok(Self { name: options.name, base_dn, shared, address, address_tls, ca_pem, stop, ticks, tasks })
    }

    /// DNS name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `ldap://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// `ldaps://127.0.0.1:port`, if the forest has TLS.
    pub fn ldaps_url(&self) -> Option<String> {
        self.address_tls.map(|address| format!("ldaps://{address}"))
    }

    /// The domain's name, for example `DC=lab01,DC=local`.
    pub fn base_dn(&self) -> &str {
        &self.base_dn
    }

    /// The account that may read everything.
    pub fn bind_dn(&self) -> &str {
        &self.shared.bind_dn
    }

    /// Its password.
    pub fn bind_password(&self) -> &str {
        &self.shared.bind_password
    }

    /// Certificate of the authority that signed the server's, if the forest has TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Ticks done so far: what to pass as [`Churn::ticks_done`] after a restart.
    pub fn ticks(&self) -> u64 {
        self.shared.read().ticks()
    }

    /// Tells when a tick is done.
    pub fn watch_ticks(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }

    /// Living people, the bind account and built-in accounts not counted.
    pub fn people(&self) -> u32 {
        self.alive(Kind::Person)
    }

    /// Living groups, built-in ones not counted.
    pub fn groups(&self) -> u32 {
        self.alive(Kind::Group)
    }

    fn alive(&self, kind: Kind) -> u32 {
        self.shared.read().alive(kind)
    }

    /// DN of the person with a number, counted from 0 in the order of creation; `None` when there is no such person
    /// any more.
    pub fn person_dn(&self, number: u32) -> Option<String> {
        self.dn_of(ObjectId::new(Kind::Person, number))
    }

    /// DN of the group with a number.
    pub fn group_dn(&self, number: u32) -> Option<String> {
        self.dn_of(ObjectId::new(Kind::Group, number))
    }

    /// DN of the contact with a number.
    pub fn contact_dn(&self, number: u32) -> Option<String> {
        self.dn_of(ObjectId::new(Kind::Contact, number))
    }

    fn dn_of(&self, id: ObjectId) -> Option<String> {
        let state = self.shared.read();
        state.is_alive(id).then(|| state.dn(id))
    }

    /// Makes a change now. Such changes are not replayed after a restart.
    pub fn apply(&self, change: &Change) -> Result<Applied, LabError> {
        self.shared.write().apply(change)
    }

    /// Lets one tick of churn happen now.
    pub fn tick(&self, period: Duration) {
        self.shared.write().tick(seconds(period));
    }

    /// From now on every connection breaks off after so many entries, as a network does; 0: none does.
    pub fn break_connections_after(&self, entries: u32) {
        self.shared.break_after.store(entries, Ordering::Relaxed);
    }

    /// Stops listening, closes all connections and waits for that.
    pub async fn stop(mut self) {
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            if let Err(error) = task.await {
                tracing::warn!(%error, "a task of the sample forest did not end well");
            }
        }
    }
}

impl Drop for Forest {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LabError> {
    let failed = |source| LabError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn live(shared: Arc<Shared>, period: Duration, ticks: watch::Sender<u64>, stop: CancellationToken) {
    let mut clock = interval_at(Instant::now() + period, period.max(Duration::from_millis(1)));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = clock.tick() => {}
        }
        let done = {
            let mut state = shared.write();
            state.tick(seconds(period));
            state.ticks()
        };
        ticks.send_replace(done);
    }
}

/// The forest's clock has whole seconds, and moves with every tick.
fn seconds(period: Duration) -> i64 {
    i64::try_from(period.as_secs()).unwrap_or(i64::MAX).max(1)
}

fn random_password() -> String {
    rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect()
}
