//! Attribute descriptions (RFC 4512 section 2.5): which to ask for, and how their options come off.

use domain::{Attribute, DirectoryKind, Entry};

use crate::identity;

/// The attributes to ask for, so that the wanted ones and the identity come.
pub(crate) fn to_ask(wanted: &[String], kind: DirectoryKind) -> Vec<String> {
    let mut asked: Vec<String> = Vec::with_capacity(wanted.len() + 3);
    let mut add = |name: &str| {
        if !asked.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            asked.push(name.to_owned());
        }
    };
    for name in wanted {
        add(name);
        if kind != DirectoryKind::ActiveDirectory && name.eq_ignore_ascii_case("member") {
            add("uniqueMember");
        }
    }
    for name in identity::attributes(kind) {
        add(name);
    }
    asked
}

/// Which values of an attribute came (MS-ADTS section 3.1.1.3.1.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub first: usize,
    /// `None`: these were the last.
    pub last: Option<usize>,
}

/// Splits a description into the name that the engine knows and the range that came; `None` when it already is
/// that name. Options that say how a value is encoded come off, those that make it another value (languages) stay.
pub(crate) fn split(description: &str) -> Option<(String, Option<Range>)> {
    let (base, options) = description.split_once(';')?;
    let mut name = base.to_owned();
    let mut range = None;
    for option in options.split(';') {
        if let Some(found) = option.get(..6).filter(|start| start.eq_ignore_ascii_case("range=")) {
            range = parse_range(&option[found.len()..]);
        } else if !option.eq_ignore_ascii_case("binary") {
            name.push(';');
            name.push_str(option);
        }
    }
    (name.len() < description.len()).then_some((name, range))
}

fn parse_range(text: &str) -> Option<Range> {
    let (first, last) = text.split_once('-')?;
    let first = first.parse().ok()?;
    let last = if last == "*" { None } else { Some(last.parse().ok().filter(|last| *last >= first)?) };
    Some(Range { first, last })
}

/// Whether an attribute's description is text and the name that the engine knows, so that [`tidy`] leaves it alone.
pub(crate) fn is_tidy(description: &[u8], kind: DirectoryKind) -> bool {
    description.iter().all(|byte| byte.is_ascii() && *byte != b';')
        && (kind == DirectoryKind::ActiveDirectory || !description.eq_ignore_ascii_case(b"uniqueMember"))
}

/// Gives every attribute the name that the engine knows. Returns the names of those whose values did not all come.
pub(crate) fn tidy(entry: &mut Entry, kind: DirectoryKind) -> Vec<String> {
    let mut partial = Vec::new();
    let mut at = 0;
    while at < entry.attributes.len() {
        let description = &entry.attributes[at].name;
        let is_unique_member =
            kind != DirectoryKind::ActiveDirectory && description.eq_ignore_ascii_case("uniqueMember");
        let (name, range) = match split(description) {
            Some(found) => found,
            None if is_unique_member => ("member".to_owned(), None),
            None => {
                at += 1;
                continue;
            }
        };
        let mut values = entry.attributes.remove(at).values;
        if is_unique_member {
            values.iter_mut().for_each(drop_unique_identifier);
        }
        if range.is_some_and(|range| range.first > 0 || range.last.is_some()) {
            partial.push(name.clone());
        }
        let other = entry.attributes.iter_mut().find(|other| other.name.eq_ignore_ascii_case(&name));
        if let Some(other) = other {
            other.values.append(&mut values);
        } else {
            entry.attributes.insert(at, Attribute { name, values });
            at += 1;
        }
    }
    partial
}

/// `uniqueMember` may carry a bit string after the name (RFC 4517 section 3.3.21): `cn=a,dc=x#'0101'B`.
fn drop_unique_identifier(value: &mut Vec<u8>) {
    if value.ends_with(b"'B")
        && let Some(at) = value.iter().rposition(|byte| *byte == b'#')
        && value.get(at + 1) == Some(&b'\'')
    {
        value.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_encoding_and_range_come_off_the_name() {
        let range = |first, last| Some(Range { first, last });
        for (description, expected) in [
            ("member", None),
            ("member;range=0-1499", Some(("member", range(0, Some(1499))))),
            ("member;Range=1500-*", Some(("member", range(1500, None)))),
            ("userCertificate;binary", Some(("userCertificate", None))),
            ("userCertificate;binary;range=0-*", Some(("userCertificate", range(0, None)))),
            ("cn;lang-de", None),
            ("cn;lang-de;binary", Some(("cn;lang-de", None))),
            ("member;range=9-1", Some(("member", None))),
            ("member;range=", Some(("member", None))),
        ] {
            assert_eq!(
                split(description),
                expected.map(|(name, range)| (name.to_owned(), range)),
                "{description}"
            );
        }
    }

    #[test]
    fn a_first_range_is_reported_as_partial_and_a_whole_one_is_not() {
        let mut entry = Entry::new("CN=G,DC=x")
            .with("member", Vec::<Vec<u8>>::new())
            .with("member;range=0-1", ["a", "b"])
            .with("proxyAddresses;range=0-*", ["smtp:a"]);
        assert_eq!(tidy(&mut entry, DirectoryKind::ActiveDirectory), ["member"]);
        assert_eq!(entry.texts("member").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(entry.texts("proxyAddresses").collect::<Vec<_>>(), ["smtp:a"]);
        assert_eq!(entry.attributes.len(), 2);
    }

    #[test]
    fn unique_members_are_members_without_their_bit_string() {
        let mut entry = Entry::new("cn=g,dc=x")
            .with("member", ["uid=a,dc=x"])
            .with("UniqueMember", ["uid=b,dc=x#'0101'B", "uid=#c,dc=x"]);
        assert!(tidy(&mut entry, DirectoryKind::Ldap).is_empty());
        assert_eq!(entry.texts("member").collect::<Vec<_>>(), ["uid=a,dc=x", "uid=b,dc=x", "uid=#c,dc=x"]);
        assert_eq!(entry.attributes.len(), 1);
    }

    #[test]
    fn identity_and_both_kinds_of_members_are_asked_for_once() {
        let wanted = ["cn".to_owned(), "Member".to_owned(), "entryuuid".to_owned()];
        assert_eq!(
            to_ask(&wanted, DirectoryKind::Ldap),
            ["cn", "Member", "uniqueMember", "entryuuid", "nsUniqueId"]
        );
        assert_eq!(to_ask(&wanted[..2], DirectoryKind::ActiveDirectory), ["cn", "Member", "objectGUID"]);
    }
}
