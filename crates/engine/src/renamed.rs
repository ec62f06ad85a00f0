//! Members that are texts: what a renaming means for groups which did not change.

use std::collections::BTreeSet;

use domain::{DirectoryKind, LinkId};
use storage::link::LinkState;

use crate::run::{CycleError, Run};

impl Run {
    /// Active Directory's groups follow their members through every name. In most other directories who gets another
    /// name is no member any more until somebody writes the new name into the group, and the group itself did not
    /// change: the groups of who bears one of the names are read again.
    pub(crate) async fn reread_groups_of(&mut self, names: &[u64]) -> Result<(), CycleError> {
        if self.directory == DirectoryKind::ActiveDirectory {
            return Ok(());
        }
        let bearers = self.links.links_by_name(self.configuration.id, names).await?;
        let active = bearers.into_iter().filter(|(_, link)| link.state == LinkState::Active);
        let bearers: Vec<LinkId> = active.map(|(_, link)| link.id).collect();
        let memberships = self.links.memberships_of(&bearers).await?;
        let groups: BTreeSet<LinkId> = memberships.into_iter().map(|membership| membership.group).collect();
        let groups: Vec<LinkId> = groups.into_iter().collect();
        for groups in groups.chunks(5_000) {
            let links = self.links.links_by_id(groups).await?;
            let active = links.into_iter().filter(|link| link.state == LinkState::Active);
            self.rereads.extend(active.map(|link| (link.kind, link.object_id)));
        }
        Ok(())
    }
}
