//! Which objects belong to a configuration.
//!
//! Containers are held by their id with the name they had when they were chosen, so that renaming or moving one
//! changes nothing. What the directory itself marks as its own is left out, with the clauses that Cloud Sync uses;
//! an attribute that is absent passes.

use domain::scope::{Scope, ScopeContainer};
use domain::{Dn, Entry, ObjectKind};
use ports::{Source, SourceError};

/// Attributes that the exclusions look at.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "isCriticalSystemObject",
    "adminDescription",
    "sAMAccountName",
    "mailNickname",
    "msExchRecipientTypeDetails",
];

/// Recipient types that are no people: system, arbitration, discovery and linked-room mailboxes and the like
/// (a bit set of msExchRecipientTypeDetails).
const SYSTEM_RECIPIENTS: i64 = 566_259_712;

/// The scope of one cycle.
#[derive(Debug)]
pub(crate) struct ResolvedScope {
    /// Subtrees to read, none within another; empty: everything.
    pub(crate) bases: Vec<String>,
    pub(crate) containers: Vec<ScopeContainer>,
    pub(crate) notes: Vec<String>,
}

/// Finds the scope's containers in the directory: by id when they were met before, by name otherwise. A container
/// that is not there fails the cycle: nothing may be concluded from a scope that lost a part.
pub(crate) async fn resolve(
    source: &dyn Source,
    scope: &Scope,
    known: &[ScopeContainer],
) -> Result<ResolvedScope, SourceError> {
    let mut containers = Vec::with_capacity(scope.organizational_units.len());
    let mut notes = Vec::new();
    for chosen in &scope.organizational_units {
        let known =
            known.iter().find(|container| domain::dn::key(&container.chosen_dn) == domain::dn::key(chosen));
        let found = match known {
            Some(container) => source.container_by_id(&container.object_id).await?,
            None => source.container(chosen).await?,
        };
        let Some(found) = found else {
            return Err(SourceError::NoSuchBase { dn: chosen.clone() });
        };
        if domain::dn::key(&found.dn) != domain::dn::key(chosen) {
            notes.push(format!(
                "The container {chosen} of the scope is now {}; it is still the same one.",
                found.dn
            ));
        }
        containers.push(ScopeContainer {
            chosen_dn: chosen.clone(),
            object_id: found.object_id,
            current_dn: found.dn,
        });
    }
    Ok(ResolvedScope { bases: outermost(&containers), containers, notes })
}

/// The containers that lie within no other one.
fn outermost(containers: &[ScopeContainer]) -> Vec<String> {
    let names: Vec<_> =
        containers.iter().filter_map(|container| Dn::parse(&container.current_dn).ok()).collect();
    let mut bases: Vec<Dn> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let inner = names.iter().enumerate().any(|(other, outer)| {
            other != index && name.is_within(outer) && (name != outer || other < index)
        });
        if !inner {
            bases.push(name.clone());
        }
    }
    bases.iter().map(|name| name.as_str().to_owned()).collect()
}

/// Why the directory's own objects and leftovers are left out, or `None` for an object that is taken.
pub(crate) fn exclusion(entry: &Entry, kind: ObjectKind) -> Option<&'static str> {
    let starts = |name: &str, prefix: &str| entry.text(name).is_some_and(|text| has_prefix(text, prefix));
    if entry.text("isCriticalSystemObject").is_some_and(|text| text.eq_ignore_ascii_case("TRUE")) {
        return Some("isCriticalSystemObject is TRUE");
    }
    if entry.dn.contains("\\0ACNF:") {
        return Some("the name is that of a replication conflict");
    }
    match kind {
        ObjectKind::User => {
            if starts("adminDescription", "User_") {
                return Some("adminDescription begins with User_");
            }
            if entry.text("sAMAccountName").is_some_and(|text| text.eq_ignore_ascii_case("SUPPORT_388945a0"))
                || starts("sAMAccountName", "AAD_")
                || starts("sAMAccountName", "MSOL_")
                || starts("sAMAccountName", "CAS_")
            {
                return Some("sAMAccountName is that of a system account");
            }
            if starts("mailNickname", "SystemMailbox{") || starts("mailNickname", "CAS_") {
                return Some("mailNickname is that of a system mailbox");
            }
            let recipient =
                entry.text("msExchRecipientTypeDetails").and_then(|text| text.parse::<i64>().ok());
            if recipient.is_some_and(|bits| bits & SYSTEM_RECIPIENTS != 0) {
                return Some("msExchRecipientTypeDetails is that of a system mailbox");
            }
        }
        ObjectKind::Group => {
            if starts("adminDescription", "Group_") {
                return Some("adminDescription begins with Group_");
            }
            if entry.text("sAMAccountName") == Some("MSOL_AD_Sync_RichCoexistence") {
                return Some("sAMAccountName is that of a system group");
            }
        }
        ObjectKind::Contact => {
            if starts("mailNickname", "CAS_") {
                return Some("mailNickname is that of a system mailbox");
            }
        }
    }
    None
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(dn: &str) -> ScopeContainer {
        ScopeContainer { chosen_dn: dn.into(), object_id: String::new(), current_dn: dn.into() }
    }

    #[test]
    fn a_container_within_another_is_read_once() {
        let bases = outermost(&[
            container("OU=Sales,OU=People,DC=x"),
            container("OU=People,DC=x"),
            container("ou=people,dc=x"),
            container("OU=Groups,DC=x"),
        ]);
        assert_eq!(bases, ["OU=People,DC=x", "OU=Groups,DC=x"]);
    }

    #[test]
    fn an_absent_attribute_passes_the_exclusions() {
        assert_eq!(exclusion(&Entry::new("CN=Ann,DC=x"), ObjectKind::User), None);
        let critical = Entry::new("CN=krbtgt,DC=x").with("isCriticalSystemObject", ["TRUE"]);
        assert!(exclusion(&critical, ObjectKind::User).is_some());
        let conflict = Entry::new("CN=Ann\\0ACNF:1234,DC=x");
        assert!(exclusion(&conflict, ObjectKind::Group).is_some());
    }
}
