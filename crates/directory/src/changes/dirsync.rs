//! The `DirSync` control (MS-ADTS section 3.1.1.3.4.1.3): which objects changed since a cookie, and which members
//! joined and left. What the objects are now is asked for apart: a change tells only the attributes that changed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Cursor, DirectoryKind, Entry, ObjectKind, Tracking};
use ports::{
    ChangePage, ChangeReader, ChangedObject, Changes, ChangesRequest, Container, KindRequest, MOST_OBJECTS,
    Members, SourceError, Which,
};
use serde::{Deserialize, Serialize};

use crate::ber::{Elements, INTEGER, OCTET_STRING, SEQUENCE, Writer};
use crate::connection::{Connection, Item};
use crate::filter::Filter;
use crate::message::{Control, Outcome, Scope, Search};
use crate::source::Inner;
use crate::{identity, lookup, refusal};

const DIRSYNC: &str = "1.2.840.113556.1.4.841";
/// `LDAP_DIRSYNC_INCREMENTAL_VALUES`: members that joined and left instead of all members.
const INCREMENTAL_VALUES: i32 = i32::MIN;
/// Bytes of attributes in one answer. The directory may give less.
const MOST_BYTES: i32 = 4 * 1024 * 1024;
/// Answers without end are a directory that runs in circles.
const MOST_ANSWERS: usize = 1_000_000;
/// Entries of one answer: more than any server gives at once.
const MOST_ENTRIES: usize = 100_000;
/// unwillingToPerform, insufficientAccessRights, unavailableCriticalExtension: no `DirSync` for this account. The way
/// out that Active Directory offers, `LDAP_DIRSYNC_OBJECT_SECURITY`, is not taken: it keeps silent about what the
/// account may not read, and an ordinary account may not read what was deleted.
const REFUSED: [i32; 3] = [53, 50, 12];
/// Errors that a cookie of another server or of a history that is gone can cause: operationsError, protocolError,
/// unavailableCriticalExtension, invalidAttributeSyntax, unwillingToPerform, other.
const COOKIE_REFUSED: [i32; 6] = [1, 2, 12, 21, 53, 80];
const MAY_NOT: i32 = 50;

/// What a cursor holds.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    /// The domain controller that gave the cookie.
    server: String,
    /// The naming context that it is about.
    context: String,
    cookie: String,
}

/// One answer.
struct Answer {
    entries: Vec<Entry>,
    outcome: Outcome,
    /// There is more now.
    more: bool,
    cookie: Vec<u8>,
}

/// A cookie for now. The enumeration from the beginning that leads to it matches one entry: the cookie tells how far
/// replication has come, whatever was asked for. `None` when the account may not use the control.
pub(super) async fn mark(connection: &mut Connection) -> Result<Option<Cursor>, SourceError> {
    let filter = Filter::equal("objectClass", "domainDNS");
    let attributes = ["objectGUID".to_owned()];
    let mut cookie = Vec::new();
    for _ in 0..MOST_ANSWERS {
        let answer = ask(connection, &filter, &attributes, &cookie).await?;
        if REFUSED.contains(&answer.outcome.code) {
            return Ok(None);
        }
        if answer.outcome.code != 0 {
            return Err(refusal::of_search(&answer.outcome, connection.profile.context()?));
        }
        cookie = answer.cookie;
        if !answer.more {
            return cursor(connection, &cookie).map(Some);
        }
    }
    Err(endless())
}

pub(super) async fn changes(inner: &Arc<Inner>, request: ChangesRequest) -> Result<Changes, SourceError> {
    let lost = |reason: &str| Ok(Changes::Lost { reason: reason.to_owned() });
    let Ok(position) = serde_json::from_str::<Position>(&request.cursor.value) else {
        return lost("the position in the directory's changes cannot be read");
    };
    let Ok(cookie) = STANDARD.decode(&position.cookie) else {
        return lost("the position in the directory's changes cannot be read");
    };
    let plan = Plan::of(&request);
    let mut connection = inner.connection().await?;
    let mut first = ask(&mut connection, &plan.filter, &plan.attributes, &cookie).await;
    if first.is_err() && connection.broken {
        // It broke while it waited; that says nothing about the directory.
        connection = inner.open().await?;
        first = ask(&mut connection, &plan.filter, &plan.attributes, &cookie).await;
    }
    let answer = first?;
    let server = connection.profile.server_name.clone().unwrap_or_default();
    if server != position.server && !connection.profile.shares_cookies() {
        inner.give_back(connection).await;
        return lost("another domain controller answered, and it does not know the first one's position");
    }
    let context = connection.profile.context()?;
    if !context.eq_ignore_ascii_case(&position.context) {
        inner.give_back(connection).await;
        return lost("another domain answered");
    }
    if answer.outcome.code != 0 {
        let error = refusal::of_search(&answer.outcome, context);
        inner.give_back(connection).await;
        return match (answer.outcome.code, error) {
            (MAY_NOT, _) => lost("the account lost the right to replicate directory changes"),
            (_, error @ SourceError::NotAllowed { .. }) => Err(error),
            (code, _) if COOKIE_REFUSED.contains(&code) => {
                lost("the domain controller does not know the position in its changes any more")
            }
            (_, error) => Err(error),
        };
    }
    Ok(Changes::Since(Box::new(Reader {
        inner: Arc::clone(inner),
        connection: Some(connection),
        plan,
        page_size: usize::try_from(request.page_size).unwrap_or(MOST_OBJECTS).clamp(1, MOST_OBJECTS),
        told: cookie,
        cookie: answer.cookie,
        more: answer.more,
        entries: answer.entries.into(),
        answers: 1,
        failed: None,
    })))
}

