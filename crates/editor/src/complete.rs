//! What may come next where somebody writes.

use domain::mapping::MappingKind;

/// Proposals at a time.
const MOST: usize = 8;

/// A proposal for the word before the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What takes the word's place.
    pub insert: String,
    /// What is shown of it.
    pub shown: String,
    /// Shown beside it, smaller.
    pub note: &'static str,
}

/// The word that is being written and what it may become.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// Characters before the caret that a proposal replaces.
    pub word: usize,
    pub proposals: Vec<Completion>,
}

/// `before` and `after` are the text around the caret.
pub fn completions(kind: MappingKind, before: &str, after: &str, attributes: &[String]) -> Completions {
    match kind {
        MappingKind::Direct => of_attributes(before, after, attributes, ""),
        MappingKind::Expression => match within(before) {
            Within::Attribute(word) => of_attributes(word, after, attributes, "]"),
            Within::Function(word) if !word.is_empty() => of_functions(word, after),
            Within::Function(_) | Within::Text => Completions::default(),
        },
        MappingKind::Constant | MappingKind::None => Completions::default(),
    }
}

/// Where the caret is.
enum Within<'a> {
    Text,
    Attribute(&'a str),
    Function(&'a str),
}

fn within(before: &str) -> Within<'_> {
    let (mut text, mut attribute, mut escaped) = (false, None, false);
    for (at, character) in before.char_indices() {
        match (character, text, attribute) {
            _ if escaped => escaped = false,
            ('\\', true, _) => escaped = true,
            ('"', _, None) => text = !text,
            ('[', false, None) => attribute = Some(at + 1),
            (']', false, Some(_)) => attribute = None,
            _ => {}
        }
    }
    if let Some(start) = attribute {
        return Within::Attribute(&before[start..]);
    }
    if text {
        return Within::Text;
    }
    let word = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
    Within::Function(&before[word..])
}

fn of_attributes(word: &str, after: &str, attributes: &[String], closing: &str) -> Completions {
    let closing = if after.starts_with(closing) { "" } else { closing };
    let names = best(attributes.iter().map(String::as_str), word);
    let proposals = names.into_iter().map(|name| Completion {
        insert: format!("{name}{closing}"),
        shown: name.to_owned(),
        note: "",
    });
    Completions { word: word.chars().count(), proposals: proposals.collect() }
}

fn of_functions(word: &str, after: &str) -> Completions {
    let functions = expression::functions();
    let names =
        best(functions.iter().filter(|function| function.available).map(|function| function.name), word);
    let opening = if after.starts_with('(') { "" } else { "(" };
    let proposals = names.into_iter().filter_map(|name| {
        let function = functions.iter().find(|function| function.name == name)?;
        Some(Completion {
            insert: format!("{name}{opening}"),
            shown: name.to_owned(),
            note: function.signature,
        })
    });
    Completions { word: word.chars().count(), proposals: proposals.collect() }
}

/// The names that begin with a word, then those that have it inside. None when the word is one of them already.
fn best<'a>(names: impl Iterator<Item = &'a str>, word: &str) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut found: Vec<(bool, &str)> = names
        .filter_map(|name| {
            let at = name.to_lowercase().find(&word)?;
            Some((at > 0, name))
        })
        .collect();
    found.sort_by_key(|(inside, name)| (*inside, name.to_lowercase()));
    if found.first().is_some_and(|(_, name)| name.to_lowercase() == word) {
        found.retain(|(inside, name)| !inside && name.to_lowercase() != word);
    }
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: MappingKind, before: &str) -> Vec<String> {
        let attributes = ["givenName", "sn", "mail", "mailNickname", "proxyAddresses"].map(str::to_owned);
        let found = completions(kind, before, "", &attributes);
        found.proposals.into_iter().map(|proposal| proposal.insert).collect()
    }

    #[test]
    fn attributes_are_completed_between_brackets_and_closed() {
        assert_eq!(shown(MappingKind::Expression, "Trim([giv"), ["givenName]"]);
        assert_eq!(shown(MappingKind::Expression, "Trim([NICK"), ["mailNickname]"]);
        assert_eq!(shown(MappingKind::Expression, "Trim([mail"), ["mailNickname]"], "mail itself is written");
        let attributes = ["sn".to_owned()];
        let found = completions(MappingKind::Expression, "[s", "]", &attributes);
        assert_eq!((found.word, found.proposals[0].insert.as_str()), (1, "sn"));
    }

    #[test]
    fn functions_are_completed_elsewhere_but_not_in_texts() {
        assert_eq!(shown(MappingKind::Expression, "Coal"), ["Coalesce("]);
        assert!(shown(MappingKind::Expression, "IIF(IsP").contains(&"IsPresent(".to_owned()));
        assert!(shown(MappingKind::Expression, "Join(\", Coal").is_empty());
        assert!(shown(MappingKind::Expression, r#"Join("\"Coal"#).is_empty());
        assert_eq!(shown(MappingKind::Expression, r#"Join("[", Coal"#), ["Coalesce("]);
        assert!(shown(MappingKind::Expression, "").is_empty());
    }

    #[test]
    fn a_direct_mapping_is_an_attribute_and_a_constant_is_nothing_known() {
        assert_eq!(shown(MappingKind::Direct, "prox"), ["proxyAddresses"]);
        assert!(shown(MappingKind::Constant, "prox").is_empty());
    }
}
