//! Content synchronisation (RFC 4533), as bytes: the request control, what rides on an entry, what is told between
//! entries, and what ends an answer.

use domain::Entry;
use uuid::Uuid;

use crate::ber::{BOOLEAN, ENUMERATED, Elements, Malformed, OCTET_STRING, SEQUENCE, SET, Writer};
use crate::message::{Control, Outcome};

/// The Sync Request control (section 2.2); also what the rootDSE names when the directory offers it.
pub(crate) const REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
/// The Sync State control (section 2.3).
pub(crate) const STATE: &str = "1.3.6.1.4.1.4203.1.9.1.2";
/// The Sync Done control (section 2.4).
const DONE: &str = "1.3.6.1.4.1.4203.1.9.1.3";
/// The Sync Info message (section 2.5).
pub(crate) const INFO: &str = "1.3.6.1.4.1.4203.1.9.1.4";
/// e-syncRefreshRequired (section 2.7): the cookie is of no use.
pub(crate) const REFRESH_REQUIRED: i32 = 4096;

/// Asks for what changed since a cookie, once; for everything when there is none.
pub(crate) fn request(cookie: Option<&[u8]>) -> Control {
    const REFRESH_ONLY: i32 = 1;
    let mut value = Writer::default();
    value.nested(SEQUENCE, |fields| {
        fields.integer(ENUMERATED, REFRESH_ONLY);
        if let Some(cookie) = cookie {
            fields.bytes(OCTET_STRING, cookie);
        }
    });
    Control { oid: REQUEST, critical: true, value: Some(value.0) }
}

/// What happened to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is there and did not change; its attributes did not come.
    Present,
    Add,
    Modify,
    /// It is gone; its attributes did not come.
    Delete,
}

/// An entry's state and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub state: State,
    pub id: Uuid,
}

/// What is told between entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Info {
    /// Nothing but a new cookie. It is not taken: only the end of an answer is a safe position.
    NewCookie,
    /// What is gone was told.
    RefreshDelete,
    /// What is there was told: whatever was not named until now is gone.
    RefreshPresent,
    Gone(Vec<Uuid>),
    Present(Vec<Uuid>),
}

/// How an answer ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// The new position; absent: as before.
    pub cookie: Option<Vec<u8>>,
    /// What is gone was told; otherwise what was not named is gone.
    pub deletes_told: bool,
}

/// One piece of an answer.
#[derive(Debug)]
pub(crate) enum Piece {
    /// An entry; without a tag when the directory forgot that it synchronises.
    Entry(Entry, Option<Tag>),
    Info(Info),
    /// The address of a part of the tree that another server holds.
    Reference(String),
    Done(Outcome),
}

/// Reads a Sync State control.
pub(crate) fn tag(value: &[u8]) -> Result<Tag, Malformed> {
    let mut fields = Elements(Elements(value).expect(SEQUENCE)?);
    let state = match fields.integer(ENUMERATED)? {
        0 => State::Present,
        1 => State::Add,
        2 => State::Modify,
        3 => State::Delete,
        _ => return Err(Malformed("a state of an entry that RFC 4533 does not know")),
    };
    Ok(Tag { state, id: id(fields.expect(OCTET_STRING)?)? })
}

/// Reads the value of a Sync Info message.
pub(crate) fn info(value: &[u8]) -> Result<Info, Malformed> {
    let (kind, content) = Elements(value).next()?;
    match kind {
        0x80 => Ok(Info::NewCookie),
        0xa1 => Ok(Info::RefreshDelete),
        0xa2 => Ok(Info::RefreshPresent),
        0xa3 => {
            let mut fields = Elements(content);
            if fields.peek() == Some(OCTET_STRING) {
                fields.next()?;
            }
            let are_gone = boolean(&mut fields)?;
            let mut set = Elements(fields.expect(SET)?);
            let mut ids = Vec::with_capacity(set.0.len() / 18);
            while !set.is_empty() {
                ids.push(id(set.expect(OCTET_STRING)?)?);
            }
            Ok(if are_gone { Info::Gone(ids) } else { Info::Present(ids) })
        }
        _ => Err(Malformed("a notice of synchronisation that RFC 4533 does not know")),
    }
}

