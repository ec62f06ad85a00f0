//! Schemas of the API's JSON. Written by hand in a short notation, `name: type` with `?` for what may be null or
//! absent; a test holds them against real answers.

use domain::Tracking;
use domain::agent::{AgentState, BeatChannel, CheckOutcome};
use domain::alert::{AlertEventKind, AlertKind, AlertSeverity, AlertState, SubjectKind};
use domain::cycle::{CycleState, Phase, Trigger};
use domain::enrolment::{AgentAlarmKind, EnrolmentState};
use domain::filter::Operator;
use domain::mail::{DeliveryState, MailEvent};
use domain::record::{Action, ErrorCategory, Status, StepKind};
use domain::scope::Nesting;
use domain::simulation::{Movement, SimulationState};
use domain::status::{QuarantineReason, StatusCode};
use domain::unmatched::ScanState;
use serde_json::{Map, Value, json};

use super::openapi::reference;

/// All schemas by name.
pub fn schemas() -> Value {
    let mut all = Map::new();
    let mut add = |name: &str, schema: Value| {
        all.insert(name.to_owned(), schema);
    };
    add(
        "Problem",
        closed(
            "type: string, title: string, status: integer, code: string, detail: string, problems?: [FieldProblem]",
        ),
    );
    add("FieldProblem", closed("path: string, message: string"));
    configured(&mut add);
    running(&mut add);
    happened(&mut add);
    agents(&mut add);
    alerts(&mut add);
    Value::Object(all)
}

fn configured(add: &mut impl FnMut(&str, Value)) {
    add(
        "Document",
        closed(
            "domains?: [DomainEntry], targets?: [TargetEntry], configurations?: [ConfigurationEntry], settings?: Settings",
        ),
    );
    add("Changes", closed("changes: [Change]"));
    add("Change", closed("kind: string, name: string, change: string, fields: [string]"));
    add("Secret", closed("value?: string"));
    let connection = "url: string, startTls?: boolean, allowPlaintext?: boolean, bindDn: string, caPem?: string, baseDn?: string";
    add("ConnectionEntry", closed(&format!("{connection}, bindPassword?: Secret")));
    add("Connection", closed(connection));
    add("DomainEntry", closed("name: string, kind?: string, connection?: ConnectionEntry"));
    add(
        "Domain",
        closed(
            "id: string, name: string, kind: string, connection?: Connection, createdDateTime: time, lastModifiedDateTime: time",
        ),
    );
    add("SourceInfo", closed("kind: string, product: string, baseDn: string, serverName?: string"));
    let scim = "patch?: string, membersPerRequest?: integer, activeAs?: string, pageSize?: integer, requestsPerSecond?: integer, removeMembersBy?: string";
    add("ScimOptions", closed(scim));
    let target = "name: string, kind: string, url?: string, caPem?: string, scim?: ScimOptions";
    add("TargetEntry", closed(&format!("{target}, token?: Secret")));
    add(
        "Target",
        closed(&format!("id: string, {target}, createdDateTime: time, lastModifiedDateTime: time")),
    );
    add("TargetInfo", closed("description: string, objects: [string]"));
    add("Nesting", words(Nesting::ALL, Nesting::as_str));
    add("Operator", words(Operator::ALL, Operator::as_str));
    add("Clause", closed("attribute: string, operator: Operator, value?: string"));
    add(
        "Scope",
        closed(
            "organizationalUnits?: [string], groups?: [string], nestedGroups?: Nesting, filters?: [[Clause]]",
        ),
    );
    add(
        "Mapping",
        closed(
            "target: string, type: string, source?: string, value?: string, expression?: string, default?: string, apply?: string, matchingPrecedence?: integer",
        ),
    );
    add("Mappings", closed("user?: [Mapping], group?: [Mapping], contact?: [Mapping]"));
    add(
        "Matching",
        closed(
            "hardMatch?: boolean, softMatch?: boolean, softMatchUserPrincipalName?: boolean, softMatchMail?: boolean",
        ),
    );
    add(
        "AccidentalDeletes",
        closed("enabled?: boolean, threshold?: integer, percent?: integer, memberships?: integer"),
    );
    add(
        "QuarantineThresholds",
        closed(
            "minimum?: integer, percent?: integer, base?: integer, total?: integer, disableAfterDays?: integer",
        ),
    );
    add("Notification", closed("emails?: [string]"));
    let configuration = "name: string, domain: string, target: string, enabled?: boolean, scope?: Scope, objects?: [string], \
        mappings?: Mappings, matching?: Matching, accidentalDeletes?: AccidentalDeletes, outOfScope?: string, schedule?: string, \
        fullSchedule?: string, quarantine?: QuarantineThresholds, notification?: Notification, passwordHashSync?: boolean";
    add("ConfigurationEntry", closed(configuration));
    add(
        "Configuration",
        closed(&format!(
            "id: string, {configuration}, createdDateTime: time, lastModifiedDateTime: time, status: SynchronizationStatus"
        )),
    );
    synchronization_schema(add);
    add("Retention", closed("provisioningLogDays: integer"));
    add(
        "Settings",
        closed("verifiedDomains?: [string], mail?: Mail, retention?: Retention, signIn?: SignIn"),
    );
    let sign_in = "enabled?: boolean, issuer: string, clientId: string, label?: string, scopes?: [string], roleClaim?: string, \
        administrators?: [string], operators?: [string], readers?: [string], caPem?: string";
    add("SignIn", closed(&format!("{sign_in}, clientSecret?: Secret")));
    let mail = "smtpUrl: string, from: string, username?: string, allowPlaintext?: boolean, caPem?: string, \
        recipients?: [string], digestHour?: integer";
    add("Mail", closed(&format!("{mail}, password?: Secret")));
    add("TestMail", closed("to: string"));
    add("TokenEntry", closed("name: string, role: string"));
    let token = "id: string, name: string, role: string, createdDateTime: time, lastUsedDateTime?: time";
    add("Token", closed(token));
    add("NewToken", closed(&format!("{token}, token: string")));
}

