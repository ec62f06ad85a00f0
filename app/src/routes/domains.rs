//! Source domains: the list, the form, the test of a connection.

use std::collections::HashMap;

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use domain::{DomainId, SourceDomain, access::Role};

use super::{
    Answer, Reader,
    edit::{form, refused},
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{DomainDraft, DomainPage, DomainRow, domain_href},
};

const LIST: &str = "/settings/domains";

pub async fn list(reader: Reader) -> Answer {
    let (service, who) = (&reader.service, &reader.principal);
    let domains = service.domains(who).await.map_err(|e| reader.failed(&e))?;
    let mut served = served(&reader).await?;
    let mut used = users(&reader, |known| known.domain_id).await?;
    let rows = domains.into_iter().map(|domain| {
        let (agents, healthy) = served.remove(&domain.id).unwrap_or_default();
        DomainRow { configurations: used.remove(&domain.id).unwrap_or_default(), domain, agents, healthy }
    });
    let rows = rows.collect();
    Ok(reader.page("Source domains", || pages::domains(rows)))
}

/// The configurations' names by what they name.
pub async fn users<K: std::hash::Hash + Eq>(
    reader: &Reader,
    key: impl Fn(&domain::Configuration) -> K,
) -> Result<HashMap<K, Vec<String>>, Failure> {
    let known = reader.service.configurations(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let mut users: HashMap<K, Vec<String>> = HashMap::new();
    for view in known {
        users.entry(key(&view.configuration)).or_default().push(view.configuration.name);
    }
    Ok(users)
}

/// How many agents serve each domain, and how many of them well.
async fn served(reader: &Reader) -> Result<HashMap<DomainId, (u64, u64)>, Failure> {
    let summary = reader.service.agent_summary(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    Ok(summary.domains.into_iter().map(|domain| (domain.id, (domain.agents, domain.healthy))).collect())
}

async fn row(reader: &Reader, id: &str) -> Result<DomainRow, Failure> {
    let domain: SourceDomain =
        reader.service.domain(&reader.principal, id).await.map_err(|e| reader.failed(&e))?;
    let (agents, healthy) = served(reader).await?.remove(&domain.id).unwrap_or_default();
    let configurations = users(reader, |known| known.domain_id).await?.remove(&domain.id).unwrap_or_default();
    Ok(DomainRow { domain, agents, healthy, configurations })
}

pub async fn new_form(reader: Reader) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let page = DomainPage { draft: DomainDraft::fresh(), ..DomainPage::default() };
    Ok(reader.page("New domain", || pages::domain_form(page)))
}

pub async fn show(reader: Reader, Path(id): Path<String>) -> Answer {
    let row = row(&reader, &id).await?;
    let title = row.domain.name.clone();
    let draft = DomainDraft::of(&row.domain);
    let page = DomainPage { stored: Some(row), draft, ..DomainPage::default() };
    Ok(reader.page(title, || pages::domain_form(page)))
}

pub async fn create(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let draft = DomainDraft::parse(&form(&body));
    match reader.service.create_domain(&reader.principal, &draft.entry()).await {
        Ok(made) => Ok(tested(&reader, &made, "was created").await),
        Err(error) => {
            let errors = refused(&reader, error)?;
            let page = DomainPage { stored: None, draft, errors };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(reader.page_with(status, "New domain", || pages::domain_form(page)))
        }
    }
}

pub async fn save(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let row = row(&reader, &id).await?;
    let draft = DomainDraft::parse(&form(&body));
    let reference = row.domain.id.to_string();
    match reader.service.update_domain(&reader.principal, &reference, &draft.entry()).await {
        Ok(saved) => Ok(tested(&reader, &saved, "was saved").await),
        Err(error) => {
            let errors = refused(&reader, error)?;
            let title = row.domain.name.clone();
            let page = DomainPage { stored: Some(row), draft, errors };
            Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::domain_form(page)))
        }
    }
}

/// What a connection tells, on the domain's page.
async fn tested(reader: &Reader, domain: &SourceDomain, what: &str) -> axum::response::Response {
    let (to, name) = (domain_href(domain.id), &domain.name);
    if domain.connection.is_none() {
        return reader.done(&to, format!("“{name}” {what}. Its agents connect to the directory."));
    }
    match reader.service.probe_domain(&reader.principal, &domain.id.to_string()).await {
        Ok(info) => {
            let found = signed_in(&info.product, info.server_name.as_deref(), &info.base_dn);
            reader.done(&to, format!("“{name}” {what}. {found}"))
        }
        Err(error) => {
            reader.refused(&to, format!("“{name}” {what}, but the connection failed. {}", sentence(&error)))
        }
    }
}

/// What a directory said of itself.
fn signed_in(product: &str, server: Option<&str>, base: &str) -> String {
    let server = server.map(|name| format!(" ({name})")).unwrap_or_default();
    format!("Signed in: {product}{server}. It is read from {base}.")
}

pub async fn test(reader: Reader, Path(id): Path<String>) -> Answer {
    let domain = reader.service.domain(&reader.principal, &id).await.map_err(|e| reader.failed(&e))?;
    let to = domain_href(domain.id);
    match reader.service.probe_domain(&reader.principal, &domain.id.to_string()).await {
        Ok(info) => {
            Ok(reader.done(&to, signed_in(&info.product, info.server_name.as_deref(), &info.base_dn)))
        }
        Err(error @ service::ServiceError::Forbidden { .. }) => Err(reader.failed(&error)),
        Err(error) => Ok(reader.refused(&to, format!("The connection failed. {}", sentence(&error)))),
    }
}

pub async fn delete(reader: Reader, Path(id): Path<String>) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let domain = reader.service.domain(&reader.principal, &id).await.map_err(|e| reader.failed(&e))?;
    match reader.service.delete_domain(&reader.principal, &domain.id.to_string()).await {
        Ok(()) => Ok(reader.done(LIST, format!("“{}” was deleted.", domain.name))),
        Err(error @ service::ServiceError::Conflict(_)) => {
            Ok(reader.refused(&domain_href(domain.id), sentence(&error)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}
