//! One line a change: what `apply` prints.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change that was made, or would be made in a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLine {
    /// `domain`, `target`, `configuration` or `settings`.
    pub kind: String,
    pub name: String,
    /// `created` or `updated`.
    pub change: String,
    /// Which fields differ, by their paths.
    pub fields: Vec<String>,
}

impl fmt::Display for ChangeLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        write!(f, ": {}", self.change)?;
        if !self.fields.is_empty() {
            write!(f, " ({})", self.fields.join(", "))?;
        }
        Ok(())
    }
}

/// Paths at which two JSON values differ. Lists count as one field.
pub(crate) fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect("", before, after, &mut found);
    found
}

fn collect(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let null = &Value::Null;
                collect(&inner, old.get(key).unwrap_or(null), new.get(key).unwrap_or(null), found);
            }
        }
        _ if before == after => {}
        _ => found.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_name_the_innermost_field_and_treat_lists_as_one() {
        let before = json!({"a": 1, "b": {"c": [1], "d": 2}});
        let after = json!({"a": 1, "b": {"c": [1, 2], "d": 2}, "e": true});
        assert_eq!(differences(&before, &after), ["b.c", "e"]);
        assert_eq!(differences(&before, &before), Vec::<String>::new());
    }
}