/// What is asked in each step.
struct Plan {
    filter: Filter,
    attributes: Vec<String>,
    kinds: Vec<KindRequest>,
}

impl Plan {
    fn of(request: &ChangesRequest) -> Self {
        // A tombstone keeps its classes and loses its category.
        let classes = ["user", "group", "contact", "organizationalUnit", "container", "domainDNS"];
        let mut attributes: Vec<String> =
            ["objectGUID", "name", "isDeleted", "whenCreated"].map(str::to_owned).to_vec();
        for name in request.kinds.iter().flat_map(|kind| &kind.attributes) {
            if !attributes.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                attributes.push(name.clone());
            }
        }
        Self {
            filter: Filter::Any(classes.map(|class| Filter::equal("objectClass", class)).to_vec()),
            attributes,
            kinds: request.kinds.clone(),
        }
    }

    /// The kinds without the members of groups.
    fn without_members(&self) -> Vec<KindRequest> {
        let mut kinds = self.kinds.clone();
        for kind in &mut kinds {
            if kind.kind == ObjectKind::Group {
                kind.attributes.retain(|name| !name.eq_ignore_ascii_case("member"));
            }
        }
        kinds
    }
}

struct Reader {
    inner: Arc<Inner>,
    /// Absent after the last page.
    connection: Option<Connection>,
    plan: Plan,
    page_size: usize,
    /// The cookie that the last page carried.
    told: Vec<u8>,
    /// The last answer: its cookie, whether there is more, and what of it was not worked off yet.
    cookie: Vec<u8>,
    more: bool,
    entries: VecDeque<Entry>,
    answers: usize,
    /// After an error nothing more is told: a page that is left out would never come again.
    failed: Option<SourceError>,
}

impl Reader {
    async fn step(&mut self) -> Result<Option<ChangePage>, SourceError> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        if self.entries.is_empty() && self.more && self.cookie == self.told {
            self.answers += 1;
            if self.answers > MOST_ANSWERS {
                return Err(endless());
            }
            let answer = ask(connection, &self.plan.filter, &self.plan.attributes, &self.cookie).await?;
            if answer.outcome.code != 0 {
                return Err(refusal::of_search(&answer.outcome, connection.profile.context()?));
            }
            if answer.more && answer.cookie == self.cookie {
                return Err(endless());
            }
            (self.cookie, self.more) = (answer.cookie, answer.more);
            self.entries = answer.entries.into();
        }
        let count = self.entries.len().min(self.page_size);
        let part: Vec<Entry> = self.entries.drain(..count).collect();
        let mut page = understand(connection, &self.plan, part).await?;
        if self.entries.is_empty() {
            if self.cookie != self.told {
                page.cursor = Some(cursor(connection, &self.cookie)?);
                self.told.clone_from(&self.cookie);
            }
            if !self.more
                && let Some(connection) = self.connection.take()
            {
                self.inner.give_back(connection).await;
            }
        }
        Ok(if page == ChangePage::default() && self.connection.is_none() { None } else { Some(page) })
    }
}

#[async_trait]
impl ChangeReader for Reader {
    async fn next_page(&mut self) -> Result<Option<ChangePage>, SourceError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let page = self.step().await;
        self.failed = page.as_ref().err().cloned();
        page
    }
}

