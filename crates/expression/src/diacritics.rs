//! Letters without their marks. A table instead of Unicode's decomposition data: names in directories stay within
//! Latin, and the browser part stays small.

use std::borrow::Cow;

/// Base letters of U+00C0 to U+024F; a point where there is none.
const LATIN: &str = concat!(
    "AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.yAaAaAaCcCcCcCcDd",
    "DdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKk.LlLlLlLlLlNnNnNn...OoOoOo..RrRrRrSsSsSs",
    "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZz.b......................I..l....OOo.............U",
    "u....Zz......................AaIiOoUuUuUuUuUu.AaAa..GgGgKkOoOo..j...Gg..NnAa....",
    "AaAaEeEeIiIiOoOoRrRrUuUuSsTt..Hh......AaEeOoOoOoOoYy......ACcLT....B..EeJj..RrYy",
);

/// Base letters of U+1E00 to U+1EFF.
const LATIN_ADDITIONAL: &str = concat!(
    "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOo",
    "OoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy......",
    "AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUu",
    "UuYyYyYyYy......",
);

pub(crate) fn normalise(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'æ' | 'ǣ' | 'ǽ' => plain.push_str("ae"),
            'Æ' | 'Ǣ' | 'Ǽ' => plain.push_str("AE"),
            'ø' | 'œ' | 'ǿ' => plain.push_str("oe"),
            'Ø' | 'Œ' | 'Ǿ' => plain.push_str("OE"),
            'ß' => plain.push_str("ss"),
            'ẞ' => plain.push_str("SS"),
            // Combining marks: what is left of a letter that was written in two.
            '\u{300}'..='\u{36f}' => {}
            _ => plain.push(base(character)),
        }
    }
    Cow::Owned(plain)
}

fn base(character: char) -> char {
    let (table, first) = match character {
        '\u{c0}'..='\u{24f}' => (LATIN, 0xc0),
        '\u{1e00}'..='\u{1eff}' => (LATIN_ADDITIONAL, 0x1e00),
        _ => return character,
    };
    match table.as_bytes().get(character as usize - first) {
        Some(b'.') | None => character,
        Some(letter) => char::from(*letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_cover_their_ranges() {
        assert_eq!(LATIN.len(), 0x250 - 0xc0);
        assert_eq!(LATIN_ADDITIONAL.len(), 0x100);
    }
}
