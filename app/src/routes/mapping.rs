use axum::{
    extract::{Path, RawForm, RawQuery},
    http::StatusCode,
};
use domain::{
    ObjectKind,
    mapping::{Apply, Mapping, MappingKind},
};
use service::ServiceError;

use super::{Answer, Reader, configurations::read, edit, failure::Failure};
use crate::{
    format::capitalised,
    pages,
    view::{ConfigurationDetail, Errors, MappingDraft, MappingView, query},
};

/// In the address it stands for a mapping that is not there yet.
const FRESH: &str = "+";

pub async fn show(reader: Reader, Path(id): Path<String>, RawQuery(text): RawQuery) -> Answer {
    let detail = read(&reader, &id).await?;
    let pairs = query::parse(&text.unwrap_or_default());
    let kind = kind_of(&pairs, &detail);
    let mappings = effective(&reader, &detail, kind).await?;
    let editing = query::first(&pairs, "edit").and_then(|target| {
        if target == FRESH {
            return Some(MappingDraft::fresh());
        }
        mappings.iter().find(|m| m.target == target).map(MappingDraft::of)
    });
    let view = MappingView {
        kind,
        defaults: !detail.configuration.plan.mappings.contains_key(&kind),
        mappings,
        editing: editing.map(|draft| (draft, Errors::default())),
    };
    Ok(reader.page(title(&detail), || pages::mapping(&detail, view)))
}

pub async fn save(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let form = edit::form(&body);
    let kind = kind_of(&form, &detail);
    let draft = MappingDraft::from_form(&form);
    let present = effective(&reader, &detail, kind).await?;
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
    let view = MappingView {
        kind,
        defaults: !detail.configuration.plan.mappings.contains_key(&kind),
        mappings: present,
        editing: Some((draft, errors)),
    };
    Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title(&detail), || pages::mapping(&detail, view)))
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
