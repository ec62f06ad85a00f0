//! Numbers of objects, and the identifiers that clients see instead.

use super::random::{mix, scramble, unscramble};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Containers, the domain itself, built-in accounts: the few objects that are stored.
    Fixed,
    Person,
    Group,
    Contact,
}

/// An object's number. Numbers order a search: containers first, then people, groups, contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectId(u32);

impl ObjectId {
    /// Two bits of a number tell the kind, the rest count.
    pub(crate) const MOST_OF_A_KIND: u32 = 0x1fff_ffff;

    pub(crate) const fn new(kind: Kind, index: u32) -> Self {
        let tag = match kind {
            Kind::Fixed => 0,
            Kind::Person => 1 << 30,
            Kind::Group => 2 << 30,
            Kind::Contact => 3 << 30,
        };
        Self(tag | (index & 0x3fff_ffff))
    }

    pub(crate) const fn kind(self) -> Kind {
        match self.0 >> 30 {
            0 => Kind::Fixed,
            1 => Kind::Person,
            2 => Kind::Group,
            _ => Kind::Contact,
        }
    }

    pub(crate) const fn index(self) -> u32 {
        self.0 & 0x3fff_ffff
    }

    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    /// The number after this one, whatever it stands for.
    pub(crate) fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    pub(crate) const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// objectGUID in wire order (its first three groups little-endian, as Active Directory keeps them). The object's
    /// number is inside, scrambled, so that a GUID needs no index.
    pub(crate) fn guid(self, seed: u64) -> [u8; 16] {
        let mut guid = [0; 16];
        guid[..8].copy_from_slice(&mix(seed, 0x6775_6964, u64::from(self.0)).to_be_bytes());
        guid[8..].copy_from_slice(&mix(seed, 0x6469_7567, u64::from(self.0)).to_be_bytes());
        guid[10..14].copy_from_slice(&scramble(self.0, seed).to_be_bytes());
        guid[7] = 0x40 | (guid[7] & 0x0f);
        guid[8] = 0x80 | (guid[8] & 0x3f);
        guid
    }

    pub(crate) fn from_guid(guid: &[u8], seed: u64) -> Option<Self> {
        let number: [u8; 4] = guid.get(10..14)?.try_into().ok()?;
        let id = Self(unscramble(u32::from_be_bytes(number), seed));
        (id.guid(seed) == guid).then_some(id)
    }

    /// Relative identifier in the domain; `None` for what is no security principal. Built-in accounts have theirs in
    /// the table of fixed objects.
    pub(crate) const fn rid(self) -> Option<u32> {
        match self.kind() {
            Kind::Person => Some(1_104 + 2 * self.index()),
            Kind::Group => Some(1_105 + 2 * self.index()),
            Kind::Fixed | Kind::Contact => None,
        }
    }

    pub(crate) const fn from_rid(rid: u32) -> Option<Self> {
        match rid {
            0..1_104 => None,
            rid if rid.is_multiple_of(2) => Some(Self::new(Kind::Person, (rid - 1_104) / 2)),
            rid => Some(Self::new(Kind::Group, (rid - 1_105) / 2)),
        }
    }
}

/// Binary security identifier: revision, count, authority 5, then 21, the domain's three numbers and the rid.
pub(crate) fn sid(domain: [u32; 3], rid: Option<u32>) -> Vec<u8> {
    let mut sid = vec![1, if rid.is_some() { 5 } else { 4 }, 0, 0, 0, 0, 0, 5];
    for part in [21, domain[0], domain[1], domain[2]].into_iter().chain(rid) {
        sid.extend_from_slice(&part.to_le_bytes());
    }
    sid
}

/// Text of a GUID in wire order.
pub(crate) fn guid_text(wire: &[u8; 16]) -> String {
    uuid::Uuid::from_bytes_le(*wire).hyphenated().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_leads_back_to_its_object_and_a_foreign_one_does_not() {
        for kind in [Kind::Fixed, Kind::Person, Kind::Group, Kind::Contact] {
            let id = ObjectId::new(kind, 599_999);
            let mut guid = id.guid(7);
            assert_eq!(ObjectId::from_guid(&guid, 7), Some(id));
            assert_eq!(ObjectId::from_guid(&guid, 8), None);
            guid[0] ^= 1;
            assert_eq!(ObjectId::from_guid(&guid, 7), None);
        }
    }

    #[test]
    fn a_guid_is_a_random_uuid_in_mixed_byte_order() {
        let text = guid_text(&ObjectId::new(Kind::Person, 3).guid(1));
        let uuid: uuid::Uuid = text.parse().expect("a GUID");
        assert_eq!(uuid.get_version_num(), 4);
    }

    #[test]
    fn relative_identifiers_lead_back_to_their_object() {
        for id in [ObjectId::new(Kind::Person, 0), ObjectId::new(Kind::Group, 41)] {
            assert_eq!(id.rid().and_then(ObjectId::from_rid), Some(id));
        }
        assert_eq!(ObjectId::from_rid(513), None);
    }
}
