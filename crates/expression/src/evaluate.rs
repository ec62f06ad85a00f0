//! Walks the compiled tree. Arguments are evaluated when a function asks for them, so that `IIF` and `Switch` never
//! run the branch they do not take.

use std::borrow::Cow;

use chrono::NaiveDateTime;

use crate::attributes::Attributes;
use crate::datum::Fault;
use crate::functions::Function;
use crate::parameters::Parameters;
use crate::tree::Node;
use crate::{Datum, EvalError, compare};

/// The longest text that a function may build, in bytes. Nested functions that multiply their input would otherwise
/// fill any memory from ten thousand characters.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;

pub(crate) struct Scope<'a> {
    pub attributes: &'a dyn Attributes,
    pub parameters: &'a Parameters,
    pub names: &'a [Box<str>],
}

impl<'a> Scope<'a> {
    pub fn evaluate(&self, node: &'a Node) -> Result<Datum<'a>, EvalError> {
        Ok(match node {
            Node::Missing | Node::Null => Datum::Null,
            Node::Ignore => Datum::Ignore,
            Node::Text(text) => Datum::Text(Cow::Borrowed(text)),
            Node::Integer(number) => Datum::Integer(*number),
            Node::Boolean(flag) => Datum::Boolean(*flag),
            Node::Attribute(index) => self.attributes.read(&self.names[usize::from(*index)]),
            Node::Parameter(parameter) => Datum::Text(Cow::Borrowed(self.parameters.value(*parameter)?)),
            Node::Call(function, nodes) => {
                let result = function.run(&Arguments { function, nodes, scope: self })?;
                if let Datum::Text(Cow::Owned(text)) = &result {
                    within_bounds(text.len()).map_err(|fault| fail(function.name, fault))?;
                }
                result
            }
            Node::Compare(operator, sides) => {
                let (left, right) = (self.evaluate(&sides[0])?, self.evaluate(&sides[1])?);
                Datum::Boolean(
                    compare::compare(*operator, &left, &right)
                        .map_err(|fault| fail(operator.sign(), fault))?,
                )
            }
            Node::All(nodes) => Datum::Boolean(self.any_is(nodes, false)?.is_none()),
            Node::Any(nodes) => Datum::Boolean(self.any_is(nodes, true)?.is_some()),
            Node::Concat(nodes) => self.concat(nodes)?,
            #[cfg(feature = "regex")]
            Node::Pattern(_) => Datum::Null,
        })
    }

    /// Looks for the first condition with the given outcome, and stops there.
    fn any_is(&self, nodes: &'a [Node], wanted: bool) -> Result<Option<()>, EvalError> {
        for node in nodes {
            if self.evaluate(node)?.as_truth().unwrap_or(false) == wanted {
                return Ok(Some(()));
            }
        }
        Ok(None)
    }

    fn concat(&self, nodes: &'a [Node]) -> Result<Datum<'a>, EvalError> {
        let mut joined = String::new();
        for node in nodes {
            if let Some(text) = self.evaluate(node)?.into_text().map_err(|fault| fail("&", fault))? {
                within_bounds(joined.len() + text.len()).map_err(|fault| fail("&", fault))?;
                joined.push_str(&text);
            }
        }
        Ok(Datum::text(joined))
    }
}

fn fail(function: &'static str, message: Fault) -> EvalError {
    EvalError { function, message }
}

/// Refuses a text that has grown beyond the bound.
pub(crate) fn within_bounds(length: usize) -> Result<(), Fault> {
    if length > LONGEST_TEXT {
        return Err(format!("the result is longer than {LONGEST_TEXT} bytes"));
    }
    Ok(())
}

/// A value as it may stand in a message: its beginning, whatever its length.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The arguments of a call, evaluated when asked for.
pub(crate) struct Arguments<'a, 's> {
    function: &'static Function,
    nodes: &'a [Node],
    scope: &'s Scope<'a>,
}

impl<'a> Arguments<'a, '_> {
    pub fn fail(&self, message: impl Into<Fault>) -> EvalError {
        fail(self.function.name, message.into())
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn parameters(&self) -> &'a Parameters {
        self.scope.parameters
    }

    #[cfg(feature = "regex")]
    pub fn node(&self, index: usize) -> Option<&'a Node> {
        self.nodes.get(index)
    }

