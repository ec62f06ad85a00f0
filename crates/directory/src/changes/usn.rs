//! uSNChanged (MS-ADTS section 3.1.1.1.9): the sequence numbers of one domain controller, known by its invocation
//! id. For accounts that may not use `DirSync`. A restored controller has another invocation id, and another
//! controller other numbers: then everything has to be read.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Cursor, DirectoryKind, Entry, Tracking};
use ports::{
    ChangePage, ChangeReader, ChangedObject, Changes, ChangesRequest, Container, Members, SourceEntry,
    SourceError,
};
use serde::{Deserialize, Serialize};

use crate::attributes::{tidy, to_ask};
use crate::changes::list;
use crate::connection::Connection;
use crate::filter::Filter;
use crate::message::{Control, Page, Scope, Search};
use crate::source::Inner;
use crate::{identity, lookup, ranges, refusal};

/// `LDAP_SERVER_SHOW_DELETED_OID`: tombstones and deleted objects are found as well.
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// `LDAP_SERVER_SHOW_RECYCLED_OID`: also those of which the recycle bin keeps only the id.
const SHOW_RECYCLED: &str = "1.2.840.113556.1.4.2064";
/// Entries a page where nothing but the id comes: Active Directory gives no more.
const IDS_A_PAGE: u32 = 1_000;

/// What a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Its name, for people.
    #[serde(default)]
    server: String,
    invocation: String,
    usn: u64,
}

/// The number of the last change. `None` when the account may not see the controller's invocation id.
pub(super) async fn mark(connection: &mut Connection) -> Result<Option<Cursor>, SourceError> {
    Ok(position(connection).await?.map(|position| cursor(&position)))
}

pub(super) async fn changes(inner: &Arc<Inner>, request: ChangesRequest) -> Result<Changes, SourceError> {
    let lost = |reason: &str| Ok(Changes::Lost { reason: reason.to_owned() });
    let Ok(known) = serde_json::from_str::<Position>(&request.cursor.value) else {
        return lost("the position in the directory's changes cannot be read");
    };
    let mut connection = inner.connection().await?;
    let mut found = position(&mut connection).await;
    if found.is_err() && connection.broken {
        connection = inner.open().await?;
        found = position(&mut connection).await;
    }
    let Some(now) = found? else {
        return lost("the domain controller does not tell its changes any more");
    };
    if now.invocation != known.invocation || now.usn < known.usn {
        inner.give_back(connection).await;
        return lost("another or a restored domain controller answered");
    }
    let stage = if now == known { Stage::End } else { Stage::Changes };
    let is_sweep = stage == Stage::Changes && !sees_deleted(&mut connection).await?;
    let mut attributes = vec!["objectClass".to_owned(), "isDeleted".to_owned(), "uSNCreated".to_owned()];
    attributes.extend(request.kinds.iter().flat_map(|kind| kind.attributes.iter().cloned()));
    let classes = ["user", "group", "contact", "organizationalUnit", "container", "domainDNS"];
    let filter = Filter::All(vec![
        Filter::AtLeast("uSNChanged", (known.usn + 1).to_string().into_bytes()),
        Filter::Any(classes.map(|class| Filter::equal("objectClass", class)).to_vec()),
    ]);
    let everything = ["user", "group", "contact"].map(|class| Filter::equal("objectClass", class));
    Ok(Changes::Since(Box::new(Reader {
        inner: Arc::clone(inner),
        connection: Some(connection),
        filter,
        everything: Filter::Any(everything.to_vec()),
        attributes: to_ask(&attributes, DirectoryKind::ActiveDirectory),
        request,
        known,
        now,
        cookie: Vec::new(),
        stage,
        is_sweep,
        failed: None,
    })))
}

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Changes,
    /// All ids, since the account may not see what was deleted.
    Ids,
    End,
}

struct Reader {
    inner: Arc<Inner>,
    connection: Option<Connection>,
    filter: Filter,
    everything: Filter,
    attributes: Vec<String>,
    request: ChangesRequest,
    known: Position,
    now: Position,
    cookie: Vec<u8>,
    stage: Stage,
    is_sweep: bool,
    /// After an error nothing more is told: a page that is left out would never come again.
    failed: Option<SourceError>,
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

    fn is_sweep(&self) -> bool {
        self.is_sweep
    }
}

