//! Single objects by id or by name.

use std::collections::HashSet;

use domain::{DirectoryKind, Dn, Entry, ObjectKind};
use ports::{KindRequest, MOST_CALLED, SourceEntry, SourceError, Which};

use crate::attributes::{tidy, to_ask};
use crate::connection::{Connection, Item};
use crate::filter::Filter;
use crate::message::{Page, Scope, Search};
use crate::{identity, ranges, refusal};

/// Ids in one filter. Directories bound the size of a filter; a hundred comparisons pass everywhere.
const IDS_A_SEARCH: usize = 100;

/// Objects of the wanted kinds, whole.
pub(crate) async fn objects(
    connection: &mut Connection,
    which: Which<'_>,
    kinds: &[KindRequest],
) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
    let directory = connection.profile.kind;
    let mut wanted: Vec<String> = vec!["objectClass".to_owned()];
    wanted.extend(kinds.iter().flat_map(|kind| kind.attributes.iter().cloned()));
    let attributes = to_ask(&wanted, directory);
    let found = match which {
        Which::Ids(ids) => {
            let mut found = Vec::with_capacity(ids.len());
            for ids in ids.chunks(IDS_A_SEARCH) {
                let filter = by_ids(ids, directory);
                found.extend(subtree(connection, &filter, &attributes).await?);
            }
            found
        }
        Which::Referring { names, attributes: within } => {
            let mut found = Vec::new();
            for names in names.chunks(IDS_A_SEARCH) {
                let names = names.iter().filter(|name| Dn::parse(name).is_ok());
                let parts = names.flat_map(|name| {
                    within.iter().map(|attribute| Filter::equal(attribute.clone(), name.as_str()))
                });
                found.extend(subtree(connection, &Filter::Any(parts.collect()), &attributes).await?);
            }
            found
        }
        Which::Called(text) => {
            let Some(filter) = called(text, kinds, directory) else { return Ok(Vec::new()) };
            let page = Page { size: MOST_CALLED as u32, cookie: &[] };
            page_of(connection, &filter, &attributes, page).await?.0
        }
        Which::Names(names) if directory == DirectoryKind::ActiveDirectory => {
            let mut found = Vec::with_capacity(names.len());
            for names in names.chunks(IDS_A_SEARCH) {
                // One text that is no name would spoil the filter for all.
                let names = names.iter().filter(|name| Dn::parse(name).is_ok());
                let parts = names.map(|name| Filter::equal("distinguishedName", name.as_str())).collect();
                found.extend(subtree(connection, &Filter::Any(parts), &attributes).await?);
            }
            found
        }
        Which::Names(names) => {
            let mut found = Vec::with_capacity(names.len());
            for name in names {
                let search = Search {
                    base: name,
                    scope: Scope::Base,
                    filter: &Filter::everything(),
                    attributes: &attributes,
                    page: None,
                    controls: &[],
                };
                found.extend(connection.first(search).await?);
            }
            found
        }
    };
    let mut objects = Vec::with_capacity(found.len());
    for mut entry in found {
        let Some(kind) = kind_of(&entry, directory).filter(|kind| kinds.iter().any(|one| one.kind == *kind))
        else {
            continue;
        };
        let partial = tidy(&mut entry, directory);
        if ranges::complete(connection, &mut entry, partial).await? {
            objects.push((kind, SourceEntry { object_id: identity::of(&entry), entry }));
        }
    }
    Ok(objects)
}

/// Entries anywhere in the naming context.
pub(crate) async fn subtree(
    connection: &mut Connection,
    filter: &Filter,
    attributes: &[String],
) -> Result<Vec<Entry>, SourceError> {
    /// More than any filter of ours can match, and no more than what directories give unpaged.
    const PAGE: u32 = 500;
    if matches!(filter, Filter::Any(parts) if parts.is_empty()) {
        return Ok(Vec::new());
    }
    let (mut found, mut cookie) = (Vec::new(), Vec::new());
    loop {
        let page = Page { size: PAGE, cookie: &cookie };
        let (more, next) = page_of(connection, filter, attributes, page).await?;
        found.extend(more);
        if next.is_empty() {
            return Ok(found);
        }
        cookie = next;
    }
}

