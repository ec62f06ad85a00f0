//! Names in a page of changes that the store does not know: their bearers may be told further on, so the directory is
//! asked who they are.

use std::collections::{BTreeMap, HashSet};

use domain::ObjectKind;
use ports::{KindRequest, MOST_OBJECTS, Members, Which};
use storage::link::{LinkState, name_key};

use crate::page::Arrival;
use crate::resolver::NameKey;
use crate::run::{CycleError, Run};

impl Run {
    /// Finds out who bears the names under which members joined or left, and to which objects refer: who was
    /// renamed is known to the store under the old name until the page with the renaming was worked on, and nobody's
    /// manager is taken away for that long. Who left the scope besides is still known: it may be the one who left a group.
    pub(crate) async fn find_strangers(
        &mut self,
        kinds: &BTreeMap<ObjectKind, Vec<Arrival>>,
    ) -> Result<(), CycleError> {
        let names = self.names_in(kinds);
        if names.is_empty() {
            return Ok(());
        }
        self.load_keys(names.iter().map(|name| NameKey::of(name)).collect()).await?;
        let strangers: Vec<String> = names
            .into_iter()
            .filter(|name| !self.resolver.knows(NameKey::of(name)))
            .map(ToOwned::to_owned)
            .collect();
        let requests: Vec<_> =
            self.mappings.keys().map(|kind| KindRequest { kind: *kind, attributes: Vec::new() }).collect();
        for chunk in strangers.chunks(MOST_OBJECTS) {
            let found = self.ends.source.objects(Which::Names(chunk), &requests).await?;
            for (kind, object) in found {
                let id = std::slice::from_ref(&object.object_id);
                let links = self.links.links_of(self.configuration.id, kind, id).await?;
                let key = name_key(&object.entry.dn);
                // Who is on the way out may come back as a member: only the group's members tell then.
                if links.iter().all(|link| link.state != LinkState::Leaving) {
                    self.resolver.remember_stranger(key);
                }
                for link in links.into_iter().filter(|link| link.state == LinkState::Active) {
                    self.resolver.remember_key(key, link.id);
                }
            }
        }
        Ok(())
    }

    /// The names, each once. Who stands on the page, among its own kind, needs no asking.
    fn names_in<'a>(&self, kinds: &'a BTreeMap<ObjectKind, Vec<Arrival>>) -> Vec<&'a str> {
        let mut names = Vec::new();
        for (kind, arrivals) in kinds {
            let Some(mappings) = self.mappings.get(kind) else { continue };
            let mut known: HashSet<NameKey> =
                arrivals.iter().map(|arrival| NameKey::of(&arrival.read.entry.dn)).collect();
            for arrival in arrivals {
                if let Members::Delta { joined, left } = &arrival.members {
                    names.extend(joined.iter().chain(left).map(String::as_str));
                }
                let referred =
                    mappings.reference_sources().flat_map(|source| arrival.read.entry.texts(source));
                names.extend(referred.filter(|name| known.insert(NameKey::of(name))));
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}
