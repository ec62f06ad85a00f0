use std::collections::BTreeMap;

use axum::{
    extract::{Path, RawForm, RawQuery},
    http::StatusCode,
};
use domain::{
    DirectoryKind, ObjectKind, TargetKind, defaults,
    mapping::{Apply, Mapping, MappingKind},
};
use expression::Expression;
use service::ServiceError;

use super::{
    Answer, Reader,
    configurations::read,
    edit,
    failure::{Failure, sentence},
    on_demand::{candidates, named},
};
use crate::{
    format::capitalised,
    pages,
    view::{ConfigurationDetail, Errors, MappingDraft, MappingEditor, MappingTrial, MappingView, query},
};

/// In the address it stands for a mapping that is not there yet.
const FRESH: &str = "+";

/// The button that tries the mapping instead of saving it; its value is an object's id, or this for the one in the field.
const TRY: &str = "try";
const IN_THE_FIELD: &str = "1";

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let pairs = query::parse(&text.unwrap_or_default());
    let kind = kind_of(&pairs, &detail);
    let mappings = effective(&reader, &detail, kind).await?;
    let draft = query::first(&pairs, "edit").and_then(|target| {
        if target == FRESH {
            return Some(MappingDraft::fresh());
        }
        mappings.iter().find(|m| m.target == target).map(MappingDraft::of)
    });
    let editor = draft.map(|draft| MappingEditor { draft, ..MappingEditor::default() });
    let view = seen(&detail, kind, mappings, editor);
    Ok(reader.page(title(&detail), || pages::mapping(&detail, view)))
}

pub async fn save(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let form = edit::form(&body);
    let kind = kind_of(&form, &detail);
    let draft = MappingDraft::from_form(&form);
    let present = effective(&reader, &detail, kind).await?;
    if let Some(object) = query::first(&form, TRY) {
        let typed = query::first(&form, "object").unwrap_or_default();
        let chosen = if object == IN_THE_FIELD { typed } else { object };
        let editor = tried(&reader, &detail, kind, draft, chosen.trim()).await?;
        let status = if editor.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let view = seen(&detail, kind, present, Some(editor));
        return Ok(reader.page_with(status, title(&detail), || pages::mapping(&detail, view)));
    }
    let mut mappings = present.clone();
    let at = mappings.iter().position(|m| m.target == draft.original);
    let deleting = query::first(&form, "delete").is_some();
    let errors = if deleting {
        if let Some(at) = at {
            mappings.remove(at);
        }
        if mappings.is_empty() {
            Errors::one(
                "",
                "The last mapping cannot be removed: take the object type out in Properties instead.",
            )
        } else {
            match update(&reader, &detail, kind, mappings).await {
                Ok(()) => {
                    let text = format!("The mapping of {} was removed.", draft.original);
                    return Ok(reader.done(&address(&detail, kind), text));
                }
                Err(error) => edit::refused(&reader, error)?,
            }
        }
    } else {
        match understand(&draft) {
            Err(errors) => errors,
            Ok(mapping) => {
                let target = mapping.target.clone();
                let index = at.unwrap_or(mappings.len());
                match at {
                    Some(at) => mappings[at] = mapping,
                    None => mappings.push(mapping),
                }
                match update(&reader, &detail, kind, mappings).await {
                    Ok(()) => {
                        let text = format!("The mapping of {target} was saved. The next cycle applies it.");
                        return Ok(reader.done(&address(&detail, kind), text));
                    }
                    Err(error) => at_editor(&reader, error, index)?,
                }
            }
        }
    };
    let typed = query::first(&form, "object").unwrap_or_default().to_owned();
    let trial = MappingTrial { typed, ..MappingTrial::default() };
    let editor = MappingEditor { draft, errors, trial, ..MappingEditor::default() };
    let view = seen(&detail, kind, present, Some(editor));
    Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title(&detail), || pages::mapping(&detail, view)))
}

/// What is shown, with the source attributes that an editor proposes.
fn seen(
    detail: &ConfigurationDetail,
    kind: ObjectKind,
    mappings: Vec<Mapping>,
    mut editing: Option<MappingEditor>,
) -> MappingView {
    if let Some(editor) = &mut editing {
        editor.attributes = proposed(kind, detail.summary.names.target_kind, &mappings);
    }
    let defaults = !detail.configuration.plan.mappings.contains_key(&kind);
    MappingView { kind, mappings, defaults, editing }
}

/// The source attributes that mappings in use or by default read.
fn proposed(kind: ObjectKind, target: TargetKind, mappings: &[Mapping]) -> Vec<String> {
    let by_default = defaults::mappings(DirectoryKind::ActiveDirectory, target, kind);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for mapping in mappings.iter().chain(&by_default) {
        let read = match mapping.kind {
            MappingKind::Direct => vec![mapping.origin().to_owned()],
            MappingKind::Expression => Expression::compile(mapping.origin())
                .map(|expression| expression.attributes().map(str::to_owned).collect())
                .unwrap_or_default(),
            MappingKind::Constant | MappingKind::None => Vec::new(),
        };
        names.extend(read.into_iter().map(|name| (name.to_lowercase(), name)));
    }
    names.into_values().collect()
}