/// One page of them, and the cookie of the next.
async fn page_of(
    connection: &mut Connection,
    filter: &Filter,
    attributes: &[String],
    page: Page<'_>,
) -> Result<(Vec<Entry>, Vec<u8>), SourceError> {
    let base = connection.profile.base()?.to_owned();
    let search =
        Search { base: &base, scope: Scope::Subtree, filter, attributes, page: Some(page), controls: &[] };
    let id = connection.start(search).await?;
    let mut found = Vec::new();
    loop {
        match connection.next(id).await? {
            Item::Entry(entry) => found.push(entry),
            Item::Reference(_) => {}
            Item::Done(outcome) if outcome.code == 0 => return Ok((found, outcome.cookie)),
            Item::Done(outcome) => return Err(refusal::of_search(&outcome, &base)),
        }
    }
}

/// Objects of the kinds with a text in one of their names. Active Directory has indexes of how these begin (MS-ADTS section
/// 2.2.9, fATTINDEX); for what is within them it would read everything. `None`: the directory has no such kinds.
fn called(text: &str, kinds: &[KindRequest], directory: DirectoryKind) -> Option<Filter> {
    let value = || text.as_bytes().to_vec();
    let names = if directory == DirectoryKind::ActiveDirectory {
        ["displayName", "cn", "sn", "givenName", "sAMAccountName", "userPrincipalName", "mail"]
            .map(|name| Filter::Begins(name, value()))
            .to_vec()
    } else {
        ["displayName", "cn", "uid", "mail"].map(|name| Filter::Contains(name, value())).to_vec()
    };
    let kinds: Vec<Filter> = kinds.iter().filter_map(|kind| Filter::of_kind(directory, kind.kind)).collect();
    (!kinds.is_empty()).then(|| Filter::All(vec![Filter::Any(kinds), Filter::Any(names)]))
}

/// Which of the ids are there, whatever they are.
pub(crate) async fn present(
    connection: &mut Connection,
    ids: &[String],
) -> Result<HashSet<String>, SourceError> {
    let directory = connection.profile.kind;
    let attributes = to_ask(&[], directory);
    let mut found = HashSet::with_capacity(ids.len());
    for ids in ids.chunks(IDS_A_SEARCH) {
        let entries = subtree(connection, &by_ids(ids, directory), &attributes).await?;
        found.extend(entries.iter().map(identity::of));
    }
    Ok(found)
}

/// Any of the ids.
pub(crate) fn by_ids(ids: &[String], directory: DirectoryKind) -> Filter {
    let mut parts = Vec::with_capacity(ids.len() * 2);
    for id in ids {
        if directory == DirectoryKind::ActiveDirectory {
            parts.extend(identity::guid_bytes(id).map(|guid| Filter::equal("objectGUID", guid)));
        } else {
            parts.extend(id_filters(id));
        }
    }
    Filter::Any(parts)
}

/// By what an entry of a directory other than Active Directory may be found.
pub(crate) fn id_filters(id: &str) -> impl Iterator<Item = Filter> {
    let unique_id = identity::to_unique_id(id).map(|id| Filter::equal("nsUniqueId", id));
    std::iter::once(Filter::equal("entryUUID", id)).chain(unique_id)
}

/// What an entry is, by its classes: the same division as [`Filter::of_kind`] makes.
pub(crate) fn kind_of(entry: &Entry, directory: DirectoryKind) -> Option<ObjectKind> {
    let is = |class: &str| entry.texts("objectClass").any(|name| name.eq_ignore_ascii_case(class));
    if directory == DirectoryKind::ActiveDirectory {
        if is("group") {
            Some(ObjectKind::Group)
        } else if is("contact") {
            Some(ObjectKind::Contact)
        } else {
            (is("user") && !is("computer")).then_some(ObjectKind::User)
        }
    } else if is("groupOfNames") || is("groupOfUniqueNames") {
        Some(ObjectKind::Group)
    } else {
        (is("inetOrgPerson") || is("person")).then_some(ObjectKind::User)
    }
}

/// What entries are that hold others.
pub(crate) const CONTAINER_CLASSES: [&str; 8] = [
    "organizationalUnit",
    "container",
    "builtinDomain",
    "domainDNS",
    "organization",
    "domain",
    "dcObject",
    "locality",
];

/// Whether an entry holds others.
pub(crate) fn is_container(entry: &Entry) -> bool {
    entry
        .texts("objectClass")
        .any(|name| CONTAINER_CLASSES.iter().any(|class| name.eq_ignore_ascii_case(class)))
}
