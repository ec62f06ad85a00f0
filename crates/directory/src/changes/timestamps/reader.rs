//! The pages of what changed, and where it is due the list of all ids.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use domain::{DirectoryKind, Entry};
use ports::{
    ChangePage, ChangeReader, ChangedObject, ChangesRequest, Container, Members, SourceEntry, SourceError,
};

use super::mark::latest_possible;
use super::position::{ANOTHER, Position, seconds};
use super::{Plan, is_limit, time};
use crate::attributes::{tidy, to_ask};
use crate::changes::list;
use crate::changes::place::Place;
use crate::connection::Connection;
use crate::filter::Filter;
use crate::message::{Page, Scope, Search};
use crate::refusal::{self, told};
use crate::source::Inner;
use crate::{identity, ranges};

/// Entries a page where nothing but the id comes.
const IDS_A_PAGE: u32 = 1_000;

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Changes,
    Ids,
    End,
}

pub(super) struct Reader {
    inner: Arc<Inner>,
    /// Absent after the last page.
    connection: Option<Connection>,
    plan: Plan,
    request: ChangesRequest,
    known: Position,
    next: Position,
    /// When the first request was sent.
    began: Instant,
    /// A page that came and was not understood yet.
    ahead: Option<Vec<Entry>>,
    cookie: Vec<u8>,
    stage: Stage,
    pages: usize,
    changed: bool,
    /// How many witnesses came, and whether one of them is older than it was.
    witnesses: (usize, bool),
    /// Ids listed, since when.
    listed: (usize, Instant),
    is_sweep: bool,
    /// After an error nothing more is told: a page that is left out would never come again.
    failed: Option<SourceError>,
}

impl Reader {
    pub fn new(
        inner: &Arc<Inner>,
        connection: Connection,
        plan: Plan,
        known: Position,
        request: ChangesRequest,
        began: Instant,
        (entries, cookie): (Vec<Entry>, Vec<u8>),
    ) -> Self {
        let mut reader = Self {
            inner: Arc::clone(inner),
            connection: Some(connection),
            plan,
            request,
            next: known.clone(),
            known,
            began,
            ahead: None,
            cookie,
            stage: Stage::Changes,
            pages: 0,
            changed: false,
            witnesses: (0, false),
            listed: (0, began),
            is_sweep: false,
            failed: None,
        };
        reader.meet(entries);
        reader
    }

    /// Whether the directory is another than it was, as far as the pages show that came.
    pub fn is_another(&self) -> bool {
        let (met, older) = self.witnesses;
        // Each may have been deleted rightly; that all of them were is less likely.
        older || (self.cookie.is_empty() && met == 0 && !self.known.witnesses.is_empty())
    }

    pub async fn give_up(mut self) {
        if let Some(connection) = self.connection.take() {
            self.inner.give_back(connection).await;
        }
    }

    /// Looks at a page of changes before it is worked off.
    fn meet(&mut self, mut entries: Vec<Entry>) {
        self.pages += 1;
        let latest_possible = latest_possible();
        entries.retain(|entry| {
            let Some(changed) = time::changed(entry) else { return true };
            let id = identity::of(entry);
            if let Some(witness) = self.known.witnesses.iter().find(|witness| witness.id == id) {
                self.witnesses.0 += 1;
                self.witnesses.1 |= changed < witness.changed;
            }
            if changed <= latest_possible {
                self.next.latest = self.next.latest.max(changed);
                self.next.remember(entry, changed);
            }
            changed > self.known.settled
        });
        self.changed |= entries.iter().filter_map(time::changed).any(|changed| changed > self.known.latest);
        self.ahead = Some(entries);
    }

    async fn step(&mut self) -> Result<Option<ChangePage>, SourceError> {
        let mut page = ChangePage::default();
        match self.stage {
            Stage::End => return Ok(None),
            Stage::Changes => {
                if self.ahead.is_none() && !self.read_on(&mut page).await? {
                    return Ok(Some(page));
                }
                for entry in self.ahead.take().unwrap_or_default() {
                    self.take(entry, &mut page).await?;
                }
                if self.cookie.is_empty() {
                    self.changes_end(&mut page).await?;
                }
            }
            Stage::Ids => self.list_on(&mut page).await?,
        }
        let is_over = self.stage == Stage::End && page == ChangePage::default();
        Ok((!is_over).then_some(page))
    }

