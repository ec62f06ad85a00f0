//! What targets expect of their attributes.

use domain::TargetKind;
use domain::schema::{self, AttributeType};
use domain::value::Value;
use uuid::Uuid;

/// What kind of value a target attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Also what is binary, as Base64.
    Text,
    Boolean,
    Integer,
    /// The text form of a GUID of 16 bytes.
    Guid,
    /// Several texts; a single one is a list of one.
    Texts,
    /// Another object, by its id in the target.
    Reference,
    /// Other objects, by their ids in the target.
    References,
    /// The members of a group.
    Members,
}

/// The attributes of a target that are special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TargetSchema {
    target: TargetKind,
    /// Whether an account may sign in.
    pub(crate) account_state: &'static str,
    /// What people call the object in the target.
    pub(crate) user_name: &'static str,
    /// The primary mail address.
    pub(crate) mail: &'static str,
}

const BUILT_IN: TargetSchema = TargetSchema {
    target: TargetKind::BuiltIn,
    account_state: "accountEnabled",
    user_name: "userPrincipalName",
    mail: "mail",
};

const SCIM: TargetSchema = TargetSchema {
    target: TargetKind::Scim,
    account_state: "active",
    user_name: "userName",
    mail: "emails[type eq \"work\"].value",
};

impl TargetSchema {
    pub(crate) const fn of(target: TargetKind) -> Self {
        match target {
            TargetKind::BuiltIn => BUILT_IN,
            TargetKind::Scim => SCIM,
        }
    }

    pub(super) fn shape(&self, target: &str) -> Shape {
        if target == "onPremisesObjectIdentifier" {
            return Shape::Guid;
        }
        let Some(known) = schema::attribute(self.target, target) else { return Shape::Text };
        match (known.kind, known.multivalued) {
            (AttributeType::Reference, true) if known.name == "members" => Shape::Members,
            (AttributeType::Reference, true) => Shape::References,
            (AttributeType::Reference, false) => Shape::Reference,
            (_, true) => Shape::Texts,
            (AttributeType::Boolean, false) => Shape::Boolean,
            (AttributeType::Integer, false) => Shape::Integer,
            (AttributeType::String | AttributeType::Binary | AttributeType::DateTime, false) => Shape::Text,
        }
    }
}

impl Shape {
    /// Makes a value fit. Empty text is no value. A list for a single-valued attribute gives its first value in
    /// sorted order, which is the same in every cycle.
    pub(super) fn fit(self, value: Value) -> Result<Option<Value>, String> {
        match self {
            Self::Boolean => match value {
                Value::Boolean(_) => Ok(Some(value)),
                Value::Integer(number) => Ok(Some(Value::Boolean(number != 0))),
                other => boolean(&other),
            },
            Self::Integer => integer(&value),
            Self::Texts => {
                let texts: Vec<_> = value.each().iter().filter_map(text_of).collect();
                Ok(Value::many(texts))
            }
            Self::Guid => match &value {
                Value::Binary(bytes) => Ok(Some(match Uuid::from_slice_le(bytes) {
                    Ok(guid) => Value::Text(guid.to_string()),
                    Err(_) => Value::Text(value.to_string()),
                })),
                other => Ok(other.each().iter().find_map(text_of)),
            },
            Self::Text => Ok(match value {
                Value::Text(text) => (!text.is_empty()).then_some(Value::Text(text)),
                other => other.each().iter().find_map(text_of),
            }),
            Self::Reference | Self::References | Self::Members => Ok(None),
        }
    }
}

fn integer(value: &Value) -> Result<Option<Value>, String> {
    let value = value.each().first().unwrap_or(value);
    let number = match value {
        Value::Integer(number) => return Ok(Some(Value::Integer(*number))),
        Value::Boolean(flag) => return Ok(Some(Value::Integer((*flag).into()))),
        Value::Text(text) if text.is_empty() => return Ok(None),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .map(|number| Some(Value::Integer(number)))
        .ok_or_else(|| format!("`{}` is not a whole number", short(&value.to_string())))
}

fn boolean(value: &Value) -> Result<Option<Value>, String> {
    match text_of(value).as_ref().and_then(Value::as_text) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(Some(Value::Boolean(true))),
        Some(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(Some(Value::Boolean(false))),
        Some(text) => Err(format!("`{}` is neither True nor False", short(text))),
    }
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

fn text_of(value: &Value) -> Option<Value> {
    let text = match value {
        Value::Boolean(true) => "True".to_owned(),
        Value::Boolean(false) => "False".to_owned(),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(Value::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_shape_that_the_target_expects() {
        assert_eq!(Shape::Boolean.fit(Value::text("TRUE")), Ok(Some(Value::Boolean(true))));
        assert!(Shape::Boolean.fit(Value::text("perhaps")).is_err());
        assert_eq!(
            Shape::Text.fit(Value::Many(vec![Value::text("a"), Value::text("b")])),
            Ok(Some(Value::text("a")))
        );
        assert_eq!(Shape::Texts.fit(Value::text("a")), Ok(Some(Value::Many(vec![Value::text("a")]))));
        assert_eq!(Shape::Text.fit(Value::text("")), Ok(None));
        assert_eq!(Shape::Text.fit(Value::Binary(vec![1, 2])), Ok(Some(Value::text("AQI="))));
    }
}
