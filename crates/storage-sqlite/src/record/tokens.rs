//! What the search index holds of a record, and the expressions that find it again.
//!
//! A facet is one token of three characters from the private use area (U+E000 to U+F8FF): the first says which
//! facet, the others its value, either the place in a closed list or 24 bits of a digest. So a facet narrows a
//! search inside the index, next to the trigrams of the text, and not by looking at every hit.

use domain::record::{Action, Status};
use domain::{ChangeId, ConfigurationId, CycleId, ObjectKind, ProvisioningRecord};

use crate::text::{fold, quoted};

#[derive(Clone, Copy)]
enum Facet {
    Action,
    Status,
    Kind,
    Code,
    Configuration,
    Cycle,
    Object,
    Change,
}

pub fn action(action: Action) -> String {
    listed(Facet::Action, Action::ALL, action)
}

pub fn status(status: Status) -> String {
    listed(Facet::Status, Status::ALL, status)
}

pub fn kind(kind: ObjectKind) -> String {
    listed(Facet::Kind, ObjectKind::ALL, kind)
}

pub fn code(code: &str) -> String {
    digested(Facet::Code, code.as_bytes())
}

pub fn configuration(id: ConfigurationId) -> String {
    digested(Facet::Configuration, id.uuid().as_bytes())
}

pub fn cycle(id: CycleId) -> String {
    digested(Facet::Cycle, id.uuid().as_bytes())
}

pub fn object(id: &str) -> String {
    digested(Facet::Object, id.as_bytes())
}

pub fn change(id: ChangeId) -> String {
    digested(Facet::Change, id.uuid().as_bytes())
}

fn listed<T: Copy + PartialEq>(facet: Facet, all: &[T], value: T) -> String {
    let place = all.iter().position(|one| *one == value).unwrap_or(all.len());
    token(facet, place as u32)
}

/// FNV-1a, folded to 24 bits: it has to be the same in every version of the program, not strong.
fn digested(facet: Facet, bytes: &[u8]) -> String {
    let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    token(facet, (digest ^ (digest >> 24) ^ (digest >> 48)) as u32 & 0x00ff_ffff)
}

fn token(facet: Facet, value: u32) -> String {
    [0xe000 + facet as u32, 0xe100 + (value >> 12), 0xe100 + (value & 0xfff)]
        .into_iter()
        .filter_map(char::from_u32)
        .collect()
}

/// The texts in which a search looks.
fn texts<'r>(record: &'r ProvisioningRecord, change: &'r str) -> impl Iterator<Item = &'r str> {
    let error = record.error.as_ref();
    [
        record.source.id.as_str(),
        &record.source.display_name,
        &record.source.name,
        &record.target.id,
        &record.target.display_name,
        &record.target.name,
        change,
        error.map_or("", |error| &error.error_code),
        error.map_or("", |error| &error.reason),
    ]
    .into_iter()
}

/// The folded text of a record, each different text on a line of its own.
pub fn body(record: &ProvisioningRecord) -> String {
    let change = record.change_id.to_string();
    let mut kept: Vec<&str> = Vec::with_capacity(9);
    for text in texts(record, &change) {
        if !text.is_empty() && !kept.contains(&text) {
            kept.push(text);
        }
    }
    fold(&kept.join("\n"))
}

/// Whether a record has every word. The words are folded and hold no white space.
pub fn has_words(record: &ProvisioningRecord, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let body = body(record);
    words.iter().all(|word| body.contains(word.as_str()))
}

/// Any of some tokens.
pub fn any(tokens: impl IntoIterator<Item = String>) -> String {
    let tokens: Vec<_> = tokens.into_iter().map(|token| quoted(&token)).collect();
    format!("({})", tokens.join(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_three_characters_that_no_text_holds() {
        for token in [action(Action::Create), status(Status::Warning), code("x"), object(""), code("TimeOut")]
        {
            assert_eq!(token.chars().count(), 3, "{token:?}");
            assert!(token.chars().all(|c| ('\u{e000}'..='\u{f8ff}').contains(&c)), "{token:?}");
        }
    }

    #[test]
    fn values_of_different_facets_differ() {
        assert_ne!(code("abc"), object("abc"));
        assert_ne!(action(Action::Create), action(Action::Update));
    }
}
