//! Exporting to a target that lies in our own store: the objects, their links, memberships and records are one
//! transaction. There is no moment in which one is known without the other, so no intents are written down.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use domain::directory::{DirectoryObject, DirectoryWritten};
use ports::{Outcome, TargetError, WithinStore};
use storage::link::{Escrow, PageCommit, PageOfWrites, Written};

use super::{Described, Exported, describe, exported};
use crate::change::Change;
use crate::run::{CycleError, Run};

impl Run {
    /// Carries changes out together with what `page` already holds. Returns the links of the objects that were
    /// written.
    pub(super) async fn carry_out_within(
        &mut self,
        changes: Vec<Change>,
        page: PageCommit,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Exported>, CycleError> {
        let target = Arc::clone(&self.ends.target);
        let Some(within) = target.within_store() else { return Ok(Vec::new()) };
        let batch = self.target_info.batch.max(1);
        if changes.len() <= batch {
            return self.carry_out_at_once(within, changes, page, escrows).await;
        }
        let mut written = Vec::with_capacity(changes.len());
        let (mut page, mut rest) = (Some(page), changes.into_iter().peekable());
        while rest.peek().is_some() {
            let head: Vec<Change> = rest.by_ref().take(batch).collect();
            written.extend(
                self.carry_out_at_once(within, head, page.take().unwrap_or_default(), escrows).await?,
            );
        }
        Ok(written)
    }

    async fn carry_out_at_once(
        &mut self,
        target: &dyn WithinStore,
        changes: Vec<Change>,
        page: PageCommit,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<Vec<Exported>, CycleError> {
        if changes.is_empty() {
            let described = describe(&page);
            let links = self.commit(page).await?;
            return Ok(exported(described, links).collect());
        }
        let begun = Instant::now();
        let operations: Vec<_> = changes.iter().map(|change| &change.operation).collect();
        let mut writes = Vec::with_capacity(changes.len());
        let mut prepared = Vec::with_capacity(changes.len());
        for prepare in target.prepare(&operations).await? {
            prepared.push(match prepare {
                Ok(write) => {
                    let id = write.id().to_owned();
                    writes.push(write);
                    Ok(id)
                }
                Err(error) if error.is_system() => return Err(error.into()),
                Err(error) => Err(error),
            });
        }
        let (links, id) = (Arc::clone(&self.links), self.configuration.id);
        let mut described: Vec<Described> = Vec::new();
        let mut failure = None;
        let run = &mut *self;
        let (told, failed) = (&mut described, &mut failure);
        let record: PageOfWrites<'_> = Box::new(move |written| {
            let duration_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
            Box::pin(async move {
                let planned = changes.into_iter().zip(prepared).collect();
                let answers = answers(target, planned, &written);
                match run.page_of(answers, page, duration_ms, escrows).await {
                    Ok(page) => {
                        *told = describe(&page);
                        Some(page)
                    }
                    Err(error) => {
                        *failed = Some(error);
                        None
                    }
                }
            })
        });
        let committed = links.commit_with_writes(id, writes, record).await;
        if let Some(error) = failure {
            return Err(error);
        }
        let committed = committed?;
        self.told();
        Ok(exported(described, committed).collect())
    }

    /// The page that records what became of changes.
    async fn page_of(
        &mut self,
        answers: Vec<Answered>,
        mut page: PageCommit,
        duration_ms: u32,
        escrows: &HashMap<String, Escrow>,
    ) -> Result<PageCommit, CycleError> {
        for (change, answer) in answers {
            match answer {
                Ok(outcome) => self.put_outcome(&mut page, change, &outcome, duration_ms),
                Err(error) => {
                    let error = self.explain(&change, error).await?;
                    let earlier = escrows.get(&change.object_id);
                    self.put_refusal(&mut page, &change, &error, duration_ms, earlier);
                }
            }
        }
        // Nothing was written down beforehand.
        page.settled.clear();
        self.seal(&mut page).await?;
        Ok(page)
    }
}

/// A change with the id that it wrote to, or why nothing was written.
type Prepared = (Change, Result<String, TargetError>);

/// A change with what became of it.
type Answered = (Change, Result<Outcome, TargetError>);

fn answers(target: &dyn WithinStore, planned: Vec<Prepared>, written: &Written) -> Vec<Answered> {
    let holders: HashMap<&str, &DirectoryObject> =
        written.holders.iter().map(|object| (object.id.as_str(), object)).collect();
    let mut outcomes = written.outcomes.iter();
    let mut answer = |(change, prepared): Prepared| {
        let answer = prepared.and_then(|id| {
            let Some(written) = outcomes.next() else {
                let reason = "the built-in directory gave no answer for an object";
                return Err(TargetError::object(&domain::catalogue::INTERNAL, reason));
            };
            let holder = match written {
                DirectoryWritten::Conflict { other_id, .. } => holders.get(other_id.as_str()).copied(),
                DirectoryWritten::Done | DirectoryWritten::NotFound => None,
            };
            target.answer(&change.operation, &id, written, holder)
        });
        (change, answer)
    };
    planned.into_iter().map(&mut answer).collect()
}
