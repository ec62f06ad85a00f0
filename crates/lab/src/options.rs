//! How a sample forest is set up.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::{Change, LabError, model::ObjectId};

/// Transport security of a forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Plain LDAP only.
    #[default]
    None,
    /// A certificate authority made at the start: an `ldaps` listener of its own, and StartTLS on the plain one.
    SelfSigned,
}

/// A forest that keeps changing while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Churn {
    /// Time between two ticks; each makes one to three changes.
    pub period: Duration,
    /// Ticks that an earlier run has done: they are replayed at the start and lead to the same state.
    pub ticks_done: u64,
}

impl Default for Churn {
    fn default() -> Self {
        Self { period: Duration::from_secs(20), ticks_done: 0 }
    }
}

/// Everything that decides what a forest contains and how it answers.
#[derive(Clone)]
pub struct ForestOptions {
    /// DNS name, for example `lab01.local`.
    pub name: String,
    /// Same seed, same forest.
    pub seed: u64,
    /// People at creation.
    pub people: u32,
    /// Groups at creation.
    pub groups: u32,
    /// Mail contacts at creation.
    pub contacts: u32,
    /// One more group with the first so many people as direct members.
    pub large_group: Option<u32>,
    /// Suffix of mail addresses and user principal names.
    pub mail_domain: String,
    /// Where plain LDAP listens.
    pub listen: SocketAddr,
    /// Where `ldaps` listens, if [`Tls::SelfSigned`].
    pub listen_tls: SocketAddr,
    /// Transport security.
    pub tls: Tls,
    /// Password of the bind account; absent: a random one.
    pub bind_password: Option<String>,
    /// Changes over time; absent: the forest only changes through [`crate::Forest::apply`].
    pub churn: Option<Churn>,
    /// The forest's creation; its clock starts here and moves one period a tick.
    pub epoch: DateTime<Utc>,
    /// Changes made right after creation (the faults of the samples).
    pub initial: Vec<Change>,
    /// Largest page, and largest answer without paging (Active Directory's `MaxPageSize`).
    pub page_size_max: u32,
    /// Most values of one attribute in one answer (Active Directory's `MaxValRange`).
    pub max_val_range: u32,
    /// Connections served at once; one more is closed.
    pub max_connections: usize,
    /// Whether the bind account has the right to replicate, which DirSync asks for.
    pub may_replicate: bool,
    /// Whether the bind account may look into the container of deleted objects, which ordinary accounts may not.
    pub sees_deleted: bool,
    /// A connection without traffic for so long is closed.
    pub idle_timeout: Duration,
}

impl ForestOptions {
    /// A forest of the sample size: 300 people, 40 groups, loopback, a port from the system.
    #[must_use]
    pub fn new(name: impl Into<String>, epoch: DateTime<Utc>) -> Self {
        let name = name.into();
        let label = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            mail_domain: format!("{label}.example.org"),
            seed: name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }),
            name,
            people: 300,
            groups: 40,
            contacts: 8,
            large_group: None,
            listen: loopback,
            listen_tls: loopback,
            tls: Tls::None,
            bind_password: None,
            churn: None,
            epoch,
            initial: Vec::new(),
            page_size_max: 1_000,
            max_val_range: 1_500,
            max_connections: 256,
            may_replicate: true,
            sees_deleted: true,
            idle_timeout: Duration::from_mins(15),
        }
    }

    pub(crate) fn check(&self) -> Result<(), LabError> {
        let label_ok = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !self.name.split('.').all(label_ok) {
            return Err(LabError::Name(self.name.clone()));
        }
        let limit = ObjectId::MOST_OF_A_KIND;
        for (what, asked) in [("people", self.people), ("groups", self.groups), ("contacts", self.contacts)] {
            if asked > limit {
                return Err(LabError::TooMany { what, limit, asked });
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for ForestOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForestOptions")
            .field("name", &self.name)
            .field("seed", &self.seed)
            .field("people", &self.people)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}
