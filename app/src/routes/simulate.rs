//! Simulations: started, watched, cancelled, read object by object, and saved.

use axum::extract::{Path, RawForm, RawQuery};
use domain::{
    SimulationId, csv,
    simulation::{Movement, SimulatedObject, Simulation, SimulationState},
};
use service::{
    PageRequest, ServiceError,
    simulation::{SimulatedFilter, SimulationRequest},
};

use super::{
    Answer, Reader,
    configurations::read,
    csv::download,
    edit::form,
    failure::{Failure, sentence},
};
use crate::{
    pages,
    view::{ConfigurationDetail, SimulateView, SimulatedQuery, query},
};

const ROWS: u32 = 50;

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let filter = SimulatedQuery::parse(&query::parse(&text.unwrap_or_default()));
    let id = detail.summary.id.to_string();
    let newest = reader.service.simulations(&reader.principal, &id, PageRequest::first(1)).await;
    let newest = newest.map_err(|e| reader.failed(&e))?.items.into_iter().next();
    let mut view = SimulateView { filter, ..SimulateView::default() };
    if let Some(simulation) = newest {
        let page = PageRequest { limit: ROWS, after: view.filter.after.clone() };
        let wanted = wanted(&view.filter);
        let found =
            reader.service.simulated_objects(&reader.principal, &id, simulation.id, &wanted, page).await;
        let found = found.map_err(|e| reader.failed(&e))?;
        (view.rows, view.next) = (found.items, found.next);
        view.stale = stale(&detail, &simulation);
        view.newest = Some(simulation);
    }
    let title = format!("Simulate {}", detail.summary.name);
    Ok(reader.page(title, || pages::simulate(&detail, view)))
}

/// What happened since a simulation that ended.
pub(super) fn stale(detail: &ConfigurationDetail, simulation: &Simulation) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if simulation.state == SimulationState::Running {
        return reasons;
    }
    let last = detail.summary.last.as_ref().and_then(|cycle| cycle.ended_at);
    if last.is_some_and(|at| at > simulation.started_at) || detail.summary.running.is_some() {
        reasons.push("A cycle has run since.");
    }
    if detail.configuration.updated_at > simulation.started_at {
        reasons.push("The configuration was changed since.");
    }
    reasons
}

pub(super) fn wanted(filter: &SimulatedQuery) -> SimulatedFilter {
    SimulatedFilter {
        text: (!filter.text.is_empty()).then(|| filter.text.clone()),
        actions: filter.action.into_iter().collect(),
        statuses: filter.status.into_iter().collect(),
        kind: filter.kind,
        movements: filter.movement.into_iter().collect(),
    }
}

pub async fn start(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let to = format!("{}/simulate", detail.summary.href());
    let form = form(&body);
    let request = SimulationRequest {
        full: query::first(&form, "full").is_some(),
        scheduled: query::first(&form, "scheduled").is_some(),
        ..SimulationRequest::default()
    };
    let id = detail.summary.id.to_string();
    match reader.service.start_simulation(&reader.principal, &id, &request).await {
        Ok(_) => Ok(reader.done(&to, "The simulation was started. Nothing is changed by it.")),
        Err(error) => turned_down(&reader, &to, &error),
    }
}

pub async fn cancel(reader: Reader, Path((id, simulation)): Path<(String, String)>) -> Answer {
    let detail = read(&reader, &id).await?;
    let to = format!("{}/simulate", detail.summary.href());
    let simulation = parsed(&reader, &simulation)?;
    let id = detail.summary.id.to_string();
    match reader.service.cancel_simulation(&reader.principal, &id, simulation).await {
        Ok(()) => Ok(reader.done(&to, "The simulation stops after the page under way.")),
        Err(error) => turned_down(&reader, &to, &error),
    }
}

/// What does not fit the present state is told on the page itself.
pub(super) fn turned_down(reader: &Reader, to: &str, error: &ServiceError) -> Answer {
    match error {
        ServiceError::Busy(_) | ServiceError::Conflict(_) | ServiceError::Unavailable { .. } => {
            Ok(reader.refused(to, sentence(error)))
        }
        _ => Err(reader.failed(error)),
    }
}

pub async fn object(
    reader: Reader,
    Path((id, simulation, number)): Path<(String, String, String)>,
) -> Answer {
    let detail = read(&reader, &id).await?;
    let simulation = parsed(&reader, &simulation)?;
    let missing = || reader.failed(&ServiceError::not_found("such simulated object"));
    let number = number.parse().map_err(|_| missing())?;
    let id = detail.summary.id.to_string();
    let found = reader.service.simulated_object(&reader.principal, &id, simulation, number).await;
    let object = found.map_err(|e| reader.failed(&e))?;
    let title = format!("Simulation of {}", detail.summary.name);
    Ok(reader.page(title, || pages::simulated_object(&detail, object)))
}

pub async fn save(
    reader: Reader,
    Path((id, simulation)): Path<(String, String)>,
    RawQuery(text): RawQuery,
) -> Answer {
    let filter = wanted(&SimulatedQuery::parse(&query::parse(&text.unwrap_or_default())));
    download_matching(reader, &id, &simulation, filter).await
}

/// Only who comes and who goes.
pub async fn save_moving(
    reader: Reader,
    Path((id, simulation)): Path<(String, String)>,
    RawQuery(text): RawQuery,
) -> Answer {
    let filter = wanted(&SimulatedQuery::parse(&query::parse(&text.unwrap_or_default())));
    download_matching(reader, &id, &simulation, only_moving(filter)).await
}

/// The filter without those who stay.
pub(super) fn only_moving(mut filter: SimulatedFilter) -> SimulatedFilter {
    if filter.movements.is_empty() {
        filter.movements = Movement::ALL.to_vec();
    }
    filter
}

async fn download_matching(reader: Reader, id: &str, simulation: &str, filter: SimulatedFilter) -> Answer {
    let detail = read(&reader, id).await?;
    let simulation = parsed(&reader, simulation)?;
    let (service, principal) = (reader.service.clone(), reader.principal.clone());
    let id = detail.summary.id.to_string();
    let lines = Box::new(move |page| -> futures::future::BoxFuture<'static, _> {
        let (service, principal, id, filter) =
            (service.clone(), principal.clone(), id.clone(), filter.clone());
        Box::pin(async move {
            let found = service.simulated_objects(&principal, &id, simulation, &filter, page).await?;
            Ok(found.map(|object| line(&object)))
        })
    });
    let name = format!("Simulation of {}", detail.summary.name);
    download(&name, csv::line(&COLUMNS), lines).await.map_err(|e| reader.failed(&e))
}

/// As `skybridge simulate --csv` names them.
const COLUMNS: [&str; 11] = [
    "number",
    "objectType",
    "action",
    "status",
    "sourceId",
    "displayName",
    "distinguishedName",
    "targetId",
    "errorCode",
    "reason",
    "movement",
];

fn line(object: &SimulatedObject) -> String {
    let error = object.error.as_ref();
    let number = object.number.to_string();
    csv::line::<&str>(&[
        &number,
        object.kind.as_str(),
        object.action.as_str(),
        object.status.as_str(),
        &object.source.id,
        &object.source.display_name,
        &object.source.name,
        &object.target.id,
        error.map_or("", |error| &error.error_code),
        error.map_or("", |error| &error.reason),
        object.movement.map_or("", Movement::as_str),
    ])
}

pub(super) fn parsed(reader: &Reader, id: &str) -> Result<SimulationId, Failure> {
    id.parse().map_err(|_| reader.failed(&ServiceError::not_found("such simulation")))
}
