//! What is said over the channel, and how it is written.

mod contents;
pub(crate) mod page;

use domain::agent::{Beat, Patience};
use domain::{Cursor, Entry, ObjectKind, Time};
use ports::{
    Browse, ChangePage, ChangesRequest, Container, KindRequest, Listing, ReadRequest, SourceEntry,
    SourceError, SourceInfo, SourcePage, Which,
};
use serde::{Deserialize, Serialize};

use crate::wire::{Malformed, Reader, Wire, Writer, tagged};

/// The highest version of the protocol that this code speaks. An agent offers its own when it connects; the portal
/// answers with the one that is taken, which is never higher.
pub const PROTOCOL: u16 = 3;
/// From this version on agents understand [`ToAgent::ChangeKey`].
pub const CHANGES_KEY: u16 = 2;
/// The first version whose agents can be asked to browse.
pub const BROWSES: u16 = 2;
/// The first version whose agents find somebody by a part of a name.
pub const FINDS: u16 = 3;
/// The lowest that the portal still takes.
pub const OLDEST_PROTOCOL: u16 = 1;
/// The header that offers a version, and answers with one.
pub const PROTOCOL_HEADER: &str = "skybridge-protocol";
/// Where an agent opens the channel.
pub const PATH: &str = "/agents/channel";

/// The version that both ends speak; `None` when there is none.
pub fn agreed(offered: u16) -> Option<u16> {
    (offered >= OLDEST_PROTOCOL).then(|| offered.min(PROTOCOL))
}

/// What the portal says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// Names of the domains that the agent may serve.
    pub domains: Vec<String>,
    /// The portal's clock.
    pub server_time: Time,
    pub patience: Patience,
    /// Port of the status listener on the portal's host; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_port: Option<u16>,
}

/// From the portal to an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum ToAgent {
    Welcome(Welcome),
    /// A new request. `pages`: how many pages may be sent before more are allowed.
    Ask {
        id: u32,
        domain: String,
        pages: u32,
        ask: Ask,
    },
    /// So many pages more.
    Allow {
        id: u32,
        pages: u32,
    },
    /// Nobody waits for the answer any more.
    Cancel {
        id: u32,
    },
    /// The beat with the readiness checks came: they need not be sent again.
    BeatTaken,
    /// The agent shall change its key now.
    ChangeKey,
}

/// From an agent to the portal.
#[derive(Debug, Clone, PartialEq)]
pub enum ToPortal {
    Reply { id: u32, reply: Reply },
    Beat(Beat),
}

/// A question to a directory: the methods of [`ports::Source`].
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    Probe,
    Container {
        dn: String,
    },
    ContainerById {
        object_id: String,
    },
    Read {
        request: ReadRequest,
    },
    Object {
        dn: String,
        attributes: Vec<String>,
    },
    Objects {
        which: Named,
        kinds: Vec<KindRequest>,
    },
    Mark,
    Changes {
        request: ChangesRequest,
    },
    /// Since [`BROWSES`].
    Browse {
        what: Browse,
    },
}

/// [`Which`] that owns what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Ids {
        ids: Vec<String>,
    },
    Names {
        names: Vec<String>,
    },
    Referring {
        names: Vec<String>,
        attributes: Vec<String>,
    },
    /// Since [`FINDS`].
    Called {
        text: String,
    },
}

impl Named {
    pub fn of(which: Which<'_>) -> Self {
        match which {
            Which::Ids(ids) => Self::Ids { ids: ids.to_vec() },
            Which::Names(names) => Self::Names { names: names.to_vec() },
            Which::Referring { names, attributes } => {
                Self::Referring { names: names.to_vec(), attributes: attributes.to_vec() }
            }
            Which::Called(text) => Self::Called { text: text.to_owned() },
        }
    }

    pub fn which(&self) -> Which<'_> {
        match self {
            Self::Ids { ids } => Which::Ids(ids),
            Self::Names { names } => Which::Names(names),
            Self::Referring { names, attributes } => Which::Referring { names, attributes },
            Self::Called { text } => Which::Called(text),
        }
    }
}

/// A part of an answer. Readings begin with `Started`, go on with pages and end with `End` or `Failed`; everything else
/// is answered by one.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Failed { error: SourceError },
    Info { info: SourceInfo },
    Container { container: Option<Container> },
    Object { entry: Option<Entry> },
    Objects { objects: Vec<(ObjectKind, SourceEntry)> },
    Mark { cursor: Option<Cursor> },
    Lost { reason: String },
    Started,
    Page { page: SourcePage },
    ChangePage { page: ChangePage },
    End { is_sweep: bool },
    Listing { listing: Option<Listing> },
}

