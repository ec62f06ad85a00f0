//! A mapping tried on one object of the live directory while it is written.

use domain::access::{Principal, Role};
use domain::mapping::Mapping;
use domain::{ObjectKind, TargetKind};
pub use engine::trial::{Given, Tried};
use engine::trial::{Trial, TrialError, try_out};

use crate::on_demand::{OnDemandRequest, wanted};
use crate::world::World;
use crate::{Result, Service, ServiceError};

impl Service {
    /// Reads one object and says what a mapping gives for it, whether or not it is in scope. Nothing is stored. A mapping
    /// that cannot be used for any object is refused at the path `mapping`, an object that the directory does not have as
    /// one of this kind at `dn`. `dry_run` says nothing here.
    pub async fn try_mapping(
        &self,
        principal: &Principal,
        reference: &str,
        kind: ObjectKind,
        mapping: &Mapping,
        object: &OnDemandRequest,
    ) -> Result<Tried> {
        Self::require(principal, Role::Administrator)?;
        let wanted = wanted(object)?;
        let others = self.effective_mappings(principal, reference, kind).await?;
        let world = World::load(self.storage()).await?;
        let configuration = world.find_configuration(reference)?;
        let domain = world
            .domain(configuration.domain_id)
            .ok_or_else(|| ServiceError::not_found("domain of this configuration"))?;
        let target =
            world.target(configuration.target_id).map_or(TargetKind::BuiltIn, domain::TargetSystem::kind);
        let source = self.connectors().source(domain).await?;
        let _place = self.looks().acquire().await.map_err(ServiceError::internal)?;
        let trial =
            Trial { kind, mapping, wanted: &wanted, others: &others, target, domain_name: &domain.name };
        match try_out(source.as_ref(), &self.surroundings().clock, trial).await {
            Ok(Some(tried)) => Ok(tried),
            Ok(None) => {
                let message = format!("the directory has no {kind} of this name or id within reach");
                Err(ServiceError::invalid("dn", message))
            }
            Err(TrialError::Mapping(problem)) => Err(ServiceError::invalid("mapping", problem)),
            Err(TrialError::Source(error)) => Err(error.into()),
        }
    }
}
