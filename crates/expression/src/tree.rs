//! The compiled form: a small tree that is walked once an evaluation.

use crate::functions::Function;
use crate::parameters::Parameter;

#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// An argument that was left empty: `f(a, , b)`.
    Missing,
    Null,
    Ignore,
    Text(Box<str>),
    Integer(i64),
    Boolean(bool),
    /// Index into the names of the expression.
    Attribute(u16),
    Parameter(Parameter),
    Call(&'static Function, Box<[Node]>),
    Compare(Operator, Box<[Node; 2]>),
    All(Box<[Node]>),
    Any(Box<[Node]>),
    Concat(Box<[Node]>),
    /// A pattern that a function compiled out of its text.
    #[cfg(feature = "regex")]
    Pattern(Box<regex::Regex>),
}

impl Node {
    /// The text of a constant, for checks while compiling.
    pub fn constant(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// In the order in which to look for them: two characters before one.
    pub const ALL: [Self; 6] =
        [Self::NotEqual, Self::LessOrEqual, Self::GreaterOrEqual, Self::Equal, Self::Less, Self::Greater];

    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
