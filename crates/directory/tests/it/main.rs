//! The reader against directories that listen on loopback: the sample forests, a proxy that gets in the way, OpenLDAP.

mod certificates;
mod changes;
mod ds389;
mod follower;
mod forest;
mod interrupted;
mod openldap;
mod openldap_changes;
mod proxy;
mod refused;
mod samba;
mod samba_rights;
mod slapd;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use directory::{LdapSettings, LdapSource};
use domain::{DirectoryKind, ObjectKind, Secret};
use lab::{Forest, ForestOptions, Tls};
use ports::{ReadRequest, Source, SourceEntry, SourceError};

/// Long enough for a busy machine, short enough for a test that waits for it to run out.
const PATIENCE: Duration = Duration::from_secs(20);

async fn forest(change: impl FnOnce(&mut ForestOptions)) -> Forest {
    let epoch = DateTime::<Utc>::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    let mut options = ForestOptions { tls: Tls::SelfSigned, ..ForestOptions::new("lab01.local", epoch) };
    change(&mut options);
    Forest::start(options).await.expect("a forest")
}

fn settings(forest: &Forest) -> LdapSettings {
    LdapSettings {
        bind_dn: forest.bind_dn().to_owned(),
        bind_password: Secret::new(forest.bind_password()),
        kind: DirectoryKind::Auto,
        connect_timeout: PATIENCE,
        bind_timeout: PATIENCE,
        read_timeout: PATIENCE,
        ..LdapSettings::new(forest.url())
    }
}

/// The same tests are built twice: the second time everything is read through an agent, and nothing may be different.
const THROUGH_AN_AGENT: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"through_agent");

fn source(settings: LdapSettings) -> Arc<dyn Source> {
    let direct = Arc::new(LdapSource::new(settings).expect("settings that are right"));
    if THROUGH_AN_AGENT { Arc::new(channel::testing::through_an_agent(direct)) } else { direct }
}

fn request(kind: ObjectKind, attributes: &[&str], page_size: u32) -> ReadRequest {
    let attributes = attributes.iter().map(|name| (*name).to_owned()).collect();
    ReadRequest { kind, bases: Vec::new(), attributes, page_size }
}

/// Everything that a reading gives, and its notes.
async fn read(
    source: &Arc<dyn Source>,
    request: ReadRequest,
) -> Result<(Vec<SourceEntry>, Vec<String>), SourceError> {
    let mut pages = source.read(request).await?;
    let (mut entries, mut notes) = (Vec::new(), Vec::new());
    while let Some(mut page) = pages.next_page().await? {
        entries.append(&mut page.entries);
        notes.append(&mut page.notes);
    }
    Ok((entries, notes))
}
