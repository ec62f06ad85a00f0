//! A signed-in connection that knows which kind of directory is at its other end.

use std::time::Duration;

use domain::Entry;
use ports::SourceError;

use crate::ber::Malformed;
use crate::filter::Filter;
use crate::message::{Outcome, Reply, Request, Scope, Search, decode, plain_entry};
use crate::profile::{self, Profile};
use crate::refusal;
use crate::settings::LdapSettings;
use crate::sync::Piece;
use crate::transport::{Stream, Transport};
use crate::wire::{Wire, WireError};

/// invalidDNSyntax
const INVALID_NAME: i32 = 34;

/// One connection; one search at a time.
pub(crate) struct Connection {
    wire: Wire<Box<dyn Stream>>,
    address: String,
    read_timeout: Duration,
    /// A list is under way, so that what is missing is more than an answer.
    listing: bool,
    /// The directory's description, from the rootDSE.
    pub profile: Profile,
    /// The domain controller's invocation id. It changes only with a restoration, which ends connections.
    pub invocation: Option<String>,
    /// No more to be used: the stream is broken or its state unknown.
    pub broken: bool,
}

/// What a search gives, piece by piece.
#[derive(Debug)]
pub(crate) enum Item {
    Entry(Entry),
    /// The address of a part of the tree that another server holds.
    Reference(String),
    /// The end, good or bad.
    Done(Outcome),
}

impl Connection {
    /// Connects, signs in and reads the rootDSE.
    pub async fn open(transport: &Transport, settings: &LdapSettings) -> Result<Self, SourceError> {
        let address = transport.endpoint.address();
        let mut wire = Wire::new(transport.connect(settings).await?);
        sign_in(&mut wire, settings, &address).await?;
        let mut connection = Self {
            wire,
            address,
            read_timeout: settings.read_timeout,
            listing: false,
            profile: Profile::of(&Entry::default(), settings),
            invocation: None,
            broken: false,
        };
        let attributes: Vec<String> = profile::ATTRIBUTES.iter().map(|name| (*name).to_owned()).collect();
        let root = Search {
            base: "",
            scope: Scope::Base,
            filter: &Filter::everything(),
            attributes: &attributes,
            page: None,
            controls: &[],
        };
        // A directory may hide its rootDSE; then the settings have to say what it would.
        if let Some(root) = connection.first(root).await? {
            connection.profile = Profile::of(&root, settings);
        }
        Ok(connection)
    }

    /// A connection over any stream, signed in already.
    #[cfg(test)]
    pub fn over(stream: Box<dyn Stream>, profile: Profile) -> Self {
        Self {
            wire: Wire::new(stream),
            address: "dc1:389".into(),
            read_timeout: Duration::from_secs(20),
            listing: false,
            profile,
            invocation: None,
            broken: false,
        }
    }

    /// Sends a search; its replies come through [`Self::next`].
    pub async fn start(&mut self, search: Search<'_>) -> Result<i32, SourceError> {
        self.listing = search.page.is_some() || search.scope == Scope::Subtree;
        let id = self.wire.next_id();
        let message = Request::Search(search).encode(id);
        self.wire.send(&message, self.read_timeout).await.map_err(|error| self.failed(error))?;
        Ok(id)
    }

    /// The next piece of the search with this id.
    pub async fn next(&mut self, id: i32) -> Result<Item, SourceError> {
        loop {
            match self.next_synced(id).await? {
                Piece::Entry(entry, _) => return Ok(Item::Entry(entry)),
                Piece::Reference(url) => return Ok(Item::Reference(url)),
                Piece::Done(outcome) => return Ok(Item::Done(outcome)),
                Piece::Info(_) => {}
            }
        }
    }

    /// The next piece of the search with this id that `take` does not take. It is shown what the entries hold that carry
    /// no controls, and says whether it took one.
    pub async fn next_not_taken(
        &mut self,
        id: i32,
        mut take: impl FnMut(&[u8]) -> Result<bool, Malformed> + Send,
    ) -> Result<Item, SourceError> {
        loop {
            let received = self.wire.receive_as(self.read_timeout, |message| {
                if let Some(content) = plain_entry(message, id)?
                    && take(content)?
                {
                    return Ok(None);
                }
                decode(message).map(Some)
            });
            let reply = match received.await {
                Ok(Some(reply)) => reply,
                Ok(None) => continue,
                Err(error) => return Err(self.failed(error)),
            };
            match self.piece(id, reply)? {
                Some(Piece::Entry(entry, _)) => return Ok(Item::Entry(entry)),
                Some(Piece::Reference(url)) => return Ok(Item::Reference(url)),
                Some(Piece::Done(outcome)) => return Ok(Item::Done(outcome)),
                Some(Piece::Info(_)) | None => {}
            }
        }
    }

