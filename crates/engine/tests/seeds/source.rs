//! The model as a directory: full readings, changes since a cursor, and faults at chosen calls.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use domain::{Cursor, DirectoryKind, Entry, ObjectKind, Tracking};
use ports::{
    ChangePage, ChangeReader, ChangedObject, Changes, ChangesRequest, Container, KindRequest, Members,
    PageReader, ReadRequest, Source, SourceEntry, SourceError, SourceInfo, SourcePage, Which,
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
    SourceEntry {
        object_id: model.objects[at].id.hyphenated().to_string(),
        entry: model.entry(at, with_members),
    }
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
        let shared = self.lock();
        let model = &shared.model;
        let found =
            (0..model.units.len()).find(|unit| domain::dn::key(&model.unit_dn(*unit)) == domain::dn::key(dn));
        Ok(found.map(|unit| Container {
            dn: model.unit_dn(unit),
            object_id: model.units[unit].id.hyphenated().to_string(),
        }))
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        let shared = self.lock();
        let model = &shared.model;
        let found =
            (0..model.units.len()).find(|unit| model.units[*unit].id.hyphenated().to_string() == object_id);
        Ok(found.map(|unit| Container { dn: model.unit_dn(unit), object_id: object_id.to_owned() }))
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
        let pages = match shared.style {
            Style::Tombstones => with_tombstones(&shared.model, since),
            Style::Sweep => with_presence(&shared.model, since),
        };
        let sweep = shared.style == Style::Sweep;
        Ok(Changes::Since(Box::new(ModelChanges { source: self.clone(), pages: pages.into_iter(), sweep })))
    }
}

fn cursor(usn: u64) -> Cursor {
    Cursor { tracking: Tracking::DirSync, value: usn.to_string() }
}

/// Everything that changed, oldest first, a few objects a page.
fn with_tombstones(model: &Model, since: u64) -> Vec<ChangePage> {
    let mut order: Vec<(u64, Result<usize, usize>)> = (0..model.objects.len())
        .filter(|at| model.objects[*at].changed > since)
        .map(|at| (model.objects[at].changed, Ok(at)))
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
                    Err(unit) => page.containers.push(Container {
                        dn: model.unit_dn(*unit),
                        object_id: model.units[*unit].id.hyphenated().to_string(),
                    }),
                    Ok(at) if !model.objects[*at].alive => {
                        page.gone.push(model.objects[*at].id.hyphenated().to_string());
                    }
                    Ok(at) => page.objects.push(changed(model, *at, since)),
                }
            }
            page
        })
        .collect()
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
                page.present.push(model.objects[*at].id.hyphenated().to_string());
            }
        }
        pages.push(page);
    }
    let mut last = ChangePage { cursor: Some(cursor(model.usn)), ..ChangePage::default() };
    for unit in (0..model.units.len()).filter(|unit| model.units[*unit].moved > since) {
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
