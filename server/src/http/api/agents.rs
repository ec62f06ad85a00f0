//! Agents, as people see them and as they speak themselves.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use channel::enrolment::{EnrolmentRequest, KeyChange};
use domain::AgentId;
use domain::access::Role;
use domain::agent::{AgentTask, AgentWork, CheckOutcome};
use serde::Deserialize;
use serde_json::{Value, json};
use service::ServiceError;
use service::agents::{
    AgentDetail, AgentError, AgentQuery, AgentSummary, AgentView, Bucket, DomainAgents, DomainVerdict,
    EnrolError,
};
use service::document::parse;
use storage::Page;

use super::body::JsonBody;
use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use crate::http::address::{Peer, client};
use crate::http::auth::Caller;
use crate::http::signed::{Signed, refused};
use crate::http::{Edge, Problem};

const TAG: &str = "agents";
const FILTER: &[Parameter] = &[
    Parameter { name: "q", description: "Part of the machine's name.", repeated: false },
    Parameter { name: "status", description: "State of the agent.", repeated: true },
    Parameter { name: "domain", description: "A domain that it serves, by id or name.", repeated: false },
    Parameter {
        name: "hidden",
        description: "`true`: also agents that have been silent or retired for long.",
        repeated: false,
    },
];
const SIGNED: &str = "Signed by the agent (RFC 9421) instead of a token.";

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    let administrator = Role::Administrator;
    operations
        .add(
            "get",
            "/agents",
            list,
            Operation::new(
                "listAgents",
                TAG,
                "Agents, by the names of their machines",
                Role::Reader,
                Answer::List("Agent"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "get",
            "/agentSummary",
            summary,
            Operation::new(
                "getAgentSummary",
                TAG,
                "How many agents there are in which state, and how well each domain is served",
                Role::Reader,
                Answer::One("AgentSummary"),
            ),
        )
        .add(
            "get",
            "/agents/{id}",
            get,
            Operation::new(
                "getAgent",
                TAG,
                "One agent with its timeline",
                Role::Reader,
                Answer::One("AgentDetail"),
            ),
        )
        .add(
            "patch",
            "/agents/{id}",
            update,
            Operation::new(
                "updateAgent",
                TAG,
                "Change the domains that an agent may serve; its connection is cut",
                administrator,
                Answer::One("AgentDetail"),
            )
            .body("AgentPatch"),
        )
        .add(
            "post",
            "/agents/{id}/retire",
            retire,
            Operation::new(
                "retireAgent",
                TAG,
                "End an agent for good; its connection is cut at once",
                administrator,
                Answer::Nothing,
            ),
        )
        .add(
            "post",
            "/agents/{id}/rotateKey",
            rotate_key,
            Operation::new(
                "rotateAgentKey",
                TAG,
                "Tell a connected agent to change its key; what it reads goes on",
                administrator,
                Answer::Nothing,
            ),
        )
        .add(
            "post",
            "/agents/{id}/clearAlarms",
            clear_alarms,
            Operation::new(
                "clearAgentAlarms",
                TAG,
                "Forget an agent's alarms",
                administrator,
                Answer::Nothing,
            ),
        )
        .add(
            "post",
            "/agents/enroll",
            enroll,
            Operation::new(
                "enrollAgent",
                TAG,
                "Spend an enrolment token: what skybridge-agent enroll sends",
                Role::Reader,
                Answer::Created("Enrollment"),
            )
            .body("EnrollmentRequest")
            .instead_of_role("Shows a one-time enrolment token in its body."),
        )
        .add(
            "post",
            "/agents/{id}/key",
            change_key,
            Operation::new(
                "changeAgentKey",
                TAG,
                "Offer a new key; it takes over with the first request that it signs",
                Role::Reader,
                Answer::Nothing,
            )
            .body("KeyChange")
            .instead_of_role(SIGNED),
        )
        .add(
            "post",
            "/agents/{id}/leave",
            leave,
            Operation::new("leaveAgent", TAG, "An agent takes its leave", Role::Reader, Answer::Nothing)
                .instead_of_role(SIGNED),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    let query = AgentQuery {
        text: params.text("q"),
        states: params.all_parsed("status"),
        domain: params.text("domain"),
        hidden: params.parsed("hidden").unwrap_or(false),
    };
    params.finish()?;
    let found = edge.service().agents(&caller, &query, page).await?;
    Ok(Json(found.map(|view| agent(&view))))
}

pub async fn summary(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Json<Value>, Problem> {
    Ok(Json(overall(&edge.service().agent_summary(&caller).await?)))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(detail(&edge.service().agent(&caller, parsed(&id)?).await?)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentPatch {
    domains: Vec<String>,
}

pub async fn update(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Problem> {
    let id = parsed(&id)?;
    let patch: AgentPatch = parse::entry(body)?;
    edge.service().set_agent_domains(&caller, id, &patch.domains).await?;
    Ok(Json(detail(&edge.service().agent(&caller, id).await?)))
}

pub async fn retire(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().retire_agent(&caller, parsed(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn rotate_key(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().rotate_agent_key(&caller, parsed(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn clear_alarms(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    edge.service().clear_agent_alarms(&caller, parsed(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /agents/enroll`: no token of the API, no signature; the enrolment token is all that speaks for the caller.
pub async fn enroll(
    State(edge): State<Edge>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let address = client(&peer, &headers, edge.options().behind_proxy);
    let request: EnrolmentRequest = serde_json::from_value(body)
        .map_err(|error| Problem::bad_request(format!("this is no enrolment request: {error}")))?;
    let answer = edge.service().enrol_agent(&request, &address).await.map_err(|error| {
        let (status, code) = match error {
            EnrolError::Refused => (StatusCode::UNAUTHORIZED, "EnrollmentRefused"),
            EnrolError::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, "TooManyEnrollments"),
            EnrolError::Malformed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "EnrollmentMalformed"),
            EnrolError::Clock { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "ClockOffset"),
            EnrolError::Service(error) => return Problem::from(error),
        };
        Problem::new(status, code, error.to_string())
    })?;
    Ok((StatusCode::CREATED, Json(json!(answer))))
}

pub async fn change_key(
    State(edge): State<Edge>,
    Path(id): Path<String>,
    Signed { agent, body }: Signed,
) -> Result<StatusCode, Problem> {
    let change: KeyChange = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request(format!("this is no key change: {error}")))?;
    edge.service().change_agent_key(&agent, parsed(&id)?, &change).await.map_err(refuse)?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn leave(
    State(edge): State<Edge>,
    Path(id): Path<String>,
    Signed { agent, .. }: Signed,
) -> Result<StatusCode, Problem> {
    edge.service().leave_agent(&agent, parsed(&id)?).await.map_err(refuse)?;
    Ok(StatusCode::NO_CONTENT)
}

fn refuse(error: AgentError) -> Problem {
    match error {
        AgentError::Refused(refusal) => refused(refusal),
        AgentError::Failed(error) => error.into(),
    }
}

fn parsed(id: &str) -> Result<AgentId, Problem> {
    Ok(id.parse().map_err(|_| ServiceError::not_found("such agent"))?)
}

fn agent(view: &AgentView) -> Value {
    let known = &view.agent;
    let last = known.heard.last();
    let alarms: Vec<Value> = view
        .alarms
        .iter()
        .map(|alarm| {
            json!({
                "kind": alarm.kind,
                "firstDateTime": alarm.first_at,
                "lastDateTime": alarm.last_at,
                "count": alarm.count,
                "ipAddress": alarm.address,
                "meaning": alarm.kind.meaning(),
                "recommendedAction": alarm.kind.advice(),
            })
        })
        .collect();
    json!({
        "id": known.id,
        "machineName": known.machine,
        "externalIp": known.external_address,
        "status": view.state,
        "connected": view.connected,
        "domains": known.domains,
        "version": view.version(),
        "system": known.beat.as_ref().map(|beat| &beat.system),
        "protocol": known.protocol,
        "enrolledDateTime": known.enrolled_at,
        "retiredDateTime": known.heard.retired,
        "lastHeartbeatDateTime": last.map(|(at, _)| at),
        "lastHeartbeatChannel": last.map(|(_, channel)| channel),
        "failedChecks": view.checks(CheckOutcome::Failed).count(),
        "warnings": view.checks(CheckOutcome::Warning).count(),
        "alarms": alarms,
        "keyChangePending": view.key_change,
        "enrollmentTokenId": view.enrolment,
    })
}

fn detail(detail: &AgentDetail) -> Value {
    let mut value = agent(&detail.view);
    let known = &detail.view.agent;
    if let Some(members) = value.as_object_mut() {
        let beat = known.beat.as_ref();
        members.insert("startedDateTime".to_owned(), json!(beat.map(|beat| beat.started_at)));
        members.insert("loadInCenticores".to_owned(), json!(beat.map(|beat| beat.load_centicores)));
        members.insert("memoryInBytes".to_owned(), json!(beat.map(|beat| beat.memory_bytes)));
        members.insert("requestsUnderWay".to_owned(), json!(beat.map(|beat| beat.running)));
        let reach: Vec<_> = beat.iter().flat_map(|beat| &beat.domains).collect();
        members.insert("directories".to_owned(), json!(reach));
        members.insert("readiness".to_owned(), json!(known.readiness));
        members.insert("lastDay".to_owned(), detail.day.iter().map(bucket).collect());
        members.insert("lastWeek".to_owned(), detail.week.iter().map(bucket).collect());
        members.insert("recentWork".to_owned(), detail.work.iter().map(work).collect());
    }
    value
}

fn work(work: &AgentWork) -> Value {
    let (task, kind) = match work.task {
        AgentTask::Read(kind) => ("read", Some(kind.as_str())),
        AgentTask::Changes => ("changes", None),
        AgentTask::Position => ("position", None),
        AgentTask::Probe => ("probe", None),
        AgentTask::Browse => ("browse", None),
        AgentTask::LookUp => ("lookUp", None),
    };
    let outcome = match (&work.error, work.whole) {
        (Some(_), _) => "failure",
        (None, true) => "success",
        (None, false) => "brokenOff",
    };
    json!({
        "task": task,
        "type": kind,
        "domain": work.domain,
        "startDateTime": work.at,
        "durationInMilliseconds": work.took_ms,
        "pages": work.pages,
        "outcome": outcome,
        "error": work.error,
    })
}

fn bucket(bucket: &Bucket) -> Value {
    json!({
        "fromDateTime": bucket.from,
        "untilDateTime": bucket.until,
        "mainSeconds": bucket.main_seconds,
        "statusSeconds": bucket.status_seconds,
        "silentSeconds": bucket.silent_seconds,
        "heartbeats": bucket.beats,
        "unreachable": bucket.unreachable,
        "latencyInMilliseconds": bucket.latency_ms,
    })
}

fn overall(summary: &AgentSummary) -> Value {
    let states: Vec<Value> =
        summary.states.iter().map(|(state, count)| json!({ "status": state, "count": count })).collect();
    let domain = |domain: &DomainAgents| {
        json!({
            "id": domain.id,
            "name": domain.name,
            "direct": domain.direct,
            "agents": domain.agents,
            "healthy": domain.healthy,
            "verdict": match domain.verdict() {
                DomainVerdict::Direct => "direct",
                DomainVerdict::Fine => "fine",
                DomainVerdict::Few => "few",
                DomainVerdict::Unserved => "unserved",
            },
        })
    };
    json!({
        "statuses": states,
        "domains": summary.domains.iter().map(domain).collect::<Vec<_>>(),
        "alarmed": summary.alarmed,
    })
}
