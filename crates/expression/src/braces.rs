//! Patterns as .NET reads them: a brace that begins no repetition stands for itself there, and `^SystemMailbox{` is one
//! of Cloud Sync's own patterns. The engine here wants such a brace escaped.

use std::borrow::Cow;

/// The pattern with braces escaped that stand for themselves.
pub(crate) fn literal_braces(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains('{') {
        return Cow::Borrowed(pattern);
    }
    let mut result = String::with_capacity(pattern.len() + 2);
    let (mut rest, mut within_class) = (pattern, false);
    while let Some(character) = rest.chars().next() {
        let taken = match character {
            '\\' => 1 + escaped(&rest[1..]),
            '{' if !within_class && !is_repetition(rest) => {
                result.push('\\');
                1
            }
            other => {
                within_class = match other {
                    '[' => true,
                    ']' => false,
                    _ => within_class,
                };
                other.len_utf8()
            }
        };
        let (piece, after) = rest.split_at(taken.min(rest.len()));
        result.push_str(piece);
        rest = after;
    }
    Cow::Owned(result)
}

/// How much belongs to a backslash: a class or a code point may have braces of its own.
fn escaped(after: &str) -> usize {
    let Some(letter) = after.chars().next() else { return 0 };
    let name = &after[letter.len_utf8()..];
    let named = matches!(letter, 'p' | 'P' | 'x' | 'u' | 'U') && name.starts_with('{');
    letter.len_utf8() + if named { name.find('}').map_or(0, |end| end + 1) } else { 0 }
}

/// `{3}`, `{3,}` or `{3,5}`.
fn is_repetition(text: &str) -> bool {
    let Some((inner, _)) = text[1..].split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_braces_that_stand_for_themselves_are_escaped() {
        for (pattern, expected) in [
            ("^SystemMailbox{", r"^SystemMailbox\{"),
            ("^CAS_([^{]*){", r"^CAS_([^{]*)\{"),
            ("a{3}b{2,}c{1,4}", "a{3}b{2,}c{1,4}"),
            (r"\p{Lu}\x{41}\{ü{", r"\p{Lu}\x{41}\{ü\{"),
            ("{}a{,3}", r"\{}a\{,3}"),
            ("plain", "plain"),
            ("\\", "\\"),
        ] {
            assert_eq!(literal_braces(pattern), expected, "{pattern}");
        }
    }
}
