//! The process: takes the data folder, opens the database, starts worker and portal, and ends them in order.

mod agents;
mod alerts;
mod audit;
pub mod clock;
pub mod connectors;
mod files;
mod hints;
mod housekeeping;
mod lab;
mod lab_agents;
mod lock;
mod logging;
mod mail;
mod options;
mod port;
mod shutdown;
mod threads;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::Clock;
use engine::{EngineHandle, Worker, WorkerOptions};
use service::agents::AgentSetup;
use service::{Parts, Sealer, Service};
use storage::Storage;
use storage_sqlite::{OpenOptions, SqliteStorage};
use tokio_util::sync::CancellationToken;

use crate::agents::Hub;
use crate::cli::{CliError, Outcome, ServeArgs};
use crate::http::{self, Edge, EdgeOptions};
use crate::tls::{Identity, Marks, Renewal, TlsListener, TlsPeer, warn_if_ill_timed};
use clock::SystemClock;
use connectors::Wiring;
use lab::SampleForests;
use lock::DataLock;
pub use options::ServeOptions;
use threads::CycleThreads;

/// How long a cycle belongs to a worker that does not report.
const LEASE: Duration = Duration::from_mins(1);

/// `skybridge serve`.
pub async fn command(args: ServeArgs) -> Result<Outcome, CliError> {
    let options = ServeOptions::settle(args)?;
    logging::start(options.log_format);
    let files = files::raise_limit();
    tracing::debug!(files, "files that may be open");
    let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
    shutdown::listen(stop.clone(), abort.clone())
        .map_err(|error| CliError::failed(format!("signals cannot be received: {error}")))?;
    serve(options, stop, abort).await?;
    Ok(Outcome::Done)
}

/// Runs until `stop`, then finishes what is under way unless `abort` is cancelled.
async fn serve(
    options: ServeOptions,
    stop: CancellationToken,
    abort: CancellationToken,
) -> Result<(), CliError> {
    let seen = options.tls.as_ref().map(Marks::of);
    let identity = options.tls.as_ref().map(Identity::read).transpose().map_err(CliError::failed)?;
    lock::make_folder(&options.data)?;
    let _lock = DataLock::take(&options.data)?;
    let threads = CycleThreads::start()
        .map_err(|error| CliError::failed(format!("the threads of the cycles did not start: {error}")))?;
    let core = Core::open(&options.data, &options.database, Some(&threads)).await?;
    let listener = port::listen(options.listen).map_err(|error| cannot_listen(&options, &error))?;
    let bound = listener.local_addr().map_err(|error| CliError::failed(error.to_string()))?;

    let status = agents::bind_status(&options)?;
    core.service.set_up_agents(AgentSetup {
        patience: if options.lab { lab_agents::patience(options.patience) } else { options.patience },
        status_port: status
            .as_ref()
            .and_then(|listener| listener.local_addr().ok())
            .map(|bound| bound.port()),
        fingerprint: identity.as_ref().map(|identity| identity.fingerprint),
    });
    if let Some(identity) = &identity {
        warn_if_ill_timed(identity, &core.service);
    }

    // Before anything writes, so that the log is sealed from here on.
    audit::checkpoint(&core.service).await;
    let mut worker = threads.spawn(core.worker(options.concurrency).run(stop.clone()));
    let agents_beside = lab_agents::program().zip(lab_agents::address(bound, identity.is_some()));
    let forests = if options.lab {
        let Core { storage, sealer, clock, service, .. } = &core;
        let through_agents = agents_beside.is_some();
        Some(SampleForests::start(storage, sealer, clock, service, &stop, through_agents).await?)
    } else {
        None
    };
    core.service.resume().await?;

    let address = options.address(bound);
    core.service.set_portal_address(address.clone());
    let first_link = core.service.first_sign_in().await?;
    let edge = Edge::new(
        core.service.clone(),
        Arc::clone(&core.storage),
        EdgeOptions {
            site: options.site.clone(),
            https: options.https(),
            behind_proxy: options.behind_proxy,
            agents: core.agents.clone(),
        },
        stop.clone(),
    );
    edge.watch_worker(worker.abort_handle());
    let keeping = tokio::spawn(agents::keep(core.service.clone(), stop.clone()));
    if let Some(listener) = status {
        let listening = tokio::spawn(crate::status::serve(listener, core.service.clone(), stop.clone()));
        edge.watch_status(listening.abort_handle());
    }
    tokio::spawn(http::count_cycles(edge.clone()));
    tokio::spawn(housekeeping::run(
        core.service.clone(),
        Arc::clone(&core.storage),
        Arc::clone(&core.clock),
        stop.clone(),
    ));
    core.service.watch_volume(alerts::volume_of(options.data.clone()));
    tokio::spawn(alerts::run(core.service.clone(), stop.clone()));
    tokio::spawn(mail::run(core.service.clone(), stop.clone()));
    let auditing = tokio::spawn(audit::run(core.service.clone(), stop.clone()));
    let router = http::router(edge);
    let until = stop.clone().cancelled_owned();
    let serving = match (&identity, &options.tls, seen) {
        (Some(identity), Some(files), Some(seen)) => {
            let listener =
                TlsListener::new(listener, identity).map_err(|error| cannot_listen(&options, &error))?;
            let renewal = Renewal::new(files.clone(), seen, &listener, core.service.clone())
                .map_err(|error| CliError::failed(format!("signals cannot be received: {error}")))?;
            tokio::spawn(renewal.run(stop.clone()));
            tokio::spawn(
                axum::serve(listener, router.into_make_service_with_connect_info::<TlsPeer>())
                    .with_graceful_shutdown(until)
                    .into_future(),
            )
        }
        _ => tokio::spawn(
            axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
                .with_graceful_shutdown(until)
                .into_future(),
        ),
    };
    let lab_agents = match (&forests, agents_beside) {
        (Some(forests), Some((program, server))) => {
            Some(lab_agents::start(program, server, &options.data, &core.service, forests.reached()))
        }
        (Some(_), None) => {
            tracing::warn!(
                "skybridge-agent is not beside this program; the sample forests are read without agents"
            );
            None
        }
        (None, _) => None,
    };
    match first_link {
        Some(token) => println!(
            "Skybridge is ready at {address} — sign in once with {address}/sign-in/{}",
            token.expose()
        ),
        None => println!("Skybridge is ready at {address}"),
    }
    tracing::info!(address, lab = options.lab, "ready");

    let worker_ended = tokio::select! {
        () = stop.cancelled() => false,
        _ = &mut worker => true,
    };
    if worker_ended && !stop.is_cancelled() {
        // Whoever watches the process starts it again; going on without a worker would only look alive.
        stop.cancel();
        return Err(CliError::failed("the sync worker ended by itself; see the log above and start again"));
    }
    let finish = async {
        // A page under way needs its agent; what waits behind it does not.
        if !worker_ended {
            drop(worker.await);
        }
        drop(serving.await);
        drop(keeping.await);
        drop(auditing.await);
        if let Some(agents) = lab_agents {
            agents.abort();
        }
        if let Some(forests) = forests {
            forests.stop().await;
        }
    };
    tokio::select! {
        () = finish => tracing::info!("stopped"),
        () = abort.cancelled() => tracing::warn!("stopped at once; the next start finishes the open work"),
        () = tokio::time::sleep(shutdown::DEADLINE) => {
            tracing::warn!("stopped before everything was finished; the next start finishes the open work");
        }
    }
    core.sqlite.close().await;
    Ok(())
}

