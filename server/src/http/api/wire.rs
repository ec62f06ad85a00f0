//! The JSON of the API. Names follow Microsoft Graph where Graph has the thing.

use domain::access::ApiToken;
use domain::audit::AuditIntegrity;
use domain::{Cycle, SourceDomain, TargetSystem, Time};
use serde::Serialize;
use serde_json::{Map, Value, json};
use service::document::export::{domain_entry, target_entry};
use service::{ChangeLine, ConfigurationView};
use storage::audit::StoredAudit;
use storage::directory::DirectoryObject;
use storage::link::Escrow;
use storage::record::{CappedCount, Facets};

use super::status;

pub use service::graph::{identity, kind_name as capitalised, record, status_info, steps};

/// A stored entry in the document's shape with its id and times.
fn entry<T: Serialize>(entry: &T, id: String, created: Time, updated: Time) -> Value {
    let mut value = serde_json::to_value(entry).unwrap_or_default();
    if let Some(members) = value.as_object_mut() {
        members.insert("id".to_owned(), id.into());
        members.insert("createdDateTime".to_owned(), json!(created));
        members.insert("lastModifiedDateTime".to_owned(), json!(updated));
    }
    value
}

pub fn domain(domain: &SourceDomain) -> Value {
    entry(&domain_entry(domain), domain.id.to_string(), domain.created_at, domain.updated_at)
}

pub fn target(target: &TargetSystem) -> Value {
    entry(&target_entry(target), target.id.to_string(), target.created_at, target.updated_at)
}

pub fn configuration(view: &ConfigurationView) -> Value {
    let known = &view.configuration;
    let mut value = entry(&view.entry(), known.id.to_string(), known.created_at, known.updated_at);
    if let Some(members) = value.as_object_mut() {
        members.insert("status".to_owned(), status::status(view));
    }
    value
}

/// A cycle; `configuration` is the name.
pub fn cycle(cycle: &Cycle, configuration: &str) -> Value {
    let duration =
        cycle.started_at.zip(cycle.ended_at).map(|(began, ended)| (ended - began).num_milliseconds());
    json!({
        "id": cycle.id,
        "configurationId": cycle.configuration_id,
        "configuration": configuration,
        "state": cycle.state,
        "trigger": cycle.trigger,
        "dueDateTime": cycle.due_at,
        "startedDateTime": cycle.started_at,
        "endedDateTime": cycle.ended_at,
        "durationInMilliseconds": duration,
        "phase": cycle.phase,
        "done": cycle.done,
        "expected": cycle.expected,
        "counts": cycle.counts,
        "problem": cycle.problem,
        "notes": cycle.notes,
    })
}

/// An object that fails and waits for its next attempt.
pub fn escrow(escrow: &Escrow) -> Value {
    let known = domain::catalogue::find(&escrow.code);
    json!({
        "objectId": escrow.object_id,
        "objectType": capitalised(escrow.kind),
        "displayName": escrow.display_name,
        "errorCode": escrow.code,
        "errorCategory": known.map(|entry| entry.category),
        "reason": escrow.reason,
        "recommendedAction": known.map(|entry| entry.advice),
        "attempts": escrow.attempts,
        "firstFailedDateTime": escrow.first_failed_at,
        "nextAttemptDateTime": escrow.next_attempt_at,
    })
}

pub fn facets(facets: &Facets) -> Value {
    fn list<T: Serialize>(counts: &[(T, CappedCount)]) -> Value {
        let row = |(value, count): &(T, CappedCount)| json!({ "value": value, "count": count.count, "capped": count.capped });
        counts.iter().map(row).collect()
    }
    json!({
        "actions": list(&facets.actions),
        "statuses": list(&facets.statuses),
        "kinds": list(&facets.kinds),
        "errorCodes": list(&facets.error_codes),
        "partial": facets.partial,
    })
}

/// An object of the built-in directory: Graph's names, its attributes beside its own.
pub fn directory_object(object: &DirectoryObject, source_domain: &str) -> Value {
    let mut members: Map<String, Value> =
        object.attributes.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
    let mut own = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    own("id", object.id.clone().into());
    own("displayName", object.display_name.clone().into());
    own("onPremisesImmutableId", object.anchor.clone().into());
    own("onPremisesSyncEnabled", true.into());
    own("onPremisesLastSyncDateTime", json!(object.updated_at));
    own("createdDateTime", json!(object.created_at));
    own("configurationId", json!(object.configuration_id));
    own("sourceDomain", source_domain.into());
    if let Some(name) = &object.user_principal_name {
        own("userPrincipalName", name.clone().into());
    }
    if let Some(mail) = &object.mail {
        own("mail", mail.clone().into());
    }
    if let Some(enabled) = object.account_enabled {
        own("accountEnabled", enabled.into());
    }
    Value::Object(members)
}

/// The same with its kind, for lists of mixed kinds.
pub fn typed_directory_object(object: &DirectoryObject, source_domain: &str) -> Value {
    let mut value = directory_object(object, source_domain);
    if let Some(members) = value.as_object_mut() {
        members.insert("objectType".to_owned(), capitalised(object.kind).into());
    }
    value
}

pub fn audit(stored: &StoredAudit) -> Value {
    let entry = &stored.entry;
    json!({
        "id": stored.sequence,
        "activityDateTime": entry.at,
        "activityDisplayName": entry.activity,
        "initiatedBy": { "displayName": entry.actor, "via": entry.via, "ipAddress": entry.from },
        "target": entry.subject,
        "reason": entry.reason,
        "details": entry.details,
    })
}

pub fn verification(integrity: &AuditIntegrity) -> Value {
    let damage = integrity.damage;
    json!({
        "intact": damage.is_none(),
        "checkedDateTime": integrity.checked_at,
        "entries": damage.is_none().then_some(integrity.entries),
        "hash": damage.is_none().then_some(&integrity.hash),
        "checkpoints": integrity.checkpoints,
        "lastCheckpoint": integrity.last_checkpoint,
        "damage": damage.map(|(damage, _)| damage),
        "brokenAt": damage.map(|(_, place)| place),
        "message": damage.map(|(damage, place)| damage.sentence(place)),
    })
}

pub fn token(token: &ApiToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "createdDateTime": token.created_at,
        "lastUsedDateTime": token.last_used_at,
    })
}

pub fn changes(lines: &[ChangeLine]) -> Value {
    json!({ "changes": lines })
}