/// Graph's shape. Annotations of `OData` may stand anywhere and are passed over.
fn synchronization_schema(add: &mut impl FnMut(&str, Value)) {
    add(
        "SynchronizationSchema",
        open(
            "id?: string, provisioningTaskIdentifier?: string, version?: string, synchronizationRules: [SynchronizationRule], directories?: [object]",
        ),
    );
    add(
        "SynchronizationRule",
        open(
            "id?: string, name?: string, priority?: integer, editable?: boolean, sourceDirectoryName?: string, targetDirectoryName?: string, \
         containerFilter?: object, groupFilter?: object, metadata?: [object], objectMappings: [ObjectMapping]",
        ),
    );
    add(
        "ObjectMapping",
        open(
            "enabled?: boolean, flowTypes?: string, name?: string, sourceObjectName: string, targetObjectName?: string, scope?: object, \
         metadata?: [object], attributeMappings?: [AttributeMapping]",
        ),
    );
    add(
        "AttributeMapping",
        open(
            "targetAttributeName: string, source?: AttributeMappingSource, defaultValue?: string, flowBehavior?: string, flowType?: string, \
         matchingPriority?: integer, exportMissingReferences?: boolean",
        ),
    );
    add(
        "AttributeMappingSource",
        open("type: string, name?: string, expression?: string, parameters?: [object]"),
    );
}

