//! What a target keeps of a source object's identity.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{DirectoryKind, Entry};

/// Attributes that the anchor is made of, to be read with every object.
pub(crate) const ATTRIBUTES: &[&str] = &["mS-DS-ConsistencyGuid", "objectGUID", "entryUUID", "nsUniqueId"];

/// The anchor: Base64 of mS-DS-ConsistencyGuid, else of objectGUID, as Cloud Sync does; entryUUID (RFC 4530)
/// elsewhere, which is the object's id already.
pub(crate) fn anchor_of(entry: &Entry, object_id: &str, kind: DirectoryKind) -> Option<String> {
    if kind == DirectoryKind::Ldap {
        return (!object_id.is_empty()).then(|| object_id.to_owned());
    }
    ["mS-DS-ConsistencyGuid", "objectGUID"]
        .iter()
        .find_map(|name| entry.first(name).filter(|bytes| !bytes.is_empty()))
        .map(|bytes| STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_consistency_guid_wins_over_the_object_guid() {
        let entry = Entry::new("CN=a").with("objectGUID", [vec![1_u8; 16]]);
        assert_eq!(
            anchor_of(&entry, "x", DirectoryKind::ActiveDirectory).as_deref(),
            Some("AQEBAQEBAQEBAQEBAQEBAQ==")
        );
        let entry = entry.with("ms-ds-consistencyguid", [vec![2_u8; 16]]);
        assert_eq!(
            anchor_of(&entry, "x", DirectoryKind::ActiveDirectory).as_deref(),
            Some("AgICAgICAgICAgICAgICAg==")
        );
        assert_eq!(anchor_of(&Entry::new("uid=a"), "5f1c", DirectoryKind::Ldap).as_deref(), Some("5f1c"));
        assert_eq!(anchor_of(&Entry::new("CN=a"), "x", DirectoryKind::ActiveDirectory), None);
    }
}