/// The parts that commands and server share.
struct Core {
    sqlite: SqliteStorage,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    wiring: Arc<Wiring>,
    agents: Hub,
    engine: EngineHandle,
    service: Service,
}

impl Core {
    /// With threads of cycles the database's writing steps back behind pages as they do.
    async fn open(data: &Path, database: &Path, threads: Option<&CycleThreads>) -> Result<Self, CliError> {
        let sealer =
            Sealer::open(&data.join("secret.key")).map_err(|error| CliError::failed(error.to_string()))?;
        let options = OpenOptions { audit_key: Some(sealer.audit_key().clone()), ..OpenOptions::default() };
        let opening = SqliteStorage::open(database.to_owned(), options);
        let opened = match threads {
            Some(threads) => {
                threads.spawn(opening).await.map_err(|error| CliError::failed(error.to_string()))?
            }
            None => opening.await,
        };
        let sqlite = opened.map_err(|error| CliError::failed(http::chain(&error)))?;
        if threads.is_some() {
            sqlite.connect_readers().await.map_err(|error| CliError::failed(http::chain(&error)))?;
        }
        let storage: Arc<dyn Storage> = Arc::new(sqlite.clone());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let agents = Hub::default();
        let wiring =
            Arc::new(Wiring::new(Arc::clone(&storage), Arc::clone(&clock), sealer.clone(), agents.clone()));
        let engine = EngineHandle::default();
        let service = Service::new(Parts {
            storage: Arc::clone(&storage),
            connectors: wiring.clone(),
            engine: engine.clone(),
            clock: Arc::clone(&clock),
            sealer: sealer.clone(),
            checkpoints: Some(data.join("audit.checkpoints")),
        })?;
        service.attach_connections(Arc::new(agents.clone()));
        Ok(Self { sqlite, storage, clock, sealer, wiring, agents, engine, service })
    }

    fn worker(&self, concurrency: usize) -> Worker {
        let owner = format!("{}-{}", std::process::id(), self.clock.uuid().as_simple());
        Worker::new(
            Arc::clone(&self.storage),
            self.wiring.clone(),
            Arc::clone(&self.clock),
            self.engine.clone(),
            WorkerOptions { owner, concurrency, lease: LEASE, exclusive: true },
        )
    }
}

/// The service on a data folder without a server: for commands that need no token. A server may run beside it.
pub async fn local_service(data: &Path) -> Result<Service, CliError> {
    if !data.is_dir() {
        return Err(CliError::failed(format!(
            "there is no data folder {}; name it with --data, or start `skybridge serve` first",
            data.display()
        )));
    }
    Ok(Core::open(data, &options::default_database(data), None).await?.service)
}

fn cannot_listen(options: &ServeOptions, error: &std::io::Error) -> CliError {
    let listen = options.listen;
    CliError::failed(match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("another program listens on {listen}; stop it or choose another address with --listen")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on {listen}; choose a port above 1023 with --listen")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            format!("{listen} is no address of this machine; choose another one with --listen")
        }
        _ => format!("cannot listen on {listen}: {error}"),
    })
}
