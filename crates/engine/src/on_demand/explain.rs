//! What the import step of an answer shows of the source.

use domain::{Entry, ObjectKind};

use crate::run::Run;

/// Characters of a value that are shown.
const LONGEST: usize = 256;
/// Values of an attribute that are shown.
const VALUES: usize = 20;

impl Run {
    /// The attributes that were read, for people. What flows into a redacted attribute is blanked.
    pub(super) fn source_attributes(&self, kind: ObjectKind, entry: &Entry) -> Vec<(String, String)> {
        let hidden = self.mappings.get(&kind).map(|mappings| mappings.redacted_sources()).unwrap_or_default();
        entry
            .attributes
            .iter()
            .filter_map(|attribute| {
                let value = entry.value(&attribute.name)?;
                if hidden.iter().any(|name| name.eq_ignore_ascii_case(&attribute.name)) {
                    return Some((attribute.name.clone(), "[Redact]".to_owned()));
                }
                let each = value.each();
                let mut shown: Vec<String> =
                    each.iter().take(VALUES).map(|one| short(&one.to_string())).collect();
                if each.len() > VALUES {
                    shown.push(format!("and {} more", each.len() - VALUES));
                }
                Some((attribute.name.clone(), shown.join("; ")))
            })
            .collect()
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
