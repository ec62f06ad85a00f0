//! Timestamps, for directories without anything better: what changed is what has a later modifyTimestamp, and what is
//! gone is what a list of all ids does not name.
//!
//! Timestamps have seconds, are given before what they stand on can be seen, and belong to the directory's clock. So
//! a second counts as settled only when it was seen to have begun long enough before a request; until then whatever
//! lies in it is told again with each request. Our clock says how much time went by and never what time it is.

mod mark;
mod position;
mod reader;
mod time;

use std::sync::Arc;
use std::time::Instant;

use domain::DirectoryKind;
use ports::{Changes, ChangesRequest, SourceError};

use super::{Listed, list};
use crate::attributes::to_ask;
use crate::connection::Connection;
use crate::filter::Filter;
use crate::message::{Page, Scope, Search};
use crate::profile::Profile;
use crate::refusal;
use crate::source::Inner;
pub(super) use mark::mark;
pub(crate) use position::Memory;
pub use position::Pace;
use position::Position;
use reader::Reader;

pub(super) async fn changes(inner: &Arc<Inner>, request: ChangesRequest) -> Result<Changes, SourceError> {
    let lost = |reason: &str| Ok(Changes::Lost { reason: reason.to_owned() });
    let Some(position) = Position::of(&request.cursor) else {
        return lost("the position in the directory's changes cannot be read");
    };
    if let Some(reason) = &position.lost {
        return lost(reason);
    }
    let plan = Plan::of(&position, &request);
    let mut connection = inner.connection().await?;
    let mut began = Instant::now();
    let mut first = plan.ask(&mut connection, &[]).await;
    if first.is_err() && connection.broken {
        // It broke while it waited; that says nothing about the directory.
        connection = inner.open().await?;
        began = Instant::now();
        first = plan.ask(&mut connection, &[]).await;
    }
    let first = first?;
    if let Err(reason) = position.belongs_to(&connection) {
        inner.give_back(connection).await;
        return lost(reason);
    }
    let (entries, cookie) = match first {
        Ok(first) => first,
        Err(outcome) => {
            let error = refusal::of_search(&outcome, connection.profile.context()?);
            inner.give_back(connection).await;
            return match error {
                SourceError::Incomplete { reason } => {
                    lost(&format!("the directory does not tell its changes: {reason}"))
                }
                error => Err(error),
            };
        }
    };
    let reader = Reader::new(inner, connection, plan, position, request, began, (entries, cookie));
    if reader.is_another() {
        reader.give_up().await;
        return lost(position::ANOTHER);
    }
    Ok(Changes::Since(Box::new(reader)))
}

/// What is asked of the directory.
struct Plan {
    filter: Filter,
    attributes: Vec<String>,
    page_size: u32,
}

impl Plan {
    /// Everything later than what is settled, and the witnesses, so that one request also tells whether the directory
    /// is still the same.
    fn of(position: &Position, request: &ChangesRequest) -> Self {
        let mut parts = later_than(position.settled, !position.product.starts_with("OpenLDAP"));
        parts.extend(position.witnesses.iter().flat_map(|witness| crate::lookup::id_filters(&witness.id)));
        let mut wanted = ["objectClass", "modifyTimestamp", "createTimestamp"].map(str::to_owned).to_vec();
        wanted.extend(request.kinds.iter().flat_map(|kind| kind.attributes.iter().cloned()));
        Self {
            filter: Filter::Any(parts),
            attributes: to_ask(&wanted, DirectoryKind::Ldap),
            page_size: request.page_size.max(1),
        }
    }

    async fn ask(&self, connection: &mut Connection, cookie: &[u8]) -> Result<Listed, SourceError> {
        let base = connection.profile.context()?.to_owned();
        let search = Search {
            base: &base,
            scope: Scope::Subtree,
            filter: &self.filter,
            attributes: &self.attributes,
            page: Some(Page { size: self.page_size, cookie }),
            controls: &[],
        };
        list(connection, search).await
    }
}

/// Entries that changed after a second. OpenLDAP gives every entry a modifyTimestamp; elsewhere one that was never
/// modified may have none.
fn later_than(second: i64, by_making: bool) -> Vec<Filter> {
    let next = time::format(second.saturating_add(1)).into_bytes();
    let mut parts = vec![Filter::AtLeast("modifyTimestamp", next.clone())];
    if by_making {
        parts.push(Filter::AtLeast("createTimestamp", next));
    }
    parts
}

fn is_limit(outcome: &crate::message::Outcome, profile: &Profile) -> bool {
    let base = profile.context().unwrap_or_default();
    matches!(refusal::of_search(outcome, base), SourceError::Incomplete { .. })
}

/// A timestamp, for the fuzzer.
#[cfg(feature = "fuzzing")]
pub(super) fn read_time(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(seconds) = time::parse(&text) {
        // A zone may lead out of the four digits of a year.
        let text = time::format(seconds);
        assert!(text.len() != 15 || text.starts_with('-') || time::parse(&text) == Some(seconds));
    }
}
