//! From JSON to a document, with every problem listed and not only the first one: what is wrong is noted, taken out
//! and the rest is read again.

use std::fmt::Write as _;

use domain::ObjectKind;
use domain::document::{ConfigurationEntry, Document, DomainEntry, FieldProblem, SettingsEntry, TargetEntry};
use domain::mapping::{Mapping, Mappings};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::{Result, ServiceError};

/// A document with more problems than this is no document.
const MOST_PROBLEMS: usize = 100;

/// Keys below which a parser's message could quote a secret.
const SECRET_KEYS: &[&str] = &["bindPassword", "token", "password", "clientSecret"];

/// What could be read of a document, and what is wrong with the rest.
#[derive(Debug, Default)]
pub struct Reading {
    /// Every entry as far as it could be read, so that its other problems can be found as well.
    pub(crate) document: Document,
    pub(crate) problems: Vec<FieldProblem>,
    /// Where the entries stand in the document that was given.
    pub(crate) domain_places: Vec<usize>,
    pub(crate) target_places: Vec<usize>,
    pub(crate) configuration_places: Vec<usize>,
    /// Names of domains and targets that could not be read at all; references to them are not wrong.
    pub(crate) unread: Vec<String>,
}

impl Reading {
    /// The document, when all of it could be read.
    pub fn complete(self) -> Result<Document> {
        if self.problems.is_empty() { Ok(self.document) } else { Err(ServiceError::Invalid(self.problems)) }
    }

    /// A document that needed no reading.
    pub(crate) fn of(document: Document) -> Self {
        Self {
            domain_places: (0..document.domains.len()).collect(),
            target_places: (0..document.targets.len()).collect(),
            configuration_places: (0..document.configurations.len()).collect(),
            document,
            ..Self::default()
        }
    }
}

/// Reads a whole document. Only what is no document at all is an error here; other problems are part of the reading.
pub fn document(value: Value) -> Result<Reading> {
    let mut reading = Reading::default();
    let Reading { document, problems, unread, .. } = &mut reading;
    let Value::Object(members) = value else {
        return Err(ServiceError::invalid("", "the document is not a JSON object"));
    };
    let (mut domains, mut targets, mut configurations) = (Vec::new(), Vec::new(), Vec::new());
    for (key, value) in members {
        match key.as_str() {
            "domains" => domains = list("domains", value, problems, unread, item::<DomainEntry>),
            "targets" => targets = list("targets", value, problems, unread, target),
            "configurations" => {
                configurations = list("configurations", value, problems, &mut Vec::new(), configuration);
            }
            "settings" => {
                if let Some(settings) = item::<SettingsEntry>("settings", value, problems) {
                    document.settings = settings;
                }
            }
            other => problems.push(problem(
                other,
                "unknown key, expected one of `domains`, `targets`, `configurations`, `settings`",
            )),
        }
    }
    problems.truncate(MOST_PROBLEMS);
    (reading.domain_places, reading.document.domains) = domains.into_iter().unzip();
    (reading.target_places, reading.document.targets) = targets.into_iter().unzip();
    (reading.configuration_places, reading.document.configurations) = configurations.into_iter().unzip();
    Ok(reading)
}

/// Reads one entry of a document, or a request body of the same shape.
pub fn entry<T: DeserializeOwned>(value: Value) -> Result<T> {
    let mut problems = Vec::new();
    match item("", value, &mut problems) {
        Some(entry) if problems.is_empty() => Ok(entry),
        _ => Err(ServiceError::Invalid(problems)),
    }
}

/// Reads a configuration.
pub fn configuration_entry(value: Value) -> Result<ConfigurationEntry> {
    let mut problems = Vec::new();
    match configuration("", value, &mut problems) {
        Some(entry) if problems.is_empty() => Ok(entry),
        _ => Err(ServiceError::Invalid(problems)),
    }
}

/// Reads a target, which may be of a kind that this version does not know.
pub fn target_entry(value: Value) -> Result<TargetEntry> {
    let mut problems = Vec::new();
    match target("", value, &mut problems) {
        Some(entry) if problems.is_empty() => Ok(entry),
        _ => Err(ServiceError::Invalid(problems)),
    }
}

fn list<T>(
    key: &str,
    value: Value,
    problems: &mut Vec<FieldProblem>,
    unread: &mut Vec<String>,
    read: impl Fn(&str, Value, &mut Vec<FieldProblem>) -> Option<T>,
) -> Vec<(usize, T)> {
    let Value::Array(items) = value else {
        problems.push(problem(key, "this must be a list"));
        return Vec::new();
    };
    let mut read_items = Vec::with_capacity(items.len());
    for (index, value) in items.into_iter().enumerate() {
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
        match read(&format!("{key}[{index}]"), value, problems) {
            Some(entry) => read_items.push((index, entry)),
            None => unread.extend(name),
        }
    }
    read_items
}

fn target(prefix: &str, value: Value, problems: &mut Vec<FieldProblem>) -> Option<TargetEntry> {
    if value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("entra")) {
        problems.push(problem(
            join(prefix, "kind"),
            "this version cannot write to Microsoft Entra ID yet; use builtIn or scim",
        ));
        return None;
    }
    item(prefix, value, problems)
}

/// Reads a configuration. Its mappings are read apart, a kind at a time: their keys are words of a closed list, and
/// the parser's path does not name such keys.
fn configuration(
    prefix: &str,
    mut value: Value,
    problems: &mut Vec<FieldProblem>,
) -> Option<ConfigurationEntry> {
    let mut mappings = Mappings::new();
    if let Some(Value::Object(kinds)) = value.get_mut("mappings") {
        for (word, list) in std::mem::take(kinds) {
            let path = join(prefix, &format!("mappings.{word}"));
            match word.parse::<ObjectKind>() {
                Ok(kind) => {
                    let list = item::<Vec<Mapping>>(&path, list, problems);
                    mappings.insert(kind, list.unwrap_or_default());
                }
                Err(error) => problems.push(problem(path, error.to_string())),
            }
        }
    }
    let mut entry: ConfigurationEntry = item(prefix, value, problems)?;
    entry.mappings.append(&mut mappings);
    Some(entry)
}