tagged!(Ask {
    0 => Probe,
    1 => Container { dn },
    2 => ContainerById { object_id },
    3 => Read { request },
    4 => Object { dn, attributes },
    5 => Objects { which, kinds },
    6 => Mark,
    7 => Changes { request },
    8 => Browse { what },
});
tagged!(Named {
    0 => Ids { ids },
    1 => Names { names },
    2 => Referring { names, attributes },
    3 => Called { text },
});
/// The numbers of a reply among the messages and of a page among the replies, for who writes them piece by piece.
const REPLY: u8 = 0;
const PAGE: u8 = 8;

tagged!(Reply {
    0 => Failed { error },
    1 => Info { info },
    2 => Container { container },
    3 => Object { entry },
    4 => Objects { objects },
    5 => Mark { cursor },
    6 => Lost { reason },
    7 => Started,
    8 => Page { page },
    9 => ChangePage { page },
    10 => End { is_sweep },
    11 => Listing { listing },
});

impl ToAgent {
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::default();
        match self {
            Self::Welcome(welcome) => {
                to.bytes.push(0);
                put_json(welcome, &mut to);
            }
            Self::Ask { id, domain, pages, ask } => {
                to.bytes.push(1);
                id.put(&mut to);
                domain.put(&mut to);
                pages.put(&mut to);
                ask.put(&mut to);
            }
            Self::Allow { id, pages } => {
                to.bytes.push(2);
                id.put(&mut to);
                pages.put(&mut to);
            }
            Self::Cancel { id } => {
                to.bytes.push(3);
                id.put(&mut to);
            }
            Self::BeatTaken => to.bytes.push(4),
            Self::ChangeKey => to.bytes.push(5),
        }
        to.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let message = match from.byte()? {
            0 => Self::Welcome(take_json(&mut from)?),
            1 => Self::Ask {
                id: u32::take(&mut from)?,
                domain: String::take(&mut from)?,
                pages: u32::take(&mut from)?,
                ask: Ask::take(&mut from)?,
            },
            2 => Self::Allow { id: u32::take(&mut from)?, pages: u32::take(&mut from)? },
            3 => Self::Cancel { id: u32::take(&mut from)? },
            4 => Self::BeatTaken,
            5 => Self::ChangeKey,
            _ => return Err(Malformed("an unknown message")),
        };
        from.end()?;
        Ok(message)
    }
}

impl ToPortal {
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer::default();
        match self {
            Self::Reply { id, reply } => {
                to.bytes.push(REPLY);
                id.put(&mut to);
                reply.put(&mut to);
            }
            Self::Beat(beat) => {
                to.bytes.push(1);
                put_json(beat, &mut to);
            }
        }
        to.bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match Heading::of(bytes)? {
            Heading::Reply { id, reply } => Ok(Self::Reply { id, reply: decode_reply(reply)? }),
            Heading::Beat(beat) => Ok(Self::Beat(beat)),
        }
    }
}

/// A message to the portal of which only the beginning was read: who waits for the answer reads the rest.
#[derive(Debug)]
pub(crate) enum Heading<'a> {
    Reply { id: u32, reply: &'a [u8] },
    Beat(Beat),
}

impl<'a> Heading<'a> {
    pub fn of(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        match from.byte()? {
            0 => Ok(Self::Reply { id: u32::take(&mut from)?, reply: from.rest() }),
            1 => {
                let beat = take_json(&mut from)?;
                from.end()?;
                Ok(Self::Beat(beat))
            }
            _ => Err(Malformed("an unknown message")),
        }
    }
}

pub(crate) fn decode_reply(bytes: &[u8]) -> Result<Reply, Malformed> {
    let mut from = Reader::new(bytes);
    let reply = Reply::take(&mut from)?;
    from.end()?;
    Ok(reply)
}

/// What grows with versions travels as JSON: fields that a later version adds are passed over.
fn put_json(value: &impl Serialize, to: &mut Writer) {
    // Types of our own without maps of other keys than text: this cannot fail.
    to.slice(&serde_json::to_vec(value).unwrap_or_default());
}

fn take_json<T: for<'de> Deserialize<'de>>(from: &mut Reader<'_>) -> Result<T, Malformed> {
    serde_json::from_slice(from.slice()?).map_err(|_| Malformed("a report has another form"))
}

#[cfg(test)]
mod tests;
