//! Finding somebody in a live directory by a part of a name, provisioned or not.

use domain::access::{Principal, Role};
use domain::{Dn, ObjectKind};
pub use ports::MOST_CALLED as MOST_FOUND;
use ports::{KindRequest, Which};

use crate::{Result, Service, ServiceError};

/// The longest text that is searched for, bytes.
const LONGEST: usize = 200;
/// The shortest, characters.
const SHORTEST: usize = 2;

/// Somebody, or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundObject {
    pub kind: ObjectKind,
    pub object_id: String,
    pub display_name: String,
    pub dn: String,
}

impl Service {
    /// Objects of a configuration's directory, of the kinds that it takes, with a text in one of their names: in scope or
    /// not. In Active Directory names have to begin with it. At most [`MOST_FOUND`].
    pub async fn find_in_directory(
        &self,
        principal: &Principal,
        reference: &str,
        text: &str,
    ) -> Result<Vec<FoundObject>> {
        Self::require(principal, Role::Operator)?;
        let text = text.trim();
        if text.chars().count() < SHORTEST {
            return Err(ServiceError::invalid("q", "two characters of a name are needed at least"));
        }
        if text.len() > LONGEST {
            return Err(ServiceError::invalid("q", format!("is longer than {LONGEST} bytes")));
        }
        let (source, kinds) = self.source_and_kinds(reference).await?;
        let attributes = vec!["displayName".to_owned(), "cn".to_owned()];
        let kinds: Vec<KindRequest> =
            kinds.into_iter().map(|kind| KindRequest { kind, attributes: attributes.clone() }).collect();
        let _place = self.looks().acquire().await.map_err(ServiceError::internal)?;
        let mut found: Vec<FoundObject> = source
            .objects(Which::Called(text), &kinds)
            .await?
            .into_iter()
            .filter(|(_, one)| !one.object_id.is_empty())
            .map(|(kind, one)| {
                let name = one.entry.text("displayName").or_else(|| one.entry.text("cn")).map(str::to_owned);
                let leaf = || Dn::parse(&one.entry.dn).map_or_else(|_| one.entry.dn.clone(), |dn| dn.leaf());
                let display_name = name.unwrap_or_else(leaf);
                FoundObject { kind, object_id: one.object_id, display_name, dn: one.entry.dn }
            })
            .collect();
        found.sort_by_cached_key(|one| (one.display_name.to_lowercase(), one.dn.clone()));
        Ok(found)
    }
}
