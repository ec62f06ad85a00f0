//! The port's implementation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::{Cursor, Entry, ObjectKind};
use ports::{
    Browse, Changes, ChangesRequest, Container, KindRequest, Listing, PageReader, PageWriter, ReadRequest,
    Source, SourceEntry, SourceError, SourceInfo, WrittenPages,
};
use tokio::sync::Mutex;

use crate::attributes::{tidy, to_ask};
use crate::connection::Connection;
use crate::filter::Filter;
use crate::message::{Scope, Search};
use crate::reader::{Empty, LdapPages, Plan};
use crate::security::{self, Rights};
use crate::settings::{LdapSettings, check_sign_in};
use crate::transport::{Handshake, Transport};
use crate::{browse, changes, identity, lookup, ranges};

/// Entries a page when the request does not say.
const DEFAULT_PAGE: u32 = 500;
/// A connection that waited longer is not used again: firewalls forget such ones without a word.
const MOST_IDLE: Duration = Duration::from_mins(10);

/// A directory behind LDAP.
#[derive(Clone)]
pub struct LdapSource {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    settings: LdapSettings,
    transport: Transport,
    /// Single look-ups come in swarms; they share a connection instead of making one each.
    idle: Mutex<Option<(Connection, Instant)>>,
    pub memory: Mutex<changes::Memory>,
}

impl std::fmt::Debug for LdapSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LdapSource").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl Inner {
    pub fn pace(&self) -> changes::Pace {
        self.settings.pace
    }

    pub async fn open(&self) -> Result<Connection, SourceError> {
        Connection::open(&self.transport, &self.settings).await
    }

    /// A connection that waits, or a new one. One that waited may have broken since.
    pub async fn connection(&self) -> Result<Connection, SourceError> {
        let waiting = self.idle.lock().await.take().filter(|(_, since)| since.elapsed() < MOST_IDLE);
        match waiting {
            Some((connection, _)) => Ok(connection),
            None => self.open().await,
        }
    }

    /// Keeps a connection for the next use.
    pub async fn give_back(&self, connection: Connection) {
        if connection.broken {
            return;
        }
        let surplus = self.idle.lock().await.replace((connection, Instant::now()));
        if let Some((surplus, _)) = surplus {
            surplus.close().await;
        }
    }
}