/// What the mapping gives for an object, with everything as it was typed.
async fn tried(
    reader: &Reader,
    detail: &ConfigurationDetail,
    kind: ObjectKind,
    draft: MappingDraft,
    object: &str,
) -> Result<MappingEditor, Failure> {
    let trial = MappingTrial { typed: object.to_owned(), ..MappingTrial::default() };
    let mut editor = MappingEditor { draft, trial, ..MappingEditor::default() };
    let mapping = match understand(&editor.draft) {
        Ok(mapping) => mapping,
        Err(errors) => return Ok(MappingEditor { errors, ..editor }),
    };
    if object.is_empty() {
        let text = "Say which object: its distinguished name, its id or its name.";
        editor.errors = Errors::one("object", text);
        return Ok(editor);
    }
    let Some(request) = named(object) else {
        let mut found = candidates(reader, detail, object).await?;
        found.found.retain(|candidate| candidate.kind == kind);
        editor.trial.candidates = Some(found);
        return Ok(editor);
    };
    let id = detail.summary.id.to_string();
    match reader.service.try_mapping(&reader.principal, &id, kind, &mapping, &request).await {
        Ok(tried) => {
            editor.trial.typed.clone_from(&tried.dn);
            editor.trial.tried = Some(tried);
        }
        Err(ServiceError::Invalid(problems)) => {
            let at_fields = problems.into_iter().map(|problem| {
                let field = if problem.path == "mapping" { "origin" } else { "object" };
                (field.to_owned(), capitalised(&problem.message) + ".")
            });
            editor.errors = Errors(at_fields.collect());
        }
        Err(error @ (ServiceError::Forbidden { .. } | ServiceError::Internal(_))) => {
            return Err(reader.failed(&error));
        }
        Err(error) => editor.errors = Errors::one("", sentence(&error)),
    }
    Ok(editor)
}

pub async fn reset(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let kind = kind_of(&edit::form(&body), &detail);
    update(&reader, &detail, kind, Vec::new()).await.map_err(|e| reader.failed(&e))?;
    let text = format!("The mappings of {} are the defaults again.", kind.plural());
    Ok(reader.done(&address(&detail, kind), text))
}

async fn update(
    reader: &Reader,
    detail: &ConfigurationDetail,
    kind: ObjectKind,
    mappings: Vec<Mapping>,
) -> Result<(), ServiceError> {
    let id = detail.summary.id.to_string();
    reader.service.update_mapping(&reader.principal, &id, kind, mappings).await.map(drop)
}

async fn effective(
    reader: &Reader,
    detail: &ConfigurationDetail,
    kind: ObjectKind,
) -> Result<Vec<Mapping>, Failure> {
    let id = detail.summary.id.to_string();
    let mappings = reader.service.effective_mappings(&reader.principal, &id, kind).await;
    mappings.map_err(|e| reader.failed(&e))
}

/// The object type asked for, else the first that the configuration takes.
fn kind_of(pairs: &query::Pairs, detail: &ConfigurationDetail) -> ObjectKind {
    let asked = query::first(pairs, "type").and_then(|kind| kind.parse().ok());
    let taken = &detail.configuration.plan.objects;
    asked.filter(|kind| taken.contains(kind)).or_else(|| taken.first().copied()).unwrap_or(ObjectKind::User)
}

fn title(detail: &ConfigurationDetail) -> String {
    format!("Mapping of {}", detail.summary.name)
}

fn address(detail: &ConfigurationDetail, kind: ObjectKind) -> String {
    query::href(&format!("{}/mapping", detail.summary.href()), &[("type", kind.to_string())])
}

fn understand(draft: &MappingDraft) -> Result<Mapping, Errors> {
    let kind: MappingKind = draft.kind.parse().map_err(|_| Errors::one("kind", "Choose a kind."))?;
    let apply: Apply = draft.apply.parse().map_err(|_| Errors::one("apply", "Choose when it is applied."))?;
    let matching_precedence = match draft.precedence.as_str() {
        "" => 0,
        text => text.parse().map_err(|_| Errors::one("precedence", "Write a whole number; 0 for none."))?,
    };
    let origin = (!draft.origin.is_empty()).then(|| draft.origin.clone());
    let of = |this| if kind == this { origin.clone() } else { None };
    Ok(Mapping {
        target: draft.target.clone(),
        kind,
        source: of(MappingKind::Direct),
        value: of(MappingKind::Constant),
        expression: of(MappingKind::Expression),
        default: (!draft.default.is_empty()).then(|| draft.default.clone()),
        apply,
        matching_precedence,
    })
}

/// What the service refused about the mapping in the editor; the fields for its origin are one in the form.
fn at_editor(reader: &Reader, error: ServiceError, index: usize) -> Result<Errors, Failure> {
    let ServiceError::Invalid(problems) = error else {
        return edit::refused(reader, error);
    };
    let mut errors = Errors::default();
    for problem in problems {
        let here = problem.path.contains(&format!("[{index}]"));
        let last = problem.path.rsplit('.').next().unwrap_or_default();
        let field = match last {
            "source" | "value" | "expression" => "origin",
            "target" | "default" | "apply" => last,
            _ => "",
        };
        let message = capitalised(&problem.message) + ".";
        if here {
            errors.0.insert(field.to_owned(), message);
        } else {
            errors.0.insert(String::new(), format!("{}: {message}", problem.path));
        }
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_goes_where_the_kind_says() {
        let draft = MappingDraft {
            target: "mail".to_owned(),
            origin: "Trim([mail])".to_owned(),
            kind: "expression".to_owned(),
            ..MappingDraft::fresh()
        };
        let mapping = understand(&draft).expect("a mapping");
        assert_eq!(mapping.expression.as_deref(), Some("Trim([mail])"));
        assert_eq!((mapping.source, mapping.value), (None, None));
    }

    #[test]
    fn a_mapping_survives_its_form() {
        let mapping = Mapping::direct("mail", "mail").matching(2);
        assert_eq!(understand(&MappingDraft::of(&mapping)), Ok(mapping));
    }
}
