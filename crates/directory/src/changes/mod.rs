//! What changed in a directory, by the best means that it offers.

mod content_sync;
mod dirsync;
mod usn;

use std::sync::Arc;

use domain::{Cursor, DirectoryKind, Tracking};
use ports::{Changes, ChangesRequest, SourceError};

use crate::connection::Connection;
use crate::source::Inner;

/// The present moment in the directory's history; `None` when it keeps none that could be followed.
pub(crate) async fn mark(inner: &Inner) -> Result<Option<Cursor>, SourceError> {
    let mut connection = inner.connection().await?;
    let mut marked = mark_on(&mut connection).await;
    if connection.broken {
        // It broke while it waited; that says nothing about the directory.
        connection = inner.open().await?;
        marked = mark_on(&mut connection).await;
    }
    inner.give_back(connection).await;
    marked
}

async fn mark_on(connection: &mut Connection) -> Result<Option<Cursor>, SourceError> {
    if connection.profile.kind != DirectoryKind::ActiveDirectory {
        return content_sync::mark(connection).await;
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
        Tracking::Timestamp => {
            Ok(Changes::Lost { reason: "the directory is tracked in another way now".to_owned() })
        }
    }
}

/// The `DirSync` control of an answer, for the fuzzer.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_cookie(outcome: &crate::message::Outcome) -> Option<Vec<u8>> {
    dirsync::end_of(outcome).map(|(_, cookie)| cookie)
}

/// Cursors, for the fuzzer: those that were kept, and those that hold a cookie of a server's.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_positions(bytes: &[u8]) {
    content_sync::read_position(bytes);
}