/// What the changes told are about.
async fn understand(
    connection: &mut Connection,
    plan: &Plan,
    entries: Vec<Entry>,
) -> Result<ChangePage, SourceError> {
    let mut page = ChangePage::default();
    let mut members: HashMap<String, (Vec<String>, Vec<String>)> = HashMap::new();
    let (mut whole, mut known, mut renamed) = (Vec::new(), Vec::new(), HashSet::new());
    for entry in entries {
        let id = identity::of(&entry);
        if id.is_empty() {
            continue;
        }
        if entry.text("isDeleted").is_some_and(|text| text.eq_ignore_ascii_case("TRUE")) {
            page.gone.push(id);
            continue;
        }
        let has =
            |name: &str| entry.attributes.iter().any(|attribute| attribute.name.eq_ignore_ascii_case(name));
        let is_new = has("whenCreated") || has("isDeleted");
        if has("name") && !is_new {
            renamed.insert(id.clone());
        }
        // Groups of before Windows 2003 replicate their members as one, and one that moved may have entered the part.
        if is_new || has("member") || (has("name") && connection.profile.reads_a_part()) {
            whole.push(id);
        } else {
            let of = |name: &str| entry.texts(name).map(ToOwned::to_owned).collect::<Vec<_>>();
            members.insert(id.clone(), (of("member;range=1-1"), of("member;range=0-0")));
            known.push(id);
        }
    }
    let mut unmet: HashSet<String> = whole.iter().chain(&known).cloned().collect();
    let found_whole = lookup::objects(connection, Which::Ids(&whole), &plan.kinds).await?;
    let found = lookup::objects(connection, Which::Ids(&known), &plan.without_members()).await?;
    for (_, object) in found_whole.iter().chain(&found) {
        unmet.remove(&object.object_id);
    }
    for (kind, object) in found_whole {
        page.objects.push(ChangedObject { kind, object, members: Members::Whole });
    }
    for (kind, object) in found {
        renamed.remove(&object.object_id);
        let (joined, left) = members.remove(&object.object_id).unwrap_or_default();
        page.objects.push(ChangedObject { kind, object, members: Members::Delta { joined, left } });
    }
    page.containers = containers(connection, renamed.into_iter().collect()).await?;
    if connection.profile.reads_a_part() {
        // What moved out of the part that is read does not exist any more for whoever reads it.
        let unmet: Vec<String> = unmet.into_iter().collect();
        let there = lookup::present(connection, &unmet).await?;
        page.gone.extend(unmet.into_iter().filter(|id| !there.contains(id)));
        page.gone.sort_unstable();
    }
    Ok(page)
}

/// Which of the renamed entries hold others.
async fn containers(connection: &mut Connection, ids: Vec<String>) -> Result<Vec<Container>, SourceError> {
    let attributes = ["objectClass", "objectGUID"].map(str::to_owned);
    let mut containers = Vec::new();
    for ids in ids.chunks(100) {
        let filter = lookup::by_ids(ids, DirectoryKind::ActiveDirectory);
        let found = lookup::subtree(connection, &filter, &attributes).await?;
        containers.extend(
            found
                .into_iter()
                .filter(lookup::is_container)
                .map(|entry| Container { object_id: identity::of(&entry), dn: entry.dn }),
        );
    }
    containers.sort_by(|one, other| one.object_id.cmp(&other.object_id));
    Ok(containers)
}

/// One request.
async fn ask(
    connection: &mut Connection,
    filter: &Filter,
    attributes: &[String],
    cookie: &[u8],
) -> Result<Answer, SourceError> {
    let base = connection.profile.context()?.to_owned();
    let mut value = Writer::default();
    value.nested(SEQUENCE, |control| {
        control.integer(INTEGER, INCREMENTAL_VALUES).integer(INTEGER, MOST_BYTES).bytes(OCTET_STRING, cookie);
    });
    let controls = [Control { oid: DIRSYNC, critical: true, value: Some(value.0) }];
    let search =
        Search { base: &base, scope: Scope::Subtree, filter, attributes, page: None, controls: &controls };
    let id = connection.start(search).await?;
    let mut entries = Vec::new();
    let outcome = loop {
        match connection.next(id).await? {
            Item::Entry(entry) if entries.len() < MOST_ENTRIES => entries.push(entry),
            Item::Entry(_) => {
                connection.broken = true;
                return Err(SourceError::Incomplete {
                    reason: format!("it tells more than {MOST_ENTRIES} changes at once"),
                });
            }
            Item::Reference(_) => {}
            Item::Done(outcome) => break outcome,
        }
    };
    if outcome.code != 0 {
        return Ok(Answer { entries: Vec::new(), outcome, more: false, cookie: Vec::new() });
    }
    let (more, cookie) = end_of(&outcome).ok_or_else(|| {
        SourceError::Directory("it answered DirSync without saying how far it came".to_owned())
    })?;
    Ok(Answer { entries, outcome, more, cookie })
}

/// Whether there is more, and where the answer ended.
pub(super) fn end_of(outcome: &Outcome) -> Option<(bool, Vec<u8>)> {
    outcome.control(DIRSYNC).and_then(|value| read_control(value).ok())
}

fn read_control(value: &[u8]) -> Result<(bool, Vec<u8>), crate::ber::Malformed> {
    let mut fields = Elements(Elements(value).expect(SEQUENCE)?);
    let more = fields.expect(INTEGER)?.iter().any(|byte| *byte != 0);
    let _unused = fields.expect(INTEGER)?;
    Ok((more, fields.expect(OCTET_STRING)?.to_vec()))
}

fn cursor(connection: &Connection, cookie: &[u8]) -> Result<Cursor, SourceError> {
    let server = connection.profile.server_name.clone().unwrap_or_default();
    let context = connection.profile.context()?.to_owned();
    let position = Position { server, context, cookie: STANDARD.encode(cookie) };
    let value = serde_json::to_string(&position)
        .map_err(|error| SourceError::Directory(format!("its cookie cannot be kept: {error}")))?;
    Ok(Cursor { tracking: Tracking::DirSync, value })
}

fn endless() -> SourceError {
    SourceError::Incomplete { reason: "it tells changes without end".to_owned() }
}
