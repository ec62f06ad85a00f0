//! Parts of texts. Characters are Unicode's scalar values, so that no part is ever half a character.

use std::borrow::Cow;
use std::ops::Range;

use super::{Arity, Complaint, Family, Function, Outcome, one_of};
use crate::Datum;
use crate::diacritics;
use crate::evaluate::Arguments;
use crate::tree::Node;

const fn text(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Text, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    text(
        "Append(source, suffix)",
        Arity::exactly(2),
        append,
        "The source with the suffix behind it, for each of several values. No source gives no value; an empty text \
         gives the suffix.",
    ),
    text(
        "Left(text, count)",
        Arity::exactly(2),
        left,
        "The first characters, of each of several values. A count of 0 gives an empty text, a negative one the whole \
         text. No text gives an empty text.",
    ),
    text(
        "Mid(text, start, [count])",
        Arity::between(2, 3),
        mid,
        "Characters from a place counted from 1, of each of several values; up to the end when there are fewer or no \
         count is given. A start below 1 counts as 1, a start beyond the end gives an empty text, as does no text.",
    ),
    text(
        "InStr(text, find, [start], [compare])",
        Arity::between(2, 4),
        in_str,
        "The place of the first occurrence, counted from 1, and 0 when there is none. The search begins at start. \
         vbBinaryCompare (the default) tells upper from lower case, vbTextCompare does not.",
    )
    .checked(check_in_str),
    text(
        "Word(text, number, delimiters)",
        Arity::exactly(3),
        word,
        "The n-th word, where any of the delimiters separates words and several in a row separate once. An empty text \
         when there is no such word, no text, or a number below 1.",
    ),
    text("Trim(value)", Arity::exactly(1), trim, "The text without white space at its ends, each of several values."),
    text("StripSpaces(text)", Arity::exactly(1), strip_spaces, "The text without any space, each of several values."),
    text(
        "NormalizeDiacritics(text)",
        Arity::exactly(1),
        normalise,
        "Latin letters without their marks (é to e, ł to l, ı to i), and æ, ø, œ, ß written out as ae, oe, oe, ss; \
         each of several values.",
    ),
];

fn append<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let suffix = args.text_or_empty(1)?;
    args.map_text(0, |source| {
        if suffix.is_empty() {
            return Ok(Datum::Text(source));
        }
        let mut appended = String::with_capacity(source.len() + suffix.len());
        appended.push_str(&source);
        appended.push_str(&suffix);
        Ok(Datum::text(appended))
    })
}

fn left<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let count = args.required_integer(1, "the count")?;
    null_as_empty(args.map_text(0, |source| {
        let end = match usize::try_from(count) {
            Ok(count) => byte_of(&source, count),
            Err(_) => source.len(),
        };
        Ok(Datum::Text(part(source, 0..end)))
    })?)
}

fn mid<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let start = args.required_integer(1, "the start")?.max(1).unsigned_abs() as usize - 1;
    let count = args.integer(2)?.map(|count| usize::try_from(count).unwrap_or(0));
    null_as_empty(args.map_text(0, |source| {
        let from = byte_of(&source, start);
        let to = count.map_or(source.len(), |count| from + byte_of(&source[from..], count));
        Ok(Datum::Text(part(source, from..to)))
    })?)
}

/// `Left` of nothing is documented to be an empty text, and its sisters follow.
#[expect(clippy::unnecessary_wraps, reason = "closes the functions above, which return it")]
fn null_as_empty(value: Datum<'_>) -> Outcome<'_> {
    Ok(if value.is_null() { Datum::text("") } else { value })
}

/// The byte at which a character starts, the end when there are not that many.
fn byte_of(text: &str, characters: usize) -> usize {
    if characters >= text.len() {
        return text.len();
    }
    if text.as_bytes()[..characters].is_ascii() {
        return characters;
    }
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// A part of a text, borrowed when the whole was, and the whole itself when nothing is cut off.
fn part(text: Cow<'_, str>, range: Range<usize>) -> Cow<'_, str> {
    match text {
        whole if range.len() == whole.len() => whole,
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}

const COMPARISONS: &[&str] = &["vbBinaryCompare", "vbTextCompare"];

fn check_in_str(nodes: &mut [Node]) -> Result<(), Complaint> {
    one_of(nodes, 3, COMPARISONS)
}

fn in_str<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let (text, find) = (args.text_or_empty(0)?, args.text_or_empty(1)?);
    let start = args.integer(2)?.unwrap_or(1).max(1).unsigned_abs() as usize - 1;
    let ignore_case = match args.text_or_empty(3)?.as_ref() {
        "" | "vbBinaryCompare" => false,
        "vbTextCompare" => true,
        other => return Err(args.fail(format!("`{}` is neither of {}", other, COMPARISONS.join(", ")))),
    };
    let (text, find) = if ignore_case { (fold(&text), fold(&find)) } else { (text, find) };
    let from = byte_of(&text, start);
    let place = text[from..].find(find.as_ref()).map_or(0, |at| text[..from + at].chars().count() + 1);
    Ok(Datum::Integer(if text.is_empty() { 0 } else { place as i64 }))
}

/// Lower case letter by letter, so that places stay what they were.
fn fold(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.chars().map(super::case::lower).collect())
}

fn word<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let number = args.required_integer(1, "the number")?;
    let delimiters = args.text_or_empty(2)?;
    let Ok(number) = usize::try_from(number) else { return Ok(Datum::text("")) };
    null_as_empty(args.map_text(0, |source| {
        let start = source.as_ptr() as usize;
        let found = source
            .split(|c| delimiters.contains(c))
            .filter(|word| !word.is_empty())
            .nth(number.wrapping_sub(1));
        let range = found.map_or(0..0, |word| {
            let from = word.as_ptr() as usize - start;
            from..from + word.len()
        });
        Ok(Datum::Text(part(source, range)))
    })?)
}

fn trim<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map(0, |value| {
        let Datum::Text(text) = value else { return Ok(value) };
        let from = text.len() - text.trim_start().len();
        let to = from + text[from..].trim_end().len();
        Ok(Datum::Text(part(text, from..to)))
    })
}

fn strip_spaces<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map_text(0, |text| {
        Ok(Datum::Text(if text.contains(' ') { Cow::Owned(text.replace(' ', "")) } else { text }))
    })
}

fn normalise<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    args.map_text(0, |text| Ok(Datum::Text(diacritics::normalise(text))))
}
