//! What is written, evaluated.

use domain::mapping::MappingKind;
use expression::{Attributes as _, Expression, Flow, Parameter, Parameters};

use crate::Looked;

/// What a mapping gives, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gives {
    /// `ok`, `info` or `bad`.
    pub tone: &'static str,
    pub text: String,
}

impl Gives {
    pub fn new(tone: &'static str, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }

    /// The classes of the element that shows it.
    pub fn class(&self) -> String {
        format!("given {}", self.tone)
    }
}

/// What a mapping gives for an object, or what is wrong with it. `parameters` bring the time and randomness.
pub fn evaluate(kind: MappingKind, text: &str, object: Option<&Looked>, parameters: Parameters) -> Gives {
    let text = text.trim();
    if text.is_empty() {
        return match kind {
            MappingKind::None => Gives::new("info", "Gives nothing but the default."),
            _ => Gives::new("info", "Nothing is written yet."),
        };
    }
    let parameters = object.map_or(parameters.clone(), |object| with_those_of(object, parameters));
    match kind {
        MappingKind::None => Gives::new("info", "Gives nothing but the default."),
        MappingKind::Constant if object.is_none() => Gives::new("ok", format!("Gives: {text}")),
        MappingKind::Constant => match parameters.expand(text) {
            Ok(value) => Gives::new("ok", format!("Gives: {value}")),
            Err(error) => Gives::new("bad", sentence(&error.to_string())),
        },
        MappingKind::Direct => object.map_or_else(unread, |object| direct(text, object)),
        MappingKind::Expression => computed(text, object, &parameters),
    }
}

fn with_those_of(object: &Looked, parameters: Parameters) -> Parameters {
    object.parameters.iter().fold(parameters, |parameters, (name, value)| match Parameter::parse(name) {
        Some(parameter) => parameters.with(parameter, value.as_str()),
        None => parameters,
    })
}

fn unread() -> Gives {
    Gives::new("info", "Choose an object to see what this gives.")
}

fn direct(name: &str, object: &Looked) -> Gives {
    if !is_known(object, name) {
        return not_read(name);
    }
    object.attributes.value(name).map_or_else(nothing, |value| Gives::new("ok", format!("Gives: {value}")))
}

fn computed(text: &str, object: Option<&Looked>, parameters: &Parameters) -> Gives {
    let expression = match Expression::compile(text) {
        Ok(expression) => expression,
        Err(error) => return Gives::new("bad", sentence(&error.to_string())),
    };
    let Some(object) = object else { return unread() };
    if let Some(name) = expression.attributes().find(|name| !is_known(object, name)) {
        return not_read(name);
    }
    match expression.flow(&object.attributes, parameters) {
        Ok(_) if expression.is_redacted() => Gives::new("ok", "Gives a value that is not shown: [Redact]"),
        Ok(Flow::Value(value)) => Gives::new("ok", format!("Gives: {value}")),
        Ok(Flow::Null) => nothing(),
        Ok(Flow::Ignore) => Gives::new("info", "Leaves the target's value as it is."),
        Ok(Flow::FirstFree(values)) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            Gives::new("ok", format!("Gives the first of these that nobody has: {}", values.join(", ")))
        }
        Err(error) => Gives::new("bad", sentence(&error.to_string())),
    }
}

fn nothing() -> Gives {
    Gives::new("info", "Gives nothing; when the object is created, the default is used.")
}

fn not_read(name: &str) -> Gives {
    Gives::new("info", format!("“{name}” has not been read from the object. Press Try."))
}

fn is_known(object: &Looked, name: &str) -> bool {
    object.known.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use domain::Value;

    use super::*;

    fn object() -> Looked {
        Looked {
            known: ["givenName", "sn", "title"].map(str::to_owned).into(),
            attributes: [("givenName", "Ada"), ("sn", "Berg")]
                .map(|(name, value)| (name.to_owned(), Value::text(value)))
                .into(),
            parameters: [("DomainFQDN".to_owned(), "corp.example".to_owned())].into(),
        }
    }

    fn gives(kind: MappingKind, text: &str) -> (&'static str, String) {
        let Gives { tone, text } = evaluate(kind, text, Some(&object()), Parameters::new());
        (tone, text)
    }

    fn told(tone: &'static str, text: &str) -> (&'static str, String) {
        (tone, text.to_owned())
    }

    #[test]
    fn an_expression_gives_its_value() {
        let text = r#"Join(" ", [givenName], [SN])"#;
        assert_eq!(gives(MappingKind::Expression, text), told("ok", "Gives: Ada Berg"));
        assert_eq!(gives(MappingKind::Constant, "@%DomainFQDN%"), told("ok", "Gives: @corp.example"));
        assert_eq!(gives(MappingKind::Direct, "sn"), told("ok", "Gives: Berg"));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place() {
        let (tone, text) = gives(MappingKind::Expression, "Trim([givenName]");
        assert_eq!(tone, "bad");
        assert!(text.starts_with("Character 1"), "{text}");
    }

    #[test]
    fn what_the_object_lacks_differs_from_what_was_not_read() {
        assert!(gives(MappingKind::Direct, "title").1.starts_with("Gives nothing"));
        assert!(gives(MappingKind::Direct, "mobile").1.contains("not been read"));
        assert!(gives(MappingKind::Expression, "Trim([mobile])").1.contains("not been read"));
    }

    #[test]
    fn redacted_values_are_not_shown() {
        let (_, text) = gives(MappingKind::Expression, "Redact([sn])");
        assert!(!text.contains("Berg"), "{text}");
    }

    #[test]
    fn without_an_object_it_is_still_compiled() {
        let bad = evaluate(MappingKind::Expression, "Trimm([sn])", None, Parameters::new());
        assert_eq!(bad.tone, "bad");
        let good = evaluate(MappingKind::Expression, "Trim([sn])", None, Parameters::new());
        assert_eq!(good.tone, "info");
    }
}