fn running(add: &mut impl FnMut(&str, Value)) {
    add("StatusCode", words(StatusCode::ALL, StatusCode::as_str));
    add("QuarantineReason", words(QuarantineReason::ALL, QuarantineReason::as_str));
    add(
        "SynchronizationStatus",
        closed(
            "code: StatusCode, countSuccessiveCompleteFailures: integer, escrowsPruned: boolean, lastExecution?: TaskExecution, \
         lastSuccessfulExecution?: TaskExecution, lastSuccessfulExecutionWithExports?: TaskExecution, progress: [SynchronizationProgress], \
         quarantine?: Quarantine, steadyStateFirstAchievedTime?: time, steadyStateLastAchievedTime?: time, \
         synchronizedEntryCountByType: [KeyCount], troubleshootingUrl?: string, escrowCount: integer, paused: boolean, \
         deletesAllowed: boolean, stagedDeletes?: StagedDeletes, currentCycleId?: string, nextExecution?: time, \
         changeTracking: ChangeTracking, lastFullReadDateTime?: time, nextFullReadDateTime?: time, fullReadReason?: string",
        ),
    );
    add("StagedDeletes", closed("objects: integer, memberships: integer"));
    add("Tracking", words(Tracking::ALL, Tracking::as_str));
    add("ChangeTracking", closed("method?: Tracking, server?: string"));
    add(
        "SynchronizationProgress",
        closed(
            "completedUnits: integer, totalUnits?: integer, units: string, progressObservationDateTime?: time",
        ),
    );
    add("KeyCount", closed("key: string, value: integer"));
    add(
        "Quarantine",
        closed(
            "reason: QuarantineReason, currentBegan: time, nextAttempt?: time, seriesBegan: time, seriesCount: integer, error: SynchronizationError",
        ),
    );
    add("SynchronizationError", closed("code: string, message: string, tenantActionable: boolean"));
    add(
        "TaskExecution",
        closed(
            "activityIdentifier: string, state: string, timeBegan?: time, timeEnded?: time, countImported: integer, countImportedDeltas: integer, \
         countImportedReferenceDeltas: integer, countEntitled: integer, countEntitledForProvisioning: integer, countExports: integer, \
         countExported: integer, countEscrowed: integer, countEscrowedRaw: integer, error?: SynchronizationError",
        ),
    );
    add(
        "Escrow",
        closed(
            "objectId: string, objectType: string, displayName: string, errorCode: string, errorCategory?: ErrorCategory, \
         reason: string, recommendedAction?: string, attempts: integer, firstFailedDateTime: time, nextAttemptDateTime: time",
        ),
    );
    add("RetryRequest", closed("objects?: [string]"));
    add("Retried", closed("count: integer, cycleId?: string"));
    add("RunRequest", closed("full?: boolean"));
    add("Reason", closed("reason?: string"));
    add("RestartCriteria", closed("resetScope?: string, criteria?: object, reason?: string"));
    add("CycleState", words(CycleState::ALL, CycleState::as_str));
    add("Phase", words(Phase::ALL, Phase::as_str));
    add("Trigger", words(Trigger::ALL, Trigger::as_str));
    add(
        "Counts",
        closed(
            "imported: integer, created: integer, updated: integer, disabled: integer, deleted: integer, unchanged: integer, failed: integer, staged: integer, escrowed: integer, deltas: integer, referenceDeltas: integer",
        ),
    );
    add("CycleProblem", closed("code: string, message: string"));
    add(
        "Cycle",
        closed(
            "id: string, configurationId: string, configuration: string, state: CycleState, trigger: Trigger, dueDateTime: time, \
         startedDateTime?: time, endedDateTime?: time, durationInMilliseconds?: integer, phase: Phase, done: integer, expected?: integer, \
         counts: Counts, problem?: CycleProblem, notes: [string]",
        ),
    );
}

