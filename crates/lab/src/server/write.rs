//! Writes search results straight into the send buffer.
//!
//! The protocol crate builds a tree for every message; with some hundred values an entry that tree would be most of
//! the cost of a large read. Lengths take four bytes, as Active Directory writes them, and are filled in afterwards.

use ldap3_proto::{LdapCodec, proto::LdapMsg};
use tokio_util::{
    bytes::{BufMut, BytesMut},
    codec::Encoder,
};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEARCH_RESULT_ENTRY: u8 = 0x64;

/// Appends any message through the protocol crate.
pub(super) fn message(buffer: &mut BytesMut, message: LdapMsg) {
    // Encoding into memory cannot fail; the crate's signature is the codec's.
    if let Err(error) = LdapCodec::default().encode(message, buffer) {
        tracing::error!(%error, "a message could not be encoded");
    }
}

/// Appends one search result entry.
pub(super) struct EntryWriter<'a> {
    buffer: &'a mut BytesMut,
    message: usize,
    entry: usize,
    attributes: usize,
}

impl<'a> EntryWriter<'a> {
    pub(super) fn new(buffer: &'a mut BytesMut, id: i32, dn: &str) -> Self {
        let message = open(buffer, SEQUENCE);
        integer(buffer, id);
        let entry = open(buffer, SEARCH_RESULT_ENTRY);
        octets(buffer, dn.as_bytes());
        let attributes = open(buffer, SEQUENCE);
        Self { buffer, message, entry, attributes }
    }

    /// Appends an attribute whose values the closure gives. Without any it is left out, unless `even_empty`.
    pub(super) fn attribute(
        &mut self,
        name: &str,
        types_only: bool,
        even_empty: bool,
        values: impl FnOnce(&mut dyn FnMut(&[u8])),
    ) {
        let start = self.buffer.len();
        let attribute = open(self.buffer, SEQUENCE);
        octets(self.buffer, name.as_bytes());
        let set = open(self.buffer, SET);
        let mut any = even_empty;
        values(&mut |value| {
            any = true;
            if !types_only {
                octets(self.buffer, value);
            }
        });
        if any {
            close(self.buffer, set);
            close(self.buffer, attribute);
        } else {
            self.buffer.truncate(start);
        }
    }

    pub(super) fn finish(self) {
        close(self.buffer, self.attributes);
        close(self.buffer, self.entry);
        close(self.buffer, self.message);
    }
}

fn open(buffer: &mut BytesMut, tag: u8) -> usize {
    buffer.put_slice(&[tag, 0x84, 0, 0, 0, 0]);
    buffer.len()
}

fn close(buffer: &mut BytesMut, start: usize) {
    let length = (buffer.len() - start) as u32;
    buffer[start - 4..start].copy_from_slice(&length.to_be_bytes());
}

/// BER wants the shortest form that keeps the sign.
fn integer(buffer: &mut BytesMut, value: i32) {
    let bytes = value.to_be_bytes();
    let spare = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] < 0x80).count();
    buffer.put_slice(&[INTEGER, (bytes.len() - spare) as u8]);
    buffer.put_slice(&bytes[spare..]);
}

fn octets(buffer: &mut BytesMut, value: &[u8]) {
    buffer.reserve(value.len() + 6);
    buffer.put_u8(OCTETS);
    match value.len() {
        length @ 0..0x80 => buffer.put_u8(length as u8),
        length => {
            buffer.put_u8(0x84);
            buffer.put_u32(length as u32);
        }
    }
    buffer.put_slice(value);
}

#[cfg(test)]
mod tests {
    use ldap3_proto::proto::{LdapOp, LdapPartialAttribute, LdapSearchResultEntry};
    use tokio_util::codec::Decoder;

    use super::*;

    #[test]
    fn the_protocol_crate_reads_what_is_written() {
        let mut buffer = BytesMut::new();
        let long = vec![b'x'; 300];
        let mut writer = EntryWriter::new(&mut buffer, 70_000, "CN=Zoë,DC=x");
        writer.attribute("cn", false, false, |out| out("Zoë".as_bytes()));
        writer.attribute("absent", false, false, |_| {});
        writer.attribute("member", false, true, |_| {});
        writer.attribute("info", false, false, |out| {
            out(&long);
            out(&[0xff, 0]);
        });
        writer.attribute("mail", true, false, |out| out(b"hidden"));
        writer.finish();
        let read = LdapCodec::default().decode(&mut buffer).expect("well formed").expect("complete");
        let attribute =
            |name: &str, vals: Vec<Vec<u8>>| LdapPartialAttribute { atype: name.to_owned(), vals };
        let attributes = vec![
            attribute("cn", vec!["Zoë".into()]),
            attribute("member", vec![]),
            attribute("info", vec![long, vec![0xff, 0]]),
            attribute("mail", vec![]),
        ];
        let entry = LdapSearchResultEntry { dn: "CN=Zoë,DC=x".to_owned(), attributes };
        assert_eq!(read, LdapMsg::new(70_000, LdapOp::SearchResultEntry(entry)));
        assert!(buffer.is_empty());
    }
}
