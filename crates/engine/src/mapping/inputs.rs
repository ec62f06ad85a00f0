//! The source attributes that mappings read, numbered, and which of them an entry has. Most people carry a fifth of
//! the attributes that the default mappings know: what an entry does not have is passed over by a look at a bit.

use domain::Entry;

/// Attributes by the digest of their names, ascending; the place is the number. Two names with one digest share a
/// number, which only makes one of them look present when it is not.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    digests: Vec<u64>,
}

/// Which inputs an entry has.
#[derive(Debug)]
pub(super) struct Present {
    words: Vec<u64>,
}

impl Inputs {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut digests: Vec<u64> = names.map(digest).collect();
        digests.sort_unstable();
        digests.dedup();
        Self { digests }
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.digests.binary_search(&digest(name)).ok()
    }

    pub(super) fn present(&self, entry: &Entry) -> Present {
        let mut words = vec![0; self.digests.len().div_ceil(64)];
        for attribute in entry.attributes.iter().filter(|attribute| !attribute.values.is_empty()) {
            if let Some(number) = self.number(&attribute.name)
                && let Some(word) = words.get_mut(number / 64)
            {
                *word |= 1 << (number % 64);
            }
        }
        Present { words }
    }
}

impl Present {
    pub(super) fn has(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }
}

/// FNV-1a over the name in lower case: names are short, and are compared without regard to case.
fn digest(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_present_in_any_case_and_only_with_a_value() {
        let names: Vec<String> = (0..200).map(|number| format!("attribute{number}")).collect();
        let inputs = Inputs::of(names.iter().map(String::as_str));
        let entry = Entry::new("CN=a")
            .with("ATTRIBUTE7", ["x"])
            .with("attribute150", ["x"])
            .with("attribute3", Vec::<String>::new())
            .with("other", ["x"]);
        let present = inputs.present(&entry);
        let found: Vec<&String> = names
            .iter()
            .filter(|name| inputs.number(name).is_some_and(|number| present.has(number)))
            .collect();
        assert_eq!(found, ["attribute7", "attribute150"]);
        assert_eq!(inputs.number("other"), None);
    }
}
