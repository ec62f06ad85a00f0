//! Default mappings: what a configuration does before anybody has touched its Mapping page. They are those of Cloud
//! Sync and Entra Connect, as far as the target can hold the attributes.

mod active_directory;
mod ldap;
mod scim;

use crate::mapping::Mapping;
use crate::{DirectoryKind, ObjectKind, TargetKind};

/// The default mappings of one kind of object.
pub fn mappings(source: DirectoryKind, target: TargetKind, kind: ObjectKind) -> Vec<Mapping> {
    let ldap = source == DirectoryKind::Ldap;
    match (target, kind) {
        (TargetKind::BuiltIn, ObjectKind::User) if ldap => ldap::user(),
        (TargetKind::BuiltIn, ObjectKind::Group) if ldap => ldap::group(),
        (TargetKind::BuiltIn, ObjectKind::Contact) if ldap => ldap::contact(),
        (TargetKind::BuiltIn, ObjectKind::User) => active_directory::user(),
        (TargetKind::BuiltIn, ObjectKind::Group) => active_directory::group(),
        (TargetKind::BuiltIn, ObjectKind::Contact) => active_directory::contact(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn defaults_name_only_attributes_that_the_directory_knows_and_each_once() {
        for source in DirectoryKind::ALL {
            for kind in ObjectKind::ALL {
                let mappings = mappings(*source, TargetKind::BuiltIn, *kind);
                for mapping in &mappings {
                    assert!(
                        schema::built_in(&mapping.target).is_some(),
                        "{source} {kind} {}",
                        mapping.target
                    );
                    let same = mappings.iter().filter(|other| other.target == mapping.target);
                    assert_eq!(same.count(), 1, "{source} {kind} {}", mapping.target);
                }
            }
        }
    }

    #[test]
    fn active_directory_has_the_rows_of_cloud_sync_and_entra_connect() {
        let count = |kind| mappings(DirectoryKind::ActiveDirectory, TargetKind::BuiltIn, kind).len();
        // 136 rows of Cloud Sync less SourceAnchor and ChangeDate.
        assert_eq!(count(ObjectKind::User), 134);
        assert_eq!((count(ObjectKind::Group), count(ObjectKind::Contact)), (57, 87));
    }
}
