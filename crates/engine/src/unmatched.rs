//! Looking through a target for objects that match nothing in the source.
//!
//! An object matches when any configuration with the same target is linked to it: several configurations share a
//! target. Nothing is ever done to an object that is found here; a person decides.

use std::collections::HashSet;

use domain::unmatched::UnmatchedObject;
use domain::value::Value;
use domain::{Configuration, ConfigurationId, LinkId, ObjectKind, TargetSystem};
use ports::{Target, TargetObject};
use storage::{Storage, StorageError};
use xxhash_rust::xxh3::xxh3_64;

use crate::connectors::TargetContext;
use crate::cycle::Surroundings;
use crate::ending::problem_of;
use crate::handle::Hint;
use crate::mapping::TargetSchema;
use crate::run::CycleError;

/// Links read at a time.
const CHUNK: u32 = 5_000;

/// Looks through the target; the look has begun in the store. Writes down what it finds, and how it ended.
pub async fn look(surroundings: &Surroundings, configuration: &Configuration) {
    if let Err(error) = go(surroundings, configuration).await {
        tracing::error!(
            configuration.id = %configuration.id, error = %error,
            "a search for unmatched objects could not be written down"
        );
    }
}

async fn go(surroundings: &Surroundings, configuration: &Configuration) -> Result<(), StorageError> {
    let Surroundings { storage, clock, handle, .. } = surroundings;
    let problem = match walk(surroundings, configuration).await {
        Ok(()) => None,
        Err(CycleError::Storage(error)) => return Err(error),
        Err(error) => Some(problem_of(&error)),
    };
    storage.end_unmatched(configuration.id, clock.now(), problem).await?;
    handle.hint(Hint::Configuration(configuration.id));
    Ok(())
}

async fn walk(surroundings: &Surroundings, configuration: &Configuration) -> Result<(), CycleError> {
    let storage = surroundings.storage.as_ref();
    let gone = || CycleError::Configuration("the configuration's target was deleted".to_owned());
    let system = storage.target_system(configuration.target_id).await?.ok_or_else(gone)?;
    let context = TargetContext { configuration_id: configuration.id };
    let target = surroundings.connectors.target(&system, context).await?;
    let offered = target.probe().await?.kinds;
    let mut linked = Linked::of(storage, configuration).await?;
    for kind in configuration.plan.objects.iter().copied().filter(|kind| offered.contains(kind)) {
        list(surroundings, configuration, &system, target.as_ref(), kind, &linked).await?;
    }
    // What a cycle made while the target was listed is linked by now.
    let made = linked.more(storage).await?;
    for ids in made.chunks(CHUNK as usize) {
        storage.drop_unmatched(configuration.id, ids).await?;
    }
    Ok(())
}

async fn list(
    surroundings: &Surroundings,
    configuration: &Configuration,
    system: &TargetSystem,
    target: &dyn Target,
    kind: ObjectKind,
    linked: &Linked,
) -> Result<(), CycleError> {
    let schema = TargetSchema::of(system.kind());
    let mut after = None;
    loop {
        let page = target.list(kind, after).await?;
        let listed = page.objects.len() as u64;
        let found: Vec<UnmatchedObject> = page
            .objects
            .into_iter()
            .filter(|object| !linked.contains(&object.id))
            .map(|object| unmatched(kind, schema, object))
            .collect();
        surroundings.storage.add_unmatched(configuration.id, listed, &found).await?;
        surroundings.handle.hint(Hint::Configuration(configuration.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn unmatched(kind: ObjectKind, schema: TargetSchema, object: TargetObject) -> UnmatchedObject {
    let text = |name: &str| object.attributes.get(name).and_then(Value::as_text).map(ToOwned::to_owned);
    UnmatchedObject {
        kind,
        name: text(schema.user_name).or_else(|| text(schema.mail)).unwrap_or_default(),
        id: object.id,
        anchor: object.anchor,
        display_name: object.display_name,
        administrator: object.administrator,
    }
}

/// Digests of the target ids that are linked: eight bytes an object and what a set adds.
struct Linked {
    ids: HashSet<u64>,
    /// How far the links of each configuration were read.
    read: Vec<(ConfigurationId, LinkId)>,
}

impl Linked {
    async fn of(storage: &dyn Storage, configuration: &Configuration) -> Result<Self, StorageError> {
        let all = storage.configurations().await?;
        let sharing = all.into_iter().filter(|other| other.target_id == configuration.target_id);
        let mut linked =
            Self { ids: HashSet::new(), read: sharing.map(|other| (other.id, LinkId(0))).collect() };
        linked.more(storage).await?;
        Ok(linked)
    }

    /// Reads links that came since, and gives their target ids.
    async fn more(&mut self, storage: &dyn Storage) -> Result<Vec<String>, StorageError> {
        let first = self.ids.is_empty();
        let mut new = Vec::new();
        for (configuration, after) in &mut self.read {
            loop {
                let links = storage.links_after(*configuration, *after, CHUNK).await?;
                let Some(last) = links.last() else { break };
                *after = last.id;
                self.ids.extend(links.iter().map(|link| xxh3_64(link.target_id.as_bytes())));
                if !first {
                    new.extend(links.into_iter().map(|link| link.target_id));
                }
            }
        }
        Ok(new)
    }

    fn contains(&self, id: &str) -> bool {
        self.ids.contains(&xxh3_64(id.as_bytes()))
    }
}
