//! Search filters, built as data and written as BER: there is no text form to escape, so a value cannot break out.

use std::borrow::Cow;

use domain::{DirectoryKind, ObjectKind};

use crate::ber::{OCTET_STRING, Writer};

/// A search filter (RFC 4511 section 4.5.1), as far as reading needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Equal(Cow<'static, str>, Vec<u8>),
    Present(&'static str),
    /// Values that begin with the text.
    Begins(&'static str, Vec<u8>),
    /// Values with the text anywhere in them.
    Contains(&'static str, Vec<u8>),
    AtLeast(&'static str, Vec<u8>),
    AtMost(&'static str, Vec<u8>),
}

impl Filter {
    pub fn equal(attribute: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) -> Self {
        Self::Equal(attribute.into(), value.into())
    }

    /// Every entry.
    pub fn everything() -> Self {
        Self::Present("objectClass")
    }

    /// The objects of a kind; `None` when this kind of directory has no such objects.
    pub fn of_kind(directory: DirectoryKind, kind: ObjectKind) -> Option<Self> {
        let class = |name: &str| Self::equal("objectClass", name);
        let category = |name: &str| Self::equal("objectCategory", name);
        Some(match (directory, kind) {
            // objectCategory is indexed and single-valued. `user` with category person takes inetOrgPerson in, which
            // Active Directory derives from user, and leaves computers out.
            (DirectoryKind::ActiveDirectory, ObjectKind::User) => {
                Self::All(vec![category("person"), class("user")])
            }
            (DirectoryKind::ActiveDirectory, ObjectKind::Group) => category("group"),
            (DirectoryKind::ActiveDirectory, ObjectKind::Contact) => {
                Self::All(vec![category("person"), class("contact")])
            }
            // Directories differ in whether a class matches the classes derived from it, so both are asked for.
            (_, ObjectKind::User) => Self::Any(vec![class("inetOrgPerson"), class("person")]),
            (_, ObjectKind::Group) => Self::Any(vec![class("groupOfNames"), class("groupOfUniqueNames")]),
            (_, ObjectKind::Contact) => return None,
        })
    }

    pub fn write(&self, writer: &mut Writer) {
        match self {
            Self::All(parts) => {
                writer.nested(0xa0, |inner| parts.iter().for_each(|part| part.write(inner)));
            }
            Self::Any(parts) => {
                writer.nested(0xa1, |inner| parts.iter().for_each(|part| part.write(inner)));
            }
            Self::Equal(attribute, value) => {
                writer.nested(0xa3, |inner| {
                    inner.bytes(OCTET_STRING, attribute.as_bytes()).bytes(OCTET_STRING, value);
                });
            }
            // SEQUENCE OF one `initial [0]` or one `any [1]`.
            Self::Begins(attribute, value) => substring(writer, attribute, 0x80, value),
            Self::Contains(attribute, value) => substring(writer, attribute, 0x81, value),
            Self::AtLeast(attribute, value) => {
                writer.nested(0xa5, |inner| {
                    inner.bytes(OCTET_STRING, attribute.as_bytes()).bytes(OCTET_STRING, value);
                });
            }
            Self::AtMost(attribute, value) => {
                writer.nested(0xa6, |inner| {
                    inner.bytes(OCTET_STRING, attribute.as_bytes()).bytes(OCTET_STRING, value);
                });
            }
            Self::Present(attribute) => {
                writer.bytes(0x87, attribute.as_bytes());
            }
        }
    }
}

fn substring(writer: &mut Writer, attribute: &str, part: u8, value: &[u8]) {
    writer.nested(0xa4, |inner| {
        inner.bytes(OCTET_STRING, attribute.as_bytes());
        inner.nested(0x30, |parts| {
            parts.bytes(part, value);
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(filter: &Filter) -> Vec<u8> {
        let mut writer = Writer::default();
        filter.write(&mut writer);
        writer.0
    }

    #[test]
    fn filters_are_written_as_rfc_4511_says() {
        assert_eq!(written(&Filter::everything()), b"\x87\x0bobjectClass");
        assert_eq!(
            written(&Filter::All(vec![Filter::equal("cn", "a"), Filter::equal("sn", "b")])),
            b"\xa0\x12\xa3\x07\x04\x02cn\x04\x01a\xa3\x07\x04\x02sn\x04\x01b"
        );
    }

    #[test]
    fn a_part_of_a_value_is_written_as_a_substring() {
        assert_eq!(written(&Filter::Contains("cn", b"al".to_vec())), b"\xa4\x0a\x04\x02cn\x30\x04\x81\x02al");
        assert_eq!(written(&Filter::Begins("cn", b"al".to_vec())), b"\xa4\x0a\x04\x02cn\x30\x04\x80\x02al");
    }

    #[test]
    fn a_value_with_filter_syntax_stays_a_value() {
        assert_eq!(written(&Filter::equal("cn", "*)(x=\0")), b"\xa3\x0c\x04\x02cn\x04\x06*)(x=\0");
    }

    #[test]
    fn only_active_directory_has_contacts() {
        assert!(Filter::of_kind(DirectoryKind::ActiveDirectory, ObjectKind::Contact).is_some());
        assert!(Filter::of_kind(DirectoryKind::Ldap, ObjectKind::Contact).is_none());
    }
}
