//! Parts of the tree that other servers hold (RFC 4511 section 4.5.3). They are not followed: what lies there has a
//! connection of its own, or is none of this domain's business.

/// The references of a reading: skipped, and told of once.
#[derive(Debug, Default)]
pub(crate) struct References {
    first: Option<String>,
    told: bool,
}

impl References {
    pub fn skip(&mut self, url: &str) {
        if self.first.is_none() && !is_partition_without_people(url) {
            self.first = Some(url.to_owned());
        }
    }

    /// What to tell, once.
    pub fn note(&mut self) -> Option<String> {
        let url = self.first.as_ref().filter(|_| !self.told)?;
        self.told = true;
        Some(format!(
            "The directory refers to another server for a part of the tree ({url}); such parts are not read."
        ))
    }
}

/// Active Directory refers to these beneath every domain.
fn is_partition_without_people(url: &str) -> bool {
    let name = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, name)| name);
    ["CN=Configuration,", "CN=Schema,", "DC=DomainDnsZones,", "DC=ForestDnsZones,"]
        .iter()
        .any(|start| name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_of_once_and_active_directorys_own_not_at_all() {
        let mut references = References::default();
        references.skip("ldap://ForestDnsZones.lab01.local/DC=ForestDnsZones,DC=lab01,DC=local");
        references.skip("ldap://lab01.local/CN=Configuration,DC=lab01,DC=local");
        assert_eq!(references.note(), None);
        references.skip("ldap://child.lab01.local/DC=child,DC=lab01,DC=local");
        references.skip("ldap://other.lab01.local/DC=other,DC=lab01,DC=local");
        assert!(references.note().is_some_and(|note| note.contains("child.lab01.local")));
        assert_eq!(references.note(), None);
    }
}
