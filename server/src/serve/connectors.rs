//! From what is configured to living sources and targets. Secrets are unsealed here and nowhere else.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::channel::remote::RemoteSource;
use async_trait::async_trait;
use directory::{LdapSettings, LdapSource};
use domain::{Clock, DomainId, SourceDomain, TargetId, TargetSettings, TargetSystem, Time, catalogue};
use engine::{Connectors, TargetContext};
use ports::{Source, SourceError, Target, TargetError};
use service::sealer::{self, Sealer};
use storage::{DirectoryStore, Storage};
use targets::builtin::BuiltInTarget;
use targets::scim::{ScimSettings, ScimTarget, Throttle};

use crate::agents::{DomainRoutes, Hub};

/// The wiring of the process.
pub struct Wiring {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    /// What a SCIM service asked for outlives the cycle that it was asked in.
    throttles: Mutex<HashMap<TargetId, Throttle>>,
    /// A directory keeps its connection between two cycles, until its settings change.
    sources: Mutex<HashMap<DomainId, (Time, LdapSource)>>,
    /// For domains without a connection of their own.
    agents: Hub,
}

impl Wiring {
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, sealer: Sealer, agents: Hub) -> Self {
        let (throttles, sources) = (Mutex::default(), Mutex::default());
        Self { storage, clock, sealer, throttles, sources, agents }
    }
}

/// Directories whose connection is kept.
const MOST_SOURCES: usize = 1_000;

impl Wiring {
    fn sources(&self) -> MutexGuard<'_, HashMap<DomainId, (Time, LdapSource)>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wiring").finish_non_exhaustive()
    }
}

#[async_trait]
impl Connectors for Wiring {
    async fn source(&self, domain: &SourceDomain) -> Result<Arc<dyn Source>, SourceError> {
        let Some(connection) = domain.connection.as_ref() else {
            let routes = DomainRoutes::new(self.agents.clone(), &domain.name);
            return Ok(Arc::new(RemoteSource::new(&domain.name, Arc::new(routes))));
        };
        if let Some((since, known)) = self.sources().get(&domain.id)
            && *since == domain.updated_at
        {
            return Ok(Arc::new(known.clone()));
        }
        let password = self
            .sealer
            .unseal(&sealer::bind_password(domain.id), &connection.bind_password)
            .map_err(|error| SourceError::Settings(error.to_string()))?;
        let settings = LdapSettings {
            start_tls: connection.start_tls,
            allow_plaintext: connection.allow_plaintext,
            bind_dn: connection.bind_dn.clone(),
            bind_password: password,
            ca_pem: connection.ca_pem.clone(),
            base_dn: connection.base_dn.clone(),
            kind: domain.kind,
            ..LdapSettings::new(&connection.url)
        };
        let source = LdapSource::new(settings)?;
        let mut sources = self.sources();
        if sources.len() >= MOST_SOURCES {
            sources.clear();
        }
        sources.insert(domain.id, (domain.updated_at, source.clone()));
        Ok(Arc::new(source))
    }

    async fn target(
        &self,
        target: &TargetSystem,
        context: TargetContext,
    ) -> Result<Arc<dyn Target>, TargetError> {
        match &target.settings {
            TargetSettings::BuiltIn => Ok(Arc::new(BuiltInTarget::new(
                self.storage.clone(),
                Arc::clone(&self.clock),
                context.configuration_id,
            ))),
            TargetSettings::Scim { url, token, ca_pem, options } => {
                let token = self.sealer.unseal(&sealer::target_token(target.id), token).map_err(|error| {
                    TargetError::system(&catalogue::TARGET_CREDENTIALS, error.to_string())
                })?;
                let mut throttles = self.throttles.lock().unwrap_or_else(PoisonError::into_inner);
                let settings = ScimSettings {
                    ca_pem: ca_pem.clone(),
                    throttle: throttles.entry(target.id).or_default().clone(),
                    ..ScimSettings::new(url, token, Arc::clone(&self.clock)).with(options)
                };
                Ok(Arc::new(ScimTarget::new(&settings)?))
            }
        }
    }

    async fn copied_target(
        &self,
        target: &TargetSystem,
        context: TargetContext,
        directory: Arc<dyn DirectoryStore>,
    ) -> Option<Arc<dyn Target>> {
        match &target.settings {
            TargetSettings::BuiltIn => {
                let clock = Arc::clone(&self.clock);
                Some(Arc::new(BuiltInTarget::new(directory, clock, context.configuration_id)))
            }
            TargetSettings::Scim { .. } => None,
        }
    }
}
