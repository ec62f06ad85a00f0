//! Which objects belong to a configuration.
//!
//! Containers and groups are held by their id with the name they had when they were chosen, so that renaming or
//! moving one changes nothing. What the directory itself marks as its own is left out first.

mod exclusion;
#[cfg(test)]
mod large;
mod resolve;

use std::collections::HashSet;

use domain::scope::ScopeContainer;
use domain::{Entry, ObjectKind};
use expression::filter::Filters;
use storage::link::name_key;

pub(crate) use exclusion::ATTRIBUTES;
pub(crate) use resolve::{Known, recall, resolve};

/// The scope of one cycle.
#[derive(Debug, Default)]
pub(crate) struct ResolvedScope {
    /// Subtrees to read, none within another; `None`: the whole naming context.
    pub(crate) bases: Option<Vec<String>>,
    /// The chosen containers. Those that are gone have an empty `current_dn`.
    pub(crate) containers: Vec<ScopeContainer>,
    /// The chosen groups and those that were followed. Gone ones have an empty `current_dn`.
    pub(crate) groups: Vec<ScopeContainer>,
    pub(crate) notes: Vec<String>,
    /// Normalised names of the containers; `None` when neither containers nor groups narrow the scope.
    pub(crate) beneath: Option<HashSet<String>>,
    /// Names of the groups' members and of the groups; `None` while they are not needed.
    pub(crate) members: Option<HashSet<u64>>,
    pub(crate) filters: Filters,
}

impl ResolvedScope {
    /// Why an object belongs to the configuration, or why it does not; either way a sentence.
    pub(crate) fn verdict(&self, entry: &Entry, kind: ObjectKind) -> Result<String, String> {
        if let Some(reason) = exclusion::exclusion(entry, kind) {
            return Err(format!("The directory keeps the object for itself: {reason}."));
        }
        let place = self.place(&entry.dn)?;
        if Filters::narrow(kind) {
            self.filters.verdict(entry).map_err(|excluded| excluded.sentence)?;
        }
        Ok(place)
    }

    /// Whether members of groups have to be known to decide about an object at a name.
    pub(crate) fn needs_members(&self, dn: &str) -> bool {
        !self.groups.is_empty() && self.members.is_none() && self.container_of(dn).is_none()
    }

    fn place(&self, dn: &str) -> Result<String, String> {
        let Some(_) = &self.beneath else {
            return Ok("Every object of the domain is in scope.".to_owned());
        };
        if let Some(container) = self.container_of(dn) {
            return Ok(format!("The object lies beneath {container}."));
        }
        if self.members.as_ref().is_some_and(|members| members.contains(&name_key(dn))) {
            return Ok("The object belongs to a group of the scope.".to_owned());
        }
        Err("The object lies beneath no container of the scope and belongs to none of its groups.".to_owned())
    }

    /// The chosen container that a name lies beneath, normalised.
    fn container_of(&self, dn: &str) -> Option<String> {
        let beneath = self.beneath.as_ref()?;
        let key = domain::dn::key(dn);
        ancestors(&key).find(|ancestor| beneath.contains(*ancestor)).map(ToOwned::to_owned)
    }

    /// Ids of the groups that are there.
    pub(crate) fn present_groups(&self) -> impl Iterator<Item = &str> {
        let there = self.groups.iter().filter(|group| !group.current_dn.is_empty());
        there.map(|group| group.object_id.as_str())
    }

    /// Whether a container or group of the scope has this id.
    pub(crate) fn is_part(&self, object_id: &str) -> bool {
        self.containers.iter().chain(&self.groups).any(|part| part.object_id == object_id)
    }
}

/// A normalised name and the names above it, from the name upwards.
fn ancestors(key: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    let starts = key.bytes().enumerate().filter_map(move |(at, byte)| {
        let separator = byte == b',' && !escaped;
        escaped = byte == b'\\' && !escaped;
        separator.then_some(at + 1)
    });
    std::iter::once(0).chain(starts).map(|at| &key[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(containers: &[&str]) -> ResolvedScope {
        ResolvedScope {
            beneath: Some(containers.iter().map(|dn| domain::dn::key(dn)).collect()),
            ..ResolvedScope::default()
        }
    }

    #[test]
    fn an_object_lies_beneath_a_container_at_any_depth_and_in_any_spelling() {
        let scope = scope(&["OU=People,DC=x"]);
        let verdict = |dn: &str| scope.verdict(&Entry::new(dn), ObjectKind::User);
        assert!(verdict("CN=Ann,OU=Sales,ou=people, dc=X").is_ok());
        assert!(verdict("CN=Ann\\,OU=People,OU=Others,DC=x").is_err());
        assert!(verdict("CN=Ann,OU=More People,DC=x").is_err());
    }

    #[test]
    fn a_scope_that_lost_all_its_containers_is_not_everything() {
        assert!(scope(&[]).verdict(&Entry::new("CN=Ann,DC=x"), ObjectKind::User).is_err());
        assert!(ResolvedScope::default().verdict(&Entry::new("CN=Ann,DC=x"), ObjectKind::User).is_ok());
    }

    #[test]
    fn a_group_member_is_in_scope_wherever_it_lies() {
        let mut scope = scope(&[]);
        scope.members = Some([name_key("CN=Ann,OU=A,DC=x")].into());
        assert!(scope.verdict(&Entry::new("cn=ann,ou=a,dc=x"), ObjectKind::User).is_ok());
        assert!(scope.verdict(&Entry::new("CN=Bob,OU=A,DC=x"), ObjectKind::User).is_err());
    }
}
