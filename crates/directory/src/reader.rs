//! A reading: the pages of one or more subtrees, one after the other, on a connection of their own.
//!
//! A task reads ahead while the engine works, and no further than one page in the channel and one in hand: memory
//! does not grow with the directory. Paging cookies live and die with the connection, which is why a reading never shares one.

mod reading;
mod references;

use async_trait::async_trait;
use ports::{PageReader, SourceError, SourcePage};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::connection::Connection;
use crate::filter::Filter;
use reading::Reading;
pub(crate) use reading::{LARGE_PAGE, size};

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
        let task = tokio::spawn(Reading::new(connection, plan, sender).run());
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

#[cfg(test)]
mod tests;
