//! Text without regard to case.

/// Lower case, character by character: the same character always gives the same result, wherever it stands in a word.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}
