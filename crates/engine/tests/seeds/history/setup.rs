//! How a history begins.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use domain::value::Attributes;
use domain::{
    ChangeId, Clock, Configuration, ConfigurationId, DirectoryKind, DomainId, ObjectKind, SourceDomain,
    TargetId, TargetSettings, TargetSystem, Value,
};
use storage::Storage;
use storage::configuration::ConfigurationChange;
use storage::directory::{DirectoryObject, DirectoryWrite};

use super::{Ends, History, SeedClock, Side};
use crate::check::{Identities, anchor};
use crate::chosen::Chosen;
use crate::dice::Dice;
use crate::memory;
use crate::model::{Model, principal_name};
use crate::source::{ModelSource, Shared, Style};

impl History {
    /// Invents the directories, what is chosen of them and what the target holds already.
    pub async fn begin(
        seed: u64,
        dice: &mut Dice,
        storage: Arc<dyn Storage>,
        storage_faults: Option<Arc<memory::Faults>>,
        domains: Option<usize>,
        tell: bool,
    ) -> Self {
        let clock = Arc::new(SeedClock {
            micros: AtomicI64::new(1_790_000_000_000_000),
            ids: AtomicI64::new(1),
            seed,
        });
        let now = clock.now();
        let target = TargetSystem {
            id: TargetId::new(clock.uuid()),
            name: format!("target {seed}"),
            settings: TargetSettings::BuiltIn,
            created_at: now,
            updated_at: now,
        };
        let target_id = target.id;
        let mut changes = vec![ConfigurationChange::PutTarget(target)];
        let mut sides = Vec::new();
        let usual = if dice.chance(25) { 2 } else { 1 };
        for number in 0..domains.unwrap_or(usual) {
            sides.push(side(seed, number, target_id, clock.as_ref(), dice, &mut changes));
        }
        storage.change_configuration(changes).await.expect("configured");
        let died = storage_faults.as_ref().map_or_else(Arc::default, |faults| Arc::clone(&faults.died));
        let ends = Ends {
            storage: Arc::clone(&storage),
            clock: Arc::clone(&clock),
            sources: sides.iter().map(|side| (side.domain, side.source.clone())).collect(),
            ledger: Arc::default(),
            within_store: dice.chance(50),
            died: Arc::clone(&died),
        };
        let mut history = Self {
            storage,
            storage_faults,
            clock,
            ends: Arc::new(ends),
            died,
            sides,
            earlier: Vec::new(),
            identities: Identities::default(),
            alone: true,
            tell,
        };
        history.say(|| format!("written within the store: {}", history.ends.within_store));
        for (at, side) in history.sides.iter().enumerate() {
            history.say(|| format!("side {at}: {:?} {:?}", side.source.lock().style, side.chosen));
        }
        history.populate(seed, dice).await;
        history
    }

    /// Objects that the target had before anybody synchronised into it.
    async fn populate(&mut self, seed: u64, dice: &mut Dice) {
        if dice.chance(50) {
            return;
        }
        let mut objects = Vec::new();
        if dice.chance(60) {
            objects.push(self.made_by_hand("shared-0", format!("boss {seed}"), true));
        }
        if dice.chance(60) {
            objects.push(self.made_by_hand("shared-1", String::new(), false));
        }
        let first = {
            let shared = self.sides[0].source.lock();
            let people = shared.model.living(Some(ObjectKind::User));
            dice.pick(&people).map(|at| anchor(&shared.model, at))
        };
        if let Some(anchor) = first {
            objects.push(self.made_by_hand("before", anchor, dice.chance(20)));
        }
        let writes = objects.iter().cloned();
        let writes = writes.map(|object| DirectoryWrite::Create { object, members: Vec::new() }).collect();
        self.storage.write_directory(writes).await.expect("made by hand");
        for object in objects {
            self.say(|| format!("by hand: {} {:?}", object.display_name, object.anchor));
            let stored = self.storage.directory_object(&object.id).await.expect("is read");
            self.earlier.extend(stored);
        }
    }

    fn made_by_hand(&self, login: &str, anchor: String, administrator: bool) -> DirectoryObject {
        let now = self.clock.now();
        let name = principal_name(login);
        let mut attributes = Attributes::from([
            ("displayName".to_owned(), Value::text(login)),
            ("userPrincipalName".to_owned(), Value::text(name.as_str())),
            ("accountEnabled".to_owned(), Value::Boolean(true)),
        ]);
        if administrator {
            attributes.insert("assignedRoles".to_owned(), Value::text("Global Administrator"));
        }
        DirectoryObject {
            id: self.clock.uuid().to_string(),
            kind: ObjectKind::User,
            anchor,
            display_name: login.to_owned(),
            user_principal_name: Some(name),
            mail: None,
            account_enabled: Some(true),
            attributes,
            configuration_id: ConfigurationId::new(self.clock.uuid()),
            change_id: ChangeId::new(self.clock.uuid()),
            created_at: now,
            updated_at: now,
        }
    }
}

fn side(
    seed: u64,
    number: usize,
    target_id: TargetId,
    clock: &SeedClock,
    dice: &mut Dice,
    changes: &mut Vec<ConfigurationChange>,
) -> Side {
    let now = clock.now();
    let mut model = Model::new(number, dice);
    let style = if dice.chance(70) { Style::Tombstones } else { Style::Sweep };
    let chosen = Chosen::new(&model, dice);
    let domain = SourceDomain {
        id: DomainId::new(clock.uuid()),
        name: format!("domain {seed}.{number}"),
        kind: DirectoryKind::Auto,
        connection: None,
        created_at: now,
        updated_at: now,
    };
    let configuration = Configuration {
        id: ConfigurationId::new(clock.uuid()),
        name: format!("configuration {seed}.{number}"),
        domain_id: domain.id,
        target_id,
        plan: chosen.plan(&model),
        created_at: now,
        updated_at: now,
    };
    model.unmet_units = chosen.units.iter().copied().collect();
    model.unmet_groups = chosen.groups.iter().copied().collect();
    let shared = Shared { model, style, pages_left: None, forget_cursor: false, stop_after: None };
    let side = Side {
        domain: domain.id,
        configuration: configuration.id,
        source: ModelSource(Arc::new(Mutex::new(shared))),
        chosen,
        drifted: false,
        forgotten: BTreeSet::new(),
        relinked: false,
    };
    changes.push(ConfigurationChange::PutDomain(domain));
    changes.push(ConfigurationChange::PutConfiguration(configuration));
    side
}
