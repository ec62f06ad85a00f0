//! LDAP messages (RFC 4511): the requests that reading needs, and the replies to them.

use domain::{Attribute, Entry};

use crate::ber::{BOOLEAN, ENUMERATED, Elements, INTEGER, Malformed, OCTET_STRING, SEQUENCE, SET, Writer};
use crate::filter::Filter;

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// How far a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Base = 0,
    Subtree = 2,
}

/// A search request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<'a> {
    pub base: &'a str,
    pub scope: Scope,
    pub filter: &'a Filter,
    pub attributes: &'a [String],
    pub page: Option<Page<'a>>,
}

/// The paged results control of a request (RFC 2696).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub size: u32,
    /// Empty for the first page.
    pub cookie: &'a [u8],
}

/// What is asked of the directory.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request<'a> {
    Bind { name: &'a str, password: &'a str },
    Search(Search<'a>),
    StartTls,
    Unbind,
}

impl Request<'_> {
    /// The whole message.
    pub fn encode(&self, id: i32) -> Vec<u8> {
        let mut message = Writer::default();
        message.nested(SEQUENCE, |body| {
            body.integer(INTEGER, id);
            match self {
                Self::Bind { name, password } => {
                    body.nested(0x60, |bind| {
                        bind.integer(INTEGER, 3).bytes(OCTET_STRING, name.as_bytes());
                        bind.bytes(0x80, password.as_bytes());
                    });
                }
                Self::Search(search) => search.write(body),
                Self::StartTls => {
                    body.nested(0x77, |extended| {
                        extended.bytes(0x80, START_TLS.as_bytes());
                    });
                }
                Self::Unbind => {
                    body.bytes(0x42, &[]);
                }
            }
        });
        message.0
    }
}

impl Search<'_> {
    fn write(&self, body: &mut Writer) {
        body.nested(0x63, |search| {
            search.bytes(OCTET_STRING, self.base.as_bytes());
            search.integer(ENUMERATED, self.scope as i32);
            // Aliases stay what they are; neither size nor time limit; values wanted.
            search.integer(ENUMERATED, 0).integer(INTEGER, 0).integer(INTEGER, 0).boolean(false);
            self.filter.write(search);
            search.nested(SEQUENCE, |attributes| {
                for attribute in self.attributes {
                    attributes.bytes(OCTET_STRING, attribute.as_bytes());
                }
            });
        });
        if let Some(page) = self.page {
            let mut value = Writer::default();
            value.nested(SEQUENCE, |control| {
                control.integer(INTEGER, i32::try_from(page.size).unwrap_or(i32::MAX));
                control.bytes(OCTET_STRING, page.cookie);
            });
            body.nested(0xa0, |controls| {
                controls.nested(SEQUENCE, |control| {
                    // Critical: a directory that cannot page must say so, and not send everything at once.
                    control.bytes(OCTET_STRING, PAGED_RESULTS.as_bytes()).boolean(true);
                    control.bytes(OCTET_STRING, &value.0);
                });
            });
        }
    }
}

/// How an operation ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub code: i32,
    /// What the directory says about it.
    pub message: String,
    /// Where it sends us instead.
    pub referral: Option<String>,
    /// Where the next page begins; empty when there is none.
    pub cookie: Vec<u8>,
}

/// What the directory sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Entry(Entry),
    /// A part of the tree that another server holds.
    Reference(String),
    /// Nothing that reading needs.
    Intermediate,
    SearchDone(Outcome),
    Bound(Outcome),
    Extended(Outcome),
}

/// Decodes one whole message to its id and content.
pub(crate) fn decode(message: &[u8]) -> Result<(i32, Reply), Malformed> {
    let mut body = Elements(Elements(message).expect(SEQUENCE)?);
    let id = body.integer(INTEGER)?;
    let (tag, content) = body.next()?;
    let reply = match tag {
        0x64 => Reply::Entry(entry(content)?),
        0x73 => Reply::Reference(first_string(content)?),
        0x79 => Reply::Intermediate,
        0x65 => {
            let mut outcome = outcome(content)?;
            outcome.cookie = cookie(body)?;
            Reply::SearchDone(outcome)
        }
        0x61 => Reply::Bound(outcome(content)?),
        0x78 => Reply::Extended(outcome(content)?),
        _ => return Err(Malformed("a reply to something that was not asked")),
    };
    Ok((id, reply))
}

fn entry(content: &[u8]) -> Result<Entry, Malformed> {
    let mut fields = Elements(content);
    let dn = text(fields.expect(OCTET_STRING)?);
    let mut list = Elements(fields.expect(SEQUENCE)?);
    let mut attributes = Vec::with_capacity(count(list)?);
    while !list.is_empty() {
        let mut attribute = Elements(list.expect(SEQUENCE)?);
        let name = text(attribute.expect(OCTET_STRING)?);
        let mut set = Elements(attribute.expect(SET)?);
        let mut values = Vec::with_capacity(count(set)?);
        while !set.is_empty() {
            values.push(set.expect(OCTET_STRING)?.to_vec());
        }
        attributes.push(Attribute { name, values });
    }
    Ok(Entry { dn, attributes })
}

