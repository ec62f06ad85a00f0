//! The answer to a request for changes, taken from the connection as it is wanted: what the engine does not ask for
//! waits in the directory.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{DirectoryKind, Entry};
use ports::{
    ChangePage, ChangeReader, ChangedObject, ChangesRequest, Container, Members, SourceEntry, SourceError,
};
use uuid::Uuid;

use super::REFUSED;
use super::position::{self, Position};
use crate::attributes::{tidy, to_ask};
use crate::changes::place::Place;
use crate::connection::Connection;
use crate::message::Outcome;
use crate::reader::{LARGE_PAGE, size};
use crate::source::Inner;
use crate::sync::{self, Info, Piece, State, Tag};
use crate::{identity, ranges, refusal};

/// Ids a page, of what is gone or still there.
const IDS_A_PAGE: usize = 5_000;

/// What an administrator of 389-ds has to do.
const UNNAMED: &str = "the directory says that something changed, but not what \
    (389-ds needs nsslapd-attribute: nsuniqueid:targetUniqueId in its Retro Changelog Plugin)";

pub(super) struct Reader {
    inner: Arc<Inner>,
    /// Absent after the last page.
    connection: Option<Connection>,
    request: ChangesRequest,
    search: i32,
    /// Read before, and not understood yet.
    ahead: Option<Piece>,
    ids: Ids,
    known: Position,
    /// The entries that changed last, for the next position.
    next: Position,
    seen: Seen,
    is_sweep: bool,
    /// After an error nothing more is told: a page that is left out would never come again.
    failed: Option<SourceError>,
}

/// Ids of a notice that were not handed out yet.
#[derive(Default)]
struct Ids {
    are_gone: bool,
    ids: VecDeque<Uuid>,
}

/// What came so far.
#[derive(Default)]
struct Seen {
    anything: bool,
    /// Something was named because it is still there.
    present: bool,
    /// Something was named because it is gone.
    gone: bool,
    /// The directory said that it had named everything that is there.
    all: bool,
    /// An entry's id is another than the one that it is told by, so what is gone cannot be understood.
    foreign_ids: bool,
    /// Those of the known position's witnesses that are gone.
    witnesses: Vec<String>,
}

/// What to ask of each entry.
pub(super) fn attributes(request: &ChangesRequest) -> Vec<String> {
    let mut wanted = ["objectClass", "entryCSN", "createTimestamp"].map(str::to_owned).to_vec();
    wanted.extend(request.kinds.iter().flat_map(|kind| kind.attributes.iter().cloned()));
    to_ask(&wanted, DirectoryKind::Ldap)
}

impl Reader {
    pub fn new(
        inner: &Arc<Inner>,
        connection: Connection,
        (search, first): (i32, Piece),
        known: Position,
        request: ChangesRequest,
    ) -> Self {
        Self {
            inner: Arc::clone(inner),
            connection: Some(connection),
            request,
            search,
            ahead: Some(first),
            ids: Ids::default(),
            next: known.clone(),
            known,
            seen: Seen::default(),
            is_sweep: false,
            failed: None,
        }
    }

    /// The next page; empty when there is nothing more.
    async fn step(&mut self) -> Result<Option<ChangePage>, SourceError> {
        let mut page = ChangePage::default();
        let mut bytes = 0;
        let most = usize::try_from(self.request.page_size).unwrap_or(usize::MAX).max(1);
        loop {
            self.hand_out_ids(&mut page);
            if page.objects.len() >= most
                || bytes >= LARGE_PAGE
                || page.gone.len() + page.present.len() >= IDS_A_PAGE
            {
                return Ok(Some(page));
            }
            let Some(connection) = &mut self.connection else { break };
            let piece = match self.ahead.take() {
                Some(piece) => piece,
                None => connection.next_synced(self.search).await?,
            };
            if tells_of_leaving(&piece) && !page.objects.is_empty() {
                // In a page what is gone counts first.
                self.ahead = Some(piece);
                return Ok(Some(page));
            }
            match piece {
                Piece::Entry(entry, tag) => {
                    bytes += size(&entry);
                    self.take(entry, tag, &mut page).await?;
                }
                Piece::Info(info) => self.note(info),
                Piece::Reference(_) => {}
                Piece::Done(outcome) => {
                    if let Some(connection) = self.connection.take() {
                        self.end(connection, &outcome, &mut page).await?;
                    }
                }
            }
        }
        Ok((page != ChangePage::default()).then_some(page))
    }

    fn hand_out_ids(&mut self, page: &mut ChangePage) {
        let room = IDS_A_PAGE.saturating_sub(page.gone.len() + page.present.len());
        let count = room.min(self.ids.ids.len());
        let target = if self.ids.are_gone { &mut page.gone } else { &mut page.present };
        target.extend(self.ids.ids.drain(..count).map(|id| id.hyphenated().to_string()));
    }

    fn note(&mut self, info: Info) {
        match info {
            Info::NewCookie | Info::RefreshDelete => {}
            Info::RefreshPresent => self.seen.all = true,
            Info::Gone(ids) => {
                for id in &ids {
                    self.leaves(*id);
                }
                self.ids = Ids { are_gone: true, ids: ids.into() };
            }
            Info::Present(ids) => {
                self.seen.anything |= !ids.is_empty();
                self.seen.present |= !ids.is_empty();
                self.ids = Ids { are_gone: false, ids: ids.into() };
            }
        }
    }

