//! Other configurations of the same target: what one of them keeps is not taken over by another.

use std::collections::HashMap;
use std::fmt;

use domain::ObjectKind;
use storage::link::{LinkState, anchor_key};

use crate::run::{CycleError, Run};

/// Who keeps an object of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keeper {
    configuration: String,
    source_dn: String,
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kept by the configuration \"{}\" for {}", self.configuration, self.source_dn)
    }
}

impl Run {
    /// Which of the anchors belong to objects that other configurations of this target keep. A person who left there
    /// is free to be taken over.
    pub(crate) async fn kept_elsewhere(
        &self,
        kind: ObjectKind,
        anchors: impl Iterator<Item = &str> + Send,
    ) -> Result<HashMap<String, Keeper>, CycleError> {
        let mut keepers = HashMap::new();
        if self.siblings.is_empty() {
            return Ok(keepers);
        }
        let wanted: HashMap<u64, &str> = anchors
            .filter(|anchor| !anchor.is_empty())
            .map(|anchor| (anchor_key(kind, anchor), anchor))
            .collect();
        let keys: Vec<u64> = wanted.keys().copied().collect();
        if keys.is_empty() {
            return Ok(keepers);
        }
        for (sibling, name) in &self.siblings {
            for (key, link) in self.links.links_by_anchor(*sibling, &keys).await? {
                let same = wanted.get(&key).is_some_and(|anchor| **anchor == link.anchor);
                if same && link.kind == kind && link.state == LinkState::Active {
                    let keeper = Keeper { configuration: name.clone(), source_dn: link.source_dn };
                    keepers.entry(link.anchor).or_insert(keeper);
                }
            }
        }
        Ok(keepers)
    }
}
