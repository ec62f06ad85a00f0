//! Forms of a configuration: what was typed becomes an entry of the service, and what the service refuses goes back
//! to the fields.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use domain::{
    ObjectKind,
    configuration::{AccidentalDeletes, Notification, OutOfScope},
    document::{ConfigurationEntry, FieldProblem},
    interval::Interval,
    scope::Scope,
};
use service::{ServiceError, configurations::Properties};

use super::{Answer, Reader, configurations::read, failure::Failure};
use crate::{
    format::capitalised,
    pages::{self, FormChoices},
    view::{ConfigurationDraft, Errors, ScopeView, query},
};

pub async fn new_form(reader: Reader) -> Answer {
    let choices = choices(&reader).await?;
    let draft = ConfigurationDraft::fresh();
    Ok(reader.page("New configuration", || pages::new_configuration(draft, Errors::default(), choices)))
}

pub async fn create(reader: Reader, RawForm(body): RawForm) -> Answer {
    let draft = ConfigurationDraft::from_form(&form(&body));
    let errors = match understand(&draft) {
        Err(errors) => errors,
        Ok(typed) => {
            let entry = typed.entry(&draft);
            match reader.service.create_configuration(&reader.principal, &entry).await {
                Ok(made) => {
                    let text = if made.plan.enabled {
                        format!("“{}” was created and runs now.", made.name)
                    } else {
                        format!("“{}” was created. Look at scope and mapping, then enable it.", made.name)
                    };
                    return Ok(reader.done(&format!("/configurations/{}", made.id), text));
                }
                Err(error) => refused(&reader, error)?,
            }
        }
    };
    let choices = choices(&reader).await?;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(reader.page_with(status, "New configuration", || pages::new_configuration(draft, errors, choices)))
}

pub async fn scope(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let form = form(&body);
    let everything = query::first(&form, "scope") == Some("all");
    let text = query::first(&form, "organizationalUnits").unwrap_or_default().to_owned();
    let units = ConfigurationDraft::lines(&text);
    let errors = if !everything && units.is_empty() {
        Errors::one("organizationalUnits", "Name at least one organisational unit, or take the whole domain.")
    } else {
        let organizational_units = if everything { Vec::new() } else { units };
        let scope = Scope { organizational_units, ..detail.configuration.plan.scope.clone() };
        let id = detail.summary.id.to_string();
        match reader.service.update_scope(&reader.principal, &id, scope).await {
            Ok(_) => {
                let to = format!("{}/scope", detail.summary.href());
                return Ok(reader.done(&to, "The scope was saved. The next cycle applies it."));
            }
            Err(error) => refused(&reader, error)?,
        }
    };
    let view = ScopeView { everything, text, errors };
    let title = format!("Scope of {}", detail.summary.name);
    Ok(reader.page_with(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::scope(&detail, view)))
}

pub async fn properties(reader: Reader, Path(id): Path<String>, RawForm(body): RawForm) -> Answer {
    let detail = read(&reader, &id).await?;
    let names = detail.summary.names.clone();
    let draft = ConfigurationDraft {
        domain: names.domain,
        target: names.target,
        ..ConfigurationDraft::from_form(&form(&body))
    };
    let id = detail.summary.id.to_string();
    let errors = match understand(&draft) {
        Err(errors) => errors,
        Ok(typed) => {
            match save_properties(&reader, &id, &draft, &typed, detail.configuration.plan.enabled).await {
                Ok(()) => {
                    let to = format!("{}/properties", detail.summary.href());
                    return Ok(reader.done(&to, "The properties were saved."));
                }
                Err(error) => refused(&reader, error)?,
            }
        }
    };
    let title = format!("Properties of {}", detail.summary.name);
    Ok(reader
        .page_with(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::properties(&detail, draft, &errors)))
}

async fn save_properties(
    reader: &Reader,
    id: &str,
    draft: &ConfigurationDraft,
    typed: &Typed,
    was_enabled: bool,
) -> Result<(), ServiceError> {
    let (service, who) = (&reader.service, &reader.principal);
    let present = service.configuration(who, id).await?.configuration;
    let properties = Properties {
        name: draft.name.clone(),
        objects: typed.objects.clone(),
        schedule: typed.schedule,
        out_of_scope: typed.out_of_scope,
        accidental_deletes: AccidentalDeletes {
            memberships: present.plan.accidental_deletes.memberships,
            ..typed.accidental_deletes
        },
        matching: present.plan.matching,
        notification: typed.notification.clone(),
    };
    service.update_properties(who, id, properties).await?;
    if draft.enabled != was_enabled {
        service.set_enabled(who, id, draft.enabled).await?;
    }
    Ok(())
}

