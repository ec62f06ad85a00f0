//! The tree as people look through it: the containers at one place, and containers and groups by name.

use domain::{DirectoryKind, Dn, Entry};
use ports::{Browse, Container, Listing, MOST_PLACES, Place, SourceError};

use crate::attributes::to_ask;
use crate::connection::{Connection, Item};
use crate::filter::Filter;
use crate::lookup::{CONTAINER_CLASSES, is_container, kind_of};
use crate::message::{Page, Scope, Search};
use crate::{identity, ranges, refusal};

/// Entries that belong to the directory itself: consoles hide them too (MS-ADA3 section 2.177).
const HIDDEN: &str = "showInAdvancedViewOnly";

/// How many objects lie directly in an entry, as Active Directory (MS-ADTS section 3.1.1.4.5.15) and 389-ds tell it;
/// OpenLDAP only says whether there are any.
const SUBORDINATES: [&str; 3] = ["msDS-Approx-Immed-Subordinates", "numSubordinates", "hasSubordinates"];

/// The names that a search looks at.
const NAMES: [&str; 4] = ["cn", "ou", "displayName", "sAMAccountName"];

/// See [`ports::Source::browse`].
pub(crate) async fn browse(
    connection: &mut Connection,
    what: &Browse,
) -> Result<Option<Listing>, SourceError> {
    let directory = connection.profile.kind;
    let base = connection.profile.base()?.to_owned();
    let at = match what {
        Browse::Beneath { object_id: Some(id) } => {
            ranges::by_id(connection, id, &to_ask(&[], directory)).await?
        }
        _ => at_base(connection, &base).await?,
    };
    let Some(at) = at.map(container_of) else { return Ok(None) };
    let (scope, filter) = match what {
        Browse::Beneath { .. } => (Scope::Children, containers()),
        Browse::Named { text } => {
            let kinds = Filter::Any(vec![containers(), groups(directory)]);
            let names = NAMES.map(|name| Filter::Contains(name, text.as_bytes().to_vec()));
            (Scope::Subtree, Filter::All(vec![kinds, Filter::Any(names.to_vec())]))
        }
    };
    let (found, more) = some(connection, &at.dn, scope, &filter).await?;
    let mut places: Vec<Place> = found.into_iter().filter_map(|entry| place(entry, directory)).collect();
    places.sort_by_cached_key(|place| {
        Dn::parse(&place.container.dn)
            .map_or_else(|_| place.container.dn.clone(), |dn| dn.leaf())
            .to_lowercase()
    });
    Ok(Some(Listing { at, places, more }))
}

async fn at_base(connection: &mut Connection, base: &str) -> Result<Option<Entry>, SourceError> {
    let attributes = to_ask(&[], connection.profile.kind);
    let search = Search {
        base,
        scope: Scope::Base,
        filter: &Filter::everything(),
        attributes: &attributes,
        page: None,
        controls: &[],
    };
    connection.first(search).await
}

/// The first entries that match, and whether there are more.
async fn some(
    connection: &mut Connection,
    base: &str,
    scope: Scope,
    filter: &Filter,
) -> Result<(Vec<Entry>, bool), SourceError> {
    let wanted: Vec<String> =
        ["objectClass", HIDDEN].iter().chain(&SUBORDINATES).map(|name| (*name).to_owned()).collect();
    let attributes = to_ask(&wanted, connection.profile.kind);
    let page = Page { size: MOST_PLACES as u32, cookie: &[] };
    let search = Search { base, scope, filter, attributes: &attributes, page: Some(page), controls: &[] };
    let id = connection.start(search).await?;
    let (mut found, mut more) = (Vec::new(), false);
    loop {
        match connection.next(id).await? {
            Item::Entry(entry) if found.len() < MOST_PLACES => found.push(entry),
            Item::Entry(_) => more = true,
            Item::Reference(_) => {}
            Item::Done(outcome) if outcome.code == 0 => {
                return Ok((found, more || !outcome.cookie.is_empty()));
            }
            Item::Done(outcome) => return Err(refusal::of_search(&outcome, base)),
        }
    }
}

fn containers() -> Filter {
    Filter::Any(CONTAINER_CLASSES.iter().map(|class| Filter::equal("objectClass", *class)).collect())
}

fn groups(directory: DirectoryKind) -> Filter {
    // Every kind of directory has groups.
    Filter::of_kind(directory, domain::ObjectKind::Group).unwrap_or_else(Filter::everything)
}

fn container_of(entry: Entry) -> Container {
    Container { object_id: identity::of(&entry), dn: entry.dn }
}

/// An entry for the list; `None` for one that is hidden, or that could not be held by its id.
fn place(entry: Entry, directory: DirectoryKind) -> Option<Place> {
    if entry.text(HIDDEN).is_some_and(|flag| flag.eq_ignore_ascii_case("true")) {
        return None;
    }
    let is_group = kind_of(&entry, directory) == Some(domain::ObjectKind::Group);
    if !is_group && !is_container(&entry) {
        return None;
    }
    let subordinates = SUBORDINATES.iter().find_map(|name| match entry.text(name)? {
        "FALSE" => Some(0),
        number => number.parse().ok(),
    });
    let container = container_of(entry);
    (!container.object_id.is_empty()).then_some(Place { container, is_group, subordinates })
}
