//! The agent at work: one session after the other, and a status over the other port while none can be had.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel::key::AgentKey;
use channel::signature::{Request, sign};
use domain::agent::{Beat, Patience, Reach, ReadinessCheck};
use domain::{AgentId, Time};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::counter::Counter;
use crate::directories::Directories;
use crate::portal::{Address, PortalError, Trust, Way};
use crate::session::Session;
use crate::settings::{Settings, SettingsError};
use crate::{VERSION, readiness, rotation, status, system};

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
    /// Where the settings are kept.
    pub path: PathBuf,
    signing: Mutex<Signing>,
    /// Told when the portal was reached or wants something of the key.
    pub attend_to_key: Notify,
    key_change_wanted: AtomicBool,
    started_at: Time,
    system: String,
    readiness: Mutex<Readiness>,
}

#[derive(Debug)]
struct Signing {
    key: AgentKey,
    counter: Counter,
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
            path: settings.path.clone(),
            signing: Mutex::new(Signing { key: settings.agent_key()?, counter: settings.counter()? }),
            attend_to_key: Notify::new(),
            key_change_wanted: AtomicBool::new(false),
            started_at: clock::now(),
            system: system::system(),
            readiness: Mutex::default(),
        })
    }

    /// The headers that sign a request.
    pub fn sign(&self, request: &Request<'_>) -> Result<Vec<(&'static str, String)>, PortalError> {
        let Signing { key, counter } = &mut *self.signing();
        signed(key, self.id, counter, request)
    }

    /// The same with another key than the one in use.
    pub fn sign_with(
        &self,
        key: &AgentKey,
        request: &Request<'_>,
    ) -> Result<Vec<(&'static str, String)>, PortalError> {
        signed(key, self.id, &mut self.signing().counter, request)
    }

    /// Signs with this key from now on.
    pub fn use_key(&self, key: AgentKey) {
        self.signing().key = key;
    }

    /// The portal does not know the key in use: takes another one that the file has. A change of the key may have been
    /// broken off at any point, or a command may have made one beside the running agent.
    pub fn try_other_key(&self) -> Result<bool, SettingsError> {
        let settings = Settings::load(&self.path)?;
        let mut signing = self.signing();
        let used = signing.key.public();
        let known = [Some(settings.agent_key()?), settings.next_key()?];
        let other = known.into_iter().flatten().find(|key| key.public() != used);
        let found = other.is_some();
        if let Some(other) = other {
            signing.key = other;
        }
        Ok(found)
    }

    /// The portal wants it to have another key.
    pub fn change_key(&self) {
        self.key_change_wanted.store(true, Ordering::SeqCst);
        self.attend_to_key.notify_one();
    }

    /// Whether the portal asked for another key since this was last called.
    pub fn take_key_change_wanted(&self) -> bool {
        self.key_change_wanted.swap(false, Ordering::SeqCst)
    }

    fn signing(&self) -> MutexGuard<'_, Signing> {
        self.signing.lock().unwrap_or_else(PoisonError::into_inner)
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

fn try_other_key_after(agent: &Agent, error: &PortalError) {
    if !matches!(error, PortalError::UnknownKey(_)) {
        return;
    }
    match agent.try_other_key() {
        Ok(true) => tracing::info!("trying the agent's other key"),
        Ok(false) => {}
        Err(error) => tracing::warn!(error = %error, "the agent's keys cannot be read again"),
    }
}

fn signed(
    key: &AgentKey,
    agent: AgentId,
    counter: &mut Counter,
    request: &Request<'_>,
) -> Result<Vec<(&'static str, String)>, PortalError> {
    let counter = counter.next().map_err(|error| {
        PortalError::Address(format!("the counter of signed requests cannot be written: {error}"))
    })?;
    Ok(sign(key, agent, request, clock::now().timestamp(), counter))
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
    // They end with this function, whatever ends it.
    let mut beside = JoinSet::new();
    beside.spawn(check(Arc::clone(&agent), settings.clone()));
    beside.spawn(rotation::keep(Arc::clone(&agent)));
    let mut course = Course::new(settings);
    while !stop.is_cancelled() {
        course.next_session(&agent).await;
    }
    beside.shutdown().await;
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
                agent.attend_to_key.notify_one();
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
                try_other_key_after(agent, &error);
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
            self.settings.status.clone_from(&told);
            let written = Settings::change(&self.settings.path, |settings| settings.status = told);
            if let Err(error) = written {
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
            Err(error) => {
                tracing::warn!(error = %error, "the status port cannot be reached either");
                try_other_key_after(agent, &error);
            }
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