    /// The next piece of the search with this id, with what it says about synchronisation.
    pub async fn next_synced(&mut self, id: i32) -> Result<Piece, SourceError> {
        loop {
            let reply = match self.wire.receive(self.read_timeout).await {
                Ok(reply) => reply,
                Err(error) => return Err(self.failed(error)),
            };
            if let Some(piece) = self.piece(id, reply)? {
                return Ok(piece);
            }
        }
    }

    /// What a reply is to the search with this id; `None` when it means nothing.
    fn piece(&mut self, id: i32, reply: (i32, Reply)) -> Result<Option<Piece>, SourceError> {
        Ok(Some(match reply {
            (found, Reply::Entry(entry)) if found == id => Piece::Entry(entry, None),
            (found, Reply::Tagged(entry, tag)) if found == id => Piece::Entry(entry, Some(tag)),
            (found, Reply::Reference(url)) if found == id => Piece::Reference(url),
            (found, Reply::SearchDone(outcome)) if found == id => Piece::Done(outcome),
            (found, Reply::Info(info)) if found == id => Piece::Info(info),
            (found, Reply::Intermediate) if found == id => return Ok(None),
            (0, Reply::Extended(outcome)) => {
                self.broken = true;
                return Err(refusal::of_notice(&outcome));
            }
            _ => {
                self.broken = true;
                return Err(SourceError::Directory("it answered a question that was not asked".into()));
            }
        }))
    }

    /// The first entry that a small search finds; `None` when there is none or no base.
    pub async fn first(&mut self, search: Search<'_>) -> Result<Option<Entry>, SourceError> {
        let id = self.start(search).await?;
        let mut found = None;
        loop {
            match self.next(id).await? {
                Item::Entry(entry) => {
                    found.get_or_insert(entry);
                }
                Item::Reference(_) => {}
                Item::Done(outcome) => {
                    return match (outcome.code, search.scope) {
                        (0, _) => Ok(found),
                        // What is no name to the directory names nothing either.
                        (INVALID_NAME, Scope::Base) => Ok(None),
                        (_, scope) => match refusal::of_search(&outcome, search.base) {
                            SourceError::NoSuchBase { .. } if scope == Scope::Base => Ok(None),
                            error => Err(error),
                        },
                    };
                }
            }
        }
    }

    /// What a small search finds, and no more than `most` of it.
    pub async fn all(&mut self, search: Search<'_>, most: usize) -> Result<Vec<Entry>, SourceError> {
        let id = self.start(search).await?;
        let mut found = Vec::new();
        loop {
            match self.next(id).await? {
                Item::Entry(entry) if found.len() < most => found.push(entry),
                Item::Entry(_) | Item::Reference(_) => {}
                Item::Done(outcome) if outcome.code == 0 => return Ok(found),
                Item::Done(outcome) => return Err(refusal::of_search(&outcome, search.base)),
            }
        }
    }

    /// Says goodbye. Whether the directory hears it does not matter.
    pub async fn close(mut self) {
        let id = self.wire.next_id();
        let _ = self.wire.send(&Request::Unbind.encode(id), Duration::from_secs(1)).await;
    }

    fn failed(&mut self, error: WireError) -> SourceError {
        self.broken = true;
        if self.listing {
            refusal::of_list(error, self.address.clone())
        } else {
            refusal::of_connection(error, self.address.clone(), "looking an entry up")
        }
    }
}

async fn sign_in(
    wire: &mut Wire<Box<dyn Stream>>,
    settings: &LdapSettings,
    address: &str,
) -> Result<(), SourceError> {
    if settings.bind_dn.is_empty() {
        return Ok(());
    }
    let failed = |error| refusal::of_connection(error, address.to_owned(), "signing in");
    let id = wire.next_id();
    let request = Request::Bind { name: &settings.bind_dn, password: settings.bind_password.expose() };
    wire.send(&request.encode(id), settings.bind_timeout).await.map_err(failed)?;
    match wire.receive(settings.bind_timeout).await.map_err(failed)? {
        (found, Reply::Bound(outcome)) if found == id && outcome.code == 0 => Ok(()),
        (_, Reply::Bound(outcome)) => Err(refusal::of_bind(&outcome, &settings.bind_dn)),
        (0, Reply::Extended(outcome)) => Err(refusal::of_notice(&outcome)),
        _ => Err(SourceError::Directory("it did not answer the request to sign in".into())),
    }
}
