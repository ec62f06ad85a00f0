//! The attribute-mapping language: `IIF(IsPresent([displayName]), [displayName], [cn])`. An expression is compiled
//! once, with every mistake reported by its place, and evaluated for every object of every cycle.
//!
//! The language is the one administrators know from Cloud Sync, so that their expressions can be pasted. It has no
//! input or output: the object, the time and randomness are passed in, and the portal runs the same code in the
//! browser. `docs/expressions.md` is generated from the table of functions.

mod attributes;
#[cfg(feature = "regex")]
mod braces;
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
mod print;
mod suggest;
mod tree;

pub use attributes::Attributes;
pub use datum::Datum;
pub use error::{CompileError, EvalError};
pub use functions::{Family, Function, functions};
pub use parameters::{Parameter, Parameters, Random};
pub use parse::{DEEPEST_NESTING, LONGEST_EXPRESSION};
pub use print::{Part, PartKind};

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
    selects: bool,
    random: bool,
}

/// What an expression does to its target attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    Value(Value),
    /// The target attribute is cleared.
    Null,
    /// The target attribute keeps what it has (`IgnoreFlowIfNullOrEmpty`, `IgnoreThisFlow`).
    Ignore,
    /// The first of these that no other object of the target has (`SelectUniqueValue`).
    FirstFree(Vec<Value>),
}

/// The expression in its one spelling: white space, hexadecimal numbers and needless parentheses are gone.
impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.printed().fmt(f)
    }
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
            selects: parsed.selects,
            random: parsed.random,
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

    /// Whether the target is asked which of several values is free (`SelectUniqueValue`).
    pub const fn selects_unique_value(&self) -> bool {
        self.selects
    }

    /// Whether another evaluation may give another value (`Guid`, `RandomString`).
    pub const fn is_random(&self) -> bool {
        self.random
    }

    /// What it is made of.
    pub fn part(&self) -> Part {
        self.printed().part()
    }

    const fn printed(&self) -> print::Printed<'_> {
        print::Printed { node: &self.root, names: &self.names }
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
        if let Node::Call(_, rules) = &self.root
            && self.selects
        {
            return self.first_free(rules, attributes, parameters);
        }
        Ok(match self.run(attributes, parameters)? {
            Datum::Ignore => Flow::Ignore,
            value => value.into_value().map_or(Flow::Null, Flow::Value),
        })
    }

    /// The values of all rules, each once. Several values of one rule are not one value.
    fn first_free(
        &self,
        rules: &[Node],
        attributes: &dyn Attributes,
        parameters: &Parameters,
    ) -> Result<Flow, EvalError> {
        let scope = Scope { attributes, parameters, names: &self.names };
        let mut values = Vec::with_capacity(rules.len());
        for rule in rules {
            if let Some(value) = scope.evaluate(rule)?.into_value()
                && !values.contains(&value)
            {
                values.push(value);
            }
        }
        Ok(if values.is_empty() { Flow::Null } else { Flow::FirstFree(values) })
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
