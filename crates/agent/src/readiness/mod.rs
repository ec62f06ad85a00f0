//! Whether this machine is ready to be an agent. Each check names what it did.

mod clock;
mod directory;
mod machine;
mod names;
mod portal;
mod protection;
mod revocation;
mod rights;

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
        did: bounded(did.into()),
        found: bounded(found.into()),
        limit: String::new(),
        advice: String::new(),
    }
}

/// The longest text of a check in characters: the portal refuses a beat with a longer one as a whole.
const LONGEST: usize = 2_000;

fn bounded(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The rest of a check, for the outcomes that have it.
trait Rest {
    fn limit(self, limit: impl Into<String>) -> Self;
    fn advice(self, advice: impl Into<String>) -> Self;
    fn of(self, domain: &str) -> Self;
}

impl Rest for ReadinessCheck {
    fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = bounded(limit.into());
        self
    }

    fn advice(mut self, advice: impl Into<String>) -> Self {
        if self.outcome != CheckOutcome::Passed {
            self.advice = bounded(advice.into());
        }
        self
    }

    fn of(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_check_is_longer_than_the_portal_takes() {
        let long = "ä".repeat(LONGEST + 1);
        let one =
            check("x", CheckOutcome::Warning, long.clone(), long.clone()).limit(long.clone()).advice(long);
        for text in [one.did, one.found, one.limit, one.advice] {
            assert_eq!((text.chars().count(), text.chars().last()), (LONGEST, Some('…')));
        }
        let whole = "ä".repeat(LONGEST);
        assert_eq!(check("x", CheckOutcome::Passed, "", whole.clone()).found, whole);
    }
}