fn agents(add: &mut impl FnMut(&str, Value)) {
    add("AgentStatus", words(AgentState::ALL, AgentState::as_str));
    add("BeatChannel", words(BeatChannel::ALL, BeatChannel::as_str));
    add("CheckOutcome", words(CheckOutcome::ALL, CheckOutcome::as_str));
    add("AgentAlarmKind", words(AgentAlarmKind::ALL, AgentAlarmKind::as_str));
    add("EnrollmentState", words(EnrolmentState::ALL, EnrolmentState::as_str));
    add(
        "AgentAlarm",
        closed(
            "kind: AgentAlarmKind, firstDateTime: time, lastDateTime: time, count: integer, ipAddress: string, meaning: string, \
         recommendedAction: string",
        ),
    );
    let agent = "id: string, machineName: string, externalIp?: string, status: AgentStatus, connected: boolean, domains: [string], \
        version?: string, system?: string, protocol?: integer, enrolledDateTime: time, retiredDateTime?: time, \
        lastHeartbeatDateTime?: time, lastHeartbeatChannel?: BeatChannel, failedChecks: integer, warnings: integer, \
        alarms: [AgentAlarm], keyChangePending: boolean, enrollmentTokenId: string";
    add("Agent", closed(agent));
    add("Reach", closed("domain: string, reachable: boolean, latencyMs?: integer, error?: string"));
    add(
        "ReadinessCheck",
        closed(
            "id: string, domain?: string, outcome: CheckOutcome, did: string, found: string, limit?: string, advice?: string",
        ),
    );
    add(
        "HeartbeatBucket",
        closed(
            "fromDateTime: time, untilDateTime: time, mainSeconds: integer, statusSeconds: integer, silentSeconds: integer, \
         heartbeats: integer, unreachable: integer, latencyInMilliseconds?: integer",
        ),
    );
    add(
        "AgentDetail",
        closed(&format!(
            "{agent}, startedDateTime?: time, loadInCenticores?: integer, memoryInBytes?: integer, requestsUnderWay?: integer, \
             directories: [Reach], readiness: [ReadinessCheck], lastDay: [HeartbeatBucket], lastWeek: [HeartbeatBucket], \
             recentWork: [AgentWork]"
        )),
    );
    add(
        "AgentWork",
        closed(
            "task: string, type?: string, domain: string, startDateTime: time, durationInMilliseconds: integer, pages: integer, \
         outcome: string, error?: string",
        ),
    );
    add("AgentPatch", closed("domains: [string]"));
    add("AgentCount", closed("status: AgentStatus, count: integer"));
    add(
        "DomainAgents",
        closed(
            "id: string, name: string, direct: boolean, agents: integer, healthy: integer, verdict: string",
        ),
    );
    add("AgentSummary", closed("statuses: [AgentCount], domains: [DomainAgents], alarmed: integer"));
    add(
        "EnrollmentRequest",
        open(
            "token: string, publicKey: string, machine: string, system: string, version: string, protocol: integer, \
         created: integer, proof: string",
        ),
    );
    add(
        "Patience",
        closed(
            "beatSeconds: integer, statusSeconds: integer, missedBeats: integer, inactiveSeconds: integer, hiddenSeconds: integer",
        ),
    );
    add(
        "Enrollment",
        closed(
            "agentId: string, domains: [string], serverTime: time, patience: Patience, statusPort?: integer",
        ),
    );
    add("KeyChange", closed("publicKey: string, proof: string"));
    add("EnrollmentTokenEntry", closed("domains: [string], minutes?: integer"));
    let token = "id: string, state: EnrollmentState, domains: [string], createdBy: string, createdDateTime: time, \
        expiresDateTime: time, usedDateTime?: time, withdrawnDateTime?: time, agentId?: string";
    add("EnrollmentToken", closed(token));
    add("NewEnrollmentToken", closed(&format!("{token}, token: string")));
}

fn alerts(add: &mut impl FnMut(&str, Value)) {
    add("AlertKind", words(AlertKind::ALL, AlertKind::as_str));
    add("AlertSeverity", words(AlertSeverity::ALL, AlertSeverity::as_str));
    add("AlertState", words(AlertState::ALL, AlertState::as_str));
    add("AlertEventKind", words(AlertEventKind::ALL, AlertEventKind::as_str));
    add("AlertSubjectKind", words(SubjectKind::ALL, SubjectKind::as_str));
    add("AlertSubject", closed("kind: AlertSubjectKind, id: string, name: string"));
    let alert = "id: string, kind: AlertKind, severity: AlertSeverity, state: AlertState, title: string, description: string, \
        recommendedAction: string, subject: AlertSubject, configurationId?: string, portalPath: string, sinceDateTime: time, \
        openedDateTime: time, openings: integer, acknowledgedDateTime?: time, acknowledgedBy?: string, resolvedDateTime?: time";
    add("Alert", closed(alert));
    add(
        "AlertEvent",
        closed("dateTime: time, event: AlertEventKind, by?: string, note?: string, told: [string]"),
    );
    add("AlertDetail", closed(&format!("{alert}, history: [AlertEvent]")));
    add("AlertNote", closed("note?: string"));
    let rule = "kind: AlertKind, enabled: boolean, openAfterMinutes: integer, resolveAfterMinutes: integer, mail: boolean, \
        threshold?: integer";
    add("AlertRule", closed(rule));
    add("AlertRules", closed("reopenWithinHours: integer, rules: [AlertRule]"));
    add(
        "AlertRuleEntry",
        closed(
            "kind: AlertKind, enabled?: boolean, openAfterMinutes?: integer, resolveAfterMinutes?: integer, mail?: boolean, \
             threshold?: integer",
        ),
    );
    add("AlertRulesEntry", closed("reopenWithinHours?: integer, rules?: [AlertRuleEntry]"));
}

