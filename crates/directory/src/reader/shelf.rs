//! Where a reading keeps entries until a page is full: as objects, or written down for who passes them on.

use domain::{DirectoryKind, Entry};
use ports::{PageWriter, SourceEntry, SourcePage, write_entry};

use crate::attributes::is_tidy;
use crate::ber::{Elements, Malformed, OCTET_STRING, SEQUENCE, SET};
use crate::identity;

/// What a value takes beside its bytes.
const VALUE_OVERHEAD: usize = 48;

pub(crate) trait Shelf: Send + 'static {
    type Page: Send;

    /// Keeps an entry; gives its size.
    fn keep(&mut self, entry: Entry) -> usize;

    /// Keeps an entry right from the message that it came in, and gives its size; `None` when it has to be decoded.
    fn keep_message(&mut self, content: &[u8], kind: DirectoryKind) -> Result<Option<usize>, Malformed>;

    fn is_empty(&self) -> bool;

    /// Everything that was kept.
    fn page(&mut self, notes: Vec<String>) -> Self::Page;
}

/// Keeps objects.
#[derive(Debug, Default)]
pub(crate) struct Objects(Vec<SourceEntry>);

impl Shelf for Objects {
    type Page = SourcePage;

    fn keep(&mut self, entry: Entry) -> usize {
        let size = size(&entry);
        self.0.push(SourceEntry { object_id: identity::of(&entry), entry });
        size
    }

    fn keep_message(&mut self, _: &[u8], _: DirectoryKind) -> Result<Option<usize>, Malformed> {
        Ok(None)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn page(&mut self, notes: Vec<String>) -> SourcePage {
        SourcePage { entries: std::mem::take(&mut self.0), notes }
    }
}

/// Keeps what a writer made of the entries.
pub(crate) struct Written {
    writer: Box<dyn PageWriter>,
    is_empty: bool,
}

impl Written {
    pub fn new(writer: Box<dyn PageWriter>) -> Self {
        Self { writer, is_empty: true }
    }
}

impl Shelf for Written {
    type Page = Vec<u8>;

    fn keep(&mut self, entry: Entry) -> usize {
        self.is_empty = false;
        write_entry(self.writer.as_mut(), &identity::of(&entry), &entry);
        size(&entry)
    }

    fn keep_message(&mut self, content: &[u8], kind: DirectoryKind) -> Result<Option<usize>, Malformed> {
        let Some(entry) = Plain::of(content, kind)? else { return Ok(None) };
        self.is_empty = false;
        entry.write(self.writer.as_mut()).map(Some)
    }

    fn is_empty(&self) -> bool {
        self.is_empty
    }

    fn page(&mut self, notes: Vec<String>) -> Vec<u8> {
        self.is_empty = true;
        self.writer.page(notes)
    }
}

/// Bytes that an entry takes, about.
pub(crate) fn size(entry: &Entry) -> usize {
    let values = entry.attributes.iter().flat_map(|attribute| &attribute.values);
    values.map(|value| value.len() + VALUE_OVERHEAD).sum()
}

/// An entry within its message: whole, with the names that the engine knows.
#[derive(Debug)]
struct Plain<'a> {
    dn: &'a str,
    object_id: String,
    attributes: Vec<PlainAttribute<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct PlainAttribute<'a> {
    name: &'a [u8],
    values: PlainValues<'a>,
}

#[derive(Debug, Clone, Copy)]
enum PlainValues<'a> {
    One(&'a [u8]),
    Many(usize, Elements<'a>),
}

impl<'a> PlainValues<'a> {
    fn of(set: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = Elements(set);
        if !rest.is_empty() {
            let value = rest.expect(OCTET_STRING)?;
            if rest.is_empty() {
                return Ok(Self::One(value));
            }
        }
        let (mut count, mut rest) = (0, Elements(set));
        while !rest.is_empty() {
            rest.expect(OCTET_STRING)?;
            count += 1;
        }
        Ok(Self::Many(count, Elements(set)))
    }

    fn first(self) -> Option<&'a [u8]> {
        match self {
            Self::One(value) => Some(value),
            Self::Many(_, mut values) => values.expect(OCTET_STRING).ok(),
        }
    }
}

impl<'a> Plain<'a> {
    /// Looks through all of it before anything is written.
    fn of(content: &'a [u8], kind: DirectoryKind) -> Result<Option<Self>, Malformed> {
        let mut fields = Elements(content);
        let Ok(dn) = std::str::from_utf8(fields.expect(OCTET_STRING)?) else { return Ok(None) };
        let mut list = Elements(fields.expect(SEQUENCE)?);
        let mut attributes = Vec::with_capacity(ATTRIBUTES);
        // There are few names of these lengths, which saves looking for them among all.
        let mut ids: Vec<(&[u8], &[u8])> = Vec::with_capacity(4);
        while !list.is_empty() {
            let mut attribute = Elements(list.expect(SEQUENCE)?);
            let name = attribute.expect(OCTET_STRING)?;
            if !is_tidy(name, kind) {
                return Ok(None);
            }
            let values = PlainValues::of(attribute.expect(SET)?)?;
            if identity::LENGTHS.contains(&name.len()) {
                ids.extend(values.first().map(|value| (name, value)));
            }
            attributes.push(PlainAttribute { name, values });
        }
        let object_id = identity::of_values(|name| {
            let found = ids.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
            found.map(|(_, value)| *value)
        });
        Ok(Some(Self { dn, object_id, attributes }))
    }

