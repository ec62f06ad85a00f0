//! The task behind a reading.

use domain::Entry;
use ports::SourceError;
use tokio::sync::mpsc;

use super::references::References;
use super::shelf::Shelf;
use super::{Plan, Progress};
use crate::attributes::tidy;
use crate::connection::{Connection, Item};
use crate::message::{Outcome, Page, Scope, Search};
use crate::{ranges, refusal};

/// Empty pages in a row after which a directory is taken to run in circles.
const MOST_EMPTY_PAGES: usize = 1_000;
/// Bytes after which a page is handed out before it is full: five hundred large groups fill a memory.
pub(crate) const LARGE_PAGE: usize = 8 * 1024 * 1024;

pub(super) struct Reading<S: Shelf> {
    connection: Connection,
    plan: Plan,
    sender: mpsc::Sender<Progress<S::Page>>,
    references: References,
    /// What was read and not yet handed out, and how large it is.
    ready: S,
    ready_bytes: usize,
}

/// Why a reading stops before its end.
enum Stop {
    Failed(SourceError),
    /// Nobody waits for it any more.
    Unwanted,
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

/// An entry whose values did not all come, and the attributes that they belong to.
type Partial = (Entry, Vec<String>);

/// What remains to be done when a page has come.
struct Rest {
    partial: Vec<Partial>,
    was_empty: bool,
    outcome: Outcome,
}

impl<S: Shelf> Reading<S> {
    pub fn new(
        connection: Connection,
        plan: Plan,
        ready: S,
        sender: mpsc::Sender<Progress<S::Page>>,
    ) -> Self {
        let references = References::default();
        Self { connection, plan, sender, references, ready, ready_bytes: 0 }
    }

    /// Reads everything, and says how it ended.
    pub async fn run(mut self) {
        let last = match self.read_all().await {
            Ok(()) => Progress::End,
            Err(Stop::Failed(error)) => Progress::Failed(error),
            Err(Stop::Unwanted) => return,
        };
        // The last word may find nobody: then the reading was given up at the same moment.
        let _ = self.sender.send(last).await;
        self.connection.close().await;
    }

    async fn read_all(&mut self) -> Result<(), Stop> {
        for base in std::mem::take(&mut self.plan.bases) {
            self.read_base(&base).await?;
        }
        Ok(())
    }

    async fn read_base(&mut self, base: &str) -> Result<(), Stop> {
        let mut request = Some(self.request(base, &[]).await?);
        let mut empty_pages = 0;
        while let Some(id) = request {
            let Rest { partial, was_empty, outcome } = self.collect(id).await?;
            if outcome.code != 0 {
                return Err(refusal::of_search(&outcome, base).into());
            }
            empty_pages = if was_empty { empty_pages + 1 } else { 0 };
            if empty_pages > MOST_EMPTY_PAGES {
                let reason = "it gives empty pages without end".into();
                return Err(SourceError::Incomplete { reason }.into());
            }
            for (mut entry, attributes) in partial {
                if ranges::complete(&mut self.connection, &mut entry, attributes).await? {
                    self.keep(entry).await?;
                }
            }
            self.hand_out().await?;
            // Asked only now: an answer that nobody reads would fill the directory's buffers while the engine works,
            // and a directory cuts off who does not read.
            request = match outcome.cookie.as_slice() {
                [] => None,
                cookie => Some(self.request(base, cookie).await?),
            };
        }
        Ok(())
    }

    async fn request(&mut self, base: &str, cookie: &[u8]) -> Result<i32, SourceError> {
        let search = Search {
            base,
            scope: Scope::Subtree,
            filter: &self.plan.filter,
            attributes: &self.plan.attributes,
            page: Some(Page { size: self.plan.page_size, cookie }),
            controls: &[],
        };
        self.connection.start(search).await
    }

    /// One page of the directory. Entries that came whole are kept, the others are left for when the connection is
    /// free to ask for the rest of their values.
    async fn collect(&mut self, id: i32) -> Result<Rest, Stop> {
        let kind = self.connection.profile.kind;
        let (mut count, mut partial) = (0, Vec::new());
        loop {
            let (ready, ready_bytes, most) = (&mut self.ready, &mut self.ready_bytes, self.plan.page_size);
            let item = self.connection.next_not_taken(id, |content| {
                if count == most || *ready_bytes >= LARGE_PAGE {
                    return Ok(false);
                }
                let Some(size) = ready.keep_message(content, kind)? else { return Ok(false) };
                *ready_bytes += size;
                count += 1;
                Ok(true)
            });
            match item.await? {
                Item::Entry(_) if count == self.plan.page_size => {
                    let problem = "it sends larger pages than it was asked for".into();
                    return Err(SourceError::Directory(problem).into());
                }
                Item::Entry(mut entry) => {
                    count += 1;
                    match tidy(&mut entry, kind) {
                        attributes if attributes.is_empty() => self.keep(entry).await?,
                        attributes => partial.push((entry, attributes)),
                    }
                }
                Item::Reference(url) => self.references.skip(&url),
                Item::Done(outcome) => return Ok(Rest { partial, was_empty: count == 0, outcome }),
            }
        }
    }

    async fn keep(&mut self, entry: Entry) -> Result<(), Stop> {
        if self.ready_bytes >= LARGE_PAGE {
            self.hand_out().await?;
        }
        self.ready_bytes += self.ready.keep(entry);
        if self.ready_bytes < LARGE_PAGE { Ok(()) } else { self.hand_out().await }
    }

    async fn hand_out(&mut self) -> Result<(), Stop> {
        let notes: Vec<String> = self.references.note().into_iter().collect();
        if self.ready.is_empty() && notes.is_empty() {
            return Ok(());
        }
        self.ready_bytes = 0;
        let page = Progress::Page(self.ready.page(notes));
        self.sender.send(page).await.map_err(|_| Stop::Unwanted)
    }
}
