//! What changed in a directory, by the best means that it offers.

mod content_sync;
mod dirsync;
mod place;
mod timestamps;
mod usn;

use std::sync::Arc;

use domain::{Cursor, DirectoryKind, Entry, Tracking};
use ports::{Changes, ChangesRequest, SourceError};

use crate::connection::{Connection, Item};
use crate::message::{Outcome, Search};
use crate::source::Inner;
pub(crate) use timestamps::Memory;
pub use timestamps::Pace;

/// The present moment in the directory's history; `None` when it keeps none that could be followed.
pub(crate) async fn mark(inner: &Inner) -> Result<Option<Cursor>, SourceError> {
    let mut connection = inner.connection().await?;
    let mut marked = mark_on(inner, &mut connection).await;
    if connection.broken {
        // It broke while it waited; that says nothing about the directory.
        connection = inner.open().await?;
        marked = mark_on(inner, &mut connection).await;
    }
    inner.give_back(connection).await;
    marked
}

async fn mark_on(inner: &Inner, connection: &mut Connection) -> Result<Option<Cursor>, SourceError> {
    if connection.profile.kind != DirectoryKind::ActiveDirectory {
        if let Some(cursor) = content_sync::mark(connection).await? {
            return Ok(Some(cursor));
        }
        return timestamps::mark(connection, &mut *inner.memory.lock().await, inner.pace()).await;
    }
    match dirsync::mark(connection).await? {
        Some(cursor) => Ok(Some(cursor)),
        // The account may not replicate: the sequence numbers of this one server serve as well.
        None => usn::mark(connection).await,
    }
}

/// What changed since a cursor.
pub(crate) async fn changes(inner: &Arc<Inner>, request: ChangesRequest) -> Result<Changes, SourceError> {
    match request.cursor.tracking {
        Tracking::DirSync => dirsync::changes(inner, request).await,
        Tracking::UsnChanged => usn::changes(inner, request).await,
        Tracking::ContentSync => content_sync::changes(inner, request).await,
        Tracking::Timestamp => timestamps::changes(inner, request).await,
    }
}

/// A page of a list and where the next begins (empty after the last page), or how the directory refused it.
type Listed = Result<(Vec<Entry>, Vec<u8>), Outcome>;

async fn list(connection: &mut Connection, search: Search<'_>) -> Result<Listed, SourceError> {
    let id = connection.start(search).await?;
    let mut entries = Vec::new();
    loop {
        match connection.next(id).await? {
            Item::Entry(entry) => entries.push(entry),
            Item::Reference(_) => {}
            Item::Done(outcome) if outcome.code == 0 => return Ok(Ok((entries, outcome.cookie))),
            Item::Done(outcome) => return Ok(Err(outcome)),
        }
    }
}

/// The `DirSync` control of an answer, for the fuzzer.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_cookie(outcome: &Outcome) -> Option<Vec<u8>> {
    dirsync::end_of(outcome).map(|(_, cookie)| cookie)
}

/// Cursors, for the fuzzer: those that were kept, and those that hold a cookie of a server's.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_positions(bytes: &[u8]) {
    content_sync::read_position(bytes);
    timestamps::read_time(bytes);
}