    /// Whether something was written for an argument; `""` counts.
    pub fn is_given(&self, index: usize) -> bool {
        self.nodes.get(index).is_some_and(|node| !matches!(node, Node::Missing))
    }

    pub fn get(&self, index: usize) -> Result<Datum<'a>, EvalError> {
        self.nodes.get(index).map_or(Ok(Datum::Null), |node| self.scope.evaluate(node))
    }

    /// A single value as text; `None` for null.
    pub fn text(&self, index: usize) -> Result<Option<Cow<'a, str>>, EvalError> {
        self.get(index)?.into_text().map_err(|fault| self.fail(fault))
    }

    /// A single value as text, empty for null.
    pub fn text_or_empty(&self, index: usize) -> Result<Cow<'a, str>, EvalError> {
        Ok(self.text(index)?.unwrap_or_default())
    }

    /// A whole number; `None` for no value.
    pub fn integer(&self, index: usize) -> Result<Option<i64>, EvalError> {
        let value = self.get(index)?;
        if value.is_empty() {
            return Ok(None);
        }
        let Some(number) = value.as_integer() else { return Err(self.unsuitable(value, "a whole number")) };
        Ok(Some(number))
    }

    /// A whole number that must be there.
    pub fn required_integer(&self, index: usize, what: &str) -> Result<i64, EvalError> {
        self.integer(index)?.ok_or_else(|| self.fail(format!("{what} has no value")))
    }

    /// A moment; `None` for no value.
    pub fn date(&self, index: usize) -> Result<Option<NaiveDateTime>, EvalError> {
        let value = self.get(index)?;
        if value.is_empty() {
            return Ok(None);
        }
        let Some(date) = value.as_date() else {
            return Err(self.unsuitable(value, "a date that can be read"));
        };
        Ok(Some(date))
    }

    fn unsuitable(&self, value: Datum, wanted: &str) -> EvalError {
        match value.into_text() {
            Ok(text) => self.fail(format!("`{}` is not {wanted}", short(&text.unwrap_or_default()))),
            Err(fault) => self.fail(fault),
        }
    }

    pub fn truth(&self, index: usize) -> Result<bool, EvalError> {
        Ok(self.get(index)?.as_truth().unwrap_or(false))
    }

    /// Changes a text, or each of several; null stays null.
    pub fn map_text(
        &self,
        index: usize,
        change: impl Fn(Cow<'a, str>) -> Result<Datum<'a>, EvalError>,
    ) -> Result<Datum<'a>, EvalError> {
        self.map(index, |value| match value.into_text().map_err(|fault| self.fail(fault))? {
            Some(text) => change(text),
            None => Ok(Datum::Null),
        })
    }

    /// Changes a value, or each of several; null stays null.
    pub fn map(
        &self,
        index: usize,
        change: impl Fn(Datum<'a>) -> Result<Datum<'a>, EvalError>,
    ) -> Result<Datum<'a>, EvalError> {
        match self.get(index)? {
            Datum::Null | Datum::Ignore => Ok(Datum::Null),
            Datum::Many(values) => {
                let mut built = 0;
                let mut changed = Vec::with_capacity(values.len());
                for value in values {
                    let value = change(value)?;
                    if let Datum::Text(Cow::Owned(text)) = &value {
                        built += text.len();
                        within_bounds(built).map_err(|fault| self.fail(fault))?;
                    }
                    changed.push(value);
                }
                Ok(Datum::many(changed))
            }
            single => change(single),
        }
    }
}
