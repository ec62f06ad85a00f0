//! A place in the text, and the errors that point at it.

use crate::CompileError;

pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte at which the rest starts.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes one character.
    pub fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub fn skip_space(&mut self) -> &mut Self {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self
    }

    /// Takes a sign if it is next.
    pub fn takes(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// Takes a joining sign if it is next and not the beginning of a longer one.
    pub fn takes_sign(&mut self, sign: &str) -> bool {
        !(sign == "&" && self.rest().starts_with("&&")) && self.takes(sign)
    }

    /// Takes a name of letters, digits and underscores.
    pub fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Takes what stands between two signs; nothing is taken when the second is missing.
    pub fn between(&mut self, open: char, close: char) -> Option<&'t str> {
        let inner = self.rest().strip_prefix(open)?;
        let end = inner.find(close)?;
        self.at += open.len_utf8() + end + close.len_utf8();
        Some(&inner[..end])
    }

    pub fn error(&self, message: impl Into<String>, hint: Option<impl Into<String>>) -> CompileError {
        self.error_at(self.at, message, hint)
    }

    pub fn error_at(
        &self,
        at: usize,
        message: impl Into<String>,
        hint: Option<impl Into<String>>,
    ) -> CompileError {
        CompileError {
            position: self.text[..at].chars().count() + 1,
            message: message.into(),
            hint: hint.map(Into::into),
        }
    }
}
