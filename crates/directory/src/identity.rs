//! What tells an object apart for good, as UUID text.

use domain::{DirectoryKind, Entry};
use uuid::Uuid;

/// The attributes that must be asked for: operational ones come only by name.
pub(crate) const fn attributes(kind: DirectoryKind) -> &'static [&'static str] {
    match kind {
        DirectoryKind::ActiveDirectory => &["objectGUID"],
        _ => &["entryUUID", "nsUniqueId"],
    }
}

/// How long the names of these attributes are.
pub(crate) const LENGTHS: [usize; 2] = ["entryUUID".len(), "objectGUID".len()];

/// The entry's id as lower-case UUID text, empty when the directory gave none.
pub(crate) fn of(entry: &Entry) -> String {
    of_values(|name| entry.first(name))
}

/// The same of whatever has attributes: `first` gives the first value of one.
pub(crate) fn of_values<'a>(first: impl Fn(&str) -> Option<&'a [u8]>) -> String {
    if let Some(guid) = first("objectGUID").and_then(from_guid) {
        return guid;
    }
    let text = |name| std::str::from_utf8(first(name)?).ok();
    // 389-ds gives some entries both, and names its own in content synchronisation.
    if let Some(id) = text("nsUniqueId").and_then(from_unique_id) {
        return id;
    }
    let uuid = text("entryUUID").and_then(|text| Uuid::try_parse(text).ok());
    uuid.map(|uuid| uuid.hyphenated().to_string()).unwrap_or_default()
}

/// MS-DTYP section 2.3.4.2: the first three fields are little-endian.
pub(crate) fn from_guid(bytes: &[u8]) -> Option<String> {
    Some(Uuid::from_bytes_le(bytes.try_into().ok()?).hyphenated().to_string())
}

/// The bytes to look an objectGUID up by.
pub(crate) fn guid_bytes(object_id: &str) -> Option<[u8; 16]> {
    Uuid::try_parse(object_id).ok().map(|uuid| uuid.to_bytes_le())
}

/// 389-ds writes its ids as four groups of eight digits.
fn from_unique_id(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split('-').collect();
    (groups.len() == 4 && groups.iter().all(|group| group.len() == 8))
        .then(|| Uuid::try_parse(&groups.concat()).ok())
        .flatten()
        .map(|uuid| uuid.hyphenated().to_string())
}

/// The nsUniqueId that an id came from.
pub(crate) fn to_unique_id(object_id: &str) -> Option<String> {
    let digits = Uuid::try_parse(object_id).ok()?.simple().to_string();
    Some(format!("{}-{}-{}-{}", &digits[..8], &digits[8..16], &digits[16..24], &digits[24..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_guid_is_read_in_its_mixed_byte_order() {
        let bytes: Vec<u8> = (0..16).collect();
        let entry = Entry::new("CN=A,DC=x").with("objectguid", [bytes.clone()]);
        assert_eq!(of(&entry), "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(guid_bytes(&of(&entry)).map(|guid| guid.to_vec()), Some(bytes));
    }

    #[test]
    fn ldap_ids_are_lower_case_uuid_text() {
        let entry = Entry::new("uid=a,dc=x").with("entryUUID", ["2D9A6B1E-7B8C-103F-8A57-B1D1B6A0F4C3"]);
        assert_eq!(of(&entry), "2d9a6b1e-7b8c-103f-8a57-b1d1b6a0f4c3");
        let entry = entry.with("nsuniqueid", ["66446001-1dd211b2-66225011-2EE211DB"]);
        assert_eq!(of(&entry), "66446001-1dd2-11b2-6622-50112ee211db");
        assert_eq!(to_unique_id(&of(&entry)).as_deref(), Some("66446001-1dd211b2-66225011-2ee211db"));
    }

    #[test]
    fn the_names_have_the_lengths_that_are_looked_for() {
        for kind in [DirectoryKind::ActiveDirectory, DirectoryKind::Ldap] {
            assert!(attributes(kind).iter().all(|name| LENGTHS.contains(&name.len())));
        }
    }

    #[test]
    fn an_entry_without_a_proper_id_has_none() {
        assert_eq!(of(&Entry::new("uid=a,dc=x")), "");
        assert_eq!(of(&Entry::new("uid=a,dc=x").with("objectGUID", [vec![1, 2, 3]])), "");
        assert_eq!(of(&Entry::new("uid=a,dc=x").with("entryUUID", ["none"])), "");
        assert_eq!(of(&Entry::new("uid=a,dc=x").with("nsUniqueId", ["66446001-1dd211b2-66225011"])), "");
    }
}
