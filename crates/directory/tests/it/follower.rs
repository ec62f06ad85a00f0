//! Someone who follows a directory's changes and knows what they make of what was read first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use directory::LdapSettings;
use domain::{Cursor, ObjectKind};
use lab::Forest;
use ports::{ChangePage, Changes, ChangesRequest, KindRequest, Members, Source};

use crate::{proxy, read, request, settings};

/// What is asked of each kind.
pub const ATTRIBUTES: [&str; 5] = ["cn", "title", "mail", "userAccountControl", "description"];

/// What is known of an object: its name, the values of [`ATTRIBUTES`], its members.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    pub dn: String,
    pub values: BTreeMap<String, BTreeSet<Vec<u8>>>,
    pub members: BTreeSet<String>,
}

pub struct Follower {
    pub source: Arc<dyn Source>,
    pub cursor: Cursor,
    pub known: BTreeMap<String, Known>,
    pub page_size: u32,
}

/// What one call of `changes` told, all pages together.
#[derive(Debug, Default)]
pub struct Told {
    pub pages: Vec<ChangePage>,
    pub is_sweep: bool,
}

impl Told {
    pub fn objects(&self) -> impl Iterator<Item = &ports::ChangedObject> {
        self.pages.iter().flat_map(|page| &page.objects)
    }

    pub fn gone(&self) -> Vec<&str> {
        self.pages.iter().flat_map(|page| &page.gone).map(String::as_str).collect()
    }

    pub fn containers(&self) -> Vec<&str> {
        self.pages.iter().flat_map(|page| &page.containers).map(|one| one.dn.as_str()).collect()
    }
}

pub fn kinds() -> Vec<KindRequest> {
    [ObjectKind::User, ObjectKind::Group, ObjectKind::Contact]
        .map(|kind| {
            let mut attributes: Vec<String> = ATTRIBUTES.map(str::to_owned).to_vec();
            if kind == ObjectKind::Group {
                attributes.push("member".to_owned());
            }
            KindRequest { kind, attributes }
        })
        .to_vec()
}

fn known(entry: &domain::Entry) -> Known {
    let values = ATTRIBUTES
        .iter()
        .map(|name| ((*name).to_owned(), entry.values(name).iter().cloned().collect::<BTreeSet<Vec<u8>>>()))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    Known { dn: entry.dn.clone(), values, members: entry.texts("member").map(str::to_lowercase).collect() }
}

impl Follower {
    /// Marks, then reads everything.
    pub async fn start(source: Arc<dyn Source>) -> Self {
        let cursor = source.mark().await.expect("a mark").expect("a way to track changes");
        let known = everything(&source).await;
        Self { source, cursor, known, page_size: 100 }
    }

    /// Takes what changed; the last cursor is kept.
    pub async fn follow(&mut self) -> Told {
        match self.try_follow().await {
            Ok(told) => told,
            Err(reason) => panic!("lost: {reason}"),
        }
    }

    /// The same; the reason when the cursor is of no use.
    pub async fn try_follow(&mut self) -> Result<Told, String> {
        let request =
            ChangesRequest { cursor: self.cursor.clone(), kinds: kinds(), page_size: self.page_size };
        let mut reader = match self.source.changes(request).await.expect("changes") {
            Changes::Since(reader) => reader,
            Changes::Lost { reason } => return Err(reason),
        };
        let mut told = Told::default();
        while let Some(page) = reader.next_page().await.expect("a page") {
            assert!(page.objects.len() <= self.page_size as usize, "{} objects", page.objects.len());
            self.take(&page);
            if let Some(cursor) = &page.cursor {
                self.cursor = cursor.clone();
            }
            told.pages.push(page);
        }
        told.is_sweep = reader.is_sweep();
        if told.is_sweep && !told.pages.is_empty() {
            let ids: BTreeSet<&str> = told
                .pages
                .iter()
                .flat_map(|page| {
                    page.present.iter().chain(page.objects.iter().map(|one| &one.object.object_id))
                })
                .map(String::as_str)
                .collect();
            self.known.retain(|id, _| ids.contains(id.as_str()));
        }
        Ok(told)
    }

    fn take(&mut self, page: &ChangePage) {
        for id in &page.gone {
            self.known.remove(id);
        }
        for changed in &page.objects {
            let mut now = known(&changed.object.entry);
            if let Members::Delta { joined, left } = &changed.members {
                assert!(now.members.is_empty(), "members came with a delta");
                let before = self.known.get(&changed.object.object_id).map(|before| before.members.clone());
                assert!(before.is_some() || changed.kind != ObjectKind::Group, "a delta of a group unknown");
                now.members = before.unwrap_or_default();
                for member in left {
                    now.members.remove(&member.to_lowercase());
                }
                now.members.extend(joined.iter().map(|member| member.to_lowercase()));
            }
            self.known.insert(changed.object.object_id.clone(), now);
        }
    }

    /// Compares with a reading from the beginning. Members are not: who was renamed or deleted is in no group's changes.
    pub async fn agrees(&mut self) {
        let now = everything(&self.source).await;
        let missed: Vec<&Known> =
            now.iter().filter(|(id, _)| !self.known.contains_key(*id)).map(|it| it.1).collect();
        let kept: Vec<&Known> =
            self.known.iter().filter(|(id, _)| !now.contains_key(*id)).map(|it| it.1).collect();
        assert!(missed.is_empty() && kept.is_empty(), "missed {missed:?}, kept {kept:?}");
        for (id, theirs) in &now {
            let ours = &self.known[id];
            assert_eq!((&ours.dn, &ours.values), (&theirs.dn, &theirs.values));
        }
    }
}

/// Everything that there is, by id.
pub async fn everything(source: &Arc<dyn Source>) -> BTreeMap<String, Known> {
    let mut all = BTreeMap::new();
    for kind in [ObjectKind::User, ObjectKind::Group, ObjectKind::Contact] {
        let mut attributes = ATTRIBUTES.to_vec();
        attributes.push("member");
        let (entries, _) = read(source, request(kind, &attributes, 500)).await.expect("entries");
        all.extend(entries.into_iter().map(|one| (one.object_id, known(&one.entry))));
    }
    all
}

/// Settings that lead through a proxy which counts requests: each is one write.
pub async fn counted(forest: &Forest) -> (LdapSettings, Arc<AtomicUsize>) {
    through_a_counter(settings(forest)).await
}

/// The same for settings of any directory.
pub async fn through_a_counter(settings: LdapSettings) -> (LdapSettings, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let on_request: proxy::OnRequest = Arc::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let url = proxy::start(proxy::address_of(&settings.url), usize::MAX, on_request).await;
    (LdapSettings { url, ..settings }, count)
}
