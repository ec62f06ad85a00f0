//! Finds the scope's containers and groups in the directory.

use std::collections::{HashMap, HashSet};

use domain::scope::{Nesting, Scope, ScopeContainer};
use domain::{Dn, ObjectKind};
use expression::filter::Filters;
use ports::{Container, KindRequest, MOST_OBJECTS, ReadRequest, Source, SourceError, Which};
use storage::link::name_key;

use super::ResolvedScope;

/// What earlier cycles found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) containers: &'a [ScopeContainer],
    pub(crate) groups: &'a [ScopeContainer],
}

/// Attributes in which groups list their members.
const MEMBERS: [&str; 2] = ["member", "uniqueMember"];

/// Groups that a scope follows at most: beyond that somebody chose the wrong one.
const MOST_GROUPS: usize = 100_000;

/// Finds the scope's parts: by id when they were met before, by name otherwise. A part that was never met and is not
/// there fails the cycle: it was misspelt, and nothing may be concluded from it. One that was met and is gone by id
/// and by name was deleted: what belonged to it leaves the scope.
pub(crate) async fn resolve(
    source: &dyn Source,
    scope: &Scope,
    known: Known<'_>,
) -> Result<ResolvedScope, SourceError> {
    let mut resolved = ResolvedScope { filters: filters(scope)?, ..ResolvedScope::default() };
    for chosen in &scope.organizational_units {
        let part = find(source, chosen, known.containers, "container", &mut resolved.notes).await?;
        resolved.containers.push(part);
    }
    for chosen in &scope.groups {
        let part = find(source, chosen, known.groups, "group", &mut resolved.notes).await?;
        resolved.groups.push(part);
    }
    if scope.is_everything() {
        return Ok(resolved);
    }
    let there: Vec<Dn> =
        resolved.containers.iter().filter_map(|part| Dn::parse(&part.current_dn).ok()).collect();
    resolved.beneath = Some(there.iter().map(Dn::key).collect());
    if scope.groups.is_empty() {
        resolved.bases = Some(outermost(&there));
    } else {
        load_members(source, scope.nested_groups, &mut resolved).await?;
    }
    Ok(resolved)
}

/// The scope as an earlier cycle found it, without asking the directory. Members of groups are not loaded.
pub(crate) fn recall(
    scope: &Scope,
    containers: Vec<ScopeContainer>,
    groups: Vec<ScopeContainer>,
) -> Result<ResolvedScope, SourceError> {
    let beneath = (!scope.is_everything()).then(|| {
        let there = containers.iter().filter(|part| !part.current_dn.is_empty());
        there.map(|part| domain::dn::key(&part.current_dn)).collect()
    });
    Ok(ResolvedScope { containers, groups, beneath, filters: filters(scope)?, ..ResolvedScope::default() })
}

fn filters(scope: &Scope) -> Result<Filters, SourceError> {
    Filters::compile(&scope.filters).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        SourceError::Settings(problems.join("; "))
    })
}

async fn find(
    source: &dyn Source,
    chosen: &str,
    known: &[ScopeContainer],
    what: &str,
    notes: &mut Vec<String>,
) -> Result<ScopeContainer, SourceError> {
    let same = |container: &&ScopeContainer| domain::dn::key(&container.chosen_dn) == domain::dn::key(chosen);
    let known = known.iter().find(same);
    let part = |found: Container| ScopeContainer {
        chosen_dn: chosen.to_owned(),
        object_id: found.object_id,
        current_dn: found.dn,
    };
    if let Some(known) = known {
        if let Some(found) = source.container_by_id(&known.object_id).await? {
            if domain::dn::key(&found.dn) != domain::dn::key(chosen) {
                notes.push(format!(
                    "The {what} {chosen} of the scope is now {}; it is still the same one.",
                    found.dn
                ));
            }
            return Ok(part(found));
        }
        if let Some(found) = source.container(chosen).await? {
            notes.push(format!(
                "The {what} {chosen} of the scope was deleted; another one with its name takes its place."
            ));
            return Ok(part(found));
        }
        notes.push(format!(
            "The {what} {chosen} of the scope was deleted. What belonged to it left the scope."
        ));
        return Ok(ScopeContainer { current_dn: String::new(), ..known.clone() });
    }
    match source.container(chosen).await? {
        Some(found) => Ok(part(found)),
        None => Err(SourceError::NoSuchBase { dn: chosen.to_owned() }),
    }
}

