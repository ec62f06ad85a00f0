//! From bytes to messages.
//!
//! The protocol crate reads everything but filters: it takes assertion values as UTF-8, and a search for an
//! objectGUID is not. Filters are therefore lifted out of the BER tree before the crate sees it.

use ldap3_lber::{
    parse::Parser,
    structure::{PL, StructureTag},
};
use ldap3_proto::proto::{LdapMsg, LdapOp};
use tokio_util::bytes::{Buf, BytesMut};

use super::root::{DOMAIN_SCOPE, SHOW_DEACTIVATED_LINK, SHOW_RECYCLED};

/// Depth of nesting that a message may have.
const DEPTH: usize = 48;
const SEARCH_REQUEST: u64 = 3;
/// Place of the filter in a search request.
const FILTER: usize = 6;

/// A message, and its filter if it is a search.
#[derive(Debug)]
pub(super) struct Message {
    pub id: i32,
    pub op: LdapOp,
    pub controls: Vec<ldap3_proto::control::LdapControl>,
    pub filter: Option<StructureTag>,
    /// Controls of [`FLAGS`] that the message has.
    pub flags: Vec<&'static str>,
}

/// Controls without a value that the protocol crate has no name for. It would warn about each.
const FLAGS: [&str; 3] = [SHOW_RECYCLED, SHOW_DEACTIVATED_LINK, DOMAIN_SCOPE];

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("the message is larger than this server takes")]
    TooLarge,
    #[error("the bytes are no LDAP message")]
    Malformed,
}

/// Takes one message off the buffer; `None` until it is complete.
pub(super) fn take(buffer: &mut BytesMut, most: usize) -> Result<Option<Message>, MessageError> {
    let Some(length) = length(buffer)? else { return Ok(None) };
    if length > most {
        return Err(MessageError::TooLarge);
    }
    if buffer.len() < length {
        return Ok(None);
    }
    let parsed = Parser::new(DEPTH).parse(&buffer[..length]).map(|(_, tag)| tag);
    let mut tag = parsed.map_err(|_| MessageError::Malformed)?;
    buffer.advance(length);
    let filter = lift_filter(&mut tag);
    let flags = lift_flags(&mut tag);
    let LdapMsg { msgid, op, ctrl } = LdapMsg::try_from(tag).map_err(|_| MessageError::Malformed)?;
    Ok(Some(Message { id: msgid, op, controls: ctrl, filter, flags }))
}

/// Length of the first message with its header, `None` while the header is incomplete.
fn length(buffer: &[u8]) -> Result<Option<usize>, MessageError> {
    match buffer {
        [] | [0x30] => Ok(None),
        [0x30, short @ 0..=0x7f, ..] => Ok(Some(2 + usize::from(*short))),
        [0x30, long @ (0x81..=0x84), rest @ ..] => {
            let count = usize::from(long - 0x80);
            let Some(bytes) = rest.get(..count) else { return Ok(None) };
            let length = bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            Ok(Some(2 + count + length))
        }
        _ => Err(MessageError::Malformed),
    }
}

fn lift_filter(message: &mut StructureTag) -> Option<StructureTag> {
    let PL::C(parts) = &mut message.payload else { return None };
    let search = parts.get_mut(1).filter(|op| op.id == SEARCH_REQUEST)?;
    let PL::C(fields) = &mut search.payload else { return None };
    let class = fields.get(FILTER)?.class;
    let placeholder = StructureTag { class, id: 7, payload: PL::P(b"objectClass".to_vec()) };
    fields.get_mut(FILTER).map(|filter| std::mem::replace(filter, placeholder))
}

fn lift_flags(message: &mut StructureTag) -> Vec<&'static str> {
    let PL::C(parts) = &mut message.payload else { return Vec::new() };
    let Some(PL::C(controls)) = parts.get_mut(2).map(|controls| &mut controls.payload) else {
        return Vec::new();
    };
    let mut flags = Vec::new();
    controls.retain(|control| {
        let PL::C(fields) = &control.payload else { return true };
        let Some(PL::P(oid)) = fields.first().map(|oid| &oid.payload) else { return true };
        let flag = FLAGS.into_iter().find(|flag| flag.as_bytes() == oid);
        flags.extend(flag);
        flag.is_none()
    });
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search for `(objectGUID=\ff\fe)` below the empty name.
    const SEARCH: &[u8] = &[
        0x30, 0x2a, 0x02, 0x01, 0x07, 0x63, 0x25, 0x04, 0x00, 0x0a, 0x01, 0x02, 0x0a, 0x01, 0x00, 0x02, 0x01,
        0x00, 0x02, 0x01, 0x00, 0x01, 0x01, 0x00, 0xa3, 0x10, 0x04, 0x0a, b'o', b'b', b'j', b'e', b'c', b't',
        b'G', b'U', b'I', b'D', 0x04, 0x02, 0xff, 0xfe, 0x30, 0x00,
    ];

    #[test]
    fn a_filter_with_binary_values_is_read() {
        let mut buffer = BytesMut::from(SEARCH);
        let message = take(&mut buffer, 1_000).expect("well formed").expect("complete");
        assert_eq!(message.id, 7);
        let LdapOp::SearchRequest(search) = message.op else { panic!("a search") };
        assert_eq!(search.attrs, Vec::<String>::new());
        let Some(PL::C(parts)) = message.filter.map(|filter| filter.payload) else { panic!("a filter") };
        assert_eq!(parts[1].payload, PL::P(vec![0xff, 0xfe]));
        assert!(buffer.is_empty());
    }

    #[test]
    fn an_incomplete_message_waits_and_a_bad_or_huge_one_is_refused() {
        let mut partial = BytesMut::from(&SEARCH[..20]);
        assert!(take(&mut partial, 1_000).expect("so far well formed").is_none());
        let mut huge = BytesMut::from(&[0x30, 0x84, 0x7f, 0, 0, 0][..]);
        assert_eq!(take(&mut huge, 1_000).expect_err("too large"), MessageError::TooLarge);
        let mut other = BytesMut::from(&b"GET / HTTP/1.1"[..]);
        assert_eq!(take(&mut other, 1_000).expect_err("not LDAP"), MessageError::Malformed);
        let mut empty = BytesMut::from(&[0x30, 0x00][..]);
        assert_eq!(take(&mut empty, 1_000).expect_err("no operation"), MessageError::Malformed);
    }
}
