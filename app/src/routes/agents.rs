//! Agents: the list, adding one, and what is done to one.

use axum::{
    extract::{Path, RawForm, RawQuery},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use domain::{AgentId, EnrolmentId, access::Role, enrolment::EnrolmentState};
use service::{
    PageRequest, ServiceError,
    agents::{AgentQuery, NewEnrolment},
};

use super::{
    Answer, Reader,
    edit::form,
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{AddAgent, AgentList, AgentPage, AgentsQuery, Errors, MadeToken, TimelineSpan, agent_href, query},
};

const ROWS: u32 = 50;
const TOKENS: u32 = 50;
const LIST: &str = "/agents";

pub async fn list(reader: Reader, RawQuery(text): RawQuery) -> Answer {
    let filter = AgentsQuery::parse(&query::parse(&text.unwrap_or_default()));
    let (service, who) = (&reader.service, &reader.principal);
    let wanted = AgentQuery {
        text: (!filter.text.is_empty()).then(|| filter.text.clone()),
        states: filter.state.into_iter().collect(),
        domain: (!filter.domain.is_empty()).then(|| filter.domain.clone()),
        hidden: filter.hidden,
    };
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let found = service.agents(who, &wanted, page).await.map_err(|e| reader.failed(&e))?;
    let summary = service.agent_summary(who).await.map_err(|e| reader.failed(&e))?;
    let mut tokens = Vec::new();
    if who.may(Role::Administrator) {
        let read = service.enrolments(who, PageRequest::first(TOKENS)).await;
        tokens = read.map_err(|e| reader.failed(&e))?.items;
        let now = service.now();
        tokens.retain(|token| token.state(now) == EnrolmentState::Open);
    }
    let view = AgentList { summary, filter, rows: found.items, next: found.next, tokens };
    Ok(reader.page("Agents", || pages::agents(view)))
}

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let pairs = query::parse(&text.unwrap_or_default());
    let span = query::first(&pairs, "span").and_then(|span| span.parse().ok()).unwrap_or(TimelineSpan::Day);
    let id = agent_id(&reader, &id)?;
    let (service, who) = (&reader.service, &reader.principal);
    let detail = service.agent(who, id).await.map_err(|e| reader.failed(&e))?;
    let served = detail.view.agent.domains.clone();
    let domains = domains(&reader, &served).await?;
    let title = detail.view.agent.machine.clone();
    let view = AgentPage { detail, span, domains };
    Ok(reader.page(title, || pages::agent(view)))
}

pub async fn add_form(reader: Reader) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let domains = domains(&reader, &[]).await?;
    let only = domains.len() == 1;
    let view = AddAgent {
        domains: domains.into_iter().map(|(name, _)| (name, only)).collect(),
        minutes: "30".to_owned(),
        ..AddAgent::default()
    };
    Ok(reader.page("Add agent", || pages::add_agent(view)))
}

/// The token is in this answer and nowhere else, so that there is no other page to go on to.
pub async fn add(reader: Reader, headers: HeaderMap, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let form = form(&body);
    let chosen: Vec<String> = query::all(&form, "domain");
    let typed = query::first(&form, "minutes").unwrap_or_default().trim().to_owned();
    let mut view =
        AddAgent { domains: domains(&reader, &chosen).await?, minutes: typed.clone(), ..AddAgent::default() };
    let minutes = if typed.is_empty() { Ok(None) } else { typed.parse().map(Some) };
    let Ok(minutes) = minutes else {
        view.errors = Errors::one("minutes", "Write a whole number of minutes.");
        return Ok(refused(&reader, view));
    };
    match reader.service.create_enrolment(&reader.principal, &NewEnrolment { domains: chosen, minutes }).await
    {
        Ok((enrolment, token)) => {
            view.made = Some(MadeToken { enrolment, token, server: server(&reader, &headers) });
            Ok(reader.page("Add agent", || pages::add_agent(view)))
        }
        Err(ServiceError::Invalid(problems)) => {
            view.errors = Errors::of_problems(problems);
            Ok(refused(&reader, view))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}

fn refused(reader: &Reader, view: AddAgent) -> Response {
    reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, "Add agent", || pages::add_agent(view))
}

/// The address under which the administrator sees the portal: agents are most likely to find it there as well.
fn server(reader: &Reader, headers: &HeaderMap) -> String {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let secure = forwarded == Some("https") || reader.service.agent_setup().fingerprint.is_some();
    let host = text(header::HOST).unwrap_or("localhost");
    format!("{}://{host}", if secure { "https" } else { "http" })
}

pub async fn withdraw(reader: Reader, Path(id): Path<String>) -> Answer {
    let id: EnrolmentId = id.parse().map_err(|_| reader.failed(&ServiceError::not_found("such token")))?;
    let done = reader.service.withdraw_enrolment(&reader.principal, id).await;
    settled(&reader, done, LIST, "The token was taken back; it lets nobody in any more.")
}

pub async fn retire(reader: Reader, Path(id): Path<String>) -> Answer {
    let id = agent_id(&reader, &id)?;
    let done = reader.service.retire_agent(&reader.principal, id).await;
    settled(&reader, done, &agent_href(id), "The agent was retired and its connection cut.")
}

pub async fn rotate_key(reader: Reader, Path(id): Path<String>) -> Answer {
    let id = agent_id(&reader, &id)?;
    let done = reader.service.rotate_agent_key(&reader.principal, id).await;
    settled(&reader, done, &agent_href(id), "The agent was told to change its key.")
}

pub async fn clear_alarms(reader: Reader, Path(id): Path<String>) -> Answer {
    let id = agent_id(&reader, &id)?;
    let done = reader.service.clear_agent_alarms(&reader.principal, id).await;
    settled(&reader, done, &agent_href(id), "The alarms were cleared.")
}

pub async fn set_domains(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let id = agent_id(&reader, &id)?;
    let chosen: Vec<String> = query::all(&form(&body), "domain");
    let done = reader.service.set_agent_domains(&reader.principal, id, &chosen).await;
    settled(&reader, done, &agent_href(id), "The domains were saved; the agent connects again.")
}

fn settled(reader: &Reader, done: Result<(), ServiceError>, to: &str, text: &str) -> Answer {
    match done {
        Ok(()) => Ok(reader.done(to, text)),
        Err(error @ (ServiceError::Conflict(_) | ServiceError::Invalid(_))) => {
            Ok(reader.refused(to, sentence(&error)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}

fn agent_id(reader: &Reader, id: &str) -> Result<AgentId, Failure> {
    id.parse().map_err(|_| reader.failed(&ServiceError::not_found("agent with this id")))
}

/// Every domain by name, with whether it is among the chosen ones.
async fn domains(reader: &Reader, chosen: &[String]) -> Result<Vec<(String, bool)>, Failure> {
    let summary = reader.service.agent_summary(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let ticked = |name: &String| chosen.contains(name);
    Ok(summary
        .domains
        .into_iter()
        .map(|domain| (ticked(&domain.name), domain.name))
        .map(|(t, n)| (n, t))
        .collect())
}
