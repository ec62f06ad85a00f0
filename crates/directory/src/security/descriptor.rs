//! Security descriptors (MS-DTYP section 2.4.6) and what they allow (MS-ADTS section 5.1.3).

use std::fmt;

use uuid::Uuid;

/// Rights of directory objects (MS-ADTS section 5.1.3.2).
pub const CREATE_CHILD: u32 = 0x1;
pub const DELETE_CHILD: u32 = 0x2;
pub const READ_PROPERTY: u32 = 0x10;
pub const CONTROL_ACCESS: u32 = 0x100;
pub const FULL_CONTROL: u32 = 0x000f_01ff;

/// Generic rights, and what they stand for in a directory.
const GENERIC: [(u32, u32); 4] =
    [(0x8000_0000, 0x2_0094), (0x4000_0000, 0x2_0028), (0x2000_0000, 0x2_0004), (0x1000_0000, FULL_CONTROL)];

const DACL_PRESENT: u16 = 0x4;
const CONTAINER_INHERIT: u8 = 0x2;
const NO_PROPAGATE: u8 = 0x4;
const INHERIT_ONLY: u8 = 0x8;

/// Types of entries that count here; conditional ones, and those for audits, are passed over.
const ALLOWED: u8 = 0x0;
const DENIED: u8 = 0x1;
const ALLOWED_OBJECT: u8 = 0x5;
const DENIED_OBJECT: u8 = 0x6;

const OBJECT_TYPE_PRESENT: u32 = 0x1;
const INHERITED_TYPE_PRESENT: u32 = 0x2;

/// A security identifier (MS-DTYP section 2.4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Sid(Vec<u8>);

impl Sid {
    /// Reads one that fills the bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let count = usize::from(*bytes.get(1)?);
        (bytes.first() == Some(&1) && count <= 15 && bytes.len() == 8 + 4 * count)
            .then(|| Self(bytes.to_vec()))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0[2..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        write!(f, "S-1-{authority}")?;
        for part in self.0[8..].chunks_exact(4) {
            write!(f, "-{}", u32_at(part, 0).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// An entry of an access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ace {
    denies: bool,
    flags: u8,
    mask: u32,
    /// The property, the right or the class of children that it is about; absent: all.
    object: Option<Uuid>,
    /// The class that inherits it; absent: all.
    inherited_by: Option<Uuid>,
    who: Sid,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    pub mask: u32,
    /// One property, right or class of children; absent: all.
    pub object: Option<Uuid>,
}

/// Whose rights are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The object's that has the descriptor.
    Itself,
    /// Those of objects of this class below it, as far as they inherit; absent: objects of any class.
    Below(Option<Uuid>),
}

/// Who may do what with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityDescriptor {
    /// Absent: everybody may do everything.
    list: Option<Vec<Ace>>,
}

impl SecurityDescriptor {
    /// Reads one in its self-relative form; `None` where the bytes are none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if *bytes.first()? != 1 {
            return None;
        }
        let place = u32_at(bytes, 16)? as usize;
        if u16_at(bytes, 2)? & DACL_PRESENT == 0 || place == 0 {
            return Some(Self { list: None });
        }
        let acl = bytes.get(place..)?;
        let acl = acl.get(..usize::from(u16_at(acl, 2)?))?;
        let mut rest = acl.get(8..)?;
        let mut list = Vec::new();
        for _ in 0..u16_at(acl, 4)? {
            let size = usize::from(u16_at(rest, 2)?);
            let (ace, after) = rest.split_at_checked(size)?;
            if Ace::counts(*ace.first()?) {
                list.push(Ace::read(ace)?);
            }
            rest = after;
        }
        Some(Self { list: Some(list) })
    }

    /// Whether somebody with these identifiers may: the first entry that says something of a right decides, and whoever
    /// may not touch a part may not touch all.
    pub fn allows(&self, who: &[Sid], want: Want, place: Place) -> bool {
        let Some(list) = &self.list else { return true };
        let mut missing = want.mask;
        for ace in list.iter().filter(|ace| ace.concerns(place) && who.contains(&ace.who)) {
            let is_about = match (ace.object, want.object) {
                (None, _) => true,
                (Some(one), Some(wanted)) => one == wanted,
                (Some(_), None) => ace.denies,
            };
            if !is_about {
                continue;
            }
            if ace.denies && ace.mask & missing != 0 {
                return false;
            }
            missing &= !ace.mask;
            if missing == 0 {
                return true;
            }
        }
        false
    }
}

impl Ace {
    /// Whether entries of this type are looked at.
    const fn counts(kind: u8) -> bool {
        matches!(kind, ALLOWED | DENIED | ALLOWED_OBJECT | DENIED_OBJECT)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, flags) = (*bytes.first()?, *bytes.get(1)?);
        let with_types = matches!(kind, ALLOWED_OBJECT | DENIED_OBJECT);
        let mask = u32_at(bytes, 4)?;
        let mask = GENERIC.iter().fold(
            mask,
            |mask, (one, stands_for)| {
                if mask & one == 0 { mask } else { mask | stands_for }
            },
        );
        let mut place = 8;
        let (mut object, mut inherited_by) = (None, None);
        if with_types {
            let present = u32_at(bytes, 8)?;
            place = 12;
            for (bit, uuid) in
                [(OBJECT_TYPE_PRESENT, &mut object), (INHERITED_TYPE_PRESENT, &mut inherited_by)]
            {
                if present & bit != 0 {
                    *uuid = Some(uuid_at(bytes, place)?);
                    place += 16;
                }
            }
        }
        // An entry may have room after its identifier.
        let length = 8 + 4 * usize::from(*bytes.get(place + 1)?);
        let who = Sid::read(bytes.get(place..place + length)?)?;
        Some(Self { denies: matches!(kind, DENIED | DENIED_OBJECT), flags, mask, object, inherited_by, who })
    }

    fn concerns(&self, place: Place) -> bool {
        match place {
            Place::Itself => self.flags & INHERIT_ONLY == 0,
            Place::Below(class) => {
                self.flags & CONTAINER_INHERIT != 0
                    && self.flags & NO_PROPAGATE == 0
                    && self.inherited_by.is_none_or(|one| Some(one) == class)
            }
        }
    }
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(place..place + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}

fn uuid_at(bytes: &[u8], place: usize) -> Option<Uuid> {
    Some(Uuid::from_bytes_le(bytes.get(place..place + 16)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;