    fn leaves(&mut self, id: Uuid) {
        (self.seen.anything, self.seen.gone) = (true, true);
        let id = id.hyphenated().to_string();
        self.next.witnesses.retain(|witness| witness.id != id);
        if self.known.witnesses.iter().any(|witness| witness.id == id) {
            self.seen.witnesses.push(id);
        }
    }

    async fn take(
        &mut self,
        mut entry: Entry,
        tag: Option<Tag>,
        page: &mut ChangePage,
    ) -> Result<(), SourceError> {
        let Some(Tag { state, id }) = tag else {
            return Err(SourceError::Directory("it tells changes without saying what changed".to_owned()));
        };
        self.seen.anything = true;
        match state {
            State::Delete => {
                self.leaves(id);
                page.gone.push(id.hyphenated().to_string());
                return Ok(());
            }
            State::Present => {
                self.seen.present = true;
                page.present.push(id.hyphenated().to_string());
                return Ok(());
            }
            State::Add | State::Modify => {}
        }
        if let Some(witness) = position::witness(&entry) {
            self.next.remember(witness);
        }
        let Some(profile) = self.connection.as_ref().map(|connection| &connection.profile) else {
            return Ok(());
        };
        let (told, own) = (id.hyphenated().to_string(), identity::of(&entry));
        self.seen.foreign_ids |= !own.is_empty() && own != told;
        let object_id = if own.is_empty() { told } else { own };
        match Place::of(&entry, profile, &self.request.kinds) {
            Place::Object(kind) => {
                let partial = tidy(&mut entry, DirectoryKind::Ldap);
                if partial.is_empty() || complete(&self.inner, &mut entry, partial).await? {
                    let object = SourceEntry { object_id, entry };
                    page.objects.push(ChangedObject { kind, object, members: Members::Whole });
                }
            }
            // A change tells that a container is another now, not how. A new one concerns nobody.
            Place::Container if self.known.is_before_making_of(&entry) => {}
            Place::Container => page.containers.push(Container { object_id, dn: entry.dn }),
            Place::Nowhere => page.gone.push(object_id),
        }
        Ok(())
    }

    /// The directory has told everything.
    async fn end(
        &mut self,
        mut connection: Connection,
        outcome: &Outcome,
        page: &mut ChangePage,
    ) -> Result<(), SourceError> {
        if outcome.code != 0 {
            let error = refusal::of_search(outcome, connection.profile.context()?);
            self.inner.give_back(connection).await;
            if !REFUSED.contains(&outcome.code) {
                return Err(error);
            }
            // What was told is true; but asking again from here would end here again.
            return self
                .lose(page, format!("the directory did not tell all changes ({})", refusal::told(outcome)));
        }
        let malformed =
            || SourceError::Directory("it ended changes without saying how far it came".to_owned());
        let done = sync::done(outcome).ok().flatten().ok_or_else(malformed)?;
        let unchanged =
            done.cookie.as_deref().is_none_or(|cookie| self.known.cookie().as_deref() == Some(cookie));
        if !self.seen.anything && unchanged {
            self.inner.give_back(connection).await;
            return Ok(());
        }
        if !self.seen.anything && connection.profile.always_tells_deletes() {
            // 389-ds passes over what its change log does not name by id, and moves on.
            self.inner.give_back(connection).await;
            return self.lose(page, UNNAMED.to_owned());
        }
        let is_same = position::is_same_history(&mut connection, &self.known, &self.seen.witnesses).await;
        let names_all = self.seen.all || !done.deletes_told && !connection.profile.always_tells_deletes();
        let mut next = match &done.cookie {
            Some(cookie) => Position::new(&connection, cookie)?,
            None => self.known.clone(),
        };
        self.inner.give_back(connection).await;
        if !is_same? {
            return self.lose(page, "another or a restored server answered".to_owned());
        }
        if self.seen.foreign_ids {
            return self
                .lose(page, "the directory tells changes by other ids than its entries have".to_owned());
        }
        if names_all && !self.seen.present {
            // Whether everything is new or a server forgot to say that it names what is gone cannot be told apart.
            return self.lose(page, "the directory did not say what is still there".to_owned());
        }
        self.is_sweep = names_all;
        next.witnesses = std::mem::take(&mut self.next.witnesses);
        page.cursor = Some(next.cursor()?);
        Ok(())
    }

    /// Has everything read: now, and by the next request for changes if that comes to nothing.
    fn lose(&mut self, page: &mut ChangePage, reason: String) -> Result<(), SourceError> {
        page.lost = Some(reason.clone());
        let mut position = self.known.clone();
        position.lost = Some(reason);
        page.cursor = Some(position.cursor()?);
        Ok(())
    }
}

/// Fetches the rest of an entry's values, on another connection: the reader's is busy with the answer.
async fn complete(inner: &Inner, entry: &mut Entry, partial: Vec<String>) -> Result<bool, SourceError> {
    let mut other = inner.connection().await?;
    let is_there = ranges::complete(&mut other, entry, partial).await;
    inner.give_back(other).await;
    is_there
}

fn tells_of_leaving(piece: &Piece) -> bool {
    matches!(piece, Piece::Info(Info::Gone(_)) | Piece::Entry(_, Some(Tag { state: State::Delete, .. })))
}

#[async_trait]
impl ChangeReader for Reader {
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let page = self.step().await;
        self.failed = page.as_ref().err().cloned();
        page
    }

    fn is_sweep(&self) -> bool {
        self.is_sweep
    }
}