fn happened(add: &mut impl FnMut(&str, Value)) {
    add("Action", words(Action::ALL, Action::as_str));
    add("Status", words(Status::ALL, Status::as_str));
    add("StepKind", words(StepKind::ALL, StepKind::as_str));
    add("ErrorCategory", words(ErrorCategory::ALL, ErrorCategory::as_str));
    add("Initiator", closed("id: string, displayName: string, initiatorType: string"));
    add("System", closed("id: string, displayName: string, details: object"));
    add("Identity", closed("id: string, displayName: string, identityType: string, details: object"));
    add("ServicePrincipal", closed("id: string, displayName: string"));
    add("StatusInfo", closed("status: Status, errorInformation?: ErrorInformation"));
    add(
        "ErrorInformation",
        closed(
            "errorCode: string, errorCategory: ErrorCategory, reason: string, additionalDetails?: string, recommendedAction: string",
        ),
    );
    add(
        "Step",
        closed(
            "name: string, provisioningStepType: StepKind, status: Status, description: string, durationInMilliseconds?: integer, details: object",
        ),
    );
    add("ModifiedProperty", closed("displayName: string, oldValue?: string, newValue?: string"));
    add(
        "ProvisioningRecord",
        closed(
            "id: string, activityDateTime: time, tenantId?: string, jobId: string, cycleId: string, changeId: string, provisioningAction: Action, \
         durationInMilliseconds: integer, initiatedBy: Initiator, sourceSystem: System, targetSystem: System, sourceIdentity: Identity, \
         targetIdentity: Identity, servicePrincipal: ServicePrincipal, provisioningStatusInfo: StatusInfo, provisioningSteps?: [Step], \
         modifiedProperties?: [ModifiedProperty]",
        ),
    );
    add("DirectoryContainer", closed("objectId: string, distinguishedName: string"));
    let place =
        "objectId: string, distinguishedName: string, name: string, type: string, subordinates?: integer";
    add("DirectoryPlace", closed(place));
    let object = "objectId: string, distinguishedName: string, displayName: string, type: string";
    add("DirectoryObject", closed(object));
    add("DirectoryObjects", closed("objects: [DirectoryObject], more: boolean"));
    add("DirectoryListing", closed("at: DirectoryContainer, places: [DirectoryPlace], more: boolean"));
    add("OperationSlot", closed("at: time, action: Action, status: Status, count: integer"));
    let cycles =
        "at: time, cycles: integer, failed: integer, meanMilliseconds: integer, longestMilliseconds: integer";
    add("CycleSlot", closed(cycles));
    add("AgentSlot", closed("at: time, fewest: integer, most: integer"));
    add("ErrorCount", closed("code: string, count: integer"));
    add("ObjectCount", closed("kind: string, state?: string, count: integer"));
    add(
        "Insights",
        closed(
            "startDateTime: time, endDateTime: time, slotHours: integer, operations: [OperationSlot], topErrors: [ErrorCount], \
         cycles: [CycleSlot], agents: [AgentSlot], objects: [ObjectCount], failing: [ObjectCount]",
        ),
    );
    add("SimulationState", words(SimulationState::ALL, SimulationState::as_str));
    add("SimulationRequest", closed("full?: boolean, scheduled?: boolean, plan?: object, scope?: object"));
    add("Movement", words(Movement::ALL, Movement::as_str));
    add("Tally", closed("kind: string, action: Action, status: Status, movement?: Movement, count: integer"));
    add(
        "Simulation",
        closed(
            "id: string, configurationId: string, state: SimulationState, requestedBy: string, draft: boolean, scope?: Scope, \
         full: boolean, startedDateTime: time, endedDateTime?: time, phase: Phase, done: integer, expected?: integer, counts: Counts, \
         tallies: [Tally], problem?: CycleProblem, notes: [string]",
        ),
    );
    add(
        "SimulatedObject",
        closed(
            "number: integer, objectType: string, movement?: Movement, provisioningAction: Action, provisioningStatusInfo: StatusInfo, \
         sourceIdentity: Identity, targetIdentity: Identity, provisioningSteps?: [Step], modifiedProperties?: [ModifiedProperty]",
        ),
    );
    add("ScanState", words(ScanState::ALL, ScanState::as_str));
    add(
        "UnmatchedScan",
        closed(
            "configurationId: string, state: ScanState, requestedBy: string, startedDateTime: time, endedDateTime?: time, \
         listed: integer, unmatched: integer, problem?: CycleProblem",
        ),
    );
    add(
        "UnmatchedObject",
        closed(
            "objectType: string, id: string, anchor: string, displayName: string, name: string, administrator: boolean",
        ),
    );
    add(
        "ReadinessDomain",
        closed(
            "name: string, users: integer, groups: integer, contacts: integer, skipped: integer, problem?: CycleProblem",
        ),
    );
    add(
        "ReadinessScan",
        closed(
            "state: ScanState, requestedBy: string, startedDateTime: time, endedDateTime?: time, \
             domains: [ReadinessDomain], findings: integer, verifiedDomains: [string]",
        ),
    );
    add("ReadinessCheck", words(domain::readiness::Check::ALL, domain::readiness::Check::as_str));
    add(
        "ReadinessFinding",
        closed(
            "domain: string, objectId: string, objectType: string, displayName: string, distinguishedName: string, \
             attribute: string, checks: [ReadinessCheck], value: string, suggestion?: string",
        ),
    );
    add("OnDemandRequest", closed("dn?: string, objectId?: string, dryRun?: boolean, parameters?: [object]"));
    add(
        "OnDemandResult",
        closed(
            "action: Action, changeId: string, cycleId: string, dryRun: boolean, startTime: time, endTime: time, initiatedBy: Initiator, \
         statusInfo: StatusInfo, provisioningSteps: [Step], modifiedProperties: [ModifiedProperty], sourceIdentity: Identity, \
         targetIdentity: Identity, sourceSystem: System, targetSystem: System, notes: [string], related: [ProvisioningRecord]",
        ),
    );
    add("Facet", closed("value: string, count: integer, capped: boolean"));
    add(
        "Facets",
        closed("actions: [Facet], statuses: [Facet], kinds: [Facet], errorCodes: [Facet], partial: boolean"),
    );
    add("MailEvent", words(MailEvent::ALL, MailEvent::as_str));
    add("DeliveryState", words(DeliveryState::ALL, DeliveryState::as_str));
    add(
        "MailDelivery",
        closed(
            "id: integer, message: string, event: MailEvent, subject: string, recipient: string, createdAt: time, \
             state: DeliveryState, attempts: integer, nextAttemptAt?: time, endedAt?: time, answer?: string, \
             uncertain: boolean",
        ),
    );
    add("AuditActor", closed("displayName: string, via: string, ipAddress?: string"));
    add(
        "AuditEntry",
        closed(
            "id: integer, activityDateTime: time, activityDisplayName: string, initiatedBy: AuditActor, target: string, reason?: string, details: object",
        ),
    );
    add("AuditCheckpoint", closed("sequence: integer, hash: string, at: time"));
    add(
        "AuditVerification",
        closed(
            "intact: boolean, checkedDateTime: time, entries?: integer, hash?: string, checkpoints: integer, \
             lastCheckpoint?: AuditCheckpoint, damage?: string, brokenAt?: integer, message?: string",
        ),
    );
    let object = "id: string, displayName: string, onPremisesImmutableId: string, onPremisesSyncEnabled: boolean, \
        onPremisesLastSyncDateTime: time, createdDateTime: time, configurationId: string, sourceDomain: string, mail?: string";
    add(
        "User",
        open(&format!("{object}, userPrincipalName?: string, accountEnabled?: boolean, manager?: string")),
    );
    add("Group", open(object));
    add("Contact", open(object));
    add("DirectoryObject", open(&format!("{object}, objectType: string")));
}

