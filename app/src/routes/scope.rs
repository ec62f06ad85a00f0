//! The scope of a configuration: containers, groups, attribute filters.

use axum::{
    extract::{Path, RawForm, RawQuery},
    http::StatusCode,
};
use domain::{
    document::FieldProblem,
    simulation::{Simulation, SimulationState},
};
use service::{PageRequest, ServiceError, simulation::SimulationRequest};

use super::{
    Answer, Reader,
    configurations::read,
    edit::{at_fields, form, refused},
    failure::{Failure, sentence},
    simulate::{only_moving, parsed, stale, turned_down, wanted},
};
use crate::{
    format::capitalised,
    pages,
    view::{
        Chosen, ConfigurationDetail, Errors, ScopeDraft, ScopeView, SimulateView, SimulatedQuery, TreeDraft,
        TreeEdit, TreeView, query,
    },
};

/// Simulated objects a page.
const ROWS: u32 = 50;

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    // What was tried in a preview can be changed further.
    let from = query::parse(&text.unwrap_or_default());
    let tried = match query::first(&from, "from") {
        Some(simulation) => previewed(&reader, &detail, simulation).await?.scope,
        None => None,
    };
    let draft = ScopeDraft::of(tried.as_ref().unwrap_or(&detail.configuration.plan.scope));
    let view = ScopeView { draft, ..ScopeView::default() };
    Ok(reader.page(title(&detail), || pages::scope(&detail, view)))
}

/// Saves the scope, or draws the form again with another row of its filter editor.
pub async fn save(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let form = form(&body);
    let mut draft = ScopeDraft::from_form(&form);
    let mut tree = TreeDraft::from_form(&form);
    let what = match query::first(&form, "edit") {
        Some("enter") if tree.is_searching() => Some("search"),
        Some("enter" | "preview") | None => None,
        Some(what) => Some(what),
    };
    if let Some(what) = what {
        let mut errors = Errors::default();
        match tree.edit(what) {
            None => draft.edit(what),
            Some(TreeEdit::Look) => {}
            Some(change) => {
                match choose(&reader, &detail, &mut draft, change).await {
                    Ok(()) => {}
                    // What was typed is kept while the directory does not answer.
                    Err(error @ ServiceError::Unavailable { .. }) => {
                        errors = Errors::one("", sentence(&error));
                    }
                    Err(error) => errors = refused(&reader, error)?,
                }
            }
        }
        let tree = look(&reader, &detail, &draft, tree).await?;
        let view = ScopeView { draft, errors, tree };
        return Ok(reader.page(title(&detail), || pages::scope(&detail, view)));
    }
    let errors = match draft.understand() {
        Err(errors) => errors,
        Ok(scope) if query::first(&form, "edit") == Some("preview") => {
            let id = detail.summary.id.to_string();
            let request = SimulationRequest { scope: Some(scope), ..SimulationRequest::default() };
            match reader.service.start_simulation(&reader.principal, &id, &request).await {
                Ok(begun) => {
                    let to = format!("{}/scope/preview/{}", detail.summary.href(), begun.id);
                    return Ok(reader.done(&to, "The preview was started. Nothing is changed by it."));
                }
                Err(ServiceError::Invalid(problems)) => at_rows(problems),
                Err(error) => refused(&reader, error)?,
            }
        }
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
    let tree = look(&reader, &detail, &draft, tree).await?;
    let view = ScopeView { draft, errors, tree };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, title(&detail), || pages::scope(&detail, view)))
}

/// The tree for the page, if it is to be shown. A directory that does not answer leaves the rest of the form usable.
async fn look(
    reader: &Reader,
    detail: &ConfigurationDetail,
    draft: &ScopeDraft,
    tree: TreeDraft,
) -> Result<TreeView, Failure> {
    let mut view = TreeView { draft: tree, ..TreeView::default() };
    if !view.draft.shown {
        return Ok(view);
    }
    let known = detail.state.containers.iter().chain(&detail.state.memory.groups);
    view.chosen = Chosen::of(draft.lines(), known);
    let id = detail.summary.id.to_string();
    let searched = view.draft.searched.clone();
    let text = Some(searched.as_str()).filter(|text| !text.is_empty());
    let mut found = reader.service.directory_tree(&reader.principal, &id, &view.draft.open, text).await;
    if let Err(error @ ServiceError::Invalid(_)) = &found {
        // The tree is there all the same, and the next button does not search for it again.
        view.problem = Some(("This cannot be searched for", sentence(error)));
        view.draft.searched.clear();
        found = reader.service.directory_tree(&reader.principal, &id, &view.draft.open, None).await;
    }
    match found {
        Ok(tree) => {
            view.draft.open.retain(|id| tree.open.iter().any(|(known, _)| known == id));
            view.tree = tree;
        }
        Err(error @ (ServiceError::Unavailable { .. } | ServiceError::Busy(_))) => {
            view.problem = Some(("The directory does not answer", sentence(&error)));
        }
        Err(error) => return Err(reader.failed(&error)),
    }
    Ok(view)
}

