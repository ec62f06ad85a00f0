//! Texts, numbers and words that stand for themselves.

use super::cursor::Cursor;
use crate::CompileError;
use crate::tree::Node;

/// Words without quotes: Visual Basic's constants and the names of encodings.
pub(super) const WORDS: [&str; 11] = [
    "NULL",
    "True",
    "False",
    "IgnoreThisFlow",
    "vbTextCompare",
    "vbBinaryCompare",
    "CaseSensitive",
    "CaseInsensitive",
    "Unicode",
    "ASCII",
    "UTF8",
];

pub(super) fn word(name: &str) -> Option<Node> {
    Some(match name {
        "NULL" => Node::Null,
        "True" => Node::Boolean(true),
        "False" => Node::Boolean(false),
        "IgnoreThisFlow" => Node::Ignore,
        name if WORDS.contains(&name) => Node::Text(name.into()),
        _ => return None,
    })
}

/// A text between double quotes, in which a backslash stands before a quote and before another backslash.
pub(super) fn text(cursor: &mut Cursor) -> Result<String, CompileError> {
    let start = cursor.at();
    cursor.advance();
    let mut text = String::new();
    loop {
        let here = cursor.at();
        match cursor.advance() {
            Some('"') => return Ok(text),
            Some('\\') => match cursor.advance() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                _ => {
                    return Err(cursor.error_at(
                        here,
                        "a backslash stands alone in a text",
                        Some(r#"write \\ for a backslash and \" for a quote"#),
                    ));
                }
            },
            Some(character) => text.push(character),
            None => {
                return Err(cursor.error_at(
                    start,
                    "the text has no closing quote",
                    Some(r#"a quote within a text is written \""#),
                ));
            }
        }
    }
}

/// A whole number, or a hexadecimal one after `&H`. Sixteen hexadecimal digits may set the sign bit.
pub(super) fn number(cursor: &mut Cursor) -> Result<i64, CompileError> {
    let start = cursor.at();
    if cursor.takes("&") {
        if !cursor.takes("H") && !cursor.takes("h") {
            return Err(cursor.error_at(
                start,
                "`&` has nothing on its left",
                Some("a hexadecimal number is written &HFF"),
            ));
        }
        let digits = cursor.word();
        return u64::from_str_radix(digits, 16).map(u64::cast_signed).map_err(|_| {
            cursor.error_at(
                start,
                format!("`&H{}` is not a hexadecimal number of 64 bits", crate::evaluate::short(digits)),
                None::<&str>,
            )
        });
    }
    let signed = cursor.takes("-");
    if !signed {
        cursor.takes("+");
    }
    let digits = cursor.word();
    let number = if signed { format!("-{digits}").parse() } else { digits.parse() };
    let Ok(number) = number else {
        return Err(cursor.error_at(
            start,
            format!("`{}` is not a whole number of 64 bits", crate::evaluate::short(digits)),
            Some("put text between quotes"),
        ));
    };
    if cursor.rest().starts_with('.') {
        return Err(cursor.error_at(
            start,
            "numbers are whole",
            Some("put a number with a point between quotes"),
        ));
    }
    Ok(number)
}
