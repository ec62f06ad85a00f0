//! A forest as it is now: the blueprint and what has changed since.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
};

use super::{
    attribute::Attr,
    blueprint::{Blueprint, FIRST_USN, FIXED_USNS},
    dn,
    fixed::{self, Fixed, Places},
    object::{Kind, ObjectId, guid_text},
    random::mix,
    time::{DAY, Seconds},
};

/// A value that was set after creation. Links keep the object, so that they follow its renames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Octets(Box<[u8]>),
    Object(ObjectId),
}

#[derive(Debug)]
pub(crate) struct Override {
    pub attr: Attr,
    pub usn: u64,
    pub values: Vec<Value>,
}

/// Changes of a group's members since creation, each with its sequence number.
#[derive(Debug, Default)]
pub(crate) struct MemberChanges {
    pub added: BTreeMap<ObjectId, u64>,
    pub removed: BTreeMap<ObjectId, u64>,
}

#[derive(Debug)]
pub(crate) struct Deletion {
    pub last_parent: u32,
    pub usn: u64,
    pub time: Seconds,
}

/// Everything about one object that differs from the blueprint.
#[derive(Debug, Default)]
pub(crate) struct Patch {
    /// Sequence number and time of creation, for objects younger than the forest.
    pub created: Option<(u64, Seconds)>,
    pub usn: u64,
    pub changed: Seconds,
    pub name: Option<Box<str>>,
    pub parent: Option<u32>,
    /// Sequence number of the last rename or move.
    pub name_usn: u64,
    /// Sequence number of its last return from the deleted objects; 0: none.
    pub restored_usn: u64,
    pub deleted: Option<Deletion>,
    pub overrides: Vec<Override>,
    pub members: Option<Box<MemberChanges>>,
    /// Groups joined (true) or left (false).
    pub groups: Vec<(ObjectId, bool)>,
}

impl Patch {
    pub(crate) fn value(&self, attr: Attr) -> Option<&Override> {
        self.overrides.iter().find(|set| set.attr == attr)
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub blueprint: Blueprint,
    pub fixed: Vec<Fixed>,
    pub places: Places,
    pub(super) fixed_dns: Vec<String>,
    pub(super) fixed_by_dn: HashMap<String, u32>,
    pub(super) patches: HashMap<ObjectId, Patch>,
    /// Last change of every changed object, in order.
    pub(super) log: BTreeMap<u64, ObjectId>,
    /// Objects whose container or name is not the blueprint's.
    pub(super) names: HashMap<(u32, String), ObjectId>,
    /// Objects with another logon, principal or mail name than the blueprint's.
    pub(super) aliased: BTreeSet<ObjectId>,
    /// Reports gained since creation.
    pub(super) reports: HashMap<ObjectId, BTreeSet<ObjectId>>,
    pub(super) tombstones: VecDeque<ObjectId>,
    pub(super) purged: HashSet<ObjectId>,
    /// Former employees whose accounts are disabled but still there.
    pub(super) leavers: VecDeque<ObjectId>,
    pub(super) joined: u32,
    /// People who were deleted, purged ones included.
    pub(super) gone: u32,
    pub(super) new_groups: u32,
    pub(super) usn: u64,
    pub(super) now: Seconds,
    pub(super) ticks: u64,
}

impl State {
    pub(crate) fn new(blueprint: Blueprint) -> Self {
        let (fixed, places) = fixed::table(&blueprint);
        let mut state = Self {
            usn: blueprint.next_usn(),
            now: blueprint.epoch,
            blueprint,
            fixed,
            places,
            fixed_dns: Vec::new(),
            fixed_by_dn: HashMap::new(),
            patches: HashMap::new(),
            log: BTreeMap::new(),
            names: HashMap::new(),
            aliased: BTreeSet::new(),
            reports: HashMap::new(),
            tombstones: VecDeque::new(),
            purged: HashSet::new(),
            leavers: VecDeque::new(),
            joined: 0,
            gone: 0,
            new_groups: 0,
            ticks: 0,
        };
        state.index_fixed();
        state
    }

