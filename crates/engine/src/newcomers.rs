//! Objects that come into scope while only changes are read: who refers to them?
//!
//! A directory does not tell a group again because one of its members was moved into the scope, and the name under
//! which the group knew the member is another one now. So the directory is asked who has the newcomer among its
//! references.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::ObjectKind;
use ports::{KindRequest, Members, Which};
use storage::link::LinkState;

use crate::page::Arrival;
use crate::resolver::Resolver;
use crate::run::{CycleError, Run};

/// Up to so many newcomers are added to their groups one by one; the groups of more are read whole.
const FEW: usize = 32;

/// Names in one question.
const NAMES: usize = 100;

/// Tells the names of newcomers among the names that began to mean something: such a name stands there twice, as it is
/// and like this, and so survives a crash without a place of its own.
const fn mark(name: u64) -> u64 {
    name ^ 0x6e65_7763_6f6d_6572
}

impl Run {
    /// Notes that a name means a newcomer.
    pub(crate) fn note_newcomer(&mut self, name: u64) {
        self.changed_names.extend([name, mark(name)]);
    }

    /// Takes the newcomers among changed names to those who refer to them.
    pub(crate) async fn join_newcomers(&mut self, names: &[u64]) -> Result<(), CycleError> {
        let noted: HashSet<u64> = names.iter().copied().collect();
        let keys: Vec<u64> = names.iter().copied().filter(|name| noted.contains(&mark(*name))).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let mut newcomers = BTreeSet::new();
        for keys in keys.chunks(10_000) {
            for (_, link) in self.links.links_by_name(self.configuration.id, keys).await? {
                if link.state == LinkState::Active {
                    newcomers.insert(link.source_dn);
                }
            }
        }
        let newcomers: Vec<String> = newcomers.into_iter().collect();
        let attributes: BTreeSet<String> =
            self.mappings.values().flat_map(|mappings| mappings.naming_attributes().0).cloned().collect();
        let attributes: Vec<String> = attributes.into_iter().collect();
        if attributes.is_empty() {
            return Ok(());
        }
        if newcomers.len() > FEW {
            let requests: Vec<KindRequest> = self
                .mappings
                .keys()
                .map(|kind| KindRequest { kind: *kind, attributes: Vec::new() })
                .collect();
            for names in newcomers.chunks(NAMES) {
                let which = Which::Referring { names, attributes: &attributes };
                let found = self.ends.source.objects(which, &requests).await?;
                self.rereads.extend(found.into_iter().map(|(kind, object)| (kind, object.object_id)));
            }
            return Ok(());
        }
        for name in &newcomers {
            self.join_newcomer(name, &attributes).await?;
        }
        Ok(())
    }

    /// Groups get their new member without being read whole; whoever else refers to it is read again.
    async fn join_newcomer(&mut self, name: &String, attributes: &[String]) -> Result<(), CycleError> {
        let mut requests = self.kind_requests();
        for request in &mut requests {
            let members =
                self.mappings.get(&request.kind).and_then(|mappings| mappings.naming_attributes().1);
            request.attributes.retain(|attribute| members != Some(attribute));
        }
        let which = Which::Referring { names: std::slice::from_ref(name), attributes };
        let found = self.ends.source.objects(which, &requests).await?;
        let mut groups = Vec::new();
        for (kind, object) in found {
            if kind == ObjectKind::Group {
                if self.scope.needs_members(&object.entry.dn) {
                    self.load_scope_members().await?;
                }
                let members = Members::Delta { joined: vec![name.clone()], left: Vec::new() };
                groups.push(Arrival { read: object, members });
            } else {
                self.rereads.insert((kind, object.object_id));
            }
        }
        if groups.is_empty() {
            return Ok(());
        }
        let kinds = BTreeMap::from([(ObjectKind::Group, groups)]);
        self.resolver = Resolver::for_changes();
        self.find_strangers(&kinds).await?;
        for (kind, arrivals) in kinds {
            self.process_page(kind, arrivals).await?;
        }
        Ok(())
    }
}