fn words<T: Copy>(all: &[T], text: impl Fn(T) -> &'static str) -> Value {
    json!({ "type": "string", "enum": all.iter().map(|word| text(*word)).collect::<Vec<_>>() })
}

/// An object that holds exactly these members.
fn closed(members: &str) -> Value {
    object(members, false)
}

/// An object that also holds what the mapping gave it.
fn open(members: &str) -> Value {
    object(members, true)
}

fn object(members: &str, more: bool) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for member in members.split(',').map(str::trim) {
        let Some((name, kind)) = member.split_once(':') else { continue };
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        if !optional {
            required.push(name);
        }
        properties.insert(name.to_owned(), property(kind.trim(), optional));
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": more })
}

fn property(kind: &str, optional: bool) -> Value {
    if let Some(inner) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
        return json!({ "type": "array", "items": property(inner, false) });
    }
    let simple =
        |kind: &str| if optional { json!({ "type": [kind, "null"] }) } else { json!({ "type": kind }) };
    match kind {
        "string" | "integer" | "boolean" | "object" => simple(kind),
        "time" => {
            let mut schema = simple("string");
            schema["format"] = "date-time".into();
            schema
        }
        name if optional => json!({ "anyOf": [reference(name), { "type": "null" }] }),
        name => reference(name),
    }
}
