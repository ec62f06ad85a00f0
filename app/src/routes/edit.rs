//! Forms of a configuration: what was typed becomes an entry of the service, and what the service refuses goes back
//! to the fields.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

use axum::{
    extract::{Path, RawForm},
    http::StatusCode,
};
use domain::{
    ObjectKind,
    configuration::{AccidentalDeletes, Matching, Notification, OutOfScope, QuarantineThresholds},
    document::{ConfigurationEntry, FieldProblem},
    interval::Interval,
    scope::Scope,
};
use service::{ServiceError, configurations::Properties};

use super::{Answer, Reader, configurations::read, failure::Failure};
use crate::{
    format::capitalised,
    pages::{self, FormChoices},
    view::{ConfigurationDraft, Errors, QuarantineDraft, query},
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
    let properties = Properties {
        name: draft.name.clone(),
        objects: typed.objects.clone(),
        schedule: typed.schedule,
        out_of_scope: typed.out_of_scope,
        full_schedule: typed.full_schedule,
        accidental_deletes: typed.accidental_deletes,
        matching: typed.matching,
        quarantine: typed.quarantine,
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
        ServiceError::Conflict(message) | ServiceError::Busy(message) => {
            Ok(Errors::one("", capitalised(&message) + "."))
        }
        other => Err(reader.failed(&other)),
    }
}

/// Paths of the document are paths of the form but for their depth: `scope.organizationalUnits[2]` belongs to the
/// field `organizationalUnits`.
pub fn at_fields(problems: &[FieldProblem]) -> Errors {
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    for problem in problems {
        let line =
            problem.path.rsplit_once('[').and_then(|(_, n)| n.strip_suffix(']')?.parse::<usize>().ok());
        let path = problem.path.split('[').next().unwrap_or_default();
        let field = match path.strip_prefix("quarantine.") {
            Some(threshold) => format!("quarantine-{threshold}"),
            None => path.rsplit('.').next().unwrap_or_default().to_owned(),
        };
        let message = match line {
            Some(line) => format!("Line {}: {}.", line + 1, problem.message),
            None => capitalised(&problem.message) + ".",
        };
        let entry = errors.entry(field).or_default();
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
    full_schedule: Interval,
    accidental_deletes: AccidentalDeletes,
    matching: Matching,
    quarantine: QuarantineThresholds,
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
            matching: self.matching,
            accidental_deletes: self.accidental_deletes,
            out_of_scope: self.out_of_scope,
            schedule: self.schedule,
            full_schedule: self.full_schedule,
            quarantine: self.quarantine,
            notification: self.notification.clone(),
            password_hash_sync: false,
        }
    }
}

/// Numbers and the like of a form: what cannot be understood is noted at its field.
#[derive(Default)]
struct Reading(BTreeMap<String, String>);

impl Reading {
    fn note(&mut self, field: &str, message: impl Into<String>) {
        self.0.insert(field.to_owned(), message.into());
    }

    fn parse<T: FromStr<Err: Display>>(&mut self, field: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.note(field, capitalised(&error.to_string()) + ".")).ok()
    }

    fn number<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        text.parse().map_err(|_| self.note(field, "Write a whole number, such as 500.")).ok()
    }

    /// A number, or the usual one where nothing was written.
    fn number_or<T: FromStr>(&mut self, field: &str, text: &str, usual: T) -> Option<T> {
        if text.is_empty() { Some(usual) } else { self.number(field, text) }
    }
}

