//! The table of functions. One file a family; each has a `TABLE` of what it offers, and nothing else is public.

mod case;
mod convert;
mod dates;
mod directory;
mod elsewhere;
mod logic;
mod many;
mod random;
mod replace;
mod text;

use std::fmt;

use crate::evaluate::Arguments;
use crate::tree::Node;
use crate::{Datum, EvalError};

/// What functions are listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Logic,
    Text,
    Many,
    Dates,
    Conversion,
    Directory,
    Random,
    Elsewhere,
}

impl Family {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Logic => "Conditions and flow",
            Self::Text => "Text",
            Self::Many => "Several values",
            Self::Dates => "Dates",
            Self::Conversion => "Numbers and encodings",
            Self::Directory => "Directory values",
            Self::Random => "Random values",
            Self::Elsewhere => "Not available",
        }
    }
}

type Run = for<'a, 's> fn(&Arguments<'a, 's>) -> Outcome<'a>;
type Outcome<'a> = Result<Datum<'a>, EvalError>;
type Check = fn(&mut [Node]) -> Result<(), Complaint>;

/// A function of the language.
#[derive(Clone, Copy)]
pub struct Function {
    pub name: &'static str,
    /// How it is called; brackets mark what may be left out.
    pub signature: &'static str,
    /// What it does, edge cases included.
    pub summary: &'static str,
    pub family: Family,
    pub available: bool,
    arity: Arity,
    run: Run,
    check: Option<Check>,
    redacts: bool,
    selects: bool,
}

impl Function {
    const fn new(
        family: Family,
        signature: &'static str,
        arity: Arity,
        run: Run,
        summary: &'static str,
    ) -> Self {
        Self {
            name: name_of(signature),
            signature,
            summary,
            family,
            available: true,
            arity,
            run,
            check: None,
            redacts: false,
            selects: false,
        }
    }

    /// Adds a look at the arguments while compiling.
    const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    const fn redacting(mut self) -> Self {
        self.redacts = true;
        self
    }

    /// The target chooses among the arguments; only the outermost function can do that.
    const fn selecting(mut self) -> Self {
        self.selects = true;
        self
    }

    /// A function that is known and refused; the summary says why and what to do instead.
    const fn refused(signature: &'static str, summary: &'static str) -> Self {
        let mut function = Self::new(Family::Elsewhere, signature, Arity::from(0), nothing, summary);
        function.available = false;
        function
    }

    pub(crate) const fn arity(&self) -> Arity {
        self.arity
    }

    pub(crate) const fn redacts(&self) -> bool {
        self.redacts
    }

    pub(crate) const fn selects(&self) -> bool {
        self.selects
    }

    /// The names of the parameters, as far as the signature tells them.
    pub(crate) fn parameters(&self) -> Vec<String> {
        let inner = self.signature.split_once('(').map_or("", |(_, inner)| inner).trim_end_matches(')');
        inner
            .split(',')
            .map(|name| name.trim().trim_matches(['[', ']']))
            .take_while(|name| !matches!(*name, "" | "…"))
            .map(str::to_owned)
            .collect()
    }

    /// Why a call is refused.
    pub(crate) const fn refusal(&self) -> Option<&'static str> {
        if self.available { None } else { Some(self.summary) }
    }

    pub(crate) fn run<'a>(&self, arguments: &Arguments<'a, '_>) -> Outcome<'a> {
        (self.run)(arguments)
    }

    pub(crate) fn check(&self, nodes: &mut [Node]) -> Result<(), Complaint> {
        self.check.map_or(Ok(()), |check| check(nodes))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The part of a signature before the parenthesis: written once, so that the two cannot disagree.
const fn name_of(signature: &'static str) -> &'static str {
    let bytes = signature.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'(' {
        end += 1;
    }
    signature.split_at(end).0
}

#[expect(clippy::unnecessary_wraps, reason = "stands where a function stands")]
fn nothing<'a>(_: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(Datum::Null)
}

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arity {
    least: usize,
    most: Option<usize>,
}

impl Arity {
    const fn exactly(count: usize) -> Self {
        Self { least: count, most: Some(count) }
    }

    const fn between(least: usize, most: usize) -> Self {
        Self { least, most: Some(most) }
    }

    const fn from(least: usize) -> Self {
        Self { least, most: None }
    }

    pub fn accepts(self, count: usize) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }
}

impl fmt::Display for Arity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count| if count == 1 { "" } else { "s" };
        match (self.least, self.most) {
            (0, Some(0)) => f.write_str("no arguments"),
            (least, Some(most)) if least == most => write!(f, "{most} argument{}", plural(most)),
            (least, Some(most)) => write!(f, "{least} to {most} arguments"),
            (least, None) => write!(f, "at least {least} argument{}", plural(least)),
        }
    }
}

/// What a function has against its arguments while compiling.
#[derive(Debug)]
pub(crate) struct Complaint {
    /// The argument at fault; the call itself where it is none.
    pub argument: Option<usize>,
    pub message: String,
    pub hint: Option<String>,
}

impl Complaint {
    fn about(argument: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(argument), message: message.into(), hint: None }
    }

    fn call(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Checks a constant argument against the words it may be; what is not constant is checked while it runs.
fn one_of(nodes: &[Node], argument: usize, words: &[&'static str]) -> Result<(), Complaint> {
    match nodes.get(argument).and_then(Node::constant) {
        Some(text) if !words.contains(&text) => {
            Err(Complaint::about(argument, format!("`{}` is not known here", crate::evaluate::short(text)))
                .hint(format!("one of {}", words.join(", "))))
        }
        _ => Ok(()),
    }
}

static FAMILIES: [&[Function]; 10] = [
    logic::TABLE,
    text::TABLE,
    case::TABLE,
    replace::TABLE,
    many::TABLE,
    dates::TABLE,
    convert::TABLE,
    directory::TABLE,
    random::TABLE,
    elsewhere::TABLE,
];

fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// Every function, by name; those that are refused too, marked.
pub fn functions() -> Vec<&'static Function> {
    let mut functions: Vec<_> = all().collect();
    functions.sort_by_key(|function| function.name);
    functions
}

/// The function of a name; case counts.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// The names that may be suggested.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all().filter(|function| function.available).map(|function| function.name)
}