/// Reads an entry, without what is wrong in it. `None` when nothing is left that could be read.
fn item<T: DeserializeOwned>(prefix: &str, mut value: Value, problems: &mut Vec<FieldProblem>) -> Option<T> {
    let mut removed: Vec<String> = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(entry) => return Some(entry),
            Err(error) => error,
        };
        let mut keys: Vec<Segment> = error.path().iter().cloned().collect();
        let message = error.inner().to_string();
        // A parser names an unknown key in its message and, depending on where it noticed, in the path.
        if let Some(key) = unknown_key(&message)
            && !matches!(keys.last(), Some(Segment::Map { key: last }) if last == key)
        {
            keys.push(Segment::Map { key: key.to_owned() });
        }
        let path = format!("{prefix}{}", tail(prefix, &keys));
        // What is missing because it was taken out has been reported already.
        let known = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split('`').next())
            .is_some_and(|field| removed.contains(&join(&path, field)));
        if !known {
            let text = if is_secret(error.path(), &keys) {
                "write {\"env\": …}, {\"file\": …} or {\"value\": …} with a text".to_owned()
            } else {
                message
            };
            problems.push(problem(path.clone(), text));
        }
        let removed_path = take_out(&mut value, &keys);
        match removed_path {
            Some(depth) if problems.len() < MOST_PROBLEMS => {
                removed.push(format!("{prefix}{}", tail(prefix, &keys[..depth])));
            }
            _ => return None,
        }
    }
}

fn unknown_key(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

fn is_secret(path: &Path, keys: &[Segment]) -> bool {
    let secret =
        |segment: &Segment| matches!(segment, Segment::Map { key } if SECRET_KEYS.contains(&key.as_str()));
    path.iter().any(secret) || keys.iter().any(secret)
}

/// The path of segments, to be appended to a prefix.
fn tail(prefix: &str, keys: &[Segment]) -> String {
    let mut text = String::new();
    for key in keys {
        match key {
            Segment::Seq { index } => {
                let _ = write!(text, "[{index}]");
            }
            Segment::Map { key } => {
                if !(prefix.is_empty() && text.is_empty()) {
                    text.push('.');
                }
                text.push_str(key);
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    text
}

/// Takes the value at the path out, or the nearest list or object member around it, so that the rest can be read.
/// Gives how many keys of the path lead to what was taken out.
fn take_out(value: &mut Value, keys: &[Segment]) -> Option<usize> {
    let last = keys.iter().rposition(|key| matches!(key, Segment::Map { .. }))?;
    let mut here = value;
    for key in &keys[..last] {
        here = match key {
            Segment::Seq { index } => here.get_mut(*index)?,
            Segment::Map { key } => match here.get_mut(key) {
                Some(_) => here.get_mut(key)?,
                None => return None,
            },
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
    }
    match &keys[last] {
        Segment::Map { key } => here.as_object_mut()?.remove(key).map(|_| last + 1),
        _ => None,
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn problem(path: impl Into<String>, message: impl Into<String>) -> FieldProblem {
    FieldProblem { path: path.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(value: Value) -> Vec<(String, String)> {
        let reading = document(value).expect("a document");
        reading.problems.into_iter().map(|problem| (problem.path, problem.message)).collect()
    }

    #[test]
    fn every_unknown_key_and_wrong_type_is_listed_at_its_path() {
        let found = problems(json!({
            "domians": [],
            "domains": [{"name": "a", "kindd": "ldap", "connection": {"url": 5, "bindDn": "x", "colour": 1}}],
            "configurations": [{
                "name": "c", "domain": "a", "target": "t", "schedule": "2 minutes",
                "mappings": {"user": [{"target": "x", "type": "direct", "souce": "y"}]},
                "accidentalDeletes": {"threshold": "many", "limit": 2},
            }],
        }));
        let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
        for path in [
            "domians",
            "domains[0].kindd",
            "domains[0].connection.url",
            "domains[0].connection.colour",
            "configurations[0].schedule",
            "configurations[0].mappings.user[0].souce",
            "configurations[0].accidentalDeletes.threshold",
            "configurations[0].accidentalDeletes.limit",
        ] {
            assert!(paths.contains(&path), "{path} is not in {found:#?}");
        }
        assert_eq!(paths.len(), 8, "{found:#?}");
    }

    #[test]
    fn a_misplaced_secret_is_not_quoted() {
        for secret in [json!("hunter2"), json!({"value": ["hunter2"]}), json!({"hunter2": 1})] {
            let found = problems(json!({
                "domains": [{"name": "a", "connection": {"url": "x", "bindDn": "x", "bindPassword": secret}}],
            }));
            assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
            assert!(found[0].0.starts_with("domains[0].connection.bindPassword"), "{found:?}");
        }
    }

    #[test]
    fn a_target_of_a_later_version_is_refused_with_a_sentence() {
        let found = problems(json!({"targets": [{"name": "e", "kind": "entra", "tenantId": "x"}]}));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "targets[0].kind");
        assert!(found[0].1.contains("Entra"));
    }

    #[test]
    fn a_missing_field_is_named() {
        let found = problems(json!({"domains": [{"kind": "ldap"}]}));
        assert_eq!(found, [("domains[0]".to_owned(), "missing field `name`".to_owned())]);
    }
}