    /// Gives its size.
    fn write(&self, to: &mut dyn PageWriter) -> Result<usize, Malformed> {
        let mut size = 0;
        to.entry(&self.object_id, self.dn, self.attributes.len());
        for PlainAttribute { name, values } in &self.attributes {
            match *values {
                PlainValues::One(value) => {
                    to.attribute(name, 1);
                    to.value(value);
                    size += value.len() + VALUE_OVERHEAD;
                }
                PlainValues::Many(count, mut values) => {
                    to.attribute(name, count);
                    while !values.is_empty() {
                        let value = values.expect(OCTET_STRING)?;
                        to.value(value);
                        size += value.len() + VALUE_OVERHEAD;
                    }
                }
            }
        }
        Ok(size)
    }
}

/// Room for the attributes of most entries.
const ATTRIBUTES: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ber::Writer;

    /// Writes pages as objects, for a look at what was written.
    #[derive(Default)]
    struct Plainly {
        entries: Vec<SourceEntry>,
    }

    impl PageWriter for Plainly {
        fn entry(&mut self, object_id: &str, dn: &str, _: usize) {
            self.entries.push(SourceEntry { object_id: object_id.to_owned(), entry: Entry::new(dn) });
        }

        fn attribute(&mut self, name: &[u8], _: usize) {
            let last = self.entries.last_mut().expect("an entry");
            last.entry =
                std::mem::take(&mut last.entry).with(&String::from_utf8_lossy(name), Vec::<Vec<u8>>::new());
        }

        fn value(&mut self, value: &[u8]) {
            let last = self.entries.last_mut().expect("an entry");
            last.entry.attributes.last_mut().expect("an attribute").values.push(value.to_vec());
        }

        fn page(&mut self, _: Vec<String>) -> Vec<u8> {
            Vec::new()
        }
    }

    fn content(dn: &[u8], attributes: &[(&[u8], &[&[u8]])]) -> Vec<u8> {
        let mut entry = Writer::default();
        entry.bytes(OCTET_STRING, dn).nested(SEQUENCE, |list| {
            for (name, values) in attributes {
                list.nested(SEQUENCE, |attribute| {
                    attribute.bytes(OCTET_STRING, name).nested(SET, |set| {
                        for value in *values {
                            set.bytes(OCTET_STRING, value);
                        }
                    });
                });
            }
        });
        entry.0
    }

    const GUID: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    #[test]
    fn what_is_written_right_from_a_message_is_what_would_be_decoded() {
        for attributes in [
            &[][..],
            &[(b"cn".as_slice(), &[b"a".as_slice()][..]), (b"OBJECTguid", &[&GUID]), (b"none", &[])],
            &[(b"member", &[b"x", b"", b"\xff"]), (b"entryUUID", &[b"2D9A6B1E-7B8C-103F-8A57-B1D1B6A0F4C3"])],
            &[(b"nsuniqueid", &[b"66446001-1dd211b2-66225011-2EE211DB"]), (b"mail", &[b"m"])],
        ] {
            let content = content("CN=\u{fc},DC=x".as_bytes(), attributes);
            for kind in [DirectoryKind::ActiveDirectory, DirectoryKind::Ldap] {
                let entry = Plain::of(&content, kind).expect("well formed").expect("plain");
                let mut written = Plainly::default();
                let bytes = entry.write(&mut written).expect("values");
                let decoded = crate::message::entry(&content).expect("well formed");
                assert_eq!(bytes, size(&decoded));
                let object_id = identity::of(&decoded);
                assert_eq!(written.entries, [SourceEntry { object_id, entry: decoded }]);
            }
        }
    }

    #[test]
    fn what_needs_tidying_is_left_to_be_decoded() {
        for (dn, name) in [
            (b"CN=a".as_slice(), b"member;range=0-1499".as_slice()),
            (b"CN=a", b"userCertificate;binary"),
            (b"CN=a", b"UniqueMember"),
            (b"CN=a", b"n\xe4me"),
            (b"CN=\xff", b"cn"),
        ] {
            let content = content(dn, &[(name, &[b"x"])]);
            assert!(Plain::of(&content, DirectoryKind::Ldap).expect("well formed").is_none(), "{name:?}");
        }
        let members = content(b"CN=a", &[(b"uniqueMember", &[b"x"])]);
        assert!(Plain::of(&members, DirectoryKind::ActiveDirectory).expect("well formed").is_some());
    }

    #[test]
    fn a_value_that_is_no_text_of_bytes_is_refused() {
        for before in [&[][..], &[b"right".as_slice()]] {
            let mut entry = Writer::default();
            entry.bytes(OCTET_STRING, b"CN=a").nested(SEQUENCE, |list| {
                list.nested(SEQUENCE, |attribute| {
                    attribute.bytes(OCTET_STRING, b"cn").nested(SET, |set| {
                        for value in before {
                            set.bytes(OCTET_STRING, value);
                        }
                        set.integer(crate::ber::INTEGER, 1);
                    });
                });
            });
            assert!(Plain::of(&entry.0, DirectoryKind::Ldap).is_err(), "after {} values", before.len());
        }
    }
}
