//! What targets expect of their attributes.

use domain::TargetKind;
use domain::value::Value;

/// What kind of value a target attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Boolean,
    /// Several texts; a single one is a list of one.
    Texts,
    /// Another object, by its id in the target.
    Reference,
    /// The members of a group.
    Members,
}

/// The attributes of a target that are special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TargetSchema {
    /// Whether an account may sign in.
    pub(crate) account_state: &'static str,
    /// What people call the object in the target.
    pub(crate) user_name: &'static str,
    /// The primary mail address.
    pub(crate) mail: &'static str,
    booleans: &'static [&'static str],
    lists: &'static [&'static str],
    references: &'static [&'static str],
}

const BUILT_IN: TargetSchema = TargetSchema {
    account_state: "accountEnabled",
    user_name: "userPrincipalName",
    mail: "mail",
    booleans: &["accountEnabled", "securityEnabled", "mailEnabled"],
    lists: &["businessPhones", "proxyAddresses", "otherMails"],
    references: &["manager"],
};

const SCIM: TargetSchema = TargetSchema {
    account_state: "active",
    user_name: "userName",
    mail: "emails[type eq \"work\"].value",
    booleans: &["active"],
    lists: &[],
    references: &["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"],
};

impl TargetSchema {
    pub(crate) const fn of(target: TargetKind) -> Self {
        match target {
            TargetKind::BuiltIn => BUILT_IN,
            TargetKind::Scim => SCIM,
        }
    }

    pub(super) fn shape(&self, target: &str) -> Shape {
        if target == "members" {
            Shape::Members
        } else if self.references.contains(&target) {
            Shape::Reference
        } else if self.booleans.contains(&target) {
            Shape::Boolean
        } else if self.lists.contains(&target) {
            Shape::Texts
        } else {
            Shape::Text
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
            Self::Texts => {
                let texts: Vec<_> = value.each().iter().filter_map(text_of).collect();
                Ok(Value::many(texts))
            }
            Self::Text => Ok(value.each().iter().find_map(text_of)),
            Self::Reference | Self::Members => Ok(None),
        }
    }
}

fn boolean(value: &Value) -> Result<Option<Value>, String> {
    match text_of(value).as_ref().and_then(Value::as_text) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(Some(Value::Boolean(true))),
        Some(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(Some(Value::Boolean(false))),
        Some(text) => {
            Err(format!("`{}` is neither True nor False", text.chars().take(60).collect::<String>()))
        }
    }
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
