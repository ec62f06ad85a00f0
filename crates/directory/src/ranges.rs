//! Attributes with more values than one answer holds (MS-ADTS section 3.1.1.3.1.3.3).
//!
//! A group that changes between two ranges shifts its values, and one can fall through the gap; the engine would
//! then take a membership away from somebody who has it. So all ranges are read in a row, each with the entry's
//! version, and a version that moved starts the attribute over.

use domain::{Attribute, DirectoryKind, Entry};
use ports::SourceError;

use crate::attributes::{Range, split};
use crate::connection::Connection;
use crate::filter::Filter;
use crate::identity;
use crate::message::{Scope, Search};

/// How often an attribute is begun anew before the reading is given up.
const ATTEMPTS: usize = 5;
/// More values than any directory allows.
const MOST_VALUES: usize = 10_000_000;
/// What moves whenever an entry changes.
const VERSION: [&str; 2] = ["uSNChanged", "modifyTimestamp"];

/// Fetches the values that did not come with an entry, of the attributes named. `false` when the entry has gone
/// meanwhile.
pub(crate) async fn complete(
    connection: &mut Connection,
    entry: &mut Entry,
    partial: Vec<String>,
) -> Result<bool, SourceError> {
    for name in partial {
        let Some(values) = read_whole(connection, entry, &name).await? else { return Ok(false) };
        match entry.attributes.iter_mut().find(|attribute| attribute.name.eq_ignore_ascii_case(&name)) {
            Some(attribute) => attribute.values = values,
            None => entry.attributes.push(Attribute { name, values }),
        }
    }
    Ok(true)
}

/// Why an attribute has to be begun anew.
enum Interruption {
    Changed,
    Failed(SourceError),
}

async fn read_whole(
    connection: &mut Connection,
    entry: &mut Entry,
    name: &str,
) -> Result<Option<Vec<Vec<u8>>>, SourceError> {
    for _ in 0..ATTEMPTS {
        match read_once(connection, &entry.dn, name).await {
            Ok(Some(values)) => return Ok(Some(values)),
            Ok(None) => match moved_to(connection, entry).await? {
                Some(dn) => entry.dn = dn,
                None => return Ok(None),
            },
            Err(Interruption::Changed) => {}
            Err(Interruption::Failed(error)) => return Err(error),
        }
    }
    Err(SourceError::Incomplete {
        reason: format!("{name} of {} changed {ATTEMPTS} times while it was read", entry.dn),
    })
}

/// All values in a row; `None` when there is no such entry.
async fn read_once(
    connection: &mut Connection,
    dn: &str,
    name: &str,
) -> Result<Option<Vec<Vec<u8>>>, Interruption> {
    let mut values: Vec<Vec<u8>> = Vec::new();
    let mut version = None;
    loop {
        let attributes = [format!("{name};range={}-*", values.len())]
            .into_iter()
            .chain(VERSION.map(str::to_owned))
            .collect::<Vec<_>>();
        let search = Search {
            base: dn,
            scope: Scope::Base,
            filter: &Filter::everything(),
            attributes: &attributes,
            page: None,
            controls: &[],
        };
        let mut part = match connection.first(search).await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(None),
            // Active Directory answers a range that begins beyond the last value with an error.
            Err(SourceError::Directory(_)) if !values.is_empty() && !connection.broken => {
                return Err(Interruption::Changed);
            }
            Err(error) => return Err(Interruption::Failed(error)),
        };
        let found = VERSION.map(|name| part.first(name).map(<[u8]>::to_vec));
        if version.get_or_insert_with(|| found.clone()) != &found {
            return Err(Interruption::Changed);
        }
        let (range, mut more) = take(&mut part, name);
        if range.first != values.len() {
            return Err(Interruption::Changed);
        }
        let came = more.len();
        values.append(&mut more);
        match range.last {
            None => return Ok(Some(values)),
            Some(_) if came > 0 && values.len() <= MOST_VALUES => {}
            Some(_) => {
                return Err(Interruption::Failed(SourceError::Incomplete {
                    reason: format!("the ranges of {name} of {dn} do not come to an end"),
                }));
            }
        }
    }
}

/// The values of an attribute in a partial entry and the range that they are. An attribute that is absent has lost
/// its values: that is a last range from the beginning.
fn take(part: &mut Entry, name: &str) -> (Range, Vec<Vec<u8>>) {
    let whole = Range { first: 0, last: None };
    let mut plain = Vec::new();
    for attribute in &mut part.attributes {
        match split(&attribute.name) {
            Some((base, range)) if base.eq_ignore_ascii_case(name) => {
                return (range.unwrap_or(whole), std::mem::take(&mut attribute.values));
            }
            None if attribute.name.eq_ignore_ascii_case(name) => {
                plain = std::mem::take(&mut attribute.values);
            }
            _ => {}
        }
    }
    (whole, plain)
}

/// Where an entry is now that is no longer where it was read; `None` when it is gone.
async fn moved_to(connection: &mut Connection, entry: &Entry) -> Result<Option<String>, SourceError> {
    Ok(by_id(connection, &identity::of(entry), &[]).await?.map(|found| found.dn))
}

/// The entry with an id, wherever it is beneath the naming context.
pub(crate) async fn by_id(
    connection: &mut Connection,
    object_id: &str,
    attributes: &[String],
) -> Result<Option<Entry>, SourceError> {
    let Some(guid) = identity::guid_bytes(object_id) else { return Ok(None) };
    let filter = match connection.profile.kind {
        DirectoryKind::ActiveDirectory => Filter::equal("objectGUID", guid),
        _ => Filter::Any(
            std::iter::once(Filter::equal("entryUUID", object_id))
                .chain(identity::to_unique_id(object_id).map(|id| Filter::equal("nsUniqueId", id)))
                .collect(),
        ),
    };
    let base = connection.profile.base()?.to_owned();
    let nothing = ["1.1".to_owned()];
    let search = Search {
        base: &base,
        scope: Scope::Subtree,
        filter: &filter,
        attributes: if attributes.is_empty() { &nothing } else { attributes },
        page: None,
        controls: &[],
    };
    connection.first(search).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_taken_from_whatever_form_the_directory_gives_it() {
        let mut part =
            Entry::new("CN=G").with("member", Vec::<Vec<u8>>::new()).with("member;range=2-3", ["c", "d"]);
        let (range, values) = take(&mut part, "Member");
        assert_eq!((range, values.len()), (Range { first: 2, last: Some(3) }, 2));
        let mut part = Entry::new("CN=G").with("member", ["a"]);
        assert_eq!(take(&mut part, "member"), (Range { first: 0, last: None }, vec![b"a".to_vec()]));
        assert_eq!(take(&mut Entry::new("CN=G"), "member"), (Range { first: 0, last: None }, Vec::new()));
    }
}