    /// The next page of changes; `false` when the directory gives no more of them.
    async fn read_on(&mut self, page: &mut ChangePage) -> Result<bool, SourceError> {
        let Some(connection) = &mut self.connection else { return Ok(false) };
        match self.plan.ask(connection, &self.cookie).await? {
            Ok((entries, cookie)) => {
                self.cookie = cookie;
                self.meet(entries);
                Ok(true)
            }
            Err(outcome) if is_limit(&outcome, &connection.profile) => {
                // What was told is true; but asking again from here would end here again.
                let reason = format!("the directory did not tell all changes ({})", told(&outcome));
                self.lose(page, reason).await?;
                Ok(false)
            }
            Err(outcome) => Err(refusal::of_search(&outcome, connection.profile.context()?)),
        }
    }

    async fn take(&mut self, mut entry: Entry, page: &mut ChangePage) -> Result<(), SourceError> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let object_id = identity::of(&entry);
        if object_id.is_empty() {
            return Ok(());
        }
        match Place::of(&entry, &connection.profile, &self.request.kinds) {
            Place::Object(kind) => {
                let partial = tidy(&mut entry, DirectoryKind::Ldap);
                if ranges::complete(connection, &mut entry, partial).await? {
                    let object = SourceEntry { object_id, entry };
                    page.objects.push(ChangedObject { kind, object, members: Members::Whole });
                }
            }
            Place::Container => {
                // A change tells that a container is another now, not how. A new one concerns nobody.
                let made = time::made(&entry);
                let is_new =
                    made.is_some_and(|made| made > self.known.settled) && made == time::changed(&entry);
                if !is_new {
                    page.containers.push(Container { object_id, dn: entry.dn });
                }
            }
            Place::Nowhere => page.gone.push(object_id),
        }
        Ok(())
    }

    /// All changes were told: how far that is, and whether the ids are looked through as well.
    async fn changes_end(&mut self, page: &mut ChangePage) -> Result<(), SourceError> {
        if self.is_another() {
            return self.lose(page, ANOTHER.to_owned()).await;
        }
        let pace = self.inner.pace();
        let must_list = {
            let mut memory = self.inner.memory.lock().await;
            if memory.was_over(self.known.latest, self.began, pace) {
                self.next.settled = self.next.settled.max(self.known.latest);
            }
            if self.pages == 1 {
                // The latest second had begun when the only request was answered.
                self.next.settled = self.next.settled.max(self.next.latest - seconds(pace.settled_after));
            }
            memory.saw(self.next.latest);
            memory.must_list(self.changed, pace)
        };
        if must_list {
            self.stage = Stage::Ids;
            self.listed = (0, Instant::now());
            Ok(())
        } else {
            self.end(page).await
        }
    }

    /// One page of all ids.
    async fn list_on(&mut self, page: &mut ChangePage) -> Result<(), SourceError> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let base = connection.profile.base()?.to_owned();
        let search = Search {
            base: &base,
            scope: Scope::Subtree,
            filter: &Filter::everything(),
            attributes: &to_ask(&[], DirectoryKind::Ldap),
            page: Some(Page { size: IDS_A_PAGE, cookie: &self.cookie }),
            controls: &[],
        };
        match list(connection, search).await? {
            Ok((entries, cookie)) => {
                self.cookie = cookie;
                page.present.extend(entries.iter().map(identity::of).filter(|id| !id.is_empty()));
                self.listed.0 += page.present.len();
                if !self.cookie.is_empty() {
                    return Ok(());
                }
                if self.listed.0 == 0 {
                    return Err(SourceError::Incomplete { reason: "it lists nothing at all".to_owned() });
                }
                self.is_sweep = true;
            }
            Err(outcome) if is_limit(&outcome, &connection.profile) => {
                page.notes.push(format!(
                    "The directory did not list all ids ({}). What was deleted is found when everything is read.",
                    told(&outcome)
                ));
            }
            Err(outcome) => return Err(refusal::of_search(&outcome, &base)),
        }
        self.inner.memory.lock().await.listed(self.listed.1.elapsed());
        self.end(page).await
    }

    async fn end(&mut self, page: &mut ChangePage) -> Result<(), SourceError> {
        self.stage = Stage::End;
        if let Some(connection) = self.connection.take() {
            self.inner.give_back(connection).await;
        }
        if self.next != self.known {
            page.cursor = Some(self.next.cursor()?);
        }
        Ok(())
    }

    /// Has everything read: now, and by the next request for changes if that comes to nothing.
    async fn lose(&mut self, page: &mut ChangePage, reason: String) -> Result<(), SourceError> {
        page.lost = Some(reason.clone());
        self.next = Position { lost: Some(reason), ..self.known.clone() };
        self.end(page).await
    }
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
