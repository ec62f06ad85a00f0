//! Takes up a renewed certificate without a restart: at SIGHUP, and by itself within a minute when its files changed.

use std::time::{Duration, SystemTime};

use service::Service;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::listener::Shown;
use super::{Identity, TlsFiles, TlsListener};

/// Between two looks at the files.
const LOOK: Duration = Duration::from_mins(1);

/// Keeps the shown certificate that of the files.
#[derive(Debug)]
pub struct Renewal {
    files: TlsFiles,
    shown: Shown,
    service: Service,
    /// What the files were like when they were last read.
    seen: Marks,
    hang_up: Signal,
}

/// What the files are like: times and sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks([Option<(SystemTime, u64)>; 2]);

impl Marks {
    /// To be taken before the files are read: what is written meanwhile is seen by the next look.
    pub fn of(files: &TlsFiles) -> Self {
        Self([&files.certificate, &files.key].map(|path| {
            let data = std::fs::metadata(path).ok()?;
            Some((data.modified().ok()?, data.len()))
        }))
    }
}

impl Renewal {
    /// From now on SIGHUP does not end the process.
    pub fn new(
        files: TlsFiles,
        seen: Marks,
        listener: &TlsListener,
        service: Service,
    ) -> std::io::Result<Self> {
        Ok(Self { files, shown: listener.shown(), service, seen, hang_up: signal(SignalKind::hangup())? })
    }

    pub async fn run(mut self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = self.hang_up.recv() => self.take_up(),
                _ = looks.tick() => {
                    if Marks::of(&self.files) != self.seen {
                        self.take_up();
                    }
                }
            }
        }
    }

    /// A pair that cannot be used changes nothing: perhaps only one of the files is written yet, and the next look finds
    /// both.
    fn take_up(&mut self) {
        let seen = Marks::of(&self.files);
        match Identity::read(&self.files) {
            Ok(identity) => {
                self.seen = seen;
                warn_if_ill_timed(&identity, &self.service);
                self.shown.replace(&identity);
                self.service.set_portal_certificate(identity.fingerprint);
                tracing::info!(certificate = %self.files.certificate.display(), "the portal shows the certificate as it is in its file now");
            }
            Err(problem) => tracing::error!(problem, "the portal goes on with the certificate that it has"),
        }
    }
}

/// Writes a warning where the certificate's time has not come or is over.
pub fn warn_if_ill_timed(identity: &Identity, service: &Service) {
    if let Some(problem) = identity.ill_timed(service.now()) {
        tracing::warn!(problem, "browsers and agents will refuse the portal's certificate");
    }
}
