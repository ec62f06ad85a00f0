//! The permissions that a service account is given when it also writes back, and the right to follow changes: which of
//! them this account has.

use domain::{DirectoryKind, Entry, ObjectKind};
use ports::SourceError;
use uuid::Uuid;

use super::descriptor::{
    CONTROL_ACCESS, CREATE_CHILD, DELETE_CHILD, FULL_CONTROL, Place, READ_PROPERTY, SecurityDescriptor, Sid,
    Want,
};
use crate::ber::{INTEGER, SEQUENCE, Writer};
use crate::connection::{Connection, Item};
use crate::filter::Filter;
use crate::message::{Control, Page, Scope, Search};
use crate::refusal;

/// `LDAP_SERVER_SD_FLAGS_OID` (MS-ADTS section 3.1.1.3.4.1.11): which parts of a security descriptor are wanted. Without
/// it the directory gives all or nothing, and ordinary accounts may not read what is audited.
const PARTS: &str = "1.2.840.113556.1.4.801";
const DACL: i32 = 0x4;
const DESCRIPTOR: &str = "nTSecurityDescriptor";

/// Schema ids of classes.
const USER: Uuid = Uuid::from_u128(0xbf96_7aba_0de6_11d0_a285_00aa_0030_49e2);
const GROUP: Uuid = Uuid::from_u128(0xbf96_7a9c_0de6_11d0_a285_00aa_0030_49e2);
const COMPUTER: Uuid = Uuid::from_u128(0xbf96_7a86_0de6_11d0_a285_00aa_0030_49e2);
const CONTACT: Uuid = Uuid::from_u128(0x5cb4_1ed0_0e4c_11d0_a286_00aa_0030_49e2);
const INET_ORG_PERSON: Uuid = Uuid::from_u128(0x4828_cc14_1437_45bc_9b07_ad6f_015e_5f28);
const DEVICE: Uuid = Uuid::from_u128(0xbf96_7a8e_0de6_11d0_a285_00aa_0030_49e2);
const FOREIGN: Uuid = Uuid::from_u128(0x89e3_1c12_8530_11d0_afda_00c0_4fd9_30c9);
/// `DS-Replication-Get-Changes` (MS-ADTS section 5.1.3.2.1).
const GET_CHANGES: Uuid = Uuid::from_u128(0x1131_f6aa_9c07_11d1_f79f_00c0_4fc2_dcd2);

/// A permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ReadUsers,
    ReadInetOrgPersons,
    ReadContacts,
    ReadComputers,
    ReadDevices,
    ReadForeignSecurityPrincipals,
    ControlGroups,
    CreateUsers,
    ReplicateChanges,
}

impl Permission {
    pub const ALL: [Self; 9] = [
        Self::ReadUsers,
        Self::ReadInetOrgPersons,
        Self::ReadContacts,
        Self::ReadComputers,
        Self::ReadDevices,
        Self::ReadForeignSecurityPrincipals,
        Self::ControlGroups,
        Self::CreateUsers,
        Self::ReplicateChanges,
    ];
}

/// Whether the account has it, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// By the security descriptor of the domain's head.
    AtHead,
    /// Not by the head's, but by that of the first object of the class.
    AtObject(String),
    /// Of what is wanted the account may only read.
    ReadOnly,
    No,
    /// The head's does not say so, and there is no object of the class whose own would.
    NoObject,
}

/// A permission and whether the account has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    pub permission: Permission,
    pub granted: Granted,
}

/// What the account may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The domain's head.
    pub head: String,
    /// How many security identifiers the account signs in with.
    pub identifiers: usize,
    pub rights: Vec<Right>,
}

/// Reads the account's identifiers and the security descriptors; `None` where the directory has no such rights.
pub(crate) async fn rights(connection: &mut Connection) -> Result<Option<Rights>, SourceError> {
    if connection.profile.kind != DirectoryKind::ActiveDirectory {
        return Ok(None);
    }
    let who = identifiers(connection).await?;
    let base = connection.profile.context()?.to_owned();
    let hidden =
        |dn: &str| SourceError::Directory(format!("it does not show the security descriptor of {dn}"));
    let head = first(connection, &base, Scope::Base, &Filter::everything()).await?;
    let head = head.as_ref().and_then(descriptor).ok_or_else(|| hidden(&base))?;
    let mut rights = Vec::with_capacity(Permission::ALL.len());
    for permission in Permission::ALL {
        let granted = granted(connection, permission, &head, &who, &base).await?;
        rights.push(Right { permission, granted });
    }
    Ok(Some(Rights { head: base, identifiers: who.len(), rights }))
}