/// The containers that lie within no other one.
fn outermost(names: &[Dn]) -> Vec<String> {
    let keys: HashSet<String> = names.iter().map(Dn::key).collect();
    let mut taken = HashSet::new();
    names
        .iter()
        .filter(|name| {
            let key = name.key();
            !super::ancestors(&key).skip(1).any(|above| keys.contains(above)) && taken.insert(key)
        })
        .map(|name| name.as_str().to_owned())
        .collect()
}

/// Collects the names of everything that the scope's groups hold, following groups among the members as far as
/// asked. Groups that hold each other in a circle are followed once.
async fn load_members(
    source: &dyn Source,
    nesting: Nesting,
    resolved: &mut ResolvedScope,
) -> Result<(), SourceError> {
    let mut names = HashSet::new();
    let chosen = resolved.groups.iter().filter(|group| !group.current_dn.is_empty());
    let mut wave: Vec<String> = chosen.map(|group| group.object_id.clone()).collect();
    let mut followed: HashSet<String> = wave.iter().cloned().collect();
    let all_groups = if nesting == Nesting::Off { HashMap::new() } else { group_names(source).await? };
    let mut level = 0;
    while !wave.is_empty() {
        let mut next = Vec::new();
        for ids in wave.chunks(MOST_OBJECTS) {
            for (dn, members) in members_of(source, ids).await? {
                names.insert(name_key(&dn));
                for member in members {
                    let key = name_key(&member);
                    names.insert(key);
                    let Some(id) = all_groups.get(&key) else { continue };
                    if followed.insert(id.clone()) {
                        resolved.groups.push(ScopeContainer {
                            chosen_dn: String::new(),
                            object_id: id.clone(),
                            current_dn: member,
                        });
                        next.push(id.clone());
                    }
                }
            }
        }
        level += 1;
        let deeper = nesting == Nesting::All || (nesting == Nesting::OneLevel && level == 1);
        if followed.len() > MOST_GROUPS {
            let problem = format!("the groups of the scope hold more than {MOST_GROUPS} groups");
            return Err(SourceError::Settings(problem));
        }
        wave = if deeper { next } else { Vec::new() };
    }
    resolved.members = Some(names);
    Ok(())
}

/// Name and members of groups.
async fn members_of(source: &dyn Source, ids: &[String]) -> Result<Vec<(String, Vec<String>)>, SourceError> {
    let request = KindRequest {
        kind: ObjectKind::Group,
        attributes: MEMBERS.iter().map(ToString::to_string).collect(),
    };
    let found = source.objects(Which::Ids(ids), &[request]).await?;
    Ok(found
        .into_iter()
        .map(|(_, group)| {
            let members =
                MEMBERS.iter().flat_map(|name| group.entry.texts(name)).map(ToOwned::to_owned).collect();
            (group.entry.dn, members)
        })
        .collect())
}

/// Every group of the domain, by name.
async fn group_names(source: &dyn Source) -> Result<HashMap<u64, String>, SourceError> {
    let request =
        ReadRequest { kind: ObjectKind::Group, bases: Vec::new(), attributes: Vec::new(), page_size: 1000 };
    let mut reader = source.read(request).await?;
    let mut names = HashMap::new();
    while let Some(page) = reader.next_page().await? {
        names.extend(page.entries.into_iter().map(|group| (name_key(&group.entry.dn), group.object_id)));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_within_another_is_read_once() {
        let names: Vec<Dn> =
            ["OU=Sales,OU=People,DC=x", "OU=People,DC=x", "ou=people,dc=x", "OU=Groups,DC=x"]
                .iter()
                .map(|dn| Dn::parse(dn).expect("a name"))
                .collect();
        assert_eq!(outermost(&names), ["OU=People,DC=x", "OU=Groups,DC=x"]);
    }
}
