//! What the built-in directory accepts: the limits and characters that Microsoft's synchronisation checks.

use domain::ObjectKind;
use domain::catalogue::{INVALID_DATA, MISSING_VALUE, TOO_LONG};
use domain::value::{Attributes, Value};
use ports::TargetError;

/// Longest values in characters.
const LIMITS: &[(&str, usize)] = &[
    ("displayName", 256),
    ("givenName", 64),
    ("surname", 64),
    ("userPrincipalName", 113),
    ("mail", 256),
    ("proxyAddresses", 256),
];

/// The characters that IdFix refuses, but for the apostrophe, which Entra has come to allow.
const NOT_IN_PRINCIPAL: &str = "\\%&*+/=?{}|<>();:,[]\"äëïöüÿÄËÏÖÜŸ";
const NOT_IN_SMTP: &str = "<>();,[]\"";
const NOT_IN_ADDRESS: &str = "<>(),[]\"";
const NOT_IN_X_ADDRESS: &str = "[]\"'";

/// Refuses what the directory does not accept, with the attribute, the value and the limit named.
pub fn validate(kind: ObjectKind, attributes: &Attributes) -> Result<(), TargetError> {
    require(attributes, "displayName")?;
    if kind == ObjectKind::User {
        require(attributes, "userPrincipalName")?;
    }
    for (name, limit) in LIMITS {
        for value in texts(attributes, name) {
            let length = value.chars().count();
            if length > *limit {
                return Err(TargetError::object(
                    &TOO_LONG,
                    format!("{name} has {length} characters, {limit} are allowed: {}", shown(value)),
                ));
            }
        }
    }
    if kind == ObjectKind::User {
        for value in texts(attributes, "userPrincipalName") {
            principal_name(value)?;
        }
        if let Some(value) = attributes.get("accountEnabled").filter(|value| flag(value).is_none()) {
            return Err(invalid("accountEnabled", &value.to_string(), "is neither True nor False"));
        }
    }
    texts(attributes, "proxyAddresses").try_for_each(proxy_address)
}

/// A Boolean, or the text that an expression gives for one.
pub fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(flag) => Some(*flag),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A value for a sentence: quoted, and cut where nobody reads on.
pub fn shown(value: &str) -> String {
    const MOST: usize = 64;
    if value.chars().count() <= MOST {
        return format!("`{value}`");
    }
    let head: String = value.chars().take(MOST).collect();
    format!("`{head}…`")
}

fn texts<'a>(attributes: &'a Attributes, name: &str) -> impl Iterator<Item = &'a str> {
    attributes.get(name).map(Value::each).unwrap_or_default().iter().filter_map(Value::as_text)
}

fn require(attributes: &Attributes, name: &str) -> Result<(), TargetError> {
    if texts(attributes, name).any(|value| !value.trim().is_empty()) {
        Ok(())
    } else {
        Err(TargetError::object(
            &MISSING_VALUE,
            format!("{name} has no value, and the directory requires one"),
        ))
    }
}

fn principal_name(value: &str) -> Result<(), TargetError> {
    const NAME: &str = "userPrincipalName";
    characters(NAME, value, |c| c.is_whitespace() || NOT_IN_PRINCIPAL.contains(c))?;
    match value.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => Ok(()),
        _ => Err(invalid(NAME, value, "is not of the form name@domain")),
    }
}

fn proxy_address(value: &str) -> Result<(), TargetError> {
    const NAME: &str = "proxyAddresses";
    let Some((prefix, address)) = value.split_once(':') else {
        return Err(invalid(NAME, value, "has no type in front, such as SMTP:"));
    };
    if address.is_empty() {
        return Err(invalid(NAME, value, "has no address after its type"));
    }
    if prefix.eq_ignore_ascii_case("smtp") {
        characters(NAME, value, |c| c.is_whitespace() || NOT_IN_SMTP.contains(c))
    } else if prefix.eq_ignore_ascii_case("x400") || prefix.eq_ignore_ascii_case("x500") {
        let control = |c| matches!(c, '\u{c}' | '\n' | '\r' | '\t' | '\u{b}');
        characters(NAME, value, |c| control(c) || NOT_IN_X_ADDRESS.contains(c))
    } else {
        characters(NAME, value, |c| c.is_whitespace() || NOT_IN_ADDRESS.contains(c))
    }
}

fn characters(name: &str, value: &str, refused: impl Fn(char) -> bool) -> Result<(), TargetError> {
    match value.chars().find(|c| refused(*c)) {
        Some(character) => Err(invalid(name, value, &format!("holds the character {character:?}"))),
        None => Ok(()),
    }
}

fn invalid(name: &str, value: &str, problem: &str) -> TargetError {
    TargetError::object(&INVALID_DATA, format!("{name} {} {problem}", shown(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_names_have_one_at_and_no_odd_characters() {
        assert!(principal_name("anna.berg@north.example").is_ok());
        assert!(principal_name("pat.o'brien@north.example").is_ok());
        for value in ["anna", "@x", "a@", "a@b@c", "a b@c", "jürgen@c"] {
            assert!(principal_name(value).is_err(), "{value}");
        }
    }

    #[test]
    fn proxy_addresses_follow_the_rules_of_their_type() {
        for value in ["SMTP:a@b.c", "smtp:ü@b.c", "X500:/o=Org/ou=A (B), c", "sip:a@b"] {
            assert!(proxy_address(value).is_ok(), "{value}");
        }
        for value in ["a@b.c", "smtp:", "SMTP:a b@c", "smtp:a;b@c", "x500:/o=[A]", "sip:a b"] {
            assert!(proxy_address(value).is_err(), "{value}");
        }
    }

    #[test]
    fn shown_values_are_cut() {
        assert_eq!(shown("abc"), "`abc`");
        assert_eq!(shown(&"x".repeat(65)).chars().count(), 67);
    }
}
