//! The model as a directory: full readings, changes since a cursor, and faults at chosen calls.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use domain::{ConfigurationId, Cursor, DirectoryKind, Entry, ObjectKind, Tracking};
use engine::EngineHandle;
use ports::{
    Browse, ChangePage, ChangeReader, ChangedObject, Changes, ChangesRequest, Container, KindRequest,
    Listing, Members, PageReader, ReadRequest, Source, SourceEntry, SourceError, SourceInfo, SourcePage,
    Which,
};

use super::model::Model;

/// How the directory tells its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Like Active Directory: tombstones, and members that joined and left.
    Tombstones,
    /// Like an LDAP server without a history of deletions: whole members, and a list of what is present.
    Sweep,
}

#[derive(Debug)]
pub struct Shared {
    pub model: Model,
    pub style: Style,
    /// Pages until the connection breaks; `None`: it holds.
    pub pages_left: Option<usize>,
    /// The next cursor is not known any more.
    pub forget_cursor: bool,
    /// Pages until somebody asks the cycle to stop.
    pub stop_after: Option<(usize, EngineHandle, ConfigurationId)>,
}

#[derive(Clone)]
pub struct ModelSource(pub Arc<Mutex<Shared>>);

const PAGE: usize = 3;

impl ModelSource {
    pub fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().expect("no test panicked while it held the model")
    }

    fn page_or_fault(&self) -> Result<(), SourceError> {
        let mut shared = self.lock();
        match &mut shared.stop_after {
            Some((0, handle, configuration)) => {
                handle.request_stop(*configuration);
                shared.stop_after = None;
            }
            Some((left, ..)) => *left -= 1,
            None => {}
        }
        match &mut shared.pages_left {
            Some(0) => Err(SourceError::Incomplete { reason: "the connection broke".to_owned() }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn read(model: &Model, at: usize, with_members: bool) -> SourceEntry {
    SourceEntry { object_id: model.object_id(at), entry: model.entry(at, with_members) }
}

#[async_trait]
impl Source for ModelSource {
    async fn probe(&self) -> Result<SourceInfo, SourceError> {
        Ok(SourceInfo {
            kind: DirectoryKind::ActiveDirectory,
            product: "model".to_owned(),
            base_dn: "DC=x".to_owned(),
            server_name: None,
        })
    }

    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError> {
        let key = domain::dn::key(dn);
        Ok(self.lock().model.holders().find(|holder| domain::dn::key(&holder.dn) == key))
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        Ok(self.lock().model.holders().find(|holder| holder.object_id == object_id))
    }

    async fn browse(&self, _: Browse) -> Result<Option<Listing>, SourceError> {
        Err(SourceError::Directory("nobody browses in a cycle".to_owned()))
    }

    async fn read(&self, request: ReadRequest) -> Result<Box<dyn PageReader>, SourceError> {
        let shared = self.lock();
        let model = &shared.model;
        let bases: Vec<domain::Dn> =
            request.bases.iter().filter_map(|base| domain::Dn::parse(base).ok()).collect();
        let entries: Vec<SourceEntry> = (0..model.objects.len())
            .filter(|at| {
                let object = &model.objects[*at];
                let dn = domain::Dn::parse(&model.dn(*at)).expect("a name");
                object.alive
                    && object.kind == request.kind
                    && (bases.is_empty() || bases.iter().any(|base| dn.is_within(base)))
            })
            .map(|at| read(model, at, true))
            .collect();
        Ok(Box::new(Pages { source: self.clone(), entries: entries.into_iter() }))
    }

    async fn object(&self, dn: &str, _: &[String]) -> Result<Option<Entry>, SourceError> {
        let shared = self.lock();
        let model = &shared.model;
        let found = (0..model.objects.len())
            .find(|at| model.objects[*at].alive && domain::dn::key(&model.dn(*at)) == domain::dn::key(dn));
        Ok(found.map(|at| model.entry(at, true)))
    }

    async fn objects(
        &self,
        which: Which<'_>,
        kinds: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
        self.page_or_fault()?;
        let shared = self.lock();
        let model = &shared.model;
        Ok((0..model.objects.len())
            .filter(|at| {
                let object = &model.objects[*at];
                let wanted = match which {
                    Which::Ids(ids) => ids.contains(&object.id.hyphenated().to_string()),
                    Which::Referring { names, attributes } => {
                        let named = |to: &usize| {
                            let key = domain::dn::key(&model.dn(*to));
                            names.iter().any(|name| domain::dn::key(name) == key)
                        };
                        let asked = |attribute: &str| attributes.iter().any(|one| one == attribute);
                        asked("manager") && object.manager.as_ref().is_some_and(named)
                            || asked("member") && object.members.iter().any(named)
                    }
                    Which::Called(text) => model.dn(*at).contains(text),
                    Which::Names(names) => {
                        let key = domain::dn::key(&model.dn(*at));
                        names.iter().any(|name| domain::dn::key(name) == key)
                    }
                };
                wanted && object.alive && kinds.iter().any(|kind| kind.kind == object.kind)
            })
            .map(|at| (model.objects[at].kind, read(model, at, true)))
            .collect())
    }

    async fn mark(&self) -> Result<Option<Cursor>, SourceError> {
        Ok(Some(cursor(self.lock().model.usn)))
    }

    async fn changes(&self, request: ChangesRequest) -> Result<Changes, SourceError> {
        let mut shared = self.lock();
        if std::mem::take(&mut shared.forget_cursor) {
            return Ok(Changes::Lost { reason: "the history is gone".to_owned() });
        }
        let since: u64 = request.cursor.value.parse().expect("our own cursor");
        let mut pages = match shared.style {
            Style::Tombstones => with_tombstones(&shared.model, since),
            Style::Sweep => with_presence(&shared.model, since),
        };
        let asked: Vec<ObjectKind> = request.kinds.iter().map(|kind| kind.kind).collect();
        for page in &mut pages {
            page.objects.retain(|object| asked.contains(&object.kind));
        }
        let sweep = shared.style == Style::Sweep;
        Ok(Changes::Since(Box::new(ModelChanges { source: self.clone(), pages: pages.into_iter(), sweep })))
    }
}

impl Model {
    /// Everything that may be part of a scope.
    fn holders(&self) -> impl Iterator<Item = Container> {
        let units = (0..self.units.len()).filter(|unit| self.units[*unit].alive);
        let groups = self.living(Some(ObjectKind::Group)).into_iter();
        units
            .map(|unit| Container {
                dn: self.unit_dn(unit),
                object_id: self.units[unit].id.hyphenated().to_string(),
            })
            .chain(groups.map(|at| Container { dn: self.dn(at), object_id: self.object_id(at) }))
    }
}

fn cursor(usn: u64) -> Cursor {
    Cursor { tracking: Tracking::DirSync, value: usn.to_string() }
}

/// Everything that changed, oldest first, a few objects a page.
fn with_tombstones(model: &Model, since: u64) -> Vec<ChangePage> {
    let mut order: Vec<(u64, Result<usize, usize>)> = (0..model.objects.len())
        .filter(|at| model.objects[*at].changed > since)
        .map(|at| (told_at(model, at, since), Ok(at)))
        .chain(
            (0..model.units.len())
                .filter(|unit| model.units[*unit].moved > since)
                .map(|unit| (model.units[unit].moved, Err(unit))),
        )
        .collect();
    order.sort_unstable_by_key(|(usn, _)| *usn);
    order
        .chunks(PAGE)
        .map(|chunk| {
            let mut page =
                ChangePage { cursor: chunk.last().map(|(usn, _)| cursor(*usn)), ..ChangePage::default() };
            for (_, what) in chunk {
                match what {
                    Err(unit) if !model.units[*unit].alive => {
                        page.gone.push(model.units[*unit].id.hyphenated().to_string());
                    }
                    Err(unit) => page.containers.push(Container {
                        dn: model.unit_dn(*unit),
                        object_id: model.units[*unit].id.hyphenated().to_string(),
                    }),
                    Ok(at) if !model.objects[*at].alive => {
                        page.gone.push(model.object_id(*at));
                    }
                    Ok(at) => page.objects.push(changed(model, *at, since)),
                }
            }
            page
        })
        .collect()
}

/// A group is told where its first membership that nobody knows yet began or ended: a position further on would leave
/// that one out when the reading breaks off in between.
fn told_at(model: &Model, at: usize, since: u64) -> u64 {
    let pending = model.memberships.iter().filter(|one| one.group == at && one.usn > since);
    pending.map(|one| one.usn).chain([model.objects[at].changed]).min().unwrap_or_default()
}

fn changed(model: &Model, at: usize, since: u64) -> ChangedObject {
    let object = &model.objects[at];
    if object.born > since {
        return ChangedObject { kind: object.kind, object: read(model, at, true), members: Members::Whole };
    }
    let (mut joined, mut left) = (Vec::new(), Vec::new());
    let mut told: Vec<usize> = Vec::new();
    for membership in model.memberships.iter().filter(|one| one.group == at && one.usn > since) {
        // A value that refers to a deleted object is gone without a trace.
        if told.contains(&membership.member) || !model.objects[membership.member].alive {
            continue;
        }
        told.push(membership.member);
        let list = if object.members.contains(&membership.member) { &mut joined } else { &mut left };
        list.push(model.dn(membership.member));
    }
    ChangedObject {
        kind: object.kind,
        object: read(model, at, false),
        members: Members::Delta { joined, left },
    }
}

fn with_presence(model: &Model, since: u64) -> Vec<ChangePage> {
    let mut pages = Vec::new();
    let alive: Vec<usize> = (0..model.objects.len()).filter(|at| model.objects[*at].alive).collect();
    for chunk in alive.chunks(PAGE) {
        let mut page = ChangePage::default();
        for at in chunk {
            if model.objects[*at].changed > since {
                page.objects.push(ChangedObject {
                    kind: model.objects[*at].kind,
                    object: read(model, *at, true),
                    members: Members::Whole,
                });
            } else {
                page.present.push(model.object_id(*at));
            }
        }
        pages.push(page);
    }
    let mut last = ChangePage { cursor: Some(cursor(model.usn)), ..ChangePage::default() };
    for unit in (0..model.units.len()).filter(|unit| model.units[*unit].moved > since) {
        if !model.units[unit].alive {
            continue;
        }
        last.containers.push(Container {
            dn: model.unit_dn(unit),
            object_id: model.units[unit].id.hyphenated().to_string(),
        });
    }
    pages.push(last);
    pages
}

struct Pages {
    source: ModelSource,
    entries: std::vec::IntoIter<SourceEntry>,
}

#[async_trait]
impl PageReader for Pages {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        self.source.page_or_fault()?;
        let entries: Vec<SourceEntry> = self.entries.by_ref().take(PAGE).collect();
        Ok((!entries.is_empty()).then_some(SourcePage { entries, notes: Vec::new() }))
    }
}

struct ModelChanges {
    source: ModelSource,
    pages: std::vec::IntoIter<ChangePage>,
    sweep: bool,
}

#[async_trait]
impl ChangeReader for ModelChanges {
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError> {
        self.source.page_or_fault()?;
        Ok(self.pages.next())
    }

    fn is_sweep(&self) -> bool {
        self.sweep
    }
}
