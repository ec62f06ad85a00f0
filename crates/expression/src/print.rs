//! From the compiled form back to text: one spelling for every expression, and its parts for those who exchange it.

use std::fmt::{self, Display, Formatter, Write as _};

use crate::tree::Node;

/// A part of an expression, as Graph's synchronisation schema describes one (attributeMappingSource).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub kind: PartKind,
    /// The attribute, the function or the operator's sign; the text of a constant.
    pub name: String,
    /// The part as an expression of its own.
    pub expression: String,
    /// The arguments with the names of their parameters.
    pub arguments: Vec<(String, Part)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    Attribute,
    Constant,
    Function,
}

/// A node with the names that it numbers.
#[derive(Clone, Copy)]
pub(crate) struct Printed<'a> {
    pub node: &'a Node,
    pub names: &'a [Box<str>],
}

impl<'a> Printed<'a> {
    const fn of(self, node: &'a Node) -> Self {
        Self { node, names: self.names }
    }

    pub fn part(self) -> Part {
        let expression = self.to_string();
        let (kind, name) = match self.node {
            Node::Attribute(index) => (PartKind::Attribute, self.name(*index).to_owned()),
            Node::Call(function, _) => (PartKind::Function, function.name.to_owned()),
            Node::Compare(operator, _) => (PartKind::Function, operator.sign().to_owned()),
            Node::All(_) => (PartKind::Function, "&&".to_owned()),
            Node::Any(_) => (PartKind::Function, "||".to_owned()),
            Node::Concat(_) => (PartKind::Function, "&".to_owned()),
            Node::Text(text) => (PartKind::Constant, text.to_string()),
            #[cfg(feature = "regex")]
            Node::Pattern(pattern) => (PartKind::Constant, pattern.as_str().to_owned()),
            Node::Missing
            | Node::Null
            | Node::Ignore
            | Node::Integer(_)
            | Node::Boolean(_)
            | Node::Parameter(_) => (PartKind::Constant, expression.clone()),
        };
        let arguments = match self.node {
            Node::Call(function, nodes) => {
                let names = function.parameters();
                let named = nodes.iter().enumerate().map(|(index, node)| {
                    let name = names.get(index).map_or_else(|| format!("source{}", index + 1), Clone::clone);
                    (name, self.of(node).part())
                });
                named.collect()
            }
            Node::Compare(_, sides) => self.numbered(sides.as_slice()),
            Node::All(nodes) | Node::Any(nodes) | Node::Concat(nodes) => self.numbered(nodes),
            _ => Vec::new(),
        };
        Part { kind, name, expression, arguments }
    }

    fn numbered(self, nodes: &'a [Node]) -> Vec<(String, Part)> {
        let named = nodes.iter().enumerate();
        named.map(|(index, node)| (format!("source{}", index + 1), self.of(node).part())).collect()
    }

    fn name(self, index: u16) -> &'a str {
        self.names.get(usize::from(index)).map_or("", AsRef::as_ref)
    }

    /// Nodes between signs; those that bind no tighter stand in parentheses.
    fn chain(self, f: &mut Formatter<'_>, nodes: &'a [Node], sign: &str) -> fmt::Result {
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                write!(f, " {sign} ")?;
            }
            if tightness(node) > tightness(self.node) {
                self.of(node).fmt(f)?;
            } else {
                write!(f, "({})", self.of(node))?;
            }
        }
        Ok(())
    }
}

/// How tightly a node holds together what stands beside its sign.
const fn tightness(node: &Node) -> u8 {
    match node {
        Node::Any(_) => 0,
        Node::All(_) => 1,
        Node::Compare(..) => 2,
        Node::Concat(_) => 3,
        _ => 4,
    }
}

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.node {
            Node::Missing => Ok(()),
            Node::Null => f.write_str("NULL"),
            Node::Ignore => f.write_str("IgnoreThisFlow"),
            Node::Text(text) => quoted(f, text),
            #[cfg(feature = "regex")]
            Node::Pattern(pattern) => quoted(f, pattern.as_str()),
            Node::Integer(number) => number.fmt(f),
            Node::Boolean(flag) => f.write_str(crate::datum::truth_word(*flag)),
            Node::Attribute(index) => write!(f, "[{}]", self.name(*index)),
            Node::Parameter(parameter) => write!(f, "%{}%", parameter.name()),
            Node::Call(function, nodes) => {
                write!(f, "{}(", function.name)?;
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    self.of(node).fmt(f)?;
                }
                f.write_str(")")
            }
            Node::Compare(operator, sides) => self.chain(f, sides.as_slice(), operator.sign()),
            Node::All(nodes) => self.chain(f, nodes, "&&"),
            Node::Any(nodes) => self.chain(f, nodes, "||"),
            Node::Concat(nodes) => self.chain(f, nodes, "&"),
        }
    }
}

/// A text as it is written in an expression.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(character)?;
    }
    f.write_char('"')
}
