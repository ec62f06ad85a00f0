//! Simulations of a configuration.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::SimulationId;
use domain::access::Role;
use domain::simulation::{SimulatedObject, Simulation};
use serde::Deserialize;
use serde_json::{Value, json};
use service::ServiceError;
use service::document::parse;
use service::simulation::{SimulatedFilter, SimulationRequest};
use storage::Page;

use super::body::{JsonBody, patched};
use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const FILTER: &[Parameter] = &[
    Parameter {
        name: "q",
        description: "Words that must all be found in names, ids, distinguished name or error code.",
        repeated: false,
    },
    Parameter {
        name: "action",
        description: "create, update, disable, delete, stageddelete, other.",
        repeated: true,
    },
    Parameter { name: "status", description: "success, failure, skipped, warning.", repeated: true },
    Parameter { name: "kind", description: "user, group, contact.", repeated: false },
    Parameter {
        name: "movement",
        description: "enters, leaves: who comes to what is provisioned, and who goes from it.",
        repeated: true,
    },
];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Body {
    full: bool,
    scheduled: bool,
    /// A merge patch over the stored configuration.
    plan: Option<Value>,
    /// A merge patch over the stored scope.
    scope: Option<Value>,
}

const TAG: &str = "simulations";

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/configurations/{id}/simulations",
            list,
            Operation::new(
                "listSimulations",
                TAG,
                "Simulations of a configuration, newest first",
                Role::Reader,
                Answer::List("Simulation"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/configurations/{id}/simulations",
            start,
            Operation::new(
                "startSimulation",
                TAG,
                "Find out what the next cycle, or a changed plan, would do to everybody",
                Role::Operator,
                Answer::Accepted("Simulation"),
            )
            .body("SimulationRequest"),
        )
        .add(
            "get",
            "/configurations/{id}/simulations/{simulation}",
            get,
            Operation::new(
                "getSimulation",
                TAG,
                "One simulation with its counts so far",
                Role::Reader,
                Answer::One("Simulation"),
            ),
        )
        .add(
            "delete",
            "/configurations/{id}/simulations/{simulation}",
            cancel,
            Operation::new(
                "cancelSimulation",
                TAG,
                "Stop a running simulation",
                Role::Operator,
                Answer::Nothing,
            ),
        )
        .add(
            "get",
            "/configurations/{id}/simulations/{simulation}/objects",
            objects,
            Operation::new(
                "listSimulatedObjects",
                TAG,
                "What would be done, object by object, without steps and modified properties",
                Role::Reader,
                Answer::List("SimulatedObject"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "get",
            "/configurations/{id}/simulations/{simulation}/objects/{object}",
            object,
            Operation::new(
                "getSimulatedObject",
                TAG,
                "One simulated object with everything, by its number",
                Role::Reader,
                Answer::One("SimulatedObject"),
            ),
        )
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    params.finish()?;
    let found = edge.service().simulations(&caller, &id, page).await?;
    Ok(Json(found.map(|simulation| answer(&simulation))))
}

pub async fn start(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let body: Body = parse::entry(body)?;
    let (mut plan, mut scope) = (None, None);
    if body.plan.is_some() || body.scope.is_some() {
        let stored = edge.service().configuration(&caller, &id).await?.entry();
        if let Some(wanted) = body.scope {
            let tried = parse::configuration_entry(patched(&stored, json!({ "scope": wanted }))?)?;
            scope = Some(tried.scope);
        }
        if let Some(wanted) = body.plan {
            plan = Some(parse::configuration_entry(patched(&stored, wanted)?)?);
        }
    }
    let request = SimulationRequest { full: body.full, scheduled: body.scheduled, plan, scope };
    let begun = edge.service().start_simulation(&caller, &id, &request).await?;
    Ok((StatusCode::ACCEPTED, Json(answer(&begun))))
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path((id, simulation)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let simulation = edge.service().simulation(&caller, &id, parsed(&simulation)?).await?;
    Ok(Json(answer(&simulation)))
}

pub async fn cancel(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path((id, simulation)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    edge.service().cancel_simulation(&caller, &id, parsed(&simulation)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn objects(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path((id, simulation)): Path<(String, String)>,
    mut params: Params,
) -> Result<Json<Page<Value>>, Problem> {
    let page = params.page();
    let filter = SimulatedFilter {
        text: params.text("q"),
        actions: params.all_parsed("action"),
        statuses: params.all_parsed("status"),
        kind: params.parsed("kind"),
        movements: params.all_parsed("movement"),
    };
    params.finish()?;
    let simulation = parsed(&simulation)?;
    let found = edge.service().simulated_objects(&caller, &id, simulation, &filter, page).await?;
    Ok(Json(found.map(|object| one(&object, false))))
}

pub async fn object(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path((id, simulation, number)): Path<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let number = number.parse().map_err(|_| ServiceError::not_found("such simulated object"))?;
    let found = edge.service().simulated_object(&caller, &id, parsed(&simulation)?, number).await?;
    Ok(Json(one(&found, true)))
}

fn parsed(id: &str) -> Result<SimulationId, Problem> {
    Ok(id.parse().map_err(|_| ServiceError::not_found("such simulation"))?)
}

fn answer(simulation: &Simulation) -> Value {
    json!({
        "id": simulation.id,
        "configurationId": simulation.configuration_id,
        "state": simulation.state,
        "requestedBy": simulation.requested_by,
        "draft": simulation.draft,
        "scope": simulation.scope,
        "full": simulation.full,
        "startedDateTime": simulation.started_at,
        "endedDateTime": simulation.ended_at,
        "phase": simulation.phase,
        "done": simulation.done,
        "expected": simulation.expected,
        "counts": simulation.counts,
        "tallies": simulation.tallies,
        "problem": simulation.problem,
        "notes": simulation.notes,
    })
}

fn one(object: &SimulatedObject, whole: bool) -> Value {
    let mut value = json!({
        "number": object.number,
        "objectType": object.kind,
        "movement": object.movement,
        "provisioningAction": object.action,
        "provisioningStatusInfo": wire::status_info(object.status, object.error.as_ref()),
        "sourceIdentity": wire::identity(&object.source, object.kind, "distinguishedName"),
        "targetIdentity": wire::identity(&object.target, object.kind, "name"),
    });
    if whole && let Some(members) = value.as_object_mut() {
        members.insert("provisioningSteps".to_owned(), wire::steps(&object.steps));
        members.insert("modifiedProperties".to_owned(), json!(object.modified));
    }
    value
}