    /// Renames of containers change the names of all below them: only the containers' own are kept as text.
    pub(super) fn index_fixed(&mut self) {
        self.fixed_dns.clear();
        for index in 0..self.fixed.len() as u32 {
            let id = ObjectId::new(Kind::Fixed, index);
            let mut text = String::new();
            if index == Places::ROOT {
                text.push_str(&self.blueprint.base_dn);
            } else {
                let object = &self.fixed[index as usize];
                text.push_str(object.rdn);
                text.push('=');
                dn::escape_into(&self.name(id), &mut text);
                text.push(',');
                text.push_str(&self.fixed_dns[object.parent.unwrap_or(Places::ROOT) as usize]);
            }
            self.fixed_dns.push(text);
        }
        let normal = |text: &String| dn::parse(text).map(|names| dn::normal(&names));
        self.fixed_by_dn =
            self.fixed_dns.iter().zip(0..).filter_map(|(text, index)| Some((normal(text)?, index))).collect();
    }

    pub(crate) fn patch(&self, id: ObjectId) -> Option<&Patch> {
        self.patches.get(&id)
    }

    pub(crate) fn people(&self) -> u32 {
        self.blueprint.people.count() + self.joined
    }

    pub(crate) fn groups(&self) -> u32 {
        self.blueprint.groups.count() + self.new_groups
    }

    pub(crate) const fn highest_usn(&self) -> u64 {
        self.usn
    }

    /// Sequence numbers up to this one are those of the creation.
    pub(crate) fn creation_usn(&self) -> u64 {
        self.blueprint.next_usn()
    }

    pub(crate) const fn now(&self) -> Seconds {
        self.now
    }

    pub(crate) const fn ticks(&self) -> u64 {
        self.ticks
    }

    fn count(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Fixed => self.fixed.len() as u32,
            Kind::Person => self.people(),
            Kind::Group => self.groups(),
            Kind::Contact => self.blueprint.contacts.count(),
        }
    }

    /// Whether there is such an object, living or deleted.
    pub(crate) fn exists(&self, id: ObjectId) -> bool {
        id.index() < self.count(id.kind()) && !self.purged.contains(&id)
    }

    pub(crate) fn is_deleted(&self, id: ObjectId) -> bool {
        self.patch(id).is_some_and(|patch| patch.deleted.is_some())
    }

    pub(crate) fn is_alive(&self, id: ObjectId) -> bool {
        self.exists(id) && !self.is_deleted(id)
    }

    /// The first object at or after a number, of the wanted kinds.
    pub(crate) fn at_or_after(&self, id: ObjectId, wanted: impl Fn(Kind) -> bool) -> Option<ObjectId> {
        let mut id = id;
        loop {
            let (kind, count) = (id.kind(), self.count(id.kind()));
            if wanted(kind) && id.index() < count {
                if self.purged.contains(&id) {
                    id = ObjectId::new(kind, id.index() + 1);
                    continue;
                }
                return Some(id);
            }
            id = match kind {
                Kind::Fixed => ObjectId::new(Kind::Person, 0),
                Kind::Person => ObjectId::new(Kind::Group, 0),
                Kind::Group => ObjectId::new(Kind::Contact, 0),
                Kind::Contact => return None,
            };
        }
    }

    /// Living objects of a kind.
    pub(crate) fn alive(&self, kind: Kind) -> u32 {
        let gone = |id: &&ObjectId| id.kind() == kind;
        self.count(kind)
            - self.purged.iter().filter(gone).count() as u32
            - self.tombstones.iter().filter(gone).count() as u32
    }

    pub(crate) fn fixed_ids(&self) -> impl Iterator<Item = ObjectId> + use<> {
        (0..self.fixed.len() as u32).map(|index| ObjectId::new(Kind::Fixed, index))
    }

    /// Deleted objects, and the container they are in.
    pub(crate) fn deleted_ids(&self) -> Vec<ObjectId> {
        let container = ObjectId::new(Kind::Fixed, self.places.deleted);
        let mut ids: Vec<ObjectId> = self.tombstones.iter().copied().chain([container]).collect();
        ids.sort_unstable();
        ids
    }

