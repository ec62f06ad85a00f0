//! A directory that is a list, so that a test can say when it fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::{Cursor, DirectoryKind, Entry, ObjectKind, Tracking};
use ports::{
    Browse, ChangePage, ChangeReader, ChangedObject, Changes, ChangesRequest, Container, KindRequest,
    Listing, Members, PageReader, Place, ReadRequest, Source, SourceEntry, SourceError, SourceInfo,
    SourcePage, Which,
};
use uuid::Uuid;

/// People with the numbers from 1.
#[derive(Debug, Clone)]
pub struct Listed {
    pub people: usize,
    /// The reading that fails before this person: once a reading or, if `always`, also when begun again.
    pub fails_at: Option<usize>,
    /// What it says then, and when asked for anything.
    pub error: SourceError,
    pub unreachable: bool,
    /// Changes know positions of this server only.
    pub server: &'static str,
    /// Pages made so far.
    pub made: Arc<AtomicUsize>,
}

impl Listed {
    pub fn new(people: usize) -> Self {
        Self {
            people,
            fails_at: None,
            error: SourceError::Incomplete { reason: "broke off".into() },
            unreachable: false,
            server: "dc1",
            made: Arc::default(),
        }
    }

    fn check(&self) -> Result<(), SourceError> {
        if self.unreachable { Err(self.error.clone()) } else { Ok(()) }
    }
}

pub fn id(number: usize) -> String {
    Uuid::from_u128(number as u128).hyphenated().to_string()
}

pub fn person(number: usize) -> SourceEntry {
    let entry = Entry::new(format!("CN=P{number},DC=x")).with("cn", [format!("P{number}")]);
    SourceEntry { object_id: id(number), entry }
}

pub fn position(server: &str, after: usize) -> Cursor {
    Cursor { tracking: Tracking::UsnChanged, value: format!("{server}/{after}") }
}

struct Course {
    list: Listed,
    next: usize,
    page: usize,
}

impl Course {
    fn take(&mut self) -> Result<Option<Vec<usize>>, SourceError> {
        if self.next > self.list.people {
            return Ok(None);
        }
        let end = (self.next + self.page).min(self.list.people + 1);
        if self.list.fails_at.is_some_and(|at| (self.next..end).contains(&at)) {
            return Err(self.list.error.clone());
        }
        self.list.made.fetch_add(1, Ordering::SeqCst);
        let numbers = (self.next..end).collect();
        self.next = end;
        Ok(Some(numbers))
    }
}

#[async_trait]
impl PageReader for Course {
    async fn next_page(&mut self) -> Result<Option<SourcePage>, SourceError> {
        let numbers = self.take()?;
        Ok(numbers.map(|numbers| SourcePage {
            entries: numbers.into_iter().map(person).collect(),
            notes: vec!["a note".into()],
        }))
    }
}

#[async_trait]
impl ChangeReader for Course {
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError> {
        let Some(numbers) = self.take()? else { return Ok(None) };
        let cursor = Some(position(self.list.server, self.next - 1));
        let changed = |number| ChangedObject {
            kind: ObjectKind::User,
            object: person(number),
            members: Members::Whole,
        };
        let objects = numbers.into_iter().map(changed).collect();
        Ok(Some(ChangePage { objects, cursor, ..ChangePage::default() }))
    }
}

#[async_trait]
impl Source for Listed {
    async fn probe(&self) -> Result<SourceInfo, SourceError> {
        self.check()?;
        Ok(SourceInfo {
            kind: DirectoryKind::Ldap,
            product: "a list".into(),
            base_dn: "DC=x".into(),
            server_name: Some(self.server.into()),
        })
    }

    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError> {
        self.check()?;
        Ok((dn == "DC=x").then(|| Container { dn: dn.into(), object_id: id(0) }))
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        self.check()?;
        Ok((object_id == id(0)).then(|| Container { dn: "DC=x".into(), object_id: object_id.into() }))
    }

    async fn browse(&self, what: Browse) -> Result<Option<Listing>, SourceError> {
        self.check()?;
        let text = match what {
            Browse::Beneath { object_id: Some(id) } if id != self::id(0) => return Ok(None),
            Browse::Beneath { .. } => String::new(),
            Browse::Named { text } => text,
        };
        let place = |entry: SourceEntry| Place {
            container: Container { dn: entry.entry.dn, object_id: entry.object_id },
            is_group: true,
            subordinates: Some(7),
        };
        let places: Vec<Place> = (1..=self.people).map(person).map(place).collect();
        let named = places.into_iter().filter(|place| place.container.dn.contains(&text)).collect();
        let at = Container { dn: "DC=x".into(), object_id: id(0) };
        Ok(Some(Listing { at, places: named, more: self.people > 5 }))
    }

    async fn read(&self, request: ReadRequest) -> Result<Box<dyn PageReader>, SourceError> {
        self.check()?;
        Ok(Box::new(Course { list: self.clone(), next: 1, page: request.page_size as usize }))
    }

    async fn object(&self, dn: &str, _: &[String]) -> Result<Option<Entry>, SourceError> {
        self.check()?;
        Ok((1..=self.people).map(|number| person(number).entry).find(|entry| entry.dn == dn))
    }

    async fn objects(
        &self,
        which: Which<'_>,
        _: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
        self.check()?;
        let wanted = |one: &SourceEntry| match which {
            Which::Ids(ids) => ids.contains(&one.object_id),
            Which::Called(text) => one.entry.dn.contains(text),
            _ => false,
        };
        let found = (1..=self.people).map(person).filter(wanted);
        Ok(found.map(|one| (ObjectKind::User, one)).collect())
    }

    async fn mark(&self) -> Result<Option<Cursor>, SourceError> {
        self.check()?;
        Ok(Some(position(self.server, self.people)))
    }

    async fn changes(&self, request: ChangesRequest) -> Result<Changes, SourceError> {
        self.check()?;
        let (server, after) = request.cursor.value.split_once('/').expect("a position");
        if server != self.server {
            return Ok(Changes::Lost { reason: format!("{} has another history", self.server) });
        }
        let next = after.parse::<usize>().expect("a number") + 1;
        Ok(Changes::Since(Box::new(Course { list: self.clone(), next, page: request.page_size as usize })))
    }
}