/// Those of the account and of every group that it is in, nested and built-in ones: the rootDSE's `tokenGroups` is what
/// the connection is judged by (MS-ADTS section 3.1.1.3.2).
async fn identifiers(connection: &mut Connection) -> Result<Vec<Sid>, SourceError> {
    let attributes = ["tokenGroups".to_owned()];
    let search = Search {
        base: "",
        scope: Scope::Base,
        filter: &Filter::everything(),
        attributes: &attributes,
        page: None,
        controls: &[],
    };
    let root = connection.first(search).await?.unwrap_or_default();
    let found: Vec<Sid> = root.values("tokenGroups").iter().filter_map(|value| Sid::read(value)).collect();
    if found.is_empty() {
        return Err(SourceError::Directory(
            "it does not tell whom it takes this account for (tokenGroups)".into(),
        ));
    }
    Ok(found)
}

async fn granted(
    connection: &mut Connection,
    permission: Permission,
    head: &SecurityDescriptor,
    who: &[Sid],
    base: &str,
) -> Result<Granted, SourceError> {
    const READ: Want = Want { mask: READ_PROPERTY, object: None };
    let said = |is_so| if is_so { Granted::AtHead } else { Granted::No };
    let class = |name: &'static str| Filter::equal("objectClass", name);
    let kind =
        |kind| Filter::of_kind(DirectoryKind::ActiveDirectory, kind).unwrap_or_else(Filter::everything);
    let (schema, filter) = match permission {
        Permission::ReplicateChanges => {
            let want = Want { mask: CONTROL_ACCESS, object: Some(GET_CHANGES) };
            return Ok(said(head.allows(who, want, Place::Itself)));
        }
        Permission::CreateUsers => {
            let want = Want { mask: CREATE_CHILD | DELETE_CHILD, object: Some(USER) };
            let places = [Place::Itself, Place::Below(None)];
            return Ok(said(places.into_iter().all(|place| head.allows(who, want, place))));
        }
        Permission::ControlGroups => {
            let want = Want { mask: FULL_CONTROL, object: None };
            if head.allows(who, want, Place::Below(Some(GROUP))) {
                return Ok(Granted::AtHead);
            }
            (GROUP, kind(ObjectKind::Group))
        }
        Permission::ReadUsers => (USER, kind(ObjectKind::User)),
        Permission::ReadContacts => (CONTACT, kind(ObjectKind::Contact)),
        Permission::ReadInetOrgPersons => (INET_ORG_PERSON, class("inetOrgPerson")),
        Permission::ReadComputers => (COMPUTER, class("computer")),
        Permission::ReadDevices => (DEVICE, class("device")),
        Permission::ReadForeignSecurityPrincipals => (FOREIGN, class("foreignSecurityPrincipal")),
    };
    let readable = |place| if permission == Permission::ControlGroups { Granted::ReadOnly } else { place };
    if head.allows(who, READ, Place::Below(Some(schema))) {
        return Ok(readable(Granted::AtHead));
    }
    // What every account may read of an object comes with its class, and the head does not show it.
    let Some(object) = first(connection, base, Scope::Subtree, &filter).await? else {
        return Ok(Granted::NoObject);
    };
    let own = descriptor(&object);
    let may = |want| own.as_ref().is_some_and(|one| one.allows(who, want, Place::Itself));
    Ok(if permission == Permission::ControlGroups && may(Want { mask: FULL_CONTROL, object: None }) {
        Granted::AtObject(object.dn)
    } else if may(READ) {
        readable(Granted::AtObject(object.dn))
    } else {
        Granted::No
    })
}

/// The first object that a search finds, with its access control list.
async fn first(
    connection: &mut Connection,
    base: &str,
    scope: Scope,
    filter: &Filter,
) -> Result<Option<Entry>, SourceError> {
    let mut value = Writer::default();
    value.nested(SEQUENCE, |parts| {
        parts.integer(INTEGER, DACL);
    });
    let controls = [Control { oid: PARTS, critical: true, value: Some(value.0) }];
    let attributes = [DESCRIPTOR.to_owned()];
    let page = (scope == Scope::Subtree).then_some(Page { size: 1, cookie: &[] });
    let id = connection
        .start(Search { base, scope, filter, attributes: &attributes, page, controls: &controls })
        .await?;
    let mut found = None;
    loop {
        match connection.next(id).await? {
            Item::Entry(entry) => {
                found.get_or_insert(entry);
            }
            Item::Reference(_) => {}
            Item::Done(outcome) if outcome.code == 0 => return Ok(found),
            Item::Done(outcome) => return Err(refusal::of_search(&outcome, base)),
        }
    }
}

fn descriptor(entry: &Entry) -> Option<SecurityDescriptor> {
    SecurityDescriptor::read(entry.first(DESCRIPTOR)?)
}
