//! Provisioning records as JSON with the names of Graph's provisioningObjectSummary: for the API and for downloads.

use domain::record::{ErrorInfo, Identity, Status, Step};
use domain::{ObjectKind, ProvisioningRecord};
use serde_json::{Map, Value, json};

/// One record; `configuration` is the name. Lists leave steps and modified properties out.
pub fn record(record: &ProvisioningRecord, configuration: &str, whole: bool) -> Value {
    let system = |name: &str| json!({ "id": name, "displayName": name, "details": {} });
    let mut value = json!({
        "id": record.id.to_string(),
        "activityDateTime": record.at,
        "tenantId": null,
        "jobId": record.configuration_id,
        "cycleId": record.cycle_id,
        "changeId": record.change_id,
        "provisioningAction": record.action,
        "durationInMilliseconds": record.duration_ms,
        "initiatedBy": match &record.initiated_by {
            Some(name) => json!({ "id": name, "displayName": name, "initiatorType": "user" }),
            None => json!({ "id": "", "displayName": "Skybridge", "initiatorType": "system" }),
        },
        "sourceSystem": system(&record.source_system),
        "targetSystem": system(&record.target_system),
        "sourceIdentity": identity(&record.source, record.kind, "distinguishedName"),
        "targetIdentity": identity(&record.target, record.kind, "name"),
        "servicePrincipal": { "id": record.configuration_id, "displayName": configuration },
        "provisioningStatusInfo": status_info(record.status, record.error.as_ref()),
    });
    if whole && let Some(members) = value.as_object_mut() {
        members.insert("provisioningSteps".to_owned(), steps(&record.steps));
        members.insert("modifiedProperties".to_owned(), json!(record.modified));
    }
    value
}

pub fn identity(identity: &Identity, kind: ObjectKind, name: &str) -> Value {
    json!({
        "id": identity.id,
        "displayName": identity.display_name,
        "identityType": kind_name(kind),
        "details": { name: identity.name },
    })
}

/// A kind of object as Graph spells it.
pub const fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::User => "User",
        ObjectKind::Group => "Group",
        ObjectKind::Contact => "Contact",
    }
}

pub fn status_info(status: Status, error: Option<&ErrorInfo>) -> Value {
    json!({ "status": status, "errorInformation": error.map(|error| json!({
        "errorCode": error.error_code,
        "errorCategory": error.error_category,
        "reason": error.reason,
        "additionalDetails": null,
        "recommendedAction": error.recommended_action,
    })) })
}

pub fn steps(steps: &[Step]) -> Value {
    let step = |step: &Step| {
        let details: Map<_, _> =
            step.details.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        json!({
            "name": step.name,
            "provisioningStepType": step.kind,
            "status": step.status,
            "description": step.description,
            "durationInMilliseconds": step.duration_ms,
            "details": details,
        })
    };
    steps.iter().map(step).collect()
}
