//! Provision on demand: one object through import, scope, match and action, now.

use std::time::Duration;

use domain::Dn;
use domain::access::{Principal, Role};
use domain::document::FieldProblem;
pub use engine::on_demand::Demanded as OnDemandResult;
use engine::on_demand::{Demand, DemandError, Wanted, provision};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::world::World;
use crate::{Result, Service, ServiceError};

/// Longest distinguished name that is taken.
const LONGEST: usize = 4_096;

/// How long a running cycle of the configuration is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which object, and whether it is only to be found out what would happen. One of `dn` and `objectId` is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OnDemandRequest {
    /// The distinguished name.
    pub dn: Option<String>,
    /// objectGUID or entryUUID as UUID text.
    pub object_id: Option<String>,
    /// Nothing is written, neither to the target nor to the log.
    pub dry_run: bool,
}

impl Service {
    /// Takes one object of the source through the four steps at once and says what each of them found.
    ///
    /// The scope is obeyed: an object out of scope is left alone, or removed if it was provisioned and the
    /// accidental-delete guard agrees. A configuration whose cycle is running is waited for (ten seconds, then
    /// [`ServiceError::Busy`]). A disabled configuration takes a dry run only; a paused one and one in quarantine take
    /// both. The record's steps are import (with the source's attributes among its details), scoping, matching,
    /// processing and export; what failed or was skipped, and why, is in its error.
    pub async fn provision_on_demand(
        &self,
        principal: &Principal,
        reference: &str,
        request: &OnDemandRequest,
    ) -> Result<OnDemandResult> {
        Self::require(principal, Role::Operator)?;
        let wanted = wanted(request)?;
        let configuration = World::load(self.storage()).await?.find_configuration(reference)?.clone();
        if !configuration.plan.enabled && !request.dry_run {
            return Err(ServiceError::Conflict(format!(
                "configuration \"{}\" is disabled; enable it first, or ask for a dry run",
                configuration.name
            )));
        }
        let _place = self.demands().acquire().await.map_err(ServiceError::internal)?;
        let name = configuration.name.clone();
        let by = principal.name.clone();
        let demand = Demand { configuration, wanted, dry_run: request.dry_run, by, patience: PATIENCE };
        let result = provision(&self.surroundings(), demand).await;
        let details = json!({
            "dn": request.dn,
            "objectId": request.object_id,
            "dryRun": request.dry_run,
            "changeId": result.as_ref().ok().map(|done| done.record.change_id),
            "action": result.as_ref().ok().map(|done| done.record.action),
            "status": result.as_ref().map_or("failure", |done| done.record.status.as_str()),
        });
        let entry = self.audit_entry(principal, "configuration.provisionOnDemand", &name, details);
        self.storage().append_audit(entry).await?;
        result.map_err(|error| refusal(error, &name))
    }
}

pub(crate) fn wanted(request: &OnDemandRequest) -> Result<Wanted> {
    let problem = |path: &str, message: String| {
        Err(ServiceError::Invalid(vec![FieldProblem { path: path.to_owned(), message }]))
    };
    match (&request.dn, &request.object_id) {
        (Some(dn), None) => {
            let dn = dn.trim();
            if dn.len() > LONGEST {
                return problem("dn", format!("a distinguished name has at most {LONGEST} characters"));
            }
            match Dn::parse(dn) {
                Ok(_) if !dn.is_empty() => Ok(Wanted::Dn(dn.to_owned())),
                Ok(_) => problem("dn", "the distinguished name is empty".to_owned()),
                Err(error) => problem("dn", error.to_string()),
            }
        }
        (None, Some(id)) => match Uuid::parse_str(id.trim()) {
            Ok(id) => Ok(Wanted::ObjectId(id.to_string())),
            Err(_) => problem("objectId", "this is no objectGUID or entryUUID; write a UUID".to_owned()),
        },
        _ => problem("dn", "give the object's dn or its objectId, one of them".to_owned()),
    }
}

pub(crate) fn refusal(error: DemandError, name: &str) -> ServiceError {
    match error {
        DemandError::Busy => ServiceError::Busy(format!(
            "a cycle of configuration \"{name}\" is running; ask again when it has ended, or ask for a dry run"
        )),
        DemandError::Problem(problem) => {
            ServiceError::Unavailable { code: problem.code, message: problem.message }
        }
        DemandError::TooLong(seconds) => ServiceError::Unavailable {
            code: domain::catalogue::SOURCE_TIMEOUT.code.to_owned(),
            message: format!(
                "the object took longer than {seconds} s; the next cycle finds out what became of it. Check the \
                 load of the directory and of the target."
            ),
        },
        DemandError::Storage(error) => error.into(),
        broken @ DemandError::Broken => ServiceError::internal(broken),
    }
}
