//! Targets: the list, the form, the test of a connection.

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
    response::Response,
};
use domain::{TargetSystem, access::Role};

use super::{
    Answer, Reader,
    domains::users,
    edit::{form, refused},
    failure::{Failure, sentence},
    restart::allowed,
};
use crate::{
    pages,
    view::{TargetDraft, TargetPage, TargetRow, target_href},
};

const LIST: &str = "/settings/targets";

pub async fn list(reader: Reader) -> Answer {
    let targets = reader.service.targets(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let mut used = users(&reader, |known| known.target_id).await?;
    let rows = targets
        .into_iter()
        .map(|target| TargetRow { configurations: used.remove(&target.id).unwrap_or_default(), target });
    let rows = rows.collect();
    Ok(reader.page("Targets", || pages::targets(rows)))
}

async fn row(reader: &Reader, id: &str) -> Result<TargetRow, Failure> {
    let target = reader.service.target(&reader.principal, id).await.map_err(|e| reader.failed(&e))?;
    let configurations = users(reader, |known| known.target_id).await?.remove(&target.id).unwrap_or_default();
    Ok(TargetRow { target, configurations })
}

pub async fn new_form(reader: Reader) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let page = TargetPage { draft: TargetDraft::fresh(), ..TargetPage::default() };
    Ok(reader.page("New target", || pages::target_form(page)))
}

pub async fn show(reader: Reader, Path(id): Path<String>) -> Answer {
    let row = row(&reader, &id).await?;
    let title = row.target.name.clone();
    let draft = TargetDraft::of(&row.target);
    let page = TargetPage { stored: Some(row), draft, ..TargetPage::default() };
    Ok(reader.page(title, || pages::target_form(page)))
}

pub async fn create(reader: Reader, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    put(&reader, None, TargetDraft::parse(&form(&body))).await
}

pub async fn save(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let row = row(&reader, &id).await?;
    put(&reader, Some(row), TargetDraft::parse(&form(&body))).await
}

async fn put(reader: &Reader, stored: Option<TargetRow>, draft: TargetDraft) -> Answer {
    let (service, who) = (&reader.service, &reader.principal);
    let errors = match draft.entry() {
        Err(errors) => errors,
        Ok(entry) => {
            let (done, what) = match &stored {
                None => (service.create_target(who, &entry).await, "was created"),
                Some(row) => {
                    (service.update_target(who, &row.target.id.to_string(), &entry).await, "was saved")
                }
            };
            match done {
                Ok(target) => return Ok(tested(reader, &target, what).await),
                Err(error) => refused(reader, error)?,
            }
        }
    };
    let title = stored.as_ref().map_or_else(|| "New target".to_owned(), |row| row.target.name.clone());
    let page = TargetPage { stored, draft, errors };
    Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::target_form(page)))
}

/// What a connection tells, on the target's page.
async fn tested(reader: &Reader, target: &TargetSystem, what: &str) -> Response {
    let (to, name) = (target_href(target.id), &target.name);
    match reader.service.probe_target(&reader.principal, &target.id.to_string()).await {
        Ok(info) => reader.done(&to, format!("“{name}” {what}. It answers: {}.", info.description)),
        Err(error) => {
            reader.refused(&to, format!("“{name}” {what}, but the connection failed. {}", sentence(&error)))
        }
    }
}

pub async fn test(reader: Reader, Path(id): Path<String>) -> Answer {
    let target = reader.service.target(&reader.principal, &id).await.map_err(|e| reader.failed(&e))?;
    let to = target_href(target.id);
    match reader.service.probe_target(&reader.principal, &target.id.to_string()).await {
        Ok(info) => Ok(reader.done(&to, format!("It answers: {}.", info.description))),
        Err(error @ service::ServiceError::Forbidden { .. }) => Err(reader.failed(&error)),
        Err(error) => Ok(reader.refused(&to, format!("The connection failed. {}", sentence(&error)))),
    }
}

pub async fn delete(reader: Reader, Path(id): Path<String>) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let target = reader.service.target(&reader.principal, &id).await.map_err(|e| reader.failed(&e))?;
    match reader.service.delete_target(&reader.principal, &target.id.to_string()).await {
        Ok(()) => Ok(reader.done(LIST, format!("“{}” was deleted.", target.name))),
        Err(error @ service::ServiceError::Conflict(_)) => {
            Ok(reader.refused(&target_href(target.id), sentence(&error)))
        }
        Err(error) => Err(reader.failed(&error)),
    }
}
