//! Who somebody is, out of the claims of a provider.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longer names of groups are not compared.
const LONGEST: usize = 256;

/// Somebody whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub issuer: String,
    /// The same for ever, within the issuer (OpenID Connect Core 1.0 section 2).
    pub subject: String,
    /// What to call them: `preferred_username`, else `email`, else the subject. Not unique, and may change.
    pub username: String,
    /// The values of the claim of roles.
    pub roles: Vec<String>,
}

/// Claims beside the standard ones.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Others(Map<String, Value>);

impl openidconnect::AdditionalClaims for Others {}

impl Others {
    /// The values of a claim that is a text or a list of texts; `None` when it is not there.
    pub fn texts(&self, claim: &str) -> Option<Vec<String>> {
        let value = self.0.get(claim).or_else(|| {
            let mut parts = claim.split('.');
            let first = self.0.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        })?;
        let text = |value: &Value| value.as_str().filter(|text| text.len() <= LONGEST).map(str::to_owned);
        Some(match value {
            Value::Array(values) => values.iter().filter_map(text).collect(),
            other => text(other).into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_text_or_a_list_also_within_objects() {
        let others: Others = serde_json::from_value(serde_json::json!({
            "groups": ["a", 7, "b"],
            "role": "one",
            "realm_access": { "roles": ["admin"] },
            "https://example.org/roles": ["by name first"],
        }))
        .expect("claims");
        let texts = |claim| others.texts(claim);
        assert_eq!(texts("groups"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(texts("role"), Some(vec!["one".to_owned()]));
        assert_eq!(texts("realm_access.roles"), Some(vec!["admin".to_owned()]));
        assert_eq!(texts("https://example.org/roles"), Some(vec!["by name first".to_owned()]));
        for absent in ["nothing", "realm_access.groups", "role.more", ""] {
            assert_eq!(texts(absent), None, "{absent}");
        }
    }
}
