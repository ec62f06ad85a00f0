//! Where a value comes from, in both shapes: a mapping's origin and Graph's attributeMappingSource.

use domain::mapping::{Mapping, MappingKind};
use expression::{Expression, Part, PartKind};
use serde_json::{Value, json};

use super::reader::Reader;

/// The deepest tree of parameters that is read.
const DEEPEST: usize = 64;

/// Graph's form of a mapping's origin; null for a mapping that gives nothing.
pub(super) fn of(mapping: &Mapping) -> Value {
    let origin = mapping.origin();
    match mapping.kind {
        MappingKind::None => Value::Null,
        MappingKind::Direct => leaf("Attribute", origin, &format!("[{origin}]")),
        MappingKind::Constant => leaf("Constant", origin, &quoted(origin)),
        MappingKind::Expression => match Expression::compile(origin) {
            // The text stays as it was written; a lone attribute or text is still an expression.
            Ok(expression) => {
                let mut part = of_part(&expression.part());
                if let Some(members) = part.as_object_mut() {
                    members.insert("expression".to_owned(), origin.into());
                    members.insert("type".to_owned(), "Function".into());
                }
                part
            }
            Err(_) => leaf("Function", "", origin),
        },
    }
}

fn leaf(kind: &str, name: &str, expression: &str) -> Value {
    json!({ "type": kind, "name": name, "expression": expression, "parameters": [] })
}

fn of_part(part: &Part) -> Value {
    let kind = match part.kind {
        PartKind::Attribute => "Attribute",
        PartKind::Constant => "Constant",
        PartKind::Function => "Function",
    };
    let parameters: Vec<Value> = part
        .arguments
        .iter()
        .map(|(key, argument)| json!({ "key": key, "value": of_part(argument) }))
        .collect();
    json!({ "type": kind, "name": part.name, "expression": part.expression, "parameters": parameters })
}

/// Fills a mapping's origin from Graph's form.
pub(super) fn read(source: &Value, path: &str, mapping: &mut Mapping, reader: &mut Reader) {
    if source.is_null() {
        mapping.kind = MappingKind::None;
        return;
    }
    let Some(members) = reader.object(source, path, &["type", "name", "expression", "parameters"]) else {
        return;
    };
    let kind = reader.text(members, "type", path);
    let name = reader.text(members, "name", path).unwrap_or_default();
    let expression = reader.text(members, "expression", path).filter(|text| !text.trim().is_empty());
    match kind {
        Some("Attribute") => {
            let given =
                expression.map(|text| text.trim().trim_start_matches('[').trim_end_matches(']').trim());
            let attribute = if name.is_empty() { given.unwrap_or_default() } else { name };
            if given.is_some_and(|given| !given.eq_ignore_ascii_case(attribute)) {
                reader.add(&format!("{path}.name"), "name and expression are different attributes");
            }
            mapping.kind = MappingKind::Direct;
            mapping.source = Some(attribute.to_owned());
        }
        Some("Constant") => {
            let given = expression.and_then(unquoted);
            mapping.kind = MappingKind::Constant;
            mapping.value = Some(given.unwrap_or_else(|| name.to_owned()));
        }
        Some("Function") => {
            let text = match expression {
                Some(text) => Some(text.to_owned()),
                None => written(source, path, reader, 0),
            };
            mapping.kind = MappingKind::Expression;
            mapping.expression = text;
        }
        Some(other) => reader.add(
            &format!("{path}.type"),
            format!("`{}` is none of Attribute, Constant, Function", short(other)),
        ),
        None => reader.add(&format!("{path}.type"), "the type is missing: Attribute, Constant or Function"),
    }
}

/// The text of a source that is given as a tree only.
fn written(source: &Value, path: &str, reader: &mut Reader, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        reader.add(path, format!("parameters are nested deeper than {DEEPEST}"));
        return None;
    }
    let members = reader.object(source, path, &["type", "name", "expression", "parameters"])?;
    let text = reader.text(members, "expression", path).filter(|text| !text.trim().is_empty());
    if let Some(text) = text {
        return Some(text.to_owned());
    }
    let name = reader.text(members, "name", path).unwrap_or_default();
    match reader.text(members, "type", path) {
        Some("Attribute") => Some(format!("[{name}]")),
        Some("Constant") => Some(quoted(name)),
        Some("Function") if name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.is_empty() => {
            let mut arguments = Vec::new();
            for (index, parameter) in reader.list(members, "parameters", path).iter().enumerate() {
                let path = format!("{path}.parameters[{index}]");
                let parameter = reader.object(parameter, &path, &["key", "value"])?;
                let value = parameter.get("value").unwrap_or(&Value::Null);
                arguments.push(if value.is_null() {
                    String::new()
                } else {
                    written(value, &format!("{path}.value"), reader, depth + 1)?
                });
            }
            Some(format!("{name}({})", arguments.join(", ")))
        }
        _ => {
            reader.add(path, "there is neither an expression nor a function with its parameters");
            None
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text between quotes; `None` when it is no single quoted text.
fn unquoted(expression: &str) -> Option<String> {
    let part = Expression::compile(expression).ok()?.part();
    (part.kind == PartKind::Constant && expression.trim_start().starts_with('"')).then_some(part.name)
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
