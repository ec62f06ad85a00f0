//! A reading: the pages of one or more subtrees, one after the other, on a connection of their own.
//!
//! A task reads ahead while the engine works, and no further than one page in the channel and one in hand: memory
//! does not grow with the directory. Paging cookies live and die with the connection, which is why a reading never shares one.

mod reading;
mod references;
mod shelf;

use async_trait::async_trait;
use ports::{PageReader, PageWriter, SourceError, SourcePage, WrittenPages};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::connection::Connection;
use crate::filter::Filter;
pub(crate) use reading::LARGE_PAGE;
use reading::Reading;
pub(crate) use shelf::size;
use shelf::{Objects, Shelf, Written};

/// What the task tells. An orderly end is said, so that a task that dies cannot be taken for one.
enum Progress<P> {
    Page(P),
    End,
    Failed(SourceError),
}

/// The other end of a reading: pages of objects, or written ones.
pub(crate) struct LdapPages<P = SourcePage> {
    progress: mpsc::Receiver<Progress<P>>,
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
        Self::spawn(connection, plan, Objects::default())
    }
}

impl LdapPages<Vec<u8>> {
    pub fn start_written(connection: Connection, plan: Plan, writer: Box<dyn PageWriter>) -> Self {
        Self::spawn(connection, plan, Written::new(writer))
    }
}

impl<P: Send> LdapPages<P> {
    fn spawn<S: Shelf<Page = P>>(connection: Connection, plan: Plan, shelf: S) -> Self {
        let (sender, progress) = mpsc::channel(1);
        let task = tokio::spawn(Reading::new(connection, plan, shelf, sender).run());
        Self { progress, task: task.abort_handle(), ended: false }
    }

    async fn next(&mut self) -> Result<Option<P>, SourceError> {
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

impl<P> Drop for LdapPages<P> {
    fn drop(&mut self) {
        if !self.ended {
            self.task.abort();
        }
    }
}

#[async_trait]
impl PageReader for LdapPages {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        self.next().await
    }
}

#[async_trait]
impl WrittenPages for LdapPages<Vec<u8>> {
    async fn next_page(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        self.next().await
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

#[async_trait]
impl WrittenPages for Empty {
    async fn next_page(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
