//! Request bodies: JSON with its mistakes named, and partial changes by merge patch (RFC 7396).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::Serialize;
use serde_json::Value;

use crate::http::Problem;

/// A JSON body. An empty one is an empty object.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            Problem::new(error.status(), "BodyRefused", "the body could not be read or is too large")
        })?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(Value::Object(serde_json::Map::new())));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Problem::bad_request(format!("the body is not JSON: {error}")))
    }
}

/// The stored entry with a merge patch applied.
pub fn patched<T: Serialize>(stored: &T, patch: Value) -> Result<Value, Problem> {
    let mut value = serde_json::to_value(stored)
        .map_err(|error| Problem::from(service::ServiceError::Internal(Box::new(error))))?;
    merge(&mut value, patch);
    Ok(value)
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            members.remove(&key);
        } else {
            merge(members.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_changes_adds_and_removes() {
        let stored = json!({"a": 1, "b": {"c": 2, "d": [1, 2]}});
        let patch = json!({"a": null, "b": {"d": [3]}, "e": {"f": null, "g": 1}});
        assert_eq!(patched(&stored, patch).expect("merges"), json!({"b": {"c": 2, "d": [3]}, "e": {"g": 1}}));
    }
}
