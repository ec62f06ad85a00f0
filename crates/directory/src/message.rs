//! LDAP messages (RFC 4511): the requests that reading needs, and the replies to them.

use domain::{Attribute, Entry};

use crate::ber::{BOOLEAN, ENUMERATED, Elements, INTEGER, Malformed, OCTET_STRING, SEQUENCE, SET, Writer};
use crate::filter::Filter;
use crate::sync;

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// How far a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Base = 0,
    /// Directly beneath the base (singleLevel).
    Children = 1,
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
    /// Further controls.
    pub controls: &'a [Control],
}

/// A request control (RFC 4511 section 4.1.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Control {
    pub oid: &'static str,
    pub critical: bool,
    pub value: Option<Vec<u8>>,
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
        if self.page.is_none() && self.controls.is_empty() {
            return;
        }
        body.nested(0xa0, |controls| {
            // Critical: a directory that cannot page must say so, and not send everything at once.
            if let Some(page) = self.page {
                page.control().write(controls);
            }
            for control in self.controls {
                control.write(controls);
            }
        });
    }
}

impl Page<'_> {
    fn control(self) -> Control {
        let mut value = Writer::default();
        value.nested(SEQUENCE, |control| {
            control.integer(INTEGER, i32::try_from(self.size).unwrap_or(i32::MAX));
            control.bytes(OCTET_STRING, self.cookie);
        });
        Control { oid: PAGED_RESULTS, critical: true, value: Some(value.0) }
    }
}

impl Control {
    fn write(&self, controls: &mut Writer) {
        controls.nested(SEQUENCE, |control| {
            control.bytes(OCTET_STRING, self.oid.as_bytes()).boolean(self.critical);
            if let Some(value) = &self.value {
                control.bytes(OCTET_STRING, value);
            }
        });
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
    /// Other controls of the answer: their names and values.
    pub controls: Vec<(String, Vec<u8>)>,
}

impl Outcome {
    /// The value of a control of the answer.
    pub fn control(&self, oid: &str) -> Option<&[u8]> {
        self.controls.iter().find(|(name, _)| name == oid).map(|(_, value)| value.as_slice())
    }
}

/// What the directory sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Entry(Entry),
    /// An entry of a synchronisation.
    Tagged(Entry, sync::Tag),
    /// A part of the tree that another server holds.
    Reference(String),
    /// What a synchronisation tells between entries.
    Info(sync::Info),
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
        0x64 if body.is_empty() => Reply::Entry(entry(content)?),
        0x64 => {
            let entry = entry(content)?;
            match controls(body)?.iter().find(|(oid, _)| oid == sync::STATE) {
                Some((_, value)) => Reply::Tagged(entry, sync::tag(value)?),
                None => Reply::Entry(entry),
            }
        }
        0x73 => Reply::Reference(first_string(content)?),
        0x79 => intermediate(content)?,
        0x65 => {
            let mut outcome = outcome(content)?;
            outcome.controls = controls(body)?;
            if let Some(page) = outcome.control(PAGED_RESULTS) {
                let mut value = Elements(Elements(page).expect(SEQUENCE)?);
                let _estimate = value.expect(INTEGER)?;
                outcome.cookie = value.expect(OCTET_STRING)?.to_vec();
            }
            Reply::SearchDone(outcome)
        }
        0x61 => Reply::Bound(outcome(content)?),
        0x78 => Reply::Extended(outcome(content)?),
        _ => return Err(Malformed("a reply to something that was not asked")),
    };
    Ok((id, reply))
}

/// The content of an entry without controls that answers the request with this id; `None` for everything else.
pub(crate) fn plain_entry(message: &[u8], id: i32) -> Result<Option<&[u8]>, Malformed> {
    let mut body = Elements(Elements(message).expect(SEQUENCE)?);
    let is_answer = body.integer(INTEGER)? == id;
    let (tag, content) = body.next()?;
    Ok((is_answer && tag == 0x64 && body.is_empty()).then_some(content))
}

pub(crate) fn entry(content: &[u8]) -> Result<Entry, Malformed> {
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

/// An intermediate response (RFC 4511 section 4.13).
fn intermediate(content: &[u8]) -> Result<Reply, Malformed> {
    let mut fields = Elements(content);
    if fields.peek() != Some(0x80) || fields.expect(0x80)? != sync::INFO.as_bytes() {
        return Ok(Reply::Intermediate);
    }
    sync::info(fields.expect(0x81)?).map(Reply::Info)
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
    Ok(Outcome { code, message, referral, ..Outcome::default() })
}

/// The response controls. Elements that are no controls are passed over: Active Directory puts the name of its
/// notice of disconnection there.
fn controls(mut rest: Elements<'_>) -> Result<Vec<(String, Vec<u8>)>, Malformed> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (0xa0, content) = rest.next()? else { continue };
        let mut controls = Elements(content);
        while !controls.is_empty() {
            let mut control = Elements(controls.expect(SEQUENCE)?);
            let oid = text(control.expect(OCTET_STRING)?);
            if control.peek() == Some(BOOLEAN) {
                control.next()?;
            }
            let value = if control.is_empty() { &[] } else { control.expect(OCTET_STRING)? };
            found.push((oid, value.to_vec()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
