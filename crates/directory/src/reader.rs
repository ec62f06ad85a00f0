//! A reading: the pages of one or more subtrees, one after the other, on a connection of their own.
//!
//! A task reads ahead while the engine works, and no further than one page in the channel and one in hand: memory
//! does not grow with the directory. Paging cookies live and die with the connection, which is why a reading never shares one.

use async_trait::async_trait;
use domain::Entry;
use ports::{PageReader, SourceEntry, SourceError, SourcePage};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::connection::{Connection, Item};
use crate::filter::Filter;
use crate::message::{Outcome, Page, Scope, Search};
use crate::{identity, ranges, refusal};

/// Empty pages in a row after which a directory is taken to run in circles.
const MOST_EMPTY_PAGES: usize = 1_000;

/// What the task tells. An orderly end is said, so that a task that dies cannot be taken for one.
enum Progress {
    Page(SourcePage),
    End,
    Failed(SourceError),
}

/// The engine's end of a reading.
pub(crate) struct LdapPages {
    progress: mpsc::Receiver<Progress>,
    task: AbortHandle,
    ended: bool,
}

/// What to read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub bases: Vec<String>,
    pub filter: Filter,
    pub attributes: Vec<String>,
    pub page_size: u32,
}

impl LdapPages {
    pub fn start(connection: Connection, plan: Plan) -> Self {
        let (sender, progress) = mpsc::channel(1);
        let mut reading = Reading { connection, plan, sender, references: References::default() };
        let task = tokio::spawn(async move {
            let last = match reading.read_all().await {
                Ok(()) => Progress::End,
                Err(error) => Progress::Failed(error),
            };
            // Nobody listens any more when the engine gave up.
            let _ = reading.sender.send(last).await;
            reading.connection.close().await;
        });
        Self { progress, task: task.abort_handle(), ended: false }
    }

    /// A reading of nothing.
    pub fn nothing() -> Empty {
        Empty
    }
}

impl Drop for LdapPages {
    fn drop(&mut self) {
        if !self.ended {
            self.task.abort();
        }
    }
}

#[async_trait]
impl PageReader for LdapPages {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        match self.progress.recv().await {
            Some(Progress::Page(page)) => Ok(Some(page)),
            Some(Progress::End) => {
                self.ended = true;
                Ok(None)
            }
            Some(Progress::Failed(error)) => Err(error),
            None => Err(SourceError::Incomplete { reason: "the reading was broken off before".into() }),
        }
    }
}

/// The pages of a kind of object that a directory does not have.
pub(crate) struct Empty;

#[async_trait]
impl PageReader for Empty {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        Ok(None)
    }
}

struct Reading {
    connection: Connection,
    plan: Plan,
    sender: mpsc::Sender<Progress>,
    references: References,
}

impl Reading {
    async fn read_all(&mut self) -> Result<(), SourceError> {
        for base in std::mem::take(&mut self.plan.bases) {
            self.read_base(&base).await?;
        }
        Ok(())
    }

    async fn read_base(&mut self, base: &str) -> Result<(), SourceError> {
        let mut request = Some(self.request(base, &[]).await?);
        let mut empty_pages = 0;
        while let Some(id) = request {
            let (found, outcome) = self.collect(id).await?;
            if outcome.code != 0 {
                return Err(refusal::of_search(&outcome, base));
            }
            empty_pages = if found.is_empty() { empty_pages + 1 } else { 0 };
            if empty_pages > MOST_EMPTY_PAGES {
                return Err(SourceError::Incomplete { reason: "it gives empty pages without end".into() });
            }
            let entries = self.complete(found).await?;
            let notes: Vec<String> = self.references.note().into_iter().collect();
            if !(entries.is_empty() && notes.is_empty()) {
                let page = Progress::Page(SourcePage { entries, notes });
                if self.sender.send(page).await.is_err() {
                    return Ok(());
                }
            }
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
        };
        self.connection.start(search).await
    }

    /// One page as it came.
    async fn collect(&mut self, id: i32) -> Result<(Vec<Entry>, Outcome), SourceError> {
        let most = self.plan.page_size as usize;
        let mut entries = Vec::new();
        loop {
            match self.connection.next(id).await? {
                Item::Entry(_) if entries.len() == most => {
                    return Err(SourceError::Directory("it sends larger pages than it was asked for".into()));
                }
                Item::Entry(entry) => entries.push(entry),
                Item::Reference(url) => self.references.skip(&url),
                Item::Done(outcome) => return Ok((entries, outcome)),
            }
        }
    }

    async fn complete(&mut self, found: Vec<Entry>) -> Result<Vec<SourceEntry>, SourceError> {
        let mut entries = Vec::with_capacity(found.len());
        for mut entry in found {
            if ranges::complete(&mut self.connection, &mut entry).await? {
                entries.push(SourceEntry { object_id: identity::of(&entry), entry });
            }
        }
        Ok(entries)
    }
}

/// Parts of the tree that other servers hold. They are skipped and told of once.
#[derive(Debug, Default)]
struct References {
    first: Option<String>,
    told: bool,
}

impl References {
    fn skip(&mut self, url: &str) {
        if self.first.is_none() && !is_partition_without_people(url) {
            self.first = Some(url.to_owned());
        }
    }

    fn note(&mut self) -> Option<String> {
        let url = self.first.as_ref().filter(|_| !self.told)?;
        self.told = true;
        Some(format!(
            "The directory refers to another server for a part of the tree ({url}); such parts are not read."
        ))
    }
}

/// Active Directory refers to these beneath every domain.
fn is_partition_without_people(url: &str) -> bool {
    let name = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, name)| name);
    ["CN=Configuration,", "CN=Schema,", "DC=DomainDnsZones,", "DC=ForestDnsZones,"]
        .iter()
        .any(|start| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

#[cfg(test)]
mod tests;
