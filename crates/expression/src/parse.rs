//! Text to tree, by recursive descent. Precedence from loose to tight: `||`, `&&`, comparison, `&`, values.

mod cursor;
mod literal;

use cursor::Cursor;

use crate::CompileError;
use crate::functions::{self, Complaint};
use crate::parameters::Parameter;
use crate::suggest::nearest;
use crate::tree::{Node, Operator};

/// The longest expression, in characters.
pub const LONGEST_EXPRESSION: usize = 65_536;

/// How deep functions and parentheses may be nested.
pub const DEEPEST_NESTING: usize = 64;

pub(crate) struct Parsed {
    pub root: Node,
    pub names: Vec<Box<str>>,
    pub redacted: bool,
    pub selects: bool,
    pub random: bool,
}

pub(crate) fn parse(text: &str) -> Result<Parsed, CompileError> {
    if text.chars().count() > LONGEST_EXPRESSION {
        return Err(CompileError {
            position: LONGEST_EXPRESSION + 1,
            message: format!("the expression is longer than {LONGEST_EXPRESSION} characters"),
            hint: Some("split it over several source attributes or mappings".into()),
        });
    }
    let mut parser = Parser {
        cursor: Cursor::new(text),
        names: Vec::new(),
        depth: 0,
        redacted: false,
        random: false,
        selects: None,
    };
    if parser.cursor.skip_space().peek().is_none() {
        return Err(parser.cursor.error("the expression is empty", Some("write \"\" for no value")));
    }
    let root = parser.any()?;
    if parser.cursor.skip_space().peek().is_some() {
        return Err(parser.unexpected("the end of the expression or an operator"));
    }
    let outermost = matches!(&root, Node::Call(function, _) if function.selects());
    match parser.selects {
        Some(start) if !outermost => Err(parser.cursor.error_at(start, ONLY_OUTERMOST, None::<&str>)),
        selects => Ok(Parsed {
            root,
            names: parser.names,
            redacted: parser.redacted,
            selects: selects.is_some(),
            random: parser.random,
        }),
    }
}

const ONLY_OUTERMOST: &str = "SelectUniqueValue can only be the outermost function";

struct Parser<'t> {
    cursor: Cursor<'t>,
    names: Vec<Box<str>>,
    depth: usize,
    redacted: bool,
    random: bool,
    /// Where `SelectUniqueValue` stands.
    selects: Option<usize>,
}

type Parse<T> = Result<T, CompileError>;