/// Reads how an answer ended; `None` when it says nothing about synchronisation.
pub(crate) fn done(outcome: &Outcome) -> Result<Option<Done>, Malformed> {
    let Some(value) = outcome.control(DONE) else { return Ok(None) };
    let mut fields = Elements(Elements(value).expect(SEQUENCE)?);
    let cookie = match fields.peek() {
        Some(OCTET_STRING) => Some(fields.expect(OCTET_STRING)?.to_vec()),
        _ => None,
    };
    Ok(Some(Done { cookie, deletes_told: boolean(&mut fields)? }))
}

/// A boolean that is false when it is not there.
fn boolean(fields: &mut Elements<'_>) -> Result<bool, Malformed> {
    if fields.peek() != Some(BOOLEAN) {
        return Ok(false);
    }
    Ok(fields.expect(BOOLEAN)?.iter().any(|byte| *byte != 0))
}

fn id(bytes: &[u8]) -> Result<Uuid, Malformed> {
    Uuid::from_slice(bytes).map_err(|_| Malformed("an id that is no UUID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    fn written(fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        fill(&mut writer);
        writer.0
    }

    #[test]
    fn a_request_is_written_as_rfc_4533_says() {
        assert_eq!(request(None).value.as_deref(), Some(b"\x30\x03\x0a\x01\x01".as_slice()));
        assert_eq!(request(Some(b"c")).value.as_deref(), Some(b"\x30\x06\x0a\x01\x01\x04\x01c".as_slice()));
    }

    #[test]
    fn an_entrys_state_is_read_with_and_without_a_cookie() {
        for (number, state) in [State::Present, State::Add, State::Modify, State::Delete].iter().enumerate() {
            for cookie in [false, true] {
                let value = written(|writer| {
                    writer.nested(SEQUENCE, |fields| {
                        fields.integer(ENUMERATED, number as i32).bytes(OCTET_STRING, &ID);
                        if cookie {
                            fields.bytes(OCTET_STRING, b"rid=000");
                        }
                    });
                });
                assert_eq!(tag(&value), Ok(Tag { state: *state, id: Uuid::from_bytes(ID) }));
            }
        }
        assert!(tag(b"\x30\x03\x0a\x01\x04").is_err());
        assert!(tag(b"\x30\x08\x0a\x01\x01\x04\x03abc").is_err(), "no UUID");
    }

    #[test]
    fn sets_of_ids_are_gone_or_present() {
        let set = |cookie: bool, gone: Option<bool>| {
            written(|writer| {
                writer.nested(0xa3, |fields| {
                    if cookie {
                        fields.bytes(OCTET_STRING, b"rid=000");
                    }
                    if let Some(gone) = gone {
                        fields.boolean(gone);
                    }
                    fields.nested(SET, |set| {
                        set.bytes(OCTET_STRING, &ID).bytes(OCTET_STRING, &ID);
                    });
                });
            })
        };
        let ids = vec![Uuid::from_bytes(ID); 2];
        assert_eq!(info(&set(true, Some(true))), Ok(Info::Gone(ids.clone())));
        assert_eq!(info(&set(false, Some(true))), Ok(Info::Gone(ids.clone())));
        assert_eq!(info(&set(false, Some(false))), Ok(Info::Present(ids.clone())));
        assert_eq!(info(&set(true, None)), Ok(Info::Present(ids)));
        assert_eq!(info(b"\x80\x01c"), Ok(Info::NewCookie));
        assert_eq!(info(b"\xa1\x00"), Ok(Info::RefreshDelete));
        assert_eq!(info(b"\xa2\x03\x01\x01\x00"), Ok(Info::RefreshPresent));
        assert!(info(b"\xa4\x00").is_err() && info(b"").is_err());
    }

    #[test]
    fn the_end_says_whether_what_is_gone_was_told() {
        let read = |value: &[u8]| {
            done(&Outcome { controls: vec![(DONE.into(), value.to_vec())], ..Outcome::default() })
        };
        assert_eq!(read(b"\x30\x00"), Ok(Some(Done::default())));
        assert_eq!(
            read(b"\x30\x06\x04\x01c\x01\x01\xff"),
            Ok(Some(Done { cookie: Some(b"c".to_vec()), deletes_told: true }))
        );
        assert_eq!(read(b"\x30\x03\x01\x01\xff"), Ok(Some(Done { cookie: None, deletes_told: true })));
        assert_eq!(done(&Outcome::default()), Ok(None));
        assert!(read(b"\x30\x05\x04").is_err());
    }
}
