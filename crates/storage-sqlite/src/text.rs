//! Text without regard to case, the same way wherever it is stored or compared.

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
}