/// Takes what a button of the tree names into the draft, or out of it, by the name that it has now.
async fn choose(
    reader: &Reader,
    detail: &ConfigurationDetail,
    draft: &mut ScopeDraft,
    change: TreeEdit,
) -> Result<(), ServiceError> {
    let (TreeEdit::Take { id, .. } | TreeEdit::Drop { id }) = &change else { return Ok(()) };
    let configuration = detail.summary.id.to_string();
    let place = reader.service.directory_place(&reader.principal, &configuration, id).await?;
    let place = place.ok_or_else(|| ServiceError::Conflict("it is gone from the directory".to_owned()))?;
    let known = detail.state.containers.iter().chain(&detail.state.memory.groups);
    let line = Chosen::of(draft.lines(), known).line_of(&place).map(str::to_owned);
    match (change, line) {
        (TreeEdit::Take { is_group, .. }, None) => draft.take(&place.dn, is_group),
        (TreeEdit::Drop { .. }, Some(line)) => draft.drop_line(&line),
        _ => {}
    }
    Ok(())
}

/// The preview that an address names: a simulation of a changed scope.
async fn previewed(
    reader: &Reader,
    detail: &ConfigurationDetail,
    simulation: &str,
) -> Result<Simulation, Failure> {
    let id = parsed(reader, simulation)?;
    let configuration = detail.summary.id.to_string();
    let found = reader.service.simulation(&reader.principal, &configuration, id).await;
    let found = found.map_err(|e| reader.failed(&e))?;
    if found.scope.is_none() {
        return Err(reader.failed(&ServiceError::not_found("such preview of a scope")));
    }
    Ok(found)
}

pub async fn preview(
    reader: Reader,
    Path((id, simulation)): Path<(String, String)>,
    RawQuery(text): RawQuery,
) -> Answer {
    let detail = read(&reader, &id).await?;
    let simulation = previewed(&reader, &detail, &simulation).await?;
    let filter = SimulatedQuery::parse(&query::parse(&text.unwrap_or_default()));
    let page = PageRequest { limit: ROWS, after: filter.after.clone() };
    let id = detail.summary.id.to_string();
    let moving = only_moving(wanted(&filter));
    let found = reader.service.simulated_objects(&reader.principal, &id, simulation.id, &moving, page).await;
    let found = found.map_err(|e| reader.failed(&e))?;
    let view = SimulateView {
        stale: stale(&detail, &simulation),
        newest: Some(simulation.clone()),
        filter,
        rows: found.items,
        next: found.next,
    };
    let title = format!("Preview of a scope for {}", detail.summary.name);
    Ok(reader.page(title, || pages::scope_preview(&detail, simulation, view)))
}

pub async fn cancel_preview(reader: Reader, Path((id, simulation)): Path<(String, String)>) -> Answer {
    let detail = read(&reader, &id).await?;
    let simulation = previewed(&reader, &detail, &simulation).await?;
    let to = format!("{}/scope/preview/{}", detail.summary.href(), simulation.id);
    let id = detail.summary.id.to_string();
    match reader.service.cancel_simulation(&reader.principal, &id, simulation.id).await {
        Ok(()) => Ok(reader.done(&to, "The preview stops after the page under way.")),
        Err(error) => turned_down(&reader, &to, &error),
    }
}

/// Saves the scope that a preview tried.
pub async fn save_previewed(reader: Reader, Path((id, simulation)): Path<(String, String)>) -> Answer {
    let detail = read(&reader, &id).await?;
    let simulation = previewed(&reader, &detail, &simulation).await?;
    let Some(scope) = simulation.scope else {
        return Err(reader.failed(&ServiceError::not_found("such preview of a scope")));
    };
    let base = detail.summary.href();
    let id = detail.summary.id.to_string();
    let place = format!("{base}/scope/preview/{}", simulation.id);
    if simulation.state != SimulationState::Succeeded {
        let text = "The preview did not come to its end: nobody knows yet who would be taken away. Preview the scope again.";
        return Ok(reader.refused(&place, text));
    }
    match reader.service.update_scope(&reader.principal, &id, scope).await {
        Ok(_) => Ok(reader.done(&format!("{base}/scope"), "The scope was saved. The next cycle applies it.")),
        Err(error) => turned_down(&reader, &place, &error),
    }
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