impl Reader {
    async fn step(&mut self) -> Result<Option<ChangePage>, SourceError> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        let mut page = ChangePage::default();
        match self.stage {
            Stage::End => {
                if let Some(connection) = self.connection.take() {
                    self.inner.give_back(connection).await;
                }
                return Ok(None);
            }
            Stage::Changes => {
                let base = connection.profile.context()?.to_owned();
                let controls = [
                    Control { oid: SHOW_DELETED, critical: true, value: None },
                    Control { oid: SHOW_RECYCLED, critical: false, value: None },
                ];
                let search = Search {
                    base: &base,
                    scope: Scope::Subtree,
                    filter: &self.filter,
                    attributes: &self.attributes,
                    page: Some(Page { size: self.request.page_size.max(1), cookie: &self.cookie }),
                    controls: &controls,
                };
                let (entries, cookie) =
                    list(connection, search).await?.map_err(|outcome| refusal::of_search(&outcome, &base))?;
                self.cookie = cookie;
                for entry in entries {
                    sort(connection, &self.request, self.known.usn, entry, &mut page).await?;
                }
            }
            Stage::Ids => {
                let base = connection.profile.base()?.to_owned();
                let search = Search {
                    base: &base,
                    scope: Scope::Subtree,
                    filter: &self.everything,
                    attributes: &to_ask(&[], DirectoryKind::ActiveDirectory),
                    page: Some(Page { size: IDS_A_PAGE, cookie: &self.cookie }),
                    controls: &[],
                };
                let (entries, cookie) =
                    list(connection, search).await?.map_err(|outcome| refusal::of_search(&outcome, &base))?;
                self.cookie = cookie;
                page.present.extend(entries.iter().map(identity::of).filter(|id| !id.is_empty()));
            }
        }
        if self.cookie.is_empty() {
            self.stage = if self.is_sweep && self.stage == Stage::Changes { Stage::Ids } else { Stage::End };
            if self.stage == Stage::End {
                page.cursor = Some(cursor(&self.now));
            }
        }
        Ok(Some(page))
    }
}

/// Whether the account may look into the container of deleted objects. Ordinary accounts may not
/// (MS-ADTS section 6.1.1.4.2), and are told nothing of what was deleted. Samba shows them the container's name, but
/// neither its attributes nor what is in it.
async fn sees_deleted(connection: &mut Connection) -> Result<bool, SourceError> {
    let base = format!("CN=Deleted Objects,{}", connection.profile.context()?);
    let search = Search {
        base: &base,
        scope: Scope::Base,
        filter: &Filter::everything(),
        attributes: &["isDeleted".to_owned()],
        page: None,
        controls: &[Control { oid: SHOW_DELETED, critical: true, value: None }],
    };
    match connection.first(search).await {
        Ok(found) => Ok(found.is_some_and(|container| container.text("isDeleted").is_some())),
        Err(SourceError::NotAllowed { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn sort(
    connection: &mut Connection,
    request: &ChangesRequest,
    since: u64,
    mut entry: Entry,
    page: &mut ChangePage,
) -> Result<(), SourceError> {
    let object_id = identity::of(&entry);
    if object_id.is_empty() {
        return Ok(());
    }
    let is_deleted = entry.text("isDeleted").is_some_and(|text| text.eq_ignore_ascii_case("TRUE"));
    // What moved out of the part that is read does not exist any more for whoever reads it.
    if is_deleted || connection.profile.is_outside(&entry.dn) {
        page.gone.push(object_id);
        return Ok(());
    }
    let kind = lookup::kind_of(&entry, DirectoryKind::ActiveDirectory);
    if let Some(kind) = kind.filter(|kind| request.kinds.iter().any(|one| one.kind == *kind)) {
        let partial = tidy(&mut entry, DirectoryKind::ActiveDirectory);
        if ranges::complete(connection, &mut entry, partial).await? {
            page.objects.push(ChangedObject {
                kind,
                object: SourceEntry { object_id, entry },
                members: Members::Whole,
            });
        }
        return Ok(());
    }
    // A number tells that a container changed, not how; a new one concerns nobody.
    let created = entry.text("uSNCreated").and_then(|text| text.parse::<u64>().ok());
    if lookup::is_container(&entry) && created.is_none_or(|created| created <= since) {
        page.containers.push(Container { object_id, dn: entry.dn });
    }
    Ok(())
}

/// Where the controller is now.
async fn position(connection: &mut Connection) -> Result<Option<Position>, SourceError> {
    let attributes = ["highestCommittedUSN", "dsServiceName"].map(str::to_owned);
    let Some(root) = look(connection, "", &attributes).await? else { return Ok(None) };
    let usn = root.text("highestCommittedUSN").and_then(|text| text.parse().ok());
    let (Some(usn), Some(service)) = (usn, root.text("dsServiceName")) else { return Ok(None) };
    if connection.invocation.is_none() {
        let settings = look(connection, service, &["invocationId".to_owned()]).await?;
        connection.invocation = settings
            .as_ref()
            .and_then(|settings| settings.first("invocationId"))
            .and_then(identity::from_guid);
    }
    let server = connection.profile.server_name.clone().unwrap_or_default();
    Ok(connection.invocation.clone().map(|invocation| Position { server, invocation, usn }))
}

async fn look(
    connection: &mut Connection,
    dn: &str,
    attributes: &[String],
) -> Result<Option<Entry>, SourceError> {
    let search = Search {
        base: dn,
        scope: Scope::Base,
        filter: &Filter::everything(),
        attributes,
        page: None,
        controls: &[],
    };
    connection.first(search).await
}

fn cursor(position: &Position) -> Cursor {
    let Position { server, invocation, usn } = position;
    let value = serde_json::json!({ "server": server, "invocation": invocation, "usn": usn }).to_string();
    Cursor { tracking: Tracking::UsnChanged, value }
}
