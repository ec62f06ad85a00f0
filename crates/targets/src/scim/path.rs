//! Attribute paths of mappings: the part of RFC 7644 section 3.10 that names one value to write.

use serde_json::Value as Json;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// `[schema:]name[filter][.sub]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// Of an extension; absent for the core schemas.
    pub schema: Option<String>,
    pub name: String,
    /// What the element of a multi-valued attribute carries besides the value: `type` equal to `work`.
    pub filter: Vec<(String, Json)>,
    pub sub: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{path}` is not a SCIM path that can be written ({why}): correct the target attribute of the mapping"
)]
pub(super) struct PathError {
    path: String,
    why: &'static str,
}

impl Path {
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let fail = |why| PathError { path: text.chars().take(200).collect(), why };
        let trimmed = text.trim();
        let (schema, rest) = split_schema(trimmed);
        let (name, filter, sub) = match rest.split_once('[') {
            None => match rest.split_once('.') {
                None => (rest, None, None),
                Some((name, sub)) => (name, None, Some(sub)),
            },
            Some((name, rest)) => {
                let (filter, after) = rest.rsplit_once(']').ok_or_else(|| fail("a bracket is not closed"))?;
                let sub = match after {
                    "" => None,
                    after => Some(after.strip_prefix('.').ok_or_else(|| fail("text after the bracket"))?),
                };
                (name, Some(filter), sub)
            }
        };
        if !is_name(name) || sub.is_some_and(|sub| !is_name(sub)) {
            return Err(fail("an attribute name has letters, digits, - and _ only"));
        }
        let filter = match filter {
            Some(filter) => {
                parse_filter(filter).ok_or_else(|| fail("only `name eq value` can stand in brackets"))?
            }
            None => Vec::new(),
        };
        Ok(Self { schema, name: name.to_owned(), filter, sub: sub.map(str::to_owned) })
    }

    /// The attribute as a whole, as PATCH names it.
    pub fn attribute(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}:{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Splits at the last colon before any bracket: versions in schema names have dots, attribute names no colons.
fn split_schema(text: &str) -> (Option<String>, &str) {
    if !text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
        return (None, text);
    }
    let head = text.find('[').map_or(text, |bracket| &text[..bracket]);
    let Some(colon) = head.rfind(':') else { return (None, text) };
    let (schema, rest) = (&text[..colon], &text[colon + 1..]);
    let core = text.get(..CORE.len()).is_some_and(|start| start.eq_ignore_ascii_case(CORE));
    ((!core).then(|| schema.to_owned()), rest)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
        && text.chars().skip(1).all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// `name eq value`, several joined by `and`.
fn parse_filter(mut text: &str) -> Option<Vec<(String, Json)>> {
    let mut terms = Vec::new();
    loop {
        let (name, rest) = text.trim_start().split_once(char::is_whitespace)?;
        let (operator, rest) = rest.trim_start().split_once(char::is_whitespace)?;
        if !is_name(name) || !operator.eq_ignore_ascii_case("eq") {
            return None;
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
        let value = values.next()?.ok().filter(|value| !value.is_object() && !value.is_array())?;
        terms.push((name.to_owned(), value));
        let rest = rest[values.byte_offset()..].trim_start();
        if rest.is_empty() {
            return Some(terms);
        }
        let (and, rest) = rest.split_once(char::is_whitespace)?;
        if !and.eq_ignore_ascii_case("and") {
            return None;
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_of_the_default_mappings_are_understood() {
        let path = |text: &str| Path::parse(text).expect("a path");
        assert_eq!(path("userName").name, "userName");
        assert_eq!(path("name.givenName").sub.as_deref(), Some("givenName"));
        let work = path(r#"emails[type eq "work"].value"#);
        assert_eq!((work.name.as_str(), work.sub.as_deref()), ("emails", Some("value")));
        assert_eq!(work.filter, [("type".to_owned(), json!("work"))]);
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let manager = path(&format!("{enterprise}:manager"));
        assert_eq!((manager.schema.as_deref(), manager.name.as_str()), (Some(enterprise), "manager"));
        assert_eq!(manager.attribute(), format!("{enterprise}:manager"));
        assert_eq!(path("urn:ietf:params:scim:schemas:core:2.0:User:userName"), path("userName"));
        let both = path(r#"phoneNumbers[type EQ "work" and primary eq true].value"#);
        assert_eq!(both.filter[1], ("primary".to_owned(), json!(true)));
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        for text in
            ["", "a b", "emails[type eq", "emails[type co \"w\"].value", "emails[type eq \"w\"]x", ".x"]
        {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
