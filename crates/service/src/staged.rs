//! Removals that the accidental-delete guard holds back, before somebody allows them.

use domain::access::{Principal, Role};
use domain::{LinkId, ObjectKind};
use storage::link::LinkState;

use crate::view::{Staged, count_staged};
use crate::world::World;
use crate::{Result, Service};

/// An object that waits to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedObject {
    pub kind: ObjectKind,
    pub object_id: String,
    pub display_name: String,
    /// Where it was when it was last seen.
    pub source_dn: String,
}

impl Service {
    /// How much is held back, and the first of the objects.
    pub async fn staged_deletes(
        &self,
        principal: &Principal,
        reference: &str,
        most: u32,
    ) -> Result<(Staged, Vec<StagedObject>)> {
        Self::require(principal, Role::Reader)?;
        let configuration = World::load(self.storage()).await?.find_configuration(reference)?.clone();
        let staged = count_staged(self.storage(), &configuration).await?;
        if staged.objects == 0 {
            return Ok((staged, Vec::new()));
        }
        let id = configuration.id;
        let links = self.storage().links_in_state(id, LinkState::Leaving, LinkId(0), most).await?;
        let objects = links.into_iter().map(|link| StagedObject {
            kind: link.kind,
            object_id: link.object_id,
            display_name: link.display_name,
            source_dn: link.source_dn,
        });
        Ok((staged, objects.collect()))
    }
}
