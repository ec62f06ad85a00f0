//! The directories that the agent reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use channel::serve::Sources;
use directory::LdapSource;
use domain::agent::Reach;
use futures::future::join_all;
use ports::Source;

use crate::settings::Settings;

/// How long a directory may take to answer whether it is there.
const PATIENCE: Duration = Duration::from_secs(15);

/// Directories by the names of their domains.
pub struct Directories {
    sources: BTreeMap<String, Arc<dyn Source>>,
    /// Why some cannot be read at all.
    broken: BTreeMap<String, String>,
}

impl std::fmt::Debug for Directories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directories").field("domains", &self.sources.keys()).finish_non_exhaustive()
    }
}

impl Directories {
    pub fn of(settings: &Settings) -> Self {
        let (mut sources, mut broken) = (BTreeMap::<String, Arc<dyn Source>>::new(), BTreeMap::new());
        for (name, domain) in &settings.domains {
            let source = domain
                .ldap()
                .map_err(|error| error.to_string())
                .and_then(|ldap| LdapSource::new(ldap).map_err(|error| error.to_string()));
            match source {
                Ok(source) => {
                    sources.insert(name.clone(), Arc::new(source));
                }
                Err(problem) => {
                    broken.insert(name.clone(), problem);
                }
            }
        }
        Self { sources, broken }
    }

    /// Asks every directory whether it is there.
    pub async fn look(&self) -> Vec<Reach> {
        let asked = self.sources.iter().map(|(name, source)| async move {
            let start = Instant::now();
            let answer = tokio::time::timeout(PATIENCE, source.probe()).await;
            let error = match answer {
                Ok(Ok(_)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some(format!("it did not answer within {} s", PATIENCE.as_secs())),
            };
            let latency = u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX);
            Reach {
                domain: name.clone(),
                reachable: error.is_none(),
                latency_ms: error.is_none().then_some(latency),
                error,
            }
        });
        let mut reach = join_all(asked).await;
        reach.extend(self.broken.iter().map(|(name, problem)| Reach {
            domain: name.clone(),
            reachable: false,
            latency_ms: None,
            error: Some(problem.clone()),
        }));
        reach
    }
}

impl Sources for Directories {
    fn source(&self, domain: &str) -> Option<Arc<dyn Source>> {
        let known = self.sources.iter().find(|(name, _)| name.eq_ignore_ascii_case(domain));
        known.map(|(_, source)| Arc::clone(source))
    }
}
