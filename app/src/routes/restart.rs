//! Restart with a choice of what is forgotten, and allowing deletes after a look at what will go.

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use domain::access::Role;
use service::{ServiceError, Staged, control::RestartCriteria};

use super::{
    Answer, Reader,
    configurations::read,
    edit::form,
    failure::{Failure, sentence},
};
use crate::{
    pages::{self, RESTART_LEVELS},
    view::{ConfigurationDetail, Errors, RestartDraft, StagedView, query},
};

/// Staged objects that are shown by name.
const SHOWN: u32 = 20;

pub async fn show(reader: Reader, Path(id): Path<String>) -> Answer {
    allowed(&reader, Role::Operator)?;
    let detail = read(&reader, &id).await?;
    let draft = RestartDraft { level: RESTART_LEVELS[0].value.to_owned(), ..RestartDraft::default() };
    Ok(reader.page(format!("Restart {}", detail.summary.name), || pages::restart(&detail, draft)))
}

pub async fn restart(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let form = form(&body);
    let chosen = query::first(&form, "level").unwrap_or_default().to_owned();
    let reason = query::first(&form, "reason").unwrap_or_default().to_owned();
    let errors = match RESTART_LEVELS.iter().find(|level| level.value == chosen) {
        None => Errors::one("level", "Choose what shall be forgotten."),
        Some(level) if level.grave && query::first(&form, "confirm").is_none() => {
            Errors::one("confirm", format!("Tick this to restart with “{}”.", level.title))
        }
        Some(level) => {
            let criteria = RestartCriteria {
                reset_scope: Some(level.reset_scope.to_owned()),
                reason: Some(reason.clone()),
            };
            let (name, href) = (&detail.summary.name, detail.summary.href());
            let id = detail.summary.id.to_string();
            match reader.service.restart(&reader.principal, &id, &criteria).await {
                Ok(_) => {
                    return Ok(reader.done(&href, format!("“{name}” was restarted: {}.", level.title)));
                }
                Err(error @ ServiceError::Conflict(_)) => return Ok(reader.refused(&href, sentence(&error))),
                Err(ServiceError::Invalid(problems)) => Errors::of_problems(problems),
                Err(error) => return Err(reader.failed(&error)),
            }
        }
    };
    let draft = RestartDraft { level: chosen, reason, errors };
    let title = format!("Restart {}", detail.summary.name);
    Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::restart(&detail, draft)))
}

pub async fn staged(reader: Reader, Path(id): Path<String>) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let detail = read(&reader, &id).await?;
    let view = look(&reader, &detail).await?;
    Ok(reader.page(title(&detail), || pages::allow_deletes(&detail, view)))
}

/// Allows what was shown, and nothing that came since.
pub async fn allow(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    allowed(&reader, Role::Administrator)?;
    let detail = read(&reader, &id).await?;
    let form = form(&body);
    let figure = |name| query::first(&form, name).and_then(|text| text.parse().ok());
    let mut view = look(&reader, &detail).await?;
    view.reason = query::first(&form, "reason").unwrap_or_default().to_owned();
    let seen = figure("objects").zip(figure("memberships"));
    if seen.map(|(objects, memberships)| Staged { objects, memberships }) != Some(view.staged) {
        let text = "What is held back is not what you were shown. Look at it again.";
        view.errors = Errors::one("figures", text);
    } else if query::first(&form, "confirm").is_none() {
        view.errors = Errors::one("confirm", "Tick this when the removals are meant.");
    } else {
        let href = detail.summary.href();
        let id = detail.summary.id.to_string();
        match reader.service.allow_deletes(&reader.principal, &id, Some(&view.reason)).await {
            Ok(_) => {
                let text = format!("“{}” runs now and removes what was held back.", detail.summary.name);
                return Ok(reader.done(&href, text));
            }
            Err(error @ ServiceError::Conflict(_)) => return Ok(reader.refused(&href, sentence(&error))),
            Err(ServiceError::Invalid(problems)) => view.errors = Errors::of_problems(problems),
            Err(error) => return Err(reader.failed(&error)),
        }
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, title(&detail), || pages::allow_deletes(&detail, view)))
}

fn title(detail: &ConfigurationDetail) -> String {
    format!("Allow deletes of {}", detail.summary.name)
}

async fn look(reader: &Reader, detail: &ConfigurationDetail) -> Result<StagedView, Failure> {
    let id = detail.summary.id.to_string();
    let found = reader.service.staged_deletes(&reader.principal, &id, SHOWN).await;
    let (staged, objects) = found.map_err(|e| reader.failed(&e))?;
    Ok(StagedView { staged, objects, reason: String::new(), errors: Errors::default() })
}

/// A page whose form would be refused is not shown either.
pub fn allowed(reader: &Reader, needed: Role) -> Result<(), Failure> {
    if reader.principal.may(needed) {
        Ok(())
    } else {
        Err(reader.failed(&ServiceError::Forbidden { needed }))
    }
}
