//! Upper and lower case, letter by letter as .NET's invariant culture does it: no letter becomes two (`ß` stays), so
//! that lengths and places stay what they were.

use std::borrow::Cow;

use super::{Arity, Family, Function, Outcome};
use crate::Datum;
use crate::evaluate::Arguments;

const fn case(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Text, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    case(
        "ToLower(text, [culture])",
        Arity::between(1, 2),
        to_lower,
        "The text in lower case, each of several values. Of all cultures only Turkish and Azerbaijani (tr, az) differ \
         from the rest: I becomes ı.",
    ),
    case(
        "ToUpper(text, [culture])",
        Arity::between(1, 2),
        to_upper,
        "The text in upper case, each of several values; in Turkish and Azerbaijani (tr, az) i becomes İ. ß stays.",
    ),
    case(
        "PCase(text, [separators])",
        Arity::between(1, 2),
        proper,
        "Every word with a capital and the rest in lower case, each of several values. Words end at the separators; \
         without them, at everything but letters, digits, marks and apostrophes.",
    ),
];

pub(super) fn lower(character: char) -> char {
    let mut letters = character.to_lowercase();
    match (letters.next(), letters.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn upper(character: char) -> char {
    let mut letters = character.to_uppercase();
    match (letters.next(), letters.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// Whether a culture (`tr-TR`) tells a dotted i from one without.
fn is_turkic(culture: &str) -> bool {
    let language = culture.split(['-', '_']).next().unwrap_or_default();
    language.eq_ignore_ascii_case("tr") || language.eq_ignore_ascii_case("az")
}

fn to_lower<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let turkic = is_turkic(&args.text_or_empty(1)?);
    args.map_text(0, |text| {
        Ok(Datum::Text(if turkic {
            change(&text, |c| match c {
                'I' => 'ı',
                'İ' => 'i',
                _ => lower(c),
            })
        } else if !text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            text
        } else if text.is_ascii() {
            ascii(text, str::make_ascii_lowercase)
        } else {
            change(&text, lower)
        }))
    })
}

fn to_upper<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let turkic = is_turkic(&args.text_or_empty(1)?);
    args.map_text(0, |text| {
        Ok(Datum::Text(if turkic {
            change(&text, |c| match c {
                'i' => 'İ',
                'ı' => 'I',
                _ => upper(c),
            })
        } else if text.is_ascii() {
            ascii(text, str::make_ascii_uppercase)
        } else {
            change(&text, upper)
        }))
    })
}

fn ascii(text: Cow<'_, str>, change: fn(&mut str)) -> Cow<'_, str> {
    let mut text = text.into_owned();
    change(&mut text);
    Cow::Owned(text)
}

fn proper<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let separators = args.text(1)?.filter(|separators| !separators.is_empty());
    args.map_text(0, |text| {
        let mut inside = false;
        Ok(Datum::Text(change(&text, |c| {
            let separates = match &separators {
                Some(separators) => separators.contains(c),
                // A word begins with a letter: digits and marks only carry it on.
                None => !(c.is_alphabetic() || inside && carries_on(c)),
            };
            let changed = if inside { lower(c) } else { upper(c) };
            inside = !separates;
            changed
        })))
    })
}

/// What does not end a word: digits, apostrophes within it, and combining marks.
fn carries_on(c: char) -> bool {
    c.is_numeric() || matches!(c, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}')
}

fn change(text: &str, change: impl FnMut(char) -> char) -> Cow<'static, str> {
    Cow::Owned(text.chars().map(change).collect())
}