async fn choices(reader: &Reader) -> Result<FormChoices, Failure> {
    let domains = reader.service.domains(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    let targets = reader.service.targets(&reader.principal).await.map_err(|e| reader.failed(&e))?;
    Ok(FormChoices {
        domains: domains.into_iter().map(|d| d.name).collect(),
        targets: targets.into_iter().map(|t| t.name).collect(),
    })
}

/// Names and values of a posted form.
pub fn form(body: &[u8]) -> query::Pairs {
    query::parse(&String::from_utf8_lossy(body))
}

/// What the service refused, at the fields of the form; anything but bad input is a page of its own.
pub fn refused(reader: &Reader, error: ServiceError) -> Result<Errors, Failure> {
    match error {
        ServiceError::Invalid(problems) => Ok(at_fields(&problems)),
        ServiceError::Conflict(message) => Ok(Errors::one("", capitalised(&message) + ".")),
        other => Err(reader.failed(&other)),
    }
}

/// Paths of the document are paths of the form but for their depth: `scope.organizationalUnits[2]` belongs to the
/// field `organizationalUnits`.
fn at_fields(problems: &[FieldProblem]) -> Errors {
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    for problem in problems {
        let line =
            problem.path.rsplit_once('[').and_then(|(_, n)| n.strip_suffix(']')?.parse::<usize>().ok());
        let field = problem.path.split('[').next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        let message = match line {
            Some(line) => format!("Line {}: {}.", line + 1, problem.message),
            None => capitalised(&problem.message) + ".",
        };
        let entry = errors.entry(field.to_owned()).or_default();
        if !entry.is_empty() {
            entry.push(' ');
        }
        entry.push_str(&message);
    }
    Errors(errors)
}

/// What could be made of a draft's texts.
struct Typed {
    objects: BTreeSet<ObjectKind>,
    out_of_scope: OutOfScope,
    schedule: Interval,
    accidental_deletes: AccidentalDeletes,
    notification: Notification,
}

impl Typed {
    fn entry(&self, draft: &ConfigurationDraft) -> ConfigurationEntry {
        ConfigurationEntry {
            name: draft.name.clone(),
            domain: draft.domain.clone(),
            target: draft.target.clone(),
            enabled: draft.enabled,
            scope: Scope {
                organizational_units: ConfigurationDraft::lines(&draft.organizational_units),
                ..Scope::default()
            },
            objects: self.objects.clone(),
            mappings: BTreeMap::new(),
            matching: domain::configuration::Matching::default(),
            accidental_deletes: self.accidental_deletes,
            out_of_scope: self.out_of_scope,
            schedule: self.schedule,
            full_schedule: Interval::daily(),
            quarantine: domain::configuration::QuarantineThresholds::default(),
            notification: self.notification.clone(),
            password_hash_sync: false,
        }
    }
}

fn understand(draft: &ConfigurationDraft) -> Result<Typed, Errors> {
    let mut errors = BTreeMap::new();
    if draft.name.is_empty() {
        errors.insert("name".to_owned(), "Give it a name.".to_owned());
    }
    let objects: BTreeSet<ObjectKind> = draft.objects.iter().filter_map(|o| o.parse().ok()).collect();
    if objects.is_empty() {
        errors.insert("objects".to_owned(), "Choose at least one object type.".to_owned());
    }
    let schedule = draft.schedule.parse::<Interval>().map_err(|e| capitalised(&e.to_string()) + ".");
    let out_of_scope =
        draft.out_of_scope.parse::<OutOfScope>().map_err(|e| capitalised(&e.to_string()) + ".");
    let threshold =
        draft.threshold.parse::<u32>().map_err(|_| "Write a whole number, such as 500.".to_owned());
    let percent = match draft.percent.as_str() {
        "" => Ok(None),
        text => match text.parse::<u8>() {
            Ok(share @ 1..=100) => Ok(Some(share)),
            _ => Err("Write a whole number from 1 to 100, or nothing.".to_owned()),
        },
    };
    let mut note = |field: &str, message: &String| errors.insert(field.to_owned(), message.clone());
    for (field, problem) in [
        ("schedule", schedule.as_ref().err()),
        ("outOfScope", out_of_scope.as_ref().err()),
        ("threshold", threshold.as_ref().err()),
        ("percent", percent.as_ref().err()),
    ] {
        if let Some(message) = problem {
            note(field, message);
        }
    }
    match (schedule, out_of_scope, threshold, percent) {
        (Ok(schedule), Ok(out_of_scope), Ok(threshold), Ok(percent)) if errors.is_empty() => Ok(Typed {
            objects,
            out_of_scope,
            schedule,
            accidental_deletes: AccidentalDeletes {
                enabled: draft.guard,
                threshold,
                percent,
                ..AccidentalDeletes::default()
            },
            notification: Notification { emails: ConfigurationDraft::lines(&draft.emails) },
        }),
        _ => Err(Errors(errors)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(path: &str, message: &str) -> FieldProblem {
        FieldProblem { path: path.to_owned(), message: message.to_owned() }
    }

    #[test]
    fn a_problem_deep_in_the_document_finds_its_field() {
        let errors = at_fields(&[
            problem("scope.organizationalUnits[1]", "this is no distinguished name"),
            problem("notification.emails[0]", "`x` is not a mail address"),
            problem("name", "the name is taken"),
        ]);
        assert_eq!(
            errors.of("organizationalUnits").as_deref(),
            Some("Line 2: this is no distinguished name.")
        );
        assert_eq!(errors.of("emails").as_deref(), Some("Line 1: `x` is not a mail address."));
        assert_eq!(errors.of("name").as_deref(), Some("The name is taken."));
    }

    #[test]
    fn every_field_that_cannot_be_understood_is_named_at_once() {
        let draft = ConfigurationDraft {
            schedule: "soon".to_owned(),
            threshold: "many".to_owned(),
            percent: "140".to_owned(),
            objects: Vec::new(),
            ..ConfigurationDraft::fresh()
        };
        let errors = understand(&draft).map(|_| ()).expect_err("nothing of this can be used");
        let fields: Vec<_> = errors.0.keys().map(String::as_str).collect();
        assert_eq!(fields, ["name", "objects", "percent", "schedule", "threshold"]);
    }

    #[test]
    fn a_fresh_form_with_a_name_is_understood() {
        let draft = ConfigurationDraft { name: "a".to_owned(), ..ConfigurationDraft::fresh() };
        assert!(understand(&draft).is_ok());
    }
}
