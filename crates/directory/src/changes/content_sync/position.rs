//! What a cursor of content synchronisation holds.
//!
//! The server's cookie says how far its history was taken, but not which history it was: OpenLDAP's names the time of
//! the last change, and a server that was put back to yesterday and then changed again takes the cookie of today. So
//! a position also remembers the entries that changed last, with their change numbers. A server on which they are
//! older than they were is another one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Cursor, Entry, Tracking};
use ports::SourceError;
use serde::{Deserialize, Serialize};

use crate::connection::Connection;
use crate::filter::Filter;
use crate::identity;
use crate::message::{Scope, Search};

/// Entries remembered: one may be deleted rightly.
const MOST_WITNESSES: usize = 4;

/// An entry and the change number (OpenLDAP's entryCSN) that it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Witness {
    pub id: String,
    pub csn: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The naming context, and the part of it that is read.
    pub context: String,
    pub base: String,
    /// The product that gave the cookie: others may take it for none and tell everything but what is gone.
    pub product: String,
    cookie: String,
    #[serde(default)]
    pub witnesses: Vec<Witness>,
    /// Why the position is of no use: an answer broke off in a way that will repeat itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

impl Position {
    pub fn new(connection: &Connection, cookie: &[u8]) -> Result<Self, SourceError> {
        Ok(Self {
            context: connection.profile.context()?.to_owned(),
            base: connection.profile.base()?.to_owned(),
            product: connection.profile.product.clone(),
            ..Self::with_cookie(cookie)
        })
    }

    /// A position that belongs to nothing yet.
    pub fn with_cookie(cookie: &[u8]) -> Self {
        Self { cookie: STANDARD.encode(cookie), ..Self::default() }
    }

    pub fn of(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.value).ok()
    }

    pub fn cursor(&self) -> Result<Cursor, SourceError> {
        let value = serde_json::to_string(self)
            .map_err(|error| SourceError::Directory(format!("its cookie cannot be kept: {error}")))?;
        Ok(Cursor { tracking: Tracking::ContentSync, value })
    }

    /// The server's cookie; `None` when it was damaged.
    pub fn cookie(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.cookie).ok()
    }

    /// The last change number that the cookie covers, where the cookie tells it (OpenLDAP's does:
    /// `rid=000,csn=20260105101112.000001Z#000000#000#000000`, one for each server that takes writes).
    pub fn last_change(&self) -> Option<String> {
        let cookie = String::from_utf8(self.cookie()?).ok()?;
        let numbers = cookie.split(',').find_map(|field| field.strip_prefix("csn="))?;
        numbers.split(';').filter(|number| number.len() > SECONDS).max().map(str::to_owned)
    }

    /// Whether the position is one in what this directory tells; the reason when it is not.
    pub fn belongs_to(&self, connection: &Connection) -> Result<(), &'static str> {
        let profile = &connection.profile;
        let is = |one: Result<&str, SourceError>, other: &str| {
            one.is_ok_and(|one| one.eq_ignore_ascii_case(other))
        };
        if !is(profile.context(), &self.context) || !is(profile.base(), &self.base) {
            return Err("another part of the directory is read now");
        }
        if profile.product != self.product || (profile.is_openldap() && self.last_change().is_none()) {
            return Err("another or a restored server answered");
        }
        Ok(())
    }

    /// Whether an entry was made after everything that the position covers.
    pub fn is_before_making_of(&self, entry: &Entry) -> bool {
        let made = entry.text("createTimestamp").and_then(|text| text.get(..SECONDS));
        let last = self.last_change();
        let last = last.as_deref().and_then(|number| number.get(..SECONDS));
        matches!((made, last), (Some(made), Some(last)) if made > last)
    }

    /// Remembers an entry if it is among those that changed last.
    pub fn remember(&mut self, witness: Witness) {
        self.witnesses.retain(|known| known.id != witness.id);
        self.witnesses.push(witness);
        self.witnesses.sort_by(|one, other| other.csn.cmp(&one.csn));
        self.witnesses.truncate(MOST_WITNESSES);
    }
}

/// `YYYYMMDDHHMMSS`, with which both timestamps and change numbers begin.
pub(super) const SECONDS: usize = 14;

/// The entry that changed last, which the cookie names by its change number.
pub(super) async fn last_changed(
    connection: &mut Connection,
    position: &Position,
) -> Result<Option<Witness>, SourceError> {
    let Some(csn) = position.last_change() else { return Ok(None) };
    let filter = Filter::equal("entryCSN", csn.as_str());
    let found = witnesses(connection, &position.context, &filter).await?;
    Ok(found.into_iter().next())
}

/// Whether the directory still is the one that the witnesses come from. Those named in `gone` were deleted rightly.
pub(super) async fn is_same_history(
    connection: &mut Connection,
    position: &Position,
    gone: &[String],
) -> Result<bool, SourceError> {
    let (deleted, asked): (Vec<&Witness>, Vec<&Witness>) =
        position.witnesses.iter().partition(|witness| gone.contains(&witness.id));
    if asked.is_empty() {
        return Ok(true);
    }
    let ids = asked.iter().map(|witness| Filter::equal("entryUUID", witness.id.as_str())).collect();
    let found = witnesses(connection, &position.context, &Filter::Any(ids)).await?;
    let now = |witness: &Witness| found.iter().find(|found| found.id == witness.id);
    let is_older = |witness: &&Witness| now(witness).is_some_and(|now| now.csn < witness.csn);
    let is_there = |witness: &&Witness| now(witness).is_some();
    // Each may have been deleted rightly; that all of them were, and none of it was told, is less likely.
    Ok(!asked.iter().any(is_older) && (asked.iter().any(is_there) || !deleted.is_empty()))
}

async fn witnesses(
    connection: &mut Connection,
    base: &str,
    filter: &Filter,
) -> Result<Vec<Witness>, SourceError> {
    let attributes = ["entryUUID", "entryCSN"].map(str::to_owned);
    let search =
        Search { base, scope: Scope::Subtree, filter, attributes: &attributes, page: None, controls: &[] };
    let found = connection.all(search, MOST_WITNESSES).await?;
    Ok(found.iter().filter_map(witness).collect())
}

/// An entry as a witness; `None` when it has no change number that the account may read.
pub(super) fn witness(entry: &Entry) -> Option<Witness> {
    let id = identity::of(entry);
    let csn = entry.text("entryCSN").filter(|csn| csn.len() > SECONDS && !id.is_empty())?.to_owned();
    Some(Witness { id, csn })
}
