//! The scope of a configuration: containers, groups, attribute filters.

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use domain::document::FieldProblem;
use service::ServiceError;

use super::{
    Answer, Reader,
    configurations::read,
    edit::{at_fields, form, refused},
};
use crate::{
    format::capitalised,
    pages,
    view::{ConfigurationDetail, Errors, ScopeDraft, ScopeView, query},
};

pub async fn show(reader: Reader, Path(id): Path<String>) -> Answer {
    let detail = read(&reader, &id).await?;
    let draft = ScopeDraft::of(&detail.configuration.plan.scope);
    let view = ScopeView { draft, errors: Errors::default() };
    Ok(reader.page(title(&detail), || pages::scope(&detail, view)))
}

/// Saves the scope, or draws the form again with another row of its filter editor.
pub async fn save(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let form = form(&body);
    let mut draft = ScopeDraft::from_form(&form);
    if let Some(what) = query::first(&form, "edit") {
        draft.edit(what);
        let view = ScopeView { draft, errors: Errors::default() };
        return Ok(reader.page(title(&detail), || pages::scope(&detail, view)));
    }
    let errors = match draft.understand() {
        Err(errors) => errors,
        Ok(scope) => {
            let id = detail.summary.id.to_string();
            match reader.service.update_scope(&reader.principal, &id, scope).await {
                Ok(_) => {
                    let to = format!("{}/scope", detail.summary.href());
                    return Ok(reader.done(&to, "The scope was saved. The next cycle applies it."));
                }
                Err(ServiceError::Invalid(problems)) => at_rows(problems),
                Err(error) => refused(&reader, error)?,
            }
        }
    };
    let view = ScopeView { draft, errors };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, title(&detail), || pages::scope(&detail, view)))
}

fn title(detail: &ConfigurationDetail) -> String {
    format!("Scope of {}", detail.summary.name)
}

/// Problems of conditions go to their rows, `scope.filters[0][1].value` to `filters.0.1`; others to their fields.
fn at_rows(problems: Vec<FieldProblem>) -> Errors {
    let (rows, others): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| problem.path.starts_with("scope.filters["));
    let mut errors = at_fields(&others);
    for problem in rows {
        let numbers: Vec<&str> = problem.path.split(['[', ']']).filter(is_number).collect();
        let key = format!("filters.{}", numbers.join("."));
        let message = capitalised(&problem.message) + ".";
        let entry = errors.0.entry(key).or_default();
        if !entry.is_empty() {
            entry.push(' ');
        }
        entry.push_str(&message);
    }
    errors
}

fn is_number(part: &&str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_a_condition_finds_its_row() {
        let problem = |path: &str| FieldProblem { path: path.to_owned(), message: "not so".to_owned() };
        let errors = at_rows(vec![
            problem("scope.filters[2][1].value"),
            problem("scope.filters[2][1].attribute"),
            problem("scope.groups[0]"),
        ]);
        assert_eq!(errors.of("filters.2.1").as_deref(), Some("Not so. Not so."));
        assert_eq!(errors.of("groups").as_deref(), Some("Line 1: not so."));
    }
}
