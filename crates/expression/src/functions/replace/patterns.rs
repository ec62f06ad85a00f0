//! Replace with regular expressions. Patterns are compiled with the expression, and take time linear in the text.

use std::borrow::Cow;

use regex::{Captures, Regex, RegexBuilder};

use super::{ATTRIBUTE, GROUP, PATTERN, VALUE};
use crate::braces::literal_braces;
use crate::datum::Fault;
use crate::evaluate::{Arguments, within_bounds};
use crate::functions::{Complaint, Outcome};
use crate::tree::Node;
use crate::{Datum, EvalError};

/// How large a compiled pattern may be, in bytes: counted repetitions such as `(a{1000}){1000}` grow beyond any use.
const LARGEST_PATTERN: usize = 4 << 20;

/// Compiles the pattern and looks for the group in it.
pub(super) fn prepare(nodes: &mut [Node]) -> Result<(), Complaint> {
    let Some(pattern) = nodes[PATTERN].constant() else {
        return Err(Complaint::about(PATTERN, "the pattern is not a text between quotes")
            .hint("a pattern cannot come from an attribute"));
    };
    let regex =
        RegexBuilder::new(&literal_braces(pattern)).size_limit(LARGEST_PATTERN).build().map_err(|error| {
            let look_around = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|sign| pattern.contains(sign));
            Complaint::about(PATTERN, format!("the pattern does not compile: {}", reason(&error))).hint(
                if look_around {
                    "look-around is not supported: match more and keep the groups you want with ${name}"
                } else {
                    "a backslash of the pattern is written twice in the text"
                },
            )
        })?;
    if let Some(node) = nodes.get(GROUP).filter(|node| !matches!(node, Node::Missing)) {
        let Some(name) = node.constant() else {
            return Err(Complaint::about(GROUP, "the group is not a text between quotes"));
        };
        if group_index(&regex, name).is_none() {
            let known: Vec<_> = regex.capture_names().flatten().collect();
            return Err(Complaint::about(GROUP, format!("the pattern has no group {name}")).hint(
                if known.is_empty() {
                    "name a group with (?<name>…)".into()
                } else {
                    format!("it has {}", known.join(", "))
                },
            ));
        }
    }
    nodes[PATTERN] = Node::Pattern(Box::new(regex));
    Ok(())
}

/// The last line of the engine's report: the others draw the pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn group_index(regex: &Regex, name: &str) -> Option<usize> {
    regex
        .capture_names()
        .position(|known| known == Some(name))
        .or_else(|| name.parse().ok().filter(|index| *index < regex.captures_len()))
}

pub(super) fn run<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let Some(Node::Pattern(regex)) = args.node(PATTERN) else { return Ok(Datum::Null) };
    if args.is_given(ATTRIBUTE) {
        return extract(args, regex);
    }
    let value = args.text_or_empty(VALUE)?;
    if args.is_given(GROUP) {
        let group = group_index(regex, &args.text_or_empty(GROUP)?).unwrap_or_default();
        return args.map_text(0, |source| {
            rebuild(args, regex, source, |captures, result| match captures.get(group) {
                Some(part) => {
                    let whole = captures.get_match();
                    let start = whole.start();
                    result.push_str(&whole.as_str()[..part.start() - start]);
                    result.push_str(&value);
                    result.push_str(&whole.as_str()[part.end() - start..]);
                }
                None => result.push_str(captures.get_match().as_str()),
            })
        });
    }
    let template = template(regex, &value);
    args.map_text(0, |source| {
        rebuild(args, regex, source, |captures, result| {
            for piece in &template {
                piece.write(captures, result);
            }
        })
    })
}

/// The source when it has a value, else what the group finds in the attribute; nothing when it finds nothing.
fn extract<'a>(args: &Arguments<'a, '_>, regex: &Regex) -> Outcome<'a> {
    let source = args.get(0)?;
    if !source.is_empty() {
        return Ok(source);
    }
    let group = group_index(regex, &args.text_or_empty(GROUP)?).unwrap_or_default();
    args.map_text(ATTRIBUTE, |text| {
        let found = regex.captures(&text).and_then(|captures| Some(captures.get(group)?.as_str().to_owned()));
        Ok(found.map_or(Datum::Null, Datum::text))
    })
}

/// The source with every match written anew, by a writer that sees the match.
fn rebuild<'a>(
    args: &Arguments<'a, '_>,
    regex: &Regex,
    source: Cow<'a, str>,
    write: impl Fn(&Captures, &mut String),
) -> Result<Datum<'a>, EvalError> {
    let mut result = String::new();
    let (mut end, mut found) = (0, false);
    for captures in regex.captures_iter(&source) {
        let whole = captures.get_match();
        result.push_str(&source[end..whole.start()]);
        write(&captures, &mut result);
        (end, found) = (whole.end(), true);
        within_bounds(result.len()).map_err(|fault: Fault| args.fail(fault))?;
    }
    if !found {
        return Ok(Datum::Text(source));
    }
    result.push_str(&source[end..]);
    Ok(Datum::text(result))
}

/// A piece of a replacement, in .NET's notation.
enum Piece<'t> {
    Literal(&'t str),
    Group(usize),
}

impl Piece<'_> {
    fn write(&self, captures: &Captures, result: &mut String) {
        match self {
            Self::Literal(text) => result.push_str(text),
            Self::Group(index) => result.push_str(captures.get(*index).map_or("", |part| part.as_str())),
        }
    }
}

/// Splits a replacement into its pieces: `$$`, `$&`, `$1`, `${1}`, `${name}` and text. A group that the pattern does
/// not have stands for itself, as in .NET.
fn template<'t>(regex: &Regex, text: &'t str) -> Vec<Piece<'t>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        pieces.push(Piece::Literal(&rest[..at]));
        let (piece, taken) = reference(regex, &rest[at..]);
        pieces.push(piece);
        rest = &rest[at + taken..];
    }
    pieces.push(Piece::Literal(rest));
    pieces
}

/// What begins with a dollar sign, and how many bytes belong to it.
fn reference<'t>(regex: &Regex, text: &'t str) -> (Piece<'t>, usize) {
    let after = &text[1..];
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    if after.starts_with('$') {
        return (Piece::Literal("$"), 2);
    }
    if after.starts_with('&') {
        return (Piece::Group(0), 2);
    }
    let (name, taken) = if digits > 0 {
        (&after[..digits], digits + 1)
    } else if let Some((name, _)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        (name, name.len() + 3)
    } else {
        return (Piece::Literal("$"), 1);
    };
    (group_index(regex, name).map_or(Piece::Literal(&text[..taken]), Piece::Group), taken)
}
