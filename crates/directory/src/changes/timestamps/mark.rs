//! Where the directory's clock is, found in its entries.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{Cursor, Entry};
use ports::SourceError;

use super::position::{Memory, Pace, Position, seconds};
use super::{later_than, time};
use crate::attributes::to_ask;
use crate::changes::list;
use crate::connection::Connection;
use crate::filter::Filter;
use crate::message::{Page, Scope, Search};

/// No directory's clock is further ahead of ours than this; an entry that is has a wrong timestamp.
const MOST_AHEAD: i64 = 86_400;
/// Halving a century of seconds takes 32 steps.
const MOST_PROBES: usize = 64;
/// Entries asked for with each question.
const A_FEW: u32 = 4;

/// The last second in which something changed. It is found by halving the time in which it can be: a directory with
/// an index answers each question at once. `None` when the account may not see timestamps or not search for them.
pub(crate) async fn mark(
    connection: &mut Connection,
    memory: &mut Memory,
    pace: Pace,
) -> Result<Option<Cursor>, SourceError> {
    let attributes = to_ask(
        &["objectClass", "modifyTimestamp", "createTimestamp"].map(str::to_owned),
        connection.profile.kind,
    );
    let base = connection.profile.context()?.to_owned();
    let everything = Filter::everything();
    let top = Search {
        base: &base,
        scope: Scope::Base,
        filter: &everything,
        attributes: &attributes,
        page: None,
        controls: &[],
    };
    let Some(changed) = connection.first(top).await?.as_ref().and_then(time::changed) else {
        return Ok(None);
    };
    let mut position = Position {
        context: base.clone(),
        base: connection.profile.base()?.to_owned(),
        product: connection.profile.product.clone(),
        settled: 0,
        latest: changed,
        witnesses: Vec::new(),
        lost: None,
    };
    let began = Instant::now();
    // Nothing is later than `end`; something is as late as `latest`.
    let mut end = latest_possible();
    for _ in 0..MOST_PROBES {
        if position.latest >= end {
            break;
        }
        let middle = position.latest + (end - position.latest) / 2;
        let filter = Filter::All(vec![
            Filter::Any(later_than(middle, !connection.profile.is_openldap())),
            not_later_than(end),
        ]);
        let search = Search {
            base: &base,
            scope: Scope::Subtree,
            filter: &filter,
            attributes: &attributes,
            page: Some(Page { size: A_FEW, cookie: &[] }),
            controls: &[],
        };
        // A directory may forbid such a search, for want of an index.
        let Ok((found, _)) = list(connection, search).await? else { return Ok(None) };
        match found.iter().filter_map(time::changed).filter(|changed| *changed <= end).max() {
            Some(later) if later > middle => position.latest = later,
            _ => end = middle,
        }
        remember(&mut position, &found);
    }
    position.settled = position.latest;
    if !memory.was_over(position.latest, began, pace) {
        position.settled -= seconds(pace.settled_after);
    }
    memory.saw(position.latest);
    // A reading of everything follows, which is a list of all ids as well.
    memory.listed(Duration::ZERO);
    position.cursor().map(Some)
}

fn remember(position: &mut Position, found: &[Entry]) {
    for entry in found {
        if let Some(changed) = time::changed(entry).filter(|changed| *changed <= latest_possible()) {
            position.remember(entry, changed);
        }
    }
}

fn not_later_than(second: i64) -> Filter {
    Filter::AtMost("modifyTimestamp", time::format(second).into_bytes())
}

/// The latest timestamp that is believed. A rough look at our clock, to tell a directory's time from an entry that
/// somebody imported with a date of the year 2099: following that one would skip everything until then.
pub(super) fn latest_possible() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    seconds(now).saturating_add(MOST_AHEAD)
}