fn understand(draft: &ConfigurationDraft) -> Result<Typed, Errors> {
    let mut reading = Reading::default();
    if draft.name.is_empty() {
        reading.note("name", "Give it a name.");
    }
    let objects: BTreeSet<ObjectKind> = draft.objects.iter().filter_map(|o| o.parse().ok()).collect();
    if objects.is_empty() {
        reading.note("objects", "Choose at least one object type.");
    }
    let schedule = reading.parse::<Interval>("schedule", &draft.schedule);
    let full_schedule = match draft.full_schedule.as_str() {
        "" => Some(Interval::daily()),
        text => reading.parse("fullSchedule", text),
    };
    let out_of_scope = reading.parse::<OutOfScope>("outOfScope", &draft.out_of_scope);
    let threshold = reading.number("threshold", &draft.threshold);
    let percent = match draft.percent.as_str() {
        "" => None,
        text => match text.parse::<u8>() {
            Ok(share @ 1..=100) => Some(share),
            _ => {
                reading.note("percent", "Write a whole number from 1 to 100, or nothing.");
                None
            }
        },
    };
    let memberships = match draft.memberships.as_str() {
        "" => None,
        text => reading.number("memberships", text),
    };
    let quarantine = thresholds(&mut reading, &draft.quarantine);
    match (schedule, full_schedule, out_of_scope, threshold, quarantine) {
        (Some(schedule), Some(full_schedule), Some(out_of_scope), Some(threshold), Some(quarantine))
            if reading.0.is_empty() =>
        {
            Ok(Typed {
                objects,
                out_of_scope,
                schedule,
                full_schedule,
                accidental_deletes: AccidentalDeletes {
                    enabled: draft.guard,
                    threshold,
                    percent,
                    memberships,
                },
                matching: Matching {
                    hard_match: draft.hard_match,
                    soft_match: draft.soft_match,
                    soft_match_user_principal_name: draft.soft_match_by_name,
                    soft_match_mail: draft.soft_match_by_mail,
                },
                quarantine,
                notification: Notification { emails: ConfigurationDraft::lines(&draft.emails) },
            })
        }
        _ => Err(Errors(reading.0)),
    }
}

fn thresholds(reading: &mut Reading, draft: &QuarantineDraft) -> Option<QuarantineThresholds> {
    let usual = QuarantineThresholds::default();
    let minimum = reading.number_or("quarantine-minimum", &draft.minimum, usual.minimum);
    let percent = reading.number_or("quarantine-percent", &draft.percent, usual.percent);
    let base = reading.number_or("quarantine-base", &draft.base, usual.base);
    let total = reading.number_or("quarantine-total", &draft.total, usual.total);
    let days =
        reading.number_or("quarantine-disableAfterDays", &draft.disable_after_days, usual.disable_after_days);
    Some(QuarantineThresholds {
        minimum: minimum?,
        percent: percent?,
        base: base?,
        total: total?,
        disable_after_days: days?,
    })
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
            problem("accidentalDeletes.percent", "the guard's share"),
            problem("quarantine.percent", "the quarantine's share"),
        ]);
        assert_eq!(
            errors.of("organizationalUnits").as_deref(),
            Some("Line 2: this is no distinguished name.")
        );
        assert_eq!(errors.of("emails").as_deref(), Some("Line 1: `x` is not a mail address."));
        assert_eq!(errors.of("name").as_deref(), Some("The name is taken."));
        assert_eq!(errors.of("percent").as_deref(), Some("The guard's share."));
        assert_eq!(errors.of("quarantine-percent").as_deref(), Some("The quarantine's share."));
    }

    #[test]
    fn every_field_that_cannot_be_understood_is_named_at_once() {
        let draft = ConfigurationDraft {
            schedule: "soon".to_owned(),
            threshold: "many".to_owned(),
            percent: "140".to_owned(),
            memberships: "some".to_owned(),
            full_schedule: "weekly".to_owned(),
            quarantine: QuarantineDraft { base: "lots".to_owned(), ..QuarantineDraft::default() },
            objects: Vec::new(),
            ..ConfigurationDraft::fresh()
        };
        let errors = understand(&draft).map(|_| ()).expect_err("nothing of this can be used");
        let fields: Vec<_> = errors.0.keys().map(String::as_str).collect();
        let all = [
            "fullSchedule",
            "memberships",
            "name",
            "objects",
            "percent",
            "quarantine-base",
            "schedule",
            "threshold",
        ];
        assert_eq!(fields, all);
    }

    #[test]
    fn a_fresh_form_with_a_name_is_understood() {
        let draft = ConfigurationDraft { name: "a".to_owned(), ..ConfigurationDraft::fresh() };
        assert!(understand(&draft).is_ok());
    }
}
