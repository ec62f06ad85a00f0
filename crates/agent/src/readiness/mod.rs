//! Whether this machine is ready to be an agent. Each check names what it did.

mod directory;
mod machine;
mod portal;

use ::domain::agent::{CheckOutcome, ReadinessCheck};

use crate::settings::Settings;

/// Every check, in the order in which they are shown.
pub async fn all(settings: &Settings) -> Vec<ReadinessCheck> {
    let mut checks = vec![machine::system(), machine::memory()];
    checks.extend(portal::all(settings).await);
    for (name, domain) in &settings.domains {
        checks.extend(directory::all(name, domain).await);
    }
    if settings.domains.is_empty() {
        checks.push(
            check(
                "directoryBind",
                CheckOutcome::Failed,
                "read the configuration file",
                "no directory is set up",
            )
            .advice("say how each domain is reached: skybridge-agent connect DOMAIN --url … --bind-dn …"),
        );
    }
    checks
}

fn check(
    id: &str,
    outcome: CheckOutcome,
    did: impl Into<String>,
    found: impl Into<String>,
) -> ReadinessCheck {
    ReadinessCheck {
        id: id.to_owned(),
        domain: None,
        outcome,
        did: did.into(),
        found: found.into(),
        limit: String::new(),
        advice: String::new(),
    }
}

/// The rest of a check, for the outcomes that have it.
trait Rest {
    fn limit(self, limit: impl Into<String>) -> Self;
    fn advice(self, advice: impl Into<String>) -> Self;
    fn of(self, domain: &str) -> Self;
}

impl Rest for ReadinessCheck {
    fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = limit.into();
        self
    }

    fn advice(mut self, advice: impl Into<String>) -> Self {
        if self.outcome != CheckOutcome::Passed {
            self.advice = advice.into();
        }
        self
    }

    fn of(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_owned());
        self
    }
}