/// A look-up of one entry.
enum Which<'a> {
    Name(&'a str),
    Id(&'a str),
}

impl LdapSource {
    /// Checks the settings; nothing is sent yet.
    pub fn new(settings: LdapSettings) -> Result<Self, SourceError> {
        check_sign_in(&settings)?;
        let transport = Transport::new(&settings)?;
        Ok(Self {
            inner: Arc::new(Inner { settings, transport, idle: Mutex::new(None), memory: Mutex::default() }),
        })
    }

    /// What the directory's port shows in a TLS handshake; `None` where there is none. Nobody signs in.
    pub async fn handshake(&self) -> Result<Option<Handshake>, SourceError> {
        self.inner.transport.look(&self.inner.settings).await
    }

    /// What the account may do; `None` where the directory is none of Active Directory's kind.
    pub async fn rights(&self) -> Result<Option<Rights>, SourceError> {
        let mut connection = self.inner.open().await?;
        let rights = security::rights(&mut connection).await;
        connection.close().await;
        rights
    }

    /// Looks one entry up, on a connection that waits if there is one.
    async fn find(&self, which: Which<'_>, attributes: &[String]) -> Result<Option<Entry>, SourceError> {
        let mut connection = self.inner.connection().await?;
        let mut found = find_on(&mut connection, &which, attributes).await;
        if connection.broken {
            // It broke while it waited; that says nothing about the directory.
            connection = self.inner.open().await?;
            found = find_on(&mut connection, &which, attributes).await;
        }
        self.inner.give_back(connection).await;
        found
    }

    /// A connection of its own for a reading, and what to read; `None` when the directory has no objects of the kind.
    async fn plan(&self, request: ReadRequest) -> Result<Option<(Connection, Plan)>, SourceError> {
        let connection = self.inner.open().await?;
        let kind = connection.profile.kind;
        let Some(filter) = Filter::of_kind(kind, request.kind) else {
            connection.close().await;
            return Ok(None);
        };
        let bases = if request.bases.is_empty() {
            vec![connection.profile.base()?.to_owned()]
        } else {
            request.bases
        };
        let plan = Plan {
            bases,
            filter,
            attributes: to_ask(&request.attributes, kind),
            page_size: if request.page_size == 0 { DEFAULT_PAGE } else { request.page_size },
        };
        Ok(Some((connection, plan)))
    }

    async fn find_container(&self, which: Which<'_>) -> Result<Option<Container>, SourceError> {
        let found = self.find(which, &[]).await?;
        Ok(found.map(|entry| Container { object_id: identity::of(&entry), dn: entry.dn }))
    }
}

async fn find_on(
    connection: &mut Connection,
    which: &Which<'_>,
    attributes: &[String],
) -> Result<Option<Entry>, SourceError> {
    let attributes = to_ask(attributes, connection.profile.kind);
    let found = match which {
        Which::Name(dn) => {
            let search = Search {
                base: dn,
                scope: Scope::Base,
                filter: &Filter::everything(),
                attributes: &attributes,
                page: None,
                controls: &[],
            };
            connection.first(search).await?
        }
        Which::Id(object_id) => ranges::by_id(connection, object_id, &attributes).await?,
    };
    let Some(mut entry) = found else { return Ok(None) };
    let partial = tidy(&mut entry, connection.profile.kind);
    Ok(ranges::complete(connection, &mut entry, partial).await?.then_some(entry))
}

#[async_trait]
impl Source for LdapSource {
    async fn probe(&self) -> Result<SourceInfo, SourceError> {
        let mut connection = self.inner.connection().await?;
        let info = connection.profile.info()?;
        // Also a connection that waited has to answer. A naming context that the rootDSE told exists, and one that
        // somebody typed may not.
        let mut found = find_on(&mut connection, &Which::Name(&info.base_dn), &[]).await;
        if connection.broken {
            connection = self.inner.open().await?;
            found = find_on(&mut connection, &Which::Name(&info.base_dn), &[]).await;
        }
        self.inner.give_back(connection).await;
        match found {
            Ok(None) if self.inner.settings.base_dn.is_some() => {
                Err(SourceError::NoSuchBase { dn: info.base_dn })
            }
            Err(error) if self.inner.settings.base_dn.is_some() => Err(error),
            Err(error @ (SourceError::Unreachable { .. } | SourceError::Timeout { .. })) => Err(error),
            _ => Ok(info),
        }
    }

    async fn container(&self, dn: &str) -> Result<Option<Container>, SourceError> {
        self.find_container(Which::Name(dn)).await
    }

    async fn container_by_id(&self, object_id: &str) -> Result<Option<Container>, SourceError> {
        self.find_container(Which::Id(object_id)).await
    }

    async fn browse(&self, what: Browse) -> Result<Option<Listing>, SourceError> {
        let mut connection = self.inner.connection().await?;
        let mut found = browse::browse(&mut connection, &what).await;
        if found.is_err() && connection.broken {
            connection = self.inner.open().await?;
            found = browse::browse(&mut connection, &what).await;
        }
        self.inner.give_back(connection).await;
        found
    }

    async fn read(&self, request: ReadRequest) -> Result<Box<dyn PageReader>, SourceError> {
        Ok(match self.plan(request).await? {
            Some((connection, plan)) => Box::new(LdapPages::start(connection, plan)),
            None => Box::new(Empty),
        })
    }

    async fn read_written(
        &self,
        request: ReadRequest,
        writer: Box<dyn PageWriter>,
    ) -> Result<Box<dyn WrittenPages>, SourceError> {
        Ok(match self.plan(request).await? {
            Some((connection, plan)) => Box::new(LdapPages::start_written(connection, plan, writer)),
            None => Box::new(Empty),
        })
    }

    async fn objects(
        &self,
        which: ports::Which<'_>,
        kinds: &[KindRequest],
    ) -> Result<Vec<(ObjectKind, SourceEntry)>, SourceError> {
        let mut connection = self.inner.connection().await?;
        let mut found = lookup::objects(&mut connection, which, kinds).await;
        if found.is_err() && connection.broken {
            connection = self.inner.open().await?;
            found = lookup::objects(&mut connection, which, kinds).await;
        }
        self.inner.give_back(connection).await;
        found
    }

    async fn mark(&self) -> Result<Option<Cursor>, SourceError> {
        changes::mark(&self.inner).await
    }

    async fn changes(&self, request: ChangesRequest) -> Result<Changes, SourceError> {
        changes::changes(&self.inner, request).await
    }

    async fn object(&self, dn: &str, attributes: &[String]) -> Result<Option<Entry>, SourceError> {
        self.find(Which::Name(dn), attributes).await
    }
}
