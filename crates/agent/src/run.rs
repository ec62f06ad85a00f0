//! The agent at work: one session after the other, and a status over the other port while none can be had.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel::key::AgentKey;
use channel::signature::{Request, sign};
use domain::agent::{Beat, Patience, Reach, ReadinessCheck};
use domain::{AgentId, Time};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::counter::Counter;
use crate::directories::Directories;
use crate::portal::{Address, PortalError, Trust, Way};
use crate::session::Session;
use crate::settings::{Settings, SettingsError};
use crate::{VERSION, readiness, status, system};

/// The first wait after a connection broke; it doubles.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// The longest. After a restart of the portal ten thousand agents come back within it.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How long the portal has to be out of reach before a status goes to the other port.
const BEFORE_STATUS: Duration = Duration::from_secs(30);

/// What a running agent is made of.
#[derive(Debug)]
pub struct Agent {
    pub id: AgentId,
    pub way: Way,
    pub directories: Arc<Directories>,
    pub stop: CancellationToken,
    key: AgentKey,
    counter: Mutex<Counter>,
    started_at: Time,
    system: String,
    readiness: Mutex<Readiness>,
}

#[derive(Debug, Default)]
struct Readiness {
    checks: Vec<ReadinessCheck>,
    /// The portal has them.
    taken: bool,
}

impl Agent {
    pub fn new(settings: &Settings, stop: CancellationToken) -> Result<Self, SettingsError> {
        Ok(Self {
            id: settings.agent,
            way: way(settings).map_err(|error| SettingsError::Wrong {
                path: settings.path.clone(),
                problem: error.to_string(),
            })?,
            directories: Arc::new(Directories::of(settings)),
            stop,
            key: settings.agent_key()?,
            counter: Mutex::new(settings.counter()?),
            started_at: clock::now(),
            system: system::system(),
            readiness: Mutex::default(),
        })
    }

    /// The headers that sign a request.
    pub fn sign(&self, request: &Request<'_>) -> Result<Vec<(&'static str, String)>, PortalError> {
        let counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner).next();
        let counter = counter.map_err(|error| {
            PortalError::Address(format!("the counter of signed requests cannot be written: {error}"))
        })?;
        Ok(sign(&self.key, self.id, request, clock::now().timestamp(), counter))
    }

    /// What the agent says of itself now.
    pub fn beat(&self, running: u32, domains: Vec<Reach>) -> Beat {
        let readiness = self.readiness();
        Beat {
            at: clock::now(),
            version: VERSION.to_owned(),
            system: self.system.clone(),
            started_at: self.started_at,
            load_centicores: system::load_centicores(),
            memory_bytes: system::memory_bytes(),
            running,
            domains,
            readiness: (!readiness.taken && !readiness.checks.is_empty()).then(|| readiness.checks.clone()),
        }
    }

    pub fn readiness_taken(&self) {
        self.readiness().taken = true;
    }

    fn readiness(&self) -> MutexGuard<'_, Readiness> {
        self.readiness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to the portal that settings describe.
pub fn way(settings: &Settings) -> Result<Way, PortalError> {
    Ok(Way {
        address: Address::parse(&settings.server)?,
        proxy: settings.proxy.clone(),
        trust: Arc::new(Trust::new(settings.ca_file.as_deref(), settings.pinned)?),
    })
}

/// Serves the portal until `stop`.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), SettingsError> {
    let agent = Arc::new(Agent::new(&settings, stop.clone())?);
    tracing::info!(agent = %agent.id, server = settings.server, domains = settings.domains.len(), "started");
    let checks = tokio::spawn(check(Arc::clone(&agent), settings.clone()));
    let mut course = Course::new(settings);
    while !stop.is_cancelled() {
        course.next_session(&agent).await;
    }
    checks.abort();
    tracing::info!("stopped");
    Ok(())
}

/// Goes through the readiness checks once, beside the work.
async fn check(agent: Arc<Agent>, settings: Settings) {
    let checks = readiness::all(&settings).await;
    for check in checks.iter().filter(|check| check.outcome == domain::agent::CheckOutcome::Failed) {
        tracing::warn!(
            check = check.id,
            domain = check.domain,
            found = check.found,
            advice = check.advice,
            "a readiness check failed"
        );
    }
    *agent.readiness() = Readiness { checks, taken: false };
}

/// What outlives a session.
struct Course {
    settings: Settings,
    wait: Duration,
    patience: Patience,
    /// Since when the portal is out of reach.
    away_since: Option<Instant>,
    last_status: Option<Instant>,
}

impl Course {
    fn new(settings: Settings) -> Self {
        let (patience, wait) = (Patience::default(), SHORTEST_WAIT);
        Self { settings, wait, patience, away_since: None, last_status: None }
    }

    /// One session from its beginning to the moment to try again.
    async fn next_session(&mut self, agent: &Agent) {
        let opened = tokio::select! {
            opened = Session::open(agent) => opened,
            () = agent.stop.cancelled() => return,
        };
        match opened {
            Ok(session) => {
                self.connected(&session);
                let began = Instant::now();
                let reason = session.serve(agent).await;
                tracing::warn!(reason, "the connection to the portal ended");
                // One that broke at once is no reason to be quick.
                if began.elapsed() > LONGEST_WAIT {
                    self.wait = SHORTEST_WAIT;
                }
            }
            Err(error) => {
                tracing::warn!(error = %error, "the portal cannot be reached");
                self.tell_status(agent).await;
            }
        }
        let wait = self.next_wait();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = agent.stop.cancelled() => {}
        }
    }

    fn connected(&mut self, session: &Session) {
        let welcome = &session.welcome;
        tracing::info!(domains = ?welcome.domains, "connected to the portal");
        self.patience = welcome.patience;
        (self.away_since, self.last_status) = (None, None);
        let told = welcome
            .status_port
            .and_then(|port| Some(Address::parse(&self.settings.server).ok()?.with_port(port)));
        if told.is_some() && told != self.settings.status {
            self.settings.status = told;
            if let Err(error) = self.settings.save() {
                tracing::warn!(error = %error, "the address for statuses could not be written down");
            }
        }
    }

    /// Says over the other port how things stand, when it is time.
    async fn tell_status(&mut self, agent: &Agent) {
        let Some(address) = &self.settings.status else { return };
        let away_since = *self.away_since.get_or_insert_with(Instant::now);
        let interval = Duration::from_secs(self.patience.status_seconds.max(1).into());
        let is_due = match self.last_status {
            None => away_since.elapsed() >= BEFORE_STATUS.min(interval),
            Some(last) => last.elapsed() >= interval,
        };
        if !is_due {
            return;
        }
        let beat = agent.beat(0, agent.directories.look().await);
        match status::tell(agent, address, &beat).await {
            Ok(()) => {
                self.last_status = Some(Instant::now());
                tracing::info!(address, "the portal was told over the status port");
            }
            Err(error) => tracing::warn!(error = %error, "the status port cannot be reached either"),
        }
    }

    /// Somewhere between half of the present wait and all of it, so that agents do not come back in step.
    fn next_wait(&mut self) -> Duration {
        let mut random = [0; 4];
        let share = match SystemRandom::new().fill(&mut random) {
            Ok(()) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
            Err(_) => 1.0,
        };
        let wait = self.wait.mul_f64(0.5 + share / 2.0);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        wait
    }
}
