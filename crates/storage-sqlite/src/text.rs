//! Text without regard to case, the same way wherever it is stored or compared, and the trigrams that find it.

/// Most trigrams of one expression: more of them cost more than the rows that they spare.
const MOST_TRIGRAMS: usize = 48;
/// Words up to this length give all their trigrams, longer ones (ids, distinguished names) every third.
const SHORT_WORD: usize = 20;

/// Lower case, character by character: the same character always gives the same result, wherever it stands in a
/// word. (`str::to_lowercase` writes the Greek sigma in two ways, and then a part of a word is not found.)
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

/// The words of a search, folded, each once.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(text).split_whitespace() {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The trigrams that a row with these words must have, for the index: none when all words are too short.
pub fn trigrams(words: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words {
        let characters: Vec<char> = word.chars().collect();
        let Some(last) = characters.len().checked_sub(3) else { continue };
        let step = if characters.len() <= SHORT_WORD { 1 } else { 3 };
        for start in (0..=last).step_by(step).chain([last]) {
            let trigram: String = characters[start..start + 3].iter().collect();
            // The index's query language ends at a NUL.
            if !trigram.contains('\0') && !found.contains(&trigram) {
                found.push(trigram);
            }
        }
    }
    found.truncate(MOST_TRIGRAMS);
    found
}

/// A token as a string of the index's query language.
pub fn quoted(token: &str) -> String {
    format!("\"{}\"", token.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_word_is_found_whatever_its_case() {
        for (text, part) in [("ΟΔΟΣ", "οδος"), ("ΟΔΟΣΑ", "ΟΔΟΣ"), ("Straße", "AßE"), ("ÄRGER", "ärg")]
        {
            assert!(fold(text).contains(&fold(part)), "{part} in {text}");
        }
    }

    #[test]
    fn words_are_separated_by_any_white_space_and_kept_once() {
        assert_eq!(words(" Anna\u{a0}Berg  anna "), ["anna", "berg"]);
    }

    #[test]
    fn long_words_give_trigrams_up_to_their_end() {
        let trigrams = trigrams(&["abcdefghijklmnopqrstuvw".to_owned(), "xy".to_owned(), "1234".to_owned()]);
        assert_eq!(trigrams, ["abc", "def", "ghi", "jkl", "mno", "pqr", "stu", "uvw", "123", "234"]);
    }
}
