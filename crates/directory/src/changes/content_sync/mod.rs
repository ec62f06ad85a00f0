//! Content synchronisation (RFC 4533, mode refreshOnly): which entries changed since a cookie, and which are gone.
//!
//! A server that remembers what was deleted (OpenLDAP with a session log) names what is gone. One that does not names
//! everything that is still there, by id: then whatever else is known is gone. A cookie that is current costs one
//! request, and nothing is named at all.

mod position;
mod reader;

use std::sync::Arc;

use domain::Cursor;
use ports::{Changes, ChangesRequest, SourceError};

use crate::attributes::to_ask;
use crate::connection::Connection;
use crate::filter::Filter;
use crate::message::{Scope, Search};
use crate::source::Inner;
use crate::sync::{self, Piece};
use crate::{identity, refusal};
use position::Position;
use reader::Reader;

/// busy, unavailable: says nothing about the control.
const BUSY: [i32; 2] = [51, 52];
/// What a cookie can cause that is of another server or of a history that is gone, or an account that may not
/// synchronise or only so much at once: operationsError, protocolError, the limits, unavailableCriticalExtension,
/// invalidAttributeSyntax, insufficientAccessRights, unwillingToPerform, other, e-syncRefreshRequired.
const REFUSED: [i32; 11] = [1, 2, 3, 4, 11, 12, 21, 50, 53, 80, sync::REFRESH_REQUIRED];

/// A cookie for now. It tells how far the directory has come, whatever was asked for, so the naming context's own
/// entry is all that is read. `None` when content synchronisation is not offered for it or not to this account.
pub(super) async fn mark(connection: &mut Connection) -> Result<Option<Cursor>, SourceError> {
    if !connection.profile.offers_sync {
        return Ok(None);
    }
    let base = connection.profile.context()?.to_owned();
    let controls = [sync::request(None)];
    let filter = Filter::everything();
    let attributes = to_ask(&[], connection.profile.kind);
    let search = Search {
        base: &base,
        scope: Scope::Base,
        filter: &filter,
        attributes: &attributes,
        page: None,
        controls: &controls,
    };
    let id = connection.start(search).await?;
    let mut has_our_ids = false;
    let outcome = loop {
        match connection.next_synced(id).await? {
            // Deletes are told by these ids: they must be the ones by which objects are known here.
            Piece::Entry(entry, Some(tag)) => has_our_ids = identity::of(&entry) == tag.id.to_string(),
            Piece::Entry(_, None) | Piece::Info(_) | Piece::Reference(_) => {}
            Piece::Done(outcome) => break outcome,
        }
    };
    if BUSY.contains(&outcome.code) {
        return Err(refusal::of_search(&outcome, &base));
    }
    let done = sync::done(&outcome).ok().flatten().and_then(|done| done.cookie);
    let Some(cookie) = done.filter(|cookie| outcome.code == 0 && has_our_ids && !cookie.is_empty()) else {
        return Ok(None);
    };
    let mut position = Position::new(connection, &cookie)?;
    match position::last_changed(connection, &position).await {
        Ok(witness) => position.witnesses.extend(witness),
        // A directory may forbid a search without an index; then it is followed without a witness.
        Err(error) if connection.broken => return Err(error),
        Err(_) => {}
    }
    position.cursor().map(Some)
}

pub(super) async fn changes(inner: &Arc<Inner>, request: ChangesRequest) -> Result<Changes, SourceError> {
    let lost = |reason: &str| Ok(Changes::Lost { reason: reason.to_owned() });
    let Some((position, cookie)) =
        Position::of(&request.cursor).and_then(|position| position.cookie().map(|cookie| (position, cookie)))
    else {
        return lost("the position in the directory's changes cannot be read");
    };
    if let Some(reason) = &position.lost {
        return lost(reason);
    }
    let attributes = reader::attributes(&request);
    let mut connection = inner.connection().await?;
    let mut first = ask(&mut connection, &attributes, &cookie).await;
    if first.is_err() && connection.broken {
        // It broke while it waited; that says nothing about the directory.
        connection = inner.open().await?;
        first = ask(&mut connection, &attributes, &cookie).await;
    }
    let (id, piece) = first?;
    if let Piece::Done(outcome) = &piece
        && outcome.code != 0
    {
        let error = refusal::of_search(outcome, connection.profile.context()?);
        inner.give_back(connection).await;
        return if REFUSED.contains(&outcome.code) {
            lost(&format!("the directory does not go on from the last position ({})", refusal::told(outcome)))
        } else {
            Err(error)
        };
    }
    // The rest of the answer is not worth waiting for then, so the connection goes with it.
    if let Err(reason) = position.belongs_to(&connection) {
        return lost(reason);
    }
    Ok(Changes::Since(Box::new(Reader::new(inner, connection, (id, piece), position, request))))
}

/// Asks, and waits for the first piece of the answer.
async fn ask(
    connection: &mut Connection,
    attributes: &[String],
    cookie: &[u8],
) -> Result<(i32, Piece), SourceError> {
    let base = connection.profile.context()?.to_owned();
    let controls = [sync::request(Some(cookie))];
    let search = Search {
        base: &base,
        scope: Scope::Subtree,
        // Not only people, groups and containers: what became something else has to be told as well.
        filter: &Filter::everything(),
        attributes,
        page: None,
        controls: &controls,
    };
    let id = connection.start(search).await?;
    Ok((id, connection.next_synced(id).await?))
}

/// A kept position, and one with a cookie of these bytes, for the fuzzer.
#[cfg(feature = "fuzzing")]
pub(super) fn read_position(bytes: &[u8]) {
    let kept = String::from_utf8_lossy(bytes).into_owned();
    let kept = Position::of(&Cursor { tracking: domain::Tracking::ContentSync, value: kept });
    for position in kept.into_iter().chain([Position::with_cookie(bytes)]) {
        if position.cookie().is_some() {
            let last = position.last_change();
            assert!(last.is_none_or(|last| last.len() >= position::SECONDS));
        }
        let made = domain::Entry::new("").with("createTimestamp", [bytes]);
        let _ = position.is_before_making_of(&made);
        assert!(position.cursor().is_ok_and(|cursor| Position::of(&cursor) == Some(position)));
    }
}