/// Elements in a list. Walking it costs less than growing the vector that will hold them.
fn count(mut list: Elements<'_>) -> Result<usize, Malformed> {
    let mut count = 0;
    while !list.is_empty() {
        list.next()?;
        count += 1;
    }
    Ok(count)
}

/// Text that LDAP wants to be UTF-8; what is not is made so, since one odd name must not end a reading.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn first_string(content: &[u8]) -> Result<String, Malformed> {
    let mut list = Elements(content);
    if list.is_empty() { Ok(String::new()) } else { list.expect(OCTET_STRING).map(text) }
}

fn outcome(content: &[u8]) -> Result<Outcome, Malformed> {
    let mut fields = Elements(content);
    let code = fields.integer(ENUMERATED)?;
    let _matched = fields.expect(OCTET_STRING)?;
    let message = text(fields.expect(OCTET_STRING)?).trim_matches(['\0', ' ', '\n']).to_owned();
    let referral = if fields.peek() == Some(0xa3) { Some(first_string(fields.expect(0xa3)?)?) } else { None };
    Ok(Outcome { code, message, referral, cookie: Vec::new() })
}

/// The paging cookie among the response controls. Elements that are no controls are passed over: Active Directory
/// puts the name of its notice of disconnection there.
fn cookie(mut rest: Elements<'_>) -> Result<Vec<u8>, Malformed> {
    while !rest.is_empty() {
        let (0xa0, content) = rest.next()? else { continue };
        let mut controls = Elements(content);
        while !controls.is_empty() {
            let mut control = Elements(controls.expect(SEQUENCE)?);
            if control.expect(OCTET_STRING)? != PAGED_RESULTS.as_bytes() {
                continue;
            }
            if control.peek() == Some(BOOLEAN) {
                control.next()?;
            }
            let mut value = Elements(Elements(control.expect(OCTET_STRING)?).expect(SEQUENCE)?);
            let _estimate = value.expect(INTEGER)?;
            return value.expect(OCTET_STRING).map(<[u8]>::to_vec);
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with an entry as directories send it.
    fn entry_message(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.nested(SEQUENCE, |message| {
            message.integer(INTEGER, 7).nested(0x64, |entry| {
                entry.bytes(OCTET_STRING, dn.as_bytes()).nested(SEQUENCE, |list| {
                    for (name, values) in attributes {
                        list.nested(SEQUENCE, |attribute| {
                            attribute.bytes(OCTET_STRING, name.as_bytes()).nested(SET, |set| {
                                for value in *values {
                                    set.bytes(OCTET_STRING, value);
                                }
                            });
                        });
                    }
                });
            });
        });
        writer.0
    }

    fn done_message(code: i32, text: &str, cookie: &[u8], referral: Option<&str>) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.nested(SEQUENCE, |message| {
            message.integer(INTEGER, 7).nested(0x65, |done| {
                done.integer(ENUMERATED, code).bytes(OCTET_STRING, b"").bytes(OCTET_STRING, text.as_bytes());
                if let Some(url) = referral {
                    done.nested(0xa3, |urls| {
                        urls.bytes(OCTET_STRING, url.as_bytes());
                    });
                }
            });
            message.nested(0xa0, |controls| {
                controls.nested(SEQUENCE, |control| {
                    control.bytes(OCTET_STRING, b"1.2.3.4");
                });
                controls.nested(SEQUENCE, |control| {
                    let mut value = Writer::default();
                    value.nested(SEQUENCE, |fields| {
                        fields.integer(INTEGER, 0).bytes(OCTET_STRING, cookie);
                    });
                    control.bytes(OCTET_STRING, PAGED_RESULTS.as_bytes()).boolean(false);
                    control.bytes(OCTET_STRING, &value.0);
                });
            });
        });
        writer.0
    }

    /// Numbers that look random and are the same in every run.
    fn noise(seed: u64) -> impl Iterator<Item = u64> {
        std::iter::successors(Some(seed | 1), |state| {
            let state = state ^ (state << 13);
            let state = state ^ (state >> 7);
            Some(state ^ (state << 17))
        })
    }

    #[test]
    fn an_entry_is_decoded_with_its_bytes_as_they_are() {
        let message = entry_message(
            "CN=Zoë,DC=x",
            &[("objectGUID", &[b"\x00\xff\x30\x04"]), ("member", &[]), ("mail", &[b"a@x", b"b@x"])],
        );
        let expected = Entry::new("CN=Zoë,DC=x")
            .with("objectGUID", [b"\x00\xff\x30\x04".to_vec()])
            .with("member", Vec::<Vec<u8>>::new())
            .with("mail", ["a@x", "b@x"]);
        assert_eq!(decode(&message), Ok((7, Reply::Entry(expected))));
    }

    #[test]
    fn the_end_of_a_page_carries_its_cookie_and_a_refusal_its_words() {
        let done = |message: &[u8]| match decode(message) {
            Ok((7, Reply::SearchDone(outcome))) => outcome,
            other => panic!("{other:?}"),
        };
        assert_eq!(done(&done_message(0, "", b"\x01\x00", None)).cookie, b"\x01\x00");
        let refused = done(&done_message(10, "0000202B: RefErr\n\0", b"", Some("ldap://dc2/DC=y")));
        assert_eq!((refused.code, refused.message.as_str()), (10, "0000202B: RefErr"));
        assert_eq!(refused.referral.as_deref(), Some("ldap://dc2/DC=y"));
    }

    #[test]
    fn references_are_decoded_even_when_they_name_nothing() {
        assert_eq!(decode(b"\x30\x05\x02\x01\x07\x73\x00"), Ok((7, Reply::Reference(String::new()))));
        let message = b"\x30\x0d\x02\x01\x07\x73\x08\x04\x06ldap:/";
        assert_eq!(decode(message), Ok((7, Reply::Reference("ldap:/".into()))));
    }

    #[test]
    fn active_directorys_notice_of_disconnection_is_understood() {
        // Its name stands outside of the response, where controls belong.
        let mut message = Writer::default();
        message.nested(SEQUENCE, |body| {
            body.integer(INTEGER, 0).nested(0x78, |notice| {
                notice
                    .integer(ENUMERATED, 52)
                    .bytes(OCTET_STRING, b"")
                    .bytes(OCTET_STRING, b"The server is going");
            });
            body.bytes(0x8a, b"1.3.6.1.4.1.1466.20036");
        });
        match decode(&message.0) {
            Ok((0, Reply::Extended(outcome))) => assert_eq!(outcome.code, 52),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_message_cut_anywhere_is_refused_and_not_read_beyond_its_end() {
        for message in [
            entry_message("CN=A,DC=x", &[("cn", &[b"A"])]),
            done_message(0, "ok", b"cookie", Some("ldap://x")),
        ] {
            assert!(decode(&message).is_ok());
            for end in 0..message.len() {
                assert!(decode(&message[..end]).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn no_damage_to_a_message_makes_decoding_panic_or_take_memory() {
        let originals = [
            entry_message("CN=A,DC=x", &[("cn", &[b"A"]), ("member;range=0-1", &[b"x", b"y"])]),
            done_message(4, "limit", b"cookie", None),
        ];
        let mut numbers = noise(0x5eed);
        let mut number = || numbers.next().unwrap_or_default() as usize;
        let (mut refused, mut taken) = (0, 0);
        for _ in 0..200_000 {
            let mut message = originals[number() % originals.len()].clone();
            for _ in 0..=number() % 4 {
                let at = number() % message.len();
                message[at] = number() as u8;
            }
            match decode(&message) {
                Ok(_) => taken += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(
            refused > 10_000 && taken > 1_000,
            "{refused} refused, {taken} taken: the damage tests nothing"
        );
    }

    #[test]
    fn pure_noise_is_refused() {
        for seed in 1..2_000 {
            let bytes: Vec<u8> = noise(seed).take(64).map(|number| (number >> 16) as u8).collect();
            let _ = decode(&bytes);
            let mut framed = vec![SEQUENCE, 64];
            framed.extend(bytes);
            let _ = decode(&framed);
        }
        assert!(decode(&[]).is_err());
        assert!(decode(b"HTTP/1.1 400 Bad Request\r\n").is_err());
    }

    #[test]
    fn requests_are_written_as_rfc_4511_says() {
        assert_eq!(
            Request::Bind { name: "cn=a", password: "p" }.encode(1),
            b"\x30\x11\x02\x01\x01\x60\x0c\x02\x01\x03\x04\x04cn=a\x80\x01p"
        );
        assert_eq!(Request::Unbind.encode(3), b"\x30\x05\x02\x01\x03\x42\x00");
        let search = Search {
            base: "",
            scope: Scope::Base,
            filter: &Filter::everything(),
            attributes: &["cn".to_owned()],
            page: Some(Page { size: 500, cookie: b"" }),
        };
        assert_eq!(
            Request::Search(search).encode(2),
            b"\x30\x52\x02\x01\x02\x63\x24\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\
              \x87\x0bobjectClass\x30\x04\x04\x02cn\
              \xa0\x27\x30\x25\x04\x161.2.840.113556.1.4.319\x01\x01\xff\x04\x08\x30\x06\x02\x02\x01\xf4\x04\x00"
        );
    }
}
