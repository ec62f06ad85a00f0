//! The page commit: what can be refused is looked at first, so that nothing is half done.

use std::collections::BTreeSet;

use domain::{ConfigurationId, LinkId, ObjectKind};
use storage::link::{Link, LinkState, LinkWrite, PageCommit};
use storage::{Result, StorageError};

use super::{HeldLink, World};

impl World {
    pub(super) fn commit_page(
        &mut self,
        configuration: ConfigurationId,
        page: PageCommit,
    ) -> Result<Vec<LinkId>> {
        self.configured(configuration)?;
        if let Some((id, _)) = page.progress {
            self.is_running(id)?;
        }
        let gone: BTreeSet<LinkId> =
            page.unlinked.iter().copied().filter(|id| self.belongs(*id, configuration)).collect();
        let groups = |id: &String| {
            let written =
                page.links.iter().any(|link| link.kind == ObjectKind::Group && link.object_id == *id);
            written
                || self.find(configuration, ObjectKind::Group, id).is_some_and(|link| !gone.contains(&link))
        };
        if !page.members.iter().all(|write| groups(&write.group_object_id)) {
            return Err(StorageError::Stale { what: "group's link" });
        }

        if let Some((id, progress)) = page.progress {
            self.progress(id, progress)?;
        }
        self.intents.retain(|(_, intent)| !page.settled.contains(&intent.change_id));
        self.unlink(&gone);
        let links = page.links.into_iter().map(|write| self.put_link(configuration, write)).collect();
        for id in page.leaving {
            let held = self.links.get_mut(&id).filter(|held| held.configuration == configuration);
            if let Some(held) = held.filter(|held| held.link.state == LinkState::Active) {
                held.link.state = LinkState::Leaving;
            }
        }
        for write in page.references {
            let link = self.find(configuration, write.kind, &write.object_id);
            if let Some(held) = link.and_then(|id| self.links.get_mut(&id)) {
                if !write.keep {
                    held.names.clear();
                }
                held.names.extend(write.names);
            }
        }
        let groups: Vec<(LinkId, &storage::link::MemberWrite)> = page
            .members
            .iter()
            .filter_map(|write| {
                Some((self.find(configuration, ObjectKind::Group, &write.group_object_id)?, write))
            })
            .collect();
        for (group, write) in &groups {
            for member in &write.remove {
                self.members.remove(&(*group, *member));
            }
        }
        for (group, write) in &groups {
            for member in write.add.iter().filter(|id| self.links.contains_key(id)) {
                self.members.insert((*group, *member), false);
            }
        }
        for (group, write) in &groups {
            for member in &write.leaving {
                if let Some(leaving) = self.members.get_mut(&(*group, *member)) {
                    *leaving = true;
                }
            }
        }
        self.release(configuration, &page.released);
        for escrow in page.escrows {
            self.escrows.insert((configuration, escrow.object_id.clone(), escrow.kind), escrow);
        }
        self.put_records(page.records);
        self.unsettled.entry(configuration).or_default().extend(page.unsettled);
        if page.cursor.is_some() {
            self.put_cursor(configuration, page.cursor);
        }
        Ok(links)
    }

    fn find(&self, configuration: ConfigurationId, kind: ObjectKind, object_id: &str) -> Option<LinkId> {
        let is = |held: &&HeldLink| {
            held.configuration == configuration && held.link.kind == kind && held.link.object_id == object_id
        };
        self.links.values().find(is).map(|held| held.link.id)
    }

    fn put_link(&mut self, configuration: ConfigurationId, write: LinkWrite) -> LinkId {
        let known = self.find(configuration, write.kind, &write.object_id);
        let id = known.unwrap_or_else(|| {
            self.last_link += 1;
            LinkId(self.last_link)
        });
        let old = self.links.remove(&id);
        let (old_export, names) = old.map(|held| (held.exported, held.names)).unwrap_or_default();
        let link = Link {
            id,
            kind: write.kind,
            object_id: write.object_id,
            anchor: write.anchor,
            source_dn: write.source_dn,
            display_name: write.display_name,
            target_id: write.target_id,
            state: write.state,
            fingerprint: write.fingerprint,
        };
        let exported = write.exported.or(old_export);
        self.links.insert(id, HeldLink { configuration, link, exported, names });
        id
    }
}