impl Parser<'_> {
    fn any(&mut self) -> Parse<Node> {
        self.chain("||", Self::all, Node::Any)
    }

    fn all(&mut self) -> Parse<Node> {
        self.chain("&&", Self::comparison, Node::All)
    }

    fn comparison(&mut self) -> Parse<Node> {
        let left = self.concatenation()?;
        let Some(operator) = self.operator()? else { return Ok(left) };
        let right = self.concatenation()?;
        let here = self.cursor.skip_space().at();
        if self.operator()?.is_some() {
            return Err(self.cursor.error_at(
                here,
                "comparisons cannot be chained",
                Some("nest them: IIF(a = b, b = c, False)"),
            ));
        }
        Ok(Node::Compare(operator, Box::new([left, right])))
    }

    fn concatenation(&mut self) -> Parse<Node> {
        self.chain("&", Self::value, Node::Concat)
    }

    /// One or more of something between signs. `&` is not the first half of `&&`.
    fn chain(
        &mut self,
        sign: &str,
        part: fn(&mut Self) -> Parse<Node>,
        join: fn(Box<[Node]>) -> Node,
    ) -> Parse<Node> {
        let first = part(self)?;
        if !self.cursor.skip_space().takes_sign(sign) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.cursor.skip_space().takes_sign(sign) {
            parts.push(part(self)?);
        }
        Ok(join(parts.into_boxed_slice()))
    }

    fn operator(&mut self) -> Parse<Option<Operator>> {
        let cursor = self.cursor.skip_space();
        for (sign, hint) in [("==", "equality is one ="), ("!=", "inequality is <>")] {
            if cursor.rest().starts_with(sign) {
                return Err(cursor.error(format!("there is no operator {sign}"), Some(hint)));
            }
        }
        Ok(Operator::ALL.into_iter().find(|operator| cursor.takes(operator.sign())))
    }

    fn value(&mut self) -> Parse<Node> {
        let cursor = self.cursor.skip_space();
        let start = cursor.at();
        match cursor.peek() {
            Some('"') => Ok(Node::Text(literal::text(cursor)?.into())),
            Some('[') => self.attribute(),
            Some('%') => self.parameter(),
            Some('(') => {
                cursor.advance();
                self.enter(start)?;
                let inner = self.any()?;
                if !self.cursor.skip_space().takes(")") {
                    return Err(self.unexpected("a closing parenthesis"));
                }
                self.depth -= 1;
                Ok(inner)
            }
            Some('&' | '-' | '+' | '0'..='9') => literal::number(cursor).map(Node::Integer),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => self.word(),
            _ => Err(self.unexpected("a function, an [attribute], a \"text\" or a number")),
        }
    }

    fn enter(&mut self, start: usize) -> Parse<()> {
        self.depth += 1;
        if self.depth > DEEPEST_NESTING {
            return Err(self.cursor.error_at(
                start,
                format!("functions are nested deeper than {DEEPEST_NESTING}"),
                Some("split the expression, or use Switch instead of nested IIF"),
            ));
        }
        Ok(())
    }

    fn attribute(&mut self) -> Parse<Node> {
        let start = self.cursor.at();
        let name = self.cursor.between('[', ']').ok_or_else(|| {
            self.cursor.error_at(start, "the attribute has no closing bracket", Some("write [name]"))
        })?;
        let name = name.trim();
        if name.is_empty() {
            return Err(self.cursor.error_at(start, "the attribute has no name", Some("write [name]")));
        }
        if let Some(wrong) = name.chars().find(|c| c.is_control() || matches!(c, '[' | '"' | '(' | ')' | ','))
        {
            let message = format!("`{}` cannot be part of an attribute's name", wrong.escape_default());
            return Err(self.cursor.error_at(start, message, Some("is a closing bracket missing?")));
        }
        let index =
            self.names.iter().position(|known| known.eq_ignore_ascii_case(name)).unwrap_or_else(|| {
                self.names.push(name.into());
                self.names.len() - 1
            });
        // The bound on the length of an expression keeps the number of attributes far below this.
        u16::try_from(index).map(Node::Attribute).map_err(|_| {
            self.cursor.error_at(start, "the expression names too many attributes", None::<&str>)
        })
    }

    fn parameter(&mut self) -> Parse<Node> {
        let start = self.cursor.at();
        let name = self.cursor.between('%', '%').ok_or_else(|| {
            self.cursor.error_at(
                start,
                "the parameter has no closing percent sign",
                Some("write %DomainFQDN%"),
            )
        })?;
        if let Some(parameter) = Parameter::parse(name) {
            return Ok(Node::Parameter(parameter));
        }
        let known = Parameter::ALL.map(Parameter::name);
        let hint = match nearest(name, known) {
            Some(near) => format!("did you mean %{near}%?"),
            None => format!("there are %{}%", known.join("%, %")),
        };
        Err(self.cursor.error_at(start, format!("there is no parameter %{name}%"), Some(hint)))
    }

    /// A function call, or one of the words that stand for themselves.
    fn word(&mut self) -> Parse<Node> {
        let start = self.cursor.at();
        let name = self.cursor.word();
        if self.cursor.skip_space().takes("(") {
            return self.call(name, start);
        }
        if let Some(constant) = literal::word(name) {
            return Ok(constant);
        }
        let hint = if functions::find(name).is_some() {
            format!("call it: {name}(…)")
        } else if let "and" | "or" | "not" = name.to_ascii_lowercase().as_str() {
            "conditions are joined with && and ||, or by nesting IIF; negation is Not(…)".into()
        } else if let Some(near) = nearest(name, literal::WORDS) {
            format!("did you mean {near}?")
        } else {
            format!("write [{name}] for an attribute and \"{name}\" for text")
        };
        Err(self.cursor.error_at(start, format!("`{name}` stands alone"), Some(hint)))
    }

    fn call(&mut self, name: &str, start: usize) -> Parse<Node> {
        let function = functions::find(name).ok_or_else(|| {
            let hint = nearest(name, functions::names()).map(|near| format!("did you mean {near}?"));
            self.cursor.error_at(start, format!("there is no function {name}"), hint)
        })?;
        if let Some(reason) = function.refusal() {
            return Err(self.cursor.error_at(start, format!("{name} is not available"), Some(reason)));
        }
        if function.selects() {
            if self.depth > 0 {
                return Err(self.cursor.error_at(start, ONLY_OUTERMOST, None::<&str>));
            }
            self.selects = Some(start);
        }
        self.enter(start)?;
        let (mut nodes, places) = self.arguments()?;
        self.depth -= 1;
        if !function.arity().accepts(nodes.len()) {
            let message = format!("{name} expects {}, there are {}", function.arity(), nodes.len());
            return Err(self.cursor.error_at(start, message, Some(function.signature)));
        }
        function.check(&mut nodes).map_err(|Complaint { argument, message, hint }| {
            let place = argument.and_then(|index| places.get(index)).copied().unwrap_or(start);
            self.cursor.error_at(place, format!("{name}: {message}"), hint)
        })?;
        self.redacted |= function.redacts();
        self.random |= function.family == functions::Family::Random;
        Ok(Node::Call(function, nodes.into_boxed_slice()))
    }

    /// The arguments after the opening parenthesis, with the place at which each starts.
    fn arguments(&mut self) -> Parse<(Vec<Node>, Vec<usize>)> {
        let (mut nodes, mut places) = (Vec::new(), Vec::new());
        if self.cursor.skip_space().takes(")") {
            return Ok((nodes, places));
        }
        loop {
            places.push(self.cursor.skip_space().at());
            nodes.push(if matches!(self.cursor.peek(), Some(',' | ')')) {
                Node::Missing
            } else {
                self.any()?
            });
            if self.cursor.skip_space().takes(")") {
                return Ok((nodes, places));
            }
            if !self.cursor.takes(",") {
                return Err(self.unexpected("a comma or a closing parenthesis"));
            }
        }
    }

    fn unexpected(&self, wanted: &str) -> CompileError {
        let Some(found) = self.cursor.peek() else {
            return self
                .cursor
                .error(format!("the expression ends where {wanted} is expected"), None::<&str>);
        };
        let hint = match found {
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\'' | '\u{2018}' | '\u{2019}' | '`' => {
                Some("text stands between straight double quotes")
            }
            ';' => Some("arguments are separated by commas"),
            ']' => Some("an opening bracket is missing"),
            ')' => Some("a parenthesis or an argument is missing before it"),
            '+' => Some("texts are joined with &"),
            _ => None,
        };
        self.cursor.error(format!("`{}` where {wanted} is expected", found.escape_debug()), hint)
    }
}
