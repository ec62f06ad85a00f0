//! Default mappings: what a configuration does before anybody has touched its Mapping page. Sources are the
//! published defaults of Cloud Sync and Entra Connect, reduced to the attributes that the target knows.

mod builtin;
mod scim;

use crate::mapping::Mapping;
use crate::{DirectoryKind, ObjectKind, TargetKind};

/// The default mappings of one kind of object.
pub fn mappings(source: DirectoryKind, target: TargetKind, kind: ObjectKind) -> Vec<Mapping> {
    let ldap = source == DirectoryKind::Ldap;
    match (target, kind) {
        (TargetKind::BuiltIn, ObjectKind::User) => builtin::user(ldap),
        (TargetKind::BuiltIn, ObjectKind::Group) => builtin::group(ldap),
        (TargetKind::BuiltIn, ObjectKind::Contact) => builtin::contact(ldap),
        (TargetKind::Scim, ObjectKind::User) => scim::user(ldap),
        (TargetKind::Scim, ObjectKind::Group) => scim::group(ldap),
        // SCIM has no contacts (RFC 7643 section 4).
        (TargetKind::Scim, ObjectKind::Contact) => Vec::new(),
    }
}

/// Direct mappings from pairs of target and source.
fn directs(pairs: &[(&str, &str)]) -> impl Iterator<Item = Mapping> {
    pairs.iter().map(|(target, source)| Mapping::direct(target, source))
}

/// Mappings that trim their source.
fn trims(pairs: &[(&str, &str)]) -> impl Iterator<Item = Mapping> {
    pairs.iter().map(|(target, source)| Mapping::expression(target, &format!("Trim([{source}])")))
}

/// `accountEnabled` from the account control bits (MS-ADTS 2.2.16, `ADS_UF_ACCOUNTDISABLE` = 2).
const ACTIVE_DIRECTORY_ENABLED: &str = r#"IIF(IsPresent([userAccountControl]), IIF(BitAnd([userAccountControl], 2)="0", "True", "False"), "True")"#;

const DISPLAY_NAME: &str = "IIF(IsPresent([displayName]), [displayName], [cn])";
