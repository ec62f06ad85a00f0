//! Reading JSON member by member, with every problem noted at its path.

use domain::document::FieldProblem;
use serde_json::{Map, Value};

/// A schema with more problems than this is no schema.
const MOST_PROBLEMS: usize = 100;

/// Notes what is wrong and goes on.
#[derive(Debug)]
pub(super) struct Reader<'p> {
    problems: &'p mut Vec<FieldProblem>,
}

impl<'p> Reader<'p> {
    pub(super) fn new(problems: &'p mut Vec<FieldProblem>) -> Self {
        Self { problems }
    }

    pub(super) fn add(&mut self, path: &str, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(FieldProblem { path: path.to_owned(), message: message.into() });
        }
    }

    /// An object whose members are known. Annotations of `OData` may stand anywhere.
    pub(super) fn object<'v>(
        &mut self,
        value: &'v Value,
        path: &str,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(members) = value.as_object() else {
            self.add(path, "this is not a JSON object");
            return None;
        };
        for name in members.keys() {
            if !known.contains(&name.as_str()) && !name.contains("@odata.") {
                let name: String = name.chars().take(60).collect();
                self.add(&join(path, &name), format!("unknown key, expected one of {}", known.join(", ")));
            }
        }
        Some(members)
    }

    /// A list; absent and null are none.
    pub(super) fn list<'v>(
        &mut self,
        members: &'v Map<String, Value>,
        name: &str,
        path: &str,
    ) -> &'v [Value] {
        match members.get(name) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.add(&join(path, name), "this is not a list");
                &[]
            }
        }
    }

    /// A text; absent and null are none.
    pub(super) fn text<'v>(
        &mut self,
        members: &'v Map<String, Value>,
        name: &str,
        path: &str,
    ) -> Option<&'v str> {
        match members.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.add(&join(path, name), "this is not a text");
                None
            }
        }
    }

    /// A flag; absent and null are none.
    pub(super) fn flag(&mut self, members: &Map<String, Value>, name: &str, path: &str) -> Option<bool> {
        match members.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => {
                self.add(&join(path, name), "this is neither true nor false");
                None
            }
        }
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