    /// Objects changed after a sequence number, oldest change first.
    pub(crate) fn changed_after(&self, usn: u64) -> impl Iterator<Item = (u64, ObjectId)> + '_ {
        self.log.range(usn + 1..).map(|(&usn, &id)| (usn, id))
    }

    pub(crate) fn guid(&self, id: ObjectId) -> [u8; 16] {
        id.guid(self.blueprint.seed)
    }

    /// The container of an object. The two partitions' roots have none.
    pub(crate) fn parent(&self, id: ObjectId) -> Option<u32> {
        if let Some(patch) = self.patch(id) {
            if patch.deleted.is_some() {
                return Some(self.places.deleted);
            }
            if patch.parent.is_some() {
                return patch.parent;
            }
        }
        match id.kind() {
            Kind::Fixed => self.fixed.get(id.index() as usize)?.parent,
            Kind::Person => Some(self.places.department(self.blueprint.people.department(id.index()))),
            Kind::Group => Some(self.places.groups),
            Kind::Contact => Some(self.places.contacts),
        }
    }

    /// Whether an object is somewhere below a container of its own partition.
    pub(crate) fn is_below(&self, id: ObjectId, container: u32) -> bool {
        let mut parent = self.parent(id);
        while let Some(above) = parent {
            if above == container {
                return true;
            }
            parent = self.fixed.get(above as usize).and_then(|object| object.parent);
        }
        false
    }

    /// Name within the container, without the mark of deletion.
    pub(crate) fn name(&self, id: ObjectId) -> Cow<'_, str> {
        if let Some(name) = self.patch(id).and_then(|patch| patch.name.as_deref()) {
            return Cow::Borrowed(name);
        }
        match id.kind() {
            Kind::Fixed => self.fixed.get(id.index() as usize).map_or("", |object| &object.name).into(),
            Kind::Person => self.blueprint.people.get(id.index()).common_name().into(),
            Kind::Group => self.blueprint.groups.name(id.index()).into(),
            Kind::Contact => {
                self.blueprint.contacts.get(id.index()).map_or("", |contact| &contact.name).into()
            }
        }
    }

    /// Name as `name` and `cn` show it: deleted objects carry the mark that keeps names free for others.
    pub(crate) fn shown_name(&self, id: ObjectId) -> Cow<'_, str> {
        let name = self.name(id);
        if self.is_deleted(id) {
            return format!("{name}\nDEL:{}", guid_text(&self.guid(id))).into();
        }
        name
    }

    pub(crate) fn dn(&self, id: ObjectId) -> String {
        let mut text = String::with_capacity(80);
        self.dn_into(id, &mut text);
        text
    }

    pub(crate) fn dn_into(&self, id: ObjectId, text: &mut String) {
        if id.kind() == Kind::Fixed && !self.is_deleted(id) {
            text.push_str(self.fixed_dns.get(id.index() as usize).map_or("", String::as_str));
            return;
        }
        text.push_str(match id.kind() {
            Kind::Fixed => self.fixed.get(id.index() as usize).map_or("CN", |object| object.rdn),
            _ => "CN",
        });
        text.push('=');
        dn::escape_into(&self.shown_name(id), text);
        text.push(',');
        let parent = self.parent(id).unwrap_or(Places::ROOT);
        text.push_str(self.fixed_dns.get(parent as usize).map_or("", String::as_str));
    }

    pub(crate) fn usn_created(&self, id: ObjectId) -> u64 {
        if let Some((usn, _)) = self.patch(id).and_then(|patch| patch.created) {
            return usn;
        }
        let people = u64::from(self.blueprint.people.count());
        let groups = u64::from(self.blueprint.groups.count());
        FIRST_USN
            + match id.kind() {
                Kind::Fixed => u64::from(id.index()),
                Kind::Person => FIXED_USNS + u64::from(id.index()),
                Kind::Group => FIXED_USNS + people + u64::from(id.index()),
                Kind::Contact => FIXED_USNS + people + groups + u64::from(id.index()),
            }
    }

    pub(crate) fn usn_changed(&self, id: ObjectId) -> u64 {
        self.patch(id).map_or_else(|| self.usn_created(id), |patch| patch.usn)
    }

    pub(crate) fn when_created(&self, id: ObjectId) -> Seconds {
        if let Some((_, time)) = self.patch(id).and_then(|patch| patch.created) {
            return time;
        }
        let days = match id.kind() {
            Kind::Fixed => 2_500,
            Kind::Person => self.blueprint.people.get(id.index()).tenure_days(),
            Kind::Group | Kind::Contact => {
                100 + (mix(self.blueprint.seed, 0x7763, u64::from(id.number())) % 2_000) as i64
            }
        };
        self.blueprint.epoch - days * DAY
    }

    pub(crate) fn when_changed(&self, id: ObjectId) -> Seconds {
        if let Some(patch) = self.patch(id) {
            return patch.changed;
        }
        let ago = (mix(self.blueprint.seed, 0x7768, u64::from(id.number())) % (50 * DAY as u64)) as i64;
        self.blueprint.epoch - ago
    }
}
