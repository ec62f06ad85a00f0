//! The attribute-mapping language: `IIF(IsPresent([displayName]), [displayName], [cn])`. An expression is compiled
//! once, with every mistake reported by its place, and evaluated for every object of every cycle.
//!
//! The language is the one administrators know from Cloud Sync, so that their expressions can be pasted. It has no
//! input or output: the object, the time and randomness are passed in, and the portal runs the same code in the
//! browser. `docs/expressions.md` is generated from the table of functions.

mod attributes;
mod compare;
mod dates;
mod datum;
mod diacritics;
mod error;
mod evaluate;
#[cfg(feature = "regex")]
pub mod filter;
mod functions;
mod parameters;
mod parse;
mod suggest;
mod tree;

pub use attributes::Attributes;
pub use datum::Datum;
pub use error::{CompileError, EvalError};
pub use functions::{Family, Function, functions};
pub use parameters::{Parameter, Parameters, Random};
pub use parse::{DEEPEST_NESTING, LONGEST_EXPRESSION};

use domain::Value;
use evaluate::Scope;
use tree::Node;

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    text: Box<str>,
    root: Node,
    names: Box<[Box<str>]>,
    redacted: bool,
}

/// What an expression does to its target attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    Value(Value),
    /// The target attribute is cleared.
    Null,
    /// The target attribute keeps what it has (`IgnoreFlowIfNullOrEmpty`, `IgnoreThisFlow`).
    Ignore,
}

impl Expression {
    /// Compiles an expression.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let parsed = parse::parse(text)?;
        Ok(Self {
            text: text.into(),
            root: parsed.root,
            names: parsed.names.into_boxed_slice(),
            redacted: parsed.redacted,
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The source attributes that the expression reads, each once, as first written.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// Whether provisioning logs must show `[Redact]` instead of the value (`Redact`).
    pub const fn is_redacted(&self) -> bool {
        self.redacted
    }

    /// The value for one object; `None` where there is none, whatever the reason.
    pub fn evaluate(
        &self,
        attributes: &dyn Attributes,
        parameters: &Parameters,
    ) -> Result<Option<Value>, EvalError> {
        Ok(self.run(attributes, parameters)?.into_value())
    }

    /// The same, telling "clear the attribute" from "leave it alone".
    pub fn flow(&self, attributes: &dyn Attributes, parameters: &Parameters) -> Result<Flow, EvalError> {
        Ok(match self.run(attributes, parameters)? {
            Datum::Ignore => Flow::Ignore,
            value => value.into_value().map_or(Flow::Null, Flow::Value),
        })
    }

    fn run<'a>(
        &'a self,
        attributes: &'a dyn Attributes,
        parameters: &'a Parameters,
    ) -> Result<Datum<'a>, EvalError> {
        let result = Scope { attributes, parameters, names: &self.names }.evaluate(&self.root);
        if self.redacted { result.map_err(EvalError::redacted) } else { result }
    }
}
