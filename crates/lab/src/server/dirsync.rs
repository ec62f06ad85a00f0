//! The DirSync control (MS-ADTS 3.1.1.3.4.1.3): everything at first, then what changed since a cookie.
//!
//! A cookie holds a sequence number and, while the first enumeration lasts, the next object. It stays good over
//! restarts, because a replayed forest numbers its changes alike.

use ldap3_proto::control::LdapControl;
use tokio_util::bytes::BytesMut;

use super::{
    search::{CHUNK, GLANCE, Progress, Query},
    write::EntryWriter,
};
use crate::model::{Attr, Kind, ObjectId, State, View};

const MAGIC: &[u8; 4] = b"MSDS";
const INCREMENTAL_VALUES: i64 = 0x8000_0000;
const MOST_ENTRIES: u32 = 1_000;
/// Always part of an answer.
const ALWAYS: [Attr; 2] = [Attr::ObjectGuid, Attr::InstanceType];

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Enumerating; what changed after the number comes when that is done.
    First {
        next: ObjectId,
        usn: u64,
    },
    Since(u64),
}

/// A DirSync search in progress.
#[derive(Debug)]
pub(super) struct DirSync {
    position: Position,
    incremental_values: bool,
    most_bytes: usize,
    sent_bytes: usize,
    left: u32,
    more: bool,
}

impl DirSync {
    /// `None`: the cookie is not one of this forest's.
    pub(super) fn new(flags: i64, most_bytes: i64, cookie: &[u8], state: &State) -> Option<Self> {
        let position = if cookie.is_empty() {
            Position::First { next: ObjectId::new(Kind::Fixed, 0), usn: state.highest_usn() }
        } else {
            Position::read(cookie, state)?
        };
        Some(Self {
            position,
            incremental_values: flags & INCREMENTAL_VALUES != 0,
            most_bytes: usize::try_from(most_bytes).ok().filter(|&most| most > 0).unwrap_or(usize::MAX),
            sent_bytes: 0,
            left: MOST_ENTRIES,
            more: false,
        })
    }

    /// The answer's control: whether there is more now, and the next cookie.
    pub(super) fn control(&self, state: &State) -> LdapControl {
        let cookie = self.position.write(state);
        LdapControl::AdDirsync { flags: self.more.into(), max_bytes: 0, cookie: Some(cookie) }
    }

    /// Appends entries like [`Query::fill`].
    pub(super) fn fill(&mut self, query: &Query, state: &State, buffer: &mut BytesMut) -> Progress {
        let before = buffer.len();
        let room = self.most_bytes.saturating_sub(self.sent_bytes);
        let progress = match self.position {
            Position::First { next, usn } => self.fill_first(next, usn, query, state, room, buffer),
            Position::Since(usn) => self.fill_changes(usn, query, state, room, buffer),
        };
        self.sent_bytes += buffer.len() - before;
        match progress {
            Progress::More if self.sent_bytes >= self.most_bytes => {
                self.more = true;
                Progress::End
            }
            Progress::Limit => {
                self.more = true;
                Progress::End
            }
            progress => progress,
        }
    }

    fn fill_first(
        &mut self,
        from: ObjectId,
        usn: u64,
        query: &Query,
        state: &State,
        room: usize,
        buffer: &mut BytesMut,
    ) -> Progress {
        let mut next = Some(from);
        for _ in 0..GLANCE {
            let Some(id) = next.and_then(|next| state.at_or_after(next, |_| true)) else {
                self.position = Position::Since(usn);
                return Progress::End;
            };
            self.position = Position::First { next: id, usn };
            if self.left == 0 {
                return Progress::Limit;
            }
            if buffer.len() >= room.min(CHUNK) {
                return Progress::More;
            }
            let view = View::new(state, id);
            if query.matches(&view) {
                self.left -= 1;
                self.write(None, &view, query, buffer);
            }
            next = id.next();
            self.position = next.map_or(Position::Since(usn), |next| Position::First { next, usn });
        }
        Progress::More
    }

    fn fill_changes(
        &mut self,
        since: u64,
        query: &Query,
        state: &State,
        room: usize,
        buffer: &mut BytesMut,
    ) -> Progress {
        for (usn, id) in state.changed_after(since) {
            if self.left == 0 {
                return Progress::Limit;
            }
            if buffer.len() >= room.min(CHUNK) {
                return Progress::More;
            }
            let view = View::new(state, id);
            if query.matches(&view) {
                self.left -= 1;
                self.write(Some(since), &view, query, buffer);
            }
            self.position = Position::Since(usn);
        }
        Progress::End
    }

    /// Writes what changed of an object; without `since`, all that it has.
    fn write(&self, since: Option<u64>, view: &View<'_>, query: &Query, buffer: &mut BytesMut) {
        let types_only = query.selection.types_only;
        let mut entry = EntryWriter::new(buffer, query.message, &view.state.dn(view.id));
        for attr in ALWAYS {
            entry.attribute(attr.name(), types_only, false, |out| view.each(attr, out));
        }
        for (attr, _) in query.selection.attributes().filter(|(attr, _)| is_replicated(*attr)) {
            if since.is_some_and(|since| !view.changed_since(attr, since)) {
                continue;
            }
            if attr == Attr::Member && self.incremental_values {
                let added = |out: &mut dyn FnMut(&[u8])| match since {
                    None => view.each(attr, out),
                    Some(since) => view.each_member_change(since, true, out),
                };
                entry.attribute("member;range=1-1", types_only, false, added);
                let removed = |out: &mut dyn FnMut(&[u8])| {
                    if let Some(since) = since {
                        view.each_member_change(since, false, out);
                    }
                };
                entry.attribute("member;range=0-0", types_only, false, removed);
            } else {
                // An attribute without values tells that it was removed.
                entry.attribute(attr.name(), types_only, since.is_some(), |out| view.each(attr, out));
            }
        }
        entry.finish();
    }
}

/// DirSync tells what replicates: not the other end of links, not what each server counts for itself.
fn is_replicated(attr: Attr) -> bool {
    let local = [
        Attr::MemberOf,
        Attr::DirectReports,
        Attr::DistinguishedName,
        Attr::UsnCreated,
        Attr::UsnChanged,
        Attr::WhenChanged,
        Attr::BadPwdCount,
        Attr::LogonCount,
    ];
    !ALWAYS.contains(&attr) && !local.contains(&attr) && (attr == Attr::ParentGuid || !attr.is_constructed())
}

impl Position {
    fn write(self, state: &State) -> Vec<u8> {
        let (usn, next) = match self {
            Self::First { next, usn } => (usn, u64::from(next.number()) + 1),
            Self::Since(usn) => (usn, 0),
        };
        let mut cookie = MAGIC.to_vec();
        cookie.extend(ObjectId::new(Kind::Fixed, 0).guid(state.blueprint.seed));
        cookie.extend(usn.to_le_bytes());
        cookie.extend(next.to_le_bytes());
        cookie
    }

    fn read(cookie: &[u8], state: &State) -> Option<Self> {
        let rest = cookie.strip_prefix(MAGIC)?;
        let rest = rest.strip_prefix(&ObjectId::new(Kind::Fixed, 0).guid(state.blueprint.seed))?;
        let (usn, next) = rest.split_at_checked(8)?;
        let usn = u64::from_le_bytes(usn.try_into().ok()?);
        let next = u64::from_le_bytes(next.try_into().ok()?);
        match next.checked_sub(1) {
            None => Some(Self::Since(usn)),
            Some(next) => Some(Self::First { next: ObjectId::from_number(u32::try_from(next).ok()?), usn }),
        }
    }
}
